"""What happened to a case: events, past tense, facts.

Rule 1: an event holds everything that folding it needs; no policy and no clock is asked again.
Rule 2: ``version`` counts the events of one case from 1 without a gap; ``id`` is made of it.
Rule 3: ``at`` is an aware instant, and never before the event that precedes it.
Rule 4: every event class is listed in ``EVENTS``, in the order of the process table.
"""

from datetime import datetime

from attrs import field, frozen
from attrs.validators import optional

from escalation_core.case import Case, CaseType, Priority, Risk
from escalation_core.commands import INTERNAL
from escalation_core.escalation import CancelReason, Cause, Consent, FollowUpKind, SolutionKind
from escalation_core.people import Person, Role
from escalation_core.values import a, any_text, identifier, instant, must_be, text, tuple_of, whole_number, whom


@frozen(kw_only=True, weakref_slot=False)
class Event:
    """One fact in the history of a case."""

    case_id: str = field(validator=identifier)
    version: int = field(validator=whole_number)  #: 1, 2, 3 … per case.
    at: datetime = field(validator=instant)  #: Aware instant.
    by: Person = field(validator=a(Person))
    command_id: str | None = field(default=None, validator=optional(identifier))  #: The host's key of the command.

    @property
    def id(self) -> str:
        """The event's key, unique over all cases: ``case_id/version``."""
        return f"{self.case_id}/{self.version}"


class CaseEvent(Event):
    """A fact about the case, with or without an escalation."""

    __slots__ = ()


class EscalationEvent(Event):
    """A fact about the escalation of the case."""

    __slots__ = ()


@frozen(kw_only=True, weakref_slot=False)
class CaseOpened(CaseEvent):
    """The case was created."""

    case: Case = field(validator=a(Case))  #: As the host described it, at version 0.

    def __attrs_post_init__(self) -> None:
        if self.case.version != 0:
            raise ValueError(must_be("case", "a case at version 0", self.case.version))


@frozen(kw_only=True, weakref_slot=False)
class EscalationStarted(EscalationEvent):
    """An emergency was declared: with the case, or on one that was open already."""

    risk: Risk | None = field(validator=optional(a(Risk)))
    explanation: str = field(validator=any_text)  #: Why it is one; a case that is opened as one has its description.
    stakeholders: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Internal roles asked to evaluate.


@frozen(kw_only=True, weakref_slot=False)
class EscalationCanceled(EscalationEvent):
    """It was no emergency."""

    reason: CancelReason = field(validator=a(CancelReason))
    explanation: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class CaseReclassified(CaseEvent):
    """A canceled emergency became what it really is."""

    type: CaseType = field(validator=a(CaseType))
    priority: Priority = field(validator=a(Priority))


@frozen(kw_only=True, weakref_slot=False)
class EscalationAcknowledged(EscalationEvent):
    """The emergency is valid and somebody takes care of it."""

    owner: Person = field(validator=a(Person))


@frozen(kw_only=True, weakref_slot=False)
class ProgressUpdatePosted(EscalationEvent):
    """Customer and partner were told how it goes."""

    message: str = field(validator=text)
    eta: datetime | None = field(default=None, validator=optional(instant))  #: Aware instant.


@frozen(kw_only=True, weakref_slot=False)
class SolutionProposed(EscalationEvent):
    """Customer and partner were asked to accept a solution. The proposal's id is this event's id."""

    summary: str = field(validator=text)
    kind: SolutionKind = field(validator=a(SolutionKind))
    asked: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Sides asked.
    consent: Consent = field(validator=a(Consent))
    closable_at: datetime | None = field(
        default=None, validator=optional(instant)
    )  #: When silence may close it, if ever.


@frozen(kw_only=True, weakref_slot=False)
class SolutionApproved(EscalationEvent):
    """One side said yes."""

    proposal: str = field(validator=identifier)
    side: Role = field(validator=a(Role))
    still_asked: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Sides whose yes is still needed.


@frozen(kw_only=True, weakref_slot=False)
class SolutionAccepted(EscalationEvent):
    """Everybody whose yes was needed has said it."""

    proposal: str = field(validator=identifier)


