"""What one step gives back to the host: the new case, what happened, and who must hear of it."""

from attrs import frozen

from escalation_core.case import Case
from escalation_core.events import Event
from escalation_core.notifications.model import Notification


@frozen(kw_only=True, weakref_slot=False)
class Outcome:
    """The result of one step. Store case, events and notifications in one transaction, then publish and deliver."""

    case: Case  #: As the events left it.
    events: tuple[Event, ...]  #: Oldest first.
    notifications: tuple[Notification, ...]  #: In the order of the events.
    repeated: tuple[int, ...] = ()
    """The versions of the events of an earlier command that this one repeats; ``()`` for a new command.

    An outcome with versions has no events and no notifications: there is nothing to store and nothing to publish.
    """
