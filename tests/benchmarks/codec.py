"""Measure the codec beside similar libraries: ``python tests/benchmarks/codec.py``.

Rule 1: each library writes an event to JSON and reads it as an object; the rounds are interleaved, as in ``bench.py``.
Rule 2: the other libraries do less; the table has a column for what each does.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# The other libraries are only partly typed.

import gc
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import NamedTuple

import msgspec
from cattrs.preconf.json import make_converter
from tables import publish
from timing import seconds

import escalation_core as ec
from escalation_core import codec, commands, events

ROUNDS = 21
SECONDS_PER_TIMING = 0.02
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@a.example")
RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita")
PROCESS = ec.Process()
OPENED = PROCESS.open(
    ec.Case(
        id="4711",
        customer="Customer A",
        requester=ANA,
        type=ec.CaseType.EMERGENCY,
        impact=ec.BusinessImpact.P1,
        subject="Checkout is down",
    ),
    by=ANA,
    now=T0,
).case
EVENT = PROCESS.handle(OPENED, commands.Acknowledge(by=RITA), now=T0).events[0]
KIND = events.EscalationAcknowledged
PLAIN = codec.to_dict(EVENT)
UNCONFIGURED = make_converter()


class Way(NamedTuple):
    """One way to write and read an event."""

    name: str
    does: str
    write: Callable[..., str | bytes]
    read: Callable[..., object]


WAYS = (
    Way(
        "`codec`",
        "digest, limits, types, every field validated, all errors listed",
        partial(codec.to_json, EVENT),
        partial(codec.from_json, kind=KIND),
    ),
    Way(
        "`cattrs` without configuration",
        "values converted, every field validated",
        partial(UNCONFIGURED.dumps, EVENT),
        partial(UNCONFIGURED.loads, cl=KIND),
    ),
    Way(
        "`msgspec`",
        "types checked, in C; no validators",
        partial(msgspec.json.encode, EVENT),
        partial(msgspec.json.decode, type=KIND),
    ),
    Way("`json`", "plain data, no object", partial(json.dumps, PLAIN, separators=(",", ":")), json.loads),
)


def main() -> None:
    """Measure, and print the table in Markdown."""
    texts = [way.write() for way in WAYS]
    for way, text in zip(WAYS[:3], texts, strict=False):
        assert way.read(text) == EVENT, way.name  # otherwise the work is not comparable
    functions: list[Callable[..., object]] = [way.write for way in WAYS]
    functions += [partial(way.read, text) for way, text in zip(WAYS, texts, strict=True)]
    loops = [max(1, int(SECONDS_PER_TIMING / seconds(function, 20))) for function in functions]
    gc.disable()
    rounds = [[seconds(*pair) for pair in zip(functions, loops, strict=True)] for _ in range(ROUNDS)]
    gc.enable()
    lines = ["| per event | bytes | writing | reading | what it does |", "| --- | --- | --- | --- | --- |"]
    for n, (way, text) in enumerate(zip(WAYS, texts, strict=True)):
        ratios = [median(one[n + first] / one[first] for one in rounds) for first in (0, len(WAYS))]
        lines.append(f"| {way.name} | {len(text)} | {ratios[0]:.2f} times | {ratios[1]:.2f} times | {way.does} |")
    own = [median(one[place] for one in rounds) * 1e6 for place in (0, len(WAYS))]
    lines += ["", f"`codec` took {own[0]:.1f} us to write and {own[1]:.1f} us to read."]
    publish("codec", lines, "cattrs", "msgspec")


if __name__ == "__main__":
    main()
