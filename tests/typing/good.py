"""User code that a checker accepts: the callback knows its event's class."""

from datetime import datetime

import escalation_core as ec
from escalation_core import commands, events

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
