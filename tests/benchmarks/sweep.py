"""Measure one tick of the example desk over a million stored cases: ``python tests/benchmarks/sweep.py``.

Rule 1: a thousand cases are due. The time is compared with the same tick of a desk that stores only these.
Rule 2: the cases that the tick reads are counted.
"""

import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import ClassVar

import attrs

sys.path.insert(0, str(Path(__file__).parents[2] / "docs/examples"))

from host import Desk
from tables import publish

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


class Counting(ec.Process):
    """A process that counts the calls of ``due``."""

    calls: ClassVar[int] = 0

    def due(self, case: ec.Case, *, now: datetime) -> ec.Outcome:
        """Count the call, and return the outcome of the process."""
        Counting.calls += 1
        return super().due(case, now=now)


def fill(directory: Path, desk: Desk, stored: int) -> None:
    """Open the cases that will be due, and store idle ones: half are due later, half have no clock."""
    desk.commit(desk.process.open(attrs.evolve(CASE, type=ec.CaseType.PROBLEM), by=ANA, now=T0))
    for number in range(DUE):
        desk.commit(desk.process.open(attrs.evolve(CASE, id=f"due {number}"), by=ANA, now=T0))
    later = int((T0 + timedelta(days=30)).timestamp()) * 1_000_000
    with closing(sqlite3.connect(directory / "desk.sqlite")) as database, database:
        (state,) = database.execute("select state from cases where next_due is null").fetchone()
        idle = ((f"idle {n}", 1, later + n if n % 2 else None, state) for n in range(stored - DUE))
        database.executemany("insert into cases values (?, ?, ?, ?)", idle)


def tick(stored: int) -> tuple[float, int, int]:
    """Return the seconds of one tick of a desk with this many cases, and how many it read and changed."""
    Counting.calls = 0
    with tempfile.TemporaryDirectory() as name, Desk(Path(name), process=Counting()) as desk:
        fill(Path(name), desk, stored)
        started = perf_counter()
        changed = desk.tick(now=T0 + timedelta(minutes=15))
        seconds = perf_counter() - started
    return seconds, Counting.calls, changed


def main() -> None:
    """Measure, and print the table in Markdown."""
    lines = ["| stored cases | due | read | changed | seconds | compared with a desk that stores only the due cases |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    alone = 0.0
    for stored in (DUE, STORED):
        seconds, read, changed = tick(stored)
        alone = alone or seconds
        lines.append(f"| {stored:,} | {DUE:,} | {read:,} | {changed:,} | {seconds:.2f} | {seconds / alone:.2f} times |")
    publish("sweep", lines)


if __name__ == "__main__":
    main()
