"""Values that are stored as text: instants, dates, times, durations and zones.

Rule 1: each form is one regular expression, which the schemas also use. Parsing also refuses values that do not exist.
Rule 2: an instant is written in UTC in the format of RFC 3339, a duration in seconds in the format of ISO 8601.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from escalation_core.checks import must_be

T = TypeVar("T")

INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
DURATION = r"PT([0-9]{1,14})(?:\.([0-9]{1,6}))?S"

_SECOND = timedelta(seconds=1)


def it_must_be(what: str, value: object) -> str:
    """Return the message of an error, without the name of the field, which is in the path."""
    return must_be("it", what, value).removeprefix("it: ")


def _parsed(pattern: str, what: str, parse: Callable[["re.Match[str]"], T], value: Any) -> T:  # noqa: ANN401  # plain data
    """Return the value of a text that matches one form; raise a ValueError for anything else."""
    match = re.fullmatch(pattern, value) if type(value) is str else None
    if match is None:
        raise ValueError(it_must_be(what, value))
    try:
        return parse(match)
    except (ValueError, OverflowError):
        raise ValueError(it_must_be(what, value)) from None


def from_instant(value: datetime) -> str:
    """Return an aware instant as text."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def to_instant(value: Any, _: Any = None) -> datetime:  # noqa: ANN401  # plain data
    """Return an instant of any offset, in UTC."""
    what = "an instant such as 2026-11-23T09:00:00Z"
    return _parsed(INSTANT, what, lambda match: datetime.fromisoformat(match[0]).astimezone(UTC), value)


def from_day(value: date) -> str:
    """Return a date, or an instant in the place of a date, as text."""
    return from_instant(value) if isinstance(value, datetime) else value.isoformat()


def to_day(value: Any, _: Any = None) -> date:  # noqa: ANN401  # plain data
    """Return a date, or an instant in the place of a date."""
    return to_instant(value) if type(value) is str and "T" in value else to_date(value)


def to_date(value: Any) -> date:  # noqa: ANN401  # plain data
    """Return a date."""
    return _parsed(DATE, "a date such as 2026-11-23", lambda match: date.fromisoformat(match[0]), value)


def to_time(value: Any, _: Any = None) -> time:  # noqa: ANN401  # plain data
    """Return a time of day."""
    return _parsed(TIME, "a time such as 09:00:00", lambda match: time.fromisoformat(match[0]), value)


def from_duration(value: timedelta) -> str:
    """Return a duration as text."""
    seconds, rest = divmod(value, _SECOND)
    fraction = f".{rest.microseconds:06d}".rstrip("0") if rest else ""
    return f"PT{seconds}{fraction}S"


def to_duration(value: Any, _: Any = None) -> timedelta:  # noqa: ANN401  # plain data
    """Return a duration."""
    return _parsed(DURATION, "a duration in seconds such as PT3600S", _seconds, value)


def _seconds(match: "re.Match[str]") -> timedelta:
    return timedelta(seconds=int(match[1]), microseconds=int((match[2] or "").ljust(6, "0")))


def from_zone(value: tzinfo) -> str:
    """Return the IANA key of a zone."""
    return "UTC" if value is UTC else cast("ZoneInfo", value).key  # a calendar takes no others


def to_zone(value: Any, _: Any = None) -> tzinfo:  # noqa: ANN401  # plain data
    """Return the zone of an IANA key, from the machine's tz database."""
    what = "the key of an IANA zone that this machine has"
    if type(value) is not str:
        raise TypeError(it_must_be(what, value))
    if value == "UTC":
        return UTC
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(it_must_be(what, value)) from None
