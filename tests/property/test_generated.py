"""The strategies and the state machine of the kit generate valid, damaged and complete histories."""

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
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import RITA, T0, emergency, opened, sample
from escalation_core.testing.machine import ProcessMachine
from escalation_core.testing.strategies import TAINT, DamagedHistory, History, damaged_histories, histories

ONCE = settings(max_examples=1, phases=[Phase.generate], database=None)


@given(histories(processes=st.just(ec.Process()), max_size=5))
def test_a_history_uses_the_given_process(history: History) -> None:
    assert history.process == ec.Process()
    assert len([step for step in history.steps if step.command is not None]) <= 6


@given(damaged_histories())
def test_no_damaged_history_is_replayed(damaged: DamagedHistory) -> None:
    with pytest.raises(ec.ReplayError):
        ec.Process().replay(damaged.events)


@pytest.mark.parametrize(
    "damage",
    [
        "occurs twice",
        "is of another case",
        "has the version of the next event",
        "is followed by a second opening",
        "has an earlier time than the event before it",
        "is missing",
        "is swapped with the next event",
        "is the last event, although its command made more",
    ],
)
def test_every_kind_of_damage_is_generated(damage: str) -> None:
    some = settings(ONCE, max_examples=2000)
    assert find(damaged_histories(max_size=3), lambda damaged: damaged.damage.endswith(damage), settings=some)


@pytest.mark.parametrize("kind", [ec.Case, ec.Outcome, ec.Notification, ec.Person, ec.Policy, ec.Process, *COMMANDS])
def test_from_type_makes_values_of_every_registered_class(kind: type[object]) -> None:
    @settings(ONCE, max_examples=5)
    @given(st.from_type(kind))
    def made(value: object) -> None:
        assert type(value) is kind

    made()


@given(st.from_type(ec.Case), st.from_type(commands.Command), st.from_type(events.Event))
def test_from_type_makes_cases_commands_and_events_of_a_process(
    case: ec.Case, command: commands.Command, event: events.Event
) -> None:
    assert (case.version > 0, type(command) in COMMANDS, type(event) in EVENTS) == (True, True, True)


def test_hypothesis_registers_the_classes_and_loads_no_strategy() -> None:
    assert [entry.name for entry in entry_points(group="hypothesis") if entry.name == "escalation_core"]
    program = "import sys, hypothesis; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "escalation_core.testing.registration" in loaded
    assert not {"escalation_core.testing.strategies", "cattrs"} & set(loaded)


class Recorded(ProcessMachine):
    """A machine that records its outcomes and refusals."""

    outcomes: ClassVar[list[ec.Outcome]] = []
    refused: ClassVar[list[ec.CommandRefusedError]] = []

    def on_outcome(self, outcome: ec.Outcome) -> None:
        assert self.cases[outcome.case.id] == outcome.case
        assert self.histories[outcome.case.id][-len(outcome.events) :] == outcome.events
        self.outcomes.append(outcome)

    def on_refusal(self, error: ec.CommandRefusedError) -> None:
        self.refused.append(error)


def test_a_machine_reaches_commands_refusals_and_reminders() -> None:
    run_state_machine_as_test(Recorded, settings=settings(max_examples=80, stateful_step_count=25))
    kinds = {type(event) for outcome in Recorded.outcomes for event in outcome.events}
    assert len(Recorded.refused) > 0
    assert kinds >= {events.CaseOpened, events.EscalationStarted, events.EscalationAcknowledged}
    assert any(issubclass(kind, events.Overdue) for kind in kinds)


@attrs.frozen(kw_only=True)
class Broken(ec.Process):
    """A process with wrong outcomes."""

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


def _notified_twice(outcome: ec.Outcome) -> ec.Outcome:
    return attrs.evolve(outcome, notifications=outcome.notifications * 2)


def _sent_to_rita(outcome: ec.Outcome) -> ec.Outcome:
    first, *_ = outcome.notifications
    return attrs.evolve(outcome, notifications=(attrs.evolve(first, to=RITA),))


def _tainted(outcome: ec.Outcome) -> ec.Outcome:
    sent = outcome.notifications[0]
    data = ec.Data(sent.data.names, (*sent.data.contents[:1], TAINT, *sent.data.contents[2:]))
    return attrs.evolve(outcome, notifications=(attrs.evolve(sent, data=data),))


