"""A value object refuses invalid content with the field and the value, and converts instants to UTC."""

import pickle
import re
from collections.abc import Callable
from copy import copy, deepcopy
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from attrs import field
from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import checks, commands, events, values
from escalation_core.testing import ANA, RITA, T0, emergency
from support.examples import PROCESS


def even(_: object, attribute: "attrs.Attribute[Any]", value: str) -> None:
    """Refuse text with an odd number of characters."""
    if len(value) % 2:
        raise ValueError(checks.must_be(attribute.name, "of even length", value))


@values.frozen(kw_only=True)
class Sheet:
    """One field for each annotation that has a check."""

    any_text: str = ""
    text: checks.Text = "x"
    identifier: checks.Identifier = "x"
    derived: checks.DerivedIdentifier = "x/1"
    ids: tuple[checks.Identifier, ...] = ()
    instant: datetime = T0
    day: date = T0
    number: int = 0
    flag: bool = False
    duration: timedelta = timedelta(0)
    role: ec.Role = ec.Role.CUSTOMER
    roles: tuple[ec.Role, ...] = ()
    some: frozenset[ec.Role] = frozenset[ec.Role]()
    whom: ec.Role | str = "x"
    maybe: checks.Text | None = None
    later: datetime | None = None
    checked: str = field(default="even", validator=even)


def _sheet(name: str, value: Any) -> Sheet:  # noqa: ANN401  # most values are wrong on purpose
    return Sheet(**{name: value})


NAIVE = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  # the invalid value under test


class Unknown(tzinfo):
    """A zone that knows no offset: Python takes its times for naive."""

    def utcoffset(self, _: datetime | None, /) -> None:
        """Return no offset."""

    def tzname(self, _: datetime | None, /) -> None:
        """Return no name."""

    dst = utcoffset


FLOATING = datetime(2026, 3, 2, 9, 0, tzinfo=Unknown())

REFUSED: list[tuple[str, Any, type[Exception], str]] = [
    ("any_text", 3, TypeError, "must be a str, got 3"),
    ("any_text", "\ud800", ValueError, "must be text that UTF-8 can hold, got '"),
    ("any_text", "x" * 32_769, ValueError, "must be text of at most 32768 characters, got 'xxx"),
    ("text", b"x", TypeError, "must be a str, got b'x'"),
    ("text", "x" * 32_769, ValueError, "must be text of at most 32768 characters, got 'xxx"),
    ("text", "", ValueError, "must be text that is not blank, got ''"),
    ("text", " \n\t", ValueError, "must be text that is not blank, got ' "),
    ("text", "\udfff", ValueError, "must be text that UTF-8 can hold"),
    ("identifier", None, TypeError, "must be a str, got None"),
    ("identifier", "", ValueError, "must be printable text that is not blank, got ''"),
    ("identifier", "  ", ValueError, "must be printable text that is not blank"),
    ("identifier", "a\nb", ValueError, "must be printable text that is not blank"),
    ("identifier", "a\x00", ValueError, "must be printable text that is not blank"),
    ("identifier", "\ud800", ValueError, "must be printable text that is not blank"),
    ("identifier", "x" * 201, ValueError, "must be an identifier of at most 200 characters, got 'xxx"),
    ("derived", "x" * 221, ValueError, "must be an identifier of at most 220 characters, got 'xxx"),
    ("instant", "2026-03-02", TypeError, "must be a datetime, got '2026-03-02'"),
    ("instant", date(2026, 3, 2), TypeError, "must be a datetime, got datetime.date(2026, 3, 2)"),
    ("instant", NAIVE, ValueError, "must be an aware datetime, got datetime.datetime(2026, 3, 2, 9, 0)"),
    ("instant", FLOATING, ValueError, "must be an aware datetime, got datetime.datetime(2026, 3, 2, 9, 0"),
    ("day", "2026-03-02", TypeError, "must be a datetime, got '2026-03-02'"),
    ("day", NAIVE, ValueError, "must be an aware datetime"),
    ("number", True, TypeError, "must be an int, got True"),
    ("number", 1.0, TypeError, "must be an int, got 1.0"),
    ("number", -1, ValueError, "must be zero or more, got -1"),
    ("number", 2**63, ValueError, "must be a number of 64 bits, got an int of 64 bits"),
    ("role", "customer", TypeError, "must be a Role, got 'customer'"),
    ("roles", [], TypeError, "must be a tuple of Role, got []"),
    ("roles", ("customer",), TypeError, "must be a tuple of Role, got 'customer'"),
    ("some", set(), TypeError, "must be a frozenset of Role, got set()"),
    ("some", frozenset({1}), TypeError, "must be a frozenset of Role, got 1"),
    ("whom", 3, TypeError, "must be a Role or str, got 3"),
    ("whom", " ", ValueError, "must be text that is not blank, got ' '"),
    ("any_text", "x" * (checks.TEXT_MAX + 1), ValueError, f"must be text of at most {checks.TEXT_MAX} characters"),
    ("text", "x" * (checks.TEXT_MAX + 1), ValueError, f"must be text of at most {checks.TEXT_MAX} characters"),
    ("identifier", "x" * (checks.IDENTIFIER_MAX + 1), ValueError, "must be an identifier of at most"),
    ("ids", ["a"], TypeError, "must be a tuple of str, got ['a']"),
    ("ids", ("a", ""), ValueError, "must be printable text that is not blank, got ''"),
    ("flag", 1, TypeError, "must be a bool, got 1"),
    ("duration", 1, TypeError, "must be a timedelta, got 1"),
    ("maybe", "", ValueError, "must be text that is not blank, got ''"),
    ("later", NAIVE, ValueError, "must be an aware datetime"),
    ("checked", 3, TypeError, "must be a str, got 3"),
    ("checked", "odd", ValueError, "must be of even length, got 'odd'"),
]


