"""Measure the numbers of the design side by side: ``python tests/benchmarks/bench.py [--write]``.

Rule 1: one run measures everything, so that noise affects all figures alike; see ``timing``.
Rule 2: the tests assert none of these figures.
"""

from statistics import mean, median

import competitors
import footprint
import workload
from tables import publish
from timing import ROUNDS, Work, ratio, timings

BASELINE = competitors.shared_trigger
PAIRS = {kind: workload.accepted_and_refused(kind) for kind in workload.KINDS}
STORY: tuple[Work, ...] = tuple(step.handle for step in workload.STEPS)
ACCEPTED: dict[type, Work] = {kind: accepted.handle for kind, (accepted, _) in PAIRS.items()}
REFUSED: dict[type, Work] = {kind: refused.refuse for kind, (_, refused) in PAIRS.items()}
DETAILED: tuple[Work, ...] = (
    workload.open_emergency,
    BASELINE,
    competitors.documented_trigger,
    competitors.statemachine_event,
    competitors.statemachine_and_event,
    competitors.floor,
    workload.stored_step,
    competitors.eventsourcing_step,
    workload.read_snapshot,
    workload.read_pickle,
    workload.replay,
    workload.frozen_object,
    workload.next_due,
)


def row(what: str, measured: float, goal: float | None = None, unit: str = " ×") -> str:
    """Return a row of the table of goals."""
    shown = f"{measured:,.0f}{unit}" if float(measured).is_integer() or unit == " B" else f"{measured:.2f}{unit}"
    if goal is None:
        return f"| {what} | {shown} | – | – |"
    return f"| {what} | {shown} | ≤ {goal:,}{unit} | {'yes' if measured <= goal else '**no**'} |"


def main() -> None:
    """Measure everything and publish two tables: the goals, and every command."""
    times = timings([*DETAILED, *STORY, *ACCEPTED.values(), *REFUSED.values()])
    step = [mean(round_) for round_ in zip(*(times[work] for work in STORY), strict=True)]
    fold = [one / len(workload.HISTORY) for one in times[workload.replay]]
    bare = times[BASELINE]
    refused = {kind: ratio(times[REFUSED[kind]], times[ACCEPTED[kind]]) for kind in PAIRS}
    slowest = max(refused, key=refused.__getitem__)
    imports = footprint.seconds_of_imports()
    base = imports[footprint.BASE]
    core, package = footprint.lines()
    stored = times[workload.stored_step]
    lines = [
        "| what | measured | goal | met |",
        "| --- | ---: | ---: | --- |",
        row("`handle`, mean over the story / `transitions` trigger, shared machine", ratio(step, bare), 1.5),
        row("`open` of an emergency / `transitions` trigger", ratio(times[workload.open_emergency], bare)),
        row("`handle` / `transitions`, a machine per object", ratio(step, times[competitors.documented_trigger])),
        row("`handle` / `python-statemachine`, one event", ratio(step, times[competitors.statemachine_event]), 0.15),
        row(
            "`handle` / `python-statemachine`, a new machine and one event",
            ratio(step, times[competitors.statemachine_and_event]),
        ),
        row("`handle` / a dictionary and a frozen object (the floor)", ratio(step, times[competitors.floor])),
        row("refused `handle` / accepted, mean over the commands", mean(refused.values()), 3.0),
        row(f"refused `handle` / accepted, worst (`{slowest.__name__}`)", refused[slowest], 3.0),
        row("stored step / `transitions` trigger", ratio(stored, bare), 28.0),
        row("stored step / step of `eventsourcing`", ratio(stored, times[competitors.eventsourcing_step]), 3.0),
        row("reading a snapshot / unpickling", ratio(times[workload.read_snapshot], times[workload.read_pickle]), 2.0),
        row("snapshot after three commands with ids", workload.snapshot_bytes(), 2500, " B"),
        row("folding one event / making a frozen attrs object", ratio(fold, times[workload.frozen_object]), 3.0),
        row("memory of a case after six events", footprint.bytes_of_case(), 2304, " B"),
        row("the same, as `tracemalloc` sees it", footprint.traced_bytes_of_case(), None, " B"),
        row(f"`{footprint.PROCESS_ALONE}` / `{footprint.BASE}`", imports[footprint.PROCESS_ALONE] / base, 2.7),
        row(f"`{footprint.EVERY_NAME}` / `{footprint.BASE}`", imports[footprint.EVERY_NAME] / base, 3.2),
        row("`next_due` / `transitions` trigger", ratio(times[workload.next_due], bare)),
        row("`next_due`, most bytes allocated at one time in 1,000 calls", footprint.peak_of_next_due(), None, " B"),
        row("lines of the core", core, 5500, ""),
        row("lines of the package", package, 13000, ""),
        "",
        "| command | accepted / `transitions` trigger | refused / accepted |",
        "| --- | ---: | ---: |",
    ]
    for kind, work in ACCEPTED.items():
        lines.append(f"| `{kind.__name__}` | {ratio(times[work], bare):.2f} × | {refused[kind]:.1f} × |")
    lines.append("")
    lines += [f"- `{work.__name__}`: median {median(times[work]) * 1e6:,.2f} µs, {ROUNDS} rounds" for work in DETAILED]
    publish("numbers", lines, "attrs", "transitions", "python-statemachine", "eventsourcing")


if __name__ == "__main__":
    main()
