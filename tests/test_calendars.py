"""Working time by example, with the results calculated by hand."""

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from io import BytesIO
from typing import Any, cast
from zoneinfo import ZoneInfo

import attrs
import holidays
import pytest

import escalation_core as ec

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = ec.Calendar(
    hours=(ec.WorkingHours(days=ec.MONDAY_TO_FRIDAY, opens=time(9), closes=time(17)),),
    zone=BERLIN,
    holidays=frozenset({date(2026, 12, 25)}),
)
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=BERLIN)


def berlin(month: int, day: int, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN, fold=fold)


def dates_of(calendar: ec.Calendar) -> frozenset[date]:
    """Return the holidays of a calendar that stores them as a set."""
    dates: object = calendar.holidays
    assert isinstance(dates, frozenset)
    return cast("frozenset[date]", dates)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (FRIDAY, 0, FRIDAY),
        (berlin(11, 21, 12), 0, berlin(11, 21, 12)),  # no time takes no time, also on a weekend
        (FRIDAY, 1, berlin(11, 20, 17)),  # due at the end of the day, not on Monday morning
        (FRIDAY, 2, berlin(11, 23, 10)),
        (FRIDAY, 9, berlin(11, 23, 17)),
        (berlin(11, 21, 12), 1, berlin(11, 23, 10)),
        (berlin(11, 23, 3), 1, berlin(11, 23, 10)),
        (berlin(12, 24, 16), 2, berlin(12, 28, 10)),  # Christmas, and a weekend
        (berlin(3, 27, 16), 2, berlin(3, 30, 10)),  # daylight saving begins on the 29th
    ],
)
def test_working_time_passes_only_during_the_hours(start: datetime, hours: int, end: datetime) -> None:
    result = OFFICE.add(start, hours * HOUR)
    assert result == end.astimezone(UTC)
    assert result.tzinfo is UTC
    assert OFFICE.between(start, end) == hours * HOUR


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (FRIDAY, 1, berlin(11, 23, 17)),
        (FRIDAY, 5, berlin(11, 27, 17)),
        (berlin(11, 21, 12), 1, berlin(11, 23, 17)),  # starting on a weekend
        (berlin(11, 23, 3), 1, berlin(11, 24, 17)),  # the rest of the first day does not count
        (berlin(12, 23, 12), 2, berlin(12, 28, 17)),
    ],
)
def test_end_of_day_returns_the_end_of_work_on_the_nth_business_day(start: datetime, days: int, end: datetime) -> None:
    assert OFFICE.end_of_day(start, days) == end.astimezone(UTC)


def test_a_business_day_around_the_clock_ends_at_midnight_in_the_zone() -> None:
    assert ec.Calendar(zone=BERLIN).end_of_day(FRIDAY, 1) == berlin(11, 22, 0).astimezone(UTC)
    assert ec.ALWAYS.end_of_day(FRIDAY, 1) == datetime(2026, 11, 22, tzinfo=UTC)


def test_the_default_is_around_the_clock_in_any_zone() -> None:
    for calendar in (ec.ALWAYS, ec.Calendar(zone=BERLIN)):
        assert calendar.add(FRIDAY, 100 * HOUR) == FRIDAY.astimezone(UTC) + 100 * HOUR
        assert calendar.between(FRIDAY, FRIDAY + 100 * HOUR) == 100 * HOUR


def test_a_shift_past_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    night = ec.WorkingHours(days=frozenset({ec.Weekday.FRIDAY}), opens=time(22), closes=time(6))
    calendar = ec.Calendar(hours=(night,), zone=BERLIN)
    assert calendar.add(FRIDAY, 8 * HOUR) == berlin(11, 21, 6).astimezone(UTC)
    assert calendar.add(FRIDAY, 9 * HOUR) == berlin(11, 27, 23).astimezone(UTC)


