"""A check of the database of a desk: every case is replayed and compared with its stored snapshot."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from host import microseconds

import escalation_core as ec
from escalation_core import codec, events

T = TypeVar("T")


def verify(database: Path) -> int:
    """Return 1 if a database has a problem, otherwise 0; print each problem, and change nothing.

    Raises:
        sqlite3.DatabaseError: the file is not the database of a desk.
    """
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
        damages = 0
        for damage in _damages(opened):
            damages += 1
            print(damage)
        tables = ("cases", "events", "outbox")
        counts = [opened.execute(f"select count(*) from {table}").fetchone()[0] for table in tables]  # noqa: S608  # fixed names
    print("{} cases, {} events, {} notifications: ".format(*counts), end="")
    print(f"{damages} problems" if damages else "no problems")
    return 1 if damages else 0


def _damages(database: sqlite3.Connection) -> Iterator[str]:
    for case_id, version, due, state in database.execute("select id, version, next_due, state from cases order by id"):
        yield from _damages_of(database, case_id, (version, due), state)
    strays = "select distinct case_id from events where case_id not in (select id from cases)"
    for (case_id,) in database.execute(strays):
        yield f"case {case_id}: it has events but no snapshot"
    for key, body in database.execute("select id, body from outbox order by rowid"):
        told = _read(codec.from_json, body, ec.Notification)
        if isinstance(told, codec.CodecError):
            yield f"notification {key}: {told}"
        elif told.id != key:
            yield f"notification {key}: its id is {told.id}"


def _damages_of(
    database: sqlite3.Connection, case_id: str, columns: tuple[int, int | None], state: str
) -> Iterator[str]:
    history: list[events.Event] = []
    rows = database.execute("select version, body from events where case_id = ? order by version", (case_id,))
    for number, body in rows:
        event = _read(codec.from_json, body, events.Event)
        if isinstance(event, codec.CodecError):
            yield f"event {case_id}/{number}: {event}"
        else:
            history.append(event)
    process = ec.Process()
    try:
        replayed = process.replay(history)
    except ec.ReplayError as error:
        yield f"case {case_id}: its history is damaged: {error}"
        return
    try:
        same = codec.from_snapshot_json(state) == replayed
    except codec.CodecError as error:
        yield f"case {case_id}: its snapshot is damaged: {error}"
        return
    if not same or replayed.id != case_id:
        yield f"case {case_id}: its snapshot differs from its events"
    if columns != (replayed.version, microseconds(process.next_due(replayed))):
        yield f"case {case_id}: its column version or next_due differs from its events"


def _read(read: Callable[[str, type[T]], T], body: str, kind: type[T]) -> T | codec.CodecError:
    try:
        return read(body, kind)
    except codec.CodecError as error:
        return error
