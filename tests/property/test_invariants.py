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
from examples import PROCESS, SEC

#: An hour that happens twice: Berlin, 25 October 2026, 02:00 to 03:00.
FOLD_UTC = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

S = ec.EscalationStatus
SIDES = (ec.Role.CUSTOMER, ec.Role.PARTNER)


def violations(invariant: Callable[[Step], Iterator[str]], history: History) -> list[str]:
    """Say how the steps of a history break an invariant."""
    return [what for step in history.steps for what in invariant(step)]


@given(histories())
def test_1_an_escalation_exists_exactly_where_an_emergency_was_opened_or_declared(history: History) -> None:
    assert violations(invariants.invariant_1, history) == []


@given(histories())
def test_2_only_rows_of_the_table_move_a_status_and_a_refused_command_changes_nothing(history: History) -> None:
    assert violations(invariants.invariant_2, history) == []
    for step in history.steps:
        if step.command is not None:
            before = pickle.dumps(step.before)
            refusals = history.process.check(step.before, step.command, now=step.now)
            assert bool(refusals) is (step.outcome is None)
            assert pickle.loads(before) == step.before  # noqa: S301  # our own bytes


@given(histories())
def test_3_a_status_change_is_told_to_every_external_person_once_and_to_nobody_twice(history: History) -> None:
    assert violations(invariants.invariant_3, history) == []


@given(histories())
def test_4_a_canceled_escalation_was_never_acknowledged_and_leaves_a_truthful_case(history: History) -> None:
    assert violations(invariants.invariant_4, history) == []
    acknowledged = [event for event in history.events if isinstance(event, events.EscalationAcknowledged)]
    assert not (acknowledged and status_of(history.case) is S.CANCELED)


@given(histories())
def test_5_a_closed_escalation_had_its_consent_or_records_the_silence(history: History) -> None:
    assert violations(invariants.invariant_5, history) == []


@given(histories())
def test_6_closed_owes_a_post_mortem_and_an_analysis_exactly_for_infrastructure_in_production(history: History) -> None:
    assert violations(invariants.invariant_6, history) == []


@given(histories())
def test_7_replaying_the_events_gives_the_case_and_the_version_counts_them(history: History) -> None:
    assert list(invariants.invariant_7(history.process, history.events, history.case)) == []


@given(histories())
def test_8_no_internal_text_reaches_a_customer_or_partner(history: History) -> None:
    assert violations(invariants.invariant_8, history) == []


@given(histories())
def test_10_an_active_escalation_keeps_the_case_open_and_has_an_owner_from_acknowledged_on(history: History) -> None:
    assert violations(invariants.invariant_10, history) == []


@given(histories(max_size=12))
def test_11_the_same_call_gives_an_equal_result_and_changes_no_argument(history: History) -> None:
    kept = copy.deepcopy((history.process, [(step.before, step.command, step.now) for step in history.steps]))
    assert violations(invariants.invariant_11, history) == []
    assert (history.process, [(step.before, step.command, step.now) for step in history.steps]) == kept


@given(histories())
def test_12_promises_run_and_are_missed_and_told_as_their_status_says(history: History) -> None:
    assert violations(deadlines.invariant_12, history) == []


@given(histories())
def test_only_whom_the_policy_lets_is_heard_and_only_the_audience_is_told(history: History) -> None:
    assert violations(checks.authority, history) == []
    assert violations(checks.audience, history) == []


@given(histories())
def test_a_case_keeps_what_a_step_says_and_nothing_else_changes(history: History) -> None:
    assert violations(record.record, history) == []
    assert violations(record.event_contents, history) == []
    assert violations(record.notification_contents, history) == []


@given(histories())
def test_from_every_state_that_was_reached_the_escalation_can_be_ended(history: History) -> None:
    case, process, now = history.case, history.process, history.steps[-1].now
    if case.escalation is None:
        return
    for _ in range(10):
        assert case.escalation is not None
        if not case.escalation.active:
            return
        case = _one_step_on(process, case, now)
    pytest.fail("no way to an end")


def _one_step_on(process: ec.Process, case: ec.Case, now: datetime) -> ec.Case:
    side = [person for person in case.participants if person.role in SIDES]
    for kind in (commands.CloseEscalation, commands.AcceptSolution, commands.ProposeSolution, commands.Acknowledge):
        for by in (RITA, *side):
            command = sample(kind, by)
            if not process.check(case, command, now=now):
                return process.handle(case, command, now=now).case
    pytest.fail(f"nothing can be done in {status_of(case)}")


@given(cases(), any_command(), instants())
def test_every_answer_is_a_row_or_a_named_refusal(case: ec.Case, command: commands.Command, now: datetime) -> None:
    refusals = PROCESS.check(case, command, now=now)
    assert all(refusal.code in set(ec.RefusalCode) and refusal.message for refusal in refusals)
    if not refusals:
        assert isinstance(command, commands.OpenCase)
        assert PROCESS.handle(case, command, now=now).case.version in {1, 2}


@given(histories(max_size=8), people())
def test_options_never_allow_what_check_refuses_for_its_own_state(history: History, by: ec.Person) -> None:
    now = history.steps[-1].now
    for option in history.process.options(history.case, by=by, now=now):
        refusals = history.process.check(history.case, sample(option.command, by), now=now)
        assert {r.code for r in option.refusals} <= {r.code for r in refusals}


@given(st.integers(0, 3599), st.integers(0, 7200))
def test_two_instants_of_the_hour_that_happens_twice_are_compared_by_instant(start: int, gap: int) -> None:
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
