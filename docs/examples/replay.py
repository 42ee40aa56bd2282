"""A ServiceNow log (UCI 498) run through the desk, with a summary. ``servicenow.py`` reads the rows."""

import heapq
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import servicenow
from host import BATCH, Desk

import escalation_core as ec
from escalation_core import events


class _Tally:
    """The counts of a replay. Its size depends on the kinds of events and refusals, not on the length of the log."""

    def __init__(self) -> None:
        self.rows = self.accepted = self.refused = self.silent = 0
        self.emitted: Counter[str] = Counter()  # by event
        self.notified: Counter[str] = Counter()  # by audience
        self.unmet: Counter[tuple[str, str]] = Counter()  # by code and command
        self.examples: dict[tuple[str, str], str] = {}
        self.slowest: list[tuple[timedelta, str]] = []

    def count(self, outcome: ec.Outcome) -> None:
        """Count the events and notifications of an outcome."""
        self.emitted.update(type(event).__name__ for event in outcome.events)
        self.notified.update(notification.audience.value for notification in outcome.notifications)

    def accept(self, outcome: ec.Outcome) -> None:
        self.accepted += 1
        self.count(outcome)
        escalation = outcome.case.escalation
        if isinstance(outcome.events[0], events.EscalationAcknowledged) and escalation is not None:
            waited = outcome.events[0].at - escalation.started_at
            self.slowest = heapq.nlargest(5, [*self.slowest, (waited, outcome.case.id)])

    def refuse(self, case_id: str, error: ec.CommandRefusedError) -> None:
        self.refused += 1
        for refusal in error.refusals:
            key = (str(refusal.code), type(error.command).__name__)
            self.unmet[key] += 1
            self.examples.setdefault(key, f"{case_id}: {refusal.message}")


def replay(log: Path, directory: Path) -> int:
    """Return 1 if the desk lost something of a ServiceNow log, otherwise 0; print a summary.

    Raises:
        ValueError: the file is not such a log.
        OSError, EOFError: the file cannot be read.
    """
    tally, heard = _Tally(), Counter[str]()
    hooks = ec.Hooks()
    hooks.on(events.Event, lambda event: heard.update([type(event).__name__]), name="tally")
    with log.open("rb") as file, Desk(directory, hooks=hooks) as desk:
        for entry in _with_progress(servicenow.entries(file), file):
            tally.rows += 1
            tally.silent += entry.silent
            _try(desk, entry, tally)
            if tally.rows % BATCH == 0:
                desk.deliver()
        desk.deliver()
        _print_summary(desk, tally)
        return 0 if _print_proof(desk, tally, heard) else 1


def _try(desk: Desk, entry: servicenow.Entry, tally: _Tally) -> None:
    """Handle the deadlines since the row before, then the commands of this row.

    A refused command is counted, and the next one is tried.
    """
    while (due := desk.due(entry.case_id)) is not None and due <= entry.now:
        case = desk.find(entry.case_id)
        assert case is not None  # noqa: S101  # the case has a deadline, so it exists
        outcome = desk.process.due(case, now=due)
        desk.commit(outcome)
        tally.count(outcome)
    if entry.opening is not None:
        try:
            tally.accept(desk.open(entry.opening, by=entry.opened_by, now=entry.opened_at))
        except ec.CommandRefusedError as error:
            tally.refuse(entry.case_id, error)
    for command in entry.commands:
        try:
            tally.accept(desk.send(entry.case_id, command, now=entry.now))
        except ec.CommandRefusedError as error:
            tally.refuse(entry.case_id, error)


