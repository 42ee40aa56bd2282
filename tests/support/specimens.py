"""One value of every class of the library."""

from datetime import timedelta
from typing import Any

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.notifications.catalogs import ENGLISH
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, PAUL, RITA, T0, emergency, later, reach, sample
from support.examples import PROCESS

S = ec.EscalationStatus


def history(case: ec.Case, *steps: Command) -> list[Event]:
    """Return the events of opening a case and sending these commands."""
    outcome = PROCESS.open(case, by=ANA, now=T0)
    happened = list(outcome.events)
    for step in steps:
        outcome = PROCESS.handle(outcome.case, step, now=later(outcome.case))
        happened += outcome.events
    return happened


def overdue() -> tuple[Event, ...]:
    """Return an event of every kind that time causes."""
    cases = [reach(S.STARTED), reach(S.ACKNOWLEDGED), reach(S.SOLUTION_PROPOSED), reach(S.CLOSED)]
    return tuple(PROCESS.due(case, now=T0 + timedelta(hours=1000)).events[0] for case in cases)


_TO_THE_END = (
    sample(commands.Acknowledge, RITA),
    sample(commands.ProposeSolution, RITA),
    sample(commands.AcceptSolution, ANA),
    sample(commands.AcceptSolution, PAUL),
    sample(commands.CloseEscalation, RITA),
)
#: One value of every kind of event that real commands make, and of every other kind of value.
VALUES: list[Any] = [
    *(sample(command, RITA) for command in COMMANDS),
    *history(emergency(), *_TO_THE_END),
    *history(emergency(), sample(commands.CancelEscalation, RITA))[2:],
    ANA,
    emergency(),
    reach(S.SOLUTION_PROPOSED).escalation,
    ec.Proposal(
        id="4711/4",
        summary="x",
        kind=ec.SolutionKind.FIX,
        proposed_at=T0,
        asked=(ec.Role.CUSTOMER,),
        consent=ec.Consent.ALL,
    ),
    ec.FollowUp(kind=ec.FollowUpKind.DEBRIEF, due_at=T0),
    ec.Refusal(code="x", message="x"),
    *overdue(),
    ec.Clock(kind=ec.ClockKind.UPDATE, due_at=T0, remind_at=T0),
    ec.Breach(kind=ec.ClockKind.UPDATE, due_at=T0),
    ec.Rung(after=timedelta(hours=1), roles=frozenset()),
    ec.CadenceStep(every=timedelta(hours=1)),
    ec.WorkingHours(),
    ec.Calendar(),
    ec.Timing(),
    ec.Policy().terms,
    ec.Policy(),
    ec.Permissions(),
    ec.Audiences(),
    ec.Misuse(),
    ec.Concern(kind=ec.ConcernKind.KNOWN_BUG, message="x"),
    PROCESS.open(emergency(), by=ANA, now=T0).notifications[0],
    ENGLISH.texts[0],
    ENGLISH,
]
