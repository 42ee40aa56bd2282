"""Choices by bytes: people, texts, instants, cases and commands, both valid and absurd.

Rule 1: one byte makes one choice, and every value of a byte is valid. After the last byte, the first option is chosen.
Rule 2: fields and commands are found by introspection, so a new one is chosen without an edit here.
Rule 3: text for an internal field is tainted.
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

#: Texts that may damage a line, a header, a format string or a file, or mislead a reader.
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
#: Values of a type that no argument has, or that only another argument has.
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
    """Choices made by some bytes, one after the other."""

    def __init__(self, given: bytes) -> None:
        """Start at the first byte."""
        self._given = given
        self._place = 0

    @property
    def left(self) -> bool:
        """Whether there are bytes left."""
        return self._place < len(self._given)

    def byte(self) -> int:
        """Return the next byte; 0 after the last."""
        self._place += 1
        return self._given[self._place - 1] if self._place <= len(self._given) else 0

    def one(self, options: Sequence[T]) -> T:
        """Return one of these options."""
        return options[self.byte() % len(options)]

    def text(self) -> str:
        """Return one of the harmful texts, or up to seven characters, which may be surrogates."""
        n = self.byte()
        if n < 192:
            return TEXTS[n % len(TEXTS)]
        return "".join(chr((self.byte() << 12 | self.byte() << 4 | self.byte() % 16) % 0x110000) for _ in range(n % 8))

    def value(self, of: "Attribute[Any]") -> Any:  # noqa: ANN401  # of any type
        """Return a value for a field; one in sixteen is absurd."""
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
        """Return an unopened case with up to three changed fields; errors of its constructor propagate."""
        chosen = [self.one(_DESCRIBED) for _ in range(self.byte() % 4)]
        return emergency(**{of.name: self.value(of) for of in chosen})

    def command(self, process: ec.Process) -> commands.Command:
        """Return a command, three times of four from a permitted role; errors of its constructor propagate."""
        kind = self.one(COMMANDS)
        allowed = process.policy.permissions.roles_for(kind)
        senders = [person for person in PEOPLE if person.role in allowed] if self.byte() % 4 else PEOPLE
        return kind(by=self.one(senders), **{of.name: self.value(of) for of in fields(kind) if of.name != "by"})

    def changed(self, value: Event) -> Event:
        """Return an event with one changed field; errors of its constructor propagate."""
        of = self.one(fields_of(type(value)))
        return evolve(value, **{of.name: self.value(of)})


def fields_of(kind: type) -> "Sequence[Attribute[Any]]":
    """Return the fields that a constructor takes."""
    return [of for of in fields(kind) if of.init]


#: The fields of a case that a host sets; events make the others.
_DESCRIBED = [of for of in fields_of(ec.Case) if of.name not in {"escalation", "version", "updated_at", "remembered"}]
