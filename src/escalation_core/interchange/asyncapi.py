"""The stream of events and notifications as an AsyncAPI 3.1 document.

Rule 1: a message is an envelope of CloudEvents in structured mode; its data refers to a schema of a stored document.
Rule 2: the host chooses broker, protocol and address, so there are no servers, and a channel has no address.
"""

from typing import Any

from escalation_core import __version__
from escalation_core.codec.names import NAMES
from escalation_core.codec.scalars import INSTANT
from escalation_core.events.base import Event
from escalation_core.interchange.cloudevents import SEQUENCE_DIGITS
from escalation_core.interchange.schemas import Schema, closed, file_name
from escalation_core.notifications.notification import Notification

_CHANNELS: dict[str, tuple[type, str]] = {
    "events": (Event, "The events of all cases, in the order of each case. They have internal texts."),
    "notifications": (Notification, "The notifications of all cases. Each is for one person or role."),
}


def document() -> dict[str, Any]:
    """Return the document as plain data. Its references are to files in the folder ``schemas`` beside it."""
    messages = {name: [one for one in NAMES if issubclass(one, kind)] for name, (kind, _) in _CHANNELS.items()}
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "escalation_core",
            "version": __version__,
            "description": "Support-case escalations: their events and notifications.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            name: {
                "address": None,
                "description": description,
                "messages": {_key(kind): {"$ref": f"#/components/messages/{_key(kind)}"} for kind in messages[name]},
            }
            for name, (_, description) in _CHANNELS.items()
        },
        "operations": {
            f"send_{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in _CHANNELS
        },
        "components": {"messages": {_key(kind): _message(kind) for kinds in messages.values() for kind in kinds}},
    }


def _key(kind: type) -> str:
    """Return the key of a message, which has no slash: ``escalation.acknowledged-1``."""
    return file_name(kind).removesuffix(".json")


def _message(kind: type) -> dict[str, Any]:
    return {
        "name": NAMES[kind],
        "summary": (kind.__doc__ or "").partition("\n")[0],
        "contentType": "application/cloudevents+json",
        "payload": _envelope(kind),
    }


def _envelope(kind: type) -> Schema:
    some = {"type": "string", "minLength": 1}
    return closed(
        {
            "specversion": {"const": "1.0"},
            "id": some,
            "source": {**some, "format": "uri"},
            "type": {"const": NAMES[kind]},
            "subject": {**some, "description": "The id of the case."},
            "time": {"type": "string", "format": "date-time", "pattern": f"^{INSTANT}$"},
            "datacontenttype": {"const": "application/json"},
            "sequence": {"type": "string", "pattern": f"^[0-9]{{{SEQUENCE_DIGITS},}}(/.+)?$"},
            "data": {"$ref": f"./schemas/{file_name(kind)}"},
        }
    )
