"""What one step gives back to the host: the new case, what happened, and who must hear of it."""

from attrs import frozen

from escalation_core.case import Case
from escalation_core.events import Event
from escalation_core.notifications.notification import Notification


@frozen(kw_only=True, weakref_slot=False)
class Outcome:
    """The result of one step. Store case, events and notifications in one transaction, then publish and deliver."""

    case: Case  #: As the events left it.
    events: tuple[Event, ...]  #: Oldest first.
    notifications: tuple[Notification, ...]  #: In the order of the events.
    repeated: bool = False  #: The command was done before: these are its events of then, and there is nothing to store.
