"""The frame of every step: it decides, folds and finds due reminders with the rows of the subjects.

Rule 1: the frame alone sets the status, by the table, and the version and time of a case.
Rule 2: each reminder is returned once, even if ``due`` is called twice; no reminder is due before ``next_due``.
Rule 3: each clock has at most one event in a call of ``due``, even if the call is late.
"""

from datetime import datetime
from typing import Any

from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.deduplication import digest_of, remembering
from escalation_core.errors import ReplayError
from escalation_core.events import CaseOpened
from escalation_core.events.base import Event
from escalation_core.fast import copy_case, copy_escalation, move_case
from escalation_core.policy import Policy
from escalation_core.steps import case as case_steps
from escalation_core.steps import contact, follow_ups, ladder, opening, ownership, participants, proposals, updates
from escalation_core.steps.reminders import overdue_facts
from escalation_core.steps.rows import Events, Fold, Stamp, Step, impossible
from escalation_core.table import CASE, ESCALATION

_SUBJECTS: tuple[Any, ...] = (
    opening,
    ownership,
    updates,
    proposals,
    follow_ups,
    ladder,
    contact,
    participants,
    case_steps,
)
STEPS: dict[type[Command], Step] = {row.kind: row for subject in _SUBJECTS for row in subject.STEPS}
_FOLDS: dict[type[Event], Fold] = {row.kind: row for subject in _SUBJECTS for row in subject.FOLDS}
_DUE = {row.clock: row.how for subject in (ladder, updates, proposals, follow_ups) for row in subject.DUE}


def decide(policy: Policy, case: Case, command: Command, now: datetime) -> Events:
    """Return the events of an accepted command, oldest first; there is at least one."""
    stamp: Stamp = {
        "case_id": case.id,
        "version": case.version + 1,
        "at": now,
        "by": command.by,
        "command_id": command.command_id,
        "command_digest": None if command.command_id is None else digest_of(command, case),
    }
    row = STEPS[type(command)]
    if row.about_case:
        return row.decide(policy, case, command, stamp)
    return row.decide(policy, case, case.escalation, command, stamp)


def evolve(case: Case | None, event: Event) -> Case:
    """Return the case after an event that follows its last one; None is the case before its first event.

    Raises:
        ReplayError: the event is impossible after this case.
    """
    if case is None:
        if not isinstance(event, CaseOpened):
            raise ReplayError(f"{event.id}: a history begins with CaseOpened, not with {type(event).__name__}")
        case = event.case
    row = _FOLDS[type(event)]
    after = _case_after(case, event, row) if row.about_case else _escalation_after(case, event, row)
    return remembering(after, event)


def _case_after(case: Case, event: Event, row: Fold) -> Case:
    status = CASE.after(case.status if case.version else None, event)
    if status is None:
        raise impossible(case, event, f"the case is {case.status}")
    return copy_case(case, status=status, version=event.version, updated_at=event.at, **row.how(case, event))


def _escalation_after(case: Case, event: Event, row: Fold) -> Case:
    before = case.escalation
    if before is None:
        raise impossible(case, event, "there is no escalation")
    status = ESCALATION.after(before.status, event)
    if status is None:
        raise impossible(case, event, f"the escalation is {before.status}")
    after = copy_escalation(before, status=status, **row.how(case, before, event))
    return move_case(case, escalation=after, version=event.version, updated_at=event.at)


def next_due(case: Case) -> datetime | None:
    """Return the instant from which ``due`` returns an event; None if no reminder follows.

    The instant is never before the last event of the case, since the next event cannot be earlier.
    """
    escalation, updated_at = case.escalation, case.updated_at
    if escalation is None or updated_at is None:
        return None
    earliest = None
    for clock in escalation.clocks:
        at = clock.remind_at
        if at is not None and (earliest is None or at < earliest):
            earliest = at
    return updated_at if earliest is not None and earliest < updated_at else earliest


def due(case: Case, now: datetime) -> Events:
    """Return the events of all due reminders, one per clock; ``()`` if ``now`` is before the last event."""
    at, escalation = next_due(case), case.escalation
    if at is None or now < at or escalation is None:
        return ()
    waiting = [clock for clock in escalation.clocks if clock.remind_at is not None and clock.remind_at <= now]
    return tuple(
        _DUE[clock.kind](escalation, overdue_facts(case, escalation, clock, now, case.version + number))
        for number, clock in enumerate(waiting, start=1)
    )
