"""The invariants of the design, over generated histories."""

import copy
import pickle
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.testing import LEA, RITA, emergency, sample
from escalation_core.testing.strategies import TAINT, History, any_command, cases, histories, instants, people
from examples import PROCESS, SEC

#: An hour that happens twice: Berlin, 25 October 2026, 02:00 to 03:00.
FOLD_UTC = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

S = ec.EscalationStatus
SIDES = (ec.Role.CUSTOMER, ec.Role.PARTNER)


def escalation_status(case: ec.Case) -> S | None:
    return None if case.escalation is None else case.escalation.status


@given(histories())
def test_1_an_escalation_exists_exactly_where_an_emergency_was_opened_or_declared(history: History) -> None:
    first = history.outcomes[0]
    assert (first.case.escalation is not None) == (first.case.type is ec.CaseType.EMERGENCY)
    started = False
    for outcome in history.outcomes:
        started = started or any(isinstance(event, events.EscalationStarted) for event in outcome.events)
        assert (outcome.case.escalation is not None) == started


MOVES: dict[type[commands.Command], set[tuple[S | None, S]]] = {
    commands.OpenCase: {(None, S.STARTED)},
    commands.DeclareEmergency: {(None, S.STARTED)},
    commands.CancelEscalation: {(S.STARTED, S.CANCELED)},
    commands.Acknowledge: {(S.STARTED, S.ACKNOWLEDGED)},
    commands.ProposeSolution: {
        (S.ACKNOWLEDGED, S.SOLUTION_PROPOSED),
        (S.SOLUTION_REJECTED, S.SOLUTION_PROPOSED),
    },
    commands.AcceptSolution: {(S.SOLUTION_PROPOSED, S.SOLUTION_ACCEPTED)},
    commands.RejectSolution: {(S.SOLUTION_PROPOSED, S.SOLUTION_REJECTED)},
    commands.CloseEscalation: {(S.SOLUTION_ACCEPTED, S.CLOSED), (S.SOLUTION_PROPOSED, S.CLOSED)},
}


@given(histories())
def test_2_only_rows_of_the_table_move_a_status_and_a_refused_command_changes_nothing(history: History) -> None:
    for step in history.steps:
        if step.outcome is None:
            assert step.command is not None
            before = pickle.dumps(step.before)
            assert history.process.check(step.before, step.command, now=step.now)
            with pytest.raises(ec.CommandRefusedError):
                history.process.handle(step.before, step.command, now=step.now)
            assert pickle.loads(before) == step.before  # noqa: S301  # our own bytes
            continue
        moved = (escalation_status(step.before), escalation_status(step.outcome.case))
        if step.command is None:
            assert moved[0] is moved[1]
            continue
        assert history.process.check(step.before, step.command, now=step.now) == ()
        if moved[0] is not moved[1]:
            assert moved in MOVES.get(type(step.command), set())


@given(histories())
def test_3_a_status_change_is_told_to_every_external_person_once_and_to_nobody_twice(history: History) -> None:
    for step in history.steps:
        if step.outcome is None:
            continue
        case, by_time = step.outcome.case, step.command is None  # what time causes is told once for each promise
        told = Counter(
            (by_time and notification.event_id, notification.to) for notification in step.outcome.notifications
        )
        assert all(count == 1 for count in told.values())
        external = {n.to for n in step.outcome.notifications if n.audience is ec.Audience.EXTERNAL}
        on_the_case = {person for person in case.participants if person.role in SIDES}
        on_the_case |= {case.additional_contact} if case.additional_contact else set()
        assert external <= on_the_case
        if escalation_status(step.before) is not escalation_status(case):
            assert external == on_the_case
        ids = [notification.id for notification in step.outcome.notifications]
        assert len(set(ids)) == len(ids)