def _another_case(outcome: ec.Outcome) -> ec.Outcome:
    return attrs.evolve(outcome, case=attrs.evolve(outcome.case, subject="Another"))


def _machine(wrong: Callable[[ec.Outcome], ec.Outcome]) -> ProcessMachine:
    class Machine(ProcessMachine):
        process = Broken(wrong=wrong)

    return Machine()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (_notified_twice, "two notifications have the same id: Notification"),
        (_sent_to_rita, "an internal person gets an external notification: Notification"),
        (_tainted, "an external notification shows internal text: Notification"),
        (_another_case, "the replay gives a different case: Case"),
    ],
)
def test_a_machine_finds_a_wrong_outcome(wrong: Callable[[ec.Outcome], ec.Outcome], message: str) -> None:
    machine = _machine(wrong)

    def one_step() -> None:
        machine.open_a_case(case=emergency(), by=RITA)
        machine.replays_give_the_cases()

    with pytest.raises(AssertionError, match=message):
        one_step()


def test_a_machine_finds_a_repeated_reminder() -> None:
    first: dict[str, ec.Case] = {}
    machine = _machine(lambda outcome: attrs.evolve(outcome, case=first.setdefault(outcome.case.id, outcome.case)))
    machine.open_a_case(case=emergency(), by=RITA)
    machine.wait(duration=timedelta(hours=1))
    with pytest.raises(AssertionError, match=r"Process\.due returns the same events twice: AcknowledgementOverdue"):
        machine.handle_what_is_due()


def test_a_machine_finds_that_check_and_handle_disagree() -> None:
    machine = _machine(lambda outcome: outcome)
    machine.open_a_case(case=emergency(), by=RITA)
    with pytest.raises(AssertionError, match="handle and check refuse for different reasons: IllegalTransitionError"):
        machine.open_a_case(case=emergency(), by=RITA)


def test_a_machine_finds_a_repeat_with_an_effect() -> None:
    machine = _machine(lambda outcome: attrs.evolve(outcome, repeated=(1,) if machine.cases else ()))
    machine.open_a_case(case=emergency(), by=RITA)
    note = sample(commands.AddInternalNote, RITA)
    with pytest.raises(AssertionError, match="a repeated command has an effect: Outcome"):
        machine.send(machine.cases["4711"], note)


LEADS = frozenset({ec.Role.SUPPORT_LEAD})


BY_LEADS = ec.Policy(permissions=ec.Permissions(granted={commands.OpenCase: LEADS}))


@settings(ONCE, max_examples=5)
@given(histories(processes=st.just(ec.Process(policy=BY_LEADS))))
def test_a_permitted_person_opens_the_case_of_a_history(history: History) -> None:
    assert history.events[0].by.role is ec.Role.SUPPORT_LEAD


def test_a_machine_raises_for_a_case_that_it_has_not_opened() -> None:
    machine = ProcessMachine()
    with pytest.raises(ValueError, match=r"case: must be one of this machine's, \[\], or one to open, got '4711'"):
        machine.send(opened(emergency()), sample(commands.Acknowledge, RITA))


EFFECTS: list[Callable[[ec.Outcome], ec.Outcome]] = [
    _another_case,
    lambda outcome: attrs.evolve(outcome, notifications=ec.Process().open(emergency(), by=RITA, now=T0).notifications),
    lambda outcome: attrs.evolve(outcome, events=ec.Process().open(emergency(), by=RITA, now=T0).events),
]


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_machine_finds_each_effect_of_a_repeat(effect: Callable[[ec.Outcome], ec.Outcome]) -> None:
    machine = _machine(lambda outcome: effect(outcome) if outcome.repeated else outcome)
    machine.open_a_case(case=emergency(), by=RITA)
    note = sample(commands.AddInternalNote, RITA, command_id="note-1")
    machine.send(machine.cases["4711"], note)
    with pytest.raises(AssertionError, match="a repeated command has an effect: Outcome"):
        machine.send(machine.cases["4711"], note)


@pytest.mark.parametrize(
    "kind", [events.AcknowledgementOverdue, events.UpdateOverdue, events.AnswerOverdue, events.FollowUpOverdue]
)
def test_every_kind_of_overdue_event_is_generated(kind: type[events.Event]) -> None:
    some = settings(ONCE, max_examples=2000)
    kinds = histories().map(lambda history: {type(event) for event in history.events})
    assert find(kinds, lambda found: kind in found, settings=some)
