"""The stored fields of each class, and their names.

Rule 1: the parts of a timing omit fields at their default. The defaults are part of the stored format, so a changed
default requires a new version of every type that contains a timing.
Rule 2: permissions are a mapping from the name of a command to its roles; a command at its default is omitted.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, get_args

from attrs import NOTHING, AttrsInstance, fields, fields_dict, has

from escalation_core.calendars import Calendar
from escalation_core.codec.names import NAMES
from escalation_core.commands import Command
from escalation_core.people import Person, Role
from escalation_core.policy import Permissions, Policy
from escalation_core.table import TABLE
from escalation_core.timing import CadenceStep, Rung, Timing
from escalation_core.working_hours import WorkingHours

#: Unions are written as an object whose one key names the member of the union.
UNIONS: tuple[tuple[Any, dict[str, type]], ...] = (
    (Person | Role, {"person": Person, "role": Role}),
    (Person | Role | str, {"person": Person, "role": Role, "text": str}),
)
#: Classes that omit fields at their default.
OMITTING = frozenset({Timing, Rung, CadenceStep, Calendar, WorkingHours})
#: Fields that are not stored: the rules of a policy are functions.
LEFT_OUT: dict[type, frozenset[str]] = {Policy: frozenset({"rules"})}

#: Commands whose roles a policy chooses, by name.
GRANTABLE: Mapping[str, type[Command]] = {entry.command.name: entry.command for entry in TABLE if entry.within}


def stored_fields(kind: type[AttrsInstance]) -> tuple[str, ...]:
    """Return the names of the fields of a class that are stored, in their order."""
    left_out = LEFT_OUT.get(kind, frozenset())
    return tuple(field.name for field in fields(kind) if field.init and field.name not in left_out)


def required_fields(kind: type[AttrsInstance]) -> tuple[str, ...]:
    """Return the names of the fields that every stored value of a class has."""
    optional = {field.name for field in fields(kind) if kind in OMITTING and field.default is not NOTHING}
    return tuple(name for name in stored_fields(kind) if name not in optional)


def enumerations() -> frozenset[type[Enum]]:
    """Return every enumeration that a stored value contains."""
    waiting: list[Any] = list(NAMES)
    found = set[Any]()
    while waiting:
        asked = waiting.pop()
        if asked not in found:
            found.add(asked)
            waiting += get_args(asked)
            waiting += [fields_dict(asked)[name].type for name in stored_fields(asked)] if has(asked) else ()
    return frozenset(kind for kind in found if isinstance(kind, type) and issubclass(kind, Enum))


def key_of(member: Enum) -> str:
    """Return the stored text of a member of an enumeration."""
    return str(member.value)


def granted(permissions: Permissions) -> dict[str, frozenset[Role]]:
    """Return the roles of each command, by its name, that differ from the default."""
    return {command.name: roles for command, roles in permissions.granted.items()}


def permissions_of(roles: dict[str, frozenset[Role]]) -> Permissions:
    """Return permissions with these roles, by the name of the command, and the default for every other command."""
    return Permissions(granted={GRANTABLE[name]: granted_to for name, granted_to in roles.items()})
