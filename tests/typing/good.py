"""User code that a checker accepts: the callback knows its event's class."""

from datetime import datetime

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.fast import copy_case, copy_clock, maker

hooks = ec.Hooks()


def on_start(event: events.EscalationStarted) -> None:
    print(event.stakeholders, event.case_id)


def on_any(event: events.Event) -> None:
    print(event.id)


async def on_close(event: events.EscalationClosed) -> None:
    print(event.follow_ups)


hooks.on(events.EscalationStarted, on_start, name="pager")
hooks.on(events.EscalationStarted, on_any)
hooks.on(events.EscalationClosed, lambda event: print(event.by_silence))
hooks.on_async(events.EscalationClosed, on_close)


def owner_of(outcome: ec.Outcome) -> str:
    escalation = outcome.case.escalation
    return escalation.owner.name if escalation is not None and escalation.owner is not None else ""


def sendable(process: ec.Process, case: ec.Case, command: commands.Command, now: datetime) -> tuple[ec.Refusal, ...]:
    return process.check(case, command, now=now)


make_clock = maker(ec.Clock)


def copies(case: ec.Case, now: datetime) -> ec.Case:
    clock = copy_clock(make_clock(kind=ec.ClockKind.UPDATE, due_at=now, remind_at=None), remind_at=now)
    return copy_case(case, version=3, updated_at=clock.remind_at)
