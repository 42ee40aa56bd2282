"""The notifications of an outcome, made from the rows of ``mails``."""

from collections.abc import Callable, Iterable

from escalation_core.case import Case
from escalation_core.events import Event
from escalation_core.fast import maker
from escalation_core.notifications.fields import case_values, finder
from escalation_core.notifications.mails import BY_EVENT, Mail
from escalation_core.notifications.notification import Data, Notification
from escalation_core.policy import Policy

_notification = maker(Notification)
_data = maker(Data)


def _filler(mail: Mail) -> Callable[[Event, Case], Data]:
    """Return the function that finds the values of a mail."""
    names, finders = mail.fields, tuple(finder(name) for name in mail.own)

    def fill(event: Event, case: Case) -> Data:
        return _data(names=names, contents=(*case_values(case), *[find(event, case) for find in finders]))

    return fill


_ROUTES = {
    kind: tuple((mail.template, _filler(mail), mail.recipients) for mail in mails) for kind, mails in BY_EVENT.items()
}


def notify(happened: Iterable[Event], case: Case, policy: Policy) -> tuple[Notification, ...]:
    """Return the notifications of one outcome, in the order of its events.

    Args:
        happened: the events of the outcome.
        case: the case after the last of these events.
        policy: the host's choices of internal audiences.
    """
    found: list[Notification] = []
    for event in happened:
        for template, fill, recipients in _ROUTES[type(event)]:
            people = recipients(event, case, policy)
            if people:
                event_id, at, data = event.id, event.at, fill(event, case)
                found += [_notification(event_id=event_id, at=at, to=to, template=template, data=data) for to in people]
    return tuple(found)
