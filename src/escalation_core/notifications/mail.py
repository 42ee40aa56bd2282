"""A message as a mail, on the standard library's ``email``.

Rule 1: nothing that anybody wrote can add a header, or break one: control characters never get as far as a header.
Rule 2: one thread per case; a mail sent twice has the same ``Message-ID``, so that it can be recognized.
Rule 3: automatic mail says so (RFC 3834), so that no automatic answer comes back.
"""

import re
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from escalation_core.notifications.model import Message, call
from escalation_core.people import Person, mail_address
from escalation_core.values import brief

if TYPE_CHECKING:
    from email.message import EmailMessage

_HEADER_MAX = 200  # characters; RFC 5322 allows a line 998
_TOKEN_MAX = 48  # so that a Message-ID fits into one line: folding one makes some readers see two
_PHRASE = re.compile(r"[A-Za-z0-9 ]{0,60}")  # RFC 5322 words that need no quoting, and leave a line short
_TEXT = re.compile(r"(?!.*=\?)[ -~]*")  # printable ASCII in which nothing looks like an encoded word
_JOINERS = "\u200c\u200d"  # not printable, and part of how names are written in several scripts


def to_email(message: Message, *, sender: str, to: str | None = None) -> "EmailMessage":
    """Make a mail of a message.

    Args:
        message: what ``render`` gave.
        sender: the desk's address, ``local@domain``; its domain makes the ``Message-ID``.
        to: the reader's address; needed where the notification is to a role, or to somebody without one.

    Raises:
        ValueError: an address is missing or is none.
    """
    # It takes longer to import than the rest of the package, and hosts that send no mail do without it.
    from email import policy  # noqa: PLC0415
    from email.message import EmailMessage  # noqa: PLC0415
    from email.parser import HeaderParser  # noqa: PLC0415
    from email.utils import format_datetime  # noqa: PLC0415

    reader = message.notification.to
    if to is None and isinstance(reader, Person):
        to = reader.email
    if to is None:
        raise ValueError(brief(f"to: must be an address, since {message.notification.id} names none"))
    domain = mail_address("sender", sender).rpartition("@")[2]
    thread = f"<case.{_token(message.notification.case_id)}@{domain}>"
    name = call(reader) if isinstance(reader, Person) else f"{reader.value} team"
    lines = (
        f"From: {sender}",
        f"To: {_unstructured('To', name, _PHRASE)}\n <{mail_address('to', to)}>",
        f"Subject: {_unstructured('Subject', message.subject, _TEXT)}",
        f"Date: {format_datetime(message.notification.at)}",
        f"Message-ID: <{_token(message.notification.id)}@{domain}>",
        f"In-Reply-To: {thread}",
        f"References: {thread}",
        "Auto-Submitted: auto-generated",
    )
    # Parsed rather than assigned: assigning decodes what looks like an encoded word, and folds anew. Parsed lines stay,
    # under another policy too as long as they are short.
    as_written = policy.default.clone(refold_source="none")
    mail = HeaderParser(EmailMessage, policy=as_written).parsestr("\n".join(lines) + "\n\n")
    body = "".join(character for character in message.body if character >= " " or character in "\n\t")
    mail.set_content(body.encode(errors="replace").decode())
    return mail


def _unstructured(header: str, value: str, plain: "re.Pattern[str]") -> str:
    """Write a text for a header, in RFC 2047 encoded words unless it is plain; what is overlong is cut.

    Whatever is no printable character becomes a space, so that no text can end its line.
    """
    from email.header import Header  # noqa: PLC0415  # as above

    line = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in value).split())
    if len(line) > _HEADER_MAX:
        line = line[: _HEADER_MAX - 1] + "…"
    if plain.fullmatch(line):
        return line
    return Header(line, "utf-8", header_name=header).encode()


def _token(key: str) -> str:
    """Make a dot-atom of a key: readable where it is short, and in any case no other key's."""
    token = quote(key, safe="").replace(".", "%2E").replace("%", "=")
    return token if len(token) <= _TOKEN_MAX else sha256(key.encode()).hexdigest()[:_TOKEN_MAX]
