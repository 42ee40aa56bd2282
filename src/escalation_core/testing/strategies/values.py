"""Strategies for people, cases, policies and commands; every value is valid, but a process may refuse a command."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.people import EXTERNAL_ROLES, INTERNAL_ROLES
from escalation_core.table import COMMANDS
from escalation_core.testing.builders import CAST, LEA, NINA, OTTO, T0, TAINT, sample

#: A customer who is on no case of the examples.
STRANGER = ec.Person(id="stan", role=ec.Role.CUSTOMER, name="Stan")
PEOPLE = (*CAST, OTTO, NINA, STRANGER)

#: A calendar with a break, a late shift, a zone with daylight saving, and a holiday in the middle of the histories.
OFFICE = ec.Calendar(
    hours=(
        ec.WorkingHours(days=ec.MONDAY_TO_FRIDAY, opens=time(9), closes=time(12)),
        ec.WorkingHours(days=ec.MONDAY_TO_FRIDAY, opens=time(13), closes=time(17)),
        ec.WorkingHours(days=frozenset({ec.Weekday.FRIDAY}), opens=time(22), closes=time(2)),
    ),
    zone=ZoneInfo("Europe/Berlin"),
    holidays=frozenset({date(2026, 3, 4)}),
)

#: The commands that lead an escalation to its end and its follow-ups.
AHEAD = (
    commands.Acknowledge,
    commands.ProposeSolution,
    commands.AcceptSolution,
    commands.CloseEscalation,
    commands.AttributeCause,
    commands.HoldPostMortem,
    commands.SharePostMortem,
)

_MINUTES = st.integers(1, 200).map(lambda minutes: timedelta(minutes=minutes))


def people() -> st.SearchStrategy[ec.Person]:
    """Return a strategy for a person of any role; some people are on no case."""
    return st.sampled_from(PEOPLE)


def external_people() -> st.SearchStrategy[ec.Person]:
    """Return a strategy for a person of the customer or the partner."""
    return st.sampled_from([person for person in PEOPLE if person.role in EXTERNAL_ROLES])


def texts() -> st.SearchStrategy[str]:
    """Return a strategy for texts that may break mail headers, templates or columns."""
    return st.sampled_from(["It is down", "ünïcödé", "a\r\nb: c", "{to} {0}", "x" * 300])


def instants() -> st.SearchStrategy[datetime]:
    """Return a strategy for instants in the first twelve days after ``T0``."""
    return st.integers(0, 10**6).map(lambda seconds: T0 + timedelta(seconds=seconds))


@st.composite
def ladders(draw: st.DrawFn) -> tuple[ec.Rung, ...]:
    """Return a strategy for ladders of up to three rungs; some rungs are repeated, and some have no roles."""
    rungs: list[ec.Rung] = []
    for after in sorted(draw(st.sets(_MINUTES, max_size=3))):
        repeats = draw(st.integers(0, 3))
        every = draw(_MINUTES) if repeats else None
        roles = draw(st.frozensets(st.sampled_from(INTERNAL_ROLES), max_size=3))
        rungs.append(ec.Rung(after=after, roles=roles, repeats=repeats, every=every))
    return tuple(rungs)


@st.composite
def cadences(draw: st.DrawFn) -> tuple[ec.CadenceStep, ...]:
    """Return a strategy for cadences of up to three steps; only the last step has no end."""
    steps = draw(st.lists(st.builds(ec.CadenceStep, every=_MINUTES, lasting=_MINUTES), max_size=2))
    return (*steps, ec.CadenceStep(every=draw(_MINUTES)))


def timings() -> st.SearchStrategy[ec.Timing]:
    """Return a strategy for timings, around the clock or in working hours."""
    return st.builds(
        ec.Timing,
        acknowledge_within=_MINUTES,
        ladder=ladders(),
        updates=cadences(),
        updates_while_waiting=st.booleans(),
        answer_within=_MINUTES,
        close_after_silence=st.sampled_from([None, timedelta(minutes=5), timedelta(hours=1)]),
        owner_ladder=ladders(),
        debrief_within=st.integers(1, 3),
        hours=st.sampled_from([ec.ALWAYS, OFFICE]),
        business_days=st.sampled_from([ec.Timing().business_days, OFFICE]),
    )


def policies() -> st.SearchStrategy[ec.Policy]:
    """Return a strategy for policies with different consent, audiences and timing."""
    return st.builds(
        ec.Policy,
        audiences=st.builds(
            ec.Audiences,
            acknowledgement_to_stakeholders=st.booleans(),
            internal_notes=st.sampled_from([frozenset(), frozenset({ec.Role.LEADERSHIP, ec.Role.DEVOPS})]),
        ),
        consent=st.sampled_from(ec.Consent),
        timing=timings(),
    )


@st.composite
def cases(draw: st.DrawFn) -> ec.Case:
    """Return a strategy for cases that are not opened yet; half of the cases are emergencies."""
    kind = draw(
        st.sampled_from([ec.CaseType.EMERGENCY, ec.CaseType.EMERGENCY, ec.CaseType.PROBLEM, ec.CaseType.REQUEST])
    )
    impact = ec.BusinessImpact.P1 if kind is ec.CaseType.EMERGENCY else draw(st.sampled_from(ec.BusinessImpact))
    requester = draw(external_people())
    others = draw(st.lists(people(), max_size=4, unique=True))
    return ec.Case(
        id=draw(st.sampled_from(["4711", "a/b", "CASE 1"])),
        customer="Customer A",
        partner=draw(st.sampled_from([None, "Partner P"])),
        requester=requester,
        participants=tuple(person for person in others if person.role is not ec.Role.AUTOMATION),
        additional_contact=draw(st.none() | external_people()),
        type=kind,
        impact=impact,
        kind=draw(st.sampled_from(ec.CaseKind)),
        risk=draw(st.none() | st.sampled_from(ec.Risk)),
        production=draw(st.booleans()),
        subject=draw(texts()),
        description=draw(st.just("") | texts()),
        earlier_misuses=draw(st.integers(0, 2)),
        tracking_id=draw(st.sampled_from([None, "T-1"])),
    )


#: Fields whose values depend on the meaning of the field, and not only on its type.
_BY_NAME: dict[str, st.SearchStrategy[object]] = {
    "command_id": st.none() | st.integers(1, 40).map(lambda n: f"key-{n}"),
    "proposal": st.none() | st.integers(1, 12).map(lambda version: f"4711/{version}"),
}
_BY_TYPE: dict[type, Callable[[], st.SearchStrategy[object]]] = {
    str: texts,
    bool: st.booleans,
    int: lambda: st.integers(0, 3),
    datetime: instants,
    ec.Person: people,
    type(None): st.none,
}


def _values(hint: Any) -> st.SearchStrategy[object]:  # noqa: ANN401  # a class, or a union
    kinds: tuple[type, ...] = get_args(hint) or (hint,)
    return st.one_of([st.sampled_from(kind) if issubclass(kind, Enum) else _BY_TYPE[kind]() for kind in kinds])


def commands_of(kind: type[Command], by: st.SearchStrategy[ec.Person] | None = None) -> st.SearchStrategy[Command]:
    """Return a strategy for commands of one class.

    Args:
        kind: a class of ``commands``.
        by: the senders; by default all ``people``.
    """
    hints = get_type_hints(kind)
    chosen: dict[str, st.SearchStrategy[object]] = {"by": people() if by is None else by}
    for field in attrs.fields(kind):
        if field.metadata.get("internal"):
            chosen[field.name] = texts().map(lambda words: f"{TAINT} {words}")
        elif field.name in _BY_NAME:
            chosen[field.name] = _BY_NAME[field.name]
        elif field.name not in chosen:
            chosen[field.name] = _values(hints[field.name])
    return st.builds(kind, **chosen)


def any_command() -> st.SearchStrategy[Command]:
    """Return a strategy for commands of any class with any sender."""
    return st.sampled_from(COMMANDS).flatmap(commands_of)


@st.composite
def next_commands(draw: st.DrawFn, process: ec.Process, case: ec.Case, *, now: datetime) -> Command:
    """Return a strategy for commands that a person might send to this case now.

    Half of the commands lead towards a closed escalation and its follow-ups, since histories would otherwise end
    early. A quarter is allowed by the options of the sender, and the rest is random.
    """
    by = draw(people())
    kinds = list(COMMANDS)
    how = draw(st.integers(0, 3))
    if how > 1:
        external = (person for person in case.participants if person.role in EXTERNAL_ROLES)
        senders = (OTTO, LEA, *external)
        moves = [(kind, who) for who in senders for kind in AHEAD if _may(process, case, sample(kind, who), now)]
        if moves:
            kind, by = draw(st.sampled_from(moves))
            kinds = [kind]
    elif how == 1:
        kinds = [option.command for option in process.options(case, by=by, now=now) if option.allowed] or kinds
    return draw(commands_of(draw(st.sampled_from(kinds)), st.just(by)))


def _may(process: ec.Process, case: ec.Case, command: Command, now: datetime) -> bool:
    return not process.check(case, command, now=now)
