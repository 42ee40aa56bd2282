"""What the kit generates is what it says: valid, damaged, or the life of some cases."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from typing import ClassVar

import attrs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.notifications.model import Data
from escalation_core.testing import RITA, ProcessMachine, emergency, opened, sample
from escalation_core.testing.strategies import TAINT, DamagedHistory, History, damaged_histories, histories

ONCE = settings(max_examples=1, phases=[Phase.generate], database=None)


@given(histories(processes=st.just(ec.Process()), max_size=5))
def test_a_history_goes_through_the_process_that_was_given(history: History) -> None:
    assert history.process == ec.Process()
    assert len([step for step in history.steps if step.command is not None]) <= 6


@given(damaged_histories())
def test_no_damaged_history_is_replayed(damaged: DamagedHistory) -> None:
    with pytest.raises(ec.ReplayError):
        ec.Process().replay(damaged.events)


@pytest.mark.parametrize(
    "damage",
    [
        "is there twice",
        "is of another case",
        "has the number of the next",
        "is followed by a second opening",
        "happened before the one that precedes it",
        "is missing",
        "has changed places with the next",
        "is the last, in the middle of a step",
    ],
)
def test_every_kind_of_damage_is_generated(damage: str) -> None:
    some = settings(ONCE, max_examples=2000)
    assert find(damaged_histories(max_size=3), lambda damaged: damaged.damage.endswith(damage), settings=some)


@pytest.mark.parametrize(
    "kind", [ec.Case, ec.Outcome, ec.Notification, ec.Person, ec.Policy, ec.Process, *commands.COMMANDS]
)
def test_hypothesis_makes_our_values_by_their_class(kind: type[object]) -> None:
    @settings(ONCE, max_examples=5)
    @given(st.from_type(kind))
    def made(value: object) -> None:
        assert type(value) is kind

    made()


@given(st.from_type(ec.Case), st.from_type(commands.Command), st.from_type(events.Event))
def test_a_case_a_command_and_an_event_by_their_class_are_of_the_process(
    case: ec.Case, command: commands.Command, event: events.Event
) -> None:
    assert (case.version > 0, type(command) in commands.COMMANDS, type(event) in events.EVENTS) == (True, True, True)


def test_hypothesis_finds_the_classes_by_itself_and_loads_no_strategy_before_it_is_asked() -> None:
    assert [entry.name for entry in entry_points(group="hypothesis") if entry.name == "escalation_core"]
    program = "import sys, hypothesis; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "escalation_core.testing.registration" in loaded
    late = {
        "escalation_core.testing.strategies",
        "escalation_core.testing.builders",
        "escalation_core.process",
        "cattrs",
    }
    assert not late & set(loaded)


class Followed(ProcessMachine):
    """A machine that is followed by a list."""

    heard: ClassVar[list[ec.Outcome]] = []
    refused: ClassVar[list[ec.CommandRefusedError]] = []

    def on_outcome(self, outcome: ec.Outcome) -> None:
        assert self.cases[outcome.case.id] == outcome.case
        assert self.histories[outcome.case.id][-len(outcome.events) :] == outcome.events
        self.heard.append(outcome)

    def on_refusal(self, error: ec.CommandRefusedError) -> None:
        self.refused.append(error)


def test_a_machine_lives_through_commands_refusals_and_time() -> None:
    run_state_machine_as_test(Followed, settings=settings(max_examples=80, stateful_step_count=25))
    kinds = {type(event) for outcome in Followed.heard for event in outcome.events}
    assert len(Followed.refused) > 0
    assert kinds >= {events.CaseOpened, events.EscalationStarted, events.EscalationAcknowledged}
    assert any(issubclass(kind, events.Overdue) for kind in kinds)


@attrs.frozen(kw_only=True)
class Broken(ec.Process):
    """A process that gives a wrong answer."""

    wrong: Callable[[ec.Outcome], ec.Outcome]

    def handle(
        self,
        case: ec.Case,
        command: commands.Command,
        *,
        now: datetime,
        expected_version: int | None = None,
        recorded: Iterable[events.Event] = (),
    ) -> ec.Outcome:
        return self.wrong(super().handle(case, command, now=now, expected_version=expected_version, recorded=recorded))

    def due(self, case: ec.Case, *, now: datetime) -> ec.Outcome:
        return self.wrong(super().due(case, now=now))

    def check(
        self,
        case: ec.Case,  # noqa: ARG002
        command: commands.Command,  # noqa: ARG002
        *,
        now: datetime,  # noqa: ARG002
        recorded: Iterable[events.Event] = (),  # noqa: ARG002
    ) -> tuple[ec.Refusal, ...]:
        return ()


def _told_twice(outcome: ec.Outcome) -> ec.Outcome:
    return attrs.evolve(outcome, notifications=outcome.notifications * 2)


def _told_to_rita(outcome: ec.Outcome) -> ec.Outcome:
    first, *_ = outcome.notifications
    return attrs.evolve(outcome, notifications=(attrs.evolve(first, to=RITA),))


def _tainted(outcome: ec.Outcome) -> ec.Outcome:
    told = outcome.notifications[0]
    data = Data(told.data.names, (*told.data.contents[:1], TAINT, *told.data.contents[2:]))
    return attrs.evolve(outcome, notifications=(attrs.evolve(told, data=data),))


def _another_case(outcome: ec.Outcome) -> ec.Outcome:
    return attrs.evolve(outcome, case=attrs.evolve(outcome.case, subject="Another"))


def _machine(wrong: Callable[[ec.Outcome], ec.Outcome]) -> ProcessMachine:
    class Machine(ProcessMachine):
        process = Broken(wrong=wrong)

    return Machine()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_told_twice, "two notifications have one id: Notification"),
        (_told_to_rita, "an external text goes to somebody internal: Notification"),
        (_tainted, "internal text is told: Notification"),
        (_another_case, "the replay is another case: Case"),
    ],
)
def test_a_machine_notices_an_outcome_that_is_wrong(wrong: Callable[[ec.Outcome], ec.Outcome], said: str) -> None:
    machine = _machine(wrong)

    def one_step() -> None:
        machine.somebody_opens_a_case(case=emergency(), by=RITA)
        machine.every_case_is_what_its_events_say()

    with pytest.raises(AssertionError, match=said):
        one_step()


def test_a_machine_notices_that_something_is_due_twice() -> None:
    kept: dict[str, ec.Case] = {}
    machine = _machine(lambda outcome: attrs.evolve(outcome, case=kept.setdefault(outcome.case.id, outcome.case)))
    machine.somebody_opens_a_case(case=emergency(), by=RITA)
    machine.time_passes(span=timedelta(hours=1))
    with pytest.raises(AssertionError, match="what is due is due twice: AcknowledgementOverdue"):
        machine.somebody_looks_what_is_due()


def test_a_machine_notices_that_check_and_handle_do_not_agree() -> None:
    machine = _machine(lambda outcome: outcome)
    machine.somebody_opens_a_case(case=emergency(), by=RITA)
    with pytest.raises(AssertionError, match="check says otherwise: IllegalTransitionError"):
        machine.somebody_opens_a_case(case=emergency(), by=RITA)


def test_a_machine_notices_a_repeat_that_does_something() -> None:
    machine = _machine(lambda outcome: attrs.evolve(outcome, repeated=(1,) if machine.cases else ()))
    machine.somebody_opens_a_case(case=emergency(), by=RITA)
    note = sample(commands.AddInternalNote, RITA)
    with pytest.raises(AssertionError, match="a repeat does something: Outcome"):
        machine.send(machine.cases["4711"], note)


LEADS = frozenset({ec.Role.SUPPORT_LEAD})


@settings(ONCE, max_examples=5)
@given(histories(processes=st.just(ec.Process(policy=ec.Policy(permissions=ec.Permissions(open_case=LEADS))))))
def test_whoever_may_opens_the_case_of_a_history(history: History) -> None:
    assert history.events[0].by.role is ec.Role.SUPPORT_LEAD


def test_a_machine_refuses_a_case_that_it_has_not_opened() -> None:
    machine = ProcessMachine()
    with pytest.raises(ValueError, match=r"case: must be one of this machine's, \[\], or one to open, got '4711'"):
        machine.send(opened(emergency()), sample(commands.Acknowledge, RITA))
