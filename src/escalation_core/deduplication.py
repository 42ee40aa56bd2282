"""Deduplication of commands: queues deliver at least once, and people press a button twice.

Rule 1: a command is identified by its ``command_id`` on one case. A command without an id is always new.
Rule 2: a case remembers its last ``REMEMBERED`` commands with an id. For an older id, the host passes ``recorded``, the
stored events of that id. Without these events, the library treats an older id as a new one.
Rule 3: two commands with one id are the same if their digests are equal. The events of a command contain its digest.
Rule 4: the digest covers every field except ``command_id`` and fields at their default, so that a later release may
add fields. Of the sender, it covers id and role only, since a name or an address may change between two attempts.
Rule 5: the second half of the digest of ``OpenCase`` covers the case as described. ``handle`` gets no description of a
case that is open already, and compares the first half.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from typing import cast

from attrs import fields, frozen

from escalation_core.case import REMEMBERED, Case, Remembered
from escalation_core.checks import must_be, shown
from escalation_core.commands import Command, OpenCase
from escalation_core.errors import ReplayError
from escalation_core.events.base import Event
from escalation_core.fast import copy_case, maker
from escalation_core.people import Person, Role
from escalation_core.table import TABLE

_make_entry = maker(Remembered)

_HALF = 8  #: The number of digits in each half of a digest of ``OpenCase``.
#: Events that follow the first event of a command.
_SECOND_EVENTS = frozenset(event for entry in TABLE for event in entry.events[1:])


@frozen(kw_only=True, eq=False, repr=False)
class Earlier:
    """An earlier command with the same id."""

    versions: tuple[int, ...]  #: The versions of its events.
    same: bool  #: Whether the digests are equal. Otherwise the id was used for another command.


def earlier(
    case: Case, command: Command, recorded: Iterable[Event] = (), *, described: Case | None = None
) -> Earlier | None:
    """Return the earlier command with this id on this case, or None for a new command.

    Args:
        case: as the host stored it.
        command: the command that was sent.
        recorded: the stored events of this ``command_id``; used only if the case does not remember the id.
        described: the case as described, for an ``OpenCase`` of a case that is open already.

    Raises:
        TypeError: ``recorded`` contains something that is not an event.
        ValueError: ``recorded`` contains an event of another case, of another command id, or of a version that the
            case has not reached.
    """
    found = _checked(case, command, recorded)
    if command.command_id is None or case.version == 0:
        return None
    for entry in case.remembered:
        if entry.command_id == command.command_id:
            versions = tuple(range(entry.first_version, entry.last_version + 1))
            return Earlier(versions=versions, same=_is_same(command, entry.digest, versions[0], described))
    if not found:
        return None
    same = [one for one in found if _is_same(command, one.command_digest, one.version, described)]
    return Earlier(versions=tuple(one.version for one in same or found), same=bool(same))


def _checked(case: Case, command: Command, recorded: Iterable[Event]) -> tuple[Event, ...]:
    if not isinstance(recorded, Iterable):
        raise TypeError(must_be("recorded", "events of this library", recorded))
    found = tuple(recorded)
    for event in found:
        if not isinstance(event, Event):
            raise TypeError(must_be("recorded", "events of this library", event))
        if event.case_id != case.id:
            raise ValueError(must_be("recorded", f"events of case {shown(case.id)}", event.case_id))
        if command.command_id is None or event.command_id != command.command_id:
            raise ValueError(must_be("recorded", f"events of command {shown(command.command_id)}", event.command_id))
        if event.version > case.version:
            raise ValueError(must_be("recorded", f"events up to version {case.version}", event.version))
    return found


def _is_same(command: Command, digest: str | None, version: int, described: Case | None) -> bool:
    if type(command) is not OpenCase:
        return digest == _content(command)
    if described is None:
        return version == 1 and str(digest).startswith(_content(command)[:_HALF])
    return described.version == 0 and digest == digest_of(command, described)


def digest_of(command: Command, described: Case) -> str:
    """Return 64 bits of the SHA-256 of the content of a command, as 16 hexadecimal digits.

    Args:
        command: the command.
        described: the case as described; part of the content of ``OpenCase``, and ignored for every other command.
    """
    content = _content(command)
    return content[:_HALF] + _hashed(dict(_parts(described)))[:_HALF] if type(command) is OpenCase else content


def _content(command: Command) -> str:
    parts = dict(_parts(command))
    parts["by"] = [command.by.id, command.by.role]
    return _hashed([command.name, parts])


def _hashed(content: object) -> str:
    return sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()[:16]


def _parts(value: Command | Case | Person) -> Iterator[tuple[str, object]]:
    for part in fields(type(value)):
        content = getattr(value, part.name)
        if part.name != "command_id" and content != part.default:
            yield part.name, _plain(content)


def _plain(value: object) -> object:
    if isinstance(value, Person):
        return {**dict(_parts(value)), "role": value.role}
    if isinstance(value, tuple):
        return [_plain(member) for member in cast("tuple[object, ...]", value)]
    if isinstance(value, date):
        return value.isoformat()
    return [value] if isinstance(value, Role) else value  # a list: a contacted role is not the text of its name


def remembering(case: Case, event: Event) -> Case:
    """Return the case with an entry for the command of an event that was just folded, and its last other entries.

    Raises:
        ReplayError: an earlier event that was not part of the same step has the same command id.
    """
    if event.command_id is None or event.command_digest is None:
        return case
    kept, first = case.remembered, event.version
    if kept and kept[-1].command_id == event.command_id and _continues(kept[-1], event):
        kept, first = kept[:-1], kept[-1].first_version
    elif any(entry.command_id == event.command_id for entry in kept):
        raise ReplayError(f"{event.id}: the command {shown(event.command_id)} was accepted before")
    entry = _make_entry(
        command_id=event.command_id, digest=event.command_digest, first_version=first, last_version=event.version
    )
    return copy_case(case, remembered=(*kept[1 - REMEMBERED :], entry))


def _continues(last: Remembered, event: Event) -> bool:
    """Whether an event is the second event of the command that was remembered last."""
    follows = last.first_version == last.last_version == event.version - 1
    return follows and last.digest == event.command_digest and type(event) in _SECOND_EVENTS