@frozen(kw_only=True, weakref_slot=False)
class SolutionRejected(EscalationEvent):
    """One side said no."""

    proposal: str = field(validator=identifier)
    side: Role = field(validator=a(Role))
    reason: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class EscalationClosed(EscalationEvent):
    """The escalation is over; the case goes on in the normal process."""

    by_silence: bool = field(validator=a(bool))  #: Closed by the policy's silence rule, on an unanswered proposal.
    follow_ups: tuple[FollowUpKind, ...] = field(validator=tuple_of(FollowUpKind))  #: What is owed from now on.


@frozen(kw_only=True, weakref_slot=False)
class OwnerReassigned(EscalationEvent):
    """Somebody else takes care of the escalation."""

    owner: Person = field(validator=a(Person))
    previous: Person = field(validator=a(Person))


@frozen(kw_only=True, weakref_slot=False)
class InternalNoteAdded(CaseEvent):
    """Something was written down that only internal people may read."""

    text: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class RealTimeCommunicationRequested(EscalationEvent):
    """Customer and partner were asked to talk now."""

    channel: str = field(validator=text)
    reason: str = field(validator=text)


class RealTimeCommunicationEnded(EscalationEvent):
    """The talk is over."""

    __slots__ = ()


@frozen(kw_only=True, weakref_slot=False)
class SideChannelContactReported(EscalationEvent):
    """The customer or partner turned to somebody outside of support about the same issue."""

    contacted: Person | Role | str = field(validator=[a(Person, Role, str), whom])
    channel: str = field(validator=text)
    note: str = field(default="", validator=any_text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class CauseAttributed(EscalationEvent):
    """It is known, as far as can be said, what caused the emergency.

    After closing this adds the root cause analysis to what is owed, or withdraws it.
    """

    cause: Cause = field(validator=a(Cause))
    production: bool = field(validator=a(bool))
    explanation: str = field(validator=text, metadata=INTERNAL)
    follow_ups: tuple[FollowUpKind, ...] = field(
        validator=tuple_of(FollowUpKind)
    )  #: Owed or done by now; () before closing.


@frozen(kw_only=True, weakref_slot=False)
class ParticipantAdded(CaseEvent):
    """One more person takes part in the case."""

    person: Person = field(validator=a(Person))


@frozen(kw_only=True, weakref_slot=False)
class StakeholdersDebriefed(EscalationEvent):
    """The internal stakeholders were told how it went."""

    notes: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class PostMortemHeld(EscalationEvent):
    """The post mortem was held."""

    findings: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class PostMortemShared(EscalationEvent):
    """Customer and partner have the results of the post mortem."""

    document: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class RootCauseAnalysisShared(EscalationEvent):
    """Customer and partner have the technical root cause analysis."""

    document: str = field(validator=text)


class DiagnosisStarted(CaseEvent):
    """A rep has taken the case, or has taken it up again."""

    __slots__ = ()


class CaseSolutionProposed(CaseEvent):
    """The customer is asked to confirm that the case is solved."""

    __slots__ = ()


@frozen(kw_only=True, weakref_slot=False)
class CaseClosed(CaseEvent):
    """The case is over."""

    reason: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class CaseReprioritized(CaseEvent):
    """Support has evaluated how urgent the case is."""

    priority: Priority = field(validator=a(Priority))


EVENTS: tuple[type[Event], ...] = (
    CaseOpened,
    EscalationStarted,
    EscalationCanceled,
    CaseReclassified,
    EscalationAcknowledged,
    ProgressUpdatePosted,
    SolutionProposed,
    SolutionApproved,
    SolutionAccepted,
    SolutionRejected,
    EscalationClosed,
    OwnerReassigned,
    InternalNoteAdded,
    RealTimeCommunicationRequested,
    RealTimeCommunicationEnded,
    SideChannelContactReported,
    CauseAttributed,
    ParticipantAdded,
    StakeholdersDebriefed,
    PostMortemHeld,
    PostMortemShared,
    RootCauseAnalysisShared,
    DiagnosisStarted,
    CaseSolutionProposed,
    CaseClosed,
    CaseReprioritized,
)