@pytest.mark.parametrize(("name", "value", "error", "message"), REFUSED)
def test_an_invalid_value_is_refused_with_field_and_value(
    name: str, value: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        _sheet(name, value)
    assert str(raised.value).startswith(f"{name}: {message}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("any_text", "\x00\u202e😀"),
        ("any_text", "😀" * 32_768),
        ("text", "é"),
        ("identifier", "a/b %"),
        ("text", "x" * checks.TEXT_MAX),
        ("identifier", "x" * checks.IDENTIFIER_MAX),
        ("instant", T0),
        ("maybe", None),
        ("later", None),
        ("ids", ("a", "b")),
        ("day", date(2026, 3, 2)),
        ("number", 2**63 - 1),
        ("roles", (ec.Role.CUSTOMER, ec.Role.PARTNER)),
        ("some", frozenset({ec.Role.CUSTOMER})),
        ("whom", ec.Role.CUSTOMER),
    ],
)
def test_a_valid_value_is_stored_unchanged(name: str, value: object) -> None:
    assert getattr(_sheet(name, value), name) is value


@pytest.mark.parametrize("name", ["instant", "day", "later"])
def test_an_instant_is_converted_to_utc(name: str) -> None:
    there = T0.astimezone(ZoneInfo("Europe/Berlin"))
    converted = getattr(_sheet(name, there), name)
    assert (converted, converted.tzinfo) == (T0, UTC)


def test_a_class_with_an_unknown_annotation_needs_a_validator() -> None:
    with pytest.raises(TypeError, match=r"^pattern: must be of a type with a known check, or have a validator, got"):

        @values.frozen(kw_only=True)
        class Unchecked:  # pyright: ignore[reportUnusedClass]
            pattern: Callable[[], None]


@pytest.mark.parametrize("base", [ec.Case, ec.Person, ec.Policy, commands.Acknowledge, events.Event, ec.Outcome])
def test_a_value_class_refuses_subclasses(base: type[Any]) -> None:
    with pytest.raises(TypeError, match=rf"Mine: {base.__name__} cannot be subclassed"):
        type("Mine", (base,), {"__module__": "host.models"})


@pytest.mark.parametrize(
    "value",
    [ANA, emergency(), ec.Policy(), commands.Acknowledge(by=RITA), ec.Process().open(emergency(), by=ANA, now=T0)],
    ids=lambda value: type(value).__name__,
)
def test_a_value_can_be_pickled_and_copied(value: object) -> None:
    for again in (pickle.loads(pickle.dumps(value)), copy(value), deepcopy(value)):  # noqa: S301  # our own bytes
        assert (again, hash(again), type(again)) == (value, hash(value), type(value))


def test_values_of_two_classes_with_the_same_fields_differ() -> None:
    assert commands.StartDiagnosis(by=RITA) != commands.ProposeCaseSolution(by=RITA)
    assert commands.StartDiagnosis(by=RITA) != "anything else"


def test_a_value_shows_its_fields() -> None:
    assert repr(ec.Misuse()) == "Misuse(canceled_priority=<Priority.LOW: 'low'>, tolerated=0)"


def test_a_megabyte_of_input_makes_a_short_message() -> None:
    with pytest.raises(TypeError) as raised:
        Sheet(role="x" * 1_000_000)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert len(str(raised.value)) < 200


