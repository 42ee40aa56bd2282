"""Deadlines, the ladder and regular updates, by example and by exhaustive table."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

import escalation_core as ec
from escalation_core import codec, commands, events
from escalation_core.clocks import missed
from escalation_core.testing import ANA, LEA, MINUTE, OTTO, PAUL, RITA, T0, after, emergency, later, opened, reach
from support.examples import ARNO, BOSS, PROCESS, codes, escalation_of

S = ec.EscalationStatus
K = ec.ClockKind
R = ec.Role
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ACK = commands.Acknowledge(by=RITA)
UPDATE = commands.PostUpdate(by=RITA, message="We are at it")
PROPOSE = commands.ProposeSolution(by=RITA, summary="Restart it")
YES, PARTNER_YES = commands.AcceptSolution(by=ANA), commands.AcceptSolution(by=PAUL)
NO = commands.RejectSolution(by=ANA, reason="It broke more")
CLOSE = commands.CloseEscalation(by=RITA)
NOTE = commands.AddInternalNote(by=RITA, text="They are upset")
MISUSE = commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="A regular bug")


def timed(**timing: Any) -> ec.Process:  # noqa: ANN401  # fields of Timing
    return ec.Process(policy=ec.Policy(timing=ec.Timing(**timing)))


def rung(minutes: int, *roles: ec.Role, repeats: int = 0, every: int | None = None) -> ec.Rung:
    again = None if every is None else every * MINUTE
    return ec.Rung(after=minutes * MINUTE, roles=frozenset(roles), repeats=repeats, every=again)


def notified(outcome: ec.Outcome) -> set[tuple[str, str]]:
    """Return the recipient and the template of each notification."""
    return {(n.to.id if isinstance(n.to, ec.Person) else n.to.value, n.template.value) for n in outcome.notifications}


def overdue(outcome: ec.Outcome) -> list[events.Overdue]:
    """Return the events of an outcome of ``due``."""
    found = [event for event in outcome.events if isinstance(event, events.Overdue)]
    assert len(found) == len(outcome.events)
    return found


def ticked(case: ec.Case, *minutes: int, process: ec.Process = PROCESS) -> tuple[ec.Case, list[events.Overdue]]:
    """Call ``due`` at these minutes after the case's last event; return the case and all events."""
    start, found = case.updated_at or T0, list[events.Overdue]()
    for minute in minutes:
        outcome = process.due(case, now=start + minute * MINUTE)
        case = outcome.case
        found += overdue(outcome)
    return case, found


def running(case: ec.Case) -> dict[str, datetime]:
    """Return the running deadlines, by name."""
    deadlines = attrs.asdict(escalation_of(case).deadlines)
    return {name: at for name, at in deadlines.items() if at is not None}


# Deadlines


def test_an_update_after_a_rejection_promises_the_next_update() -> None:
    case = after(opened(emergency()), ACK, PROPOSE, NO, UPDATE)
    assert running(case) == {"next_update_by": T0 + 4 * MINUTE + HOUR}


def test_a_deadline_is_counted_from_the_event_that_made_it() -> None:
    case = opened(emergency())
    assert running(case) == {"acknowledge_by": T0 + HOUR}
    case = after(case, ACK)  # at minute 1; each further step is one minute later
    assert running(case) == {"next_update_by": T0 + 1 * MINUTE + HOUR}
    case = after(case, UPDATE)
    assert running(case) == {"next_update_by": T0 + 2 * MINUTE + HOUR}
    case = after(case, PROPOSE)
    assert running(case) == {"answer_by": T0 + 3 * MINUTE + DAY}
    case = after(case, NO)
    assert running(case) == {"next_update_by": T0 + 4 * MINUTE + HOUR}
    case = after(case, PROPOSE, YES)
    assert running(case) == {"answer_by": T0 + 5 * MINUTE + DAY}
    case = after(case, PARTNER_YES)
    assert running(case) == {}
    cause = commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
    case = after(case, cause, CLOSE)
    assert running(case) == {  # T0 is Monday, 2 March 2026; a business day ends at midnight
        "debrief_by": datetime(2026, 3, 4, tzinfo=UTC),
        "post_mortem_by": datetime(2026, 3, 10, tzinfo=UTC),
        "root_cause_analysis_by": datetime(2026, 3, 17, tzinfo=UTC),
    }
    assert {owed.kind: owed.due_at for owed in escalation_of(case).follow_ups} == {
        ec.FollowUpKind.DEBRIEF: datetime(2026, 3, 4, tzinfo=UTC),
        ec.FollowUpKind.POST_MORTEM: datetime(2026, 3, 10, tzinfo=UTC),
        ec.FollowUpKind.ROOT_CAUSE_ANALYSIS: datetime(2026, 3, 17, tzinfo=UTC),
    }
    case = after(
        case, commands.DebriefStakeholders(by=RITA, notes="Told"), commands.HoldPostMortem(by=RITA, findings="x")
    )
    assert set(running(case)) == {"post_mortem_by", "root_cause_analysis_by"}  # the post mortem is held but not shared
    case = after(case, commands.SharePostMortem(by=RITA, document="x"))
    assert set(running(case)) == {"root_cause_analysis_by"}
    case = after(
        case, commands.AttributeCause(by=RITA, cause=ec.Cause.SOFTWARE, production=True, explanation="No disk")
    )
    assert running(case) == {}
    assert PROCESS.next_due(case) is None


def test_a_regular_and_an_unopened_case_have_nothing_due() -> None:
    for case in (reach(None), emergency()):
        assert PROCESS.next_due(case) is None
        assert PROCESS.due(case, now=T0 + 9 * DAY) == ec.Outcome(case=case, events=(), notifications=())


def test_the_analysis_deadline_is_counted_from_a_late_cause() -> None:
    case = reach(S.CLOSED)
    found_at = T0 + 30 * DAY
    cause = commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
    case = PROCESS.handle(case, cause, now=found_at).case
    assert escalation_of(case).deadlines.root_cause_analysis_by == datetime(2026, 4, 16, tzinfo=UTC)
    again = PROCESS.handle(case, cause, now=found_at + DAY).case
    assert escalation_of(again).deadlines.root_cause_analysis_by == datetime(2026, 4, 16, tzinfo=UTC)


