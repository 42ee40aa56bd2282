"""A lifecycle checks its table when it is built, and hands out a machine of ``transitions``."""

import inspect
import re
from enum import Enum, StrEnum
from types import ModuleType
from typing import Any

import attrs
import pytest
from transitions import Machine, MachineError

import escalation_core as ec
from escalation_core import Lifecycle, Move, commands, events
from escalation_core.table import COMMANDS, EVENTS
from support.process import GUARDS


class Light(StrEnum):
    """A small lifecycle to break."""

    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


class Lamp(StrEnum):
    """Another lifecycle, whose statuses are equal as texts."""

    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


def _lights(*moves: Move[Light]) -> Lifecycle[Light]:
    return Lifecycle(Light, initial=Light.RED, terminal=(Light.BROKEN,), started_by=events.CaseOpened, moves=moves)


GO = Move(commands.Acknowledge, (Light.RED,), Light.GREEN, events.EscalationAcknowledged)
BACK = Move(commands.Acknowledge, (Light.GREEN,), Light.RED, events.EscalationAcknowledged)
LOOP = Move(commands.PostUpdate, (Light.GREEN,), Light.GREEN, events.ProgressUpdatePosted)
BREAK = Move(commands.CloseCase, (Light.RED, Light.GREEN), Light.BROKEN, events.CaseClosed)
LAMP = (
    Move(commands.Acknowledge, (Lamp.RED,), Lamp.GREEN, events.EscalationAcknowledged),
    Move(commands.CloseCase, (Lamp.RED, Lamp.GREEN), Lamp.BROKEN, events.CaseClosed),
)


def test_a_valid_table_is_accepted_with_its_rows() -> None:
    lights = _lights(GO, BREAK)
    assert lights.sources == {commands.Acknowledge: (Light.RED,), commands.CloseCase: (Light.RED, Light.GREEN)}


def test_a_digest_of_a_table_never_changes_for_the_same_rows() -> None:
    """A snapshot keeps the digest of its table, so another way to compute it makes all snapshots old."""
    assert _lights(GO, BREAK).digest == "266362168f7719af"


