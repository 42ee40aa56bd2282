"""The recipients of each event under the default policy, written by hand: one row per event.

Rule 1: nothing here is read from the routes of the library, since the tests compare the routes with these rows.
Rule 2: ``escalation_core.model_check`` checks which mail a person gets, and ``test_fields`` checks its values.
"""

from enum import Enum
from typing import NamedTuple

import escalation_core as ec
from escalation_core import events
from escalation_core.events import Event
from support.process import NOBODY, Roles

R = ec.Role


class Who(Enum):
    """The people that an event notifies under the default policy."""

    NOBODY = "nobody"
    EVERYBODY = "customer, partner and additional contact"
    UNLESS_EMERGENCY = "customer, partner and additional contact, unless the case is an emergency"
    REQUESTER = "the requester"
    STILL_ASKED = "the side whose answer is missing"
    NEW = "the new participant"
    STAKEHOLDERS = "the stakeholders"
    OWNER = "the owner, if there is one"
    OWNER_UNTIL_ACCEPTED = "the owner, while an answer is missing"
    OWNERS = "the old owner and the new one"
    FIRST_RUNG = "the first rung of the ladder"


class Notified(NamedTuple):
    """The recipients of an event."""

    external: Who = Who.NOBODY
    internal: Who = Who.NOBODY


NOTIFIED: dict[type[Event], Notified] = {
    events.CaseOpened: Notified(Who.UNLESS_EMERGENCY),
    events.EscalationStarted: Notified(Who.EVERYBODY, Who.STAKEHOLDERS),
    events.EscalationCanceled: Notified(Who.EVERYBODY, Who.STAKEHOLDERS),
    events.CaseReclassified: Notified(),
    events.EscalationAcknowledged: Notified(Who.EVERYBODY),
    events.ProgressUpdatePosted: Notified(Who.EVERYBODY),
    events.UpdatePostponed: Notified(Who.EVERYBODY),
    events.SolutionProposed: Notified(Who.EVERYBODY),
    events.SolutionApproved: Notified(Who.STILL_ASKED, Who.OWNER_UNTIL_ACCEPTED),
    events.SolutionAccepted: Notified(Who.EVERYBODY, Who.OWNER),
    events.SolutionRejected: Notified(Who.EVERYBODY, Who.OWNER),
    events.EscalationClosed: Notified(Who.EVERYBODY, Who.STAKEHOLDERS),
    events.OwnerReassigned: Notified(Who.EVERYBODY, Who.OWNERS),
    events.InternalNoteAdded: Notified(),
    events.RealTimeCommunicationRequested: Notified(Who.EVERYBODY, Who.OWNER),
    events.RealTimeCommunicationEnded: Notified(),
    events.SideChannelContactReported: Notified(Who.REQUESTER, Who.OWNER),
    events.LevelRaised: Notified(internal=Who.FIRST_RUNG),
    events.CauseAttributed: Notified(),
    events.ParticipantAdded: Notified(Who.NEW),
    events.StakeholdersDebriefed: Notified(),
    events.PostMortemHeld: Notified(),
    events.PostMortemShared: Notified(Who.EVERYBODY, Who.STAKEHOLDERS),
    events.RootCauseAnalysisShared: Notified(Who.EVERYBODY, Who.STAKEHOLDERS),
    events.DiagnosisStarted: Notified(Who.EVERYBODY),
    events.CaseSolutionProposed: Notified(Who.EVERYBODY),
    events.CaseClosed: Notified(Who.EVERYBODY),
    events.CaseReprioritized: Notified(),
    events.AcknowledgementOverdue: Notified(internal=Who.FIRST_RUNG),
    events.UpdateOverdue: Notified(internal=Who.OWNER),
    events.AnswerOverdue: Notified(internal=Who.OWNER),
    events.FollowUpOverdue: Notified(internal=Who.OWNER),
}
#: The stakeholders of an emergency: of every case, of a case with a partner, and by the kind of case.
ALWAYS: Roles = frozenset({R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER})
WITH_PARTNER: Roles = frozenset({R.PARTNER_MANAGER})
BY_KIND: dict[ec.CaseKind, Roles] = {
    ec.CaseKind.SOFTWARE: frozenset({R.DEVELOPMENT}),
    ec.CaseKind.INFRASTRUCTURE: frozenset({R.DEVOPS}),
    ec.CaseKind.SECURITY: frozenset({R.SECURITY, R.LEADERSHIP}),
}


def stakeholders(kind: ec.CaseKind, *, partner: bool) -> Roles:
    """Return the roles that are asked to evaluate an emergency."""
    return ALWAYS | BY_KIND[kind] | (WITH_PARTNER if partner else NOBODY)