def test_hours_that_close_when_they_open_last_a_day() -> None:
    day = ec.WorkingHours(days=frozenset({ec.Weekday.FRIDAY}), opens=time(9), closes=time(9))
    calendar = ec.Calendar(hours=(day,), zone=BERLIN)
    assert calendar.between(FRIDAY - 24 * HOUR, FRIDAY + 72 * HOUR) == 24 * HOUR
    assert calendar.add(FRIDAY, 17 * HOUR) == berlin(11, 21, 9).astimezone(UTC)


def test_hours_open_and_close_to_the_microsecond() -> None:
    opens, closes = time(9, 30, 15, 250), time(17, 45, 50, 999)
    calendar = ec.Calendar(hours=(ec.WorkingHours(opens=opens, closes=closes),))
    begin, end = (datetime.combine(date(2026, 11, 20), clock, tzinfo=UTC) for clock in (opens, closes))
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    assert calendar.add(midnight, timedelta.resolution) == begin + timedelta.resolution
    assert calendar.between(midnight, midnight + 24 * HOUR) == end - begin
    assert calendar.end_of_day(midnight, 1) == end + 24 * HOUR


def test_working_time_is_counted_to_the_microsecond() -> None:
    start = datetime(2026, 11, 20, 16, 20, 30, 123, tzinfo=BERLIN)
    end = datetime(2026, 11, 23, 10, 20, 30, 123, tzinfo=BERLIN)
    assert OFFICE.add(start, 2 * HOUR) == end.astimezone(UTC)
    assert OFFICE.between(start, end) == 2 * HOUR
    assert OFFICE.between(start, FRIDAY + 2 * HOUR) == timedelta(minutes=39, seconds=29, microseconds=999_877)


def test_a_holiday_has_no_working_time_from_midnight_to_midnight() -> None:
    night = ec.WorkingHours(opens=time(22), closes=time(6))
    calendar = ec.Calendar(hours=(night,), zone=BERLIN, holidays={date(2026, 11, 21)})
    assert calendar.between(FRIDAY, berlin(11, 22, 12)) == 2 * HOUR + 6 * HOUR


def test_overlapping_hours_count_once() -> None:
    early, late = ec.WorkingHours(opens=time(6), closes=time(14)), ec.WorkingHours(opens=time(12), closes=time(20))
    touching = ec.WorkingHours(opens=time(20), closes=time(22))
    calendar = ec.Calendar(hours=(late, early, touching))
    assert calendar.between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)) == 16 * HOUR


def test_adjacent_hours_are_merged_also_around_the_clock() -> None:
    halves = (ec.WorkingHours(closes=time(12)), ec.WorkingHours(opens=time(12)))
    assert ec.Calendar(hours=halves).always


def test_a_skipped_hour_has_no_work_and_a_repeated_hour_counts_twice() -> None:
    calendar = ec.Calendar(hours=(ec.WorkingHours(opens=time(2), closes=time(3)),), zone=BERLIN)
    assert calendar.between(berlin(3, 29, 0), berlin(3, 29, 12)) == timedelta(0)
    assert calendar.end_of_day(berlin(3, 28, 12), 1) == berlin(3, 30, 3).astimezone(UTC)
    assert calendar.between(berlin(10, 25, 0), berlin(10, 25, 12)) == 2 * HOUR
    assert calendar.add(berlin(10, 25, 0), HOUR + HOUR / 2) == berlin(10, 25, 2, 30, fold=1).astimezone(UTC)


def test_a_date_that_a_zone_skips_is_not_a_business_day() -> None:
    """Samoa went from 29 to 31 December 2011 in one night."""
    apia = ZoneInfo("Pacific/Apia")
    calendar = ec.Calendar(hours=(ec.WorkingHours(opens=time(9), closes=time(17)),), zone=apia)
    start = datetime(2011, 12, 29, 17, 0, tzinfo=apia)
    assert calendar.add(start, HOUR) == datetime(2011, 12, 31, 10, 0, tzinfo=apia).astimezone(UTC)
    assert calendar.end_of_day(start, 1) == datetime(2011, 12, 31, 17, 0, tzinfo=apia).astimezone(UTC)


