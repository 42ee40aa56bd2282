"""Measure one tick of the example desk over a million stored cases: ``python tests/benchmarks/sweep.py``.

Rule 1: a thousand of them are due; what the tick costs is compared with that of a desk which has these alone.
Rule 2: what it read is counted, not believed.
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import attrs

sys.path.insert(0, str(Path(__file__).parents[2] / "docs/examples"))

import host

import escalation_core as ec

STORED, DUE = 1_000_000, 1_000
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@a.example")
CASE = ec.Case(
    id="0",
    customer="Customer A",
    requester=ANA,
    type=ec.CaseType.EMERGENCY,
    impact=ec.BusinessImpact.P1,
    subject="Checkout is down",
)


def rows(process: ec.Process, stored: int) -> Iterator[tuple[str, int, int | None, bytes]]:
    """Make stored cases: those that are due, and as many of others that wait or have no clock as are asked for."""
    idle = host._dumped(process.open(attrs.evolve(CASE, type=ec.CaseType.PROBLEM), by=ANA, now=T0).case)  # noqa: SLF001  # as it stores them
    later = int((T0 + timedelta(days=30)).timestamp()) * 1_000_000
    for number in range(DUE):
        case = process.open(attrs.evolve(CASE, id=f"due {number}"), by=ANA, now=T0).case
        yield case.id, case.version, host._microseconds(process.next_due(case)), host._dumped(case)  # noqa: SLF001
    for number in range(stored - DUE):
        yield f"idle {number}", 1, later + number if number % 2 else None, idle


def tick(stored: int) -> tuple[float, int, int]:
    """Give the seconds of one tick of a desk with this many cases, how many it read, and how many it changed."""
    read = 0

    def count(body: bytes, kind: Any) -> Any:  # noqa: ANN401  # as the desk's own
        nonlocal read
        read += 1
        return loaded(body, kind)

    loaded, host._loaded = host._loaded, count  # noqa: SLF001  # to count what it reads
    with tempfile.TemporaryDirectory() as directory, host.Desk(Path(directory)) as desk:
        with desk._db as database:  # noqa: SLF001
            database.executemany("insert into cases values (?, ?, ?, ?)", rows(desk.process, stored))
        started = perf_counter()
        changed = desk.tick(now=T0 + timedelta(minutes=15))
        seconds = perf_counter() - started
    host._loaded = loaded  # noqa: SLF001
    return seconds, read, changed


def main() -> None:
    """Measure, and print the table in Markdown."""
    lines = ["| stored cases | due | read | changed | seconds | against a desk of the due ones alone |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    alone = 0.0
    for stored in (DUE, STORED):
        seconds, read, changed = tick(stored)
        alone = alone or seconds
        lines.append(f"| {stored:,} | {DUE:,} | {read:,} | {changed:,} | {seconds:.2f} | {seconds / alone:.2f} times |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
