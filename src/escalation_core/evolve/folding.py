"""What all folds are made of.

Rule 1: whoever folds an event about the escalation goes through ``with_escalation``, about the case through
``with_case``: these move the status by the lifecycle. What time causes moves none, and goes through ``with_clocks``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict, TypeVar

from escalation_core.case import Case
from escalation_core.clocks import Breach, Clock, ClockKind, missed
from escalation_core.errors import ReplayError
from escalation_core.escalation import Escalation, EscalationStatus
from escalation_core.events import Event
from escalation_core.lifecycle import CASE, ESCALATION
from escalation_core.values import copier, maker

E = TypeVar("E", bound=Event)

case_with: Callable[..., Case] = copier(Case)
moved: Callable[..., Case] = copier(Case, "escalation", "version", "updated_at")
_escalation = copier(Escalation)
_clock = maker(Clock)

FOLDS: dict[type[Event], Callable[[Case, Any], Case]] = {}


def folds(kind: type[E]) -> Callable[[Callable[[Case, E], Case]], Callable[[Case, E], Case]]:
    """Register the fold of one class of events."""

    def register(fold: Callable[[Case, E], Case]) -> Callable[[Case, E], Case]:
        FOLDS[kind] = fold
        return fold

    return register


def impossible(case: Case, event: Event, why: str) -> ReplayError:
    """Phrase why an event cannot have happened."""
    return ReplayError(f"{event.id}: {type(event).__name__} is impossible, since {why} on case {case.id}")


def current(case: Case, event: Event) -> Escalation:
    """Give the escalation that the event is about."""
    if case.escalation is None:
        raise impossible(case, event, "there is no escalation")
    return case.escalation


def with_escalation(case: Case, event: Event, **changes: Any) -> Case:  # noqa: ANN401  # fields of Escalation
    """Fold an event that changes these fields of the escalation, and its status by the lifecycle."""
    after = _escalation(current(case, event), status=status_after(case, event), **changes)
    return moved(case, escalation=after, version=event.version, updated_at=event.at)


def status_after(case: Case, event: Event) -> EscalationStatus:
    """Give the status of the escalation after an event, by the lifecycle."""
    before = current(case, event).status
    status = ESCALATION.after(before, event)
    if status is None:
        raise impossible(case, event, f"the escalation is {before.value}")
    return status


def with_clocks(case: Case, event: Event, **changes: Any) -> Case:  # noqa: ANN401  # fields of Escalation
    """Fold an event that moves no status, and changes these fields of the escalation."""
    after = _escalation(current(case, event), **changes)
    return moved(case, escalation=after, version=event.version, updated_at=event.at)


def with_case(case: Case, event: Event, **changes: Any) -> Case:  # noqa: ANN401  # fields of Case
    """Fold an event that changes these fields of the case, its status by the lifecycle."""
    status = CASE.after(case.status, event)
    if status is None:
        raise impossible(case, event, f"the case is {case.status.value}")
    return case_with(case, status=status, version=event.version, updated_at=event.at, **changes)


class Clocks(TypedDict):
    """The fields of an escalation that starting and stopping clocks changes."""

    clocks: tuple[Clock, ...]
    breaches: tuple[Breach, ...]


def clocks_after(case: Case, event: Event, stopped: tuple[ClockKind, ...], *started: Clock) -> Clocks:
    """Stop these clocks, as far as they run, and start others; what was missed by now goes on record."""
    escalation = current(case, event)
    clocks, breaches = started, escalation.breaches
    for clock in escalation.clocks:
        if clock.kind not in stopped:
            clocks = (*clocks, clock)
        else:
            breaches = missed(clock, event.at, breaches)
    return {"clocks": clocks, "breaches": breaches}


def clock(case: Case, event: Event, kind: ClockKind, due_at: datetime) -> Clock:
    """Make a clock that begins to run."""
    if due_at <= event.at:
        raise impossible(case, event, f"the {kind.value} cannot be due at {due_at}")
    return _clock(kind=kind, due_at=due_at, remind_at=due_at, postponed=False)


def update_clock(case: Case, event: Event, next_update_by: datetime | None) -> tuple[Clock, ...]:
    """Make the clock of the next update, where one is promised."""
    return () if next_update_by is None else (clock(case, event, ClockKind.UPDATE, next_update_by),)
