"""A small help desk around ``escalation_core``, on the standard library: SQLite, an outbox, and a Maildir.

Rule 1: a case, what happened to it and who must hear of it are written in one transaction, or not at all.
Rule 2: nobody is told before the commit. What is committed is told at least once, and recognized when told again.
Rule 3: the desk never decides whether something may happen. It asks, and writes down the answer.

Run ``desk.py story`` to see a case from its opening to its end, or ``desk.py replay LOG.csv.gz`` to see what the
process makes of a real ServiceNow log (how a row is read: ``servicenow.py``).
"""

import argparse
import hashlib
import heapq
import logging
import os
import pickle
import re
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

import servicenow

import escalation_core as ec
from escalation_core import commands, events

T = TypeVar("T")

SENDER = "support@desk.example"
BATCH = 1000  #: Mails per transaction of the outbox.

_SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists cases (id text primary key, version integer not null, state blob not null);
create table if not exists events (
    case_id text not null, version integer not null, body blob not null, primary key (case_id, version)
) without rowid;
create table if not exists outbox (id text primary key, body blob not null, delivered integer not null default 0);
create index if not exists undelivered on outbox (delivered) where delivered = 0;
"""


class StaleCaseError(Exception):
    """Somebody else wrote the case since it was read. Nothing was written: read it again, decide again."""


class Desk:
    """The cases of one directory: its database ``desk.sqlite``, and its mail in ``Maildir``."""

    def __init__(self, directory: Path, *, process: ec.Process | None = None, hooks: ec.Hooks | None = None) -> None:
        """Open the desk of a directory, or make one there."""
        self.process = ec.Process() if process is None else process
        self.hooks = ec.Hooks() if hooks is None else hooks
        self.maildir = directory / "Maildir"
        for part in ("tmp", "new", "cur"):
            (self.maildir / part).mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(directory / "desk.sqlite", timeout=30)
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def find(self, case_id: str) -> ec.Case | None:
        """Give a case as it is stored."""
        row = self._db.execute("select state from cases where id = ?", (case_id,)).fetchone()
        return None if row is None else _loaded(row[0], ec.Case)

    def open(self, case: ec.Case, *, by: ec.Person, now: datetime) -> ec.Outcome:
        """Open a case. What may be raised: as in ``send``."""
        outcome = self.process.open(self.find(case.id) or case, by=by, now=now)
        self.commit(outcome)
        return outcome

    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        """Do what a command asks for, and tell the hooks.

        Raises:
            CommandRefusedError: the process refuses it; nothing is written.
            StaleCaseError: somebody else was faster; nothing is written.
            LookupError: there is no such case.
        """
        case = self.find(case_id)
        if case is None:
            raise LookupError(f"case_id: there is no case {case_id!r}")
        outcome = self.process.handle(case, command, now=now)
        self.commit(outcome)
        return outcome

    def commit(self, outcome: ec.Outcome) -> None:
        """Write an outcome in one transaction, if the case is still as it was read; then tell the hooks.

        Raises:
            StaleCaseError: it is not; nothing is written.
        """
        case, read = outcome.case, outcome.events[0].version - 1
        with self._db:
            if read:
                statement = "update cases set version = :new, state = :state where id = :id and version = :read"
            else:
                statement = "insert into cases values (:id, :new, :state) on conflict do nothing"
            values = {"id": case.id, "new": case.version, "state": _dumped(case), "read": read}
            if self._db.execute(statement, values).rowcount != 1:
                raise StaleCaseError(f"case {case.id} is not at version {read} any more")
            happened = [(event.case_id, event.version, _dumped(event)) for event in outcome.events]
            self._db.executemany("insert into events values (?, ?, ?)", happened)
            told = [(notification.id, _dumped(notification)) for notification in outcome.notifications]
            self._db.executemany("insert into outbox (id, body) values (?, ?)", told)
        for failure in self.hooks.publish(outcome).failed:
            logging.getLogger("desk").error(
                "hook %s on %s", failure.subscriber, failure.event.id, exc_info=failure.error
            )

    def deliver(self) -> int:
        """Write every mail that waits in the outbox, and give their number.

        A crash in between writes some of them again the next time, over the same files; one that was read and moved to
        ``cur`` meanwhile has the same ``Message-ID``. Nothing waits for the disk: a power failure is not survived.
        """
        delivered = 0
        while rows := self._db.execute("select id, body from outbox where delivered = 0 limit ?", (BATCH,)).fetchall():
            for _, body in rows:
                self._write_mail(_loaded(body, ec.Notification))
            with self._db:
                self._db.executemany("update outbox set delivered = 1 where id = ?", [(key,) for key, _ in rows])
            delivered += len(rows)
        return delivered

    def _write_mail(self, notification: ec.Notification) -> None:
        mail = ec.to_email(ec.render(notification), sender=SENDER, to=_address(notification.to))
        name = hashlib.sha256(notification.id.encode()).hexdigest()  # made of the id alone: a repeat is the same file
        written = self.maildir / "tmp" / name
        written.write_bytes(bytes(mail))
        os.replace(written, self.maildir / "new" / name)  # noqa: PTH105  # Path.replace does the same, slower

    def cases(self) -> Iterator[ec.Case]:
        """Go through all cases, by id."""
        for (state,) in self._db.execute("select state from cases order by id"):
            yield _loaded(state, ec.Case)

    def histories(self) -> Iterator[tuple[events.Event, ...]]:
        """Go through the events of all cases, by id, a case at a time."""
        rows = self._db.execute("select case_id, body from events order by case_id, version")
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield tuple(_loaded(body, events.Event) for _, body in group)

    def outbox(self) -> Iterator[ec.Notification]:
        """Go through everything that was to be told, in the order in which it was written."""
        for (body,) in self._db.execute("select body from outbox order by rowid"):
            yield _loaded(body, ec.Notification)

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        if table not in {"cases", "events", "outbox"}:
            raise ValueError(f"table: must be cases, events or outbox, got {table!r}")
        return int(self._db.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608  # one of the three

    def mails(self) -> int:
        """Count the mail files, read or not."""
        return sum(1 for part in ("new", "cur") for _ in os.scandir(self.maildir / part))


def _dumped(value: object) -> bytes:
    return pickle.dumps(value, protocol=5)


def _loaded(body: bytes, kind: type[T]) -> T:
    value = pickle.loads(body)  # noqa: S301  # only what this desk itself wrote into its own file
    if not isinstance(value, kind):
        raise TypeError(f"body: must be a {kind.__name__}, got {type(value).__name__}")
    return value


def _address(to: ec.Person | ec.Role) -> str:
    """Find an address: the person's own, or what this desk's directory would say."""
    if isinstance(to, ec.Role):
        return f"{_slug(to.value)}@desk.example"
    domain = "customers" if to.role in {ec.Role.CUSTOMER, ec.Role.PARTNER} else "desk"
    return to.email or f"{_slug(to.id)}@{domain}.example"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:60].strip("-") or "nobody"


# The story: what the source document tells of Customer A, and what could have come after it.

_ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@customer-a.example")
_PAUL = ec.Person(id="paul", role=ec.Role.PARTNER, name="Paul", email="paul@partner.example")
_RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita", email="rita@desk.example")
_MAX = ec.Person(id="max", role=ec.Role.ACCOUNT_MANAGER, name="Max", email="max@desk.example")
_DORA = ec.Person(id="dora", role=ec.Role.DEVELOPMENT, name="Dora", email="dora@desk.example")
_MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def _at(day: int, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return _MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


_FIRST = ec.Case(
    id="4711",
    customer="Customer A",
    partner="Partner P",
    requester=_ANA,
    participants=(_ANA, _PAUL, _MAX),
    type=ec.CaseType.PROBLEM,
    impact=ec.BusinessImpact.P2,
    subject="Volume discounts are rounded wrongly",
    description="Our new price lists go live on Monday.",
)
_SECOND = ec.Case(
    id="4712",
    customer="Customer A",
    partner="Partner P",
    requester=_ANA,
    participants=(_ANA, _PAUL, _MAX),
    type=ec.CaseType.EMERGENCY,
    impact=ec.BusinessImpact.P1,
    subject="The discount label is not aligned",
    related=("4711",),
    known_bug_due=date(2026, 4, 1),
)

Scene = tuple[int, str, str, commands.Command | ec.Case]  # day, clock, case, what is wanted; a case: to be opened

_STORY: tuple[Scene, ...] = (
    (0, "09:00", "4711", _FIRST),
    (0, "09:40", "4711", commands.StartDiagnosis(by=_RITA)),
    (1, "10:00", "4711", commands.AddInternalNote(by=_RITA, text="Verified: bug 88. Fix in 3-4 weeks; Ana knows.")),
    (2, "07:45", "4711", commands.Acknowledge(by=_RITA)),
    (
        *(2, "08:00", "4711"),
        commands.DeclareEmergency(by=_ANA, risk=ec.Risk.GO_LIVE, explanation="3-4 weeks? We go live on Monday."),
    ),
    (2, "08:05", "4711", commands.Acknowledge(by=_ANA)),
    (2, "08:10", "4711", commands.ProposeSolution(by=_RITA, summary="Wait for the fix")),
    (2, "08:20", "4711", commands.Acknowledge(by=_RITA)),
    (
        *(2, "09:00", "4711"),
        commands.ReportSideChannelContact(by=_MAX, contacted=_MAX, channel="telephone", note="Ana is upset."),
    ),
    (2, "10:00", "4711", commands.PostUpdate(by=_RITA, message="Dora is on it.", eta=_at(3, "12:00"))),
    (
        *(2, "10:30", "4711"),
        commands.RequestRealTimeCommunication(by=_RITA, channel="https://meet.example/4711", reason="See it together."),
    ),
    (2, "11:30", "4711", commands.EndRealTimeCommunication(by=_RITA)),
    (2, "16:00", "4711", commands.ProposeSolution(by=_RITA, summary="Install the hotfix 88-1.")),
    (2, "16:30", "4711", commands.CloseEscalation(by=_RITA)),
    (2, "17:00", "4711", commands.RejectSolution(by=_PAUL, reason="The hotfix breaks our tax module.")),
    (3, "09:00", "4711", commands.PostUpdate(by=_RITA, message="We look for a way around.", eta=_at(3, "12:00"))),
    (
        *(3, "11:00", "4711"),
        commands.ProposeSolution(by=_RITA, summary="Round in the price import.", kind=ec.SolutionKind.MITIGATION),
    ),
    (3, "11:10", "4711", commands.AcceptSolution(by=_ANA, proposal="4711/10")),
    (3, "11:15", "4711", commands.AcceptSolution(by=_ANA)),
    (3, "11:20", "4711", commands.CloseEscalation(by=_RITA)),
    (3, "12:00", "4711", commands.AcceptSolution(by=_PAUL)),
    (3, "13:00", "4711", commands.CloseEscalation(by=_RITA)),
    (3, "13:10", "4711", commands.ReprioritizeCase(by=_RITA, priority=ec.Priority.HIGH)),
    (
        *(3, "14:00", "4711"),
        commands.AttributeCause(by=_DORA, cause=ec.Cause.SOFTWARE, production=False, explanation="Bug 88."),
    ),
    (3, "16:00", "4711", commands.DebriefStakeholders(by=_RITA, notes="Ana was right to call it an emergency.")),
    (4, "09:00", "4711", commands.SharePostMortem(by=_RITA, document="https://desk.example/pm/4711")),
    (4, "10:00", "4711", commands.HoldPostMortem(by=_RITA, findings="No go-live date was asked for on day one.")),
    (7, "09:00", "4711", commands.SharePostMortem(by=_RITA, document="https://desk.example/pm/4711")),
    (8, "09:00", "4712", _SECOND),
    (
        *(8, "09:20", "4712"),
        commands.CancelEscalation(by=_RITA, reason=ec.CancelReason.MISUSE, explanation="A known bug."),
    ),
    (8, "09:30", "4712", commands.DeclareEmergency(by=_ANA, risk=None, explanation="It is ugly.")),
    (8, "10:00", "4712", commands.StartDiagnosis(by=_RITA)),
    (22, "09:00", "4711", commands.ProposeCaseSolution(by=_RITA)),
    (23, "09:00", "4711", commands.CloseCase(by=_RITA, reason="The fix is in place.")),
)


def story(directory: Path) -> int:
    """Play the story of Customer A, and print what a person wants to see of it."""
    rung: list[str] = []
    refused: list[tuple[datetime, str, ec.CommandRefusedError]] = []
    hooks = ec.Hooks()
    hooks.on(
        events.EscalationStarted, lambda event: rung.append(f"{_when(event.at)}  case {event.case_id}"), name="pager"
    )
    with Desk(directory, hooks=hooks) as desk:
        for day, clock, case_id, wanted in _STORY:
            now = _at(day, clock)
            try:
                if isinstance(wanted, ec.Case):
                    desk.open(wanted, by=wanted.requester, now=now)
                else:
                    desk.send(case_id, wanted, now=now)
            except ec.CommandRefusedError as error:
                refused.append((now, case_id, error))
            desk.deliver()
        _print_timeline(desk)
        _print_refused(refused)
        print("\nWhat looked like misuse when case 4712 was opened (advice to Rita, who decides)")
        for concern in desk.process.policy.concerns(_SECOND):
            print(f"  {concern.kind.value}: {concern.message}")
        print("\nThe pager rang, by a hook after the commit")
        print("\n".join(f"  {line}" for line in rung))
        print("\nWhere it ended")
        for case, history in zip(desk.cases(), desk.histories(), strict=True):
            same = "equal to" if desk.process.replay(history) == case else "NOT EQUAL TO"
            print(f"  {_state(case)}; {same} the replay of its {case.version} events")
        print(f"\nMail: {desk.mails()} files for {desk.count('outbox')} notifications in {desk.maildir / 'new'}")
        print(f"Cases, events and outbox: {directory / 'desk.sqlite'}")
    return 0


def _print_refused(refused: list[tuple[datetime, str, ec.CommandRefusedError]]) -> None:
    print("\nWhat was refused, and why")
    for now, case_id, error in refused:
        print(f"  {_when(now)}  case {case_id}  {error.command.by.name}: {type(error.command).__name__}")
        for refusal in error.refusals:
            print(f"      {refusal.code}: {refusal.message}")


def _print_timeline(desk: Desk) -> None:
    told: dict[str, dict[str, list[str]]] = {}
    for notification in desk.outbox():
        to = notification.to
        name = to.name if isinstance(to, ec.Person) else f"{to.value} team"
        told.setdefault(notification.event_id, {}).setdefault(notification.template.key, []).append(name)
    for history in desk.histories():
        print(f"\nCase {history[0].case_id}: what happened, and who was told")
        for event in history:
            print(f"  {_when(event.at)}  {event.by.name:<5} {_what(event)}")
            for template, names in told.get(event.id, {}).items():
                print(f"      told {', '.join(names)}: {template}")


def _what(event: events.Event) -> str:
    """Name an event, with what was said in it."""
    names = ("explanation", "message", "summary", "reason", "text", "note", "notes", "findings", "document")
    said = [getattr(event, name) for name in names if isinstance(getattr(event, name, None), str)]
    return " - ".join([type(event).__name__, *filter(None, said)])


def _state(case: ec.Case) -> str:
    escalation = case.escalation
    if escalation is None:
        return f"case {case.id} is {case.status.value}, without an escalation"
    settled = "settled" if escalation.settled else "not settled"
    kind = f"{case.type.value}, priority {case.priority.value}"
    return f"case {case.id} ({kind}) is {case.status.value}, its escalation {escalation.status.value}, {settled}"


def _when(instant: datetime) -> str:
    return f"{instant:%a %d %b %H:%M}"


class _Tally:
    """What a replay is asked for afterwards. It grows with the kinds of answers, not with the log."""

    def __init__(self) -> None:
        self.rows = self.accepted = self.refused = self.silent = 0
        self.emitted: Counter[str] = Counter()  # by event
        self.notified: Counter[str] = Counter()  # by audience
        self.unmet: Counter[tuple[str, str]] = Counter()  # by code and command
        self.examples: dict[tuple[str, str], str] = {}
        self.slowest: list[tuple[timedelta, str]] = []

    def accept(self, outcome: ec.Outcome) -> None:
        self.accepted += 1
        self.emitted.update(type(event).__name__ for event in outcome.events)
        self.notified.update(notification.audience.value for notification in outcome.notifications)
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
    """Run a ServiceNow log through the desk, and print a summary; 1 where something was lost.

    Raises:
        ValueError: the file is no such log.
        OSError, EOFError: it cannot be read.
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
    """Do what one row asks for; whatever is refused is written down, and the next is tried."""
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
    """Draw a bar on stderr, by how much of the file is read: in place on a terminal, else a line every tenth."""
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
        statuses[f"case {case.status.value}"] += 1
        if case.escalation is not None:
            statuses[f"escalation {case.escalation.status.value}"] += 1
    print(f"rows read            {tally.rows:>8}")
    print(f"cases                {desk.count('cases'):>8}")
    print(f"emergencies          {tally.emitted['EscalationStarted']:>8}")
    print(f"commands accepted    {tally.accepted:>8}")
    print(f"commands refused     {tally.refused:>8}")
    print(f"closed after silence {tally.silent:>8}  rows by {servicenow.SILENCE!r}; no silence accepts a solution here")
    print("\nRefusals by code and command (a command can fail several rules), with an example")
    for (code, command), number in sorted(tally.unmet.items(), key=lambda item: (item[0][0], -item[1])):
        print(f"  {number:>6}  {code}  {command}\n          {tally.examples[code, command]}")
    _print_counts("Statuses reached in the end", statuses)
    _print_counts("Events", tally.emitted)
    _print_counts("Notifications by audience", tally.notified)
    print("\nSlowest acknowledgements")
    for waited, case_id in tally.slowest:
        print(f"  {waited!s:>20}  {case_id}")


