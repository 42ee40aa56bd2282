"""The fields that all events have."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from escalation_core.checks import Identifier, digest, must_be
from escalation_core.people import Person
from escalation_core.values import Value, frozen

if TYPE_CHECKING:
    from attrs import Attribute


def command_digest(event: "Event", attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but a digest beside a command id, or None without a command id."""
    if value is not None:
        digest(event, attribute, value)
    if (value is None) is not (event.command_id is None):
        raise ValueError(must_be(attribute.name, "set if and only if there is a command_id", value))


CommandDigest = Annotated[str | None, command_digest]


@frozen(kw_only=True)
class Event(Value):
    """One fact in the history of a case."""

    name: ClassVar[str]  #: The stable name under which the event is stored and sent, since classes may be renamed.

    case_id: Identifier
    version: int  #: 1, 2, 3 … per case.
    at: datetime  #: Aware instant.
    by: Person
    command_id: Identifier | None = None  #: The host's key of the command.
    command_digest: CommandDigest = None  #: The digest of the command; see ``deduplication``.

    @property
    def id(self) -> str:
        """The event's key, unique over all cases: ``case_id/version``."""
        return f"{self.case_id}/{self.version}"


class CaseEvent(Event):
    """A fact about the case, with or without an escalation."""

    __slots__ = ()


class EscalationEvent(Event):
    """A fact about the escalation of the case."""

    __slots__ = ()
