"""Events and notifications in the envelope of CloudEvents 1.0, for systems in any language.

Rule 1: the data of the envelope is the document that is stored, digest and all: the codec reads it back.
Rule 2: a case is a source of its own, since ``sequence`` counts within a source; an envelope is known by source and id.
Rule 3: what is internal stays internal: events carry internal texts, so they are for the host's own systems.
"""

import json
import re
import string
from urllib.parse import quote

from escalation_core.codec.documents import Codec
from escalation_core.codec.scalars import from_instant
from escalation_core.event import Event
from escalation_core.notifications.notification import Notification
from escalation_core.values import must_be

#: HTTP protocol binding 1.0, section 3.1.3.2: everything else is percent-encoded in a header.
_IN_HEADERS = "".join(set(string.ascii_letters + string.digits + string.punctuation) - {'"', "%"})
_CODEC = Codec()

#: Of the version in ``sequence``, with zeros in front.
SEQUENCE_DIGITS = 10
#: RFC 3986: a scheme, then an authority or a path, without brackets.
_SOURCE = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:/{0,2}([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})([\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*",
    re.ASCII,
)


def attributes(value: Event | Notification, *, source: str) -> dict[str, str]:
    """Give the context attributes of an envelope, by name.

    Args:
        value: an event, or a notification, whose sequence is that of its event with more behind it.
        source: an absolute URI under which the host's cases are; the id of the case is put behind it.

    Raises:
        TypeError: the value is neither.
        ValueError: the source is no absolute URI, or has a query or a fragment.
    """
    if not isinstance(value, Event | Notification):
        raise TypeError(must_be("value", "an event or a notification", value))
    if not isinstance(source, str) or not _SOURCE.fullmatch(source):
        raise ValueError(must_be("source", "an absolute URI without query and fragment", source))
    return {
        "specversion": "1.0",
        "id": value.id,
        "source": f"{source.rstrip('/')}/{quote(value.case_id, safe='')}",
        "type": _CODEC.to_dict(value)["type"],
        "subject": value.case_id,
        "time": from_instant(value.at),
        "datacontenttype": "application/json",
        "sequence": _sequence(value),
    }


def _sequence(value: Event | Notification) -> str:
    """Order events, and behind each what is told of it: texts of one length are ordered as the numbers are."""
    if isinstance(value, Event):
        return f"{value.version:0{SEQUENCE_DIGITS}}"
    version = int(value.event_id.rpartition("/")[2])
    return f"{version:0{SEQUENCE_DIGITS}}{value.id.removeprefix(value.event_id)}"


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
