"""Rendering: a notification as a subject and a body in the reader's language.

Rule 1: the reader's locale chooses the text. If a locale has no text, the English text is used.
Rule 2: control characters in a value are removed, since they move a cursor or change the direction of other words.
"""

import re

from escalation_core.notifications.catalogs import ENGLISH
from escalation_core.notifications.fields import display_name
from escalation_core.notifications.notification import Message, Notification
from escalation_core.notifications.texts import FALLBACK, Catalog
from escalation_core.people import Person

#: Control characters other than line break and tab, and those that embed, override or isolate a direction of writing.
#: Direction marks and joiners are kept, since several scripts need them.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def render(notification: Notification, catalog: Catalog | None = None) -> Message:
    """Return a notification as a one-line subject and a plain-text body, in the reader's language.

    Args:
        notification: the notification to render.
        catalog: the host's texts; ``ENGLISH`` by default.
    """
    locale = notification.to.locale if isinstance(notification.to, Person) else FALLBACK
    text = (ENGLISH if catalog is None else catalog).find(notification.template, locale)
    values = {**notification.data, "to": display_name(notification.to)}
    clean = {name: _CONTROLS.sub("", value) if isinstance(value, str) else value for name, value in values.items()}
    subject, body = text.fill(clean)
    return Message(subject=subject, body=body, notification=notification)
