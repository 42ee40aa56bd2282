"""Deadlines, the ladder, regular updates: what time causes, by example and by exhaustive table."""

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


def told(outcome: ec.Outcome) -> set[tuple[str, str]]:
    return {(n.to.id if isinstance(n.to, ec.Person) else n.to.value, n.template.value) for n in outcome.notifications}


def overdue(outcome: ec.Outcome) -> list[events.Overdue]:
    """Give the events of an outcome of time."""
    found = [event for event in outcome.events if isinstance(event, events.Overdue)]
    assert len(found) == len(outcome.events)
    return found


def ticked(case: ec.Case, *minutes: int, process: ec.Process = PROCESS) -> tuple[ec.Case, list[events.Overdue]]:
    """Ask what is due at these minutes after the case's last event."""
    start, found = case.updated_at or T0, list[events.Overdue]()
    for minute in minutes:
        outcome = process.due(case, now=start + minute * MINUTE)
        case = outcome.case
        found += overdue(outcome)
    return case, found


def running(case: ec.Case) -> dict[str, datetime]:
    """Give the deadlines that run, by name."""
    deadlines = attrs.asdict(escalation_of(case).deadlines)
    return {name: at for name, at in deadlines.items() if at is not None}


# Deadlines


def test_every_deadline_is_an_instant_from_the_event_that_made_it() -> None:
    case = opened(emergency())
    assert running(case) == {"acknowledge_by": T0 + HOUR}
    case = after(case, ACK)  # at minute 1; the others follow a minute apart
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
    assert set(running(case)) == {"post_mortem_by", "root_cause_analysis_by"}  # held is not shared
    case = after(case, commands.SharePostMortem(by=RITA, document="x"))
    assert set(running(case)) == {"root_cause_analysis_by"}
    case = after(
        case, commands.AttributeCause(by=RITA, cause=ec.Cause.SOFTWARE, production=True, explanation="No disk")
    )
    assert running(case) == {}
    assert PROCESS.next_due(case) is None


def test_a_regular_case_and_one_that_is_not_opened_have_nothing_due() -> None:
    for case in (reach(None), emergency()):
        assert PROCESS.next_due(case) is None
        assert PROCESS.due(case, now=T0 + 9 * DAY) == ec.Outcome(case=case, events=(), notifications=())


def test_a_cause_found_late_owes_its_analysis_from_then_on() -> None:
    case = reach(S.CLOSED)
    found_at = T0 + 30 * DAY
    cause = commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
    case = PROCESS.handle(case, cause, now=found_at).case
    assert escalation_of(case).deadlines.root_cause_analysis_by == datetime(2026, 4, 16, tzinfo=UTC)
    again = PROCESS.handle(case, cause, now=found_at + DAY).case
    assert escalation_of(again).deadlines.root_cause_analysis_by == datetime(2026, 4, 16, tzinfo=UTC)


def test_a_running_escalation_keeps_the_timing_it_started_with() -> None:
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
        raised = PROCESS.handle(case, climb(level), now=later(case))
        assert faster.handle(case, climb(level), now=later(case)) == raised
        case = raised.case
    assert faster.check(case, climb(3), now=later(case)) == PROCESS.check(case, climb(3), now=later(case))
    assert escalation_of(case).terms == ec.Terms(policy="handbook", policy_version=1, timing=ec.Timing())
    other = opened(emergency(), faster)
    assert escalation_of(other).terms == faster.policy.terms
    assert escalation_of(other).deadlines.acknowledge_by == T0 + MINUTE


def test_what_is_promised_is_said_to_those_it_is_promised_to() -> None:
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


def test_rung_after_rung_hears_while_nobody_acknowledges() -> None:
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
    for minute, number, heard in expected:
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
        assert told(outcome) == heard
        case = outcome.case
        assert escalation_of(case).level == number
    assert PROCESS.next_due(case) is None
    assert escalation_of(case).breaches == (ec.Breach(kind=K.ACKNOWLEDGEMENT, due_at=T0 + HOUR),)


