"""Events and notifications in the envelope of CloudEvents 1.0, for systems in any language.

Rule 1: the data of the envelope is the document that is stored, digest and all: the codec reads it back.
Rule 2: a case is a source of its own, since ``sequence`` counts within a source; an envelope is known by source and id.
Rule 3: what is internal stays internal: events carry internal texts, so they are for the host's own systems.
"""

import json
import string
from urllib.parse import quote, urlsplit

from escalation_core.codec.documents import Codec
from escalation_core.codec.scalars import from_instant
from escalation_core.event import Event
from escalation_core.notifications.model import Notification
from escalation_core.values import must_be

#: HTTP protocol binding 1.0, section 3.1.3.2: everything else is percent-encoded in a header.
_IN_HEADERS = "".join(set(string.ascii_letters + string.digits + string.punctuation) - {'"', "%"})
_CODEC = Codec()

#: Of ``sequence``, with zeros in front: texts of one length are ordered as the numbers are.
SEQUENCE_DIGITS = 10


def attributes(value: Event | Notification, *, source: str) -> dict[str, str]:
    """Give the context attributes of an envelope, by name.

    Args:
        value: an event, or a notification, which has the sequence of its event.
        source: an absolute URI under which the host's cases are; the id of the case is put behind it.

    Raises:
        TypeError: the value is neither.
        ValueError: the source is no absolute URI in ASCII.
    """
    if not isinstance(value, Event | Notification):
        raise TypeError(must_be("value", "an event or a notification", value))
    if not (isinstance(source, str) and source.isascii() and source.isprintable()) or " " in source:
        raise ValueError(must_be("source", "an absolute URI in ASCII", source))
    if not urlsplit(source).scheme:
        raise ValueError(must_be("source", "an absolute URI in ASCII", source))
    version = value.version if isinstance(value, Event) else int(value.event_id.rpartition("/")[2])
    return {
        "specversion": "1.0",
        "id": value.id,
        "source": f"{source.rstrip('/')}/{quote(value.case_id, safe='')}",
        "type": _CODEC.to_dict(value)["type"],
        "subject": value.case_id,
        "time": from_instant(value.at),
        "datacontenttype": "application/json",
        "sequence": f"{version:0{SEQUENCE_DIGITS}}",
    }


def to_structured(value: Event | Notification, *, source: str) -> tuple[dict[str, str], bytes]:
    """Write an envelope in structured mode: headers, and all of it as JSON in UTF-8. Errors: as by ``attributes``."""
    envelope = {**attributes(value, source=source), "data": _CODEC.to_dict(value)}
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    return {"content-type": "application/cloudevents+json; charset=UTF-8"}, body.encode()


def to_binary(value: Event | Notification, *, source: str) -> tuple[dict[str, str], bytes]:
    """Write an envelope in binary mode: attributes as headers, the data as it is. Errors: as by ``attributes``."""
    named = attributes(value, source=source)
    headers = {"content-type": named.pop("datacontenttype")}
    headers |= {f"ce-{name}": quote(content, safe=_IN_HEADERS) for name, content in named.items()}
    return headers, _CODEC.to_json(value).encode()