def test_a_running_escalation_keeps_its_timing_under_a_new_policy() -> None:
    case = opened(emergency())
    faster = ec.Process(
        policy=ec.Policy(
            name="faster",
            version=2,
            timing=ec.Timing(
                acknowledge_within=MINUTE,
                updates=(ec.CadenceStep(every=MINUTE),),
                answer_within=MINUTE,
                close_after_silence=MINUTE,
                debrief_within=9,
                ladder=(rung(1, R.DEVOPS),),
            ),
        )
    )
    assert faster.next_due(case) == PROCESS.next_due(case)
    assert faster.due(case, now=T0 + HOUR) == PROCESS.due(case, now=T0 + HOUR)
    steps = (ACK, UPDATE, PROPOSE, NO, PROPOSE, YES, PARTNER_YES, CLOSE)
    assert after(case, *steps, process=faster) == after(case, *steps)
    for level in range(3):
        raised = PROCESS.handle(case, raise_level(level), now=later(case))
        assert faster.handle(case, raise_level(level), now=later(case)) == raised
        case = raised.case
    assert faster.check(case, raise_level(3), now=later(case)) == PROCESS.check(case, raise_level(3), now=later(case))
    assert escalation_of(case).terms == ec.Terms(policy="handbook", policy_version=1, timing=ec.Timing())
    other = opened(emergency(), faster)
    assert escalation_of(other).terms == faster.policy.terms
    assert escalation_of(other).deadlines.acknowledge_by == T0 + MINUTE


def test_a_mail_names_the_next_deadline() -> None:
    outcome = PROCESS.open(emergency(), by=ANA, now=T0)
    assert all(n.data["acknowledge_by"] == T0 + HOUR for n in outcome.notifications)
    outcome = PROCESS.handle(outcome.case, ACK, now=T0)
    assert "The next update is due by 2026-03-02 10:00 UTC." in ec.render(outcome.notifications[0]).body
    outcome = PROCESS.handle(outcome.case, UPDATE, now=T0 + 30 * MINUTE)
    assert "The next update is due by 2026-03-02 10:30 UTC." in ec.render(outcome.notifications[0]).body
    outcome = PROCESS.handle(outcome.case, PROPOSE, now=T0 + 40 * MINUTE)
    body = ec.render(outcome.notifications[0]).body
    assert "accept or reject it by 2026-03-03 09:40 UTC" in body
    assert "The next update" not in body
    assert "Without an answer" not in body
    assert "None" not in body


# The ladder


def test_the_rungs_are_notified_in_order_until_the_acknowledgement() -> None:
    case = opened(emergency(participants=(ANA, PAUL, ARNO)))
    expected = [
        (15, 1, {("support lead", "acknowledgement_overdue")}),
        (
            30,
            2,
            {("account manager", "acknowledgement_overdue"), ("customer success manager", "acknowledgement_overdue")},
        ),
        (60, 3, {("leadership", "acknowledgement_overdue_last_rung")}),
    ]
    for minute, number, recipients in expected:
        due_at = T0 + minute * MINUTE
        assert PROCESS.next_due(case) == due_at
        assert PROCESS.due(case, now=due_at - timedelta.resolution).events == ()
        outcome = PROCESS.due(case, now=due_at + 5 * MINUTE)
        (event,) = overdue(outcome)
        assert isinstance(event, events.AcknowledgementOverdue)
        assert (event.rung, event.due_at, event.overdue_by) == (number, due_at, 5 * MINUTE)
        assert (event.by, event.command_id, event.at) == (ec.AUTOMATION, None, due_at + 5 * MINUTE)
        assert event.breach is (minute == 60)
        assert event.last is (minute == 60)
        assert notified(outcome) == recipients
        case = outcome.case
        assert escalation_of(case).level == number
    assert PROCESS.next_due(case) is None
    assert escalation_of(case).breaches == (ec.Breach(kind=K.ACKNOWLEDGEMENT, due_at=T0 + HOUR),)


def test_a_late_call_sends_one_reminder_to_all_passed_rungs() -> None:
    outcome = PROCESS.due(opened(emergency()), now=T0 + 40 * MINUTE)
    (event,) = overdue(outcome)
    assert (event.rung, event.due_at, event.overdue_by) == (2, T0 + 30 * MINUTE, 10 * MINUTE)
    assert event.roles == (R.SUPPORT_LEAD, R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER)
    assert event.remind_at == T0 + HOUR
    (event,) = overdue(PROCESS.due(opened(emergency()), now=T0 + DAY))
    assert (event.rung, event.due_at, event.overdue_by, event.last) == (3, T0 + HOUR, DAY - HOUR, True)


def test_due_returns_nothing_for_a_repeated_or_earlier_time() -> None:
    outcome = PROCESS.due(opened(emergency()), now=T0 + 20 * MINUTE)
    for minute in (20, 25, 10, -500):
        again = PROCESS.due(outcome.case, now=T0 + minute * MINUTE)
        assert again == ec.Outcome(case=outcome.case, events=(), notifications=())


def test_a_deadline_before_the_last_event_is_due_at_that_event() -> None:
    case = PROCESS.handle(opened(emergency()), NOTE, now=T0 + 40 * MINUTE).case
    assert PROCESS.next_due(case) == T0 + 40 * MINUTE
    assert PROCESS.due(case, now=T0 + 39 * MINUTE).events == ()
    (event,) = overdue(PROCESS.due(case, now=T0 + 40 * MINUTE))
    assert event.rung == 2


def test_the_earlier_of_two_deadlines_is_due_first() -> None:
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    deadlines = escalation_of(case).deadlines
    assert deadlines.next_update_by is not None
    assert deadlines.answer_by is not None
    kinds: list[type[events.Event]] = []
    for at in (deadlines.next_update_by, deadlines.answer_by):
        assert process.next_due(case) == at
        outcome = process.due(case, now=at)
        kinds += [type(event) for event in outcome.events]
        case = outcome.case
    assert kinds == [events.UpdateOverdue, events.AnswerOverdue]
    assert process.next_due(case) is None