def test_a_late_call_is_one_reminder_that_reaches_all_it_passed() -> None:
    outcome = PROCESS.due(opened(emergency()), now=T0 + 40 * MINUTE)
    (event,) = overdue(outcome)
    assert (event.rung, event.due_at, event.overdue_by) == (2, T0 + 30 * MINUTE, 10 * MINUTE)
    assert event.roles == (R.SUPPORT_LEAD, R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER)
    assert event.remind_at == T0 + HOUR
    (event,) = overdue(PROCESS.due(opened(emergency()), now=T0 + DAY))
    assert (event.rung, event.due_at, event.overdue_by, event.last) == (3, T0 + HOUR, DAY - HOUR, True)


def test_asking_again_or_with_a_clock_that_went_backwards_gives_nothing() -> None:
    outcome = PROCESS.due(opened(emergency()), now=T0 + 20 * MINUTE)
    for minute in (20, 25, 10, -500):
        again = PROCESS.due(outcome.case, now=T0 + minute * MINUTE)
        assert again == ec.Outcome(case=outcome.case, events=(), notifications=())


def test_what_was_due_before_the_last_event_is_due_now_and_not_before_it() -> None:
    case = PROCESS.handle(opened(emergency()), NOTE, now=T0 + 40 * MINUTE).case
    assert PROCESS.next_due(case) == T0 + 40 * MINUTE
    assert PROCESS.due(case, now=T0 + 39 * MINUTE).events == ()
    (event,) = overdue(PROCESS.due(case, now=T0 + 40 * MINUTE))
    assert event.rung == 2


def test_of_several_promises_the_earliest_is_due_first_and_each_is_told_by_itself() -> None:
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    deadlines = escalation_of(case).deadlines
    assert deadlines.next_update_by is not None
    assert deadlines.answer_by is not None
    told_of: list[type[events.Event]] = []
    for at in (deadlines.next_update_by, deadlines.answer_by):
        assert process.next_due(case) == at
        outcome = process.due(case, now=at)
        told_of += [type(event) for event in outcome.events]
        case = outcome.case
    assert told_of == [events.UpdateOverdue, events.AnswerOverdue]
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
def test_a_clock_that_was_stopped_in_time_reminds_nobody_and_is_no_breach(name: str) -> None:
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
def test_a_clock_that_is_stopped_late_is_a_breach_though_nobody_asked(name: str) -> None:
    before, steps = STOPPED[name]
    late = max(clock.due_at for clock in escalation_of(before).clocks)
    case = before
    for step in steps:
        case = PROCESS.handle(case, step, now=late).case
    stopped = [clock for clock in escalation_of(before).clocks if clock not in escalation_of(case).clocks]
    found = {(breach.kind, breach.due_at) for breach in escalation_of(case).breaches}
    assert {(clock.kind, clock.due_at) for clock in stopped} <= found
    asked = PROCESS.due(before, now=late).case
    for step in steps:
        asked = PROCESS.handle(asked, step, now=late).case
    at_end = late + 99 * DAY
    assert (
        escalation_of(PROCESS.due(asked, now=at_end).case).breaches
        == escalation_of(PROCESS.due(case, now=at_end).case).breaches
    )


def test_a_rung_repeats_until_the_next_one_hears() -> None:
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


def test_a_rung_hears_again_as_often_as_it_says() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=2, every=3), rung(40, R.LEADERSHIP)))
    _, found = ticked(opened(emergency(), process), *range(50), process=process)
    assert [event.at for event in found] == [T0 + minute * MINUTE for minute in (10, 13, 16, 40)]


def test_a_late_call_does_not_tell_a_rung_again_that_the_next_one_took_over_from() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=9, every=4), rung(20, R.LEADERSHIP)))
    _, found = ticked(opened(emergency(), process), 10, 14, 18, 25, process=process)
    assert [event.roles for event in found][-2:] == [(R.SUPPORT_LEAD,), (R.LEADERSHIP,)]


def test_a_miss_before_the_first_rung_is_an_event_that_nobody_hears() -> None:
    process = timed(acknowledge_within=5 * MINUTE, ladder=(rung(10, R.SUPPORT_LEAD),))
    outcome = process.due(opened(emergency(), process), now=T0 + 5 * MINUTE)
    (event,) = overdue(outcome)
    assert (event.rung, event.roles, event.breach, event.last) == (0, (), True, False)
    assert outcome.notifications == ()


