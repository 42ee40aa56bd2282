"""Measures of generated histories: they add up, agree with the events, and do not depend on the calls of ``due``."""

from datetime import timedelta
from math import ceil

import attrs
from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import events
from escalation_core.testing import T0, emergency, opened
from escalation_core.testing.strategies import OFFICE, History, histories
from support.scripts import Script, events_of, scripts, spans

MINUTE = timedelta(minutes=1)
waits = st.integers(0, 20000).map(lambda minutes: minutes * MINUTE)


@given(histories(), waits, st.sampled_from([ec.ALWAYS, OFFICE]))
def test_the_times_in_all_statuses_add_up_to_the_whole_time(
    history: History, wait: timedelta, calendar: ec.Calendar
) -> None:
    now = history.steps[-1].now + wait
    found = ec.measure(history.events, now=now, calendar=calendar)
    escalation = found.case.escalation
    if escalation is None:
        assert found.in_status == ()
        return
    end = escalation.ended_at or now
    assert sum((span.elapsed for _, span in found.in_status), timedelta(0)) == end - escalation.started_at
    assert sum((span.working for _, span in found.in_status), timedelta(0)) == calendar.between(
        escalation.started_at, end
    )
    entered = {status for status, _ in found.in_status}
    assert not entered & {ec.EscalationStatus.CANCELED, ec.EscalationStatus.CLOSED}


@given(histories(), waits)
def test_measures_agree_with_the_events(history: History, wait: timedelta) -> None:
    now = history.steps[-1].now + wait
    found = ec.measure(history.events, now=now)
    starts = [event.at for event in history.events if isinstance(event, events.EscalationStarted)]
    for kind, span in (
        (events.EscalationAcknowledged, found.to_acknowledge),
        (events.SolutionProposed, found.to_first_proposal),
        (events.SolutionAccepted, found.to_acceptance),
        (events.EscalationClosed, found.to_close),
    ):
        instants = [event.at for event in history.events if isinstance(event, kind)]
        assert (span is None) is (not instants)
        if span is not None:
            assert span == ec.Span(elapsed=instants[0] - starts[0], working=instants[0] - starts[0])
    assert found.rejections == sum(isinstance(event, events.SolutionRejected) for event in history.events)
    missed = [breach for breach in found.breaches if breach.kind is ec.ClockKind.UPDATE]
    assert found.updates_promised - found.updates_kept == len(missed)
    escalation = history.process.due(history.case, now=now).case.escalation
    assert found.breaches == (() if escalation is None else escalation.breaches)
    if found.longest_silence is not None:
        assert found.longest_silence.elapsed <= now - starts[0]


@given(scripts, spans)
def test_measures_do_not_depend_on_the_calls_of_due(script: Script, calls: list[int]) -> None:
    never, often = (_measures(script, minutes) for minutes in ([], calls))
    assert often == never


def _measures(script: Script, calls: list[int]) -> ec.Measures:
    happened = events_of(script, calls)
    found = ec.measure(happened, now=T0 + 365 * 1440 * MINUTE)
    return attrs.evolve(found, case=opened(emergency()))


lengths = st.timedeltas(timedelta(0), timedelta(days=4000)) | st.sampled_from([timedelta(0), timedelta.resolution])


@given(st.lists(lengths, min_size=1, max_size=60))
def test_quantiles_are_the_nearest_rank_within_one_percent(found: list[timedelta]) -> None:
    measured = ec.measure(events_of([], []), now=T0 + MINUTE)
    stream = (attrs.evolve(measured, to_close=ec.Span(elapsed=one, working=one / 2)) for one in found)
    summary = ec.summarize(stream, key=lambda _: "all")["all"]
    assert summary.to_close.elapsed.count == len(found)
    for quantiles, exact in ((summary.to_close.elapsed, found), (summary.to_close.working, [one / 2 for one in found])):
        ranked = sorted(exact)
        for share, estimate in ((0.5, quantiles.median), (0.9, quantiles.p90)):
            true = ranked[ceil(round(len(ranked) * share, 6)) - 1]
            assert estimate is not None
            assert abs(estimate - true) <= true * 0.0101 + timedelta.resolution
