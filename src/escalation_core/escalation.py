"""An escalation: its statuses, the proposals made in it, and what is owed after it.

Rule 1: this is state that decisions and readers need; the whole history is in the events.
Rule 2: nothing here moves a status. ``lifecycle`` says which moves exist, ``evolve`` makes them.
"""

from datetime import datetime
from enum import Enum
from itertools import permutations

from attrs import field, frozen
from attrs.validators import optional

from escalation_core.clocks import DEADLINE, Breach, Clock, ClockKind, Deadlines
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.timing import Terms, Timing
from escalation_core.values import a, derived_identifier, in_utc, in_utc_or_none, instant, text, tuple_of, whole_number


class EscalationStatus(Enum):
    """Where an escalation is in its life."""

    STARTED = "STARTED"  #: An emergency was declared; nobody has answered yet.
    CANCELED = "CANCELED"  #: It was no emergency. Over; the case goes on as a problem.
    ACKNOWLEDGED = "ACKNOWLEDGED"  #: It is valid; an owner takes care of it.
    SOLUTION_PROPOSED = "SOLUTION PROPOSED"  #: Customer and partner are asked to accept or reject.
    SOLUTION_ACCEPTED = "SOLUTION ACCEPTED"  #: Everybody whose consent is needed has given it.
    SOLUTION_REJECTED = "SOLUTION REJECTED"  #: Somebody said no; the team is at work again.
    CLOSED = "CLOSED"  #: Over. The case itself goes on.


class CancelReason(Enum):
    """Why an escalation is canceled."""

    MISUSE = "misuse"  #: Used to speed up a regular request or bug.
    DUPLICATE = "duplicate"  #: The same emergency is already handled elsewhere.
    WITHDRAWN = "withdrawn"  #: The requester took it back.


class SolutionKind(Enum):
    """What a proposed solution does for the customer."""

    FIX = "fix"  #: Solves the problem outright.
    MITIGATION = "mitigation"  #: Reduces its impact, so that the rest can be done in the normal process.


class Consent(Enum):
    """Whose yes makes a proposed solution accepted. One rejection always rejects."""

    ALL = "all"  #: Every side with somebody on the case.
    ANY = "any"  #: All sides are asked; the first yes is enough.
    CUSTOMER = "customer"  #: Only the customer is asked; the partner where nobody of the customer is on the case.


class ProposalStatus(Enum):
    """What became of a proposed solution."""

    PENDING = "pending"  #: Customer and partner are asked.
    ACCEPTED = "accepted"  #: Consent is complete.
    REJECTED = "rejected"  #: One side said no.
    SUPERSEDED = "superseded"  #: A newer proposal took its place before it was answered.


class Cause(Enum):
    """What caused the emergency."""

    SOFTWARE = "software"  #: A fault of the product.
    INFRASTRUCTURE = "infrastructure"  #: A fault of what the product runs on; in production it owes an RCA.
    SECURITY = "security"  #: An attack or a leak.
    OTHER = "other"  #: Anything else, a third party for one.


class FollowUpKind(Enum):
    """What is owed after an escalation is closed."""

    DEBRIEF = "debrief"  #: Tell the internal stakeholders how it went.
    POST_MORTEM = "post mortem"  #: Hold it, then share its results with customer and partner.
    ROOT_CAUSE_ANALYSIS = "root cause analysis"  #: Share it, when infrastructure in production was the cause.


#: The clock of each follow-up.
CLOCK_OF = {
    FollowUpKind.DEBRIEF: ClockKind.DEBRIEF,
    FollowUpKind.POST_MORTEM: ClockKind.POST_MORTEM,
    FollowUpKind.ROOT_CAUSE_ANALYSIS: ClockKind.ROOT_CAUSE_ANALYSIS,
}


def owed_after(cause: Cause | None, *, production: bool) -> tuple[FollowUpKind, ...]:
    """Give what closing owes: an RCA if and only if infrastructure in production was the cause (the handbook)."""
    always = (FollowUpKind.DEBRIEF, FollowUpKind.POST_MORTEM)
    if cause is Cause.INFRASTRUCTURE and production:
        return (*always, FollowUpKind.ROOT_CAUSE_ANALYSIS)
    return always


#: The orders in which the sides can say yes; proposals share these tuples.
_APPROVALS: dict[tuple[Role, ...], tuple[Role, ...]] = {
    order: order for count in (1, 2) for order in permutations(EXTERNAL_ROLES, count)
}