def test_no_ladder_at_all_still_puts_the_miss_on_record() -> None:
    process = timed(ladder=())
    outcome = process.due(opened(emergency(), process), now=T0 + HOUR)
    (event,) = overdue(outcome)
    assert (event.rung, event.breach, event.last) == (0, True, True)
    assert len(escalation_of(outcome.case).breaches) == 1


def test_a_rung_without_anybody_is_an_event_and_not_silence() -> None:
    process = timed(ladder=(rung(10), rung(20, R.LEADERSHIP, R.SUPPORT_LEAD)))
    case = opened(emergency(participants=(ANA, PAUL, LEA)), process)
    first = process.due(case, now=T0 + 10 * MINUTE)
    (event,) = overdue(first)
    assert (event.rung, event.roles, event.vacant) == (1, (), ())
    assert first.notifications == ()
    second = process.due(first.case, now=T0 + 20 * MINUTE)
    (event,) = overdue(second)
    assert (event.roles, event.vacant) == ((R.SUPPORT_LEAD, R.LEADERSHIP), (R.LEADERSHIP,))
    assert {name for name, _ in told(second)} == {"lea", "leadership"}
    assert "Nobody on this case has the role: leadership." in ec.render(second.notifications[0]).body


def test_working_hours_hold_the_ladder() -> None:
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


# Climbing by hand


def climb(level: int, by: ec.Person = LEA) -> commands.Command:
    return commands.RaiseLevel(by=by, from_level=level, reason="It is worse than it looks")


def test_a_person_can_climb_before_time_does_and_the_ladder_goes_on_from_there() -> None:
    outcome = PROCESS.handle(opened(emergency()), climb(0), now=T0 + MINUTE)
    (event,) = outcome.events
    assert isinstance(event, events.LevelRaised)
    assert (event.level, event.roles, event.vacant) == (1, (R.SUPPORT_LEAD,), (R.SUPPORT_LEAD,))
    assert event.remind_at == T0 + 30 * MINUTE
    assert told(outcome) == {("support lead", "level_raised")}
    assert "to rung 1 of 3" in ec.render(outcome.notifications[0]).body
    assert PROCESS.next_due(outcome.case) == T0 + 30 * MINUTE


def test_who_has_climbed_to_the_top_is_still_told_when_the_promise_is_missed() -> None:
    case = after(opened(emergency(participants=(ANA, PAUL, BOSS))), climb(0), climb(1), climb(2))
    assert escalation_of(case).level == 3
    assert PROCESS.next_due(case) == T0 + HOUR
    outcome = PROCESS.due(case, now=T0 + HOUR)
    assert told(outcome) == {("leadership", "acknowledgement_overdue_last_rung")}
    assert codes(PROCESS.check(case, climb(3), now=later(case))) == {"top_of_ladder"}


def test_a_repeat_of_a_lower_rung_is_not_told_once_somebody_climbed_past_it() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=3, every=5), rung(50, R.LEADERSHIP)))
    case = after(process.due(opened(emergency(), process), now=T0 + 10 * MINUTE).case, climb(1), process=process)
    assert escalation_of(case).level == 2
    assert process.next_due(case) == T0 + HOUR


def test_a_repeat_of_the_rung_that_was_climbed_to_by_hand_is_told() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD, repeats=1, every=5),))
    case = after(opened(emergency(), process), climb(0), process=process)
    assert process.next_due(case) == T0 + 15 * MINUTE


def test_a_climb_is_refused_when_somebody_else_or_time_has_climbed_meanwhile() -> None:
    case = opened(emergency())
    by_time = PROCESS.due(case, now=T0 + 15 * MINUTE).case
    by_hand = after(case, climb(0, RITA))
    for moved in (by_time, by_hand):
        refused = PROCESS.check(moved, climb(0), now=later(moved))
        assert codes(refused) == {"level_moved"}
        assert refused[0].message == "cannot raise the level from 0: the escalation is at level 1"
        assert PROCESS.check(moved, climb(1), now=later(moved)) == ()