def test_the_holidays_package_works_and_can_be_fixed() -> None:
    calendar = ec.Calendar(hours=OFFICE.hours, zone=BERLIN, holidays=holidays.country_holidays("DE"))
    assert calendar.add(berlin(12, 24, 16), 2 * HOUR) == berlin(12, 28, 10).astimezone(UTC)
    fixed = calendar.fixed(range(2026, 2028))
    assert date(2026, 12, 25) in fixed.holidays
    assert date(2028, 12, 25) not in fixed.holidays
    assert date(2028, 1, 1) not in fixed.holidays
    assert dates_of(calendar.fixed(range(2026, 2027))) == {day for day in dates_of(fixed) if day.year == 2026}
    assert max(dates_of(calendar.fixed(range(2028, 2029)))) == date(2028, 12, 26)
    assert (fixed.hours, fixed.zone) == (calendar.hours, calendar.zone)
    assert len(dates_of(fixed)) == 18
    assert hash(fixed) == hash(calendar.fixed(range(2026, 2028)))
    assert fixed == calendar.fixed(range(2026, 2028))


@pytest.mark.parametrize(("year", "days"), [(2, 365), (8999, 365), (2028, 366)])
def test_fixed_includes_the_last_day_of_any_year(year: int, days: int) -> None:
    years = range(year, year + 1)
    assert len(dates_of(ec.Calendar(hours=OFFICE.hours, holidays=Years(years)).fixed(years))) == days


def test_working_time_continues_after_years_of_holidays() -> None:
    class Until2036:
        def __contains__(self, day: object) -> bool:
            return isinstance(day, date) and day < date(2036, 1, 1)

    calendar = ec.Calendar(hours=OFFICE.hours, holidays=Until2036())
    assert calendar.add(FRIDAY, HOUR) == datetime(2036, 1, 1, 10, 0, tzinfo=UTC)
    assert calendar.between(FRIDAY, datetime(2035, 1, 1, tzinfo=UTC)) == timedelta(0)
    assert calendar.end_of_day(FRIDAY, 1) == datetime(2036, 1, 1, 17, 0, tzinfo=UTC)


def test_working_time_is_exact_to_the_microsecond_at_any_instant() -> None:
    for start in (FRIDAY, FRIDAY - timedelta(seconds=1, microseconds=3), berlin(3, 27, 12)):
        for length in (timedelta(seconds=10.5), timedelta(microseconds=1), timedelta(minutes=59, microseconds=1)):
            assert OFFICE.between(start, start + length) == length
            assert OFFICE.add(start, length) == start + length


def zone_with_changes(first: datetime, last: datetime) -> ZoneInfo:
    """Return a zone that is an hour behind UTC, but only 40 minutes from the first of these instants to the last."""
    header = struct.pack(">5s15x6l", b"TZif", 0, 0, 0, 2, 2, 4)  # RFC 8536: two changes, two offsets, one name
    changes = struct.pack(">2l2B", int(first.timestamp()), int(last.timestamp()), 1, 0)
    offsets = struct.pack(">lBBlBB", -3600, 0, 0, -2400, 0, 0)
    return ZoneInfo.from_file(BytesIO(header + changes + offsets + b"GMT\0"), key="Africa/Freetown")


def test_two_changes_of_a_zone_within_four_days_both_count() -> None:
    """Freetown changed its offset twice in September 1939; not every tz database has these changes."""
    zone = zone_with_changes(datetime(1939, 9, 1, 1, 0, tzinfo=UTC), datetime(1939, 9, 5, 0, 40, tzinfo=UTC))
    at_one = ec.Calendar(hours=(ec.WorkingHours(opens=time(1), closes=time(2)),), zone=zone)
    start = datetime(1939, 9, 1, 0, 50, tzinfo=UTC)
    for day in (1, 2, 3, 4):
        assert at_one.add(start, day * HOUR) == datetime(1939, 9, day, 2, 40, tzinfo=UTC)
    assert at_one.add(start, 5 * HOUR) == datetime(1939, 9, 5, 3, 0, tzinfo=UTC)


