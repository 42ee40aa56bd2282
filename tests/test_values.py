"""What is wrong is refused with the field's name and the value; what is right by construction is copied as it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import events, values
from escalation_core.testing import ANA, RITA, T0, emergency
from examples import fields_of


@frozen(kw_only=True)
class Sheet:
    """One field per validator."""

    any_text: str = field(default="", validator=values.any_text)
    text: str = field(default="x", validator=values.text)
    identifier: str = field(default="x", validator=values.identifier)
    derived: str = field(default="x", validator=values.derived_identifier)
    instant: datetime = field(default=T0, validator=values.instant)
    day: date = field(default=T0, validator=values.day_or_instant)
    number: int = field(default=0, validator=values.whole_number)
    role: ec.Role = field(default=ec.Role.CUSTOMER, validator=values.a(ec.Role))
    roles: tuple[ec.Role, ...] = field(default=(), validator=values.tuple_of(ec.Role))
    some: frozenset[ec.Role] = field(default=frozenset[ec.Role](), validator=values.frozenset_of(ec.Role))
    whom: ec.Role | str = field(default="x", validator=[values.a(ec.Role, str), values.whom])


def _sheet(name: str, value: Any) -> Sheet:  # noqa: ANN401  # wrong on purpose, mostly
    return Sheet(**{name: value})


NAIVE = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  # it is what must be refused

REFUSED: list[tuple[str, Any, type[Exception], str]] = [
    ("any_text", 3, TypeError, "must be a str, got 3"),
    ("any_text", "\ud800", ValueError, "must be text that UTF-8 can hold"),
    ("any_text", "x" * 32_769, ValueError, "must be text of at most 32768 characters, got 'xxx"),
    ("text", b"x", TypeError, "must be a str"),
    ("text", "x" * 32_769, ValueError, "must be text of at most 32768 characters, got 'xxx"),
    ("text", "", ValueError, "must be text that is not blank, got ''"),
    ("text", " \n\t", ValueError, "must be text that is not blank"),
    ("text", "\udfff", ValueError, "must be text that UTF-8 can hold"),
    ("identifier", None, TypeError, "must be a str, got None"),
    ("identifier", "", ValueError, "must be printable text that is not blank"),
    ("identifier", "  ", ValueError, "must be printable text that is not blank"),
    ("identifier", "a\nb", ValueError, "must be printable text that is not blank"),
    ("identifier", "a\x00", ValueError, "must be printable text that is not blank"),
    ("identifier", "\ud800", ValueError, "must be printable text that is not blank"),
    ("identifier", "x" * 201, ValueError, "must be an identifier of at most 200 characters, got 'xxx"),
    ("derived", "x" * 221, ValueError, "must be an identifier of at most 220 characters, got 'xxx"),
    ("instant", "2026-03-02", TypeError, "must be a datetime"),
    ("instant", date(2026, 3, 2), TypeError, "must be a datetime"),
    ("instant", NAIVE, ValueError, "must be an aware datetime"),
    ("day", "2026-03-02", TypeError, "must be a datetime"),
    ("day", NAIVE, ValueError, "must be an aware datetime"),
    ("number", True, TypeError, "must be an int, got True"),
    ("number", 1.0, TypeError, "must be an int, got 1.0"),
    ("number", -1, ValueError, "must be zero or more, got -1"),
    ("role", "customer", TypeError, "must be a Role, got 'customer'"),
    ("roles", [ec.Role.CUSTOMER], TypeError, "must be a tuple of Role"),
    ("roles", ("customer",), TypeError, "must be a tuple of Role, got 'customer'"),
    ("some", {ec.Role.CUSTOMER}, TypeError, "must be a frozenset of Role"),
    ("some", frozenset({1}), TypeError, "must be a frozenset of Role, got 1"),
    ("whom", 3, TypeError, "must be a Role or str, got 3"),
    ("whom", " ", ValueError, "must be text that is not blank"),
]


@pytest.mark.parametrize(("name", "value", "error", "message"), REFUSED)
def test_what_is_wrong_is_refused_by_field_and_value(
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
        ("identifier", "é" * 200),
        ("derived", "x" * 220),
        ("instant", T0.astimezone(ZoneInfo("Europe/Berlin"))),
        ("day", date(2026, 3, 2)),
        ("number", 2**63 - 1),
        ("roles", (ec.Role.CUSTOMER, ec.Role.PARTNER)),
        ("some", frozenset({ec.Role.CUSTOMER})),
        ("whom", ec.Role.CUSTOMER),
    ],
)
def test_what_is_right_is_kept_as_it_is(name: str, value: object) -> None:
    assert getattr(_sheet(name, value), name) is value


def test_a_megabyte_of_input_makes_a_short_message() -> None:
    with pytest.raises(TypeError) as raised:
        Sheet(role="x" * 1_000_000)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert len(str(raised.value)) < 200


def test_utc_gives_the_same_instant_in_utc() -> None:
    there = T0.astimezone(ZoneInfo("America/New_York"))
    assert values.utc("now", there) == T0
    assert values.utc("now", there).tzinfo is UTC
    assert values.utc("now", T0) is T0


@pytest.mark.parametrize(("value", "error"), [("now", TypeError), (None, TypeError), (NAIVE, ValueError)])
def test_utc_refuses_what_is_no_instant(value: Any, error: type[Exception]) -> None:  # noqa: ANN401
    with pytest.raises(error, match=r"^now: must be a"):
        values.utc("now", value)


def test_a_copy_equals_what_attrs_evolve_gives() -> None:
    case = emergency()
    copy = values.copier(ec.Case)
    assert copy(case) == case
    assert copy(case, subject="Other", version=3, updated_at=T0) == evolve(
        case, subject="Other", version=3, updated_at=T0
    )
    assert type(copy(case)) is ec.Case
    moved = values.copier(ec.Case, "version", "updated_at")
    assert moved(case, version=3, updated_at=T0) == evolve(case, version=3, updated_at=T0)


def test_a_copier_with_named_fields_needs_all_of_them() -> None:
    with pytest.raises(TypeError, match=r"updated_at"):
        values.copier(ec.Case, "version", "updated_at")(emergency(), version=3)


def test_a_copy_is_as_frozen_as_its_original() -> None:
    copy = values.copier(ec.Person)(ANA, name="Anna")
    with pytest.raises(AttributeError):
        copy.name = "Bea"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    assert (ANA.name, copy.name) == ("Ana", "Anna")


@pytest.mark.parametrize(
    "value",
    [ANA, emergency(), events.DiagnosisStarted(case_id="4711", version=2, at=T0, by=RITA), ec.Misuse()],
)
def test_what_a_maker_makes_equals_what_the_constructor_makes(value: Any) -> None:  # noqa: ANN401
    made = values.maker(value.__class__)(**{f.name: getattr(value, f.name) for f in fields_of(value)})
    assert (made, hash(made), made.__class__) == (value, hash(value), value.__class__)


@pytest.mark.parametrize(
    "email",
    [
        *("", "ana", "@a.example", "ana@", "a b@c.example", "a@b@c.example", "ana@a..example", "ana@a.example\n"),
        *("ana@a.example\r\nBcc: x@y.example", "Ana <ana@a.example>", "änä@a.example", "ana@ä.example", ".a@b.example"),
        *("a.@b.example", "a..b@c.example", "=?utf-8?q?x?=@y.example", "a@" + "b." * 130 + "example", "a,b@c.example"),
    ],
)
def test_what_is_no_plain_address_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match=r"^email: must be a plain address"):
        ec.Person(id="ana", role=ec.Role.CUSTOMER, email=email)


def test_an_address_that_is_no_text_is_a_wrong_type() -> None:
    with pytest.raises(TypeError, match=r"^email: must be a str, got 3"):
        ec.Person(id="ana", role=ec.Role.CUSTOMER, email=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@given(st.emails(domains=st.just("a.example")))
def test_every_address_that_is_taken_is_kept_to_the_letter(email: str) -> None:
    if "=?" not in email:
        assert ec.Person(id="ana", role=ec.Role.CUSTOMER, email=email).email == email


def test_time_in_the_hour_that_comes_twice_runs_forwards() -> None:
    """At the end of daylight saving, 02:10 comes after 02:50 on the wall clock; the case's time goes by instants."""
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 50, tzinfo=zone, fold=0)
    second = datetime(2026, 10, 25, 2, 10, tzinfo=zone, fold=1)
    assert second < first
    process = ec.Process()
    opened = process.open(emergency(), by=ANA, now=first)
    acknowledged = process.handle(opened.case, ec.commands.Acknowledge(by=RITA), now=second)
    assert acknowledged.case.updated_at is not None
    assert opened.case.updated_at is not None
    assert acknowledged.case.updated_at - opened.case.updated_at == timedelta(minutes=20)
