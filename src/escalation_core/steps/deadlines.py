"""Clocks that start and stop, and the promise of the next update.

Rule 1: a clock that is stopped at its deadline or later leaves a breach.
Rule 2: updates are promised while support works on a solution; ``updates_while_waiting`` adds pending proposals.
"""

from datetime import datetime

from escalation_core.case import Case
from escalation_core.clocks import Clock, ClockKind, missed
from escalation_core.escalation import Escalation, EscalationStatus
from escalation_core.events.base import Event
from escalation_core.fast import EscalationChanges, maker
from escalation_core.steps.rows import impossible

_make_clock = maker(Clock)


def clocks_after(
    escalation: Escalation, event: Event, stopped: tuple[ClockKind, ...], *started: Clock
) -> EscalationChanges:
    """Return the changes of clocks and breaches when these kinds of clocks stop and others start."""
    clocks, breaches = started, escalation.breaches
    for clock in escalation.clocks:
        if clock.kind not in stopped:
            clocks = (*clocks, clock)
        else:
            breaches = missed(clock, event.at, breaches)
    return {"clocks": clocks, "breaches": breaches}


def new_clock(case: Case, event: Event, kind: ClockKind, due_at: datetime) -> Clock:
    """Return a clock that starts with this event."""
    if due_at <= event.at:
        raise impossible(case, event, f"the {kind} cannot be due at {due_at}")
    return _make_clock(kind=kind, due_at=due_at, remind_at=due_at)


def update_clock(case: Case, event: Event, next_update_by: datetime | None) -> tuple[Clock, ...]:
    """Return the clock of the next update; ``()`` if no update is promised."""
    return () if next_update_by is None else (new_clock(case, event, ClockKind.UPDATE, next_update_by),)


def updates_run(escalation: Escalation, status: EscalationStatus) -> bool:
    """Whether regular updates are promised in a status that follows the acknowledgement."""
    if status is EscalationStatus.SOLUTION_PROPOSED:
        return escalation.timing.updates_while_waiting
    return status in (EscalationStatus.ACKNOWLEDGED, EscalationStatus.SOLUTION_REJECTED)


def next_update_by(escalation: Escalation, now: datetime) -> datetime:
    """Return the deadline of the next update, after an update at ``now``."""
    assert escalation.acknowledged_at is not None  # noqa: S101  # the table: updates follow the acknowledgement
    return escalation.timing.next_update_by(escalation.acknowledged_at, now)


def next_update_if_any(escalation: Escalation, status: EscalationStatus, now: datetime) -> datetime | None:
    """Return the deadline of the next update in this status; None if no update is promised in it."""
    return next_update_by(escalation, now) if updates_run(escalation, status) else None


def refuse_wrong_promise(
    case: Case, escalation: Escalation, event: Event, status: EscalationStatus, promised: datetime | None
) -> None:
    """Raise a ReplayError for a promised update in a status without updates, or none in a status with updates."""
    if (promised is None) is updates_run(escalation, status):
        raise impossible(case, event, f"the promise of an update does not match the status {status}")