@frozen(kw_only=True, weakref_slot=False)
class Proposal:
    """One solution put to the customer and the partner; never edited, only superseded."""

    id: str = field(validator=derived_identifier)  #: The id of its ``SolutionProposed`` event.
    summary: str = field(validator=text)
    kind: SolutionKind = field(validator=a(SolutionKind))
    proposed_at: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.
    asked: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Sides asked: those with somebody on the case then.
    consent: Consent = field(
        validator=a(Consent)
    )  #: The rule when it was proposed; a later policy does not re-judge it.
    closable_at: datetime | None = field(
        default=None, converter=in_utc_or_none, validator=optional(instant)
    )  #: When silence may close it, if ever.
    approved_by: tuple[Role, ...] = field(default=(), validator=tuple_of(Role))  #: Sides that said yes, in order.
    status: ProposalStatus = field(default=ProposalStatus.PENDING, validator=a(ProposalStatus))

    def with_yes_of(self, side: Role) -> tuple[Role, ...]:
        """Give the sides that said yes once this one has, too."""
        return _APPROVALS[(*self.approved_by, side)]

    def still_asked(self, approved_by: tuple[Role, ...]) -> tuple[Role, ...]:
        """Give the sides whose yes is still needed once these have said it."""
        if self.consent is Consent.ANY and approved_by:
            return ()
        return tuple(side for side in self.asked if side not in approved_by)


@frozen(kw_only=True, weakref_slot=False)
class FollowUp:
    """One thing owed after closing."""

    kind: FollowUpKind = field(validator=a(FollowUpKind))
    due_at: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.
    held_at: datetime | None = field(
        default=None, converter=in_utc_or_none, validator=optional(instant)
    )  #: When the post mortem was held.
    done_at: datetime | None = field(
        default=None, converter=in_utc_or_none, validator=optional(instant)
    )  #: When it was shared, or given.

    @property
    def done(self) -> bool:
        """Whether nothing of it is owed any more."""
        return self.done_at is not None


@frozen(kw_only=True, weakref_slot=False)
class Escalation:
    """The escalation of one case. Every instant is aware."""

    status: EscalationStatus = field(validator=a(EscalationStatus))
    started_at: datetime = field(converter=in_utc, validator=instant)
    stakeholders: tuple[Role, ...] = field(
        validator=tuple_of(Role)
    )  #: Who was informed at the start, and is debriefed.
    owner: Person | None = field(default=None, validator=optional(a(Person)))  #: Who acknowledged, or took over.
    acknowledged_at: datetime | None = field(default=None, converter=in_utc_or_none, validator=optional(instant))
    proposals: tuple[Proposal, ...] = field(default=(), validator=tuple_of(Proposal))  #: Oldest first.
    real_time: str | None = field(default=None, validator=optional(text))  #: Where people talk now, if they do.
    cause: Cause | None = field(default=None, validator=optional(a(Cause)))
    cause_in_production: bool = field(default=False, validator=a(bool))
    cancel_reason: CancelReason | None = field(default=None, validator=optional(a(CancelReason)))
    ended_at: datetime | None = field(
        default=None, converter=in_utc_or_none, validator=optional(instant)
    )  #: When it was canceled or closed.
    follow_ups: tuple[FollowUp, ...] = field(default=(), validator=tuple_of(FollowUp))
    terms: Terms = field(validator=a(Terms))  #: What it keeps of the policy that it started under.
    level: int = field(default=0, validator=whole_number)  #: The rung of the ladder that has heard, from 1; 0 is none.
    clocks: tuple[Clock, ...] = field(default=(), validator=tuple_of(Clock))  #: The promises that run.
    breaches: tuple[Breach, ...] = field(
        default=(), validator=tuple_of(Breach)
    )  #: Those that were missed, oldest first.

    @property
    def active(self) -> bool:
        """Whether it is neither canceled nor closed."""
        return self.ended_at is None

    @property
    def timing(self) -> Timing:
        """What is promised by when, and who hears when it is missed: as it was when the escalation started."""
        return self.terms.timing

    def updates_run_in(self, status: EscalationStatus) -> bool:
        """Tell whether regular updates are promised in a status from the acknowledgement on."""
        if status is EscalationStatus.SOLUTION_PROPOSED:
            return self.timing.updates_while_waiting
        return status in {EscalationStatus.ACKNOWLEDGED, EscalationStatus.SOLUTION_REJECTED}

    @property
    def closed_by_silence(self) -> bool:
        """Whether it was closed by the policy's silence rule, on a proposal that nobody answered."""
        return self.status is EscalationStatus.CLOSED and self.pending_proposal is not None

    @property
    def deadlines(self) -> Deadlines:
        """By when what is promised now."""
        return Deadlines(**{DEADLINE[clock.kind]: clock.due_at for clock in self.clocks})

    @property
    def settled(self) -> bool:
        """Whether it is over and nothing is owed any more."""
        return not self.active and all(follow_up.done for follow_up in self.follow_ups)

    @property
    def pending_proposal(self) -> Proposal | None:
        """The proposal that waits for an answer, if one does."""
        if self.proposals and self.proposals[-1].status is ProposalStatus.PENDING:
            return self.proposals[-1]
        return None

    def follow_up(self, kind: FollowUpKind) -> FollowUp | None:
        """Give the follow-up of this kind, if it is owed or done."""
        return next((follow_up for follow_up in self.follow_ups if follow_up.kind is kind), None)
