"""Facts that time itself causes: a promise is not kept, or a rung of its ladder is reached."""

from datetime import datetime, timedelta
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from escalation_core.escalation import FollowUpKind
from escalation_core.event import EscalationEvent
from escalation_core.people import Role
from escalation_core.values import a, derived_identifier, in_utc, in_utc_or_none, instant, tuple_of, whole_number


@frozen(kw_only=True, weakref_slot=False)
class Overdue(EscalationEvent):
    """Somebody is reminded of something. ``by`` is ``AUTOMATION``; nobody sent a command."""

    due_at: datetime = field(
        converter=in_utc, validator=instant
    )  #: The promise, once it is missed; before that, the moment of the rung.
    overdue_by: timedelta = field(validator=a(timedelta))  #: From ``due_at`` to ``at``, elapsed.
    breach: bool = field(validator=a(bool))  #: The promise is missed. Otherwise a rung hears before that.
    rung: int = field(validator=whole_number)  #: The rung of the ladder that is reached, from 1; 0 is before the first.
    roles: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Who hears by the ladder; nobody is a fact too.
    vacant: tuple[Role, ...] = field(validator=tuple_of(Role))  #: Those of them that nobody on the case has.
    remind_at: datetime | None = field(
        converter=in_utc_or_none, validator=optional(instant)
    )  #: When the next reminder is due.

    @property
    def last(self) -> bool:
        """Whether nobody will hear of it again."""
        return self.remind_at is None


class AcknowledgementOverdue(Overdue):
    """Nobody has acknowledged the escalation."""

    __slots__ = ()
    name: ClassVar[str] = "escalation.acknowledgement_overdue"


class UpdateOverdue(Overdue):
    """Customer and partner have not heard how it goes."""

    __slots__ = ()
    name: ClassVar[str] = "escalation.update_overdue"


@frozen(kw_only=True, weakref_slot=False)
class AnswerOverdue(Overdue):
    """Customer and partner have not answered a proposal."""

    name: ClassVar[str] = "escalation.answer_overdue"

    proposal: str = field(validator=derived_identifier)


@frozen(kw_only=True, weakref_slot=False)
class FollowUpOverdue(Overdue):
    """Something that is owed after closing was not done."""

    name: ClassVar[str] = "escalation.follow_up_overdue"

    kind: FollowUpKind = field(validator=a(FollowUpKind))
