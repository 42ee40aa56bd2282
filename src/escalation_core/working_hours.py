"""Working hours: the hours of every week, and the shifts of each weekday that follow from them."""

from collections.abc import Iterator
from datetime import time, timedelta
from enum import StrEnum
from typing import Any

from attrs import Attribute, field

from escalation_core.checks import must_be
from escalation_core.values import Value, frozen

DAY = timedelta(days=1)
_NOTHING = timedelta(0)


class Weekday(StrEnum):
    """A day of the week, in the order of ``date.weekday``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


EVERY_DAY = frozenset(Weekday)
MONDAY_TO_FRIDAY = EVERY_DAY - {Weekday.SATURDAY, Weekday.SUNDAY}


_WEEKDAYS = tuple(Weekday)


def _wall_clock(_: object, attribute: "Attribute[Any]", value: time) -> None:
    if value.tzinfo is not None:
        raise ValueError(must_be(attribute.name, "a time without a zone of its own", value))


@frozen(kw_only=True)
class WorkingHours(Value):
    """Working hours on some days of every week; the default is all day, every day.

    Hours that close no later than they open run past midnight, into the next day: from 00:00 to 00:00 is the whole day.
    """

    days: frozenset[Weekday] = EVERY_DAY  #: The days on which these hours begin.
    opens: time = field(default=time(0), validator=_wall_clock)  #: Local time in the calendar's zone.
    closes: time = field(default=time(0), validator=_wall_clock)  #: Local time; this instant is not working time.


Shift = tuple[timedelta, timedelta]  #: From opening to closing, since midnight.


def shifts_of_week(hours: tuple[WorkingHours, ...]) -> tuple[tuple[Shift, ...], ...]:
    """Return the shifts of every weekday, Monday first: in order, without overlaps, none past midnight."""
    days: tuple[list[Shift], ...] = tuple([] for _ in Weekday)
    for shift in hours:
        opens, closes = (_since_midnight(shift.opens), _since_midnight(shift.closes))
        for day in shift.days:
            number = _WEEKDAYS.index(day)
            days[number].append((opens, closes if opens < closes else DAY))
            if closes <= opens and closes:
                days[(number + 1) % 7].append((_NOTHING, closes))
    return tuple(tuple(_merged(spans)) for spans in days)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _merged(spans: list[Shift]) -> Iterator[Shift]:
    begin, end = None, _NOTHING
    for opens, closes in sorted(spans):
        if begin is None or opens > end:
            if begin is not None:
                yield begin, end
            begin = opens
        end = max(end, closes)
    if begin is not None:
        yield begin, end
