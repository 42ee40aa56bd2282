"""The rows of the subjects, and shared helpers of the functions in these rows.

Rule 1: a row assigns functions to a class of commands or events. Type checkers verify that the functions take this
class.
Rule 2: rules, decisions and folds about the escalation get it as an argument. The table is checked first, so there is
an escalation, in a status from which the move is legal.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypedDict, TypeVar

from attrs import frozen

from escalation_core.case import Case
from escalation_core.checks import brief, shown
from escalation_core.clocks import ClockKind
from escalation_core.commands import Command
from escalation_core.errors import Refusal, RefusalCode, ReplayError
from escalation_core.escalation import Escalation
from escalation_core.events import Overdue
from escalation_core.events.base import CaseEvent, EscalationEvent, Event
from escalation_core.fast import CaseChanges, EscalationChanges, maker
from escalation_core.moves import own_fields
from escalation_core.people import Person, Role
from escalation_core.policy import Policy
from escalation_core.table import ENTRIES

C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)
CE = TypeVar("CE", bound=CaseEvent | EscalationEvent)
EE = TypeVar("EE", bound=EscalationEvent)

Events = tuple[Event, ...]
Refusals = tuple[Refusal, ...]
NONE: Refusals = ()

_make_refusal = maker(Refusal)


class Stamp(TypedDict):
    """The fields that every event has."""

    case_id: str
    version: int
    at: datetime
    by: Person
    command_id: str | None
    command_digest: str | None


def second(stamp: Stamp) -> Stamp:
    """Return the stamp of the second event of a step."""
    return {**stamp, "version": stamp["version"] + 1}


class OverdueFacts(Stamp):
    """The fields of every event that time causes."""

    due_at: datetime
    overdue_by: timedelta
    breach: bool
    rung: int
    roles: tuple[Role, ...]
    vacant: tuple[Role, ...]
    remind_at: datetime | None


@frozen(kw_only=True, eq=False, repr=False)
class Step:
    """The functions of one class of commands; ``about_case`` commands need no escalation."""

    kind: type[Command]
    about_case: bool
    state: Callable[..., Refusals] | None  #: Rules that hold for every command of this class.
    payload: Callable[..., Refusals] | None  #: Rules about the fields of the command.
    decide: Callable[..., Events]


def step(
    kind: type[C],
    *,
    decide: Callable[[Policy, Case, Escalation, C, Stamp], Events] | None = None,
    state: Callable[[Case, Escalation, Person, datetime], Refusals] | None = None,
    payload: Callable[[Policy, Case, Escalation, C], Refusals] | None = None,
) -> Step:
    """Return the row of a command about an escalation; by default, the event gets the fields of the command."""
    return Step(kind=kind, about_case=False, state=state, payload=payload, decide=decide or _recorder(kind))


def case_step(
    kind: type[C],
    *,
    decide: Callable[[Policy, Case, C, Stamp], Events] | None = None,
    state: Callable[[Case], Refusals] | None = None,
    payload: Callable[[Case, C], Refusals] | None = None,
) -> Step:
    """Return the row of a command about a case; by default, the event gets the fields of the command."""
    return Step(kind=kind, about_case=True, state=state, payload=payload, decide=decide or _recorder(kind))


def _recorder(kind: type[Command]) -> Callable[..., Events]:
    """Return the decision of a command whose event has exactly the fields of the command.

    Raises:
        TypeError: the event of the table has other fields.
    """
    event = ENTRIES[kind].recorded_as
    if event is None:
        raise TypeError(f"{kind.__name__}: must have a decision, since its event has other fields")
    names = own_fields(kind)
    make: Callable[..., Event] = maker(event)

    def record(*asked: Any) -> Events:  # noqa: ANN401  # the arguments of any decision; the last are command and stamp
        command, stamp = asked[-2:]
        for name in names:
            stamp[name] = getattr(command, name)
        return (make(**stamp),)

    return record


@frozen(kw_only=True, eq=False, repr=False)
class Fold:
    """The change that one class of events makes; ``about_case`` events need no escalation."""

    kind: type[Event]
    about_case: bool
    how: Callable[..., Any]


def fold(kind: type[EE], how: Callable[[Case, Escalation, EE], EscalationChanges]) -> Fold:
    """Return the row of an event that changes the escalation."""
    return Fold(kind=kind, about_case=False, how=how)


def case_fold(kind: type[CE], how: Callable[[Case, CE], CaseChanges]) -> Fold:
    """Return the row of an event that changes the case."""
    return Fold(kind=kind, about_case=True, how=how)


@frozen(kw_only=True, eq=False, repr=False)
class Due:
    """The function that makes the event of one kind of clock."""

    clock: ClockKind
    how: Callable[[Escalation, OverdueFacts], Overdue]


def due(clock: ClockKind, how: Callable[[Escalation, OverdueFacts], Overdue]) -> Due:
    """Return the row of one kind of clock."""
    return Due(clock=clock, how=how)


def no_change(_case: Case, _escalation: Escalation, _event: EscalationEvent) -> EscalationChanges:
    """Return no changes: the state of the escalation keeps nothing of this event."""
    return {}


def no_case_change(_case: Case, _event: CaseEvent) -> CaseChanges:
    """Return no changes: the event changes nothing but the status of the case."""
    return {}


def refuse(code: RefusalCode, message: str) -> Refusals:
    """Return one refusal."""
    return (_make_refusal(code=code, message=brief(message)),)


def role_mismatch(case: Case, known: Person, person: Person) -> Refusals:
    """Return the refusal of a person whose id has another role on the case."""
    message = f"the role of {shown(person.id)} on case {case.id} is {known.role}, not {person.role}"
    return refuse(RefusalCode.ROLE_MISMATCH, message)


def impossible(case: Case, event: Event, why: str) -> ReplayError:
    """Return the error of an event that cannot have happened."""
    return ReplayError(f"{event.id}: {type(event).__name__} is impossible on case {case.id}, since {why}")
