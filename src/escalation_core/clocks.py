"""The clocks of an escalation: the deadlines that run, and those that were missed.

Rule 1: a stopped clock is removed from the state, so it reminds nobody.
Rule 2: a clock that is stopped at its deadline or later missed the deadline, whether or not ``due`` was called before.
Rule 3: each missed deadline is recorded once and is never removed.
"""

from bisect import bisect_left
from datetime import datetime
from enum import StrEnum

from escalation_core.values import Value, frozen


class ClockKind(StrEnum):
    """The subject of a deadline."""

    ACKNOWLEDGEMENT = "acknowledgement"  #: A rep acknowledges the escalation.
    UPDATE = "update"  #: Customer and partner get the next progress update.
    ANSWER = "answer"  #: Customer and partner answer a proposal.
    DEBRIEF = "debrief"  #: The internal stakeholders are debriefed.
    POST_MORTEM = "post mortem"  #: The results of the post mortem are shared.
    ROOT_CAUSE_ANALYSIS = "root cause analysis"  #: The root cause analysis is shared.


@frozen(kw_only=True)
class Clock(Value):
    """One deadline that runs. Both instants are aware, and come from events."""

    kind: ClockKind
    due_at: datetime  #: The deadline is met only before this instant.
    remind_at: datetime | None  #: The next reminder; None after the last.
    postponed: bool = False  #: The update was postponed, which is possible only once.


@frozen(kw_only=True)
class Breach(Value):
    """One deadline that was missed."""

    kind: ClockKind
    due_at: datetime  #: Aware instant.


@frozen(kw_only=True)
class Deadlines(Value):
    """The deadlines that run, as aware instants. A field is None if no deadline of its kind runs."""

    acknowledge_by: datetime | None = None
    next_update_by: datetime | None = None
    answer_by: datetime | None = None
    debrief_by: datetime | None = None
    post_mortem_by: datetime | None = None
    root_cause_analysis_by: datetime | None = None


#: The field of ``Deadlines`` for each clock.
DEADLINE = {
    ClockKind.ACKNOWLEDGEMENT: "acknowledge_by",
    ClockKind.UPDATE: "next_update_by",
    ClockKind.ANSWER: "answer_by",
    ClockKind.DEBRIEF: "debrief_by",
    ClockKind.POST_MORTEM: "post_mortem_by",
    ClockKind.ROOT_CAUSE_ANALYSIS: "root_cause_analysis_by",
}


def find(clocks: tuple[Clock, ...], kind: ClockKind) -> Clock | None:
    """Return the clock of this kind, or None if it does not run."""
    for clock in clocks:
        if clock.kind is kind:
            return clock
    return None


def missed(clock: Clock, at: datetime, breaches: tuple[Breach, ...]) -> tuple[Breach, ...]:
    """Return the breaches in order, with one of this clock if its deadline has passed at ``at``."""
    if at < clock.due_at:
        return breaches
    breach = Breach(kind=clock.kind, due_at=clock.due_at)
    place = bisect_left(breaches, _order(breach), key=_order)  # there may be many, in an escalation of many years
    if breaches[place : place + 1] == (breach,):
        return breaches
    return (*breaches[:place], breach, *breaches[place:])


def _order(breach: Breach) -> tuple[datetime, str]:
    return breach.due_at, breach.kind.value
