"""An escalation: its statuses, its proposals, and the follow-ups that it owes.

Rule 1: this is the state that decisions and readers need; the events hold the whole history.
Rule 2: nothing here changes a status. ``table`` lists the moves, ``steps.frame`` makes them.
"""

from datetime import datetime
from enum import StrEnum
from itertools import permutations

from escalation_core.checks import DerivedIdentifier, Text
from escalation_core.clocks import DEADLINE, Breach, Clock, ClockKind, Deadlines
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.timing import Terms, Timing
from escalation_core.values import Value, frozen


class EscalationStatus(StrEnum):
    """The status of an escalation."""

    STARTED = "STARTED"  #: An emergency was declared; nobody has acknowledged it yet.
    CANCELED = "CANCELED"  #: The escalation is over; the case continues as a problem.
    ACKNOWLEDGED = "ACKNOWLEDGED"  #: The emergency is valid; it has an owner.
    SOLUTION_PROPOSED = "SOLUTION PROPOSED"  #: Customer and partner are asked to accept or reject.
    SOLUTION_ACCEPTED = "SOLUTION ACCEPTED"  #: Every side whose consent is needed has accepted.
    SOLUTION_REJECTED = "SOLUTION REJECTED"  #: One side rejected; support works on another solution.
    CLOSED = "CLOSED"  #: The escalation is over; the case continues.


class CancelReason(StrEnum):
    """The reason why an escalation is canceled."""

    MISUSE = "misuse"  #: An emergency was used to speed up a regular request or bug.
    DUPLICATE = "duplicate"  #: The same emergency is already handled elsewhere.
    WITHDRAWN = "withdrawn"  #: The requester withdrew the emergency.


class SolutionKind(StrEnum):
    """The effect of a proposed solution."""

    FIX = "fix"  #: Solves the problem completely.
    MITIGATION = "mitigation"  #: Reduces the impact, so that the normal process can solve the rest.


class Consent(StrEnum):
    """The sides whose consent accepts a proposal. One rejection always rejects it."""

    ALL = "all"  #: Every side that has a person on the case.
    ANY = "any"  #: All sides are asked; one acceptance is enough.
    CUSTOMER = "customer"  #: Only the customer is asked, or the partner if the customer has no person on the case.


class ProposalStatus(StrEnum):
    """The status of a proposal."""

    PENDING = "pending"  #: Customer and partner are asked.
    ACCEPTED = "accepted"  #: Consent is complete.
    REJECTED = "rejected"  #: One side rejected it.
    SUPERSEDED = "superseded"  #: A newer proposal replaced it before it was answered.


class Cause(StrEnum):
    """The cause of an emergency."""

    SOFTWARE = "software"  #: A fault of the product.
    INFRASTRUCTURE = "infrastructure"  #: A fault of the infrastructure; in production, an RCA is owed.
    SECURITY = "security"  #: An attack or a leak.
    OTHER = "other"  #: Anything else, such as a third party.


class FollowUpKind(StrEnum):
    """The kinds of work that a closed escalation owes."""

    DEBRIEF = "debrief"  #: Debrief the internal stakeholders.
    POST_MORTEM = "post mortem"  #: Hold the post mortem, then share its results.
    ROOT_CAUSE_ANALYSIS = "root cause analysis"  #: Share it, if infrastructure in production was the cause.


#: The clock of each follow-up.
CLOCK_OF = {
    FollowUpKind.DEBRIEF: ClockKind.DEBRIEF,
    FollowUpKind.POST_MORTEM: ClockKind.POST_MORTEM,
    FollowUpKind.ROOT_CAUSE_ANALYSIS: ClockKind.ROOT_CAUSE_ANALYSIS,
}


def owed_after(cause: Cause | None, *, production: bool) -> tuple[FollowUpKind, ...]:
    """Return the follow-ups of a cause: an RCA if and only if infrastructure in production was the cause."""
    always = (FollowUpKind.DEBRIEF, FollowUpKind.POST_MORTEM)
    if cause is Cause.INFRASTRUCTURE and production:
        return (*always, FollowUpKind.ROOT_CAUSE_ANALYSIS)
    return always


