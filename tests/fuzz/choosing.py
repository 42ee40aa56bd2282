"""Bytes to people, texts, times, cases and commands: right ones, and absurd ones.

Rule 1: a byte chooses one thing, and every value of it means something; where bytes have run out, the first is chosen.
Rule 2: the fields of a class are found by their types: a new field, or a new command, is chosen for by itself.
Rule 3: text for a field that is internal is tainted.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo

from attrs import Attribute, evolve, fields

import escalation_core as ec
from escalation_core import commands
from escalation_core.events import Event
from escalation_core.people import INTERNAL_ROLES
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, CAST, NINA, OTTO, PAUL, RITA, T0, emergency
from escalation_core.testing.builders import TAINT
from escalation_core.testing.strategies import OFFICE, STRANGER

T = TypeVar("T")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
CENTURY = timedelta(days=36_525)
BERLIN = ZoneInfo("Europe/Berlin")

#: What text can do to a line, a header, a format string, a file, and an eye.
TEXTS = (
    *("It is down", "ünïcödé 😀 \u200d", "a\r\nBcc: x@y.example", "{to.__class__} {0} {", "=?utf-8?q?=41=0ABcc=3A?="),
    *(
        "\x00\x07\x1b[31m\x7f\x85\x9b",
        "\u202egnp.exe \u2066 \u2069 \u202c",
        "\u2028\u2029\x0b\x0c",
        "\ufeff\ufffe\ue000",
    ),
    *("", " ", "\u3000\t", "\ud800", "\udfff x", "x" * 3000, "\u202e" * 99, "<a>&amp;]]>", "4711", "4711/3", "4711/5"),
)
PEOPLE = (
    *(RITA, ANA, PAUL, OTTO, *CAST[3:], NINA, STRANGER),
    evolve(ANA, role=ec.Role.SUPPORT_REP),
    evolve(RITA, role=ec.Role.PARTNER),
    evolve(ANA, name="Somebody else"),
    evolve(NINA, email="nina@a.example"),
    evolve(RITA, name="\u202e\x00\r\n=?utf-8?q?=41?=", locale="x" * 200),
    ec.Person(id='=?%"\\<a>,;:é😀' + "x" * 180, role=ec.Role.CUSTOMER, email="a@b.example"),
)
INSTANTS = (
    *(T0 + n * MINUTE for n in (60, 0, -1, 1, 61, 200, 10**4, 10**7)),
    *(datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN)),
    *(datetime(2, 1, 1, tzinfo=UTC), datetime(8998, 12, 31, 23, 59, tzinfo=UTC), datetime(8999, 12, 31, tzinfo=UTC)),
    datetime.min.replace(tzinfo=timezone(23 * HOUR)),
    datetime.max.replace(tzinfo=timezone(-23 * HOUR)),
)
#: What is not even of a type that is asked for anywhere, or of one that is asked for elsewhere.
ABSURD: tuple[Any, ...] = (None, True, 7, 1.5, "x", b"x", (), [], {}, object(), ec.Role.CUSTOMER, RITA, ec.Person)
NO_TIMES: tuple[Any, ...] = (T0.replace(tzinfo=None), date(2026, 3, 2), "2026-03-02T09:00:00Z", *INSTANTS[-3:], *ABSURD)

_OF_TYPE: dict[Any, Sequence[Any]] = {
    ec.Person: PEOPLE,
    datetime: INSTANTS,
    date: (date(2026, 3, 2), T0, T0.replace(tzinfo=None)),
    int: (0, 1, 2, 3, -1, 2**63 - 1, 2**63, 10**5000),
    bool: (True, False),
    NoneType: (None,),
}
_KEYS = (None, "key-1", "key-2", "\u202e", "x" * 200)

_RUNGS = (ec.Rung(after=MINUTE, roles=frozenset({ec.Role.SUPPORT_LEAD}), repeats=3, every=MINUTE), *ec.Timing().ladder)
_TIMINGS = (
    ec.Timing(),
    ec.Timing(updates_while_waiting=True, close_after_silence=HOUR, owner_ladder=_RUNGS),
    ec.Timing(hours=OFFICE, business_days=OFFICE, close_after_silence=MINUTE, ladder=_RUNGS),
    ec.Timing(updates=(ec.CadenceStep(every=MINUTE, lasting=HOUR), ec.CadenceStep(every=HOUR)), ladder=()),
    ec.Timing(acknowledge_within=CENTURY, answer_within=CENTURY, updates=(ec.CadenceStep(every=CENTURY),)),
)
_AUDIENCES = (
    ec.Audiences(),
    ec.Audiences(acknowledgement_to_stakeholders=True, internal_notes=frozenset(INTERNAL_ROLES)),
)
PROCESSES = tuple(
    ec.Process(policy=ec.Policy(consent=consent, timing=timing, audiences=audiences))
    for timing in _TIMINGS
    for audiences in _AUDIENCES
    for consent in ec.Consent
)


class Choices:
    """What some bytes choose, one after the other."""

    def __init__(self, given: bytes) -> None:
        """Begin with the first."""
        self._given = given
        self._place = 0

    @property
    def left(self) -> bool:
        """Whether there are more."""
        return self._place < len(self._given)

    def byte(self) -> int:
        """Take the next one."""
        self._place += 1
        return self._given[self._place - 1] if self._place <= len(self._given) else 0

    def one(self, options: Sequence[T]) -> T:
        """Take one of these."""
        return options[self.byte() % len(options)]

    def text(self) -> str:
        """Take a text: one of those that are known to do harm, or any characters; surrogates are among them."""
        n = self.byte()
        if n < 192:
            return TEXTS[n % len(TEXTS)]
        return "".join(chr((self.byte() << 12 | self.byte() << 4 | self.byte() % 16) % 0x110000) for _ in range(n % 8))

    def value(self, of: "Attribute[Any]") -> Any:  # noqa: ANN401  # of any type
        """Take a value for a field; one in sixteen is absurd."""
        if self.byte() % 16 == 15:
            return self.one(ABSURD)
        if of.name == "command_id":
            return self.one(_KEYS)
        found = self._of(of.type)
        return f"{TAINT} {found}" if of.metadata.get("internal") and isinstance(found, str) else found

    def _of(self, kind: Any) -> Any:  # noqa: ANN401  # any annotation
        if get_origin(kind) is tuple:
            return tuple(self._of(get_args(kind)[0]) for _ in range(self.byte() % 4))
        one = self.one(get_args(kind) or (kind,))
        if one is str:
            return self.text()
        return self.one(tuple(one) if issubclass(one, Enum) else _OF_TYPE.get(one, ABSURD))

    def case(self) -> ec.Case:
        """Take a case that is not opened yet, up to three of its fields changed. Raises what its constructor does."""
        chosen = [self.one(_DESCRIBED) for _ in range(self.byte() % 4)]
        return emergency(**{of.name: self.value(of) for of in chosen})

    def command(self, process: ec.Process) -> commands.Command:
        """Take a command, three times of four by somebody of a role that may send it. Raises as above."""
        kind = self.one(COMMANDS)
        allowed = process.policy.permissions.roles_for(kind)
        senders = [person for person in PEOPLE if person.role in allowed] if self.byte() % 4 else PEOPLE
        return kind(by=self.one(senders), **{of.name: self.value(of) for of in fields(kind) if of.name != "by"})

    def changed(self, value: Event) -> Event:
        """Take an event with one field changed. Raises as above."""
        of = self.one(fields_of(type(value)))
        return evolve(value, **{of.name: self.value(of)})


def fields_of(kind: type) -> "Sequence[Attribute[Any]]":
    """Give the fields that a constructor takes."""
    return [of for of in fields(kind) if of.init]


#: What a host says of a case; the rest is made by events.
_DESCRIBED = [of for of in fields_of(ec.Case) if of.name not in {"escalation", "version", "updated_at", "remembered"}]