STOPPED: dict[str, tuple[ec.Case, tuple[commands.Command, ...]]] = {
    "acknowledged": (opened(emergency()), (ACK,)),
    "canceled": (opened(emergency()), (MISUSE,)),
    "updated": (reach(S.ACKNOWLEDGED), (UPDATE,)),
    "proposed": (reach(S.ACKNOWLEDGED), (PROPOSE,)),
    "accepted": (reach(S.SOLUTION_PROPOSED), (YES, PARTNER_YES)),
    "rejected": (reach(S.SOLUTION_PROPOSED), (NO,)),
    "superseded": (reach(S.SOLUTION_PROPOSED), (PROPOSE,)),
    "closed": (reach(S.SOLUTION_ACCEPTED), (CLOSE,)),
    "debriefed": (reach(S.CLOSED), (commands.DebriefStakeholders(by=RITA, notes="Told"),)),
}


@pytest.mark.parametrize("name", STOPPED)
def test_a_clock_stopped_in_time_causes_no_reminder_and_no_breach(name: str) -> None:
    before, steps = STOPPED[name]
    stopped = escalation_of(before).clocks
    case = after(before, *steps)
    same = [clock for clock in escalation_of(case).clocks if clock in stopped]
    assert len(same) < len(stopped) or not stopped
    deadlines = {clock.due_at for clock in stopped if clock not in same}
    last = max([T0, *deadlines]) + MINUTE
    happened = overdue(PROCESS.due(case, now=last))
    assert not deadlines & {event.due_at for event in happened}
    assert not deadlines & {breach.due_at for breach in escalation_of(case).breaches}


@pytest.mark.parametrize("name", [name for name, (before, _) in STOPPED.items() if escalation_of(before).clocks])
def test_a_clock_stopped_late_is_a_breach_without_a_call_of_due(name: str) -> None:
    before, steps = STOPPED[name]
    late = max(clock.due_at for clock in escalation_of(before).clocks)
    case = before
    for step in steps:
        case = PROCESS.handle(case, step, now=late).case
    stopped = [clock for clock in escalation_of(before).clocks if clock not in escalation_of(case).clocks]
    found = {(breach.kind, breach.due_at) for breach in escalation_of(case).breaches}
    assert {(clock.kind, clock.due_at) for clock in stopped} <= found
    ticked_first = PROCESS.due(before, now=late).case
    for step in steps:
        ticked_first = PROCESS.handle(ticked_first, step, now=late).case
    at_end = late + 99 * DAY
    assert (
        escalation_of(PROCESS.due(ticked_first, now=at_end).case).breaches
        == escalation_of(PROCESS.due(case, now=at_end).case).breaches
    )


def test_a_rung_is_repeated_until_the_next_rung() -> None:
    process = timed(
        acknowledge_within=45 * MINUTE, ladder=(rung(10, R.SUPPORT_LEAD, repeats=9, every=4), rung(20, R.LEADERSHIP))
    )
    case, found = ticked(opened(emergency(), process), *range(60), process=process)
    assert [(e.at, e.rung, e.roles, e.breach) for e in found] == [
        (T0 + 10 * MINUTE, 1, (R.SUPPORT_LEAD,), False),
        (T0 + 14 * MINUTE, 1, (R.SUPPORT_LEAD,), False),
        (T0 + 18 * MINUTE, 1, (R.SUPPORT_LEAD,), False),
        (T0 + 20 * MINUTE, 2, (R.LEADERSHIP,), False),
        (T0 + 45 * MINUTE, 2, (R.LEADERSHIP,), True),
    ]
    assert found[-1].last
    assert len(escalation_of(case).breaches) == 1


def test_a_rung_is_repeated_at_most_as_often_as_configured() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=2, every=3), rung(40, R.LEADERSHIP)))
    _, found = ticked(opened(emergency(), process), *range(50), process=process)
    assert [event.at for event in found] == [T0 + minute * MINUTE for minute in (10, 13, 16, 40)]


def test_a_late_call_does_not_repeat_a_rung_after_the_next_rung() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=9, every=4), rung(20, R.LEADERSHIP)))
    _, found = ticked(opened(emergency(), process), 10, 14, 18, 25, process=process)
    assert [event.roles for event in found][-2:] == [(R.SUPPORT_LEAD,), (R.LEADERSHIP,)]


def test_a_breach_before_the_first_rung_notifies_nobody() -> None:
    process = timed(acknowledge_within=5 * MINUTE, ladder=(rung(10, R.SUPPORT_LEAD),))
    outcome = process.due(opened(emergency(), process), now=T0 + 5 * MINUTE)
    (event,) = overdue(outcome)
    assert (event.rung, event.roles, event.breach, event.last) == (0, (), True, False)
    assert outcome.notifications == ()


def test_a_breach_is_recorded_without_a_ladder() -> None:
    process = timed(ladder=())
    outcome = process.due(opened(emergency(), process), now=T0 + HOUR)
    (event,) = overdue(outcome)
    assert (event.rung, event.breach, event.last) == (0, True, True)
    assert len(escalation_of(outcome.case).breaches) == 1


def test_a_rung_without_roles_makes_an_event() -> None:
    process = timed(ladder=(rung(10), rung(20, R.LEADERSHIP, R.SUPPORT_LEAD)))
    case = opened(emergency(participants=(ANA, PAUL, LEA)), process)
    first = process.due(case, now=T0 + 10 * MINUTE)
    (event,) = overdue(first)
    assert (event.rung, event.roles, event.vacant) == (1, (), ())
    assert first.notifications == ()
    second = process.due(first.case, now=T0 + 20 * MINUTE)
    (event,) = overdue(second)
    assert (event.roles, event.vacant) == ((R.SUPPORT_LEAD, R.LEADERSHIP), (R.LEADERSHIP,))
    assert {name for name, _ in notified(second)} == {"lea", "leadership"}
    assert "Nobody on this case has the role: leadership." in ec.render(second.notifications[0]).body


