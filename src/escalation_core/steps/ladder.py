"""The ladder of the acknowledgement: reminders while nobody acknowledges, and the command that raises the level."""

from datetime import datetime

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.clocks import ClockKind, find
from escalation_core.errors import RefusalCode
from escalation_core.escalation import Escalation
from escalation_core.fast import EscalationChanges, maker
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.steps.reminders import (
    next_reminder,
    refuse_wrong_reminder,
    refuse_wrong_rung,
    reminded,
    roles_at,
    with_reminder,
)
from escalation_core.steps.rows import (
    NONE,
    Events,
    OverdueFacts,
    Refusals,
    Stamp,
    due,
    fold,
    impossible,
    refuse,
    step,
)

_make_level_raised = maker(events.LevelRaised)
_make_acknowledgement_overdue = maker(events.AcknowledgementOverdue)


def _refuse_at_the_top(_case: Case, escalation: Escalation, _by: Person, _now: datetime) -> Refusals:
    if escalation.level < len(escalation.timing.ladder):
        return NONE
    message = f"cannot raise the level {escalation.level} of the escalation: its ladder has no further rung"
    return refuse(RefusalCode.TOP_OF_LADDER, message)


def _refuse_another_level(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.RaiseLevel
) -> Refusals:
    if command.from_level == escalation.level:
        return NONE
    message = f"cannot raise the level from {command.from_level}: the escalation is at level {escalation.level}"
    return refuse(RefusalCode.LEVEL_MOVED, message)


def _raise_level(
    _policy: Policy, case: Case, escalation: Escalation, command: commands.RaiseLevel, stamp: Stamp
) -> Events:
    timing, level = escalation.timing, escalation.level + 1
    roles = roles_at(timing, level)
    clock = find(escalation.clocks, ClockKind.ACKNOWLEDGEMENT)
    remind_at = None
    if clock is not None:
        remind_at = next_reminder(timing, clock, started_at=escalation.started_at, level=level)
    return (
        _make_level_raised(
            **stamp,
            level=level,
            roles=roles,
            vacant=case.vacant(roles),
            last=level == len(timing.ladder),
            reason=command.reason,
            remind_at=remind_at,
        ),
    )


def _level_raised(case: Case, escalation: Escalation, event: events.LevelRaised) -> EscalationChanges:
    ladder, clock = escalation.timing.ladder, find(escalation.clocks, ClockKind.ACKNOWLEDGEMENT)
    if event.level != escalation.level + 1 or event.last is not (event.level == len(ladder)):
        raise impossible(case, event, f"the level is {escalation.level} of {len(ladder)}")
    refuse_wrong_rung(case, event, ladder, event.level)
    if clock is not None:
        waits = clock.remind_at is not None and clock.remind_at <= clock.due_at
        refuse_wrong_reminder(case, event, clock, is_missed=not waits, earliest=clock.remind_at or clock.due_at)
    elif event.remind_at is not None:
        raise impossible(case, event, "no reminder is due then")
    return {"level": event.level, "clocks": with_reminder(escalation, clock, event.remind_at)}


def _acknowledgement_overdue(_escalation: Escalation, facts: OverdueFacts) -> events.AcknowledgementOverdue:
    return _make_acknowledgement_overdue(**facts)


def _acknowledgement_reminded(
    case: Case, escalation: Escalation, event: events.AcknowledgementOverdue
) -> EscalationChanges:
    if event.rung < escalation.level:
        raise impossible(case, event, f"the level is {escalation.level}")
    refuse_wrong_rung(case, event, escalation.timing.ladder, event.rung)
    return reminded(case, escalation, event, ClockKind.ACKNOWLEDGEMENT) | {"level": event.rung}


STEPS = (step(commands.RaiseLevel, state=_refuse_at_the_top, payload=_refuse_another_level, decide=_raise_level),)
FOLDS = (
    fold(events.LevelRaised, _level_raised),
    fold(events.AcknowledgementOverdue, _acknowledgement_reminded),
)
DUE = (due(ClockKind.ACKNOWLEDGEMENT, _acknowledgement_overdue),)
