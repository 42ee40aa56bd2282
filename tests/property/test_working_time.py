"""Working-time arithmetic against an oracle that looks at every minute, over random calendars, zones and years."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKDAYS = tuple(ec.Weekday)
ZONES = sorted(available_timezones() - {"build/etc/localtime", "localtime"})
#: Zones whose days are odd: half-hour changes, changes at midnight, skipped dates, and both hemispheres.
ODD = (
    *("Australia/Lord_Howe", "America/Havana", "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca"),
    *("Antarctica/Troll", "Asia/Tehran", "Europe/Dublin", "Europe/Berlin", "Asia/Gaza"),
)

clocks = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
hours = st.builds(
    ec.WorkingHours, days=st.frozensets(st.sampled_from(ec.Weekday), min_size=1), opens=clocks, closes=clocks
)
days = st.dates(date(1975, 1, 1), date(2090, 12, 31))


zones: st.SearchStrategy[tzinfo] = (st.sampled_from(ODD) | st.sampled_from(ZONES)).map(ZoneInfo)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[ec.Calendar, datetime, int]:
    """Return a calendar, an instant near a change of its zone's offset if there is one, and a number of minutes."""
    zone = draw(st.just(UTC) | zones)
    start = near_a_change(zone, draw(st.integers(1975, 2090))) + draw(st.integers(-5 * 1440, 1440)) * MINUTE
    near = st.integers(-2, 9).map(lambda offset: (start + offset * DAY).date())
    calendar = ec.Calendar(
        hours=tuple(draw(st.lists(hours, min_size=1, max_size=4))),
        zone=zone,
        holidays=draw(st.frozensets(near, max_size=4)),
    )
    return calendar, start, draw(st.integers(0, 6 * 1440))


@cache
def near_a_change(zone: tzinfo, year: int) -> datetime:
    """Return the first hour of a year with a changed offset of the zone; the first hour of the year if none has."""
    first = datetime(year, 1, 1, tzinfo=UTC)
    before = first.astimezone(zone).utcoffset()
    hours_of_year = (first + n * timedelta(hours=1) for n in range(366 * 24))
    return next((hour for hour in hours_of_year if hour.astimezone(zone).utcoffset() != before), first)


def is_worked(calendar: ec.Calendar, instant: datetime) -> bool:
    """Whether a minute is working time by the wall clock alone: the definition, written a second time."""
    local = instant.astimezone(calendar.zone)
    if local.date() in calendar.holidays:
        return False
    today, yesterday = WEEKDAYS[local.weekday()], WEEKDAYS[local.weekday() - 1]
    for shift in calendar.hours:
        opens, closes, clock = shift.opens, shift.closes, local.time()
        if opens < closes:
            if today in shift.days and opens <= clock < closes:
                return True
        elif (today in shift.days and clock >= opens) or (yesterday in shift.days and clock < closes):
            return True
    return False


@given(weeks())
def test_between_returns_the_number_of_worked_minutes(
    drawn: tuple[ec.Calendar, datetime, int],
) -> None:
    calendar, start, minutes = drawn
    worked = sum(is_worked(calendar, start + n * MINUTE) for n in range(minutes))
    assert calendar.between(start, start + minutes * MINUTE) == worked * MINUTE


@given(weeks())
def test_add_ends_after_the_required_number_of_worked_minutes(
    drawn: tuple[ec.Calendar, datetime, int],
) -> None:
    calendar, start, minutes = drawn
    worked = [n for n in range(minutes) if is_worked(calendar, start + n * MINUTE)]
    for count in {1, len(worked) // 2, len(worked)} & set(range(1, len(worked) + 1)):
        assert calendar.add(start, count * MINUTE) == start + (worked[count - 1] + 1) * MINUTE


@given(weeks(), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_add_and_between_are_inverse(drawn: tuple[ec.Calendar, datetime, int], duration: timedelta) -> None:
    calendar, start, _ = drawn
    end = calendar.add(start, duration)
    if end == ec.END:
        assert calendar.between(start, start + 146_097 * DAY) < duration  # not within 400 years
        return
    assert calendar.between(start, end) == duration
    if duration:
        assert calendar.between(start, end - timedelta.resolution) < duration


@given(weeks(), st.timedeltas(timedelta(0), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_two_parts_of_a_time_add_up_to_the_whole(
    drawn: tuple[ec.Calendar, datetime, int], first: timedelta, second: timedelta
) -> None:
    calendar, start, _ = drawn
    middle, end = start + first, start + first + second
    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end)
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@given(weeks(), st.integers(1, 4))
def test_end_of_day_is_the_last_worked_minute_of_the_nth_business_day(
    drawn: tuple[ec.Calendar, datetime, int], count: int
) -> None:
    calendar, start, _ = drawn
    today = start.astimezone(calendar.zone).date()
    ends: dict[date, datetime] = {}
    minute = start
    while len(ends) <= count:
        minute += MINUTE
        day = minute.astimezone(calendar.zone).date()
        if day > today and is_worked(calendar, minute):
            ends[day] = minute + MINUTE
    assert calendar.end_of_day(start, count) == list(ends.values())[count - 1]


@given(days, st.sampled_from(ODD))
def test_a_leap_day_has_working_time(day: date, zone: str) -> None:
    calendar = ec.Calendar(hours=(ec.WorkingHours(opens=time(10), closes=time(11)),), zone=ZoneInfo(zone))
    start = datetime.combine(day, time(0), UTC)
    worked = calendar.between(start, start + 4 * 366 * DAY) / timedelta(hours=1)
    assert (
        abs(worked - 4 * 366) <= 1
    )  # an offset change in the working hour, or the first day's hour before midnight in UTC
