"""What a mining export tells of cases, escalations, proposals, follow-ups and events, whatever its format.

Rule 1: nobody's own words are told, whoever may read them. A field is told if it is a choice, a number, a truth value
or an instant; of texts only identifiers and the names of customer and policy; of a person only id and role.
Rule 2: an activity is called as its event is stored, without the version: a class may be renamed, and an activity stays
the same one when its documents change.
Rule 3: what is not there is left out. A risk can be taken back, so that no risk is told as ``none``.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Any, TypeVar, get_args

from attrs import fields

from escalation_core.case import Case
from escalation_core.codec.names import NAMES
from escalation_core.escalation import Escalation, FollowUp, Proposal
from escalation_core.events import Event
from escalation_core.people import Person
from escalation_core.table import EVENTS

T = TypeVar("T")

Value = str | bool | int | datetime
#: What is told of a thing: the name of each value, its type, and how it is found.
Columns = dict[str, tuple[type[Value], Callable[[T], Value | Enum | None]]]


def activity(kind: type[Event]) -> str:
    """Name what happened, as it is stored: ``escalation.acknowledged``."""
    return NAMES[kind].partition("/")[0]


def told(columns: Columns[T], thing: T) -> dict[str, Value]:
    """Give what is told of a thing; what it does not have is left out."""
    values = {name: of(thing) for name, (_, of) in columns.items()}
    return {
        name: str(value.value) if isinstance(value, Enum) else value
        for name, value in values.items()
        if value is not None
    }


def in_iso(value: datetime, timespec: str = "auto") -> str:
    """Write an instant in UTC, as ISO 8601 has it."""
    return value.astimezone(UTC).isoformat(timespec=timespec)


def _standing(follow_up: FollowUp) -> str:
    if follow_up.done:
        return "done"
    return "owed" if follow_up.held_at is None else "held"


CASE: Columns[Case] = {
    "customer": (str, lambda case: case.customer),
    "kind": (str, lambda case: case.kind),
    "type": (str, lambda case: case.type),
    "impact": (str, lambda case: case.impact),
    "risk": (str, lambda case: "none" if case.risk is None else case.risk),
    "production": (bool, lambda case: case.production),
    "priority": (str, lambda case: case.priority),
    "status": (str, lambda case: case.status),
}
ESCALATION: Columns[Escalation] = {
    "status": (str, lambda escalation: escalation.status),
    "policy": (str, lambda escalation: escalation.terms.policy),
    "policy_version": (int, lambda escalation: escalation.terms.policy_version),
    "owner": (str, lambda escalation: None if escalation.owner is None else escalation.owner.id),
    "level": (int, lambda escalation: escalation.level),
    "cancel_reason": (str, lambda escalation: escalation.cancel_reason),
    "cause": (str, lambda escalation: escalation.cause),
    "cause_in_production": (
        bool,
        lambda escalation: None if escalation.cause is None else escalation.cause_in_production,
    ),
}
PROPOSAL: Columns[Proposal] = {
    "kind": (str, lambda proposal: proposal.kind),
    "status": (str, lambda proposal: proposal.status),
}
FOLLOW_UP: Columns[FollowUp] = {
    "kind": (str, lambda follow_up: follow_up.kind),
    "due_at": (datetime, lambda follow_up: follow_up.due_at),
    "status": (str, _standing),
}
PERSON: Columns[Person] = {
    "id": (str, lambda person: person.id),
    "role": (str, lambda person: person.role),
}


def _columns_of(kind: type[Event]) -> Columns[Event]:
    """Find what an event tells by the types of its fields; when it happened is told by every format in its own way."""
    found: Columns[Event] = {}
    for field in fields(kind):
        told_as = _told_as(field.type)
        if told_as is not None and field.name != "at":
            found[field.name] = (told_as, attrgetter(field.name))
    return found


def _told_as(annotation: Any) -> type[Value] | None:  # noqa: ANN401  # any annotation
    """Give the type of a choice, a number, a truth value or an instant, optional or not; None for anything else."""
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    if len(kinds) > 1:
        return None
    if isinstance(kinds[0], type) and issubclass(kinds[0], Enum):
        return str
    return kinds[0] if kinds[0] in {bool, int, datetime} else None


#: What each event tells beside when it happened, and to whom.
OF_EVENT: dict[type[Event], Columns[Event]] = {kind: _columns_of(kind) for kind in EVENTS}
