"""Timing: the durations, cadences, ladders and calendars from which deadlines are computed.

Rule 1: a running escalation keeps the timing that it started with, even if the policy changes.
Rule 2: every computed deadline is an absolute instant in UTC, and is stored in the event that made it.
Rule 3: a deadline is met strictly before its instant; from that instant on it is missed.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

from attrs import Attribute, field

from escalation_core.calendars import ALWAYS, Calendar
from escalation_core.checks import Identifier, frozenset_of, must_be
from escalation_core.people import INTERNAL_ROLES, Role
from escalation_core.values import Value, frozen
from escalation_core.working_hours import MONDAY_TO_FRIDAY, WorkingHours

_NOTHING = timedelta(0)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_LONGEST = timedelta(days=36_525)  # a hundred years
_STEADY_MAX = timedelta(days=360)  # an accepted instant plus this much is before the end of time
_REPEATS_MAX = 100
_RUNGS_MAX = 20
_BUSINESS_DAYS_MAX = 1000


def _positive(_: object, attribute: "Attribute[Any]", value: timedelta) -> None:
    if not isinstance(value, timedelta):
        raise TypeError(must_be(attribute.name, "a timedelta", value))
    if value <= _NOTHING:
        raise ValueError(must_be(attribute.name, "more than zero", value))
    if value > _LONGEST:
        raise ValueError(must_be(attribute.name, f"{_LONGEST.days} days at the most", value))


def internal_roles(instance: object, attribute: "Attribute[Any]", value: frozenset[Role]) -> None:
    """Raise an error for anything but a set of internal roles."""
    frozenset_of(Role)(instance, attribute, value)
    for role in sorted(value.difference(INTERNAL_ROLES)):
        raise ValueError(must_be(attribute.name, "internal roles only", role))


def _business_days(_: object, attribute: "Attribute[Any]", value: int) -> None:
    if type(value) is not int:
        raise TypeError(must_be(attribute.name, "an int", value))
    if not 1 <= value <= _BUSINESS_DAYS_MAX:
        raise ValueError(must_be(attribute.name, f"from one to {_BUSINESS_DAYS_MAX}", value))


Duration = Annotated[timedelta, _positive]
BusinessDays = Annotated[int, _business_days]
InternalRoles = Annotated[frozenset[Role], internal_roles]


@frozen(kw_only=True)
class Rung(Value):
    """One rung of a ladder: the roles to notify after some time, and how often to notify them again.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a duration is not positive, a role is not internal, or one of repeats and interval is missing.
    """

    after: Duration  #: Counted from the start of the ladder.
    roles: InternalRoles  #: The roles to notify; may be empty.
    repeats: int = 0  #: How often the rung is notified again.
    every: Duration | None = None  #: The time between two of these notifications.

    def __attrs_post_init__(self) -> None:
        if self.repeats > _REPEATS_MAX:
            raise ValueError(must_be("repeats", f"{_REPEATS_MAX} at the most", self.repeats))
        if (self.every is None) is (self.repeats > 0):
            raise ValueError(must_be("every", "set if and only if there are repeats", self.every))


@frozen(kw_only=True)
class CadenceStep(Value):
    """One step of the cadence of updates: an interval, for some time or until the end."""

    every: Duration
    lasting: Duration | None = None  #: None: until the end.


@frozen(kw_only=True)
class Alarm(Value):
    """One moment of a ladder: a rung is reached or notified again, or the deadline is missed."""

    after: timedelta  #: Counted from the start of the ladder.
    rung: int  #: Counted from 1; 0 for the deadline alone.
    first: bool  #: Whether the rung is notified for the first time.


def _alarms(rungs: tuple[Rung, ...], promise: timedelta) -> tuple[Alarm, ...]:
    """Return the moments of a ladder and of its deadline, in order of time; one moment has one alarm."""
    reached: list[tuple[timedelta, int, bool]] = []
    for number, rung in enumerate(rungs, start=1):
        reached.append((rung.after, number, True))
        if rung.every is not None:
            until = rungs[number].after if number < len(rungs) else timedelta.max
            again = (rung.after + n * rung.every for n in range(1, rung.repeats + 1))
            reached += [(after, number, False) for after in again if after < until]
    moments = {after: Alarm(after=after, rung=rung, first=first) for after, rung, first in reached}
    moments.setdefault(promise, Alarm(after=promise, rung=0, first=False))
    return tuple(moments[after] for after in sorted(moments))


def _climbing(_: object, attribute: "Attribute[Any]", value: tuple[Rung, ...]) -> None:
    if len(value) > _RUNGS_MAX:
        raise ValueError(must_be(attribute.name, f"{_RUNGS_MAX} rungs at the most", len(value)))
    for lower, upper in pairwise(value):
        if upper.after <= lower.after:
            raise ValueError(must_be(attribute.name, "rungs in the order of time", value))


def _unbroken(_: object, attribute: "Attribute[Any]", value: tuple[CadenceStep, ...]) -> None:
    if [step.lasting is None for step in value] != [False] * (len(value) - 1) + [True]:
        what = "at least one step, and only the last step without an end"
        raise ValueError(must_be(attribute.name, what, value))


_LADDER = (
    Rung(after=15 * _MINUTE, roles=frozenset({Role.SUPPORT_LEAD})),
    Rung(after=30 * _MINUTE, roles=frozenset({Role.ACCOUNT_MANAGER, Role.CUSTOMER_SUCCESS_MANAGER})),
    Rung(after=60 * _MINUTE, roles=frozenset({Role.LEADERSHIP})),
)


@frozen(kw_only=True)
class Timing(Value):
    """The part of a policy about time; ``Timing()`` is the documented process.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a duration is not positive, the rungs of a ladder are out of order, or not only the last step of the
            cadence lasts until the end.
    """

    acknowledge_within: Duration = _HOUR  #: From the start of the escalation.
    ladder: tuple[Rung, ...] = field(
        default=_LADDER, validator=_climbing
    )  #: The roles that are notified while nobody acknowledges, counted from the start of the escalation.
    updates: tuple[CadenceStep, ...] = field(
        default=(CadenceStep(every=_HOUR),), validator=_unbroken
    )  #: The cadence of updates, step by step; the first step begins with the acknowledgement.
    updates_while_waiting: bool = False  #: Whether updates are due while a proposal is pending.
    answer_within: Duration = 24 * _HOUR  #: From the proposal; then the owner is reminded to ask for the answer.
    close_after_silence: Duration | None = (
        None  #: From the proposal; then support may close the escalation without an answer; None: never.
    )
    owner_ladder: tuple[Rung, ...] = field(
        default=(), validator=_climbing
    )  #: The roles that are notified after a missed update, answer or follow-up, counted from its deadline.
    debrief_within: BusinessDays = 1  #: Business days after closing.
    post_mortem_within: BusinessDays = 5  #: Business days after closing, to hold the post mortem and share its results.
    root_cause_analysis_within: BusinessDays = 10  #: Business days after closing, or after a later attribution.
    hours: Calendar = ALWAYS  #: The calendar that measures hours and minutes.
    business_days: Calendar = Calendar(
        hours=(WorkingHours(days=MONDAY_TO_FRIDAY),)
    )  #: The calendar that measures follow-ups.
    alarms: tuple[Alarm, ...] = field(init=False, repr=False, eq=False)  #: The moments of the ladder.
    owner_alarms: tuple[Alarm, ...] = field(init=False, repr=False, eq=False)  #: The moments of the owner's ladder.
    steady: timedelta | None = field(init=False, repr=False, eq=False)  #: The interval of the only step of the cadence,
    #: if hours are measured around the clock.

    def __attrs_post_init__(self) -> None:
        every = self.updates[0].every
        steady = every if len(self.updates) == 1 and self.hours.always and every <= _STEADY_MAX else None
        object.__setattr__(self, "steady", steady)
        object.__setattr__(self, "alarms", _alarms(self.ladder, self.acknowledge_within))
        object.__setattr__(self, "owner_alarms", _alarms(self.owner_ladder, _NOTHING))

    def next_update_by(self, acknowledged_at: datetime, now: datetime) -> datetime:
        """Return the deadline of the next update, after an update at ``now``."""
        if self.steady is not None:
            return now + self.steady
        return self.hours.add(now, self._step(acknowledged_at, now).every)

    def _step(self, acknowledged_at: datetime, now: datetime) -> CadenceStep:
        passed, end = self.hours.between(acknowledged_at, now), _NOTHING
        for step in self.updates[:-1]:
            assert step.lasting is not None  # noqa: S101  # only the last step has no end
            end += step.lasting
            if passed < end:
                return step
        return self.updates[-1]


@frozen(kw_only=True)
class Terms(Value):
    """The part of its policy that an escalation keeps from start to end; a later policy changes none of it."""

    policy: Identifier  #: The name of that policy.
    policy_version: int
    timing: Timing