def test_utc_returns_the_same_instant_in_utc() -> None:
    there = T0.astimezone(ZoneInfo("America/New_York"))
    assert checks.utc("now", there) == T0
    assert checks.utc("now", there).tzinfo is UTC
    assert checks.utc("now", T0) is T0


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("now", TypeError, "a datetime, got 'now'"),
        (None, TypeError, "a datetime, got None"),
        (NAIVE, ValueError, "an aware datetime, got datetime.datetime(2026, 3, 2, 9, 0)"),
        (FLOATING, ValueError, "an aware datetime, got datetime.datetime(2026, 3, 2, 9, 0"),
    ],
)
def test_utc_refuses_anything_but_an_aware_instant(value: Any, error: type[Exception], message: str) -> None:  # noqa: ANN401
    with pytest.raises(error, match="^" + re.escape(f"now: must be {message}")):
        checks.utc("now", value)


BEHIND, AHEAD = timezone(-timedelta(hours=12)), timezone(timedelta(hours=14))


@pytest.mark.parametrize("zone", [UTC, BEHIND, AHEAD])
@pytest.mark.parametrize(
    ("first", "last", "taken"),
    [
        (datetime(1, 1, 1), datetime(1, 12, 31, 23, 59, 59, 999_999), False),  # noqa: DTZ001  # the test adds a zone
        (datetime(2, 1, 2), datetime(8999, 12, 30), True),  # noqa: DTZ001
        (datetime(9000, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999), False),  # noqa: DTZ001
    ],
)
def test_the_first_and_last_year_of_an_instant_are_exact(
    first: datetime,
    last: datetime,
    taken: bool,  # noqa: FBT001
    zone: timezone,
) -> None:
    for instant in (first.replace(tzinfo=zone), last.replace(tzinfo=zone)):
        if taken:
            assert commands.PostponeUpdate(by=RITA, until=instant, reason="x").until == instant
            assert commands.PostponeUpdate(by=RITA, until=instant, reason="x").until.tzinfo is UTC
        else:
            with pytest.raises(ValueError, match=r"^until: must be from the year 2 to 8999, got datetime\.datetime\("):
                commands.PostponeUpdate(by=RITA, until=instant, reason="x")


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        (datetime(1, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), False),
        (datetime(2, 1, 1, tzinfo=UTC), True),
        (datetime(8998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), True),
        (datetime(8999, 1, 1, tzinfo=UTC), False),
    ],
)
def test_the_first_and_last_year_of_now_are_exact(now: datetime, taken: bool) -> None:  # noqa: FBT001
    if taken:
        assert PROCESS.open(emergency(), by=ANA, now=now).case.updated_at == now
    else:
        with pytest.raises(ValueError, match=r"^now: must be from the year 2 to 8998, got datetime\.datetime\("):
            PROCESS.open(emergency(), by=ANA, now=now)


@pytest.mark.parametrize(
    "email",
    [
        *("", "ana", "@a.example", "ana@", "a b@c.example", "a@b@c.example", "ana@a..example", "ana@a.example\n"),
        *("ana@a.example\r\nBcc: x@y.example", "Ana <ana@a.example>", "änä@a.example", "ana@ä.example", ".a@b.example"),
        *("a.@b.example", "a..b@c.example", "=?utf-8?q?x?=@y.example", "a@" + "b." * 130 + "example", "a,b@c.example"),
    ],
)
def test_an_address_is_refused_unless_plain(email: str) -> None:
    with pytest.raises(ValueError, match=r"^email: must be a plain address"):
        ec.Person(id="ana", role=ec.Role.CUSTOMER, email=email)


def test_an_address_of_a_wrong_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^email: must be a str, got 3"):
        ec.Person(id="ana", role=ec.Role.CUSTOMER, email=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@given(st.emails(domains=st.just("a.example")))
def test_an_accepted_address_is_stored_unchanged(email: str) -> None:
    if "=?" not in email:
        assert ec.Person(id="ana", role=ec.Role.CUSTOMER, email=email).email == email


def test_time_moves_forwards_in_an_hour_that_occurs_twice() -> None:
    """At the end of daylight saving time, 02:10 follows 02:50 on the wall clock, but instants always increase."""
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 50, tzinfo=zone, fold=0)
    second = datetime(2026, 10, 25, 2, 10, tzinfo=zone, fold=1)
    assert second < first
    process = ec.Process()
    opened = process.open(emergency(), by=ANA, now=first)
    acknowledged = process.handle(opened.case, commands.Acknowledge(by=RITA), now=second)
    assert acknowledged.case.updated_at is not None
    assert opened.case.updated_at is not None
    assert acknowledged.case.updated_at - opened.case.updated_at == timedelta(minutes=20)
