"""Reminders of deadlines: their instants and recipients, computed from the ladders.

Rule 1: a late call of ``due`` returns one reminder for each clock, for all rungs whose time has come.
Rule 2: a rung that a person notified by ``RaiseLevel`` is not notified again when its time comes. A missed deadline
always causes a reminder.
Rule 3: the timing is the one with which the escalation started.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from attrs import frozen

from escalation_core.calendars import END
from escalation_core.case import Case
from escalation_core.clocks import Clock, ClockKind, find, missed
from escalation_core.escalation import CLOCK_OF, Escalation
from escalation_core.events import LevelRaised, Overdue
from escalation_core.fast import EscalationChanges, copy_clock
from escalation_core.people import AUTOMATION, Role
from escalation_core.steps.rows import OverdueFacts, impossible
from escalation_core.timing import Alarm, Rung, Timing


@frozen(kw_only=True, eq=False, repr=False)
class Reminder:
    """The reminder of one clock at one time."""

    due_at: datetime  #: The deadline if it is missed; before, the instant of the rung.
    overdue_by: timedelta
    breach: bool  #: Whether the deadline is missed.
    rung: int  #: The highest rung reached, from 1; 0 is before the first.
    roles: tuple[Role, ...]  #: The roles to notify beside the owner, in the order of ``Role``.
    remind_at: datetime | None  #: The next reminder; None after the last.


def overdue_facts(case: Case, escalation: Escalation, clock: Clock, now: datetime, version: int) -> OverdueFacts:
    """Return the fields of the event of a clock whose ``remind_at`` has come."""
    reminder = reminder_of(escalation.timing, clock, started_at=escalation.started_at, level=escalation.level, now=now)
    return {
        "case_id": case.id,
        "version": version,
        "at": now,
        "by": AUTOMATION,
        "command_id": None,
        "command_digest": None,
        "due_at": reminder.due_at,
        "overdue_by": reminder.overdue_by,
        "breach": reminder.breach,
        "rung": reminder.rung,
        "roles": reminder.roles,
        "vacant": case.vacant(reminder.roles),
        "remind_at": reminder.remind_at,
    }


def reminder_of(timing: Timing, clock: Clock, *, started_at: datetime, level: int, now: datetime) -> Reminder:
    """Return the reminder of a clock whose ``remind_at`` has come.

    Args:
        timing: the timing of the escalation.
        clock: a clock that runs.
        started_at: the start of the escalation.
        level: the highest rung of the acknowledgement's ladder that was notified, by time or by hand.
        now: an instant in UTC, not before ``clock.remind_at``.
    """
    level = level if clock.kind is ClockKind.ACKNOWLEDGEMENT else 0
    since = clock.remind_at or clock.due_at
    moments = tuple(_moments(timing, clock, started_at))
    passed = [(at, alarm) for at, alarm in moments if at <= now]
    notified = {max(alarm.rung, level) for at, alarm in passed if at >= since}
    reached = max([level, *(alarm.rung for _, alarm in passed)])
    breach = now >= clock.due_at
    due_at = clock.due_at if breach else max([since, *(at for at, _ in passed)])
    following = next((at for at, alarm in moments if at > now and _is_news(alarm, reached)), None)
    return Reminder(
        due_at=due_at,
        overdue_by=now - due_at,
        breach=breach,
        rung=reached,
        roles=_roles(_rungs(timing, clock.kind), notified or {reached}),
        remind_at=following if breach else _deadline_or(following, clock),
    )


def next_reminder(timing: Timing, clock: Clock, *, started_at: datetime, level: int) -> datetime | None:
    """Return the next reminder of a clock after a person raised the level to this one; None after the last."""
    since = clock.remind_at or clock.due_at
    moments = _moments(timing, clock, started_at)
    following = next((at for at, alarm in moments if at >= since and _is_news(alarm, level)), None)
    return following if since > clock.due_at or clock.remind_at is None else _deadline_or(following, clock)


def roles_at(timing: Timing, level: int) -> tuple[Role, ...]:
    """Return the roles of one rung of the acknowledgement's ladder, in the order of ``Role``."""
    return _roles(timing.ladder, {level})


