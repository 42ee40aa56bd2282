"""Facts about an escalation that people caused."""

from datetime import datetime
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from escalation_core.case import Risk
from escalation_core.commands import INTERNAL
from escalation_core.escalation import CancelReason, Cause, Consent, FollowUp, SolutionKind
from escalation_core.event import EscalationEvent
from escalation_core.people import Person, Role
from escalation_core.timing import Terms
from escalation_core.values import (
    a,
    any_text,
    derived_identifier,
    in_utc,
    in_utc_or_none,
    instant,
    text,
    tuple_of,
    whole_number,
    whom,
)


@frozen(kw_only=True, weakref_slot=False)
class EscalationStarted(EscalationEvent):
    """An emergency was declared: with the case, or on one that was open already."""

    name: ClassVar[str] = "escalation.started"

    risk: Risk | None = field(validator=optional(a(Risk)))
    explanation: str = field(validator=any_text)  #: Why it is one; a case that is opened as one has its description.
    stakeholders: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Internal roles asked to evaluate.
    terms: Terms = field(validator=a(Terms))  #: What it keeps of the policy that it starts under.
    acknowledge_by: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.
    remind_at: datetime = field(
        validator=instant
    )  #: When the first rung of the ladder hears, or the promise is missed.


@frozen(kw_only=True, weakref_slot=False)
class EscalationCanceled(EscalationEvent):
    """It was no emergency."""

    name: ClassVar[str] = "escalation.canceled"

    reason: CancelReason = field(validator=a(CancelReason))
    explanation: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class EscalationAcknowledged(EscalationEvent):
    """The emergency is valid and somebody takes care of it."""

    name: ClassVar[str] = "escalation.acknowledged"

    owner: Person = field(validator=a(Person))
    next_update_by: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.


@frozen(kw_only=True, weakref_slot=False)
class ProgressUpdatePosted(EscalationEvent):
    """Customer and partner were told how it goes."""

    name: ClassVar[str] = "escalation.progress_update_posted"

    message: str = field(validator=text)
    eta: datetime | None = field(default=None, converter=in_utc_or_none, validator=optional(instant))  #: Aware instant.
    next_update_by: datetime | None = field(
        converter=in_utc_or_none, validator=optional(instant)
    )  #: None: no further one is promised now.


@frozen(kw_only=True, weakref_slot=False)
class UpdatePostponed(EscalationEvent):
    """Customer and partner will hear later than promised."""

    name: ClassVar[str] = "escalation.update_postponed"

    next_update_by: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.
    reason: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class SolutionProposed(EscalationEvent):
    """Customer and partner were asked to accept a solution. The proposal's id is this event's id."""

    name: ClassVar[str] = "escalation.solution_proposed"

    summary: str = field(validator=text)
    kind: SolutionKind = field(validator=a(SolutionKind))
    asked: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Sides asked.
    consent: Consent = field(validator=a(Consent))
    answer_by: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.
    next_update_by: datetime | None = field(
        converter=in_utc_or_none, validator=optional(instant)
    )  #: None: updates wait for the answer.
    closable_at: datetime | None = field(
        default=None, converter=in_utc_or_none, validator=optional(instant)
    )  #: When silence may close it, if ever.


@frozen(kw_only=True, weakref_slot=False)
class SolutionApproved(EscalationEvent):
    """One side said yes."""

    name: ClassVar[str] = "escalation.solution_approved"

    proposal: str = field(validator=derived_identifier)
    side: Role = field(validator=a(Role))
    still_asked: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Sides whose yes is still needed.


@frozen(kw_only=True, weakref_slot=False)
class SolutionAccepted(EscalationEvent):
    """Everybody whose yes was needed has said it."""

    name: ClassVar[str] = "escalation.solution_accepted"

    proposal: str = field(validator=derived_identifier)


