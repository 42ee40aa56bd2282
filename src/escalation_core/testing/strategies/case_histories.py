"""Histories of cases, and histories with one damage."""

from datetime import timedelta

import attrs
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands
from escalation_core.events import Event
from escalation_core.testing.builders import CAST, OTTO, T0
from escalation_core.testing.history import History, Step
from escalation_core.testing.strategies.values import cases, next_commands, policies


@st.composite
def histories(
    draw: st.DrawFn, *, processes: st.SearchStrategy[ec.Process] | None = None, max_size: int = 25
) -> History:
    """Return a strategy for the history of a case: random commands by random people, in order of time.

    Args:
        draw: given by Hypothesis.
        processes: the processes that handle the commands; by default, processes with any of ``policies``.
        max_size: the largest number of commands after the opening.

    Raises:
        CommandRefusedError: the process permits nobody to open a case.
    """
    process = draw(st.builds(ec.Process, policy=policies()) if processes is None else processes)
    fresh, now = draw(cases()), T0
    openings = [commands.OpenCase(by=by) for by in (OTTO, fresh.requester, *CAST)]
    opening = next((each for each in openings if not process.check(fresh, each, now=now)), openings[0])
    outcome = process.handle(fresh, opening, now=now)
    steps = [Step(process=process, before=fresh, command=opening, now=now, outcome=outcome)]
    case = outcome.case
    for _ in range(draw(st.integers(0, max_size))):
        now += timedelta(seconds=draw(st.sampled_from([0, 1, 60, 600, 86400])))
        if draw(st.integers(0, 3)) == 0:
            outcome = process.due(case, now=now)
            steps.append(Step(process=process, before=case, command=None, now=now, outcome=outcome))
            case = outcome.case
        command = draw(next_commands(process, case, now=now))
        result = process.handle(case, command, now=now) if not process.check(case, command, now=now) else None
        steps.append(Step(process=process, before=case, command=command, now=now, outcome=result))
        if result is not None:
            case = result.case
    # A repeated command is not a step.
    return History(process=process, steps=tuple(step for step in steps if not (step.outcome and step.outcome.repeated)))


def logs(*, max_size: int = 15) -> st.SearchStrategy[list[History]]:
    """Return a strategy for the histories of up to three cases with different ids, like a store of many cases.

    Args:
        max_size: the largest number of commands for each case after its opening.
    """
    return st.lists(histories(max_size=max_size), min_size=1, max_size=3, unique_by=lambda history: history.case.id)


@attrs.frozen(kw_only=True)
class DamagedHistory:
    """A valid history with one change that makes it invalid."""

    events: tuple[Event, ...]
    damage: str  #: The change, in words.


@st.composite
def damaged_histories(draw: st.DrawFn, *, max_size: int = 25) -> DamagedHistory:
    """Return a strategy for almost valid histories, which no process makes, so a replay must refuse them.

    Args:
        draw: given by Hypothesis.
        max_size: the largest number of commands after the opening.
    """
    history = draw(histories(max_size=max_size))
    happened = history.events
    damaged = draw(st.sampled_from(happened))
    before, after = happened[: damaged.version - 1], happened[damaged.version :]
    again = attrs.evolve(happened[0], version=damaged.version + 1, at=damaged.at)
    ways = {
        f"{damaged.id} occurs twice": (*before, damaged, damaged, *after),
        f"{damaged.id} is of another case": (
            *before,
            attrs.evolve(damaged, case_id=f"not {damaged.case_id}"),
            *after,
        ),
        f"{damaged.id} has the version of the next event": (
            *before,
            attrs.evolve(damaged, version=damaged.version + 1),
            *after,
        ),
        f"{damaged.id} is followed by a second opening": (*before, damaged, again, *_counted_up(after)),
    }
    if before:
        early = before[-1].at - timedelta.resolution
        ways[f"{damaged.id} has an earlier time than the event before it"] = (
            *before,
            attrs.evolve(damaged, at=early),
            *after,
        )
    if after:
        ways[f"{damaged.id} is missing"] = (*before, *after)
        ways[f"{damaged.id} is swapped with the next event"] = (*before, after[0], damaged, *after[1:])
    if inner := _inner(history):
        last = draw(st.sampled_from(inner))
        ways[f"{last.id} is the last event, although its command made more"] = happened[: last.version]
    damage, changed = draw(st.sampled_from(list(ways.items())))
    return DamagedHistory(events=changed, damage=damage)


def _counted_up(happened: tuple[Event, ...]) -> tuple[Event, ...]:
    return tuple(attrs.evolve(event, version=event.version + 1) for event in happened)


def _inner(history: History) -> list[Event]:
    """Return the events after which no history ends, since the same command made the next event."""
    made = [step.outcome.events for step in history.steps if step.command is not None and step.outcome is not None]
    return [event for together in made for event in together[:-1]]
