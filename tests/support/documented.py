"""The difference between the documented process and the explored one, in words.

Rule 1: the rows of ``process`` say what can happen. The tables of the library only say what must be reached.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.commands import Command
from escalation_core.model_check import Exploration
from escalation_core.table import COMMANDS, EVENTS
from support.expectations import AT_ANY_TIME, possible_codes
from support.notified import stakeholders
from support.process import ROWS

Step = tuple[type[Command], ec.Role, Enum | None, Enum | None, tuple[type[events.Event], ...]]


def documented_steps() -> Iterator[Step]:
    """Yield every row of the process, for every role that may take it, from every status."""
    for kind, row in ROWS.items():
        happened = {row.events} if row.second is None else {row.events, (*row.events, row.second.event)}
        for role in row.who:
            if kind is commands.OpenCase:
                yield from ((kind, role, None, row.dest, found) for found in happened)
            for source in row.source:
                stays = row.dest if type(row.dest) is type(source) else source
                yield kind, role, source, stays, row.events
                if row.second is not None:
                    yield kind, role, source, row.second.dest, (*row.events, row.second.event)


def differences(explorations: Iterable[Exploration]) -> list[str]:
    """Return the differences between the documented process and all explorations with its permissions together."""
    found = list(explorations)
    taken: dict[Step, tuple[str, ...]] = {}
    for exploration in found:
        taken |= {step: way for step, way in exploration.taken.items() if step not in taken}
    wanted = set(documented_steps())
    lines = [f"{_in_words(step)}: never reached" for step in wanted - set(taken)]
    for step in set(taken) - wanted:
        way = [f"  {number}. {words}" for number, words in enumerate(taken[step], start=1)]
        lines.append("\n".join([f"{_in_words(step)}: the design has no such row", *way]))
    refused = {(kind, code) for exploration in found for kind, code in exploration.refused if code not in AT_ANY_TIME}
    expected: set[tuple[type[Command], str]] = {(kind, code) for kind in COMMANDS for code in possible_codes(kind)}
    lines += [f"{kind.__name__} is never refused with {code}" for kind, code in expected - refused]
    lines += [
        f"{kind.__name__} is refused with {code}, but the design has no such rule" for kind, code in refused - expected
    ]
    return sorted([*lines, *_stakeholders(found)])


def _stakeholders(found: list[Exploration]) -> Iterator[str]:
    """Yield each role that is wrongly asked, or wrongly not asked, to evaluate a kind of case."""
    evaluating: dict[tuple[ec.CaseKind, bool], set[ec.Role]] = {}
    for notified in (notified for exploration in found for notified in exploration.notified):
        if notified.template is ec.Template.EVALUATE:
            evaluating.setdefault((notified.kind, notified.partner), set()).add(notified.role)
    for (kind, partner), roles in evaluating.items():
        wanted = stakeholders(kind, partner=partner)
        case = f"a case about {kind}, {'with' if partner else 'without'} a partner"
        yield from (f"{case}: the {role} is not asked to evaluate it" for role in wanted - roles)
        yield from (f"{case}: the {role} is asked to evaluate it" for role in roles - wanted)


def _in_words(step: Step) -> str:
    kind, role, source, dest, happened = step
    statuses = " to ".join("nothing" if status is None else status.value for status in (source, dest))
    return f"{kind.__name__} by {role} from {statuses}, with {', '.join(event.__name__ for event in happened)}"


def not_reached(explorations: Iterable[Exploration]) -> list[str]:
    """Return the rows of the library's tables, codes, events and templates that no exploration reaches."""
    found = list(explorations)
    rows = {row for exploration in found for row in exploration.rows}
    missing: list[Iterable[object]] = [
        set(COMMANDS) - {kind for kind, _, _ in rows},
        set(ec.RefusalCode) - {code for exploration in found for code in exploration.refusals},
        set(EVENTS) - {kind for exploration in found for kind in exploration.events},
        set(ec.Template) - {template for exploration in found for template in exploration.templates},
        {*_rows(ec.ESCALATION), *_rows(ec.CASE)} - rows,
    ]
    return [f"not reached: {one}" for every in missing for one in every]


def _rows(lifecycle: ec.Lifecycle[Any]) -> list[tuple[type[Command], Enum, Enum]]:
    return [(move.command, source, move.dest or source) for move in lifecycle.moves for source in move.source]
