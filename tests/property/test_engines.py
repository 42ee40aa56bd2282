"""Engines of other projects run the charts and the machine, and agree with the process."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import Enum
from functools import cache
from itertools import product
from random import Random
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given, settings

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.interchange import statecharts
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, OTTO, PAUL, RITA, T0, emergency, later, problem, sample
from escalation_core.testing.strategies import History, Step, histories
from support.drivers import (
    Answer,
    Engine,
    Lifecycle,
    Node,
    Reader,
    Sent,
    drawn_by_graphviz,
    node,
    read_by_graphviz,
    read_by_mermaid,
    run_by_node,
    run_by_statemachine,
    run_by_transitions,
    walk,
)
from support.expectations import BY_THE_TABLE
from support.process import GUARDS

S = TypeVar("S", bound=Enum)
#: All values that an event can have; a guard is false without its value.
CARRIED: list[dict[str, bool]] = [
    {},
    *({"complete": complete, "silent": silent} for complete, silent in product((True, False), repeat=2)),
]


@pytest.fixture(scope="module", name="ask")
def _ask() -> Iterator[Node]:
    with node() as ask:
        yield ask


@pytest.fixture(scope="module", params=["Mermaid", "Graphviz"])
def reader(request: pytest.FixtureRequest) -> Reader:
    return read_by_graphviz() if request.param == "Graphviz" else read_by_mermaid(request.getfixturevalue("ask"))


CHARTS = ["python-statemachine", "SCION", "XState", "Mermaid", "Graphviz"]


def _engine(request: pytest.FixtureRequest) -> Engine:
    match request.param:
        case "transitions":
            return run_by_transitions()
        case "python-statemachine":
            return run_by_statemachine()
        case "Graphviz":
            return walk(read_by_graphviz())
        case "SCION":
            return run_by_node(request.getfixturevalue("ask"), "SCION", statecharts.to_scxml)
        case "XState":
            return run_by_node(request.getfixturevalue("ask"), "XState", statecharts.to_xstate)
        case _:
            return walk(read_by_mermaid(request.getfixturevalue("ask")))


@pytest.fixture(scope="module", name="chart", params=CHARTS)
def _chart(request: pytest.FixtureRequest) -> Engine:
    return _engine(request)


@pytest.fixture(scope="module", name="engine", params=["transitions", *CHARTS])
def _any_engine(request: pytest.FixtureRequest) -> Engine:
    return _engine(request)


def _fits(move: ec.Move[Any], event: Sent) -> bool:
    field, answer = GUARDS[move.guard.__name__] if move.guard else ("", None)
    return move.command.name == event.name and event.data.get(field) is answer


def _expected(lifecycle: Lifecycle, status: Any, event: Sent) -> Answer:  # noqa: ANN401  # a status of any lifecycle
    found = [move.dest or status for move in lifecycle.moves if status in move.source and _fits(move, event)]
    (dest,) = found or [status]
    return Answer(bool(found), dest.name)


def _statuses(lifecycle: ec.Lifecycle[S]) -> list[S]:
    return list(lifecycle.statuses)


def _ways(lifecycle: Lifecycle) -> dict[Any, list[Sent]]:
    """Return the events that lead to each status."""
    ways: dict[Any, list[Sent]] = {lifecycle.initial: []}
    reached = [lifecycle.initial]
    for status in reached:
        for move in lifecycle.moves:
            if status in move.source and move.dest not in {None, *ways}:
                data = dict([GUARDS[move.guard.__name__]]) if move.guard else {}
                ways[move.dest] = [*ways[status], Sent(move.command.name, data)]
                reached.append(move.dest)
    return ways


@pytest.mark.parametrize("lifecycle", [ec.CASE, ec.ESCALATION], ids=["case", "escalation"])
def test_a_chart_takes_exactly_the_rows_of_the_table(chart: Engine, lifecycle: Lifecycle) -> None:
    ways = _ways(lifecycle)
    assert ways.keys() == set(_statuses(lifecycle))
    for status, way in ways.items():
        for command, data in product(COMMANDS, CARRIED):
            event = Sent(command.name, data)
            *_, before, after = chart(lifecycle, [*way, event])
            assert before == Answer(taken=True, status=status.name)
            assert after == _expected(lifecycle, status, event), event


@pytest.mark.parametrize("lifecycle", [ec.CASE, ec.ESCALATION], ids=["case", "escalation"])
def test_a_reader_finds_exactly_the_rows_of_the_table(reader: Reader, lifecycle: Lifecycle) -> None:
    boxes = {status.name: [status.value] for status in _statuses(lifecycle)}
    arrows = [(None, lifecycle.initial.name, lifecycle.started_by.__name__)]
    arrows += [(status.name, None, "") for status in lifecycle.terminal]
    for move in lifecycle.moves:
        label = move.command.__name__ + (f" [{move.guard.__name__.replace('_', ' ')}]" if move.guard else "")
        for source in move.source:
            if move.dest is None:
                boxes[source.name].append(label)
            else:
                arrows.append((source.name, move.dest.name, label))
    drawn = reader(lifecycle)
    assert drawn.boxes == boxes
    assert Counter(drawn.arrows) == Counter(arrows)


@pytest.mark.parametrize("lifecycle", [ec.CASE, ec.ESCALATION], ids=["case", "escalation"])
def test_graphviz_renders_an_image(lifecycle: Lifecycle) -> None:
    image = ET.fromstring(drawn_by_graphviz(statecharts.to_dot(lifecycle), "svg"))  # noqa: S314  # Graphviz wrote it
    nodes = [group for group in image.iter() if group.get("class") == "node"]
    assert len(nodes) == len(_statuses(lifecycle)) + len(("start", "end"))


def _case_status(case: ec.Case) -> ec.CaseStatus | None:
    return case.status if case.version else None


def _escalation_status(case: ec.Case) -> ec.EscalationStatus | None:
    return case.escalation.status if case.escalation else None


def _data(step: Step, by: ec.Person) -> dict[str, bool]:
    """Return the data of an event: whether this approval is the last, and whether silence may close."""
    pending = step.before.escalation.pending_proposal if step.before.escalation else None
    if pending is None:
        return {"complete": False, "silent": False}
    complete = pending.consent is ec.Consent.ANY or {*pending.asked} <= {*pending.approved_by, by.role}
    return {"complete": complete, "silent": pending.closable_at is not None and pending.closable_at <= step.now}


def _events_and_answers(
    lifecycle: Lifecycle, status_of: Callable[[ec.Case], Enum | None], history: History
) -> tuple[list[Sent], list[Answer]]:
    """Return the events that a host sends to a chart during a history, and the expected answers."""
    sent: list[Sent] = []
    expected: list[Answer] = []
    for step in history.steps:
        command, before = step.command, status_of(step.before)
        after = before if step.outcome is None else status_of(step.outcome.case)
        if before is None:
            expected += [Answer(taken=True, status=after.name)] if after else []
        elif command is None:
            assert after is before
        else:
            known = type(command) in lifecycle.sources
            refusals = history.process.check(step.before, command, now=step.now)
            if known and refusals and not BY_THE_TABLE & {refusal.code for refusal in refusals}:
                continue
            assert after is not None
            sent.append(Sent(command.name, _data(step, command.by)))
            expected.append(Answer(known and not refusals, after.name))
    return sent, expected


def _agree(engine: Engine, history: History) -> set[tuple[str, str, str]]:
    """Send a history to both charts; return the rows that were taken: status, command and next status."""
    rows: set[tuple[str, str, str]] = set()
    for lifecycle, status_of in ((ec.CASE, _case_status), (ec.ESCALATION, _escalation_status)):
        sent, expected = _events_and_answers(lifecycle, status_of, history)
        if expected:  # a case without an escalation has no chart
            assert engine(lifecycle, sent) == expected
        for event, before, after in zip(
            sent, expected, expected[1:], strict=False
        ):  # the first answer is for the start
            if after.taken:
                rows.add((before.status, event.name, after.status))
    return rows


@settings(max_examples=50)
@given(histories())
def test_an_engine_agrees_with_the_process_on_every_step(engine: Engine, history: History) -> None:
    _agree(engine, history)


def _command(kind: type[Command], by: ec.Person, case: ec.Case, chance: Random) -> Command:
    """Return a command with content that fits the case."""
    command = sample(kind, by)
    match command:
        case commands.ReassignOwner():
            return attrs.evolve(command, to=chance.choice((RITA, OTTO)))
        case commands.PostponeUpdate():
            return attrs.evolve(command, until=later(case) + timedelta(days=chance.randrange(9)))
        case commands.RaiseLevel() if case.escalation is not None:
            return attrs.evolve(command, from_level=case.escalation.level)
        case commands.AttributeCause():
            return attrs.evolve(command, cause=chance.choice(list(ec.Cause)))
        case _:
            return command


@cache
def _day(seed: int) -> History:
    """Return the history of a case: nine of ten commands are accepted, and each kind is equally likely."""
    chance = Random(seed)  # noqa: S311  # a simulation, no secret
    timing = ec.Timing(updates_while_waiting=True, close_after_silence=timedelta(hours=1))
    process = ec.Process(policy=ec.Policy(consent=chance.choice(list(ec.Consent)), timing=timing))
    case, now, steps = chance.choice((emergency, problem))(), T0, list[Step]()
    kinds: tuple[type[Command], ...] = (commands.OpenCase,)
    for _ in range(40):
        possible = [_command(kind, chance.choice((ANA, PAUL, RITA, RITA)), case, chance) for kind in kinds]
        allowed = [command for command in possible if not process.check(case, command, now=now)]
        command = chance.choice((chance.random() > 0.1 and allowed) or possible)
        outcome = process.handle(case, command, now=now) if command in allowed else None
        steps.append(Step(process=process, before=case, command=command, now=now, outcome=outcome))
        case = case if outcome is None else outcome.case
        now += timedelta(minutes=chance.randrange(60))
        kinds = COMMANDS
    return History(process=process, steps=tuple(steps))


def test_an_engine_agrees_on_cases_that_take_every_row(engine: Engine) -> None:
    taken = {row for seed in range(150) for row in _agree(engine, _day(seed))}
    assert taken == {
        (source.name, move.command.name, (move.dest or source).name)
        for lifecycle in (ec.CASE, ec.ESCALATION)
        for move in lifecycle.moves
        for source in move.source
    }
