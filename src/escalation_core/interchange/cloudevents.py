"""Events and notifications in the envelope of CloudEvents 1.0, for systems in any language.

Rule 1: the data of the envelope is the stored document with its digest, so that the codec reads it.
Rule 2: each case is a source, since ``sequence`` counts within a source. Source and id identify an envelope.
Rule 3: events contain internal text, so send them to the host's own systems only.
"""

import re
import string
from urllib.parse import quote

from escalation_core.checks import must_be
from escalation_core.codec.documents import Codec, canonical
from escalation_core.codec.scalars import from_instant
from escalation_core.events.base import Event
from escalation_core.notifications.notification import Notification

#: HTTP protocol binding 1.0, section 3.1.3.2: all other characters are percent-encoded in a header.
_IN_HEADERS = "".join(set(string.ascii_letters + string.digits + string.punctuation) - {'"', "%"})
_CODEC = Codec()

#: The minimum number of digits of the version in ``sequence``.
SEQUENCE_DIGITS = 10
#: RFC 3986: a scheme, then an authority or a path, without brackets.
_SOURCE = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:/{0,2}([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})([\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*",
    re.ASCII,
)


def attributes(value: Event | Notification, *, source: str) -> dict[str, str]:
    """Return the context attributes of an envelope, by name.

    Args:
        value: an event or a notification.
        source: an absolute URI for all cases of the host; the id of the case is added to it.

    Raises:
        TypeError: the value is neither an event nor a notification.
        ValueError: the source is not an absolute URI, or has a query or a fragment.
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
    """Return a text by which events are sorted in the order of versions, each before its notifications."""
    if isinstance(value, Event):
        return f"{value.version:0{SEQUENCE_DIGITS}}"
    version = int(value.event_id.rpartition("/")[2])
    return f"{version:0{SEQUENCE_DIGITS}}{value.id.removeprefix(value.event_id)}"


def to_structured(value: Event | Notification, *, source: str) -> tuple[dict[str, str], bytes]:
    """Return an envelope in structured mode: headers, and a body of JSON in UTF-8. Errors: as in ``attributes``."""
    body = canonical({**attributes(value, source=source), "data": _CODEC.to_dict(value)})
    return {"content-type": "application/cloudevents+json; charset=UTF-8"}, body.encode()


def to_binary(value: Event | Notification, *, source: str) -> tuple[dict[str, str], bytes]:
    """Return an envelope in binary mode: attributes as headers, the data as the body. Errors: as in ``attributes``."""
    named = attributes(value, source=source)
    headers = {"content-type": named.pop("datacontenttype")}
    headers |= {f"ce-{name}": quote(content, safe=_IN_HEADERS) for name, content in named.items()}
    return headers, _CODEC.to_json(value).encode()