def test_the_ladder_counts_working_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    office = ec.Calendar(
        hours=(ec.WorkingHours(days=ec.MONDAY_TO_FRIDAY, opens=time(9), closes=time(17)),),
        zone=berlin,
        holidays=frozenset({date(2026, 3, 30)}),
    )
    process = timed(hours=office)
    friday = datetime(2026, 3, 27, 16, 50, tzinfo=berlin)  # daylight saving begins on Sunday, Monday is a holiday
    case = process.open(emergency(), by=ANA, now=friday).case
    instants: list[datetime] = []
    while (at := process.next_due(case)) is not None:
        instants.append(at)
        case = process.due(case, now=at).case
    tuesday = datetime(2026, 3, 31, 9, 0, tzinfo=berlin)
    assert instants == [tuesday + minutes * MINUTE for minutes in (5, 20, 50)]


# Raising the level by hand


def raise_level(level: int, by: ec.Person = LEA) -> commands.Command:
    return commands.RaiseLevel(by=by, from_level=level, reason="It is worse than it looks")


def test_the_ladder_continues_from_a_level_raised_by_hand() -> None:
    outcome = PROCESS.handle(opened(emergency()), raise_level(0), now=T0 + MINUTE)
    (event,) = outcome.events
    assert isinstance(event, events.LevelRaised)
    assert (event.level, event.roles, event.vacant) == (1, (R.SUPPORT_LEAD,), (R.SUPPORT_LEAD,))
    assert event.remind_at == T0 + 30 * MINUTE
    assert notified(outcome) == {("support lead", "level_raised")}
    assert "to rung 1 of 3" in ec.render(outcome.notifications[0]).body
    assert PROCESS.next_due(outcome.case) == T0 + 30 * MINUTE


def test_the_top_rung_is_notified_of_a_breach_after_a_raise_by_hand() -> None:
    case = after(opened(emergency(participants=(ANA, PAUL, BOSS))), raise_level(0), raise_level(1), raise_level(2))
    assert escalation_of(case).level == 3
    assert PROCESS.next_due(case) == T0 + HOUR
    outcome = PROCESS.due(case, now=T0 + HOUR)
    assert notified(outcome) == {("leadership", "acknowledgement_overdue_last_rung")}
    assert codes(PROCESS.check(case, raise_level(3), now=later(case))) == {"top_of_ladder"}


def test_a_lower_rung_is_not_repeated_after_a_raise_by_hand() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=3, every=5), rung(50, R.LEADERSHIP)))
    case = after(process.due(opened(emergency(), process), now=T0 + 10 * MINUTE).case, raise_level(1), process=process)
    assert escalation_of(case).level == 2
    assert process.next_due(case) == T0 + HOUR


def test_a_rung_reached_by_hand_is_repeated() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=1, every=5),))
    case = after(opened(emergency(), process), raise_level(0), process=process)
    assert process.next_due(case) == T0 + 15 * MINUTE


def test_raising_is_refused_if_the_level_has_changed_meanwhile() -> None:
    case = opened(emergency())
    by_time = PROCESS.due(case, now=T0 + 15 * MINUTE).case
    by_hand = after(case, raise_level(0, RITA))
    for moved in (by_time, by_hand):
        refused = PROCESS.check(moved, raise_level(0), now=later(moved))
        assert codes(refused) == {"level_moved"}
        assert refused[0].message == "cannot raise the level from 0: the escalation is at level 1"
        assert PROCESS.check(moved, raise_level(1), now=later(moved)) == ()


def test_raising_while_a_reminder_is_overdue_keeps_later_reminders() -> None:
    case = PROCESS.handle(opened(emergency()), raise_level(0), now=T0 + 40 * MINUTE).case
    assert PROCESS.next_due(case) == T0 + 40 * MINUTE  # the second rung: nobody has called ``due`` in time
    (event,) = overdue(PROCESS.due(case, now=T0 + 40 * MINUTE))
    assert (event.rung, event.roles) == (2, (R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER))


def test_raising_an_owned_escalation_starts_no_clock() -> None:
    case = after(reach(S.ACKNOWLEDGED), raise_level(0))
    assert escalation_of(case).level == 1
    assert set(running(case)) == {"next_update_by"}
    assert PROCESS.next_due(case) == escalation_of(case).deadlines.next_update_by
    late = PROCESS.due(opened(emergency()), now=T0 + DAY).case
    assert codes(PROCESS.check(late, raise_level(3), now=later(late))) == {"top_of_ladder"}


def test_raising_to_the_last_rung_ends_the_reminders() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD), rung(90, R.LEADERSHIP)))
    case = process.due(opened(emergency(), process), now=T0 + HOUR).case
    assert process.next_due(case) == T0 + 90 * MINUTE
    case = after(case, raise_level(1), process=process)
    assert process.next_due(case) is None


def test_a_breach_is_an_event_after_a_raise_past_its_rung() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD), rung(90, R.LEADERSHIP)), acknowledge_within=5 * MINUTE)
    case = after(opened(emergency(), process), raise_level(0), raise_level(1), process=process)
    assert process.next_due(case) == T0 + 5 * MINUTE
    outcome = process.due(case, now=T0 + 5 * MINUTE)
    (event,) = overdue(outcome)
    assert (event.rung, event.roles, event.breach, event.last) == (2, (R.LEADERSHIP,), True, True)
    assert process.next_due(outcome.case) is None


# Regular updates


def test_steps_of_a_cadence_are_counted_from_the_acknowledgement() -> None:
    steps = (ec.CadenceStep(every=20 * MINUTE, lasting=2 * HOUR), ec.CadenceStep(every=HOUR))
    process = timed(updates=steps)
    case = process.handle(opened(emergency(), process), ACK, now=T0).case
    for minute, following in ((0, 20), (20, 40), (119, 139), (120, 180), (500, 560)):
        case = process.handle(case, UPDATE, now=T0 + minute * MINUTE).case
        assert escalation_of(case).deadlines.next_update_by == T0 + following * MINUTE


