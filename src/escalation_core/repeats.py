"""Commands that come twice: queues deliver at least once, and people press a button again.

Rule 1: a command is known by its ``command_id``, on one case; a command without one never is.
Rule 2: a case remembers the events of its last ``REMEMBERED`` commands with an id. What it has forgotten is new again.
Rule 3: what a command says is compared by a digest, which stands in its events. When it was sent is no part of it.
Rule 4: nor is a field at its default, so that a later release may add fields without refusing what was sent before.
"""

import json
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from hashlib import sha256

from attrs import fields

from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.errors import ReplayError
from escalation_core.event import Event
from escalation_core.people import Person
from escalation_core.values import copier, shown

#: Commands with an id that a case remembers; each has one event, or two.
REMEMBERED = 16

_remembering: Callable[..., Case] = copier(Case, "remembered")


def digest_of(command: Command) -> str | None:
    """Give 64 bits of the SHA-256 of what a command says; None for one without an id."""
    if command.command_id is None:
        return None
    said = json.dumps([command.name, _said(command)], separators=(",", ":"))
    return sha256(said.encode()).hexdigest()[:16]


def _said(value: object) -> object:
    if isinstance(value, Enum):
        return [value.value]  # no text: a role and its name are two things to say
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Command | Person):
        parts = [(part, getattr(value, part.name)) for part in fields(type(value)) if part.name != "command_id"]
        return [(part.name, _said(content)) for part, content in parts if content != part.default]
    return value


def first_events(case: Case, command: Command) -> tuple[Event, ...]:
    """Give the events of the command of this id, oldest first; ``()`` when the case does not remember one."""
    if command.command_id is None:
        return ()
    return tuple(event for event in case.remembered if event.command_id == command.command_id)


def remembering(case: Case, event: Event) -> Case:
    """Remember an event that was just folded, and forget the oldest command beyond ``REMEMBERED``.

    Raises:
        ReplayError: a command of this id made other events before.
    """
    kept = case.remembered
    ids = list(dict.fromkeys(one.command_id for one in kept))
    if event.command_id in ids:
        if not _of_one_command(kept[-1], event):
            raise ReplayError(f"{event.id}: the command {shown(event.command_id)} was done before")
    elif len(ids) == REMEMBERED:
        kept = tuple(one for one in kept if one.command_id != ids[0])
    return _remembering(case, remembered=(*kept, event))


def _of_one_command(first: Event, second: Event) -> bool:
    same = (first.command_id, first.command_digest) == (second.command_id, second.command_digest)
    return same and first.version + 1 == second.version and type(first) is not type(second)
