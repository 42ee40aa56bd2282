"""User code that a checker refuses, at the marked lines and nowhere else."""

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.fast import copy_case, copy_clock, copy_escalation, maker
from escalation_core.steps.rows import Stamp, step

hooks = ec.Hooks()


def on_start(event: events.EscalationStarted) -> None:
    print(event.follow_ups)  # wrong


hooks.on(events.EscalationClosed, on_start)  # wrong
hooks.on(events.EscalationClosed, lambda event: print(event.stakeholders))  # wrong


def late(process: ec.Process, case: ec.Case, by: ec.Person) -> None:
    process.handle(case, commands.Acknowledge(by=by))  # wrong
    process.open(case, by="ana", now=None)  # wrong


make_clock = maker(ec.Clock)


def copies(case: ec.Case, escalation: ec.Escalation, clock: ec.Clock) -> None:
    make_clock(nonsense=1)  # wrong
    make_clock(kind="update", due_at=clock.due_at, remind_at=None)  # wrong
    copy_case(case, subjct="x")  # wrong
    copy_case(case, version="3")  # wrong
    copy_escalation(escalation, real_tiem=3)  # wrong
    copy_clock(clock, remind_at=3)  # wrong


def not_of_this_class(
    _policy: ec.Policy, _case: ec.Case, _escalation: ec.Escalation, _command: commands.PostUpdate, _stamp: Stamp
) -> tuple[events.Event, ...]:
    return ()


step(commands.Acknowledge, decide=not_of_this_class)  # wrong
