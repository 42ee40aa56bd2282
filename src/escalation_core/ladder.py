"""Who hears of a promise that nobody keeps, and when: the arithmetic of ladders.

Rule 1: a late call is one reminder that catches up, never a burst.
Rule 2: what was climbed by hand is not climbed again, but the miss of the promise itself is always told.
Rule 3: the timing is that which the escalation started with.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from attrs import frozen

from escalation_core.calendars import END
from escalation_core.clocks import Clock, ClockKind
from escalation_core.people import Role
from escalation_core.timing import Alarm, Rung, Timing

_FOLLOW_UPS = (ClockKind.DEBRIEF, ClockKind.POST_MORTEM, ClockKind.ROOT_CAUSE_ANALYSIS)


@frozen(kw_only=True, weakref_slot=False)
class Reminder:
    """What one clock has to say at one time."""

    due_at: datetime  #: The promise if it is missed; before that, the moment of the ladder that is told.
    overdue_by: timedelta
    breach: bool  #: The promise is missed.
    rung: int  #: The rung that is reached, from 1; 0 is before the first.
    roles: tuple[Role, ...]  #: Who hears, in the order of ``Role``, beside the owner.
    remind_at: datetime | None  #: When it goes on; None after the last.


def reminder(timing: Timing, clock: Clock, *, started_at: datetime, level: int, now: datetime) -> Reminder:
    """Say what a clock has to say now that its ``remind_at`` has come.

    Args:
        timing: that of the escalation.
        clock: one that runs.
        started_at: when the escalation started.
        level: the rung of the acknowledgement's ladder that was reached so far, by time or by hand.
        now: an instant in UTC, not before ``clock.remind_at``.
    """
    level = level if clock.kind is ClockKind.ACKNOWLEDGEMENT else 0
    since = clock.remind_at or clock.due_at
    moments = tuple(_moments(timing, clock, started_at))
    passed = [(at, alarm) for at, alarm in moments if at <= now]
    told = {max(alarm.rung, level) for at, alarm in passed if at >= since}
    reached = max([level, *(alarm.rung for _, alarm in passed)])
    breach = now >= clock.due_at
    due_at = clock.due_at if breach else max([since, *(at for at, _ in passed)])
    following = next((at for at, alarm in moments if at > now and _is_news(alarm, reached)), None)
    return Reminder(
        due_at=due_at,
        overdue_by=now - due_at,
        breach=breach,
        rung=reached,
        roles=_roles(_rungs(timing, clock.kind), told or {reached}),
        remind_at=following if breach else _promise_or(following, clock),
    )


def goes_on(timing: Timing, clock: Clock, *, started_at: datetime, level: int) -> datetime | None:
    """Give the instant at which a clock has something to say next, once this level was reached by hand."""
    since = clock.remind_at or clock.due_at
    moments = _moments(timing, clock, started_at)
    following = next((at for at, alarm in moments if at >= since and _is_news(alarm, level)), None)
    return following if since > clock.due_at or clock.remind_at is None else _promise_or(following, clock)


def _promise_or(following: datetime | None, clock: Clock) -> datetime:
    """Give the promise itself where nothing is told before: moments are worked out anew, the promise stands."""
    return clock.due_at if following is None else min(following, clock.due_at)


def roles_at(timing: Timing, level: int) -> tuple[Role, ...]:
    """Give the roles of one rung of the acknowledgement's ladder, in the order of ``Role``."""
    return _roles(timing.ladder, {level})


def _is_news(alarm: Alarm, level: int) -> bool:
    """Tell whether an alarm says more than what was reached; the promise itself is waited for in any case."""
    return alarm.rung > level or (alarm.rung == level and not alarm.first)


def _rungs(timing: Timing, kind: ClockKind) -> tuple[Rung, ...]:
    return timing.ladder if kind is ClockKind.ACKNOWLEDGEMENT else timing.owner_ladder


def _roles(rungs: tuple[Rung, ...], numbers: Iterable[int]) -> tuple[Role, ...]:
    found = {role for number in numbers if number for role in rungs[number - 1].roles}
    return tuple(role for role in Role if role in found)


def _moments(timing: Timing, clock: Clock, started_at: datetime) -> Iterator[tuple[datetime, Alarm]]:
    """Give the moments of a clock's ladder as instants, in order, each from the one before."""
    first = clock.kind is ClockKind.ACKNOWLEDGEMENT
    base = started_at if first else clock.due_at
    calendar = timing.business_days if clock.kind in _FOLLOW_UPS else timing.hours
    passed = timedelta(0)
    for alarm in timing.alarms if first else timing.owner_alarms:
        base = base if base >= END else calendar.add(base, alarm.after - passed)
        passed = alarm.after
        yield base, alarm
