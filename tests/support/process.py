"""The process of the design, written by hand: one row per command.

Rule 1: nothing here is read from the tables of the library, since the tests compare the tables with these rows.
Rule 2: who, from, to, events and refusals are written here, and in no other place of the tests.
Rule 3: ``notified`` has one row per event, in the same way.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.commands import Command
from escalation_core.events import Event
from support.situations import (
    Condition,
    by_content,
    has_approved,
    has_escalation,
    is_active,
    is_done,
    is_emergency,
    is_not_held,
    is_not_owed,
    is_not_talking,
    is_pending,
    is_talking,
    other_side_has_approved,
)

CODE, R, S, C = ec.RefusalCode, ec.Role, ec.EscalationStatus, ec.CaseStatus

Roles = frozenset[ec.Role]
Statuses = frozenset[ec.EscalationStatus] | frozenset[ec.CaseStatus]

REP: Roles = frozenset({R.SUPPORT_REP})
SUPPORT: Roles = frozenset({R.SUPPORT_REP, R.SUPPORT_LEAD})
SIDES: Roles = frozenset({R.CUSTOMER, R.PARTNER})
INTERNAL: Roles = frozenset(R) - SIDES - {R.AUTOMATION}
ANYBODY: Roles = INTERNAL | SIDES
NOBODY: Roles = frozenset()

STARTED = frozenset({S.STARTED})
PROPOSED = frozenset({S.SOLUTION_PROPOSED})
OWNED = frozenset({S.ACKNOWLEDGED, S.SOLUTION_PROPOSED, S.SOLUTION_ACCEPTED, S.SOLUTION_REJECTED})
ACTIVE = STARTED | OWNED
CLOSED = frozenset({S.CLOSED})
OPEN = frozenset({C.RECEIVED, C.DIAGNOSIS, C.SOLUTION_PROPOSED})


class Second(NamedTuple):
    """What happens in addition, in some situations."""

    when: Condition
    dest: ec.EscalationStatus
    event: type[Event]


class Row(NamedTuple):
    """One command."""

    who: Roles  #: The roles that may send the command under the default policy.
    source: Statuses  #: Of the escalation, or of the case.
    dest: Enum | None  #: None: the status stays the same.
    events: tuple[type[Event], ...]
    refusals: Mapping[ec.RefusalCode, Condition] = MappingProxyType({})  #: The row's own codes, and when each applies.
    possible: Roles = INTERNAL  #: The roles to which a policy may give the command; NOBODY if a policy cannot choose.
    needed: bool = False  #: Whether a policy must give the command to at least one role.
    second: Second | None = None

    @property
    def moves_escalation(self) -> bool:
        """Whether the command depends on the status of the escalation."""
        return any(isinstance(status, S) for status in self.source)


ROWS: dict[type[Command], Row] = {
    commands.OpenCase: Row(
        REP | SIDES,
        frozenset[ec.CaseStatus](),
        C.RECEIVED,
        (events.CaseOpened,),
        possible=ANYBODY,
        needed=True,
        second=Second(is_emergency, S.STARTED, events.EscalationStarted),
    ),
    commands.DeclareEmergency: Row(
        REP | SIDES,
        OPEN,
        S.STARTED,
        (events.EscalationStarted,),
        {CODE.ESCALATION_EXISTS: has_escalation},
        possible=ANYBODY,
    ),
    commands.CancelEscalation: Row(
        SUPPORT, STARTED, S.CANCELED, (events.EscalationCanceled, events.CaseReclassified), possible=ANYBODY
    ),
    commands.Acknowledge: Row(REP, STARTED, S.ACKNOWLEDGED, (events.EscalationAcknowledged,), needed=True),
    commands.PostUpdate: Row(SUPPORT, OWNED, None, (events.ProgressUpdatePosted,)),
    commands.PostponeUpdate: Row(
        SUPPORT,
        frozenset({S.ACKNOWLEDGED, S.SOLUTION_PROPOSED, S.SOLUTION_REJECTED}),
        None,
        (events.UpdatePostponed,),
        {
            CODE.NO_UPDATE_PROMISED: is_pending,
            **by_content(CODE.UPDATE_OVERDUE, CODE.ALREADY_POSTPONED, CODE.NOT_LATER),
        },
    ),
    commands.ProposeSolution: Row(
        REP,
        frozenset({S.ACKNOWLEDGED, S.SOLUTION_REJECTED, S.SOLUTION_PROPOSED}),
        S.SOLUTION_PROPOSED,
        (events.SolutionProposed,),
        needed=True,
    ),
    commands.AcceptSolution: Row(
        SIDES,
        PROPOSED,
        None,
        (events.SolutionApproved,),
        {
            CODE.ALREADY_APPROVED: has_approved,
            **by_content(CODE.SIDE_NOT_ASKED, CODE.UNKNOWN_PROPOSAL, CODE.PROPOSAL_NOT_PENDING),
        },
        possible=NOBODY,
        second=Second(other_side_has_approved, S.SOLUTION_ACCEPTED, events.SolutionAccepted),
    ),
    commands.RejectSolution: Row(
        SIDES,
        PROPOSED,
        S.SOLUTION_REJECTED,
        (events.SolutionRejected,),
        by_content(CODE.SIDE_NOT_ASKED, CODE.UNKNOWN_PROPOSAL, CODE.PROPOSAL_NOT_PENDING),
        possible=NOBODY,
    ),
    commands.CloseEscalation: Row(
        SUPPORT,
        frozenset({S.SOLUTION_ACCEPTED, S.SOLUTION_PROPOSED}),
        S.CLOSED,
        (events.EscalationClosed,),
        {CODE.ANSWER_PENDING: is_pending},
        needed=True,
    ),
    commands.ReassignOwner: Row(
        SUPPORT,
        OWNED,
        None,
        (events.OwnerReassigned,),
        by_content(CODE.ALREADY_OWNER, CODE.NOT_ASSIGNABLE),
    ),
    commands.RaiseLevel: Row(
        SUPPORT,
        ACTIVE,
        None,
        (events.LevelRaised,),
        by_content(CODE.LEVEL_MOVED, CODE.TOP_OF_LADDER),
    ),
    commands.RequestRealTimeCommunication: Row(
        REP, OWNED, None, (events.RealTimeCommunicationRequested,), {CODE.REAL_TIME_OPEN: is_talking}
    ),
    commands.EndRealTimeCommunication: Row(
        REP, OWNED, None, (events.RealTimeCommunicationEnded,), {CODE.REAL_TIME_NOT_OPEN: is_not_talking}
    ),
    commands.ReportSideChannelContact: Row(INTERNAL, ACTIVE, None, (events.SideChannelContactReported,)),
    commands.AttributeCause: Row(SUPPORT | {R.DEVOPS, R.DEVELOPMENT}, OWNED | CLOSED, None, (events.CauseAttributed,)),
    commands.DebriefStakeholders: Row(
        SUPPORT,
        CLOSED,
        None,
        (events.StakeholdersDebriefed,),
        {CODE.ALREADY_DONE: is_done(commands.DebriefStakeholders)},
        needed=True,
    ),
    commands.HoldPostMortem: Row(
        SUPPORT,
        CLOSED,
        None,
        (events.PostMortemHeld,),
        {CODE.ALREADY_DONE: is_done(commands.HoldPostMortem)},
        needed=True,
    ),
    commands.SharePostMortem: Row(
        SUPPORT,
        CLOSED,
        None,
        (events.PostMortemShared,),
        {CODE.ALREADY_DONE: is_done(commands.SharePostMortem), CODE.POST_MORTEM_NOT_HELD: is_not_held},
        needed=True,
    ),
    commands.ShareRootCauseAnalysis: Row(
        SUPPORT,
        CLOSED,
        None,
        (events.RootCauseAnalysisShared,),
        {CODE.ALREADY_DONE: is_done(commands.ShareRootCauseAnalysis), CODE.NOT_OWED: is_not_owed},
        needed=True,
    ),
    commands.AddInternalNote: Row(INTERNAL, OPEN, None, (events.InternalNoteAdded,)),
    commands.AddParticipant: Row(
        SUPPORT,
        OPEN,
        None,
        (events.ParticipantAdded,),
        by_content(CODE.ALREADY_PARTICIPANT, CODE.NOT_ASSIGNABLE),
        possible=ANYBODY,
    ),
    commands.StartDiagnosis: Row(
        SUPPORT, frozenset({C.RECEIVED, C.SOLUTION_PROPOSED}), C.DIAGNOSIS, (events.DiagnosisStarted,), needed=True
    ),
    commands.ProposeCaseSolution: Row(
        SUPPORT, frozenset({C.DIAGNOSIS}), C.SOLUTION_PROPOSED, (events.CaseSolutionProposed,), needed=True
    ),
    commands.CloseCase: Row(
        SUPPORT,
        frozenset({C.SOLUTION_PROPOSED}),
        C.CLOSED,
        (events.CaseClosed,),
        {CODE.ESCALATION_ACTIVE: is_active},
        needed=True,
    ),
    commands.ReprioritizeCase: Row(
        SUPPORT, OPEN, None, (events.CaseReprioritized,), {CODE.ESCALATION_ACTIVE: is_active}
    ),
}


#: The keyword argument of each guard, and the value that satisfies it.
GUARDS: dict[str, tuple[str, bool]] = {
    "consent_complete": ("complete", True),
    "consent_incomplete": ("complete", False),
    "silence_deadline_passed": ("silent", True),
}
