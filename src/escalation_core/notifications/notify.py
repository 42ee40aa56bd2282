"""The notifications of an outcome, made from the rows of ``mails``."""

from collections.abc import Iterable

from escalation_core.case import Case
from escalation_core.events import Event
from escalation_core.fast import maker
from escalation_core.notifications.fields import case_values, finder
from escalation_core.notifications.mails import BY_EVENT
from escalation_core.notifications.notification import Data, Notification
from escalation_core.policy import Policy

_notification = maker(Notification)
_data = maker(Data)


_ROUTES = {
    kind: tuple((mail.template, mail.recipients, mail.fields, tuple(map(finder, mail.own))) for mail in mails)
    for kind, mails in BY_EVENT.items()
}


def notify(happened: Iterable[Event], case: Case, policy: Policy) -> tuple[Notification, ...]:
    """Return the notifications of one outcome, in the order of its events.

    Args:
        happened: the events of the outcome.
        case: the case after the last of these events.
        policy: the host's choices of internal audiences.
    """
    found: list[Notification] = []
    of_case = case_values(case)
    for event in happened:
        event_id, at = event.id, event.at
        for template, recipients, names, finders in _ROUTES[type(event)]:
            people = recipients(event, case, policy)
            if people:
                data = _data(names=names, contents=(*of_case, *[find(event, case) for find in finders]))
                found += [_notification(event_id=event_id, at=at, to=to, template=template, data=data) for to in people]
    return tuple(found)