def test_a_step_of_a_cadence_lasts_as_long_as_configured() -> None:
    steps = (
        ec.CadenceStep(every=20 * MINUTE, lasting=2 * HOUR),
        ec.CadenceStep(every=30 * MINUTE, lasting=HOUR),
        ec.CadenceStep(every=HOUR),
    )
    process = timed(updates=steps)
    case = process.handle(opened(emergency(), process), ACK, now=T0).case
    for minute, following in ((119, 139), (120, 150), (179, 209), (180, 240), (999, 1059)):
        case = process.handle(case, UPDATE, now=T0 + minute * MINUTE).case
        assert escalation_of(case).deadlines.next_update_by == T0 + following * MINUTE


def test_the_length_of_a_cadence_step_is_working_time() -> None:
    office = ec.Calendar(hours=(ec.WorkingHours(opens=time(9), closes=time(17)),))
    steps = (ec.CadenceStep(every=HOUR, lasting=4 * HOUR), ec.CadenceStep(every=3 * HOUR))
    process = timed(updates=steps, hours=office)
    case = process.handle(opened(emergency(), process), ACK, now=T0 + 7 * HOUR).case  # at 16:00
    for hours, following in ((23, 24), (26, 27), (27, 30)):  # the next day, at 8:00, 11:00 and 12:00
        case = process.handle(case, UPDATE, now=T0 + hours * HOUR).case
        expected = T0 + DAY + HOUR if hours == 23 else T0 + following * HOUR
        assert escalation_of(case).deadlines.next_update_by == expected


def test_an_update_is_promised_in_working_time() -> None:
    office = ec.Calendar(hours=(ec.WorkingHours(opens=time(9), closes=time(17)),))
    process = timed(hours=office)
    case = process.handle(opened(emergency(), process), ACK, now=T0 + 7 * HOUR + HOUR / 2).case
    assert escalation_of(case).deadlines.next_update_by == T0 + DAY + HOUR / 2


@pytest.mark.parametrize("command", [UPDATE, NO, PROPOSE])
def test_an_update_proposal_or_rejection_restarts_the_update_clock(command: commands.Command) -> None:
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    now = T0 + 30 * MINUTE
    outcome = process.handle(case, command, now=now)
    assert escalation_of(outcome.case).deadlines.next_update_by == now + HOUR


@pytest.mark.parametrize("command", [NOTE, commands.ReassignOwner(by=LEA, to=OTTO), YES])
def test_other_commands_do_not_restart_the_update_clock(command: commands.Command) -> None:
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    promised = escalation_of(case).deadlines.next_update_by
    assert promised is not None
    outcome = process.handle(case, command, now=T0 + 30 * MINUTE)
    assert escalation_of(outcome.case).deadlines.next_update_by == promised


@pytest.mark.parametrize("waiting", [True, False])
def test_a_policy_decides_about_updates_while_a_proposal_waits(*, waiting: bool) -> None:
    process = timed(updates_while_waiting=waiting)
    case = reach(S.SOLUTION_PROPOSED, process)
    assert (escalation_of(case).deadlines.next_update_by is not None) is waiting
    promised = escalation_of(case).deadlines.answer_by
    case = after(case, UPDATE, process=process)
    assert (escalation_of(case).deadlines.next_update_by is not None) is waiting
    assert escalation_of(case).deadlines.answer_by == promised
    accepted = after(case, YES, PARTNER_YES, UPDATE, process=process)
    assert escalation_of(accepted).deadlines.next_update_by is None


def test_a_missed_update_notifies_the_owner_and_is_one_breach() -> None:
    case = reach(S.ACKNOWLEDGED)
    promised = escalation_of(case).deadlines.next_update_by
    assert promised is not None
    outcome = PROCESS.due(case, now=promised + 10 * MINUTE)
    (event,) = overdue(outcome)
    assert isinstance(event, events.UpdateOverdue)
    assert (event.due_at, event.overdue_by, event.breach) == (promised, 10 * MINUTE, True)
    assert notified(outcome) == {("rita", "update_overdue")}
    case = after(outcome.case, UPDATE)
    assert escalation_of(case).breaches == (ec.Breach(kind=K.UPDATE, due_at=promised),)


def test_the_owner_ladder_is_notified_if_the_owner_stays_silent() -> None:
    process = timed(owner_ladder=(rung(10, R.SUPPORT_LEAD, R.SUPPORT_REP), rung(30, R.LEADERSHIP)))
    case = reach(S.ACKNOWLEDGED, process, participants=(ANA, PAUL, RITA, OTTO))
    reached: list[tuple[int, set[str]]] = []
    start = escalation_of(case).deadlines.next_update_by
    assert start is not None
    while (at := process.next_due(case)) is not None:
        outcome = process.due(case, now=at)
        (event,) = overdue(outcome)
        assert (event.due_at, event.overdue_by) == (start, at - start)
        reached.append((event.rung, {name for name, _ in notified(outcome)}))
        assert len(outcome.notifications) == len(notified(outcome))
        case = outcome.case
    assert reached == [(0, {"rita"}), (1, {"rita", "otto", "support lead"}), (2, {"rita", "leadership"})]
    assert len(escalation_of(case).breaches) == 1


def test_an_overdue_answer_notifies_only_the_owner() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    proposed_at = escalation_of(case).proposals[-1].proposed_at
    outcome = PROCESS.due(case, now=proposed_at + DAY)
    (event,) = overdue(outcome)
    assert isinstance(event, events.AnswerOverdue)
    assert event.proposal == escalation_of(case).proposals[-1].id
    assert notified(outcome) == {("rita", "answer_overdue")}


def test_each_late_follow_up_has_its_own_event() -> None:
    case = reach(S.CLOSED)
    outcome = PROCESS.due(case, now=T0 + 30 * DAY)
    kinds = [event.kind for event in outcome.events if isinstance(event, events.FollowUpOverdue)]
    assert kinds == [ec.FollowUpKind.DEBRIEF, ec.FollowUpKind.POST_MORTEM]
    assert [event.version for event in outcome.events] == [case.version + 1, case.version + 2]
    assert notified(outcome) == {("rita", "follow_up_overdue")}
    assert {breach.kind for breach in escalation_of(outcome.case).breaches} == {K.DEBRIEF, K.POST_MORTEM}
    assert not escalation_of(outcome.case).settled