def _deadline_or(following: datetime | None, clock: Clock) -> datetime:
    """Return the earlier of the next moment, which is computed again, and the deadline, which is stored."""
    return clock.due_at if following is None else min(following, clock.due_at)


def _is_news(alarm: Alarm, level: int) -> bool:
    """Whether an alarm notifies a rung above this level, or the rung of this level again."""
    return alarm.rung > level or (alarm.rung == level and not alarm.first)


def _rungs(timing: Timing, kind: ClockKind) -> tuple[Rung, ...]:
    return timing.ladder if kind is ClockKind.ACKNOWLEDGEMENT else timing.owner_ladder


def _roles(rungs: tuple[Rung, ...], numbers: Iterable[int]) -> tuple[Role, ...]:
    found = {role for number in numbers if number for role in rungs[number - 1].roles}
    return tuple(role for role in Role if role in found)


def _moments(timing: Timing, clock: Clock, started_at: datetime) -> Iterator[tuple[datetime, Alarm]]:
    """Yield the moments of a clock's ladder as instants, in order, each counted from the one before."""
    first = clock.kind is ClockKind.ACKNOWLEDGEMENT
    base = started_at if first else clock.due_at
    calendar = timing.business_days if clock.kind in CLOCK_OF.values() else timing.hours
    passed = timedelta(0)
    for alarm in timing.alarms if first else timing.owner_alarms:
        base = base if base >= END else calendar.add(base, alarm.after - passed)
        passed = alarm.after
        yield base, alarm


# Folds


def owner_reminded(case: Case, escalation: Escalation, event: Overdue, kind: ClockKind) -> EscalationChanges:
    """Return the changes of a reminder to the owner and the owner ladder."""
    refuse_wrong_rung(case, event, escalation.timing.owner_ladder, event.rung)
    return reminded(case, escalation, event, kind)


def reminded(case: Case, escalation: Escalation, event: Overdue, kind: ClockKind) -> EscalationChanges:
    """Return the changes of a reminder: the next one, and the breach if the deadline is missed."""
    clock = find(escalation.clocks, kind)
    if clock is None or clock.remind_at is None or event.at < clock.remind_at:
        raise impossible(case, event, "no reminder is due then")
    expected = clock.due_at if event.breach else event.due_at
    if event.breach is not (event.at >= clock.due_at) or event.due_at != expected or event.due_at > event.at:
        raise impossible(case, event, f"the {kind} was due at {clock.due_at}")
    if event.overdue_by != event.at - event.due_at:
        raise impossible(case, event, f"it is overdue by {event.at - event.due_at}")
    refuse_wrong_reminder(case, event, clock, is_missed=event.breach, earliest=event.at + timedelta.resolution)
    if event.by.role is not Role.AUTOMATION:
        raise impossible(case, event, "only time causes it")
    return {
        "clocks": with_reminder(escalation, clock, event.remind_at),
        "breaches": missed(clock, event.at, escalation.breaches),
    }


def with_reminder(escalation: Escalation, clock: Clock | None, remind_at: datetime | None) -> tuple[Clock, ...]:
    """Return the clocks of an escalation, with a new next reminder of this one."""
    return tuple(copy_clock(one, remind_at=remind_at) if one is clock else one for one in escalation.clocks)


def refuse_wrong_rung(case: Case, event: Overdue | LevelRaised, rungs: tuple[Rung, ...], number: int) -> None:
    """Raise a ReplayError for a rung that the ladder does not have, or roles that no rung up to it has."""
    possible = {role for rung in rungs[:number] for role in rung.roles}
    if number > len(rungs) or not set(event.roles) <= possible or not set(event.vacant) <= set(event.roles):
        raise impossible(case, event, f"the ladder has only {len(rungs)} rungs, or the roles do not match the rung")


def refuse_wrong_reminder(
    case: Case, event: Overdue | LevelRaised, clock: Clock, *, is_missed: bool, earliest: datetime
) -> None:
    """Raise a ReplayError for a next reminder that is too early, or later than a deadline that is not missed yet."""
    at = event.remind_at
    if (at is not None and at < earliest) or (not is_missed and (at is None or at > clock.due_at)):
        raise impossible(case, event, f"the next reminder is due at another time than {at}")
