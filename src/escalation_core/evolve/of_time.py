"""How what time itself causes, and what people do about it, change a case: no status moves."""

from typing import Any

from escalation_core import events
from escalation_core.case import Case
from escalation_core.clocks import Clock, ClockKind, find, missed
from escalation_core.escalation import CLOCK_OF
from escalation_core.evolve.folding import current, folds, impossible, with_clocks, with_escalation
from escalation_core.people import Role
from escalation_core.values import copier, shown

_reminded = copier(Clock, "remind_at")


def _overdue(case: Case, event: events.Overdue, kind: ClockKind, **changes: Any) -> Case:  # noqa: ANN401  # fields of Escalation
    escalation = current(case, event)
    clock = find(escalation.clocks, kind)
    if clock is None or clock.remind_at is None or event.at < clock.remind_at:
        raise impossible(case, event, "no clock has anything to say then")
    if event.breach is not (event.at >= clock.due_at) or event.overdue_by != event.at - event.due_at:
        raise impossible(case, event, f"the {kind.value} was due at {clock.due_at}")
    if event.remind_at is not None and event.remind_at <= event.at:
        raise impossible(case, event, "the next reminder cannot be past")
    if event.by.role is not Role.AUTOMATION:
        raise impossible(case, event, "nobody but time causes it")
    clocks = tuple(
        _reminded(other, remind_at=event.remind_at) if other is clock else other for other in escalation.clocks
    )
    return with_clocks(case, event, clocks=clocks, breaches=missed(clock, event.at, escalation.breaches), **changes)


@folds(events.AcknowledgementOverdue)
def _acknowledgement_overdue(case: Case, event: events.AcknowledgementOverdue) -> Case:
    escalation = current(case, event)
    if not escalation.level <= event.rung <= len(escalation.timing.ladder):
        raise impossible(case, event, f"the level is {escalation.level}")
    return _overdue(case, event, ClockKind.ACKNOWLEDGEMENT, level=event.rung)


@folds(events.UpdateOverdue)
def _update_overdue(case: Case, event: events.UpdateOverdue) -> Case:
    return _overdue(case, event, ClockKind.UPDATE)


@folds(events.AnswerOverdue)
def _answer_overdue(case: Case, event: events.AnswerOverdue) -> Case:
    pending = current(case, event).pending_proposal
    if pending is None or pending.id != event.proposal:
        raise impossible(case, event, f"the proposal {shown(event.proposal)} is not pending")
    return _overdue(case, event, ClockKind.ANSWER)


@folds(events.FollowUpOverdue)
def _follow_up_overdue(case: Case, event: events.FollowUpOverdue) -> Case:
    return _overdue(case, event, CLOCK_OF[event.kind])


@folds(events.LevelRaised)
def _level_raised(case: Case, event: events.LevelRaised) -> Case:
    escalation = current(case, event)
    if event.level != escalation.level + 1 or event.level > len(escalation.timing.ladder):
        raise impossible(case, event, f"the level is {escalation.level}")
    clocks = tuple(
        _reminded(clock, remind_at=event.remind_at) if clock.kind is ClockKind.ACKNOWLEDGEMENT else clock
        for clock in escalation.clocks
    )
    return with_escalation(case, event, level=event.level, clocks=clocks)