#: The orders in which the sides can accept; proposals share these tuples.
_APPROVALS: dict[tuple[Role, ...], tuple[Role, ...]] = {
    order: order for count in (1, 2) for order in permutations(EXTERNAL_ROLES, count)
}


@frozen(kw_only=True)
class Proposal(Value):
    """One solution put to the customer and the partner; never edited, only superseded."""

    id: DerivedIdentifier  #: The id of its ``SolutionProposed`` event.
    summary: Text
    kind: SolutionKind
    proposed_at: datetime  #: Aware instant.
    asked: tuple[Role, ...]  #: The sides that are asked to accept it.
    consent: Consent  #: The rule of consent; a later policy does not change it.
    closable_at: datetime | None = None  #: From this instant on, silence may close the escalation; None: never.
    approved_by: tuple[Role, ...] = ()  #: Sides that accepted, in order.
    status: ProposalStatus = ProposalStatus.PENDING

    def approved_with(self, side: Role) -> tuple[Role, ...]:
        """Return the sides that have accepted once this side accepts too, in order."""
        return _APPROVALS[(*self.approved_by, side)]

    def still_asked(self, approved_by: tuple[Role, ...]) -> tuple[Role, ...]:
        """Return the sides whose consent is still needed once these sides have accepted."""
        if self.consent is Consent.ANY and approved_by:
            return ()
        return tuple([side for side in self.asked if side not in approved_by])


@frozen(kw_only=True)
class FollowUp(Value):
    """One task owed after closing."""

    kind: FollowUpKind
    due_at: datetime  #: Aware instant.
    held_at: datetime | None = None  #: The instant at which the post mortem was held.
    done_at: datetime | None = None  #: The instant at which it was shared, or the stakeholders were debriefed.

    @property
    def done(self) -> bool:
        """Whether the follow-up is done."""
        return self.done_at is not None


@frozen(kw_only=True)
class Escalation(Value):
    """The escalation of one case. Every instant is aware."""

    status: EscalationStatus
    started_at: datetime
    stakeholders: tuple[Role, ...]  #: The internal roles that were asked to evaluate; they are debriefed at the end.
    owner: Person | None = None  #: The rep who acknowledged it, or took it over.
    acknowledged_at: datetime | None = None
    proposals: tuple[Proposal, ...] = ()  #: Oldest first.
    real_time: Text | None = None  #: The channel of real-time communication, while it is open.
    cause: Cause | None = None
    cause_in_production: bool = False
    cancel_reason: CancelReason | None = None
    ended_at: datetime | None = None  #: The instant at which it was canceled or closed.
    follow_ups: tuple[FollowUp, ...] = ()
    terms: Terms  #: The part of its policy that it keeps from start to end.
    level: int = 0  #: The highest rung of the ladder that was notified, from 1; 0 before the first.
    clocks: tuple[Clock, ...] = ()  #: The deadlines that run.
    breaches: tuple[Breach, ...] = ()  #: The deadlines that were missed, oldest first.

    @property
    def active(self) -> bool:
        """Whether it is neither canceled nor closed."""
        return self.ended_at is None

    @property
    def timing(self) -> Timing:
        """The timing with which the escalation started."""
        return self.terms.timing

    @property
    def closed_by_silence(self) -> bool:
        """Whether the policy's silence rule closed it, on a proposal that was not answered."""
        return self.status is EscalationStatus.CLOSED and self.pending_proposal is not None

    @property
    def deadlines(self) -> Deadlines:
        """The deadlines that run."""
        return Deadlines(**{DEADLINE[clock.kind]: clock.due_at for clock in self.clocks})

    @property
    def settled(self) -> bool:
        """Whether it is over and owes nothing."""
        return not self.active and all(follow_up.done for follow_up in self.follow_ups)

    @property
    def pending_proposal(self) -> Proposal | None:
        """The pending proposal; None if no proposal is pending."""
        if self.proposals and self.proposals[-1].status is ProposalStatus.PENDING:
            return self.proposals[-1]
        return None

    def follow_up(self, kind: FollowUpKind) -> FollowUp | None:
        """Return the follow-up of this kind, or None if it is not owed."""
        for follow_up in self.follow_ups:
            if follow_up.kind is kind:
                return follow_up
        return None