def test_a_zone_changes_its_offset_to_the_second() -> None:
    """Dublin went from 02:00:00 to 03:00:00 at 02:25:21 UTC."""
    dublin = ZoneInfo("Europe/Dublin")
    skipped = ec.Calendar(hours=(ec.WorkingHours(opens=time(2), closes=time(3)),), zone=dublin)
    day = datetime(1916, 5, 21, tzinfo=UTC)
    for start in (day, datetime(1916, 5, 21, 2, 25, 20, tzinfo=UTC), datetime(1916, 5, 21, 2, 25, 20, 5, tzinfo=UTC)):
        assert skipped.between(start, day + 12 * HOUR) == timedelta(0)
    after = ec.Calendar(hours=(ec.WorkingHours(opens=time(3), closes=time(4)),), zone=dublin)
    assert after.between(day, datetime(1916, 5, 21, 2, 25, 21, 500, tzinfo=UTC)) == timedelta(microseconds=500)
    until = ec.Calendar(hours=(ec.WorkingHours(opens=time(1), closes=time(2)),), zone=dublin)
    assert until.end_of_day(day, 1) == datetime(1916, 5, 21, 2, 25, 21, tzinfo=UTC)


class Until:
    """A container of every date from a day on, so that no working time is left after it."""

    def __init__(self, day: date) -> None:
        self.day = day

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day >= self.day


def test_a_deadline_without_enough_working_time_is_the_end_of_time() -> None:
    ends = ec.Calendar(hours=OFFICE.hours, holidays=Until(date(2026, 11, 24)))
    assert ends.add(FRIDAY, 10_000 * HOUR) == ends.end_of_day(FRIDAY, 2) == ec.END
    assert ends.end_of_day(FRIDAY, 1) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    abroad = attrs.evolve(ends, zone=BERLIN)
    assert abroad.end_of_day(FRIDAY, 2) == ec.END
    assert abroad.end_of_day(FRIDAY, 1) == berlin(11, 23, 17).astimezone(UTC)
    assert ec.ALWAYS.add(FRIDAY, timedelta.max) == ec.END
    assert OFFICE.add(FRIDAY, timedelta(days=36_525)) == ec.END


def test_the_end_of_time_is_at_most_400_years_away() -> None:
    horizon = timedelta(days=146_097)
    assert datetime(8999, 12, 31, tzinfo=UTC) == ec.END
    assert ec.ALWAYS.add(FRIDAY, horizon) == FRIDAY + horizon
    assert ec.ALWAYS.add(FRIDAY, horizon + timedelta.resolution) == ec.END
    late = datetime(8998, 12, 31, tzinfo=UTC)
    assert ec.ALWAYS.add(late, timedelta(days=365)) == late + timedelta(days=365)
    assert ec.ALWAYS.add(late, timedelta(days=366)) == ec.END


class Years:
    """A container of every date of these years."""

    def __init__(self, years: range) -> None:
        self.years = years

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day.year in self.years


def test_a_calendar_is_refused_if_holidays_fill_all_of_2000_to_2399() -> None:
    with pytest.raises(ValueError, match=r"^holidays: must be dates that leave some working time, got"):
        ec.Calendar(holidays=Years(range(2000, 2400)))
    assert ec.Calendar(holidays=Years(range(1, 2399)))
    assert ec.Calendar(holidays=Years(range(2001, 2401)))


def test_calendars_differ_if_the_classes_of_their_holidays_differ() -> None:
    years, until = Years(range(2027, 2028)), Until(date(2400, 1, 1))
    assert ec.Calendar(holidays=years) == ec.Calendar(holidays=Years(range(2027, 2028)))
    assert ec.Calendar(holidays=years) != ec.Calendar(holidays=until)