def _print_counts(title: str, counts: Counter[str]) -> None:
    print(f"\n{title}")
    for name, number in sorted(counts.items()):
        print(f"  {number:>6}  {name}")


def _print_proof(desk: Desk, tally: _Tally, heard: Counter[str]) -> bool:
    """Compare what was stored, told and written with what the process gave; True when nothing is lost."""
    pairs = zip(desk.cases(), desk.histories(), strict=True)
    faithful = sum(desk.process.replay(history) == case for case, history in pairs)
    proofs = (
        ("events stored = events emitted", desk.count("events"), tally.emitted.total()),
        ("events heard by a hook = events emitted", heard.total(), tally.emitted.total()),
        ("outbox = notifications", desk.count("outbox"), tally.notified.total()),
        ("mails = notifications", desk.mails(), tally.notified.total()),
        ("cases equal to the replay of their events = cases", faithful, desk.count("cases")),
    )
    print("\nNothing is lost")
    for name, found, expected in proofs:
        print(f"  {'yes' if found == expected else 'NO '}  {name}: {found} = {expected}")
    print(f"\nMail: {desk.maildir / 'new'}")
    return all(found == expected for _, found, expected in proofs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands, and give the exit status."""
    parser = argparse.ArgumentParser(prog="desk.py", description="A small help desk around escalation_core.")
    subparsers = parser.add_subparsers(dest="command", required=True)
    tell = subparsers.add_parser("story", help="play the story of Customer A")
    run = subparsers.add_parser("replay", help="run a ServiceNow incident log (UCI 498) through the desk")
    run.add_argument("log", type=Path, help="a gzipped CSV file")
    for subparser in (tell, run):
        subparser.add_argument("--dir", type=Path, help="a new directory for the desk; a temporary one if not given")
    options = parser.parse_args(arguments)
    directory = Path(tempfile.mkdtemp(prefix="desk-")) if options.dir is None else options.dir
    if (directory / "desk.sqlite").exists():
        parser.error(f"--dir: must be a directory without a desk, got {directory}")
    try:
        return story(directory) if options.command == "story" else replay(options.log, directory)
    except (ValueError, OSError, EOFError) as error:
        print(f"desk.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
