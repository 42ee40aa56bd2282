"""What all events have."""

import re
from datetime import datetime
from typing import Any, ClassVar

from attrs import Attribute, field, frozen
from attrs.validators import optional

from escalation_core.people import Person
from escalation_core.values import a, identifier, in_utc, instant, must_be, whole_number

COMMAND_DIGEST = "[0-9a-f]{16}"


def digest(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse anything but the digest of a command."""
    if not isinstance(value, str):
        raise TypeError(must_be(attribute.name, "a str", value))
    if not re.fullmatch(COMMAND_DIGEST, value):
        raise ValueError(must_be(attribute.name, "16 hexadecimal digits", value))


def command_digest(event: "Event", attribute: "Attribute[Any]", value: object) -> None:
    """Refuse anything but the digest of a command, a digest without a command's id, and an id without a digest."""
    if value is not None:
        digest(event, attribute, value)
    if (value is None) is not (event.command_id is None):
        raise ValueError(must_be(attribute.name, "there exactly where there is a command_id", value))


@frozen(kw_only=True, weakref_slot=False)
class Event:
    """One fact in the history of a case."""

    name: ClassVar[str]  #: The name of its stored type, without the version; it stays if the class is renamed.

    case_id: str = field(validator=identifier)
    version: int = field(validator=whole_number)  #: 1, 2, 3 … per case.
    at: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.
    by: Person = field(validator=a(Person))
    command_id: str | None = field(default=None, validator=optional(identifier))  #: The host's key of the command.
    command_digest: str | None = field(default=None, validator=command_digest)  #: See ``deduplication``.

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
