"""Commands that come twice: queues deliver at least once, and people press a button again.

Rule 1: a command is known by its ``command_id``, on one case; a command without one never is.
Rule 2: a case remembers the events of its last ``REMEMBERED`` commands with an id. What it has forgotten is new again.
Rule 3: what a command says is compared by a digest, which stands in its events. When it was sent is no part of it.
Rule 4: of who sent it, id and role count: a record may change between two tries. Other people count as they are given.
Rule 5: nor is a field at its default, so that a later release may add fields without refusing what was sent before.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from hashlib import sha256

from attrs import fields

from escalation_core.case import REMEMBERED, Case, is_of_one_command
from escalation_core.commands import Command
from escalation_core.errors import ReplayError
from escalation_core.event import Event
from escalation_core.fast import copy_case
from escalation_core.people import Person
from escalation_core.values import shown


def digest_of(command: Command) -> str:
    """Give 64 bits of the SHA-256 of what a command says."""
    parts = dict(_parts(command))
    parts["by"] = [command.by.id, command.by.role]
    said = json.dumps([command.name, parts], separators=(",", ":"))
    return sha256(said.encode()).hexdigest()[:16]


def _parts(value: Command | Person) -> Iterator[tuple[str, object]]:
    for part in fields(type(value)):
        content = getattr(value, part.name)
        if part.name != "command_id" and content != part.default:
            yield part.name, _said(content)


def _said(value: object) -> object:
    if isinstance(value, Person):
        return dict(_parts(value))
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return [value.value]  # not the text: a role and its name are two different things to say
    return value


def first_events(case: Case, command_id: str) -> tuple[Event, ...]:
    """Give the events of the command of this id, oldest first; ``()`` when the case does not remember one."""
    return tuple(event for event in case.remembered if event.command_id == command_id)


def remembering(case: Case, event: Event) -> Case:
    """Remember an event that was just folded, and forget the oldest command beyond ``REMEMBERED``.

    Raises:
        ReplayError: a command of this id made other events before.
    """
    kept = case.remembered
    step = [one for one in kept if one.command_id == event.command_id]
    if step and not (step[-1] is kept[-1] and is_of_one_command(step, event)):
        raise ReplayError(f"{event.id}: the command {shown(event.command_id)} was done before")
    ids = list(dict.fromkeys(one.command_id for one in kept))
    if not step and len(ids) >= REMEMBERED:
        last = ids[1 - REMEMBERED :]
        kept = tuple(one for one in kept if one.command_id in last)
    return copy_case(case, remembered=(*kept, event))
