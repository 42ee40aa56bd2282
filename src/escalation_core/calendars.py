"""Working time: calendars, and the arithmetic of instants and durations in them.

Rule 1: an instant counts if its wall clock in the calendar's zone is within the hours of its weekday and its date is
not a holiday. An hour that a zone repeats therefore counts twice, and an hour that it skips does not count.
Rule 2: adding and measuring are inverse: ``between(start, add(start, duration)) == duration``.
Rule 3: results are instants in UTC.
"""

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Annotated, Any, cast

from attrs import Attribute, field

from escalation_core.checks import FIRST_YEAR, LAST_YEAR, must_be, shown, utc
from escalation_core.values import Value, frozen
from escalation_core.working_hours import DAY, Shift, WorkingHours, shifts_of_week

_SECOND = timedelta(seconds=1)
_NOTHING = timedelta(0)
_NO_HOLIDAYS: frozenset[date] = frozenset()

#: The time in which a zone changes its offset at most once. The closest changes in the tz database (2025b) are 95 hours
#: apart, in Freetown in September 1939.
_STRETCH = timedelta(days=3)
#: The range of the arithmetic: after 400 years the weekdays of all dates repeat.
_HORIZON = timedelta(days=146_097)
#: The result if the next 400 years have too little working time: the end of time.
END = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
_PROBED = datetime(2000, 1, 1, tzinfo=UTC)


