"""Columns of a mining export: the values of cases, escalations, proposals, follow-ups and events, in every format.

Rule 1: no free text is exported. A field is exported if it is a member of an enumeration, a number, a
boolean or an instant. The only texts are identifiers and the names of customer and policy; a person is id and role.
Rule 2: the name of an activity is the name of its event, which does not change with the class or the version.
Rule 3: a missing value is omitted, except a risk. A case without a risk has ``none``, since a risk can be removed.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Any, TypeVar, get_args

from attrs import fields

from escalation_core.case import Case
from escalation_core.escalation import Escalation, FollowUp, Proposal
from escalation_core.events import Event
from escalation_core.people import Person
from escalation_core.table import EVENTS

T = TypeVar("T")

Value = str | bool | int | datetime
#: The columns of one class: the name of each value, its type, and the function that finds it.
Columns = dict[str, tuple[type[Value], Callable[[T], Value | Enum | None]]]


def activity(kind: type[Event]) -> str:
    """Return the name of an activity: ``escalation.acknowledged``."""
    return kind.name


def values_of(columns: Columns[T], thing: T) -> dict[str, Value]:
    """Return the exported values of a case, an event or a part of a case, without missing values."""
    values = {name: of(thing) for name, (_, of) in columns.items()}
    return {
        name: str(value.value) if isinstance(value, Enum) else value
        for name, value in values.items()
        if value is not None
    }


def in_iso(value: datetime, timespec: str = "auto") -> str:
    """Return an instant in UTC in the format of ISO 8601."""
    return value.astimezone(UTC).isoformat(timespec=timespec)


def _standing(follow_up: FollowUp) -> str:
    if follow_up.done:
        return "done"
    return "owed" if follow_up.held_at is None else "held"


CASE_COLUMNS: Columns[Case] = {
    "customer": (str, lambda case: case.customer),
    "kind": (str, lambda case: case.kind),
    "type": (str, lambda case: case.type),
    "impact": (str, lambda case: case.impact),
    "risk": (str, lambda case: "none" if case.risk is None else case.risk),
    "production": (bool, lambda case: case.production),
    "priority": (str, lambda case: case.priority),
    "status": (str, lambda case: case.status),
}
ESCALATION_COLUMNS: Columns[Escalation] = {
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
PROPOSAL_COLUMNS: Columns[Proposal] = {
    "kind": (str, lambda proposal: proposal.kind),
    "status": (str, lambda proposal: proposal.status),
}
FOLLOW_UP_COLUMNS: Columns[FollowUp] = {
    "kind": (str, lambda follow_up: follow_up.kind),
    "due_at": (datetime, lambda follow_up: follow_up.due_at),
    "status": (str, _standing),
}
PERSON_COLUMNS: Columns[Person] = {
    "id": (str, lambda person: person.id),
    "role": (str, lambda person: person.role),
}


def _columns_of(kind: type[Event]) -> Columns[Event]:
    """Return the columns of an event by the types of its fields; each format writes ``at`` separately."""
    found: Columns[Event] = {}
    for field in fields(kind):
        exported = _exported(field.type)
        if exported is not None and field.name != "at":
            found[field.name] = (exported, attrgetter(field.name))
    return found


def _exported(annotation: Any) -> type[Value] | None:  # noqa: ANN401  # any annotation
    """Return the exported type of an enumeration, a number, a boolean or an instant, and None for other annotations."""
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    if len(kinds) > 1:
        return None
    if isinstance(kinds[0], type) and issubclass(kinds[0], Enum):
        return str
    return kinds[0] if kinds[0] in {bool, int, datetime} else None


#: The columns of each event, except its instant and its people.
EVENT_COLUMNS: dict[type[Event], Columns[Event]] = {kind: _columns_of(kind) for kind in EVENTS}
