"""What is promised, by when, and who hears of it when a promise is not kept.

Rule 1: a running escalation keeps the timing that it started with, whatever becomes of the policy.
Rule 2: what is computed here is an absolute instant in UTC, and is stored in the event that made it.
Rule 3: a promise is kept strictly before its instant; from that instant on it is missed.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from attrs import Attribute, field, frozen
from attrs.validators import optional

from escalation_core.calendars import ALWAYS, MONDAY_TO_FRIDAY, Calendar, WorkingHours
from escalation_core.people import INTERNAL_ROLES, Role
from escalation_core.values import a, frozenset_of, identifier, must_be, tuple_of, whole_number

_NOTHING = timedelta(0)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_LONGEST = timedelta(days=36_525)  # a hundred years
_STEADY_MAX = timedelta(days=360)  # that much after any instant that is taken, it is not yet the end of time
_REPEATS_MAX = 100
_RUNGS_MAX = 20
_BUSINESS_DAYS_MAX = 1000


def _positive(_: object, attribute: "Attribute[Any]", value: timedelta) -> None:
    if value <= _NOTHING:
        raise ValueError(must_be(attribute.name, "more than zero", value))
    if value > _LONGEST:
        raise ValueError(must_be(attribute.name, f"{_LONGEST.days} days at the most", value))


def _internal(_: object, attribute: "Attribute[Any]", value: frozenset[Role]) -> None:
    for role in value.difference(INTERNAL_ROLES):
        raise ValueError(must_be(attribute.name, "internal roles only", role))


_duration = [a(timedelta), _positive]


@frozen(kw_only=True, weakref_slot=False)
class Rung:
    """One rung of a ladder: who hears after how long, and how often again until the next rung does.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a duration is not positive, a role is not internal, or one of repeats and interval is missing.
    """

    after: timedelta = field(validator=_duration)  #: Counted from where the ladder begins.
    roles: frozenset[Role] = field(validator=[frozenset_of(Role), _internal])  #: Maybe none.
    repeats: int = field(default=0, validator=whole_number)  #: How often it hears again.
    every: timedelta | None = field(default=None, validator=optional(_duration))  #: Between one time and the next.

    def __attrs_post_init__(self) -> None:
        if self.repeats > _REPEATS_MAX:
            raise ValueError(must_be("repeats", f"{_REPEATS_MAX} at the most", self.repeats))
        if (self.every is None) is (self.repeats > 0):
            raise ValueError(must_be("every", "there exactly where there are repeats", self.every))


@frozen(kw_only=True, weakref_slot=False)
class CadenceStep:
    """How often customer and partner hear how it goes, for a while or until the end."""

    every: timedelta = field(validator=_duration)
    lasting: timedelta | None = field(default=None, validator=optional(_duration))  #: None: until the end.


@frozen(kw_only=True, weakref_slot=False)
class Alarm:
    """One moment of a ladder: a rung is reached or hears again, or the promise is missed."""

    after: timedelta  #: Counted from where the ladder begins.
    rung: int  #: Counted from 1; 0 is none of its own.
    first: bool  #: The rung is reached, and has not heard before.


def _alarms(rungs: tuple[Rung, ...], promise: timedelta) -> tuple[Alarm, ...]:
    """Lay out a ladder and the promise that it is about, in the order of time; one moment has one alarm."""
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
        what = "steps, one at least, of which the last, and only the last, lasts until the end"
        raise ValueError(must_be(attribute.name, what, value))


def _business_days(_: object, attribute: "Attribute[Any]", value: int) -> None:
    if type(value) is not int:
        raise TypeError(must_be(attribute.name, "an int", value))
    if not 1 <= value <= _BUSINESS_DAYS_MAX:
        raise ValueError(must_be(attribute.name, f"from one to {_BUSINESS_DAYS_MAX}", value))


_LADDER = (
    Rung(after=15 * _MINUTE, roles=frozenset({Role.SUPPORT_LEAD})),
    Rung(after=30 * _MINUTE, roles=frozenset({Role.ACCOUNT_MANAGER, Role.CUSTOMER_SUCCESS_MANAGER})),
    Rung(after=60 * _MINUTE, roles=frozenset({Role.LEADERSHIP})),
)


@frozen(kw_only=True, weakref_slot=False)
class Timing:
    """Everything that a policy says about time; ``Timing()`` is the documented process.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a duration is not positive, a ladder does not climb, or the updates have no end or end too soon.
    """

    acknowledge_within: timedelta = field(default=_HOUR, validator=_duration)  #: From the start on.
    ladder: tuple[Rung, ...] = field(
        default=_LADDER, validator=[tuple_of(Rung), _climbing]
    )  #: While nobody acknowledges; begins with the escalation.
    updates: tuple[CadenceStep, ...] = field(
        default=(CadenceStep(every=_HOUR),), validator=[tuple_of(CadenceStep), _unbroken]
    )  #: One after the other; the first begins with the acknowledgement.
    updates_while_waiting: bool = field(default=False, validator=a(bool))  #: Whether they go on while a proposal waits.
    answer_within: timedelta = field(
        default=24 * _HOUR, validator=_duration
    )  #: Then the owner is told to ask after it.
    close_after_silence: timedelta | None = field(
        default=None, validator=optional(_duration)
    )  #: How long an unanswered proposal keeps an escalation open; None: silence never closes it.
    owner_ladder: tuple[Rung, ...] = field(
        default=(), validator=[tuple_of(Rung), _climbing]
    )  #: Who hears after the owner of an update, answer or follow-up that is missed; begins with the miss.
    debrief_within: int = field(default=1, validator=_business_days)  #: Business days after closing.
    post_mortem_within: int = field(default=5, validator=_business_days)  #: The post mortem is held and shared.
    root_cause_analysis_within: int = field(default=10, validator=_business_days)  #: After closing, or once it is owed.
    hours: Calendar = field(default=ALWAYS, validator=a(Calendar))  #: What hours and minutes are measured in.
    business_days: Calendar = field(
        default=Calendar(hours=(WorkingHours(days=MONDAY_TO_FRIDAY),)), validator=a(Calendar)
    )  #: What follow-ups are measured in.
    alarms: tuple[Alarm, ...] = field(init=False, repr=False, eq=False)  #: The ladder and its promise, laid out.
    owner_alarms: tuple[Alarm, ...] = field(init=False, repr=False, eq=False)  #: The same of the owner's.

    steady: timedelta | None = field(init=False, repr=False, eq=False)  #: Of updates in one step, around the clock.

    def __attrs_post_init__(self) -> None:
        every = self.updates[0].every
        steady = every if len(self.updates) == 1 and self.hours.always and every <= _STEADY_MAX else None
        object.__setattr__(self, "steady", steady)
        object.__setattr__(self, "alarms", _alarms(self.ladder, self.acknowledge_within))
        object.__setattr__(self, "owner_alarms", _alarms(self.owner_ladder, _NOTHING))

    def next_update_by(self, acknowledged_at: datetime, now: datetime) -> datetime:
        """Give the instant by which the next update is promised, when one has been given now."""
        if self.steady is not None:
            return now + self.steady
        return self.hours.add(now, self._step(acknowledged_at, now).every)

    def _step(self, acknowledged_at: datetime, now: datetime) -> CadenceStep:
        passed, end = self.hours.between(acknowledged_at, now), _NOTHING
        for step in self.updates[:-1]:
            assert step.lasting is not None  # noqa: S101  # only the last step goes on until the end
            end += step.lasting
            if passed < end:
                return step
        return self.updates[-1]


@frozen(kw_only=True, weakref_slot=False)
class Terms:
    """What an escalation keeps of the policy that it started under, to its end; a later policy changes none of it."""

    policy: str = field(validator=identifier)  #: The name of that policy.
    policy_version: int = field(validator=whole_number)
    timing: Timing = field(validator=a(Timing))