def test_a_calendar_differs_from_any_other_value() -> None:
    assert object() != ec.ALWAYS


def test_a_calendar_ignores_later_changes_of_a_dict_of_holidays() -> None:
    days = {date(2026, 11, 23): "A day off"}
    calendar = ec.Calendar(hours=OFFICE.hours, holidays=days)
    days.clear()
    assert calendar.holidays == {date(2026, 11, 23)}


def test_a_calendar_ignores_later_changes_of_a_set_of_holidays() -> None:
    days = {date(2026, 11, 23)}
    calendar = ec.Calendar(hours=OFFICE.hours, holidays=days)
    before = calendar.add(FRIDAY, 9 * HOUR)
    days.add(date(2026, 11, 24))
    assert calendar.add(FRIDAY, 9 * HOUR) == before
    assert calendar == ec.Calendar(hours=OFFICE.hours, holidays=[date(2026, 11, 23)])
    assert ec.Calendar(holidays=[]).always


def test_calendars_stay_equal_after_a_lookup_of_holidays() -> None:
    one, other = (ec.Calendar(hours=OFFICE.hours, holidays=holidays.country_holidays("DE")) for _ in range(2))
    one.add(FRIDAY, 500 * HOUR)
    assert one == other
    assert hash(one) == hash(other)
    assert one != OFFICE


def test_a_holiday_interrupts_a_calendar_around_the_clock() -> None:
    calendar = ec.Calendar(holidays=Years(range(2027, 2028)))
    assert not calendar.always
    assert calendar.add(datetime(2026, 12, 31, 23, tzinfo=UTC), 2 * HOUR) == datetime(2028, 1, 1, 1, tzinfo=UTC)


class Everything:
    """A container of every date."""

    def __contains__(self, day: object) -> bool:
        return True


NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001  # the invalid value under test
WEST = timezone(-12 * HOUR)


def test_the_repr_of_a_calendar_omits_defaults() -> None:
    dates = frozenset(date(2026, 12, day) for day in (24, 25, 26, 31))
    one = frozenset({date(2026, 12, 25)})
    assert repr(ec.Calendar()) == "Calendar()"
    assert repr(ec.Calendar(hours=OFFICE.hours)) == f"Calendar(hours={OFFICE.hours!r})"
    one_date = "holidays=<1 dates from 2026-12-25 to 2026-12-25>"
    assert repr(ec.Calendar(zone=BERLIN, holidays=one)) == f"Calendar(zone={BERLIN!r}, {one_date})"
    assert repr(ec.Calendar(holidays=dates)) == "Calendar(holidays=<4 dates from 2026-12-24 to 2026-12-31>)"
    assert len(repr(ec.Calendar(holidays=holidays.country_holidays("DE", years=range(2000, 2100))))) < 500


