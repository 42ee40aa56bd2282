"""Notifications: one mail to one recipient about one event, as data that a host can store before it sends the mail.

Rule 1: a notification has a value for each field of its mail, and no other value.
Rule 2: an id consists of the event, the recipient and the template, so that a repeated delivery is recognized.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import attrs
from attrs import Attribute, field

from escalation_core.checks import a, any_text, derived_identifier, must_be
from escalation_core.notifications.fields import Content
from escalation_core.notifications.mails import BY_TEMPLATE, OPTIONAL, Audience, Template
from escalation_core.people import Person, Role
from escalation_core.values import Value, frozen


@attrs.frozen(eq=False, weakref_slot=False)
class Data(Mapping[str, Content]):
    """The values of a notification by field: an immutable mapping, equal to a ``dict`` with the same items."""

    names: tuple[str, ...]
    contents: tuple[Content, ...]  #: One per name.

    def __getitem__(self, key: str) -> Content:
        """Return the value of a field."""
        for name, value in zip(self.names, self.contents, strict=True):
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """Return an iterator over the names of the fields, in the order of the mail."""
        return iter(self.names)

    def __len__(self) -> int:
        """Return the number of fields."""
        return len(self.names)

    def __hash__(self) -> int:
        """Return a hash that does not depend on the order of the fields."""
        return hash(frozenset(self.items()))


def _complete(notification: "Notification", attribute: "Attribute[Any]", value: Data) -> None:
    names = BY_TEMPLATE[notification.template].fields
    if set(value.names) != set(names) or len(value.contents) != len(names):
        raise ValueError(must_be(attribute.name, f"a value for each of {', '.join(names)}", value.names))
    for name, content in value.items():
        if content is None and name not in OPTIONAL:
            raise ValueError(must_be(attribute.name, f"a value for each of {', '.join(names)}", name))
        if isinstance(content, str):
            any_text(notification, attribute, content)


def _event_id(_: object, attribute: "Attribute[Any]", value: str) -> None:
    derived_identifier(_, attribute, value)
    if not re.fullmatch(r".+/[1-9][0-9]{0,18}", value):
        raise ValueError(must_be(attribute.name, "the id of a case, a slash and a version", value))


EventId = Annotated[str, _event_id]
Rendered = Annotated[str, a(str)]  #: Longer than a text, since it contains texts.


@frozen(kw_only=True)
class Notification(Value):
    """One mail to one recipient about one event."""

    event_id: EventId  #: ``case_id/version``.
    at: datetime  #: The aware instant of the event.
    to: Person | Role  #: A role if nobody on the case has it. The host then finds the people.
    template: Template
    data: Data = field(validator=_complete)

    @property
    def id(self) -> str:
        """The key for at-least-once delivery, ``event id/recipient/template``, which is the same in each repetition.

        The recipient is percent-encoded unless alphanumeric, so that two recipients never have the same key.
        """
        if isinstance(self.to, Role):
            recipient = "role:" + quote(self.to.value)
        else:
            recipient = self.to.id if self.to.id.isalnum() else quote(self.to.id, safe="@.-_+")
        return f"{self.event_id}/{recipient}/{self.template}"

    @property
    def audience(self) -> Audience:
        """The readers of the mail."""
        return BY_TEMPLATE[self.template].audience

    @property
    def case_id(self) -> str:
        """The id of the case that the mail is about."""
        return self.event_id.rpartition("/")[0]


@frozen(kw_only=True)
class Message(Value):
    """A rendered notification."""

    subject: Rendered  #: One line.
    body: Rendered  #: Plain text.
    notification: Notification