def test_the_owner_ladder_of_a_late_follow_up_counts_working_time() -> None:
    process = timed(owner_ladder=(rung(10, R.SUPPORT_LEAD),))
    cause = commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
    case = after(reach(S.SOLUTION_ACCEPTED, process), cause, process=process)
    case = process.handle(case, CLOSE, now=T0 + 4 * DAY).case  # a Friday; two follow-ups are due at the end of a Friday
    reminders: list[tuple[ec.FollowUpKind, datetime]] = []
    while (at := process.next_due(case)) is not None:
        outcome = process.due(case, now=at)
        reminders += [(event.kind, at) for event in outcome.events if isinstance(event, events.FollowUpOverdue)]
        case = outcome.case
    assert reminders == [
        (ec.FollowUpKind.DEBRIEF, datetime(2026, 3, 10, tzinfo=UTC)),
        (ec.FollowUpKind.DEBRIEF, datetime(2026, 3, 10, 0, 10, tzinfo=UTC)),
        (ec.FollowUpKind.POST_MORTEM, datetime(2026, 3, 14, tzinfo=UTC)),
        (ec.FollowUpKind.POST_MORTEM, datetime(2026, 3, 16, 0, 10, tzinfo=UTC)),
        (ec.FollowUpKind.ROOT_CAUSE_ANALYSIS, datetime(2026, 3, 21, tzinfo=UTC)),
        (ec.FollowUpKind.ROOT_CAUSE_ANALYSIS, datetime(2026, 3, 23, 0, 10, tzinfo=UTC)),
    ]
    debriefed = process.handle(reach(S.SOLUTION_ACCEPTED, process), CLOSE, now=T0 + 3 * DAY).case
    late = process.due(debriefed, now=datetime(2026, 3, 7, tzinfo=UTC)).case  # a Saturday
    assert process.next_due(late) == datetime(2026, 3, 9, 0, 10, tzinfo=UTC)


def test_breaches_are_recorded_in_the_order_of_their_deadlines() -> None:
    breaches = [ec.Breach(kind=kind, due_at=at) for at in (T0, T0 + HOUR) for kind in (K.ANSWER, K.DEBRIEF, K.UPDATE)]
    found: tuple[ec.Breach, ...] = ()
    for breach in reversed(breaches):
        clock = ec.Clock(kind=breach.kind, due_at=breach.due_at, remind_at=None)
        assert missed(clock, breach.due_at - timedelta.resolution, found) == found
        found = missed(clock, breach.due_at, found)
        assert missed(clock, breach.due_at, found) == found
    assert found == tuple(breaches)


# Postponing


def postpone(case: ec.Case, later_by: timedelta = HOUR) -> commands.Command:
    promised = escalation_of(case).deadlines.next_update_by or later(case)
    return commands.PostponeUpdate(by=RITA, until=promised + later_by, reason="The vendor looks at it")


def test_an_update_can_be_postponed_once_until_the_next_update() -> None:
    case = reach(S.ACKNOWLEDGED)
    command = postpone(case)
    outcome = PROCESS.handle(case, command, now=later(case))
    assert isinstance(command, commands.PostponeUpdate)
    assert escalation_of(outcome.case).deadlines.next_update_by == command.until
    assert PROCESS.next_due(outcome.case) == command.until
    assert {name for name, _ in notified(outcome)} == {"ana", "paul"}
    assert "later than we said: The vendor looks at it" in ec.render(outcome.notifications[0]).body
    again = postpone(outcome.case)
    assert codes(PROCESS.check(outcome.case, again, now=later(outcome.case))) == {"already_postponed"}
    case = after(outcome.case, UPDATE)
    assert PROCESS.check(case, postpone(case), now=later(case)) == ()


def test_an_update_is_postponed_in_time_and_to_a_later_time() -> None:
    case = reach(S.ACKNOWLEDGED)
    promised = escalation_of(case).deadlines.next_update_by
    assert promised is not None
    assert codes(PROCESS.check(case, postpone(case, timedelta(0)), now=later(case))) == {"not_later"}
    assert codes(PROCESS.check(case, postpone(case, -MINUTE), now=later(case))) == {"not_later"}
    assert codes(PROCESS.check(case, postpone(case), now=promised)) == {"update_overdue"}
    assert PROCESS.check(case, postpone(case), now=promised - timedelta.resolution) == ()


def test_no_update_can_be_postponed_while_none_is_promised() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    assert codes(PROCESS.check(case, postpone(case), now=later(case))) == {"no_update_promised"}
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    assert process.check(case, postpone(case), now=later(case)) == ()
    promised = escalation_of(case).deadlines.answer_by
    assert escalation_of(after(case, postpone(case), process=process)).deadlines.answer_by == promised


def test_a_postponed_update_is_converted_to_utc() -> None:
    case = reach(S.ACKNOWLEDGED)
    until = (T0 + 9 * HOUR).astimezone(ZoneInfo("Asia/Kolkata"))
    command = commands.PostponeUpdate(by=RITA, until=until, reason="They sleep")
    promised = escalation_of(PROCESS.handle(case, command, now=later(case)).case).deadlines.next_update_by
    assert promised == until
    assert promised is not None
    assert promised.tzinfo is UTC