@given(histories())
def test_4_a_canceled_escalation_was_never_acknowledged_and_leaves_a_truthful_case(history: History) -> None:
    for outcome in history.outcomes:
        escalation = outcome.case.escalation
        if escalation is None or escalation.status is not S.CANCELED:
            continue
        assert not any(isinstance(event, events.EscalationAcknowledged) for event in history.events)
        assert (escalation.owner, escalation.acknowledged_at, escalation.follow_ups) == (None, None, ())
        assert escalation.settled
        assert outcome.case.type is ec.CaseType.PROBLEM
        canceled = next((e for e in outcome.events if isinstance(e, events.EscalationCanceled)), None)
        if canceled is not None:
            assert outcome.case.status is not ec.CaseStatus.CLOSED
            assert outcome.case.priority is ec.Priority.LOW
            to_requester = [n for n in outcome.notifications if n.to == outcome.case.requester]
            assert len(to_requester) == 1
            assert to_requester[0].data["reason"] == canceled.reason.value
            assert to_requester[0].data["explanation"] == canceled.explanation


@given(histories())
def test_5_a_closed_escalation_had_its_consent_or_records_the_silence(history: History) -> None:
    for step in history.steps:
        if step.outcome is None or not isinstance(step.command, commands.CloseEscalation):
            continue
        escalation = step.outcome.case.escalation
        assert escalation is not None
        proposal = escalation.proposals[-1]
        if escalation.closed_by_silence:
            silence = history.process.policy.timing.close_after_silence
            assert silence is not None
            assert step.now >= proposal.proposed_at + silence
        else:
            needed = {
                ec.Consent.ALL: set(proposal.asked) <= set(proposal.approved_by),
                ec.Consent.ANY: bool(proposal.approved_by),
                ec.Consent.CUSTOMER: set(proposal.asked) <= set(proposal.approved_by),
            }
            assert needed[proposal.consent]
            assert proposal.asked
        assert step.outcome.case.status is not ec.CaseStatus.CLOSED


@given(histories())
def test_6_closed_owes_a_post_mortem_and_an_analysis_exactly_for_infrastructure_in_production(history: History) -> None:
    for outcome in history.outcomes:
        escalation = outcome.case.escalation
        if escalation is None:
            continue
        kinds = [follow_up.kind for follow_up in escalation.follow_ups]
        if escalation.status is not S.CLOSED:
            assert kinds == []
            continue
        infrastructure = escalation.cause is ec.Cause.INFRASTRUCTURE and escalation.cause_in_production
        expected = {ec.FollowUpKind.DEBRIEF, ec.FollowUpKind.POST_MORTEM}
        if infrastructure:
            expected.add(ec.FollowUpKind.ROOT_CAUSE_ANALYSIS)
        assert set(kinds) == expected
        assert len(kinds) == len(expected)


@given(histories())
def test_7_replaying_the_events_gives_the_case_and_the_version_counts_them(history: History) -> None:
    assert history.process.replay(history.events) == history.case
    assert history.case.version == len(history.events)
    assert [event.version for event in history.events] == list(range(1, len(history.events) + 1))


@given(histories())
def test_8_no_internal_text_reaches_a_customer_or_partner(history: History) -> None:
    for outcome in history.outcomes:
        for notification in outcome.notifications:
            message = ec.render(notification)
            if notification.audience is ec.Audience.EXTERNAL:
                assert isinstance(notification.to, ec.Person)
                assert notification.to.role in SIDES
                assert TAINT not in message.subject + message.body + str(dict(notification.data))


@given(histories())
def test_10_an_active_escalation_keeps_the_case_open_and_has_an_owner_from_acknowledged_on(history: History) -> None:
    for outcome in history.outcomes:
        escalation = outcome.case.escalation
        if escalation is None:
            continue
        if escalation.active:
            assert outcome.case.status is not ec.CaseStatus.CLOSED
            assert outcome.case.priority is ec.Priority.URGENT
        assert (escalation.owner is not None) == (escalation.status not in {S.STARTED, S.CANCELED})


@given(histories(max_size=12))
def test_11_the_same_call_gives_an_equal_result_and_changes_no_argument(history: History) -> None:
    for step in history.steps:
        kept = copy.deepcopy((step.before, step.command, step.now, history.process))
        again = None
        if step.command is None:
            again = history.process.due(step.before, now=step.now)
        elif step.outcome is not None:
            again = history.process.handle(step.before, step.command, now=step.now)
        assert again == step.outcome
        assert (step.before, step.command, step.now, history.process) == kept
        if again is not None:
            assert [n.id for n in again.notifications] == [n.id for n in step.outcome.notifications]  # type: ignore[union-attr]


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
    pytest.fail(f"nothing can be done in {escalation_status(case)}")


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
