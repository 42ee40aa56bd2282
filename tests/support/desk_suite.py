"""The adapter between ``HostSuite`` and the example desk: it marks every statement of every transaction."""

import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from host import Desk

import escalation_core as ec
from escalation_core import commands
from escalation_core.events import Event
from escalation_core.testing.hosts import HostSuite, Probe

#: A directory in memory, used if it exists, since these tests need no disk.
_MEMORY = Path("/dev/shm")  # noqa: S108  # each test has its own directory in it


class DeskSuite(HostSuite[Path, Desk]):
    """An adapter for any class of desks, ``kind``, with a mark at each statement."""

    kind: type[Desk] = Desk

    @contextmanager
    def storage(self) -> Generator[Path]:
        with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as directory:
            yield Path(directory)

    @contextmanager
    def host(self, storage: Path, probe: Probe) -> Generator[Desk]:
        desk = self.kind(storage, process=probe.process, hooks=probe.hooks)
        connection: sqlite3.Connection = vars(desk)["_db"]
        write_mail = desk._write_mail  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the desk's own mailer
        connection.execute("pragma busy_timeout = 0")  # a writer that waits for another would wait forever here

        def send_mail(notification: ec.Notification) -> Path:
            path = write_mail(notification)
            probe.transport(notification, key=message_from_bytes(path.read_bytes())["Message-ID"])
            return path

        vars(desk).update(_db=_Marked(connection, probe.step), _write_mail=send_mail)
        try:
            yield desk
        finally:
            connection.close()  # discards uncommitted changes

    def open(self, host: Desk, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str) -> ec.Outcome:
        return host.open(case, by=by, now=now, command_id=command_id)

    def send(self, host: Desk, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        return host.send(case_id, command, now=now)

    def tick(self, host: Desk, *, now: datetime) -> int:
        return host.tick(now=now)

    def deliver(self, host: Desk) -> int:
        return host.deliver()

    def find(self, host: Desk, case_id: str) -> ec.Case | None:
        return host.find(case_id)

    def events(self, host: Desk, case_id: str) -> tuple[Event, ...]:
        return next((history for history in host.histories() if history[0].case_id == case_id), ())


class _Marked:
    """A connection that marks a step before each statement and each commit."""

    def __init__(self, connection: sqlite3.Connection, step: Callable[[str], None]) -> None:
        self._connection = connection
        self._step = step

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:  # noqa: ANN401  # as in sqlite3
        self._step(f"before {' '.join(statement.split())[:40]}")
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Any]) -> None:
        for row in rows:
            self.execute(statement, row)

    def __enter__(self) -> None:
        self._connection.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._step("before the commit" if kind is None else "before the rollback")
        self._connection.__exit__(kind, error, trace)
