"""Facts that time causes: a deadline is missed, or a rung of its ladder is reached."""

from datetime import datetime, timedelta
from typing import ClassVar

from escalation_core.checks import DerivedIdentifier
from escalation_core.escalation import FollowUpKind
from escalation_core.events.base import EscalationEvent
from escalation_core.people import Role
from escalation_core.values import frozen


@frozen(kw_only=True)
class Overdue(EscalationEvent):
    """A reminder of a deadline. ``by`` is ``AUTOMATION``; nobody sent a command."""

    due_at: datetime  #: The deadline if it is missed; before, the instant of the rung.
    overdue_by: timedelta  #: From ``due_at`` to ``at``, elapsed.
    breach: bool  #: Whether the deadline is missed; otherwise, a rung is notified before the deadline.
    rung: int  #: The highest rung reached, from 1; 0 is before the first.
    roles: tuple[Role, ...]  #: The roles that the ladder notifies; may be empty.
    vacant: tuple[Role, ...]  #: The roles among these that nobody on the case has.
    remind_at: datetime | None  #: Aware instant of the next reminder; None after the last.

    @property
    def last(self) -> bool:
        """Whether no reminder follows."""
        return self.remind_at is None


class AcknowledgementOverdue(Overdue):
    """Nobody acknowledged the escalation."""

    __slots__ = ()
    name: ClassVar[str] = "escalation.acknowledgement_overdue"


class UpdateOverdue(Overdue):
    """Customer and partner did not get the promised update."""

    __slots__ = ()
    name: ClassVar[str] = "escalation.update_overdue"


@frozen(kw_only=True)
class AnswerOverdue(Overdue):
    """Customer and partner did not answer a proposal."""

    name: ClassVar[str] = "escalation.answer_overdue"

    proposal: DerivedIdentifier


@frozen(kw_only=True)
class FollowUpOverdue(Overdue):
    """A follow-up that is owed after closing was not done."""

    name: ClassVar[str] = "escalation.follow_up_overdue"

    kind: FollowUpKind