def test_a_climb_while_a_reminder_waits_loses_no_later_one() -> None:
    case = PROCESS.handle(opened(emergency()), climb(0), now=T0 + 40 * MINUTE).case
    assert PROCESS.next_due(case) == T0 + 40 * MINUTE  # the second rung, which nobody asked about in time
    (event,) = overdue(PROCESS.due(case, now=T0 + 40 * MINUTE))
    assert (event.rung, event.roles) == (2, (R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER))


def test_an_owned_escalation_can_be_raised_too_and_no_clock_starts() -> None:
    case = after(reach(S.ACKNOWLEDGED), climb(0))
    assert escalation_of(case).level == 1
    assert set(running(case)) == {"next_update_by"}
    assert PROCESS.next_due(case) == escalation_of(case).deadlines.next_update_by
    missed = PROCESS.due(opened(emergency()), now=T0 + DAY).case
    assert codes(PROCESS.check(missed, climb(3), now=later(missed))) == {"top_of_ladder"}


def test_a_climb_after_the_last_reminder_restarts_nothing() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD), rung(90, R.LEADERSHIP)))
    case = process.due(opened(emergency(), process), now=T0 + HOUR).case
    assert process.next_due(case) == T0 + 90 * MINUTE
    case = after(case, climb(1), process=process)
    assert process.next_due(case) is None


def test_a_miss_is_told_even_after_somebody_climbed_past_its_rung_by_hand() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD), rung(90, R.LEADERSHIP)), acknowledge_within=5 * MINUTE)
    case = after(opened(emergency(), process), climb(0), climb(1), process=process)
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


def test_every_step_of_a_cadence_lasts_as_long_as_it_says() -> None:
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


def test_every_step_of_a_cadence_lasts_in_working_time() -> None:
    office = ec.Calendar(hours=(ec.WorkingHours(opens=time(9), closes=time(17)),))
    steps = (ec.CadenceStep(every=HOUR, lasting=4 * HOUR), ec.CadenceStep(every=3 * HOUR))
    process = timed(updates=steps, hours=office)
    case = process.handle(opened(emergency(), process), ACK, now=T0 + 7 * HOUR).case  # at 16:00
    for hours, following in ((23, 24), (26, 27), (27, 30)):  # the next day, at 8:00, 11:00 and 12:00
        case = process.handle(case, UPDATE, now=T0 + hours * HOUR).case
        expected = T0 + DAY + HOUR if hours == 23 else T0 + following * HOUR
        assert escalation_of(case).deadlines.next_update_by == expected


def test_updates_are_promised_in_working_time() -> None:
    office = ec.Calendar(hours=(ec.WorkingHours(opens=time(9), closes=time(17)),))
    process = timed(hours=office)
    case = process.handle(opened(emergency(), process), ACK, now=T0 + 7 * HOUR + HOUR / 2).case
    assert escalation_of(case).deadlines.next_update_by == T0 + DAY + HOUR / 2


@pytest.mark.parametrize("restarts", [UPDATE, NO, PROPOSE])
def test_an_update_a_proposal_or_a_rejection_restarts_the_clock_of_updates(restarts: commands.Command) -> None:
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    now = T0 + 30 * MINUTE
    outcome = process.handle(case, restarts, now=now)
    assert escalation_of(outcome.case).deadlines.next_update_by == now + HOUR


@pytest.mark.parametrize("keeps", [NOTE, commands.ReassignOwner(by=LEA, to=OTTO), YES])
def test_nothing_else_restarts_it(keeps: commands.Command) -> None:
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    promised = escalation_of(case).deadlines.next_update_by
    assert promised is not None
    outcome = process.handle(case, keeps, now=T0 + 30 * MINUTE)
    assert escalation_of(outcome.case).deadlines.next_update_by == promised


