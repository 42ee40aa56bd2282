"""A message as an email, made with the standard library's ``email`` package.

Rule 1: no text can add or break a header, since control characters are removed from every header.
Rule 2: a case is one thread. An email that is sent twice has the same ``Message-ID``, so that readers see a duplicate.
Rule 3: emails are marked as automatic (RFC 3834), so that no automatic reply is sent.
"""

import re
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from escalation_core.checks import brief
from escalation_core.notifications.fields import display_name
from escalation_core.notifications.notification import Message
from escalation_core.people import Person, mail_address

if TYPE_CHECKING:
    from email.message import EmailMessage

_HEADER_MAX = 200  # characters; RFC 5322 allows a line 998
_TOKEN_MAX = 48  # so that a Message-ID fits into one line, since some readers see two in a folded line
_PHRASE = re.compile(r"[A-Za-z0-9 ]{0,60}")  # RFC 5322 words that need no quoting, and leave a line short
_TEXT = re.compile(r"(?!.*=\?)[ -~]*")  # printable ASCII in which nothing looks like an encoded word
_JOINERS = "\u200c\u200d"  # not printable, and part of how names are written in several scripts


def to_email(message: Message, *, sender: str, to: str | None = None) -> "EmailMessage":
    """Return a message as an email.

    Args:
        message: the result of ``render``.
        sender: the address of the help desk, ``local@domain``. The ``Message-ID`` has the same domain.
        to: the address of the recipient; required if the recipient is a role, or a person without an address.

    Raises:
        TypeError: an address is not a ``str``.
        ValueError: an address is missing or invalid.
    """
    # Imported here: the email package takes 24 ms, a third of ``import attrs, transitions`` (65 ms in the same run),
    # and many hosts never send an email.
    from email import policy  # noqa: PLC0415
    from email.header import Header  # noqa: PLC0415
    from email.message import EmailMessage  # noqa: PLC0415
    from email.parser import HeaderParser  # noqa: PLC0415
    from email.utils import format_datetime  # noqa: PLC0415

    def unstructured(header: str, value: str, plain: re.Pattern[str]) -> str:
        line = _one_line(value)
        return line if plain.fullmatch(line) else Header(line, "utf-8", header_name=header).encode()

    reader = message.notification.to
    if to is None and isinstance(reader, Person):
        to = reader.email
    if to is None:
        raise ValueError(brief(f"to: must be an address, since the recipient of {message.notification.id} has none"))
    domain = mail_address("sender", sender).rpartition("@")[2]
    thread = f"<case.{_token(message.notification.case_id)}@{domain}>"
    lines = (
        f"From: {sender}",
        f"To: {unstructured('To', display_name(reader), _PHRASE)}\n <{mail_address('to', to)}>",
        f"Subject: {unstructured('Subject', message.subject, _TEXT)}",
        f"Date: {format_datetime(message.notification.at)}",
        f"Message-ID: <{_token(message.notification.id)}@{domain}>",
        f"In-Reply-To: {thread}",
        f"References: {thread}",
        "Auto-Submitted: auto-generated",
    )
    # Parsed, not assigned: assigning decodes text that looks like an encoded word, and folds lines again. Parsed lines
    # do not change; short lines do not change under another policy either.
    as_written = policy.default.clone(refold_source="none")
    mail = HeaderParser(EmailMessage, policy=as_written).parsestr("\n".join(lines) + "\n\n")
    body = "".join(character for character in message.body if character >= " " or character in "\n\t")
    mail.set_content(body.encode(errors="replace").decode())
    return mail


def _one_line(value: str) -> str:
    """Return a text as one line: each run of blanks and unprintable characters is one space, and a long line is cut."""
    line = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in value).split())
    return line if len(line) <= _HEADER_MAX else line[: _HEADER_MAX - 1] + "…"


def _token(key: str) -> str:
    """Return a dot-atom for a key, which is different for every key, and readable if the key is short."""
    token = quote(key, safe="").replace(".", "%2E").replace("%", "=")
    return token if len(token) <= _TOKEN_MAX else sha256(key.encode()).hexdigest()[:_TOKEN_MAX]
