"""What a case keeps of what people did: who, what and when, whoever did it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import COMMANDS, Command
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
    problem,
    reach,
    sample,
)
from support.examples import OPS, PROCESS, escalation_of, fields_of
from test_process_table import CASE_ROWS, ESCALATION_ROWS, OPENERS

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
#: Where each command can be sent.
PLACES: dict[type[Command], ec.Case] = {
    commands.DeclareEmergency: opened(problem()),
    commands.CancelEscalation: reach(S.STARTED),
    commands.Acknowledge: reach(S.STARTED),
    commands.AcceptSolution: reach(S.SOLUTION_PROPOSED),
    commands.RejectSolution: reach(S.SOLUTION_PROPOSED),
    commands.CloseEscalation: reach(S.SOLUTION_ACCEPTED),
    commands.EndRealTimeCommunication: after(reach(S.ACKNOWLEDGED), TALK),
    commands.DebriefStakeholders: OWING,
    commands.HoldPostMortem: OWING,
    commands.SharePostMortem: after(OWING, commands.HoldPostMortem(by=RITA, findings="No spare disk")),
    commands.ShareRootCauseAnalysis: OWING,
    commands.ProposeCaseSolution: after(opened(problem()), commands.StartDiagnosis(by=RITA)),
    commands.CloseCase: after(
        opened(problem()), commands.StartDiagnosis(by=RITA), commands.ProposeCaseSolution(by=RITA)
    ),
    commands.StartDiagnosis: opened(problem()),
    commands.ReprioritizeCase: opened(problem()),
}
#: What a command can leave unsaid, said.
MORE: dict[type[Command], dict[str, Any]] = {
    commands.PostUpdate: {"eta": T0 + DAY},
    commands.ProposeSolution: {"kind": ec.SolutionKind.MITIGATION},
    commands.AttributeCause: {"cause": ec.Cause.INFRASTRUCTURE},
}
#: What an event calls otherwise than its command does, or does not repeat.
ELSEWHERE = {(commands.PostponeUpdate, "until"), (commands.ReassignOwner, "to"), (commands.RaiseLevel, "from_level")}


def sent() -> Iterator[Command]:
    """Give every command but opening by every role that may send it, with all that it can say."""
    for kind, row in {**CASE_ROWS, **ESCALATION_ROWS}.items():
        for role in sorted(row.who, key=lambda role: role.value):
            place = PLACES.get(kind, reach(S.ACKNOWLEDGED))
            by = person(role)
            more = dict(MORE.get(kind, {}))
            if kind in {commands.AcceptSolution, commands.RejectSolution}:
                more["proposal"] = escalation_of(place).proposals[-1].id
            yield sample(kind, by, **more)


SENT = tuple(sent())


def _named(command: Command) -> str:
    return f"{type(command).__name__} by {command.by.role.value}"


@pytest.mark.parametrize("command", SENT, ids=_named)
def test_an_event_says_all_that_its_command_said_whoever_sent_it(command: Command) -> None:
    place = PLACES.get(type(command), reach(S.ACKNOWLEDGED))
    outcome = PROCESS.handle(place, command, now=later(place))
    named = {field.name for field in fields_of(command)} - {"by", "command_id"}
    says = {name for name in named if (type(command), name) not in ELSEWHERE}
    repeated = {name: getattr(event, name) for event in outcome.events for name in says if hasattr(event, name)}
    assert repeated == {name: getattr(command, name) for name in says}
    assert {(event.by, event.at) for event in outcome.events} == {(command.by, later(place))}


def test_every_command_but_opening_is_sent_by_every_role_that_may() -> None:
    kinds = {type(command) for command in SENT}
    assert kinds == set(COMMANDS) - {commands.OpenCase}
    assert {c.by.role for c in SENT if isinstance(c, commands.DeclareEmergency)} == OPENERS


def test_who_acknowledges_does_it_now_and_not_when_it_started() -> None:
    case = opened(emergency())
    acknowledged = PROCESS.handle(case, commands.Acknowledge(by=RITA), now=T0 + 20 * MINUTE).case
    escalation = escalation_of(acknowledged)
    assert (escalation.started_at, escalation.acknowledged_at) == (T0, T0 + 20 * MINUTE)


@pytest.mark.parametrize("status", [S.SOLUTION_PROPOSED, S.SOLUTION_ACCEPTED])
def test_the_end_of_an_escalation_ends_its_talk(status: S) -> None:
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=DAY)))
    case = after(reach(status, process), TALK, process=process)
    assert escalation_of(case).real_time == "Room 7"
    closed = process.handle(case, commands.CloseEscalation(by=LEA), now=T0 + 2 * DAY).case
    assert escalation_of(closed).real_time is None


def test_what_is_owed_is_done_when_somebody_did_it() -> None:
    done = {
        ec.FollowUpKind.DEBRIEF: commands.DebriefStakeholders(by=RITA, notes="All told"),
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
def test_what_was_missed_is_on_record_oldest_first_in_whatever_order_it_was_stopped(
    order: tuple[ec.FollowUpKind, ...],
) -> None:
    stops = {
        ec.FollowUpKind.DEBRIEF: commands.DebriefStakeholders(by=RITA, notes="All told"),
        ec.FollowUpKind.POST_MORTEM: commands.SharePostMortem(by=LEA, document="https://pm.example"),
        ec.FollowUpKind.ROOT_CAUSE_ANALYSIS: commands.ShareRootCauseAnalysis(by=LEA, document="https://rca.example"),
    }
    case = after(OWING, commands.HoldPostMortem(by=RITA, findings="No spare disk"))
    for kind in order:
        case = PROCESS.handle(case, stops[kind], now=T0 + 30 * DAY).case
    breaches = escalation_of(case).breaches
    assert [breach.kind.value for breach in breaches] == ["debrief", "post mortem", "root cause analysis"]
    assert list(breaches) == sorted(breaches, key=lambda breach: breach.due_at)
