"""Measures of one history, by example, with values that can be checked by hand."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, LEA, MINUTE, PAUL, RITA, T0, emergency, opened, problem, reach, sample
from support.examples import PROCESS

S = ec.EscalationStatus
K = ec.ClockKind
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OFFICE = ec.Calendar(hours=(ec.WorkingHours(opens=time(9), closes=time(17)),), holidays={date(2026, 3, 3)})

#: Commands with their hours after the start, which is Monday, 2 March 2026, 09:00.
STORY: tuple[tuple[float, commands.Command], ...] = (
    (2, commands.Acknowledge(by=RITA)),  # an hour late
    (2.5, commands.PostUpdate(by=RITA, message="We are at it")),  # half an hour early
    (3, commands.AddInternalNote(by=RITA, text="They are upset")),
    (4, commands.PostUpdate(by=RITA, message="Still at it")),  # half an hour late
    (4.5, commands.ProposeSolution(by=RITA, summary="Restart it")),  # half an hour early
    (30, commands.RejectSolution(by=ANA, reason="It broke more")),  # an hour and a half late
    (30.5, commands.ProposeSolution(by=RITA, summary="Replace it")),  # half an hour early
    (31, commands.AcceptSolution(by=ANA)),
    (32, commands.AcceptSolution(by=PAUL)),
    (33, commands.CloseEscalation(by=RITA)),
)


def played(story: tuple[tuple[float, commands.Command], ...] = STORY) -> list[events.Event]:
    outcome = PROCESS.open(emergency(), by=ANA, now=T0)
    happened = list(outcome.events)
    for hours, command in story:
        outcome = PROCESS.handle(outcome.case, command, now=T0 + hours * HOUR)
        happened += outcome.events
    return happened


def span(elapsed: float, working: float | None = None) -> ec.Span:
    return ec.Span(elapsed=elapsed * HOUR, working=(elapsed if working is None else working) * HOUR)


def test_a_closed_escalation_has_every_measure() -> None:
    found = ec.measure(played(), now=T0 + 33 * HOUR)
    assert found.case == PROCESS.replay(played())
    assert found.to_acknowledge == span(2)
    assert found.to_first_proposal == span(4.5)
    assert found.to_acceptance == span(32)
    assert found.to_close == span(33)
    assert found.in_status == (
        (S.STARTED, span(2)),
        (S.ACKNOWLEDGED, span(2.5)),
        (S.SOLUTION_PROPOSED, span(25.5 + 1.5)),
        (S.SOLUTION_REJECTED, span(0.5)),
        (S.SOLUTION_ACCEPTED, span(1)),
    )
    assert found.time_in(S.SOLUTION_PROPOSED) == span(27)
    assert found.time_in(S.CLOSED) == span(0)
    assert (found.updates_promised, found.updates_kept) == (4, 3)
    assert found.longest_silence == span(
        26
    )  # from the first proposal to the second; the rejection comes from the customer
    assert found.rejections == 1
    assert found.breaches == (
        ec.Breach(kind=K.ACKNOWLEDGEMENT, due_at=T0 + HOUR),
        ec.Breach(kind=K.UPDATE, due_at=T0 + 3.5 * HOUR),
        ec.Breach(kind=K.ANSWER, due_at=T0 + 28.5 * HOUR),
    )


def test_working_time_is_measured_with_the_given_calendar() -> None:
    found = ec.measure(played(), now=T0 + 33 * HOUR, calendar=OFFICE)  # 2 March until 17:00; the 3rd is a holiday
    assert found.to_acknowledge == span(2, 2)
    assert found.to_close == span(33, 8)
    assert found.time_in(S.SOLUTION_PROPOSED) == span(27, 3.5)
    assert found.longest_silence == span(26, 3.5)


def test_the_longest_silence_in_working_time_may_be_another() -> None:
    story = ((0.5, commands.Acknowledge(by=RITA)), (7, sample(commands.PostUpdate, RITA)))  # 9:30 and 16:00
    found = ec.measure(played(story), now=T0 + 24 * HOUR, calendar=OFFICE)
    assert found.longest_silence == span(17, 6.5)  # 16:00 to 9:00 elapsed, and 9:30 to 16:00 worked


#: Whether a command ends the silence towards customer and partner, and the commands that must precede the command.
ENDS_SILENCE: dict[type[commands.Command], tuple[bool, tuple[type[commands.Command], ...]]] = {
    commands.OpenCase: (True, ()),
    commands.Acknowledge: (True, ()),
    commands.PostUpdate: (True, (commands.Acknowledge,)),
    commands.PostponeUpdate: (True, (commands.Acknowledge,)),
    commands.ProposeSolution: (True, (commands.Acknowledge,)),
    commands.AcceptSolution: (False, (commands.Acknowledge, commands.ProposeSolution)),
    commands.RejectSolution: (False, (commands.Acknowledge, commands.ProposeSolution)),
    commands.ReassignOwner: (True, (commands.Acknowledge,)),
    commands.AddInternalNote: (False, ()),
    commands.RequestRealTimeCommunication: (True, (commands.Acknowledge,)),
    commands.EndRealTimeCommunication: (False, (commands.Acknowledge, commands.RequestRealTimeCommunication)),
    commands.ReportSideChannelContact: (False, ()),
    commands.RaiseLevel: (False, ()),
    commands.AttributeCause: (False, (commands.Acknowledge,)),
    commands.AddParticipant: (False, ()),
    commands.StartDiagnosis: (True, ()),
    commands.ProposeCaseSolution: (True, (commands.StartDiagnosis,)),
}
#: Commands before the start of an escalation, at its end, or after its end.
NOT_WITHIN = {
    *(commands.DeclareEmergency, commands.CancelEscalation, commands.CloseEscalation, commands.ReprioritizeCase),
    *(commands.CloseCase, commands.DebriefStakeholders, commands.HoldPostMortem, commands.SharePostMortem),
    commands.ShareRootCauseAnalysis,
}


def test_every_command_is_in_the_table_of_silence() -> None:
    assert ENDS_SILENCE.keys() | NOT_WITHIN == set(COMMANDS)


@pytest.mark.parametrize("kind", [kind for kind in ENDS_SILENCE if kind is not commands.OpenCase])
def test_silence_ends_with_a_message_of_support(kind: type[commands.Command]) -> None:
    ends_silence, before = ENDS_SILENCE[kind]
    by = ANA if kind in {commands.AcceptSolution, commands.RejectSolution} else RITA
    end = (
        0.5 if kind is commands.PostponeUpdate else 10
    )  # an update can be postponed only before it is due, in the first hour
    story = (*((0.0, sample(one, RITA)) for one in before), (end, sample(kind, by)))
    found = ec.measure(played(story), now=T0 + 15 * HOUR)
    assert found.longest_silence == span(max(end, 15 - end) if ends_silence else 15)


def test_an_acceptance_does_not_end_the_silence() -> None:
    story = (
        (0, commands.Acknowledge(by=RITA)),
        (0, commands.ProposeSolution(by=RITA, summary="Restart it")),
        (0, commands.AcceptSolution(by=ANA)),
        (10, commands.AcceptSolution(by=PAUL)),
    )
    assert ec.measure(played(story), now=T0 + 15 * HOUR).longest_silence == span(15)


def test_an_overdue_deadline_does_not_end_the_silence() -> None:
    start = PROCESS.open(emergency(), by=ANA, now=T0)
    overdue = PROCESS.due(start.case, now=T0 + 10 * HOUR)
    assert overdue.events
    assert ec.measure([*start.events, *overdue.events], now=T0 + 15 * HOUR).longest_silence == span(15)


def test_a_running_status_is_measured_up_to_now() -> None:
    found = ec.measure(played(STORY[:2]), now=T0 + 10 * HOUR)
    assert found.time_in(S.ACKNOWLEDGED) == span(8)
    assert (found.to_first_proposal, found.to_close) == (None, None)
    assert (found.updates_promised, found.updates_kept) == (2, 1)  # the second is overdue without a call of ``due``
    assert [breach.kind for breach in found.breaches] == [K.ACKNOWLEDGEMENT, K.UPDATE]
    assert found.longest_silence == span(7.5)
    early = ec.measure(played(STORY[:2]), now=T0 + 3 * HOUR)
    assert (early.updates_promised, early.updates_kept) == (1, 1)


def test_an_update_no_longer_promised_is_neither_kept_nor_missed() -> None:
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(updates_while_waiting=True)))
    steps = (
        commands.Acknowledge(by=RITA),
        commands.PostponeUpdate(by=RITA, until=T0 + 5 * HOUR, reason="They sleep"),
        commands.ProposeSolution(by=RITA, summary="Restart it"),
        commands.AcceptSolution(by=ANA),
        commands.AcceptSolution(by=PAUL),
    )
    outcome = process.open(emergency(), by=ANA, now=T0)
    happened = list(outcome.events)
    for command in steps:
        outcome = process.handle(outcome.case, command, now=T0 + MINUTE)
        happened += outcome.events
    found = ec.measure(happened, now=T0 + 99 * DAY)
    assert (found.updates_promised, found.updates_kept) == (1, 1)  # the proposal counts as this update


def test_a_canceled_escalation_has_no_time_to_close() -> None:
    cancel = commands.CancelEscalation(by=LEA, reason=ec.CancelReason.MISUSE, explanation="A regular bug")
    found = ec.measure(played(((0.5, cancel),)), now=T0 + 99 * HOUR)
    assert (found.to_acknowledge, found.to_close) == (None, None)
    assert found.in_status == ((S.STARTED, span(0.5)),)
    assert found.longest_silence == span(0.5)


def test_a_case_without_an_escalation_has_empty_measures() -> None:
    found = ec.measure(PROCESS.open(problem(), by=ANA, now=T0).events, now=T0)
    assert found == ec.Measures(
        case=opened_by_ana(),
        to_acknowledge=None,
        to_first_proposal=None,
        to_acceptance=None,
        to_close=None,
        in_status=(),
        updates_promised=0,
        updates_kept=0,
        longest_silence=None,
        rejections=0,
        breaches=(),
    )


def opened_by_ana() -> ec.Case:
    return PROCESS.open(problem(), by=ANA, now=T0).case


@pytest.mark.parametrize(
    ("history", "options", "error", "message"),
    [
        ([], {"now": T0}, ec.ReplayError, "events: must be at least one event, got none"),
        (played()[1:], {"now": T0 + DAY}, ec.ReplayError, "version: "),
        (played(), {"now": T0}, ValueError, "now: must be at or after the last event, 2026-03-03 18:00"),
        (played(), {"now": T0 + 33 * HOUR - timedelta.resolution}, ValueError, "now: must be at or after the last"),
        (played(), {"now": datetime(2026, 3, 9)}, ValueError, "now: must be an aware datetime"),  # noqa: DTZ001  # the invalid value under test
        (
            played(),
            {"now": T0 + 9 * DAY, "calendar": "office"},
            TypeError,
            "calendar: must be a Calendar, got 'office'",
        ),
    ],
)
def test_measure_refuses_invalid_arguments(
    history: list[events.Event], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ec.measure(history, **options)


# Summaries


def test_measures_of_many_cases_are_summarized_by_a_key() -> None:
    now = T0 + 99 * DAY
    cancel = commands.CancelEscalation(by=LEA, reason=ec.CancelReason.MISUSE, explanation="A regular bug")
    histories = [
        played(),
        played(((0.5, cancel),)),
        played(STORY[:1]),
        list(PROCESS.open(problem(), by=ANA, now=T0).events),
    ]
    stream = (ec.measure(history, now=now) for history in histories)
    found = ec.summarize(stream, key=lambda measures: measures.case.type)
    assert list(found) == [ec.CaseType.EMERGENCY, ec.CaseType.PROBLEM]
    emergencies, problems = found.values()
    assert (emergencies.cases, emergencies.escalations, emergencies.closed, emergencies.canceled) == (2, 2, 1, 0)
    assert (problems.cases, problems.escalations, problems.canceled) == (2, 1, 1)
    assert (emergencies.rejections, emergencies.updates_promised, emergencies.updates_kept) == (1, 5, 3)
    assert dict(emergencies.breaches) == dict.fromkeys(K, 0) | {
        K.ACKNOWLEDGEMENT: 2,
        K.UPDATE: 2,
        K.ANSWER: 1,
        K.DEBRIEF: 1,
        K.POST_MORTEM: 1,
    }
    assert emergencies.to_acknowledge.elapsed.count == 2
    assert emergencies.to_close.elapsed.count == 1
    assert problems.to_close.elapsed == ec.Quantiles(count=0, median=None, p90=None)


def test_a_summary_of_no_measures_is_empty() -> None:
    assert ec.summarize([], key=lambda measures: measures.case.id) == {}


def test_an_immediate_acknowledgement_is_a_time_of_zero() -> None:
    history = PROCESS.handle(opened(emergency()), commands.Acknowledge(by=RITA), now=T0)
    events_of_it = [*PROCESS.open(emergency(), by=RITA, now=T0).events, *history.events]
    found = ec.summarize([ec.measure(events_of_it, now=T0.astimezone(UTC))], key=lambda _: None)[None]
    assert found.to_acknowledge.elapsed == ec.Quantiles(count=1, median=timedelta(0), p90=timedelta(0))


OFFICE_WEEK = ec.Calendar(hours=(ec.WorkingHours(days=ec.MONDAY_TO_FRIDAY, opens=time(9), closes=time(17)),))


def promised_and_kept(policy: ec.Policy, *story: tuple[float, commands.Command], now: float) -> tuple[int, int]:
    """Return the number of promised and of kept updates in a story that starts on Monday at nine."""
    process = ec.Process(policy=policy)
    outcome = process.open(emergency(), by=ANA, now=T0)
    happened = list(outcome.events)
    for hours, command in story:
        outcome = process.handle(outcome.case, command, now=T0 + hours * HOUR)
        happened += outcome.events
    found = ec.measure(happened, now=T0 + now * HOUR)
    return found.updates_promised, found.updates_kept


def test_an_update_counts_if_the_next_is_due_at_the_same_instant() -> None:
    ack, update = commands.Acknowledge(by=RITA), commands.PostUpdate(by=RITA, message="We are at it")
    office = ec.Policy(timing=ec.Timing(hours=OFFICE_WEEK))
    weekend = ((129, ack), (131, update), (144, update))  # from Saturday, 18:00; all updates are due on Monday at ten
    assert promised_and_kept(office, *weekend, now=160) == (2, 2)
    assert promised_and_kept(office, *weekend, now=170) == (3, 2)
    assert promised_and_kept(ec.Policy(), (0, ack), (0, update), now=0.5) == (1, 1)
    later = commands.PostponeUpdate(by=RITA, until=T0 + 1.5 * HOUR, reason="They sleep")
    assert promised_and_kept(ec.Policy(), (0, ack), (0.1, later), (0.5, update), now=1) == (1, 1)


def test_an_update_at_the_instant_of_its_deadline_is_late() -> None:
    ack, update = commands.Acknowledge(by=RITA), commands.PostUpdate(by=RITA, message="We are at it")
    assert promised_and_kept(ec.Policy(), (0, ack), (1, update), now=1) == (1, 0)


def test_an_update_that_is_overdue_at_a_rejection_is_missed() -> None:
    policy = ec.Policy(timing=ec.Timing(updates_while_waiting=True))
    story = (
        (0, commands.Acknowledge(by=RITA)),
        (0.5, commands.ProposeSolution(by=RITA, summary="Restart it")),  # half an hour early
        (2, commands.RejectSolution(by=ANA, reason="It broke more")),  # the update was due at 1.5
        (2.5, sample(commands.PostUpdate, RITA)),  # half an hour early
    )
    assert promised_and_kept(policy, *story, now=3) == (3, 2)


def test_summarize_refuses_a_value_that_is_not_measures() -> None:
    with pytest.raises(TypeError, match="measures: must be values of Measures, got None"):
        ec.summarize([None], key=lambda _: 1)  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def test_a_summary_has_the_times_in_every_active_status() -> None:
    found = ec.summarize([ec.measure(played(), now=T0 + 33 * HOUR)], key=lambda _: None)[None]
    times = dict(found.in_status)
    assert list(times) == [status for status in S if status not in {S.CANCELED, S.CLOSED}]
    median = times[S.SOLUTION_PROPOSED].elapsed.median
    assert median is not None
    assert abs(median - 27 * HOUR) < 0.01 * 27 * HOUR


NOTHING = ec.measure(PROCESS.open(problem(), by=ANA, now=T0).events, now=T0)
COUNTED = ("cases", "escalations", "canceled", "closed")
NUMBERS = ("rejections", "updates_promised", "updates_kept")
TIMES = ("to_acknowledge", "to_first_proposal", "to_acceptance", "to_close", "longest_silence")


def summary_of(*measures: ec.Measures) -> ec.Summary:
    return ec.summarize(measures, key=lambda _: None)[None]


def measured(**changes: Any) -> ec.Measures:  # noqa: ANN401  # fields of Measures
    return attrs.evolve(NOTHING, **changes)


def summary(**changes: Any) -> ec.Summary:  # noqa: ANN401  # fields of Summary
    return attrs.evolve(summary_of(NOTHING), **changes)


def distribution_of(*spans: ec.Span) -> ec.Distribution:
    """Return the distribution of these times, from the summary of one measure."""
    return summary_of(NOTHING, *(measured(to_acknowledge=one) for one in spans)).to_acknowledge


def test_a_distribution_keeps_elapsed_and_working_time_apart() -> None:
    found = distribution_of(*(span(hours, hours / 4) for hours in range(1, 11)))
    for quantiles, unit in ((found.elapsed, HOUR), (found.working, HOUR / 4)):
        assert (quantiles.count, quantiles.median is None, quantiles.p90 is None) == (10, False, False)
        assert quantiles.median == pytest.approx(5 * unit, abs=0.05 * unit)
        assert quantiles.p90 == pytest.approx(9 * unit, abs=0.09 * unit)


def test_every_field_of_a_summary_is_tested_here() -> None:
    tried = {*COUNTED, *NUMBERS, *TIMES, "breaches", "in_status"}
    assert tried == {field.name for field in attrs.fields(ec.Summary)}


@pytest.mark.parametrize("status", S)
def test_a_summary_counts_canceled_and_closed_escalations(status: ec.EscalationStatus) -> None:
    found = summary_of(NOTHING, measured(case=reach(status)))
    expected = {"cases": 2, "escalations": 1, "canceled": int(status is S.CANCELED), "closed": int(status is S.CLOSED)}
    assert found == summary(**expected)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_summary_adds_up_each_number_separately(name: str) -> None:
    found = summary_of(NOTHING, measured(**{name: 2}), measured(**{name: 3}))
    assert found == summary(cases=3, **{name: 5})


@pytest.mark.parametrize("name", TIMES)
def test_a_summary_has_each_time_separately(name: str) -> None:
    found = summary_of(NOTHING, measured(**{name: span(4, 2)}))
    assert found == summary(cases=2, **{name: distribution_of(span(4, 2))})


@pytest.mark.parametrize("kind", K)
def test_a_summary_counts_every_breach_of_a_case(kind: ec.ClockKind) -> None:
    breaches = tuple(ec.Breach(kind=kind, due_at=T0 + hours * HOUR) for hours in range(3))
    found = summary_of(measured(breaches=breaches), measured(breaches=breaches[:1]))
    assert found.breaches == tuple((other, 4 if other is kind else 0) for other in K)
    assert found == summary(cases=2, breaches=found.breaches)


@pytest.mark.parametrize("status", [status for status in S if status not in {S.CANCELED, S.CLOSED}])
def test_a_summary_has_the_time_in_a_status_of_cases_that_were_in_it(status: ec.EscalationStatus) -> None:
    found = summary_of(NOTHING, measured(in_status=((status, span(4, 2)),)))
    empty = summary_of(NOTHING)
    in_status = tuple((other, distribution_of(span(4, 2)) if other is status else of) for other, of in empty.in_status)
    assert all(of == distribution_of() for _, of in empty.in_status)
    assert found == summary(cases=2, in_status=in_status)
