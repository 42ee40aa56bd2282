"""Time, over generated histories and timings: invariant 12, and what an exact and a late caller have in common."""

from datetime import timedelta
from heapq import heapify, heappop, heapreplace
from random import Random

import attrs
from hypothesis import given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.model_check.deadlines import invariant_12
from escalation_core.testing import ANA, PAUL, RITA, T0, emergency, opened, sample
from escalation_core.testing.strategies import OFFICE, History, Step, histories, timings
from examples import AHEAD_AND_UPDATES, PROCESS, escalation_of

MINUTE = timedelta(minutes=1)
SPAN = 14 * 24 * 60  #: Minutes.

spans = st.lists(st.integers(0, SPAN), max_size=12).map(sorted)


def breaches(case: ec.Case) -> tuple[ec.Breach, ...]:
    return () if case.escalation is None else case.escalation.breaches


@given(histories(), st.integers(-2000, SPAN))
def test_12_something_is_due_exactly_from_next_due_on_and_only_once(history: History, minutes: int) -> None:
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
def test_12_nothing_is_due_before_next_due(history: History) -> None:
    process, case = history.process, history.case
    next_due = process.next_due(case)
    if next_due is not None:
        assert process.due(case, now=next_due - timedelta.resolution).events == ()
        assert process.due(case, now=next_due).events


@given(histories(), st.integers(0, SPAN))
def test_12_a_stopped_clock_reminds_nobody(history: History, minutes: int) -> None:
    process, case = history.process, history.case
    now = history.steps[-1].now + minutes * MINUTE
    look = Step(process=process, before=case, command=None, now=now, outcome=process.due(case, now=now))
    assert list(invariant_12(look)) == []


@given(histories(), spans)
def test_the_same_breaches_are_on_record_however_a_span_is_split(history: History, calls: list[int]) -> None:
    process, case = history.process, history.case
    start = history.steps[-1].now
    once = process.due(case, now=start + SPAN * MINUTE).case
    heard = 0
    for minute in (*calls, SPAN):
        outcome = process.due(case, now=start + minute * MINUTE)
        heard += len(outcome.events)
        case = outcome.case
    assert breaches(case) == breaches(once)
    assert heard >= once.version - history.case.version


Script = list[tuple[int, type[commands.Command]]]
scripts = st.lists(st.tuples(st.integers(0, 400), st.sampled_from(AHEAD_AND_UPDATES)), max_size=12)


def lived_events(script: Script, calls: list[int], process: ec.Process = PROCESS) -> list[events.Event]:
    """Play a script, asking what is due at these minutes, too; give everything that happened."""
    outcome = process.open(emergency(), by=RITA, now=T0)
    happened, at = list(outcome.events), 0
    moments: list[tuple[int, int, type[commands.Command] | None]] = [(minute, 0, None) for minute in calls]
    for wait, sent in script:
        at += wait
        moments.append((at, 1, sent))
    for minute, _, kind in sorted(moments, key=lambda moment: moment[:2]):
        now = T0 + minute * MINUTE
        if kind is None:
            outcome = process.due(outcome.case, now=now)
            happened += outcome.events
            continue
        for by in (RITA, ANA, PAUL):
            command = sample(kind, by)
            if not process.check(outcome.case, command, now=now):
                outcome = process.handle(outcome.case, command, now=now)
                happened += outcome.events
    return happened


def _lived(process: ec.Process, script: Script, calls: list[int]) -> ec.Case:
    case = process.replay(lived_events(script, calls, process))
    return process.due(case, now=T0 + SPAN * MINUTE).case


@given(timings(), scripts, spans)
def test_who_asks_in_between_changes_no_breach_and_no_status(
    timing: ec.Timing, script: Script, calls: list[int]
) -> None:
    process = ec.Process(policy=ec.Policy(timing=timing))
    never, often = _lived(process, script, []), _lived(process, script, calls)
    assert breaches(often) == breaches(never)
    assert escalation_of(often).status is escalation_of(never).status
    assert escalation_of(often).deadlines == escalation_of(never).deadlines


def _moments(timing: ec.Timing) -> list[tuple[timedelta, int]]:
    """Work out by hand when a ladder speaks around the clock, and for which rung."""
    spoken: dict[timedelta, int] = {}
    for number, rung in enumerate(timing.ladder, start=1):
        following = timing.ladder[number].after if number < len(timing.ladder) else timedelta(days=999)
        for again in range(rung.repeats + 1):
            after = rung.after + again * (rung.every or timedelta(0))
            if after < following:
                spoken[after] = number
    reached = [number for after, number in spoken.items() if after <= timing.acknowledge_within]
    spoken[timing.acknowledge_within] = max(reached, default=0)
    return sorted(spoken.items())


@given(timings().map(lambda timing: attrs.evolve(timing, hours=ec.ALWAYS)), st.integers(0, 700))
def test_the_ladder_speaks_at_its_moments_and_at_no_others(timing: ec.Timing, late: int) -> None:
    process = ec.Process(policy=ec.Policy(timing=timing))
    case = opened(emergency(), process)
    expected = _moments(timing)
    heard: list[tuple[timedelta, int]] = []
    while (at := process.next_due(case)) is not None:
        outcome = process.due(case, now=at)
        (event,) = outcome.events
        assert isinstance(event, events.AcknowledgementOverdue)
        heard.append((at - T0, event.rung))
        roles = timing.ladder[event.rung - 1].roles if event.rung else frozenset[ec.Role]()
        assert set(event.roles) == roles
        assert event.breach is (at >= T0 + timing.acknowledge_within)
        assert event.last is (at - T0 == expected[-1][0])
        case = outcome.case
    assert heard == expected
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


def test_a_year_of_a_desk_with_a_thousand_cases_misses_nothing() -> None:
    """Whoever asks in the order of ``next_due`` asks as often as something is due, and never in vain."""
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