def _with_progress(entries: Iterator[servicenow.Entry], file: BinaryIO) -> Iterator[servicenow.Entry]:
    """Yield the entries, and show the progress on stderr: a bar on a terminal, otherwise a line for each tenth."""
    terminal, size, shown = sys.stderr.isatty(), max(1, os.fstat(file.fileno()).st_size), -1
    for row, entry in enumerate(entries, start=1):
        yield entry
        percent = 100 * file.tell() // size
        if percent != shown and (terminal or percent // 10 != shown // 10):
            shown = percent
            bar = "#" * (percent // 4)
            line = f"[{bar:<25}] {percent:3d}%  {row} rows"
            print(f"\r{line}" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)
    if terminal:
        print(file=sys.stderr)


def _print_summary(desk: Desk, tally: _Tally) -> None:
    statuses: Counter[str] = Counter()
    for case in desk.cases():
        statuses[f"case {case.status}"] += 1
        if case.escalation is not None:
            statuses[f"escalation {case.escalation.status}"] += 1
    print(f"rows read            {tally.rows:>8}")
    print(f"cases                {desk.count('cases'):>8}")
    print(f"emergencies          {tally.emitted['EscalationStarted']:>8}")
    print(f"commands accepted    {tally.accepted:>8}")
    print(f"commands refused     {tally.refused:>8}")
    print(f"closed after silence {tally.silent:>8}  rows by {servicenow.SILENCE!r}; silence does not accept a solution")
    _print_times(desk)
    print("\nRefusals by code and command (a command can fail several rules), each with an example")
    for (code, command), number in sorted(tally.unmet.items(), key=lambda item: (item[0][0], -item[1])):
        print(f"  {number:>6}  {code}  {command}\n          {tally.examples[code, command]}")
    _print_counts("Final statuses", statuses)
    _print_counts("Events", tally.emitted)
    _print_counts("Notifications by audience", tally.notified)
    print("\nSlowest acknowledgements")
    for waited, case_id in tally.slowest:
        print(f"  {waited!s:>20}  {case_id}")


def _print_times(desk: Desk) -> None:
    """Print the breaches under the default timing, up to the last row of each incident."""
    measured = (ec.measure(history, now=history[-1].at) for history in desk.histories())
    total = ec.summarize(measured, key=lambda found: found.case.escalation is not None).get(True)
    if total is None:
        print("\nNo emergencies, so there were no deadlines")
        return
    breaches = dict(total.breaches)
    print(f"\nDeadlines of the {total.escalations} emergencies, under the default timing")
    print(f"  {breaches[ec.ClockKind.ACKNOWLEDGEMENT]:>6}  acknowledgements overdue (within one hour)")
    missed = total.updates_promised - total.updates_kept
    print(f"  {missed:>6}  updates overdue of {total.updates_promised} promised (every hour; a gap counts once)")
    print(f"  {breaches[ec.ClockKind.ANSWER]:>6}  answers to a proposal overdue (within 24 hours)")
    print("  median and 90th percentile, elapsed, within 1 %")
    for name, times in (
        ("to acknowledge", total.to_acknowledge),
        ("to the first proposal", total.to_first_proposal),
        ("to close", total.to_close),
        ("longest silence", total.longest_silence),
    ):
        print(f"    {name:<22} {_rounded(times.elapsed.median):>20} {_rounded(times.elapsed.p90):>20}")


def _rounded(time: timedelta | None) -> str:
    return "none" if time is None else str(timedelta(minutes=round(time / timedelta(minutes=1))))


def _print_counts(title: str, counts: Counter[str]) -> None:
    print(f"\n{title}")
    for name, number in sorted(counts.items()):
        print(f"  {number:>6}  {name}")


def _print_proof(desk: Desk, tally: _Tally, heard: Counter[str]) -> bool:
    """Whether everything that the process returned was stored, published and mailed. Each comparison is printed."""
    pairs = zip(desk.cases(), desk.histories(), strict=True)
    faithful = sum(desk.process.replay(history) == case for case, history in pairs)
    proofs = (
        ("events stored = events emitted", desk.count("events"), tally.emitted.total()),
        ("events published to a hook = events emitted", heard.total(), tally.emitted.total()),
        ("outbox = notifications", desk.count("outbox"), tally.notified.total()),
        ("mails = notifications", desk.mails(), tally.notified.total()),
        ("cases equal to the replay of their events = cases", faithful, desk.count("cases")),
    )
    print("\nNothing is lost")
    for name, found, expected in proofs:
        print(f"  {'yes' if found == expected else 'NO '}  {name}: {found} = {expected}")
    print(f"\nMail: {desk.maildir / 'new'}")
    return all(found == expected for _, found, expected in proofs)