def test_business_days_in_utc_equal_those_of_a_zone_without_offset() -> None:
    shifts = (
        ec.WorkingHours(days=ec.MONDAY_TO_FRIDAY, opens=time(22), closes=time(6)),
        ec.WorkingHours(days=frozenset({ec.Weekday.SUNDAY}), opens=time(8), closes=time(12)),
    )
    free = frozenset({date(2026, 11, 25), date(2026, 11, 28)})
    fast, slow = (ec.Calendar(hours=shifts, zone=zone, holidays=free) for zone in (UTC, ZoneInfo("UTC")))
    for hour in range(0, 15 * 24, 5):
        start = datetime(2026, 11, 16, tzinfo=UTC) + hour * HOUR
        for days in range(1, 9):
            assert fast.end_of_day(start, days) == slow.end_of_day(start, days)
        assert fast.add(start, 9 * HOUR) == slow.add(start, 9 * HOUR)
        assert fast.between(start, start + 70 * HOUR) == slow.between(start, start + 70 * HOUR)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ec.Calendar(hours=()), ValueError, r"^hours: must be some working time, got \(\)"),
        (
            lambda: ec.Calendar(hours=(ec.WorkingHours(days=frozenset()),)),
            ValueError,
            r"^hours: must be some working time, got",
        ),
        (
            lambda: ec.Calendar(holidays=Everything()),
            ValueError,
            r"^holidays: must be dates that leave some working time, got <.*Everything",
        ),
        (lambda: ec.Calendar(holidays="2026-12-25"), TypeError, r"^holidays: must be a container of dates, got '2026"),  # type: ignore[arg-type]
        (lambda: ec.Calendar(zone="UTC"), TypeError, r"^zone: must be a zoneinfo.ZoneInfo, or datetime.UTC, got 'UTC'"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (
            lambda: ec.Calendar(zone=timezone(HOUR)),
            ValueError,
            r"^zone: must be a zone with an IANA key, or datetime.UTC, got datetime.timezone",
        ),
        (lambda: ec.Calendar(holidays=3), TypeError, r"^holidays: must be a container of dates, got 3"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (
            lambda: ec.WorkingHours(opens=time(9, tzinfo=UTC)),
            ValueError,
            r"^opens: must be a time without a zone of its own, got datetime.time\(9, 0, tzinfo",
        ),
        (
            lambda: ec.WorkingHours(closes=time(9, tzinfo=UTC)),
            ValueError,
            r"^closes: must be a time without a zone of its own, got datetime.time\(9, 0, tzinfo",
        ),
        (
            lambda: OFFICE.add(FRIDAY, -HOUR),
            ValueError,
            r"^duration: must be zero or more, got datetime.timedelta\(days=-1",
        ),
        (lambda: OFFICE.add(FRIDAY, 1), TypeError, r"^duration: must be a timedelta, got 1"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (lambda: OFFICE.add(NAIVE, HOUR), ValueError, r"^start: must be an aware datetime, got"),
        (
            lambda: OFFICE.add(datetime.min.replace(tzinfo=UTC), HOUR),
            ValueError,
            r"^start: must be from the year 2 to 8998",
        ),
        (
            lambda: OFFICE.add(datetime.max.replace(tzinfo=WEST), HOUR),
            ValueError,
            r"^start: must be from the year 2 to 8998",
        ),
        (lambda: OFFICE.fixed(range(1, 3)), ValueError, r"^years: must be years from 2 to 8999, got range\(1, 3\)"),
        (lambda: OFFICE.fixed(2026), TypeError, r"^years: must be a range of years, got 2026"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (lambda: ec.Calendar(holidays={"x"}), TypeError, r"^holidays: must be a container of dates, got 'x'"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (lambda: ec.Calendar(holidays=[FRIDAY]), TypeError, r"^holidays: must be a container of dates, got datetime"),
        (lambda: ec.Calendar(holidays=bytearray()), TypeError, r"^holidays: must be a container of dates, got bytea"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (
            lambda: OFFICE.between(FRIDAY, FRIDAY - HOUR),
            ValueError,
            r"^end: must be at or after 2026-11-20 15:00:00\+00:00, got datetime",
        ),
        (lambda: OFFICE.between(NAIVE, FRIDAY), ValueError, r"^start: must be an aware datetime, got"),
        (lambda: OFFICE.end_of_day(NAIVE, 1), ValueError, r"^start: must be an aware datetime, got"),
        (lambda: OFFICE.between(FRIDAY, NAIVE), ValueError, r"^end: must be an aware datetime, got"),
        (lambda: OFFICE.end_of_day(FRIDAY, 0), ValueError, r"^days: must be one or more, got 0"),
        (lambda: OFFICE.end_of_day(FRIDAY, True), TypeError, r"^days: must be an int, got True"),  # noqa: FBT003  # the invalid value under test
    ],
)
def test_a_calendar_refuses_invalid_arguments(make: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
