"""A host around ``escalation_core`` on the standard library: SQLite, an outbox, a ticker, and a Maildir.

Rule 1: a case, what happened to it and who must hear of it are written in one transaction, or not at all.
Rule 2: nobody is told before the commit. What is committed is told at least once, and recognized when told again.
Rule 3: the desk never decides whether something may happen. It asks, and writes down the answer.
Rule 4: when something is due next stands beside the case, so that a tick reads those cases alone that it is for.
"""

import hashlib
import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Self, TypeVar

import escalation_core as ec
from escalation_core import codec, commands, events

T = TypeVar("T")

SENDER = "support@desk.example"
BATCH = 1000  #: Mails per transaction of the outbox.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists cases (
    id text primary key, version integer not null, next_due integer, state text not null
);
create index if not exists due on cases (next_due) where next_due is not null;
create table if not exists events (
    case_id text not null, version integer not null, command_id text, body text not null,
    primary key (case_id, version)
) without rowid;
create index if not exists commands on events (case_id, command_id) where command_id is not null;
create table if not exists outbox (id text primary key, body text not null, delivered integer not null default 0);
create index if not exists undelivered on outbox (delivered) where delivered = 0;
"""
_UPDATE = """
update cases set version = :new, next_due = :due, state = :state where id = :id and version = :read
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

    def due(self, case_id: str) -> datetime | None:
        """Give the instant from which time has something to say in a case, if it has."""
        row = self._db.execute("select next_due from cases where id = ?", (case_id,)).fetchone()
        return None if row is None or row[0] is None else _EPOCH + row[0] * timedelta.resolution

    def find(self, case_id: str) -> ec.Case | None:
        """Give a case as it is stored."""
        row = self._db.execute("select state from cases where id = ?", (case_id,)).fetchone()
        return None if row is None else self._read(case_id, row[0])

    def _read(self, case_id: str, state: str) -> ec.Case:
        """Read a case by its state, or by its events where the state is damaged or made under other rules."""
        try:
            return codec.from_snapshot_json(state)
        except codec.CodecError as error:
            logging.getLogger("desk").warning("case %s is read by its events: %s", case_id, error)
        rows = self._db.execute("select body from events where case_id = ? order by version", (case_id,))
        return self.process.replay([codec.from_json(body, events.Event) for (body,) in rows.fetchall()])

    def open(self, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str | None = None) -> ec.Outcome:
        """Open a case. What may be raised: as in ``send``."""
        recorded = self._recorded(case.id, command_id)
        stored = self.find(case.id)
        outcome = self.process.open(case, by=by, now=now, command_id=command_id, stored=stored, recorded=recorded)
        self.commit(outcome)
        return outcome

    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        """Do what a command asks for, and tell the hooks; one that comes twice is done once, and told once.

        Raises:
            CommandRefusedError: the process refuses it; nothing is written.
            StaleCaseError: somebody else was faster; nothing is written.
            LookupError: there is no such case.
        """
        recorded = self._recorded(case_id, command.command_id)
        case = self.find(case_id)
        if case is None:
            raise LookupError(f"case_id: there is no case {case_id!r}")
        outcome = self.process.handle(case, command, now=now, recorded=recorded)
        self.commit(outcome)
        return outcome

    def _recorded(self, case_id: str, command_id: str | None) -> list[events.Event]:
        """Return the stored events of a command; read them before the case, which must not be older than they are."""
        asked = "select body from events where case_id = ? and command_id = ? order by version"
        rows = self._db.execute(asked, (case_id, command_id)).fetchall()
        return [codec.from_json(body, events.Event) for (body,) in rows]

    def commit(self, outcome: ec.Outcome) -> None:
        """Write an outcome in one transaction, if the case is still as it was read; then tell the hooks.

        One that is repeated stands written already.

        Raises:
            StaleCaseError: it is not; nothing is written.
        """
        if outcome.repeated:
            return
        with self._db:
            self._write(outcome)
        self._publish(outcome)

    def _write(self, outcome: ec.Outcome) -> None:
        case, read = outcome.case, outcome.events[0].version - 1
        statement = _UPDATE if read else "insert into cases values (:id, :new, :due, :state) on conflict do nothing"
        due = microseconds(self.process.next_due(case))
        values = {"id": case.id, "new": case.version, "due": due, "state": codec.to_snapshot_json(case), "read": read}
        if self._db.execute(statement, values).rowcount != 1:
            raise StaleCaseError(f"case {case.id} is not at version {read} any more")
        happened = [(event.case_id, event.version, event.command_id, codec.to_json(event)) for event in outcome.events]
        self._db.executemany("insert into events values (?, ?, ?, ?)", happened)
        told = [(notification.id, codec.to_json(notification)) for notification in outcome.notifications]
        self._db.executemany("insert into outbox (id, body) values (?, ?)", told)

    def _publish(self, outcome: ec.Outcome) -> None:
        for failure in self.hooks.publish(outcome).failed:
            logging.getLogger("desk").error(
                "hook %s on %s", failure.subscriber, failure.event.id, exc_info=failure.error
            )

    def next_due(self) -> datetime | None:
        """Give the instant of the next tick that has something to do."""
        due = self._db.execute("select min(next_due) from cases where next_due is not null").fetchone()[0]
        return None if due is None else _EPOCH + due * timedelta.resolution

    def tick(self, *, now: datetime) -> int:
        """Do what time has caused up to now, and give the number of cases in which it caused something.

        Call it as often as you like: twice at once, or late after a restart, loses nothing and tells nobody twice.
        """
        asked = "select id from cases where next_due <= ? order by next_due"
        waiting = self._db.execute(asked, (microseconds(now),)).fetchall()
        return sum(self._tick(case_id, now) for (case_id,) in waiting)

    def _tick(self, case_id: str, now: datetime) -> bool:
        """Do what time has caused in one case; one that cannot be read keeps nobody else waiting."""
        try:
            case = self.find(case_id)
            outcome = None if case is None else self.process.due(case, now=now)
        except (codec.CodecError, ec.ReplayError):
            logging.getLogger("desk").exception("case %s cannot be read", case_id)
            return False
        if outcome is None or not outcome.events:
            return False
        try:
            self.commit(outcome)
        except StaleCaseError:  # somebody else wrote it meanwhile: ask again
            return self._tick(case_id, now)
        return True

    def deliver(self) -> int:
        """Write every mail that waits in the outbox, and give their number; one that cannot be written goes on waiting.

        A crash in between writes some of them again the next time, over the same files; one that was read and moved to
        ``cur`` meanwhile has the same ``Message-ID``. Nothing waits for the disk: a power failure is not survived.
        """
        delivered = last = 0
        asked = "select rowid, id, body from outbox where delivered = 0 and rowid > ? order by rowid limit ?"
        while rows := self._db.execute(asked, (last, BATCH)).fetchall():
            written = [(key,) for _, key, body in rows if self._is_written(key, body)]
            with self._db:
                self._db.executemany("update outbox set delivered = 1 where id = ?", written)
            delivered += len(written)
            last = rows[-1][0]
        return delivered

    def _is_written(self, key: str, body: str) -> bool:
        """Write one mail; whatever is wrong with it keeps no other waiting."""
        try:
            self._write_mail(codec.from_json(body, ec.Notification))
        except (OSError, codec.CodecError):
            logging.getLogger("desk").exception("notification %s cannot be delivered", key)
            return False
        return True

    def _write_mail(self, notification: ec.Notification) -> Path:
        """Write a mail, and give its file."""
        mail = ec.to_email(ec.render(notification), sender=SENDER, to=_address(notification.to))
        name = hashlib.sha256(notification.id.encode()).hexdigest()  # made of the id alone: a repeat is the same file
        written = self.maildir / "tmp" / name
        written.write_bytes(bytes(mail))
        os.replace(written, self.maildir / "new" / name)  # noqa: PTH105  # Path.replace does the same, slower
        return self.maildir / "new" / name

    def cases(self) -> Iterator[ec.Case]:
        """Go through all cases, by id."""
        for case_id, state in self._db.execute("select id, state from cases order by id"):
            yield self._read(case_id, state)

    def histories(self) -> Iterator[tuple[events.Event, ...]]:
        """Go through the events of all cases, by id, a case at a time."""
        rows = self._db.execute("select case_id, body from events order by case_id, version")
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield tuple(codec.from_json(body, events.Event) for _, body in group)

    def outbox(self) -> Iterator[ec.Notification]:
        """Go through everything that was to be told, in the order in which it was written."""
        for (body,) in self._db.execute("select body from outbox order by rowid"):
            yield codec.from_json(body, ec.Notification)

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        if table not in {"cases", "events", "outbox"}:
            raise ValueError(f"table: must be cases, events or outbox, got {table!r}")
        return int(self._db.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608  # one of the three

    def mails(self) -> int:
        """Count the mail files, read or not."""
        return sum(1 for part in ("new", "cur") for _ in os.scandir(self.maildir / part))


def microseconds(instant: datetime | None) -> int | None:
    """Give an instant as the column of the next tick has it: microseconds since 1970."""
    return None if instant is None else (instant - _EPOCH) // timedelta.resolution


def _address(to: ec.Person | ec.Role) -> str:
    """Find an address: the person's own, or what this desk's directory would say."""
    if isinstance(to, ec.Role):
        return f"{_slug(to.value)}@desk.example"
    domain = "customers" if to.role in {ec.Role.CUSTOMER, ec.Role.PARTNER} else "desk"
    return to.email or f"{_slug(to.id)}@{domain}.example"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:60].strip("-") or "nobody"
