"""The clocks of an escalation: which promises run, and which were missed.

Rule 1: a clock is stopped by being left out. One that is not there reminds nobody.
Rule 2: a promise that is stopped at its instant or later was missed, whether or not anybody asked in between.
Rule 3: a missed promise stays on record once, for good.
"""

from bisect import bisect_left
from datetime import datetime
from enum import Enum

from attrs import field, frozen
from attrs.validators import optional

from escalation_core.values import a, in_utc, in_utc_or_none, instant


class ClockKind(Enum):
    """What is promised by when."""

    ACKNOWLEDGEMENT = "acknowledgement"  #: That a rep acknowledges the escalation.
    UPDATE = "update"  #: That customer and partner hear how it goes.
    ANSWER = "answer"  #: That customer and partner answer a proposal.
    DEBRIEF = "debrief"  #: That the internal stakeholders are told how it went.
    POST_MORTEM = "post mortem"  #: That its results are shared.
    ROOT_CAUSE_ANALYSIS = "root cause analysis"  #: That it is shared.


@frozen(kw_only=True, weakref_slot=False)
class Clock:
    """One promise that runs. Both instants are aware, and were computed when something happened."""

    kind: ClockKind = field(validator=a(ClockKind))
    due_at: datetime = field(converter=in_utc, validator=instant)  #: Kept if it happens before.
    remind_at: datetime | None = field(
        converter=in_utc_or_none, validator=optional(instant)
    )  #: When somebody hears of it next; None: never again.
    postponed: bool = field(default=False, validator=a(bool))  #: An update: put off once, as often as it may be.


@frozen(kw_only=True, weakref_slot=False)
class Breach:
    """One promise that was missed."""

    kind: ClockKind = field(validator=a(ClockKind))
    due_at: datetime = field(converter=in_utc, validator=instant)


@frozen(kw_only=True, weakref_slot=False)
class Deadlines:
    """By when what is promised, as aware instants; None where nothing of the kind is promised now."""

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
    """Give the clock of this kind, if it runs."""
    for clock in clocks:
        if clock.kind is kind:
            return clock
    return None


def missed(clock: Clock, at: datetime, breaches: tuple[Breach, ...]) -> tuple[Breach, ...]:
    """Give what is on record once this clock was looked at: its own breach too, if it was missed by then."""
    if at < clock.due_at:
        return breaches
    breach = Breach(kind=clock.kind, due_at=clock.due_at)
    place = bisect_left(breaches, _order(breach), key=_order)  # there may be many, in an escalation of many years
    if breaches[place : place + 1] == (breach,):
        return breaches
    return (*breaches[:place], breach, *breaches[place:])


def _order(breach: Breach) -> tuple[datetime, str]:
    return breach.due_at, breach.kind.value