def _zone(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if not isinstance(value, tzinfo):
        raise TypeError(must_be(attribute.name, "a zoneinfo.ZoneInfo, or datetime.UTC", value))
    if value is not UTC and not isinstance(getattr(value, "key", None), str):
        raise ValueError(must_be(attribute.name, "a zone with an IANA key, or datetime.UTC", value))


def _written(value: Container[date]) -> Container[date]:
    """Return a frozen copy of a common container, which could change otherwise, and any other container unchanged."""
    if isinstance(value, set | list | tuple) or type(value) is dict:
        return frozenset(cast("Iterable[date]", value))
    return value


def _comparable(value: Container[date]) -> object:
    """Return the key by which two containers are compared: the dates of a frozenset, or the class of any other."""
    return cast("object", value) if isinstance(value, frozenset) else type(value)


def _container(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, Container):
        raise TypeError(must_be(attribute.name, "a container of dates", value))
    if isinstance(value, frozenset):
        for day in cast("frozenset[object]", value):
            if type(day) is not date:
                raise TypeError(must_be(attribute.name, "a container of dates", day))


@frozen(kw_only=True)
class Calendar(Value):
    """Weekly working hours in one zone, except on holidays. The default is around the clock.

    A holiday has no working time from its midnight to the next, even if a shift of the day before runs into it.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: the calendar has no working time, or the zone has no IANA key.
    """

    hours: tuple[WorkingHours, ...] = (WorkingHours(),)
    zone: Annotated[tzinfo, _zone] = UTC  #: A ``zoneinfo.ZoneInfo``, or ``datetime.UTC``.
    holidays: Container[date] = field(
        default=_NO_HOLIDAYS, converter=_written, validator=_container
    )  #: Local dates. Only ``in`` is used, so an object of the ``holidays`` package is possible; see ``fixed``.
    _days: tuple[tuple[Shift, ...], ...] = field(init=False, repr=False, eq=False)
    always: bool = field(init=False, repr=False, eq=False)  #: Whether all time is working time.

    def __attrs_post_init__(self) -> None:
        days = shifts_of_week(self.hours)
        whole = all(spans == ((_NOTHING, DAY),) for spans in days)
        object.__setattr__(self, "_days", days)
        object.__setattr__(self, "always", whole and _comparable(self.holidays) == _NO_HOLIDAYS)
        if not any(days):
            raise ValueError(must_be("hours", "some working time", self.hours))
        if next(self._pieces(_PROBED), None) is None:
            raise ValueError(must_be("holidays", "dates that leave some working time", self.holidays))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Calendar):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        """Return the fields that differ from a calendar around the clock, and of holidays their number and range."""
        parts: list[str] = []
        if self.hours != (WorkingHours(),):
            parts.append(f"hours={self.hours!r}")
        if self.zone is not UTC:
            parts.append(f"zone={self.zone!r}")
        holidays = cast("object", self.holidays)
        if not isinstance(holidays, frozenset):
            parts.append(f"holidays={shown(holidays)}")
        elif holidays:
            days = sorted(cast("frozenset[date]", holidays))
            parts.append(f"holidays=<{len(days)} dates from {days[0]} to {days[-1]}>")
        return f"Calendar({', '.join(parts)})"

    def _key(self) -> tuple[object, ...]:
        return self.hours, self.zone, _comparable(self.holidays)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """Return the first instant by which this much working time has passed.

        Args:
            start: an aware instant.
            duration: working time, zero or more; zero is ``start`` itself.

        Returns:
            An instant in UTC; ``END`` if the next 400 years have too little working time.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is naive or negative.
        """
        start = utc("start", start)
        if not isinstance(duration, timedelta):
            raise TypeError(must_be("duration", "a timedelta", duration))
        if duration < _NOTHING:
            raise ValueError(must_be("duration", "zero or more", duration))
        if self.always:
            return min(start + duration, END) if duration <= _HORIZON else END
        if not duration:
            return start
        left = duration
        for begin, end, _ in self._pieces(start):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return END

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two instants.

        Raises:
            TypeError: an argument is not a ``datetime``.
            ValueError: an argument is naive, or the end is before the start.
        """
        start, end = utc("start", start), utc("end", end)
        if end < start:
            raise ValueError(must_be("end", f"at or after {start}", end))
        if self.always:
            return end - start
        total = _NOTHING
        for begin, until, _ in self._pieces(start, end):
            total += until - begin
        return total

    def end_of_day(self, start: datetime, days: int) -> datetime:
        """Return the end of working time on the n-th business day after the day of ``start``.

        A business day is a local date with working time.

        Args:
            start: an aware instant; the rest of its own date does not count.
            days: one or more.

        Returns:
            An instant in UTC; ``END`` if the next 400 years have too few business days.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is naive or below one.
        """
        start = utc("start", start)
        if type(days) is not int:
            raise TypeError(must_be("days", "an int", days))
        if days < 1:
            raise ValueError(must_be("days", "one or more", days))
        if self.zone is UTC:
            return self._end_of_day_in_utc(start, days)
        day, counted, last = start.astimezone(self.zone).date(), 0, start
        for _, end, today in self._pieces(start):
            if today > day:
                if counted == days:
                    return last
                day, counted = today, counted + 1
            last = end
        return last if counted == days else END

    def _end_of_day_in_utc(self, start: datetime, days: int) -> datetime:
        """Return the result of ``end_of_day`` in UTC, where no hour is skipped or repeated, by counting dates only."""
        day = start.date()
        last = day + _HORIZON
        while day < last:
            day += DAY
            shifts = self._days[day.weekday()]
            if shifts and day not in self.holidays:
                days -= 1
                if not days:
                    return datetime.combine(day, time(0), UTC) + shifts[-1][1]
        return END

    def fixed(self, years: range) -> "Calendar":
        """Return this calendar with its holidays of these years as dates, so that it can be stored and compared.

        Raises:
            TypeError: the years are not a ``range``.
            ValueError: a year is not accepted.
        """
        if not isinstance(years, range):
            raise TypeError(must_be("years", "a range of years", years))
        if not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
            raise ValueError(must_be("years", f"years from {FIRST_YEAR} to {LAST_YEAR}", years))
        days = (date(year, 1, 1) + n * DAY for year in years for n in range(366))
        kept = frozenset(day for day in days if day.year in years and day in self.holidays)
        return Calendar(hours=self.hours, zone=self.zone, holidays=kept)

    def _pieces(self, start: datetime, end: datetime | None = None) -> Iterator[tuple[datetime, datetime, date]]:
        """Yield the pieces of working time between two instants in UTC: begin and end in UTC, and their local date."""
        last = start + _HORIZON if end is None else end
        if self.zone is UTC:
            yield from self._pieces_at(_NOTHING, start, last)
            return
        while start < last:
            stretch = min(start + _STRETCH, last)
            for begin, until in pairwise(self._steady(start, stretch)):
                yield from self._pieces_at(self._offset(begin), begin, until)
            start = stretch

    def _pieces_at(
        self, offset: timedelta, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime, date]]:
        """Yield the pieces of working time between two instants with one offset of the zone."""
        local, last = start + offset, end + offset
        while local < last:
            today = local.date()
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            spans = self._days[today.weekday()]
            if spans and today not in self.holidays:
                for opens, closes in spans:
                    begin, until = max(midnight + opens, local), min(midnight + closes, last)
                    if begin < until:
                        yield begin - offset, until - offset, today
            local = midnight + DAY

    def _steady(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Return the two ends of a stretch and, between them, the instant at which the zone changes its offset, if any.

        A zone changes its offset on a whole second, and at most once in a stretch.
        """
        before = self._offset(start)
        if self._offset(end) == before:
            return (start, end)
        low, high = 0, -(-(end - start) // _SECOND)
        whole = start.replace(microsecond=0)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(whole + middle * _SECOND) == before:
                low = middle
            else:
                high = middle
        return (start, whole + high * _SECOND, end)

    def _offset(self, instant: datetime) -> timedelta:
        offset = instant.astimezone(self.zone).utcoffset()
        assert offset is not None  # noqa: S101  # an aware instant has one
        return offset


ALWAYS = Calendar()
