"""The mails: one row per mail, with its events, recipients, audience and fields.

Rule 1: a template has one audience, and its texts may use only the fields of its row. A value that is not listed cannot
leak.
Rule 2: no field of an external mail is internal text.
Rule 3: every event has a row here or is listed in ``SILENT``.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar, get_args

from attrs import frozen

from escalation_core import events
from escalation_core.case import Case
from escalation_core.events import Event
from escalation_core.notifications import recipients as to
from escalation_core.notifications.fields import CASE_FIELDS, type_of
from escalation_core.notifications.recipients import Recipients
from escalation_core.policy import Policy

E = TypeVar("E", bound=Event)


class Audience(StrEnum):
    """The readers of a notification."""

    EXTERNAL = "external"  #: Customer and partner.
    INTERNAL = "internal"  #: Everybody else.


class Template(StrEnum):
    """The key of a mail. It is stored, and part of the id of every notification, so it never changes."""

    CASE_OPENED = "case_opened"
    CASE_STATUS_CHANGED = "case_status_changed"
    CASE_CLOSED = "case_closed"
    PARTICIPANT_ADDED = "participant_added"
    STARTED = "escalation_started"
    CANCELED = "escalation_canceled"
    CANCELED_TO_REQUESTER = "escalation_canceled_to_requester"
    ACKNOWLEDGED = "escalation_acknowledged"
    PROGRESS_UPDATE = "progress_update"
    ETA_UPDATE = "eta_update"
    UPDATE_POSTPONED = "update_postponed"
    SOLUTION_PROPOSED = "solution_proposed"
    SOLUTION_ANNOUNCED = "solution_announced"
    STILL_ASKED = "solution_still_asked"
    SOLUTION_ACCEPTED = "solution_accepted"
    SOLUTION_REJECTED = "solution_rejected"
    CLOSED = "escalation_closed"
    POST_MORTEM_SHARED = "post_mortem_shared"
    RCA_SHARED = "root_cause_analysis_shared"
    JOIN_REAL_TIME = "real_time_communication_requested"
    USE_THE_CASE = "side_channel_contact_reported"
    OWNER_REASSIGNED = "owner_reassigned"

    EVALUATE = "stakeholders_evaluate"
    STAND_DOWN = "stakeholders_stand_down"
    ACKNOWLEDGED_INTERNALLY = "stakeholders_acknowledged"
    OWNER_APPROVED = "owner_solution_approved"
    OWNER_ACCEPTED = "owner_solution_accepted"
    OWNER_REJECTED = "owner_solution_rejected"
    DEBRIEF = "stakeholders_debrief"
    STAKEHOLDERS_POST_MORTEM = "stakeholders_post_mortem_shared"
    STAKEHOLDERS_RCA = "stakeholders_root_cause_analysis_shared"
    OWNER_REAL_TIME = "owner_real_time_communication"
    OWNER_SIDE_CHANNEL = "owner_side_channel_contact"
    OWNERSHIP_CHANGED = "owner_changed"
    ACKNOWLEDGEMENT_OVERDUE = "acknowledgement_overdue"
    LADDER_EXHAUSTED = "acknowledgement_overdue_last_rung"
    UPDATE_OVERDUE = "update_overdue"
    ANSWER_OVERDUE = "answer_overdue"
    FOLLOW_UP_OVERDUE = "follow_up_overdue"
    LEVEL_RAISED = "level_raised"
    INTERNAL_NOTE = "internal_note_added"


@frozen(kw_only=True, eq=False, repr=False)
class Mail:
    """One mail: a template for one audience, and the events that cause it."""

    template: Template
    events: tuple[type[Event], ...]
    recipients: Callable[[Any, Case, Policy], Recipients]
    audience: Audience
    own: tuple[str, ...]  #: The fields beyond ``CASE_FIELDS``.

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields that the texts may use."""
        return (*CASE_FIELDS, *self.own)


def _mail(
    template: Template,
    audience: Audience,
    recipients: Callable[[E, Case, Policy], Recipients],
    *kinds: type[E],
    own: tuple[str, ...] = (),
) -> Mail:
    # A function makes the row, so that a type checker compares the events with the argument of ``recipients``.
    return Mail(template=template, events=kinds, recipients=recipients, audience=audience, own=own)


