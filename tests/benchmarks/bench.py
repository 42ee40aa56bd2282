"""Measure the design's table of ratios, all in one run: ``python tests/benchmarks/bench.py``.

Rule 1: ratios hold from machine to machine, absolute times do not; so everything is measured side by side.
Rule 2: the rounds are interleaved, and the median of the rounds' ratios is printed: noise hits all alike.
Rule 3: nothing here is asserted by the tests.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# What it measures against is typed in part only.

import gc
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import repeat
from statistics import median
from time import perf_counter
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import attrs
import pyperf
from statemachine import State, StateMachine
from transitions import Machine

import escalation_core as ec
from escalation_core import commands
from escalation_core.steps.frame import evolve

ROUNDS = 41
IMPORT_ROUNDS = 25
SECONDS_PER_TIMING = 0.01

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@a.example")
PAUL = ec.Person(id="paul", role=ec.Role.PARTNER, name="Paul", email="paul@p.example")
RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita")
PROCESS = ec.Process()


def _at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


FRESH = ec.Case(
    id="4711",
    customer="Customer A",
    requester=ANA,
    participants=(PAUL,),
    partner="Partner B",
    type=ec.CaseType.EMERGENCY,
    impact=ec.BusinessImpact.P1,
    risk=ec.Risk.GO_LIVE,
    production=True,
    subject="Checkout is down",
    description="Nobody can buy anything.",
)
OPENED = PROCESS.open(FRESH, by=ANA, now=T0).case
ACKNOWLEDGE = commands.Acknowledge(by=RITA)
ACKNOWLEDGED = PROCESS.handle(OPENED, ACKNOWLEDGE, now=_at(1))

STATUSES = [
    "STARTED",
    "CANCELED",
    "ACKNOWLEDGED",
    "SOLUTION PROPOSED",
    "SOLUTION ACCEPTED",
    "SOLUTION REJECTED",
    "CLOSED",
]
ROWS: Any = [
    ["cancel", "STARTED", "CANCELED"],
    ["acknowledge", "STARTED", "ACKNOWLEDGED"],
    ["propose", ["ACKNOWLEDGED", "SOLUTION REJECTED", "SOLUTION PROPOSED"], "SOLUTION PROPOSED"],
    ["accept", "SOLUTION PROPOSED", "SOLUTION ACCEPTED"],
    ["reject", "SOLUTION PROPOSED", "SOLUTION REJECTED"],
    ["close", "SOLUTION ACCEPTED", "CLOSED"],
]


class Model:
    """What ``transitions`` keeps a status on."""

    state: str
    acknowledge: Callable[[], bool]


def _machine(model: Model | None) -> Any:  # noqa: ANN401  # transitions gives a machine of its own making
    return Machine(model=model, states=STATUSES, transitions=ROWS, initial="STARTED", auto_transitions=False)


SHARED_MODEL = Model()
SHARED_MACHINE = _machine(None)
SHARED_MACHINE.add_model(SHARED_MODEL)


class StateChart(StateMachine):
    """The same table for ``python-statemachine``."""

    started = State(initial=True)
    canceled = State(final=True)
    acknowledged = State()
    proposed = State()
    accepted = State()
    rejected = State()
    closed = State(final=True)

    cancel = started.to(canceled)
    acknowledge = started.to(acknowledged)
    propose = acknowledged.to(proposed) | rejected.to(proposed) | proposed.to(proposed)
    accept = proposed.to(accepted)
    reject = proposed.to(rejected)
    close = accepted.to(closed)


@attrs.frozen(kw_only=True)
class Floor:
    """The least that a step can give: a frozen object with a status."""

    id: str
    status: str


CHART = StateChart()
TABLE = {("STARTED", "acknowledge"): "ACKNOWLEDGED"}
FLOOR = Floor(id="4711", status="STARTED")
SAME_SIZE: Any = attrs.make_class(
    "SameSize", [field.name for field in attrs.fields(ec.Case)], frozen=True, slots=True, kw_only=True
)
VALUES = {field.name: getattr(OPENED, field.name) for field in attrs.fields(ec.Case)}


def handle() -> None:
    """Do a full step: rules, event, new case, notifications to two people."""
    PROCESS.handle(OPENED, ACKNOWLEDGE, now=T0)


def next_due() -> None:
    """Ask when something is due."""
    PROCESS.next_due(OPENED)


def shared_trigger() -> None:
    """Trigger ``transitions`` on one machine that all models share."""
    SHARED_MODEL.state = "STARTED"
    SHARED_MODEL.acknowledge()


def documented_trigger() -> None:
    """Trigger ``transitions`` as its documentation shows it: one machine for each object."""
    model = Model()
    _machine(model)
    model.acknowledge()


def statemachine_event() -> None:
    """Make a ``python-statemachine`` and send it one event."""
    StateChart().send("acknowledge")


def statemachine_trigger() -> None:
    """Send one event to a ``python-statemachine`` that is put back to its start, without making one."""
    CHART.current_state_value = "started"
    CHART.send("acknowledge")


def floor() -> None:
    """Look a row up in a dictionary and make a frozen object."""
    Floor(id=FLOOR.id, status=TABLE[FLOOR.status, "acknowledge"])


def fold() -> None:
    """Fold one event."""
    evolve(OPENED, ACKNOWLEDGED.events[0])


def frozen_object() -> None:
    """Make one frozen attrs object with as many fields as a case, without validation."""
    SAME_SIZE(**VALUES)


FUNCTIONS = (
    handle,
    shared_trigger,
    documented_trigger,
    statemachine_event,
    statemachine_trigger,
    floor,
    fold,
    frozen_object,
    next_due,
)


def _seconds(function: Callable[[], None], loops: int) -> float:
    started = perf_counter()
    for _ in range(loops):
        function()
    return (perf_counter() - started) / loops


def _timings() -> dict[Callable[[], None], list[float]]:
    """Time every function once per round, so that what slows the machine down slows all of them down."""
    loops = {function: max(1, int(SECONDS_PER_TIMING / _seconds(function, 20))) for function in FUNCTIONS}
    timings: dict[Callable[[], None], list[float]] = {function: [] for function in FUNCTIONS}
    gc.disable()
    for _ in range(ROUNDS):
        for function in FUNCTIONS:
            timings[function].append(_seconds(function, loops[function]))
        gc.collect()
    gc.enable()
    return timings


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return median(a / b for a, b in zip(ours, theirs, strict=True))


SHARED_BY_ALL = (Enum, type, ModuleType, FunctionType, BuiltinFunctionType)


def _reachable(root: object) -> dict[int, int]:
    """Give the bytes of everything that can be reached, by its identity; nothing is gone through that is code."""
    seen: dict[int, int] = {}
    waiting: list[object] = [root]
    while waiting:
        value = waiting.pop()
        if id(value) not in seen and not isinstance(value, SHARED_BY_ALL):
            seen[id(value)] = sys.getsizeof(value)
            waiting += gc.get_referents(value)
    return seen


def _size() -> int:
    """Give the bytes of all that a case reaches, less what another case under the same policy reaches as well."""
    one, other = _six_events(), _six_events()
    shared = _reachable(other)
    return sum(size for key, size in _reachable(one).items() if key not in shared)


def _six_events() -> ec.Case:
    """Make an active case with six events: opened, started, acknowledged, updated, proposed, approved by one side.

    People and texts are its own, as if they had come in by a request each.
    """
    sent = (
        commands.Acknowledge(by=RITA),
        commands.PostUpdate(by=RITA, message="We found the cause.", eta=_at(60)),
        commands.ProposeSolution(by=RITA, summary="Restart the checkout with the old version."),
        commands.AcceptSolution(by=ANA),
    )
    ana = _own(ANA)
    case = PROCESS.open(_own(FRESH, requester=ana, participants=(ana, _own(PAUL))), by=ana, now=_at(0)).case
    for minute, command in enumerate(sent, start=1):
        case = PROCESS.handle(case, _own(command, by=_own(command.by)), now=_at(minute)).case
    return case


def _own(value: Any, **parts: Any) -> Any:  # noqa: ANN401  # a value of any class
    """Give a copy with texts of its own; what is a default of the library is the one that there is."""
    copy = pickle.loads(pickle.dumps(value))  # noqa: S301  # our own bytes
    return attrs.evolve(copy, locale=ANA.locale) if isinstance(value, ec.Person) else attrs.evolve(copy, **parts)


def _traced(count: int = 200) -> float:
    """Give the bytes that the allocator holds per such case; what cases share with one another counts once."""
    _six_events()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [_six_events() for _ in range(count)]
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] - before - sys.getsizeof(kept)
    tracemalloc.stop()
    return held / count


def _next_due_peak() -> int:
    """Give the most bytes that a thousand calls of ``next_due`` had allocated at one time."""
    PROCESS.next_due(OPENED)
    tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    for _ in repeat(None, 1000):
        PROCESS.next_due(OPENED)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak


def _imports() -> dict[str, tuple[float, float]]:
    """Give how two imports compare with that of what they stand on: whole, and less the bare interpreter's start."""
    codes = ("import escalation_core", "from escalation_core import Process", "import attrs, transitions", "pass")
    timings: dict[str, list[float]] = {code: [] for code in codes}
    for _ in range(IMPORT_ROUNDS):
        for code in codes:
            started = perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603  # our own lines
            timings[code].append(perf_counter() - started)
    fastest = {code: min(times) for code, times in timings.items()}
    theirs, bare = fastest["import attrs, transitions"], fastest["pass"]
    return {code: (fastest[code] / theirs, (fastest[code] - bare) / (theirs - bare)) for code in codes[:2]}


