"""Generated scripts of a case: commands and waits, played with deadlines in between."""

from datetime import timedelta

from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.testing import ANA, MINUTE, PAUL, RITA, T0, emergency, sample
from support.examples import PROCESS

SPAN = int(timedelta(days=14) / MINUTE)
spans = st.lists(st.integers(0, SPAN), max_size=12).map(sorted)

#: The commands that move an escalation to its end and through its follow-ups, and those that post updates.
AHEAD_AND_UPDATES: tuple[type[Command], ...] = (
    commands.Acknowledge,
    commands.PostUpdate,
    commands.PostponeUpdate,
    commands.ProposeSolution,
    commands.AcceptSolution,
    commands.RejectSolution,
    commands.CloseEscalation,
    commands.AttributeCause,
    commands.DebriefStakeholders,
    commands.HoldPostMortem,
    commands.SharePostMortem,
)

Script = list[tuple[int, type[Command]]]  # minutes since the previous step, and a command
scripts = st.lists(st.tuples(st.integers(0, 400), st.sampled_from(AHEAD_AND_UPDATES)), max_size=12)


def events_of(script: Script, calls: list[int], process: ec.Process = PROCESS) -> list[Event]:
    """Return the events of a script during which ``due`` is called at these minutes."""
    outcome = process.open(emergency(), by=RITA, now=T0)
    happened, at = list(outcome.events), 0
    moments: list[tuple[int, int, type[Command] | None]] = [(minute, 0, None) for minute in calls]
    for wait, sent in script:
        at += wait
        moments.append((at, 1, sent))
    for minute, _, kind in sorted(moments, key=lambda moment: moment[:2]):
        now = T0 + minute * MINUTE
        if kind is None:
            outcome = process.due(outcome.case, now=now)
            happened += outcome.events
            continue
        for by in (RITA, ANA, PAUL):
            command = sample(kind, by)
            if not process.check(outcome.case, command, now=now):
                outcome = process.handle(outcome.case, command, now=now)
                happened += outcome.events
    return happened
