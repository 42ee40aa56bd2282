"""Names of stored types: a stable name with the version that this library writes, such as ``case.opened/1``.

Rule 1: the name of an event or command is its attribute ``name``. It is never given to another type, and does not
change if the class is renamed.
Rule 2: a type gets the next version if a reader of the old one could not read the new one; see
``docs/stored-format.md``.
"""

from collections.abc import Iterator
from types import MappingProxyType

from escalation_core.case import Case
from escalation_core.notifications.notification import Notification
from escalation_core.policy import Policy
from escalation_core.table import COMMANDS, EVENTS

#: The versions above 1, by name.
_VERSIONS: dict[str, int] = {}


def _named() -> Iterator[tuple[type, str]]:
    yield from ((Case, "case"), (Notification, "notification"), (Policy, "policy"))
    yield from ((event, event.name) for event in EVENTS)
    yield from ((command, f"command.{command.name}") for command in COMMANDS)


NAMES: MappingProxyType[type, str] = MappingProxyType(
    {kind: f"{name}/{_VERSIONS.get(name, 1)}" for kind, name in _named()}
)
KINDS: MappingProxyType[str, type] = MappingProxyType({name: kind for kind, name in NAMES.items()})
