"""How what time itself causes, and what people do about it, change a case: no status moves."""

from datetime import datetime, timedelta
from typing import Any

from escalation_core import events
from escalation_core.case import Case
from escalation_core.clocks import Clock, ClockKind, find, missed
from escalation_core.escalation import CLOCK_OF
from escalation_core.evolve.folding import current, folds, impossible, with_clocks, with_escalation
from escalation_core.people import Role
from escalation_core.timing import Rung
from escalation_core.values import copier, shown

_reminded = copier(Clock, "remind_at")


def _refuse_wrong_rung(
    case: Case, event: events.Overdue | events.LevelRaised, rungs: tuple[Rung, ...], number: int
) -> None:
    """Refuse a rung that the ladder does not have, and roles that nobody on it has."""
    heard = {role for rung in rungs[:number] for role in rung.roles}
    if number > len(rungs) or not set(event.roles) <= heard or not set(event.vacant) <= set(event.roles):
        raise impossible(case, event, f"the ladder has {len(rungs)} rungs, and others hear")


def _overdue(case: Case, event: events.Overdue, kind: ClockKind, **changes: Any) -> Case:  # noqa: ANN401  # fields of Escalation
    escalation = current(case, event)
    clock = find(escalation.clocks, kind)
    if clock is None or clock.remind_at is None or event.at < clock.remind_at:
        raise impossible(case, event, "no clock has anything to say then")
    told = clock.due_at if event.breach else event.due_at
    if event.breach is not (event.at >= clock.due_at) or event.due_at != told or event.due_at > event.at:
        raise impossible(case, event, f"the {kind.value} was due at {clock.due_at}")
    if event.overdue_by != event.at - event.due_at:
        raise impossible(case, event, f"it is overdue by {event.at - event.due_at}")
    _refuse_wrong_reminder(case, event, clock, told=event.breach, earliest=event.at + timedelta.resolution)
    if event.by.role is not Role.AUTOMATION:
        raise impossible(case, event, "nobody but time causes it")
    clocks = tuple(
        _reminded(other, remind_at=event.remind_at) if other is clock else other for other in escalation.clocks
    )
    return with_clocks(case, event, clocks=clocks, breaches=missed(clock, event.at, escalation.breaches), **changes)


def _refuse_wrong_reminder(
    case: Case, event: events.Overdue | events.LevelRaised, clock: Clock, *, told: bool, earliest: datetime
) -> None:
    """Refuse a next reminder that is too early, or later than the promise, whose miss must be told."""
    at = event.remind_at
    if (at is not None and at < earliest) or (not told and (at is None or at > clock.due_at)):
        raise impossible(case, event, f"the next reminder is due at another time than {at}")


@folds(events.AcknowledgementOverdue)
def _acknowledgement_overdue(case: Case, event: events.AcknowledgementOverdue) -> Case:
    escalation = current(case, event)
    if event.rung < escalation.level:
        raise impossible(case, event, f"the level is {escalation.level}")
    _refuse_wrong_rung(case, event, escalation.timing.ladder, event.rung)
    return _overdue(case, event, ClockKind.ACKNOWLEDGEMENT, level=event.rung)


def _owner_overdue(case: Case, event: events.Overdue, kind: ClockKind) -> Case:
    _refuse_wrong_rung(case, event, current(case, event).timing.owner_ladder, event.rung)
    return _overdue(case, event, kind)


@folds(events.UpdateOverdue)
def _update_overdue(case: Case, event: events.UpdateOverdue) -> Case:
    return _owner_overdue(case, event, ClockKind.UPDATE)


@folds(events.AnswerOverdue)
def _answer_overdue(case: Case, event: events.AnswerOverdue) -> Case:
    pending = current(case, event).pending_proposal
    if pending is None or pending.id != event.proposal:
        raise impossible(case, event, f"the proposal {shown(event.proposal)} is not pending")
    return _owner_overdue(case, event, ClockKind.ANSWER)


@folds(events.FollowUpOverdue)
def _follow_up_overdue(case: Case, event: events.FollowUpOverdue) -> Case:
    return _owner_overdue(case, event, CLOCK_OF[event.kind])


@folds(events.LevelRaised)
def _level_raised(case: Case, event: events.LevelRaised) -> Case:
    escalation = current(case, event)
    ladder, clock = escalation.timing.ladder, find(escalation.clocks, ClockKind.ACKNOWLEDGEMENT)
    if event.level != escalation.level + 1 or event.last is not (event.level == len(ladder)):
        raise impossible(case, event, f"the level is {escalation.level} of {len(ladder)}")
    _refuse_wrong_rung(case, event, ladder, event.level)
    if clock is not None:
        waits = clock.remind_at is not None and clock.remind_at <= clock.due_at
        _refuse_wrong_reminder(case, event, clock, told=not waits, earliest=clock.remind_at or clock.due_at)
    elif event.remind_at is not None:
        raise impossible(case, event, "no clock has anything to say then")
    clocks = tuple(
        _reminded(other, remind_at=event.remind_at) if other is clock else other for other in escalation.clocks
    )
    return with_escalation(case, event, level=event.level, clocks=clocks)