@pytest.mark.parametrize("waiting", [True, False])
def test_a_policy_says_whether_updates_go_on_while_a_proposal_waits(*, waiting: bool) -> None:
    process = timed(updates_while_waiting=waiting)
    case = reach(S.SOLUTION_PROPOSED, process)
    assert (escalation_of(case).deadlines.next_update_by is not None) is waiting
    promised = escalation_of(case).deadlines.answer_by
    case = after(case, UPDATE, process=process)
    assert (escalation_of(case).deadlines.next_update_by is not None) is waiting
    assert escalation_of(case).deadlines.answer_by == promised
    accepted = after(case, YES, PARTNER_YES, UPDATE, process=process)
    assert escalation_of(accepted).deadlines.next_update_by is None


def test_a_missed_update_is_told_to_the_owner_and_once_is_a_breach() -> None:
    case = reach(S.ACKNOWLEDGED)
    promised = escalation_of(case).deadlines.next_update_by
    assert promised is not None
    outcome = PROCESS.due(case, now=promised + 10 * MINUTE)
    (event,) = overdue(outcome)
    assert isinstance(event, events.UpdateOverdue)
    assert (event.due_at, event.overdue_by, event.breach) == (promised, 10 * MINUTE, True)
    assert told(outcome) == {("rita", "update_overdue")}
    case = after(outcome.case, UPDATE)
    assert escalation_of(case).breaches == (ec.Breach(kind=K.UPDATE, due_at=promised),)


def test_an_owner_who_went_silent_is_climbed_past() -> None:
    process = timed(owner_ladder=(rung(10, R.SUPPORT_LEAD, R.SUPPORT_REP), rung(30, R.LEADERSHIP)))
    case = reach(S.ACKNOWLEDGED, process, participants=(ANA, PAUL, RITA, OTTO))
    heard: list[tuple[int, set[str]]] = []
    start = escalation_of(case).deadlines.next_update_by
    assert start is not None
    while (at := process.next_due(case)) is not None:
        outcome = process.due(case, now=at)
        (event,) = overdue(outcome)
        assert (event.due_at, event.overdue_by) == (start, at - start)
        heard.append((event.rung, {name for name, _ in told(outcome)}))
        assert len(outcome.notifications) == len(told(outcome))
        case = outcome.case
    assert heard == [(0, {"rita"}), (1, {"rita", "otto", "support lead"}), (2, {"rita", "leadership"})]
    assert len(escalation_of(case).breaches) == 1


def test_customers_are_not_reminded_but_the_owner_is_told_to_ask() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    asked_at = escalation_of(case).proposals[-1].proposed_at
    outcome = PROCESS.due(case, now=asked_at + DAY)
    (event,) = overdue(outcome)
    assert isinstance(event, events.AnswerOverdue)
    assert event.proposal == escalation_of(case).proposals[-1].id
    assert told(outcome) == {("rita", "answer_overdue")}


def test_follow_ups_that_are_late_are_told_each_by_itself() -> None:
    case = reach(S.CLOSED)
    outcome = PROCESS.due(case, now=T0 + 30 * DAY)
    kinds = [event.kind for event in outcome.events if isinstance(event, events.FollowUpOverdue)]
    assert kinds == [ec.FollowUpKind.DEBRIEF, ec.FollowUpKind.POST_MORTEM]
    assert [event.version for event in outcome.events] == [case.version + 1, case.version + 2]
    assert told(outcome) == {("rita", "follow_up_overdue")}
    assert {breach.kind for breach in escalation_of(outcome.case).breaches} == {K.DEBRIEF, K.POST_MORTEM}
    assert not escalation_of(outcome.case).settled