@frozen(kw_only=True, weakref_slot=False)
class SolutionRejected(EscalationEvent):
    """One side said no."""

    name: ClassVar[str] = "escalation.solution_rejected"

    proposal: str = field(validator=derived_identifier)
    side: Role = field(validator=a(Role))
    reason: str = field(validator=text)
    next_update_by: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.


@frozen(kw_only=True, weakref_slot=False)
class EscalationClosed(EscalationEvent):
    """The escalation is over; the case goes on in the normal process."""

    name: ClassVar[str] = "escalation.closed"

    by_silence: bool = field(validator=a(bool))  #: Closed by the policy's silence rule, on an unanswered proposal.
    follow_ups: tuple[FollowUp, ...] = field(validator=tuple_of(FollowUp))  #: What is owed from now on, and by when.


@frozen(kw_only=True, weakref_slot=False)
class OwnerReassigned(EscalationEvent):
    """Somebody else takes care of the escalation."""

    name: ClassVar[str] = "escalation.owner_reassigned"

    owner: Person = field(validator=a(Person))
    previous: Person = field(validator=a(Person))


@frozen(kw_only=True, weakref_slot=False)
class RealTimeCommunicationRequested(EscalationEvent):
    """Customer and partner were asked to talk now."""

    name: ClassVar[str] = "escalation.real_time_communication_requested"

    channel: str = field(validator=text)
    reason: str = field(validator=text)


class RealTimeCommunicationEnded(EscalationEvent):
    """The talk is over."""

    __slots__ = ()
    name: ClassVar[str] = "escalation.real_time_communication_ended"


@frozen(kw_only=True, weakref_slot=False)
class SideChannelContactReported(EscalationEvent):
    """The customer or partner turned to somebody outside of support about the same issue."""

    name: ClassVar[str] = "escalation.side_channel_contact_reported"

    contacted: Person | Role | str = field(validator=[a(Person, Role, str), whom])
    channel: str = field(validator=text)
    note: str = field(default="", validator=any_text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class LevelRaised(EscalationEvent):
    """Somebody let the next rung of the ladder hear, before its time or beyond it."""

    name: ClassVar[str] = "escalation.level_raised"

    level: int = field(validator=whole_number)  #: The rung that is reached, from 1.
    roles: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Who hears.
    vacant: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Those of them that nobody on the case has.
    last: bool = field(validator=a(bool))  #: There is no further rung.
    reason: str = field(validator=text, metadata=INTERNAL)
    remind_at: datetime | None = field(
        converter=in_utc_or_none, validator=optional(instant)
    )  #: When the ladder goes on by itself, if it does.


@frozen(kw_only=True, weakref_slot=False)
class CauseAttributed(EscalationEvent):
    """It is known, as far as can be said, what caused the emergency.

    After closing this adds the root cause analysis to what is owed, or withdraws it.
    """

    name: ClassVar[str] = "escalation.cause_attributed"

    cause: Cause = field(validator=a(Cause))
    production: bool = field(validator=a(bool))
    explanation: str = field(validator=text, metadata=INTERNAL)
    follow_ups: tuple[FollowUp, ...] = field(validator=tuple_of(FollowUp))  #: Owed or done by now; () before closing.


@frozen(kw_only=True, weakref_slot=False)
class StakeholdersDebriefed(EscalationEvent):
    """The internal stakeholders were told how it went."""

    name: ClassVar[str] = "escalation.stakeholders_debriefed"

    notes: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class PostMortemHeld(EscalationEvent):
    """The post mortem was held."""

    name: ClassVar[str] = "escalation.post_mortem_held"

    findings: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class PostMortemShared(EscalationEvent):
    """Customer and partner have the results of the post mortem."""

    name: ClassVar[str] = "escalation.post_mortem_shared"

    document: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class RootCauseAnalysisShared(EscalationEvent):
    """Customer and partner have the technical root cause analysis."""

    name: ClassVar[str] = "escalation.root_cause_analysis_shared"

    document: str = field(validator=text)