def test_a_digest_of_a_table_differs_after_any_change() -> None:
    assert _lights(GO, BREAK).digest == _lights(GO, BREAK).digest
    assert re.fullmatch("[0-9a-f]{16}", _lights(GO, BREAK).digest)
    changed: list[Lifecycle[Any]] = [
        _lights(GO, BREAK),
        _lights(BREAK, GO),
        _lights(attrs.evolve(GO, command=commands.StartDiagnosis), BREAK),
        _lights(attrs.evolve(GO, event=events.DiagnosisStarted), BREAK),
        _lights(attrs.evolve(GO, source=(Light.RED, Light.GREEN)), BREAK),
        _lights(GO, attrs.evolve(BREAK, source=(Light.GREEN,))),
        _lights(GO, BREAK, Move(commands.PostUpdate, (Light.RED,), None, events.ProgressUpdatePosted)),
        _lights(GO, BREAK, Move(commands.PostUpdate, (Light.RED,), Light.RED, events.ProgressUpdatePosted)),
        Lifecycle(
            Light,
            initial=Light.RED,
            terminal=(Light.BROKEN, Light.GREEN),
            started_by=events.CaseOpened,
            moves=(GO, BREAK),
        ),
        Lifecycle(
            Light, initial=Light.GREEN, terminal=(Light.BROKEN,), started_by=events.CaseOpened, moves=(BACK, BREAK)
        ),
        Lifecycle(
            Light, initial=Light.RED, terminal=(Light.BROKEN,), started_by=events.CaseOpened, moves=(BACK, GO, BREAK)
        ),
        Lifecycle(Lamp, initial=Lamp.RED, terminal=(Lamp.BROKEN,), started_by=events.CaseOpened, moves=LAMP),
    ]
    assert len({table.digest for table in changed}) == len(changed)


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        ((GO, GO, BREAK), r"^moves: must be unique, got \['acknowledge from red'\]$"),
        ((BREAK,), r"^moves: must lead from red to every status, got no way to \['green'\]$"),
        (
            (GO, attrs.evolve(BREAK, source=(Light.RED,))),
            r"^moves: must lead from every status to an end, got no way from \['green'\]$",
        ),
        ((BREAK, LOOP), r"^moves: must lead from red to every status, got no way to \['green'\]$"),
        (
            (GO, LOOP, attrs.evolve(BREAK, source=(Light.RED,))),
            r"^moves: must lead from every status to an end, got no way from \['green'\]$",
        ),
    ],
)
def test_a_broken_table_is_refused_when_it_is_built(moves: tuple[Move[Light], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _lights(*moves)


def test_a_row_with_a_status_of_another_table_is_refused() -> None:
    stray: Any = Move(commands.Acknowledge, (ec.CaseStatus.RECEIVED,), None, events.EscalationAcknowledged)
    with pytest.raises(ValueError, match=r"^moves: must be rows of Light, got \[<CaseStatus.RECEIVED: 'RECEIVED'>\]$"):
        _lights(GO, BREAK, stray)


def test_a_row_with_an_equal_status_of_another_table_is_refused() -> None:
    stray: Any = Move(commands.Acknowledge, (Lamp.RED,), Light.GREEN, events.EscalationAcknowledged)
    with pytest.raises(ValueError, match=r"^moves: must be rows of Light, got \[<Lamp.RED: 'red'>\]$"):
        _lights(stray, BREAK)


def test_a_row_that_leads_to_a_status_of_another_table_is_refused() -> None:
    stray: Any = Move(commands.Acknowledge, (Light.GREEN,), ec.CaseStatus.RECEIVED, events.EscalationAcknowledged)
    with pytest.raises(ValueError, match=r"^moves: must be rows of Light, got \[<CaseStatus.RECEIVED: 'RECEIVED'>\]$"):
        _lights(GO, BREAK, stray)


@pytest.mark.parametrize("table", [ec.CASE, ec.ESCALATION])
def test_after_returns_only_the_destinations_of_the_rows(table: Lifecycle[Any]) -> None:
    statuses: Any = table.statuses
    for kind in {table.started_by, *(move.event for move in table.moves)}:
        event = object.__new__(kind)
        for status in (None, *statuses):
            expected = {move.dest or status for move in table.moves if move.event is kind and status in move.source}
            if kind is table.started_by:
                expected = {table.initial} if status is None else set[Any]()
            assert {table.after(status, event)} - {None} == expected, (kind, status)


class Model:
    """A model of a ``transitions`` machine."""

    state: ec.EscalationStatus


def _run(trigger: str, source: ec.EscalationStatus, **guards: bool) -> ec.EscalationStatus:
    model = Model()
    ec.ESCALATION.machine().add_model(model, initial=source)
    getattr(model, trigger)(**guards)
    return model.state


def test_a_lifecycle_makes_a_new_transitions_machine_each_time() -> None:
    first, second = ec.ESCALATION.machine(), ec.ESCALATION.machine()
    assert isinstance(first, Machine)
    assert first is not second
    assert {state.name for state in first.states.values()} == {status.name for status in ec.EscalationStatus}
    assert first.models == []
    assert first.initial == "STARTED"
    assert set(first.events) == {move.command.name for move in ec.ESCALATION.moves}


@pytest.mark.parametrize(
    ("trigger", "guards", "target"),
    [
        ("accept_solution", {}, ec.EscalationStatus.SOLUTION_ACCEPTED),
        ("accept_solution", {"complete": False}, ec.EscalationStatus.SOLUTION_PROPOSED),
        ("close_escalation", {}, ec.EscalationStatus.SOLUTION_PROPOSED),
        ("close_escalation", {"silent": True}, ec.EscalationStatus.CLOSED),
    ],
)
def test_guards_are_keyword_arguments_of_the_triggers(
    trigger: str, guards: dict[str, bool], target: ec.EscalationStatus
) -> None:
    assert _run(trigger, ec.EscalationStatus.SOLUTION_PROPOSED, **guards) is target


def test_the_machine_refuses_a_move_without_a_row() -> None:
    with pytest.raises(MachineError):
        _run("acknowledge", ec.EscalationStatus.CLOSED)


@pytest.mark.parametrize("table", [ec.CASE, ec.ESCALATION])
def test_the_machine_makes_only_the_moves_of_the_rows(table: Lifecycle[Any]) -> None:
    statuses: Any = table.statuses
    for move in table.moves:
        others = {source for row in table.moves if row.command is move.command for source in row.source}
        for source in set(move.source) | set(statuses) - others:
            expected = (move.dest or source) if source in move.source else None
            assert _moved(table, move, source) is expected, (move, source)


def test_only_three_rows_have_a_guard() -> None:
    assert {(move.command, move.event): move.guard.__name__ for move in ec.ESCALATION.moves if move.guard} == {
        (commands.AcceptSolution, events.SolutionApproved): "consent_incomplete",
        (commands.AcceptSolution, events.SolutionAccepted): "consent_complete",
        (commands.CloseEscalation, events.EscalationClosed): "silence_deadline_passed",
    }
    assert not [move for move in ec.CASE.moves if move.guard]


def _moved(table: Lifecycle[Any], move: Move[Any], source: Enum) -> Enum | None:
    model = Model()
    table.machine().add_model(model, initial=source)
    try:
        moved = getattr(model, move.command.name)(**dict([GUARDS[move.guard.__name__]] if move.guard else []))
    except MachineError:
        return None
    return model.state if moved else None


def _below(module: ModuleType, base: type) -> set[type]:
    """Return the classes of a module below a base that have no subclasses."""
    found = {kind for kind in vars(module).values() if inspect.isclass(kind) and issubclass(kind, base)}
    return {kind for kind in found if not kind.__subclasses__()}


def test_every_command_class_is_listed_once() -> None:
    assert set(COMMANDS) == _below(commands, commands.Command)
    assert len(COMMANDS) == len(set(COMMANDS))


def test_every_event_class_is_listed_once() -> None:
    assert set(EVENTS) == _below(events, events.Event)
    assert len(EVENTS) == len(set(EVENTS))


def test_every_command_but_opening_is_in_exactly_one_lifecycle() -> None:
    both = [*ec.CASE.sources, *ec.ESCALATION.sources]
    assert len(both) == len(set(both))
    assert set(both) == set(COMMANDS) - {commands.OpenCase}


def test_names_and_actions_of_commands_are_unique() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    assert len({command.action for command in COMMANDS}) == len(COMMANDS)
