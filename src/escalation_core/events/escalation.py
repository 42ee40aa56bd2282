"""Facts about an escalation that people caused."""

from datetime import datetime
from typing import ClassVar

from attrs import field

from escalation_core.case import Risk
from escalation_core.checks import DerivedIdentifier, Text
from escalation_core.commands import INTERNAL
from escalation_core.escalation import CancelReason, Cause, Consent, FollowUp, SolutionKind
from escalation_core.events.base import EscalationEvent
from escalation_core.people import Person, Role
from escalation_core.timing import Terms
from escalation_core.values import frozen


@frozen(kw_only=True)
class EscalationStarted(EscalationEvent):
    """An emergency was declared: at the opening of the case, or on an open case."""

    name: ClassVar[str] = "escalation.started"

    risk: Risk | None
    explanation: str  #: Why this is an emergency; the description of a case that was opened as one.
    stakeholders: tuple[Role, ...]  #: Internal roles asked to evaluate.
    terms: Terms  #: The part of the policy that the escalation keeps.
    acknowledge_by: datetime  #: Aware instant.
    remind_at: datetime  #: Aware instant of the first reminder: the first rung of the ladder, or the deadline.


@frozen(kw_only=True)
class EscalationCanceled(EscalationEvent):
    """The escalation was canceled, for example because it was not an emergency."""

    name: ClassVar[str] = "escalation.canceled"

    reason: CancelReason
    explanation: Text


@frozen(kw_only=True)
class EscalationAcknowledged(EscalationEvent):
    """A rep acknowledged the escalation and became its owner."""

    name: ClassVar[str] = "escalation.acknowledged"

    owner: Person
    next_update_by: datetime  #: Aware instant.


@frozen(kw_only=True)
class ProgressUpdatePosted(EscalationEvent):
    """Customer and partner were notified of the progress."""

    name: ClassVar[str] = "escalation.progress_update_posted"

    message: Text
    eta: datetime | None = None  #: Aware instant.
    next_update_by: datetime | None  #: None: no further update is promised now.


@frozen(kw_only=True)
class UpdatePostponed(EscalationEvent):
    """The next update was postponed."""

    name: ClassVar[str] = "escalation.update_postponed"

    next_update_by: datetime  #: Aware instant.
    reason: Text


@frozen(kw_only=True)
class SolutionProposed(EscalationEvent):
    """Customer and partner were asked to accept a solution. The proposal's id is this event's id."""

    name: ClassVar[str] = "escalation.solution_proposed"

    summary: Text
    kind: SolutionKind
    asked: tuple[Role, ...]  #: Sides asked.
    consent: Consent
    answer_by: datetime  #: Aware instant.
    next_update_by: datetime | None  #: None: no update is due before the answer.
    closable_at: datetime | None = None  #: From this instant on, silence may close the escalation; None: never.


@frozen(kw_only=True)
class SolutionApproved(EscalationEvent):
    """One side accepted the solution."""

    name: ClassVar[str] = "escalation.solution_approved"

    proposal: DerivedIdentifier
    side: Role
    still_asked: tuple[Role, ...]  #: Sides whose consent is still needed.


@frozen(kw_only=True)
class SolutionAccepted(EscalationEvent):
    """Every side whose consent was needed has accepted the solution."""

    name: ClassVar[str] = "escalation.solution_accepted"

    proposal: DerivedIdentifier


@frozen(kw_only=True)
class SolutionRejected(EscalationEvent):
    """One side rejected the solution."""

    name: ClassVar[str] = "escalation.solution_rejected"

    proposal: DerivedIdentifier
    side: Role
    reason: Text
    next_update_by: datetime  #: Aware instant.


@frozen(kw_only=True)
class EscalationClosed(EscalationEvent):
    """The escalation was closed; the case continues in the normal process."""

    name: ClassVar[str] = "escalation.closed"

    by_silence: bool  #: Whether the policy's silence rule closed it, on an unanswered proposal.
    follow_ups: tuple[FollowUp, ...]  #: The follow-ups owed from now on, with their deadlines.


@frozen(kw_only=True)
class OwnerReassigned(EscalationEvent):
    """Another rep became the owner of the escalation."""

    name: ClassVar[str] = "escalation.owner_reassigned"

    owner: Person
    previous: Person


@frozen(kw_only=True)
class RealTimeCommunicationRequested(EscalationEvent):
    """Customer and partner were asked to join real-time communication."""

    name: ClassVar[str] = "escalation.real_time_communication_requested"

    channel: Text
    reason: Text


class RealTimeCommunicationEnded(EscalationEvent):
    """Real-time communication ended."""

    __slots__ = ()
    name: ClassVar[str] = "escalation.real_time_communication_ended"


@frozen(kw_only=True)
class SideChannelContactReported(EscalationEvent):
    """The customer or partner contacted somebody outside support about the same issue."""

    name: ClassVar[str] = "escalation.side_channel_contact_reported"

    contacted: Person | Role | str
    channel: Text
    note: str = field(default="", metadata=INTERNAL)


@frozen(kw_only=True)
class LevelRaised(EscalationEvent):
    """A person raised the level: the next rung of the ladder is notified now."""

    name: ClassVar[str] = "escalation.level_raised"

    level: int  #: The rung that is reached, from 1.
    roles: tuple[Role, ...]  #: The roles to notify.
    vacant: tuple[Role, ...]  #: The roles among these that nobody on the case has.
    last: bool  #: Whether the ladder has no further rung.
    reason: Text = field(metadata=INTERNAL)
    remind_at: datetime | None  #: Aware instant of the next reminder; None after the last.


@frozen(kw_only=True)
class CauseAttributed(EscalationEvent):
    """A cause was attributed to the emergency.

    After closing, the cause decides whether a root cause analysis is owed.
    """

    name: ClassVar[str] = "escalation.cause_attributed"

    cause: Cause
    production: bool
    explanation: Text = field(metadata=INTERNAL)
    follow_ups: tuple[FollowUp, ...]  #: All follow-ups, owed or done; ``()`` before closing.


@frozen(kw_only=True)
class StakeholdersDebriefed(EscalationEvent):
    """The internal stakeholders were debriefed."""

    name: ClassVar[str] = "escalation.stakeholders_debriefed"

    notes: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class PostMortemHeld(EscalationEvent):
    """The post mortem was held."""

    name: ClassVar[str] = "escalation.post_mortem_held"

    findings: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class PostMortemShared(EscalationEvent):
    """The results of the post mortem were shared with customer and partner."""

    name: ClassVar[str] = "escalation.post_mortem_shared"

    document: Text


@frozen(kw_only=True)
class RootCauseAnalysisShared(EscalationEvent):
    """The technical root cause analysis was shared with customer and partner."""

    name: ClassVar[str] = "escalation.root_cause_analysis_shared"

    document: Text
