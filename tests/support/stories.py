"""Stories of a case in which every kind of event happens, with the same words in every text.

Rule 1: a story names the commands that move a status. ``None`` sends all others that are accepted.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import attrs

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, PAUL, RITA, T0, emergency, later, problem, sample
from support.examples import PROCESS, fields_of
from support.process import ROWS

#: Names of fields whose text is a key: of databases, files, headers. All other text is for people.
KEYS = frozenset(
    {
        *("id", "case_id", "event_id", "command_id", "command_digest", "digest", "tracking_id", "proposal", "related"),
        *("locale", "email", "policy", "code", "names"),
    }
)
_STAYING = tuple(kind for kind in COMMANDS if ROWS[kind].dest is None and ROWS[kind].second is None)

Step = type[Command] | timedelta | None
#: Commands that move a status, times in which nobody does anything, and the moments for all other commands.
_STORIES: tuple[tuple[Step, ...], ...] = (
    (
        *(None, timedelta(minutes=31), commands.Acknowledge, None, timedelta(hours=9), commands.ProposeSolution),
        *(timedelta(hours=25), commands.RejectSolution, commands.ProposeSolution),
        *(commands.AcceptSolution, commands.AcceptSolution, commands.CloseEscalation, timedelta(days=9), None),
        *(commands.StartDiagnosis, commands.ProposeCaseSolution, commands.CloseCase),
    ),
    (None, commands.DeclareEmergency, commands.CancelEscalation, None),
)


def whole_stories(words: str) -> tuple[list[ec.Outcome], ...]:
    """Return the outcomes of each story; every text and every name in them consists of these words."""
    ana, paul = attrs.evolve(ANA, name=words), attrs.evolve(PAUL, name=words)
    fields: dict[str, Any] = dict.fromkeys(("customer", "partner", "subject", "description"), words)
    fields |= {"requester": ana, "participants": (ana, paul)}
    people = (attrs.evolve(RITA, name=words), ana, paul)
    return tuple(
        list(_outcomes(case, story, people))
        for case, story in zip((emergency(**fields), problem(**fields)), _STORIES, strict=True)
    )


def _outcomes(case: ec.Case, story: tuple[Step, ...], people: tuple[ec.Person, ...]) -> Iterator[ec.Outcome]:
    outcome = PROCESS.open(case, by=people[1], now=T0)
    yield outcome
    waiting = [*_STAYING]
    for step in story:
        if isinstance(step, timedelta):
            outcome = PROCESS.due(outcome.case, now=later(outcome.case) + step)
            yield outcome
            continue
        for kind in [*waiting] if step is None else [step]:
            for command in _accepted(outcome.case, kind, people):
                outcome = PROCESS.handle(outcome.case, command, now=later(outcome.case))
                yield outcome
                if step is None:
                    waiting.remove(kind)


def _accepted(case: ec.Case, kind: type[Command], people: tuple[ec.Person, ...]) -> list[Command]:
    """Return the command, sent by the first of these people who may send it; nothing if nobody may."""
    sent = (worded(kind, who, who.name) for who in people)
    return [one for one in sent if not PROCESS.check(case, one, now=later(case))][:1]


def worded(kind: type[Command], by: ec.Person, words: str) -> Command:
    """Return a command with these words in every text for people, and in the name of every person."""
    plain = sample(kind, by)
    changes: dict[str, Any] = {"cause": ec.Cause.INFRASTRUCTURE} if kind is commands.AttributeCause else {}
    for field in fields_of(plain):
        if str in (field.type, *get_args(field.type)) and field.name not in KEYS:
            changes[field.name] = words
        elif field.type is ec.Person:
            changes[field.name] = attrs.evolve(getattr(plain, field.name), name=words)
    return attrs.evolve(plain, **changes)