def test_who_hears_after_the_owner_of_a_late_follow_up_hears_in_working_time() -> None:
    process = timed(owner_ladder=(rung(10, R.SUPPORT_LEAD),))
    cause = commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
    case = after(reach(S.SOLUTION_ACCEPTED, process), cause, process=process)
    case = process.handle(case, CLOSE, now=T0 + 4 * DAY).case  # a Friday: two are due by the end of another Friday
    heard: list[tuple[ec.FollowUpKind, datetime]] = []
    while (at := process.next_due(case)) is not None:
        outcome = process.due(case, now=at)
        heard += [(event.kind, at) for event in outcome.events if isinstance(event, events.FollowUpOverdue)]
        case = outcome.case
    assert heard == [
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


def test_breaches_are_on_record_in_the_order_of_their_promises() -> None:
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


def test_an_update_can_be_postponed_once_until_there_is_one() -> None:
    case = reach(S.ACKNOWLEDGED)
    command = postpone(case)
    outcome = PROCESS.handle(case, command, now=later(case))
    assert isinstance(command, commands.PostponeUpdate)
    assert escalation_of(outcome.case).deadlines.next_update_by == command.until
    assert PROCESS.next_due(outcome.case) == command.until
    assert {name for name, _ in told(outcome)} == {"ana", "paul"}
    assert "later than we said: The vendor looks at it" in ec.render(outcome.notifications[0]).body
    again = postpone(outcome.case)
    assert codes(PROCESS.check(outcome.case, again, now=later(outcome.case))) == {"already_postponed"}
    case = after(outcome.case, UPDATE)
    assert PROCESS.check(case, postpone(case), now=later(case)) == ()


def test_an_update_is_postponed_to_a_later_time_and_before_its_own() -> None:
    case = reach(S.ACKNOWLEDGED)
    promised = escalation_of(case).deadlines.next_update_by
    assert promised is not None
    assert codes(PROCESS.check(case, postpone(case, timedelta(0)), now=later(case))) == {"not_later"}
    assert codes(PROCESS.check(case, postpone(case, -MINUTE), now=later(case))) == {"not_later"}
    assert codes(PROCESS.check(case, postpone(case), now=promised)) == {"update_overdue"}
    assert PROCESS.check(case, postpone(case), now=promised - timedelta.resolution) == ()


def test_where_updates_wait_for_an_answer_there_is_none_to_postpone() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    assert codes(PROCESS.check(case, postpone(case), now=later(case))) == {"no_update_promised"}
    process = timed(updates_while_waiting=True)
    case = reach(S.SOLUTION_PROPOSED, process)
    assert process.check(case, postpone(case), now=later(case)) == ()
    promised = escalation_of(case).deadlines.answer_by
    assert escalation_of(after(case, postpone(case), process=process)).deadlines.answer_by == promised


def test_a_postponed_update_in_another_zone_is_the_same_instant() -> None:
    case = reach(S.ACKNOWLEDGED)
    until = (T0 + 9 * HOUR).astimezone(ZoneInfo("Asia/Kolkata"))
    command = commands.PostponeUpdate(by=RITA, until=until, reason="They sleep")
    promised = escalation_of(PROCESS.handle(case, command, now=later(case)).case).deadlines.next_update_by
    assert promised == until
    assert promised is not None
    assert promised.tzinfo is UTC


# What a timing refuses


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
def test_a_timing_that_makes_no_sense_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
        make()
    assert str(raised.value).startswith(message)


def test_the_most_that_a_timing_takes_is_taken() -> None:
    longest = timedelta(days=36_525)
    ladder = (*(rung(n) for n in range(1, 20)), ec.Rung(after=longest, roles=frozenset(), repeats=100, every=longest))
    timing = ec.Timing(acknowledge_within=longest, ladder=ladder, owner_ladder=ladder, debrief_within=1000)
    assert (timing.ladder, timing.owner_ladder, timing.debrief_within) == (ladder, ladder, 1000)


@pytest.mark.parametrize("case", [None, "4711"])
def test_what_is_no_case_has_no_time(case: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match=r"^case: must be a Case, got"):
        PROCESS.next_due(case)
    with pytest.raises(TypeError, match=r"^case: must be a Case, got"):
        PROCESS.due(case, now=T0)


def test_now_is_an_aware_instant() -> None:
    with pytest.raises(ValueError, match=r"^now: must be an aware datetime"):
        PROCESS.due(reach(S.STARTED), now=datetime(2026, 1, 1))  # noqa: DTZ001  # it is what must be refused


def test_timings_pickle_copy_hash_and_compare() -> None:
    timing = ec.Timing(hours=ec.Calendar(zone=ZoneInfo("Europe/Berlin")), ladder=(rung(9, R.LEADERSHIP),))
    for twin in (pickle.loads(pickle.dumps(timing)), copy.deepcopy(timing), attrs.evolve(timing)):  # noqa: S301  # our own bytes
        assert twin == timing
        assert hash(twin) == hash(timing)
        assert twin.alarms == timing.alarms
    assert timing != ec.Timing()


def berlin(value: Any) -> Any:  # noqa: ANN401  # a value with instants, or an instant
    """Put every instant of an event into another zone, as a database driver might."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo("Europe/Berlin"))
    if isinstance(value, tuple):
        return tuple(berlin(member) for member in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, events.Event | ec.FollowUp):
        return attrs.evolve(value, **{f.name: berlin(getattr(value, f.name)) for f in attrs.fields(type(value))})
    return value


@pytest.mark.parametrize("minutes", [30, 90, 300, 9000])
def test_events_in_a_zone_with_daylight_saving_replay_to_the_same_case(minutes: int) -> None:
    """The escalation starts before the clocks go back, and everything else happens around that."""
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


def test_a_rung_that_never_comes_stops_no_other() -> None:
    weekly = ec.Calendar(hours=(ec.WorkingHours(days=frozenset({ec.Weekday.MONDAY}), opens=time(9), closes=time(10)),))
    never = (ec.Rung(after=timedelta(days=days), roles=frozenset()) for days in (36_524, 36_525))
    ladder = (rung(15, R.SUPPORT_LEAD), *never)
    process = timed(ladder=ladder, hours=weekly)
    case, found = ticked(opened(emergency(), process), 15, 60, process=process)
    assert [event.rung for event in found] == [1, 1]
    assert process.next_due(case) == ec.END


@pytest.mark.parametrize("now", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_an_instant_of_a_year_that_is_not_taken_is_refused(now: datetime) -> None:
    case = reach(S.ACKNOWLEDGED)
    with pytest.raises(ValueError, match=r"^now: must be from the year 2 to 8998, got"):
        PROCESS.due(case, now=now)
    with pytest.raises(ValueError, match=r"^now: must be from the year 2 to 8998, got"):
        PROCESS.handle(case, UPDATE, now=now)
    with pytest.raises(ValueError, match=r"^until: must be from the year 2 to 8999, got"):
        commands.PostponeUpdate(by=RITA, until=now, reason="x")


@pytest.mark.parametrize("every", [HOUR, timedelta(days=360), timedelta(days=361), timedelta(days=36_525)])
def test_a_promise_at_the_end_of_time_can_be_stored(every: timedelta) -> None:
    process = timed(updates=(ec.CadenceStep(every=every),))
    now = datetime(8998, 12, 31, 23, 59, 59, tzinfo=UTC)
    outcome = process.handle(process.open(emergency(), by=ANA, now=now).case, ACK, now=now)
    (clock,) = escalation_of(outcome.case).clocks
    assert clock.due_at == min(now + every, ec.END)
    assert codec.from_json(codec.to_json(outcome.case), ec.Case) == outcome.case
    assert codec.from_json(codec.to_json(outcome.events[0]), events.Event) == outcome.events[0]


def test_an_update_may_be_postponed_as_far_as_an_instant_is_taken() -> None:
    case, until = reach(S.ACKNOWLEDGED), datetime(8999, 12, 31, 23, 59, tzinfo=UTC)
    command = commands.PostponeUpdate(by=RITA, until=until, reason="They sleep")
    assert PROCESS.check(case, command, now=later(case)) == ()
    assert PROCESS.next_due(PROCESS.handle(case, command, now=later(case)).case) == until


def test_the_top_of_the_ladder_is_said_to_be_the_top() -> None:
    process = timed(acknowledge_within=5 * MINUTE, ladder=(rung(10, R.SUPPORT_LEAD), rung(20, R.LEADERSHIP)))
    case = process.due(opened(emergency(), process), now=T0 + 5 * MINUTE).case
    raised = [process.handle(case, climb(0), now=T0 + 6 * MINUTE)]
    raised.append(process.handle(raised[0].case, climb(1), now=T0 + 7 * MINUTE))
    assert [event.last for one in raised for event in one.events if isinstance(event, events.LevelRaised)] == [
        False,
        True,
    ]
    assert process.next_due(raised[1].case) is None
    assert told(raised[1]) == {("leadership", "level_raised")}


def stored(case: ec.Case, **changes: datetime) -> ec.Case:
    """Give a case whose clock says something else than the calendar by now, as after an update of the tz database."""
    (clock,) = escalation_of(case).clocks
    clocks = (attrs.evolve(clock, **changes),)  # type: ignore[arg-type]  # both are instants
    return attrs.evolve(case, escalation=attrs.evolve(escalation_of(case), clocks=clocks))


def test_a_promise_that_stands_is_told_though_the_moments_are_worked_out_anew() -> None:
    case = stored(opened(emergency()), due_at=T0 + 40 * MINUTE)
    outcome = PROCESS.due(case, now=T0 + 30 * MINUTE)
    assert PROCESS.next_due(outcome.case) == T0 + 40 * MINUTE
    assert PROCESS.next_due(after(case, climb(0), climb(1))) == T0 + 40 * MINUTE
    waiting = stored(case, remind_at=T0 + 40 * MINUTE)
    assert PROCESS.next_due(after(waiting, climb(0))) == T0 + 40 * MINUTE


def test_a_promise_that_stands_is_waited_for_though_all_moments_have_passed() -> None:
    case = stored(opened(emergency()), due_at=T0 + 70 * MINUTE, remind_at=T0 + HOUR)
    (event,) = overdue(PROCESS.due(case, now=T0 + 65 * MINUTE))
    assert (event.rung, event.breach, event.remind_at) == (3, False, T0 + 70 * MINUTE)


def test_a_reminder_that_stands_is_told_though_no_moment_has_come() -> None:
    (event,) = overdue(PROCESS.due(stored(opened(emergency()), remind_at=T0 + 9 * MINUTE), now=T0 + 10 * MINUTE))
    assert (event.rung, event.roles, event.due_at, event.overdue_by) == (0, (), T0 + 9 * MINUTE, MINUTE)
    case = stored(PROCESS.due(opened(emergency()), now=T0 + 15 * MINUTE).case, remind_at=T0 + 20 * MINUTE)
    (event,) = overdue(PROCESS.due(case, now=T0 + 20 * MINUTE))
    assert (event.rung, event.roles, event.due_at) == (1, (R.SUPPORT_LEAD,), T0 + 20 * MINUTE)
    assert event.remind_at == T0 + 30 * MINUTE


def test_a_miss_is_told_to_those_who_were_climbed_to_by_hand_even_when_the_next_rung_hears_as_well() -> None:
    process = timed(ladder=(rung(10, R.SUPPORT_LEAD), rung(90, R.LEADERSHIP)))
    case = after(opened(emergency(), process), climb(0), process=process)
    (event,) = overdue(process.due(case, now=T0 + 95 * MINUTE))
    assert (event.rung, event.roles) == (2, (R.SUPPORT_LEAD, R.LEADERSHIP))


class Holidays:
    """Holidays that are learned one after the other."""

    def __init__(self) -> None:
        self.days = set[date]()

    def __contains__(self, day: object) -> bool:
        return day in self.days


def test_a_promise_is_waited_for_anew_when_a_holiday_is_learned() -> None:
    holidays = Holidays()
    process = timed(hours=ec.Calendar(holidays=holidays), ladder=(rung(120, R.SUPPORT_LEAD),))
    case = opened(emergency(), process)
    holidays.days.add(T0.date())
    (event,) = overdue(process.due(case, now=T0 + HOUR))
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    assert (event.rung, event.breach, event.remind_at) == (0, True, midnight + HOUR)
    (event,) = overdue(process.due(process.due(case, now=T0 + HOUR).case, now=midnight + HOUR))
    assert (event.rung, event.breach, event.remind_at) == (0, True, midnight + 2 * HOUR)


def test_a_reminder_before_a_miss_of_the_owner_reaches_no_rung() -> None:
    case = stored(reach(S.ACKNOWLEDGED), remind_at=T0 + 9 * MINUTE)
    (event,) = overdue(PROCESS.due(case, now=T0 + 10 * MINUTE))
    assert (event.rung, event.roles, event.breach) == (0, (), False)