_T, _EXTERNAL, _INTERNAL = Template, Audience.EXTERNAL, Audience.INTERNAL
_LAST = ("due_at", "overdue_by", "rung", "vacant")
_OVERDUE = (*_LAST, "remind_at")

#: All mails. Those about one event are sent in this order.
MAILS: tuple[Mail, ...] = (
    _mail(_T.CASE_OPENED, _EXTERNAL, to.external_unless_emergency, events.CaseOpened),
    _mail(_T.CASE_STATUS_CHANGED, _EXTERNAL, to.external, events.DiagnosisStarted, events.CaseSolutionProposed),
    _mail(_T.CASE_CLOSED, _EXTERNAL, to.external, events.CaseClosed, own=("reason",)),
    _mail(_T.PARTICIPANT_ADDED, _EXTERNAL, to.new_external_participant, events.ParticipantAdded),
    _mail(_T.STARTED, _EXTERNAL, to.external, events.EscalationStarted, own=("acknowledge_by",)),
    _mail(_T.CANCELED_TO_REQUESTER, _EXTERNAL, to.requester, events.EscalationCanceled, own=("reason", "explanation")),
    _mail(_T.CANCELED, _EXTERNAL, to.external_except_requester, events.EscalationCanceled),
    _mail(_T.ACKNOWLEDGED, _EXTERNAL, to.external, events.EscalationAcknowledged, own=("owner", "next_update_by")),
    _mail(
        _T.PROGRESS_UPDATE,
        _EXTERNAL,
        to.external_without_eta,
        events.ProgressUpdatePosted,
        own=("message", "next_update_by"),
    ),
    _mail(
        _T.ETA_UPDATE,
        _EXTERNAL,
        to.external_with_eta,
        events.ProgressUpdatePosted,
        own=("message", "eta", "next_update_by"),
    ),
    _mail(_T.UPDATE_POSTPONED, _EXTERNAL, to.external, events.UpdatePostponed, own=("reason", "next_update_by")),
    _mail(
        _T.SOLUTION_PROPOSED,
        _EXTERNAL,
        to.sides_asked,
        events.SolutionProposed,
        own=("summary", "solution_kind", "proposal", "answer_by", "next_update_by", "closable_at"),
    ),
    _mail(
        _T.SOLUTION_ANNOUNCED,
        _EXTERNAL,
        to.external_not_asked,
        events.SolutionProposed,
        own=("summary", "solution_kind", "asked", "next_update_by"),
    ),
    _mail(
        _T.STILL_ASKED, _EXTERNAL, to.sides_still_asked, events.SolutionApproved, own=("side", "proposal", "answer_by")
    ),
    _mail(_T.SOLUTION_ACCEPTED, _EXTERNAL, to.external, events.SolutionAccepted),
    _mail(
        _T.SOLUTION_REJECTED, _EXTERNAL, to.external, events.SolutionRejected, own=("side", "reason", "next_update_by")
    ),
    _mail(_T.CLOSED, _EXTERNAL, to.external, events.EscalationClosed, own=("post_mortem_by", "root_cause_analysis_by")),
    _mail(_T.POST_MORTEM_SHARED, _EXTERNAL, to.external, events.PostMortemShared, own=("document",)),
    _mail(_T.RCA_SHARED, _EXTERNAL, to.external, events.RootCauseAnalysisShared, own=("document",)),
    _mail(_T.JOIN_REAL_TIME, _EXTERNAL, to.external, events.RealTimeCommunicationRequested, own=("channel", "reason")),
    _mail(_T.USE_THE_CASE, _EXTERNAL, to.requester, events.SideChannelContactReported, own=("contacted", "channel")),
    _mail(_T.OWNER_REASSIGNED, _EXTERNAL, to.external, events.OwnerReassigned, own=("owner",)),
    _mail(
        _T.EVALUATE,
        _INTERNAL,
        to.stakeholders,
        events.EscalationStarted,
        own=("kind", "impact", "risk", "production", "explanation", "acknowledge_by"),
    ),
    _mail(_T.STAND_DOWN, _INTERNAL, to.stakeholders, events.EscalationCanceled, own=("reason", "explanation")),
    _mail(
        _T.ACKNOWLEDGED_INTERNALLY, _INTERNAL, to.stakeholders_by_policy, events.EscalationAcknowledged, own=("owner",)
    ),
    _mail(
        _T.OWNER_APPROVED, _INTERNAL, to.owner_while_sides_asked, events.SolutionApproved, own=("side", "still_asked")
    ),
    _mail(_T.OWNER_ACCEPTED, _INTERNAL, to.owner, events.SolutionAccepted),
    _mail(_T.OWNER_REJECTED, _INTERNAL, to.owner, events.SolutionRejected, own=("side", "reason")),
    _mail(_T.DEBRIEF, _INTERNAL, to.stakeholders, events.EscalationClosed, own=("owner", "follow_ups", "debrief_by")),
    _mail(_T.STAKEHOLDERS_POST_MORTEM, _INTERNAL, to.stakeholders, events.PostMortemShared, own=("document",)),
    _mail(_T.STAKEHOLDERS_RCA, _INTERNAL, to.stakeholders, events.RootCauseAnalysisShared, own=("document",)),
    _mail(_T.OWNER_REAL_TIME, _INTERNAL, to.owner, events.RealTimeCommunicationRequested, own=("channel", "reason")),
    _mail(
        _T.OWNER_SIDE_CHANNEL,
        _INTERNAL,
        to.owner,
        events.SideChannelContactReported,
        own=("contacted", "channel", "note"),
    ),
    _mail(
        _T.OWNERSHIP_CHANGED, _INTERNAL, to.old_and_new_owner, events.OwnerReassigned, own=("owner", "previous_owner")
    ),
    _mail(_T.ACKNOWLEDGEMENT_OVERDUE, _INTERNAL, to.rung_before_last, events.AcknowledgementOverdue, own=_OVERDUE),
    _mail(_T.LADDER_EXHAUSTED, _INTERNAL, to.last_rung, events.AcknowledgementOverdue, own=_LAST),
    _mail(_T.UPDATE_OVERDUE, _INTERNAL, to.owner_and_rung, events.UpdateOverdue, own=(*_OVERDUE, "owner")),
    _mail(_T.ANSWER_OVERDUE, _INTERNAL, to.owner_and_rung, events.AnswerOverdue, own=(*_OVERDUE, "owner", "proposal")),
    _mail(
        _T.FOLLOW_UP_OVERDUE,
        _INTERNAL,
        to.owner_and_rung,
        events.FollowUpOverdue,
        own=(*_OVERDUE, "owner", "follow_up"),
    ),
    _mail(_T.LEVEL_RAISED, _INTERNAL, to.rung, events.LevelRaised, own=("author", "rung", "vacant", "reason")),
    _mail(_T.INTERNAL_NOTE, _INTERNAL, to.note_readers, events.InternalNoteAdded, own=("author", "text")),
)

#: Events without a mail: nobody is notified of them, or another event of the same outcome has the mail.
SILENT: tuple[type[Event], ...] = (
    events.CaseReclassified,
    events.RealTimeCommunicationEnded,
    events.CauseAttributed,
    events.StakeholdersDebriefed,
    events.PostMortemHeld,
    events.CaseReprioritized,
)

BY_TEMPLATE: dict[Template, Mail] = {mail.template: mail for mail in MAILS}
BY_EVENT: dict[type[Event], tuple[Mail, ...]] = dict.fromkeys(SILENT, ()) | {
    kind: tuple(mail for mail in MAILS if kind in mail.events) for row in MAILS for kind in row.events
}

_TYPES = [(name, type_of(name, kind)) for mail in MAILS for kind in mail.events for name in mail.own]
#: Fields whose value is an aware instant, or None.
INSTANTS: frozenset[str] = frozenset(name for name, found in _TYPES if datetime in (found, *get_args(found)))
#: Fields whose value may be None. A rendered text then omits each paragraph that uses such a field.
OPTIONAL: frozenset[str] = frozenset(name for name, found in _TYPES if NoneType in get_args(found))