# Invalid timings


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ec.Timing(acknowledge_within=timedelta(0)),
            "acknowledge_within: must be more than zero, got datetime.timedelta(0)",
        ),
        (
            lambda: ec.Timing(answer_within=-MINUTE),
            "answer_within: must be more than zero, got datetime.timedelta(days=-1",
        ),
        (
            lambda: ec.Timing(close_after_silence=timedelta(0)),
            "close_after_silence: must be more than zero, got datetime.timedelta(0)",
        ),
        (lambda: ec.Timing(debrief_within=0), "debrief_within: must be from one to 1000, got 0"),
        (lambda: ec.Timing(ladder=(rung(9), rung(9))), "ladder: must be rungs in the order of time, got (Rung(after="),
        (
            lambda: ec.Timing(owner_ladder=(rung(9), rung(8))),
            "owner_ladder: must be rungs in the order of time, got (Rung(after=",
        ),
        (lambda: ec.Timing(updates=()), "updates: must be at least one step, and only the last"),
        (
            lambda: ec.Timing(updates=(ec.CadenceStep(every=HOUR),) * 2),
            "updates: must be at least one step, and only the last",
        ),
        (
            lambda: ec.Timing(updates=(ec.CadenceStep(every=HOUR, lasting=HOUR),)),
            "updates: must be at least one step, and only the last step without an end, got (Cad",
        ),
        (lambda: ec.CadenceStep(every=timedelta(0)), "every: must be more than zero, got datetime.timedelta(0)"),
        (lambda: rung(0), "after: must be more than zero, got datetime.timedelta(0)"),
        (lambda: rung(1, R.CUSTOMER), "roles: must be internal roles only, got <Role.CUSTOMER"),
        (lambda: rung(1, repeats=1), "every: must be set if and only if there are repeats, got None"),
        (lambda: rung(1, every=1), "every: must be set if and only if there are repeats, got datetime.timedelta"),
        (
            lambda: ec.Timing(root_cause_analysis_within=1001),
            "root_cause_analysis_within: must be from one to 1000, got 1001",
        ),
        (
            lambda: ec.Timing(answer_within=timedelta.max),
            "answer_within: must be 36525 days at the most, got datetime.timedelta(days=999999999",
        ),
        (
            lambda: ec.Timing(ladder=tuple(rung(n) for n in range(1, 22))),
            "ladder: must be 20 rungs at the most, got 21",
        ),
        (lambda: rung(1, repeats=101, every=1), "repeats: must be 100 at the most, got 101"),
    ],
)
def test_an_invalid_timing_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
        make()
    assert str(raised.value).startswith(message)


def test_the_largest_valid_timing_is_accepted() -> None:
    longest = timedelta(days=36_525)
    ladder = (*(rung(n) for n in range(1, 20)), ec.Rung(after=longest, roles=frozenset(), repeats=100, every=longest))
    timing = ec.Timing(acknowledge_within=longest, ladder=ladder, owner_ladder=ladder, debrief_within=1000)
    assert (timing.ladder, timing.owner_ladder, timing.debrief_within) == (ladder, ladder, 1000)


@pytest.mark.parametrize("case", [None, "4711"])
def test_due_and_next_due_refuse_a_value_that_is_not_a_case(case: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match=r"^case: must be a Case, got"):
        PROCESS.next_due(case)
    with pytest.raises(TypeError, match=r"^case: must be a Case, got"):
        PROCESS.due(case, now=T0)


def test_due_refuses_a_naive_now() -> None:
    with pytest.raises(ValueError, match=r"^now: must be an aware datetime"):
        PROCESS.due(reach(S.STARTED), now=datetime(2026, 1, 1))  # noqa: DTZ001  # the invalid value under test


def test_timings_can_be_pickled_copied_hashed_and_compared() -> None:
    timing = ec.Timing(hours=ec.Calendar(zone=ZoneInfo("Europe/Berlin")), ladder=(rung(9, R.LEADERSHIP),))
    for twin in (pickle.loads(pickle.dumps(timing)), copy.deepcopy(timing), attrs.evolve(timing)):  # noqa: S301  # our own bytes
        assert twin == timing
        assert hash(twin) == hash(timing)
        assert twin.alarms == timing.alarms
    assert timing != ec.Timing()


