"""User code that a checker refuses, at the marked lines and nowhere else."""

import escalation_core as ec
from escalation_core import commands, events

hooks = ec.Hooks()


def on_start(event: events.EscalationStarted) -> None:
    print(event.follow_ups)  # wrong


hooks.on(events.EscalationClosed, on_start)  # wrong
hooks.on(events.EscalationClosed, lambda event: print(event.stakeholders))  # wrong


def late(process: ec.Process, case: ec.Case, by: ec.Person) -> None:
    process.handle(case, commands.Acknowledge(by=by))  # wrong
    process.open(case, by="ana", now=None)  # wrong
