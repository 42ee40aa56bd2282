"""Invariant 12: the running clocks, the recorded breaches, and the reminders."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from escalation_core import events
from escalation_core.case import Case
from escalation_core.checks import LAST_YEAR
from escalation_core.clocks import Breach, Clock, ClockKind
from escalation_core.escalation import Escalation, EscalationStatus, FollowUpKind
from escalation_core.events import Event
from escalation_core.people import AUTOMATION
from escalation_core.process import Process
from escalation_core.testing.history import Step
from escalation_core.timing import Timing

_S = EscalationStatus

_REMINDERS: dict[type[Event], tuple[EscalationStatus, ...]] = {
    events.AcknowledgementOverdue: (_S.STARTED,),
    events.UpdateOverdue: (_S.ACKNOWLEDGED, _S.SOLUTION_PROPOSED, _S.SOLUTION_REJECTED),
    events.AnswerOverdue: (_S.SOLUTION_PROPOSED,),
    events.FollowUpOverdue: (_S.CLOSED,),
}
_CLOCKS: dict[type[Event], ClockKind] = {
    events.AcknowledgementOverdue: ClockKind.ACKNOWLEDGEMENT,
    events.UpdateOverdue: ClockKind.UPDATE,
    events.AnswerOverdue: ClockKind.ANSWER,
}
_FOLLOW_UPS = {
    FollowUpKind.DEBRIEF: ClockKind.DEBRIEF,
    FollowUpKind.POST_MORTEM: ClockKind.POST_MORTEM,
    FollowUpKind.ROOT_CAUSE_ANALYSIS: ClockKind.ROOT_CAUSE_ANALYSIS,
}


def invariant_12(step: Step) -> Iterator[str]:
    """Each reminder is returned once; a stopped clock reminds nobody; nothing is due before ``next_due``."""
    after = step.after.escalation
    if after is not None:
        yield from _clocks(after)
    if step.before.escalation is not None and after is not None:
        yield from _record(step, step.before.escalation, after)
    if step.command is None:
        yield from _reminders(step)
    yield from _due_once_and_never_early(step.process, step.after, step.now)


def _clocks(escalation: Escalation) -> Iterator[str]:
    """Exactly the clocks of the status run."""
    status, expected = escalation.status, set[ClockKind]()
    if status is _S.STARTED:
        expected = {ClockKind.ACKNOWLEDGEMENT}
    elif status in {_S.ACKNOWLEDGED, _S.SOLUTION_REJECTED}:
        expected = {ClockKind.UPDATE}
    elif status is _S.SOLUTION_PROPOSED:
        expected = {ClockKind.ANSWER, *([ClockKind.UPDATE] if escalation.timing.updates_while_waiting else [])}
    elif status is _S.CLOSED:
        expected = {_FOLLOW_UPS[owed.kind] for owed in escalation.follow_ups if not owed.done}
    running = [clock.kind for clock in escalation.clocks]
    if Counter(running) != Counter(expected):
        yield f"{status}: the running clocks must be {_named(expected)}, got {_named(running)}"


def _named(kinds: Iterable[ClockKind]) -> str:
    return " and ".join(sorted(kind.value for kind in kinds)) or "nothing"


def _record(step: Step, before: Escalation, after: Escalation) -> Iterator[str]:
    """A clock that stops or reminds at its deadline or later is recorded as a breach, once; no other clock is."""

    def looked_at(clock: Clock) -> bool:
        kept = [other for other in after.clocks if (other.kind, other.due_at) == (clock.kind, clock.due_at)]
        return clock not in kept if step.command is None else not kept

    missed = [clock for clock in before.clocks if clock.due_at <= step.now and looked_at(clock)]
    expected = {*before.breaches, *(Breach(kind=clock.kind, due_at=clock.due_at) for clock in missed)}
    if Counter(after.breaches) != Counter(expected):
        found = _named(breach.kind for breach in after.breaches)
        yield f"the breaches must be {_named(breach.kind for breach in expected)}, got {found}"
    elif list(after.breaches) != sorted(expected, key=lambda breach: (breach.due_at, breach.kind.value)):
        yield "the breaches are not in the order of time"


def _reminders(step: Step) -> Iterator[str]:
    before = step.before.escalation
    counted = Counter((type(event), getattr(event, "kind", None)) for event in step.events)
    yield from (
        f"Process.due returns {kind.__name__} {count} times" for (kind, _), count in counted.items() if count > 1
    )
    for event in step.events:
        name = type(event).__name__
        if before is None or not isinstance(event, events.Overdue) or event.by != AUTOMATION:
            yield f"{name} is not caused by time"
        elif before.status not in _REMINDERS[type(event)] or not _has_deadline(event, before):
            yield f"{name} in {before.status} has no deadline"
        elif event.due_at > event.at or event.overdue_by != event.at - event.due_at:
            yield f"{name} does not count from its deadline"
        else:
            yield from _rungs(event, before, step.process.policy.timing)


def _rungs(event: events.Overdue, before: Escalation, timing: Timing) -> Iterator[str]:
    """A reminder reaches the owner, and the rungs whose time has come since the last reminder, and nobody else."""
    raises_level = isinstance(event, events.AcknowledgementOverdue)
    clock = next(one for one in before.clocks if one.kind is _clock_of(event))
    calendar = timing.business_days if isinstance(event, events.FollowUpOverdue) else timing.hours
    begins, ladder = (before.started_at, timing.ladder) if raises_level else (clock.due_at, timing.owner_ladder)
    level, since = before.level if raises_level else 0, clock.remind_at or clock.due_at
    come: list[tuple[datetime, int, bool]] = []
    for number, rung in enumerate(ladder, start=1):
        until = ladder[number].after if number < len(ladder) else timedelta.max
        again = [rung.after + turn * (rung.every or until) for turn in range(1, rung.repeats + 1)]
        come += [
            (calendar.add(begins, after), number, after == rung.after)
            for after in (rung.after, *again)
            if after < until
        ]
    come = [(at, number, first) for at, number, first in come if at <= event.at]
    expected = {n for at, n, first in come if at >= since and (n > level or (n == level and not first))}
    if since <= clock.due_at <= event.at:
        expected.add(max([level, *(number for at, number, _ in come if at == clock.due_at)]))
    roles = {role for number in expected - {0} for role in ladder[number - 1].roles}
    if set(event.roles) != roles or len(event.roles) != len(roles):
        yield f"{type(event).__name__} reaches other rungs than those whose time has come"
    if event.rung != max([level, *(number for _, number, __ in come)]):
        yield f"{type(event).__name__} names a different rung than the last one reached"


def _clock_of(event: events.Overdue) -> ClockKind:
    return _FOLLOW_UPS[event.kind] if isinstance(event, events.FollowUpOverdue) else _CLOCKS[type(event)]


def _has_deadline(event: events.Overdue, escalation: Escalation) -> bool:
    if isinstance(event, events.UpdateOverdue) and escalation.status is _S.SOLUTION_PROPOSED:
        return escalation.timing.updates_while_waiting
    if isinstance(event, events.FollowUpOverdue):
        return any(owed.kind is event.kind and not owed.done for owed in escalation.follow_ups)
    return True


def _due_once_and_never_early(process: Process, case: Case, now: datetime) -> Iterator[str]:
    at, outcome = process.next_due(case), process.due(case, now=now)
    if bool(outcome.events) is not (at is not None and at <= now):
        yield "due and next_due disagree"
    if outcome.events and process.due(outcome.case, now=now).events:
        yield "a reminder comes twice"
    if at is None or at.year >= LAST_YEAR:  # the process accepts no instant in the last year
        return
    if case.updated_at is not None and at < case.updated_at:
        yield "next_due is before the last event"
    if process.due(case, now=at - timedelta.resolution).events:
        yield "something is due before next_due"
    if at > now and not process.due(case, now=at).events:
        yield "nothing is due at next_due"
