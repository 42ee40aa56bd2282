"""The outcome of one step: the new case, its events, and the notifications to send."""

from escalation_core.case import Case
from escalation_core.event import Event
from escalation_core.notifications.notification import Notification
from escalation_core.values import Value, frozen


@frozen(kw_only=True)
class Outcome(Value):
    """The result of one step. Store case, events and notifications in one transaction, then publish and deliver."""

    case: Case  #: The case after the events.
    events: tuple[Event, ...]  #: Oldest first.
    notifications: tuple[Notification, ...]  #: In the order of the events.
    repeated: tuple[int, ...] = ()  #: The versions of the events that the command repeats; ``()`` for a new command. A
    #: repeat has no events and no notifications: there is nothing to store and nothing to publish.

    def __repr__(self) -> str:
        """Return the ids of events and the number of notifications, in place of their fields."""
        happened = ", ".join(f"{event.id} {type(event).__name__}" for event in self.events)
        repeated = f", repeats versions {self.repeated}" if self.repeated else ""
        return (
            f"Outcome(case {self.case.id} at version {self.case.version}, events: {happened or 'none'}, "
            f"notifications: {len(self.notifications)}{repeated})"
        )
