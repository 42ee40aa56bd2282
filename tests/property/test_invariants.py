"""The invariants of the design, over generated histories."""

import copy
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.model_check import checks, deadlines, invariants, record
from escalation_core.testing import LEA, RITA, emergency, sample
from escalation_core.testing.history import status_of
from escalation_core.testing.strategies import History, Step, any_command, cases, histories, instants, people
from support.examples import PROCESS, SEC

#: An hour that occurs twice: Berlin, 25 October 2026, 02:00 to 03:00.
FOLD_UTC = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

S = ec.EscalationStatus
SIDES = (ec.Role.CUSTOMER, ec.Role.PARTNER)


def violations(invariant: Callable[[Step], Iterator[str]], history: History) -> list[str]:
    """Return the violations of an invariant by the steps of a history."""
    return [what for step in history.steps for what in invariant(step)]


@given(histories())
def test_1_an_escalation_exists_if_and_only_if_an_emergency_started_it(history: History) -> None:
    assert violations(invariants.invariant_1, history) == []


@given(histories())
def test_2_a_status_changes_only_by_an_accepted_row(history: History) -> None:
    assert violations(invariants.invariant_2, history) == []
    for step in history.steps:
        if step.command is not None:
            before = pickle.dumps(step.before)
            refusals = history.process.check(step.before, step.command, now=step.now)
            assert bool(refusals) is (step.outcome is None)
            assert pickle.loads(before) == step.before  # noqa: S301  # our own bytes


@given(histories())
def test_3_a_status_change_notifies_every_external_person_once(history: History) -> None:
    assert violations(invariants.invariant_3, history) == []


@given(histories())
def test_4_a_canceled_escalation_was_not_acknowledged(history: History) -> None:
    assert violations(invariants.invariant_4, history) == []
    acknowledged = [event for event in history.events if isinstance(event, events.EscalationAcknowledged)]
    assert not (acknowledged and status_of(history.case) is S.CANCELED)


@given(histories())
def test_5_a_closed_escalation_has_consent_or_records_the_silence(history: History) -> None:
    assert violations(invariants.invariant_5, history) == []


@given(histories())
def test_6_a_closed_escalation_owes_the_right_follow_ups(history: History) -> None:
    assert violations(invariants.invariant_6, history) == []


@given(histories())
def test_7_a_replay_returns_the_case_and_versions_count_events(history: History) -> None:
    assert list(invariants.invariant_7(history.process, history.events, history.case)) == []


@given(histories())
def test_8_no_internal_text_reaches_a_customer_or_partner(history: History) -> None:
    assert violations(invariants.invariant_8, history) == []


@given(histories())
def test_10_an_active_escalation_has_an_open_case_and_an_owner(history: History) -> None:
    assert violations(invariants.invariant_10, history) == []


@given(histories(max_size=12))
def test_11_a_repeated_call_has_the_same_result(history: History) -> None:
    before = copy.deepcopy((history.process, [(step.before, step.command, step.now) for step in history.steps]))
    assert violations(invariants.invariant_11, history) == []
    assert (history.process, [(step.before, step.command, step.now) for step in history.steps]) == before


@given(histories())
def test_12_clocks_breaches_and_reminders_match_the_status(history: History) -> None:
    assert violations(deadlines.invariant_12, history) == []


@given(histories())
def test_permissions_and_audiences_are_respected(history: History) -> None:
    assert violations(checks.authority, history) == []
    assert violations(checks.audience, history) == []


@given(histories())
def test_a_case_records_the_step_and_nothing_else_changes(history: History) -> None:
    assert violations(record.record, history) == []
    assert violations(record.event_contents, history) == []
    assert violations(record.notification_contents, history) == []


@given(histories())
def test_an_escalation_can_be_ended_from_every_reached_state(history: History) -> None:
    case, process, now = history.case, history.process, history.steps[-1].now
    if case.escalation is None:
        return
    for _ in range(10):
        assert case.escalation is not None
        if not case.escalation.active:
            return
        case = _next_step(process, case, now)
    pytest.fail("the escalation has no end within 10 steps")


def _next_step(process: ec.Process, case: ec.Case, now: datetime) -> ec.Case:
    side = [person for person in case.participants if person.role in SIDES]
    for kind in (commands.CloseEscalation, commands.AcceptSolution, commands.ProposeSolution, commands.Acknowledge):
        for by in (RITA, *side):
            command = sample(kind, by)
            if not process.check(case, command, now=now):
                return process.handle(case, command, now=now).case
    pytest.fail(f"no command is accepted in {status_of(case)}")


@given(cases(), any_command(), instants())
def test_a_command_is_accepted_by_a_row_or_refused_with_a_code(
    case: ec.Case, command: commands.Command, now: datetime
) -> None:
    refusals = PROCESS.check(case, command, now=now)
    assert all(refusal.code in set(ec.RefusalCode) and refusal.message for refusal in refusals)
    if not refusals:
        assert isinstance(command, commands.OpenCase)
        assert PROCESS.handle(case, command, now=now).case.version in {1, 2}


@given(histories(max_size=8), people())
def test_options_have_no_refusal_that_check_does_not_have(history: History, by: ec.Person) -> None:
    now = history.steps[-1].now
    for option in history.process.options(history.case, by=by, now=now):
        refusals = history.process.check(history.case, sample(option.command, by), now=now)
        assert {r.code for r in option.refusals} <= {r.code for r in refusals}


@given(st.integers(0, 3599), st.integers(0, 7200))
def test_times_in_a_repeated_hour_are_compared_as_instants(start: int, gap: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = (FOLD_UTC - timedelta(minutes=30) + timedelta(seconds=start)).astimezone(berlin)
    second = (first.astimezone(ZoneInfo("UTC")) + timedelta(seconds=gap)).astimezone(berlin)
    opened = PROCESS.open(emergency(), by=RITA, now=first)
    outcome = PROCESS.handle(opened.case, commands.Acknowledge(by=RITA), now=second)
    assert PROCESS.replay((*opened.events, *outcome.events)) == outcome.case
    if gap:
        note = commands.AddInternalNote(by=SEC, text="n")
        refusals = PROCESS.check(outcome.case, note, now=first)
        assert [refusal.code for refusal in refusals] == [ec.RefusalCode.TIME_RUNS_BACKWARDS]
    assert not PROCESS.check(outcome.case, commands.PostUpdate(by=LEA, message="m"), now=second)
