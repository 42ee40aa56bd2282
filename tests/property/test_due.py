"""Time over generated histories and timings: invariant 12, and equal results for exact and late calls of ``due``."""

from datetime import timedelta
from heapq import heapify, heappop, heapreplace
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import events
from escalation_core.model_check.deadlines import invariant_12
from escalation_core.testing import ANA, PAUL, RITA, T0, emergency, opened, sample
from escalation_core.testing.strategies import OFFICE, History, Step, histories, timings
from support.examples import escalation_of
from support.scripts import AHEAD_AND_UPDATES, SPAN, Script, events_of, scripts, spans

MINUTE = timedelta(minutes=1)


def breaches(case: ec.Case) -> tuple[ec.Breach, ...]:
    return () if case.escalation is None else case.escalation.breaches


@given(histories(), st.integers(-2000, SPAN))
def test_12_due_returns_events_from_next_due_on_and_only_once(history: History, minutes: int) -> None:
    process, case = history.process, history.case
    now = history.steps[-1].now + minutes * MINUTE
    next_due = process.next_due(case)
    outcome = process.due(case, now=now)
    assert bool(outcome.events) is (next_due is not None and next_due <= now)
    if not outcome.events:
        assert outcome == ec.Outcome(case=case, events=(), notifications=())
    assert process.due(outcome.case, now=now).events == ()
    following = process.next_due(outcome.case)
    assert following is None or following > now or not outcome.events
    assert process.replay((*history.events, *outcome.events)) == outcome.case


@given(histories())
def test_12_due_returns_nothing_before_next_due(history: History) -> None:
    process, case = history.process, history.case
    next_due = process.next_due(case)
    if next_due is not None:
        assert process.due(case, now=next_due - timedelta.resolution).events == ()
        assert process.due(case, now=next_due).events


@given(histories(), st.integers(0, SPAN))
def test_12_a_stopped_clock_sends_no_reminder(history: History, minutes: int) -> None:
    process, case = history.process, history.case
    now = history.steps[-1].now + minutes * MINUTE
    step = Step(process=process, before=case, command=None, now=now, outcome=process.due(case, now=now))
    assert list(invariant_12(step)) == []


@given(histories(), spans)
def test_breaches_do_not_depend_on_the_number_of_calls(history: History, calls: list[int]) -> None:
    process, case = history.process, history.case
    start = history.steps[-1].now
    once = process.due(case, now=start + SPAN * MINUTE).case
    count = 0
    for minute in (*calls, SPAN):
        outcome = process.due(case, now=start + minute * MINUTE)
        count += len(outcome.events)
        case = outcome.case
    assert breaches(case) == breaches(once)
    assert count >= once.version - history.case.version


def _played(process: ec.Process, script: Script, calls: list[int]) -> ec.Case:
    case = process.replay(events_of(script, calls, process))
    return process.due(case, now=T0 + SPAN * MINUTE).case


@given(timings(), scripts, spans)
def test_earlier_calls_of_due_change_no_breach_and_no_status(
    timing: ec.Timing, script: Script, calls: list[int]
) -> None:
    process = ec.Process(policy=ec.Policy(timing=timing))
    never, often = _played(process, script, []), _played(process, script, calls)
    assert breaches(often) == breaches(never)
    assert escalation_of(often).status is escalation_of(never).status
    assert escalation_of(often).deadlines == escalation_of(never).deadlines


def _alarms(timing: ec.Timing) -> list[tuple[timedelta, int]]:
    """Return the alarms of a ladder around the clock, calculated a second time: the time and the rung of each."""
    alarms: dict[timedelta, int] = {}
    for number, rung in enumerate(timing.ladder, start=1):
        following = timing.ladder[number].after if number < len(timing.ladder) else timedelta(days=999)
        for again in range(rung.repeats + 1):
            after = rung.after + again * (rung.every or timedelta(0))
            if after < following:
                alarms[after] = number
    reached = [number for after, number in alarms.items() if after <= timing.acknowledge_within]
    alarms[timing.acknowledge_within] = max(reached, default=0)
    return sorted(alarms.items())


@given(timings().map(lambda timing: attrs.evolve(timing, hours=ec.ALWAYS)), st.integers(0, 700))
def test_the_ladder_sends_reminders_at_its_alarms_only(timing: ec.Timing, late: int) -> None:
    process = ec.Process(policy=ec.Policy(timing=timing))
    case = opened(emergency(), process)
    expected = _alarms(timing)
    found: list[tuple[timedelta, int]] = []
    while (at := process.next_due(case)) is not None:
        outcome = process.due(case, now=at)
        (event,) = outcome.events
        assert isinstance(event, events.AcknowledgementOverdue)
        found.append((at - T0, event.rung))
        roles = timing.ladder[event.rung - 1].roles if event.rung else frozenset[ec.Role]()
        assert set(event.roles) == roles
        assert event.breach is (at >= T0 + timing.acknowledge_within)
        assert event.last is (at - T0 == expected[-1][0])
        case = outcome.case
    assert found == expected
    passed = [(after, number) for after, number in expected if after <= late * MINUTE]
    outcome = process.due(opened(emergency(), process), now=T0 + late * MINUTE)
    if passed:
        (event,) = outcome.events
        assert isinstance(event, events.AcknowledgementOverdue)
        numbers = {number for _, number in passed if number}
        assert event.rung == max(numbers, default=0)
        assert set(event.roles) == {role for number in numbers for role in timing.ladder[number - 1].roles}
    else:
        assert outcome.events == ()


@pytest.mark.thorough
def test_a_year_with_a_thousand_cases_misses_no_deadline() -> None:
    """Each call of ``due`` at ``next_due`` returns at least one event."""
    chance = Random(1)  # noqa: S311  # a simulation
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(hours=OFFICE)))
    start = {str(number): T0 + chance.randrange(365 * 24 * 60) * MINUTE for number in range(1000)}
    cases = {key: process.open(emergency(id=key), by=ANA, now=at).case for key, at in start.items()}
    agenda = [(at + chance.randrange(1, 90) * MINUTE, key) for key, at in start.items()]
    heapify(agenda)
    events_of_time = sent = 0
    while agenda[0][0] < T0 + timedelta(days=365):
        now, key = agenda[0]
        while (at := process.next_due(cases[key])) is not None and at <= now:
            outcome = process.due(cases[key], now=at)
            assert outcome.events
            events_of_time += len(outcome.events)
            cases[key] = outcome.case
        command = sample(chance.choice(AHEAD_AND_UPDATES), chance.choice((RITA, ANA, PAUL)))
        if not process.check(cases[key], command, now=now):
            cases[key] = process.handle(cases[key], command, now=now).case
            sent += 1
        if escalation_of(cases[key]).settled:
            heappop(agenda)
        else:
            heapreplace(agenda, (now + chance.randrange(1, 600) * MINUTE, key))
    assert sent > 30_000
    assert events_of_time > 10_000
    for case in cases.values():
        record = [(breach.due_at, breach.kind.value) for breach in breaches(case)]
        assert record == sorted(set(record))