def berlin(value: Any) -> Any:  # noqa: ANN401  # a value with instants, or an instant
    """Return the value with every instant in another zone, as from a database driver."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo("Europe/Berlin"))
    if isinstance(value, tuple):
        return tuple(berlin(member) for member in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, events.Event | ec.FollowUp):
        return attrs.evolve(value, **{f.name: berlin(getattr(value, f.name)) for f in attrs.fields(type(value))})
    return value


@pytest.mark.parametrize("minutes", [30, 90, 300, 9000])
def test_events_in_a_zone_with_daylight_saving_replay_to_the_same_case(minutes: int) -> None:
    """The escalation starts shortly before the clocks go back, and the other steps follow around that hour."""
    start = datetime(2026, 10, 24, 23, 35, tzinfo=UTC)
    outcome = PROCESS.open(emergency(), by=ANA, now=start)
    happened = list(outcome.events)
    at = start
    for command in (ACK, UPDATE, PROPOSE, NO, PROPOSE, YES, PARTNER_YES, CLOSE):
        at += minutes * MINUTE
        for step in (
            PROCESS.due(outcome.case, now=at),
            PROCESS.handle(PROCESS.due(outcome.case, now=at).case, command, now=at),
        ):
            outcome = step
            happened += step.events
    replayed = PROCESS.replay([berlin(event) for event in happened])
    assert replayed == outcome.case
    assert escalation_of(replayed).breaches == escalation_of(outcome.case).breaches


def test_a_rung_beyond_the_end_of_time_stops_no_other_rung() -> None:
    weekly = ec.Calendar(hours=(ec.WorkingHours(days=frozenset({ec.Weekday.MONDAY}), opens=time(9), closes=time(10)),))
    never = (ec.Rung(after=timedelta(days=days), roles=frozenset()) for days in (36_524, 36_525))
    ladder = (rung(15, R.SUPPORT_LEAD), *never)
    process = timed(ladder=ladder, hours=weekly)
    case, found = ticked(opened(emergency(), process), 15, 60, process=process)
    assert [event.rung for event in found] == [1, 1]
    assert process.next_due(case) == ec.END


@pytest.mark.parametrize("now", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_an_instant_of_an_invalid_year_is_refused(now: datetime) -> None:
    case = reach(S.ACKNOWLEDGED)
    with pytest.raises(ValueError, match=r"^now: must be from the year 2 to 8998, got"):
        PROCESS.due(case, now=now)
    with pytest.raises(ValueError, match=r"^now: must be from the year 2 to 8998, got"):
        PROCESS.handle(case, UPDATE, now=now)
    with pytest.raises(ValueError, match=r"^until: must be from the year 2 to 8999, got"):
        commands.PostponeUpdate(by=RITA, until=now, reason="x")


@pytest.mark.parametrize("every", [HOUR, timedelta(days=360), timedelta(days=361), timedelta(days=36_525)])
def test_a_deadline_at_the_end_of_time_can_be_stored(every: timedelta) -> None:
    process = timed(updates=(ec.CadenceStep(every=every),))
    now = datetime(8998, 12, 31, 23, 59, 59, tzinfo=UTC)
    outcome = process.handle(process.open(emergency(), by=ANA, now=now).case, ACK, now=now)
    (clock,) = escalation_of(outcome.case).clocks
    assert clock.due_at == min(now + every, ec.END)
    assert codec.from_json(codec.to_json(outcome.case), ec.Case) == outcome.case
    assert codec.from_json(codec.to_json(outcome.events[0]), events.Event) == outcome.events[0]


def test_an_update_can_be_postponed_to_the_last_valid_instant() -> None:
    case, until = reach(S.ACKNOWLEDGED), datetime(8999, 12, 31, 23, 59, tzinfo=UTC)
    command = commands.PostponeUpdate(by=RITA, until=until, reason="They sleep")
    assert PROCESS.check(case, command, now=later(case)) == ()
    assert PROCESS.next_due(PROCESS.handle(case, command, now=later(case)).case) == until


def test_an_event_that_raises_to_the_last_rung_is_marked_last() -> None:
    process = timed(acknowledge_within=5 * MINUTE, ladder=(rung(10, R.SUPPORT_LEAD), rung(20, R.LEADERSHIP)))
    case = process.due(opened(emergency(), process), now=T0 + 5 * MINUTE).case
    raised = [process.handle(case, raise_level(0), now=T0 + 6 * MINUTE)]
    raised.append(process.handle(raised[0].case, raise_level(1), now=T0 + 7 * MINUTE))
    assert [event.last for one in raised for event in one.events if isinstance(event, events.LevelRaised)] == [
        False,
        True,
    ]
    assert process.next_due(raised[1].case) is None
    assert notified(raised[1]) == {("leadership", "level_raised")}


def stored(case: ec.Case, **changes: datetime) -> ec.Case:
    """Return a case whose clock differs from the calendar, as after an update of the tz database."""
    (clock,) = escalation_of(case).clocks
    clocks = (attrs.evolve(clock, **changes),)  # type: ignore[arg-type]  # both are instants
    return attrs.evolve(case, escalation=attrs.evolve(escalation_of(case), clocks=clocks))


def test_a_stored_deadline_is_kept_if_the_calendar_has_changed() -> None:
    case = stored(opened(emergency()), due_at=T0 + 40 * MINUTE)
    outcome = PROCESS.due(case, now=T0 + 30 * MINUTE)
    assert PROCESS.next_due(outcome.case) == T0 + 40 * MINUTE
    assert PROCESS.next_due(after(case, raise_level(0), raise_level(1))) == T0 + 40 * MINUTE
    waiting = stored(case, remind_at=T0 + 40 * MINUTE)
    assert PROCESS.next_due(after(waiting, raise_level(0))) == T0 + 40 * MINUTE


def test_a_stored_deadline_after_the_last_alarm_is_still_due() -> None:
    case = stored(opened(emergency()), due_at=T0 + 70 * MINUTE, remind_at=T0 + HOUR)
    (event,) = overdue(PROCESS.due(case, now=T0 + 65 * MINUTE))
    assert (event.rung, event.breach, event.remind_at) == (3, False, T0 + 70 * MINUTE)


def test_a_stored_reminder_before_the_first_alarm_is_sent() -> None:
    (event,) = overdue(PROCESS.due(stored(opened(emergency()), remind_at=T0 + 9 * MINUTE), now=T0 + 10 * MINUTE))
    assert (event.rung, event.roles, event.due_at, event.overdue_by) == (0, (), T0 + 9 * MINUTE, MINUTE)
    case = stored(PROCESS.due(opened(emergency()), now=T0 + 15 * MINUTE).case, remind_at=T0 + 20 * MINUTE)
    (event,) = overdue(PROCESS.due(case, now=T0 + 20 * MINUTE))
    assert (event.rung, event.roles, event.due_at) == (1, (R.SUPPORT_LEAD,), T0 + 20 * MINUTE)
    assert event.remind_at == T0 + 30 * MINUTE


def test_a_late_breach_notifies_the_raised_rung_and_the_next_rung() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD), rung(90, R.LEADERSHIP)))
    case = after(opened(emergency(), process), raise_level(0), process=process)
    (event,) = overdue(process.due(case, now=T0 + 95 * MINUTE))
    assert (event.rung, event.roles) == (2, (R.SUPPORT_LEAD, R.LEADERSHIP))


class Holidays:
    """A container of holidays that can grow."""

    def __init__(self) -> None:
        self.days = set[date]()

    def __contains__(self, day: object) -> bool:
        return day in self.days


def test_a_reminder_is_moved_if_a_holiday_is_added() -> None:
    holidays = Holidays()
    process = timed(hours=ec.Calendar(holidays=holidays), ladder=(rung(120, R.SUPPORT_LEAD),))
    case = opened(emergency(), process)
    holidays.days.add(T0.date())
    (event,) = overdue(process.due(case, now=T0 + HOUR))
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    assert (event.rung, event.breach, event.remind_at) == (0, True, midnight + HOUR)
    (event,) = overdue(process.due(process.due(case, now=T0 + HOUR).case, now=midnight + HOUR))
    assert (event.rung, event.breach, event.remind_at) == (0, True, midnight + 2 * HOUR)


def test_a_reminder_before_the_owner_is_late_reaches_no_rung() -> None:
    case = stored(reach(S.ACKNOWLEDGED), remind_at=T0 + 9 * MINUTE)
    (event,) = overdue(PROCESS.due(case, now=T0 + 10 * MINUTE))
    assert (event.rung, event.roles, event.breach) == (0, (), False)
