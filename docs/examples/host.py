"""A host of ``escalation_core`` on the standard library: SQLite, an outbox, a scheduler's tick and a Maildir.

Rule 1: a case, its events and its notifications are written in one transaction, or not at all.
Rule 2: notifications are delivered, and hooks run, after the commit. A notification is delivered at least once, with a
stable id.
Rule 3: the desk decides nothing about the process. It asks the library and stores the answer.
Rule 4: the instant of the next deadline is a column of the case, so a tick reads only the cases that are due.
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
BATCH = 1000  #: Number of mails in one transaction of the outbox.

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
    """The case was changed after it was read, so nothing was written. Read the case again and repeat the command."""


class Desk:
    """The cases of one directory: its database ``desk.sqlite``, and its mail in ``Maildir``."""

    def __init__(self, directory: Path, *, process: ec.Process | None = None, hooks: ec.Hooks | None = None) -> None:
        """Open the desk of a directory. A directory without a desk gets a new one."""
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
        """Return the instant from which a tick changes this case, or None if no tick does."""
        row = self._db.execute("select next_due from cases where id = ?", (case_id,)).fetchone()
        return None if row is None or row[0] is None else _EPOCH + row[0] * timedelta.resolution

    def find(self, case_id: str) -> ec.Case | None:
        """Return a stored case, or None if there is no such case."""
        row = self._db.execute("select state from cases where id = ?", (case_id,)).fetchone()
        return None if row is None else self._read(case_id, row[0])

    def _read(self, case_id: str, state: str) -> ec.Case:
        """Return a case from its snapshot, or from its events if the snapshot is damaged or has other tables."""
        try:
            return codec.from_snapshot_json(state)
        except codec.CodecError as error:
            logging.getLogger("desk").warning("case %s is rebuilt from its events: %s", case_id, error)
        rows = self._db.execute("select body from events where case_id = ? order by version", (case_id,))
        return self.process.replay([codec.from_json(body, events.Event) for (body,) in rows.fetchall()])

    def open(self, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str | None = None) -> ec.Outcome:
        """Return the outcome of opening a case, after it is stored. Errors: as in ``send``, except ``LookupError``."""
        recorded = self._recorded(case.id, command_id)
        stored = self.find(case.id)
        outcome = self.process.open(case, by=by, now=now, command_id=command_id, stored=stored, recorded=recorded)
        self.commit(outcome)
        return outcome

    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        """Return the outcome of a command, after it is stored and published. A repeated command has no second effect.

        Raises:
            CommandRefusedError: the process refuses the command; nothing is written.
            StaleCaseError: another writer changed the case in the meantime; nothing is written.
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
        """Return the stored events of a command. Call this before reading the case, which must not be older."""
        asked = "select body from events where case_id = ? and command_id = ? order by version"
        rows = self._db.execute(asked, (case_id, command_id)).fetchall()
        return [codec.from_json(body, events.Event) for (body,) in rows]

    def commit(self, outcome: ec.Outcome) -> None:
        """Write an outcome in one transaction and publish its events after the commit.

        A repeated outcome is already stored, so nothing is written.

        Raises:
            StaleCaseError: the case was changed after it was read; nothing is written.
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
        """Return the earliest instant from which a tick changes a case, or None if no tick does."""
        due = self._db.execute("select min(next_due) from cases where next_due is not null").fetchone()[0]
        return None if due is None else _EPOCH + due * timedelta.resolution

    def tick(self, *, now: datetime) -> int:
        """Return the number of changed cases, after storing the reminders that are due.

        It may be called at any time. Two calls at once, or a late call after a restart, lose and repeat no reminder.
        """
        asked = "select id from cases where next_due <= ? order by next_due"
        waiting = self._db.execute(asked, (microseconds(now),)).fetchall()
        return sum(self._tick(case_id, now) for (case_id,) in waiting)

    def _tick(self, case_id: str, now: datetime) -> bool:
        """Whether reminders of one case were stored. A case that cannot be read is logged, and the tick continues."""
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
        except StaleCaseError:  # another writer changed the case in the meantime: try again
            return self._tick(case_id, now)
        return True

    def deliver(self) -> int:
        """Return the number of mails that were written from the outbox. A mail that could not be written stays pending.

        After a crash, some mails are written again, to the same files. If such a mail was moved to ``cur`` before, both
        have the same ``Message-ID``. The files are not synced to the disk, so a power failure can lose mails.
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
        """Whether one mail could be written. A failure is logged, and the delivery continues."""
        try:
            self._write_mail(codec.from_json(body, ec.Notification))
        except (OSError, codec.CodecError):
            logging.getLogger("desk").exception("notification %s cannot be delivered", key)
            return False
        return True

    def _write_mail(self, notification: ec.Notification) -> Path:
        """Return the file of a mail, after writing it."""
        mail = ec.to_email(ec.render(notification), sender=SENDER, to=_address(notification.to))
        name = hashlib.sha256(notification.id.encode()).hexdigest()  # only the id counts: a repeat is the same file
        written = self.maildir / "tmp" / name
        written.write_bytes(bytes(mail))
        os.replace(written, self.maildir / "new" / name)  # noqa: PTH105  # Path.replace is slower
        return self.maildir / "new" / name

    def cases(self) -> Iterator[ec.Case]:
        """Yield all cases, ordered by id."""
        for case_id, state in self._db.execute("select id, state from cases order by id"):
            yield self._read(case_id, state)

    def histories(self) -> Iterator[tuple[events.Event, ...]]:
        """Yield the histories of all cases, ordered by id."""
        rows = self._db.execute("select case_id, body from events order by case_id, version")
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield tuple(codec.from_json(body, events.Event) for _, body in group)

    def outbox(self) -> Iterator[ec.Notification]:
        """Yield all notifications, in the order in which they were stored."""
        for (body,) in self._db.execute("select body from outbox order by rowid"):
            yield codec.from_json(body, ec.Notification)

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        if table not in {"cases", "events", "outbox"}:
            raise ValueError(f"table: must be cases, events or outbox, got {table!r}")
        return int(self._db.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608  # the name was checked

    def mails(self) -> int:
        """Return the number of mail files, read or unread."""
        return sum(1 for part in ("new", "cur") for _ in os.scandir(self.maildir / part))


def microseconds(instant: datetime | None) -> int | None:
    """Return an instant as the column ``next_due`` stores it, in microseconds since 1970."""
    return None if instant is None else (instant - _EPOCH) // timedelta.resolution


def _address(to: ec.Person | ec.Role) -> str:
    """Return the mail address of a person or a role. Addresses that are missing are invented for the example."""
    if isinstance(to, ec.Role):
        return f"{_slug(to.value)}@desk.example"
    domain = "customers" if to.role in {ec.Role.CUSTOMER, ec.Role.PARTNER} else "desk"
    return to.email or f"{_slug(to.id)}@{domain}.example"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:60].strip("-") or "nobody"
