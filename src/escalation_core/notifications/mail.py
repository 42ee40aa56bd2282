"""A message as a mail, on the standard library's ``email``.

Rule 1: nothing that anybody wrote can add a header, or break one: control characters never get as far as a header.
Rule 2: one thread per case; a mail sent twice has the same ``Message-ID``, so that it can be recognized.
Rule 3: automatic mail says so (RFC 3834), so that no automatic answer comes back.
"""

from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from escalation_core.notifications.model import Message, call
from escalation_core.people import Person, mail_address

if TYPE_CHECKING:
    from email.message import EmailMessage

_HEADER_MAX = 200  # characters; RFC 5322 ends a line at 998 octets, and one character can take twelve of them encoded
_TOKEN_MAX = 48  # so that a Message-ID fits into one line: folding one makes some readers see two
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
    from email.headerregistry import Address  # noqa: PLC0415
    from email.message import EmailMessage  # noqa: PLC0415

    reader = message.notification.to
    if to is None and isinstance(reader, Person):
        to = reader.email
    if to is None:
        raise ValueError(f"to: must be an address, since {message.notification.id} names none")
    domain = mail_address("sender", sender).rpartition("@")[2]
    name = _one_line(call(reader)) if isinstance(reader, Person) else f"{reader.value} team"
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = Address(display_name=name, addr_spec=mail_address("to", to))
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = message.notification.at
    mail["Message-ID"] = f"<{_token(message.notification.id)}@{domain}>"
    thread = f"<case.{_token(message.notification.case_id)}@{domain}>"
    mail["In-Reply-To"] = thread
    mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("".join(character for character in message.body if character >= " " or character in "\n\t"))
    return mail


def _one_line(value: str) -> str:
    """Make one line of a text: whatever is no printable character becomes a space, and what is overlong is cut."""
    line = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in value).split())
    return line if len(line) <= _HEADER_MAX else line[: _HEADER_MAX - 1] + "…"


def _token(key: str) -> str:
    """Make a dot-atom of a key: readable where it is short, and in any case no other key's."""
    token = quote(key, safe="").replace(".", "%2E").replace("%", "=")
    return token if len(token) <= _TOKEN_MAX else sha256(key.encode()).hexdigest()[:_TOKEN_MAX]
