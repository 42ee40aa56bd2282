"""The record of a case: who did what, and when."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.testing import (
    ANA,
    LEA,
    MINUTE,
    PAUL,
    RITA,
    T0,
    after,
    emergency,
    later,
    opened,
    person,
    reach,
    sample,
)
from support.examples import OPS, PROCESS, escalation_of, fields_of
from support.expectations import expected_codes
from support.process import ROWS
from support.situations import situations

S = ec.EscalationStatus
DAY = timedelta(days=1)
OWING = after(
    reach(S.ACKNOWLEDGED),
    commands.AttributeCause(by=OPS, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk"),
    commands.ProposeSolution(by=RITA, summary="Another disk"),
    commands.AcceptSolution(by=ANA),
    commands.AcceptSolution(by=PAUL),
    commands.CloseEscalation(by=RITA),
)
TALK = commands.RequestRealTimeCommunication(by=RITA, channel="Room 7", reason="To see it")
SITUATIONS = tuple(situations().values())
#: Values for optional fields.
MORE: dict[type[Command], dict[str, Any]] = {
    commands.PostUpdate: {"eta": T0 + DAY},
    commands.ProposeSolution: {"kind": ec.SolutionKind.MITIGATION},
    commands.AttributeCause: {"cause": ec.Cause.INFRASTRUCTURE},
}
#: Fields that the event of a command names differently, or does not repeat.
ELSEWHERE = {(commands.PostponeUpdate, "until"), (commands.ReassignOwner, "to"), (commands.RaiseLevel, "from_level")}


def place_for(kind: type[Command], role: ec.Role) -> ec.Case:
    """Return a case for which this role may send this command."""
    return next(at.case for at in SITUATIONS if not expected_codes(at, kind, role))


def sent() -> Iterator[tuple[ec.Case, Command]]:
    """Yield every command with all fields set, from each role that may send it, and a suitable case."""
    for kind, row in ROWS.items():
        for role in sorted(row.who, key=list(ec.Role).index):
            place = place_for(kind, role)
            more = dict(MORE.get(kind, {}))
            if kind in {commands.AcceptSolution, commands.RejectSolution}:
                more["proposal"] = escalation_of(place).proposals[-1].id
            yield place, sample(kind, person(role), **more)


SENT = tuple(sent())


@pytest.mark.parametrize(
    ("place", "command"), SENT, ids=[f"{type(command).__name__} by {command.by.role}" for _, command in SENT]
)
def test_an_event_has_all_fields_of_its_command(place: ec.Case, command: Command) -> None:
    outcome = PROCESS.handle(place, command, now=later(place))
    named = {field.name for field in fields_of(command)} - {"by", "command_id"}
    says = {name for name in named if (type(command), name) not in ELSEWHERE}
    repeated = {name: getattr(event, name) for event in outcome.events for name in says if hasattr(event, name)}
    assert repeated == {name: getattr(command, name) for name in says}
    assert {(event.by, event.at) for event in outcome.events} == {(command.by, later(place))}


def test_an_escalation_is_acknowledged_at_the_time_of_the_command() -> None:
    case = opened(emergency())
    acknowledged = PROCESS.handle(case, commands.Acknowledge(by=RITA), now=T0 + 20 * MINUTE).case
    escalation = escalation_of(acknowledged)
    assert (escalation.started_at, escalation.acknowledged_at) == (T0, T0 + 20 * MINUTE)


@pytest.mark.parametrize("status", [S.SOLUTION_PROPOSED, S.SOLUTION_ACCEPTED])
def test_closing_ends_real_time_communication(status: S) -> None:
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=DAY)))
    case = after(reach(status, process), TALK, process=process)
    assert escalation_of(case).real_time == "Room 7"
    closed = process.handle(case, commands.CloseEscalation(by=LEA), now=T0 + 2 * DAY).case
    assert escalation_of(closed).real_time is None


def test_a_follow_up_is_done_at_the_time_of_its_command() -> None:
    done = {
        ec.FollowUpKind.DEBRIEF: commands.DebriefStakeholders(by=RITA, notes="Everybody is informed"),
        ec.FollowUpKind.ROOT_CAUSE_ANALYSIS: commands.ShareRootCauseAnalysis(by=LEA, document="https://rca.example"),
        ec.FollowUpKind.POST_MORTEM: commands.SharePostMortem(by=LEA, document="https://pm.example"),
    }
    case = PROCESS.handle(OWING, commands.HoldPostMortem(by=RITA, findings="No spare disk"), now=T0 + DAY).case
    wanted: dict[ec.FollowUpKind, datetime] = {}
    for days, (kind, command) in enumerate(done.items(), start=2):
        case = PROCESS.handle(case, command, now=T0 + days * DAY).case
        wanted[kind] = T0 + days * DAY
        assert {owed.kind: owed.done_at for owed in escalation_of(case).follow_ups if owed.done} == wanted
    held = escalation_of(case).follow_up(ec.FollowUpKind.POST_MORTEM)
    assert held is not None
    assert held.held_at == T0 + DAY
    assert len(wanted) == len(ec.FollowUpKind)


@pytest.mark.parametrize(
    "order", list(permutations(ec.FollowUpKind)), ids=lambda order: " ".join(k.value for k in order)
)
def test_breaches_are_recorded_oldest_first_in_any_order_of_stopping(
    order: tuple[ec.FollowUpKind, ...],
) -> None:
    stops = {
        ec.FollowUpKind.DEBRIEF: commands.DebriefStakeholders(by=RITA, notes="Everybody is informed"),
        ec.FollowUpKind.POST_MORTEM: commands.SharePostMortem(by=LEA, document="https://pm.example"),
        ec.FollowUpKind.ROOT_CAUSE_ANALYSIS: commands.ShareRootCauseAnalysis(by=LEA, document="https://rca.example"),
    }
    case = after(OWING, commands.HoldPostMortem(by=RITA, findings="No spare disk"))
    for kind in order:
        case = PROCESS.handle(case, stops[kind], now=T0 + 30 * DAY).case
    breaches = escalation_of(case).breaches
    assert [breach.kind.value for breach in breaches] == ["debrief", "post mortem", "root cause analysis"]
    assert list(breaches) == sorted(breaches, key=lambda breach: breach.due_at)