def _row(what: str, measured: float, goal: float | None, unit: str = " times") -> str:
    digits = 0 if unit == " B" else 3
    if goal is None:
        return f"| {what} | {measured:,.{digits}f}{unit} | | |"
    met = "yes" if measured <= goal else "**no**"
    return f"| {what} | {measured:,.{digits}f}{unit} | ≤ {goal:,}{unit} | {met} |"


def main() -> None:
    """Measure, and print the table in Markdown."""
    timings = _timings()
    imports = _imports()
    ours, folding = timings[handle], timings[fold]
    assert _six_events().version == 6  # what the row says
    rows = [
        _row("`handle` / `transitions` trigger, shared machine", _ratio(ours, timings[shared_trigger]), 1.0),
        _row("`handle` / `transitions`, a machine per object", _ratio(ours, timings[documented_trigger]), None),
        _row("`handle` / `python-statemachine`, one event", _ratio(ours, timings[statemachine_trigger]), 0.1),
        _row(
            "`handle` / `python-statemachine`, a fresh machine and one event",
            _ratio(ours, timings[statemachine_event]),
            None,
        ),
        _row("`handle` / dictionary and frozen object (the floor)", _ratio(ours, timings[floor]), None),
        _row("folding one event / one frozen attrs object", _ratio(folding, timings[frozen_object]), 3.0),
        _row("memory of a case after six events, all that is its own", _size(), 2048, " B"),
        _row("the same, as `tracemalloc` sees it", _traced(), None, " B"),
        _row("`next_due` / `handle`", _ratio(timings[next_due], ours), None),
        _row("`next_due`, most bytes allocated at one time in 1,000 calls", _next_due_peak(), None, " B"),
        *(_row(f"`{code}`, less the interpreter's start", net, 1.3) for code, (_, net) in imports.items()),
        *(_row(f"`{code}`, with the interpreter's start", whole, None) for code, (whole, _) in imports.items()),
    ]
    lines = ["| what | measured | goal | met |", "| --- | --- | --- | --- |", *rows, ""]
    for function in FUNCTIONS:
        times = pyperf.Benchmark(
            [pyperf.Run(timings[function], metadata={"name": function.__name__, "unit": "second"})]
        )
        lines.append(f"- {times.get_name()}: median {times.format_value(times.median())}, {ROUNDS} rounds")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
