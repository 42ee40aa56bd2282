"""People, cases, policies, commands and whole histories, for hypothesis to choose from."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.people import INTERNAL_ROLES
from examples import CAST, NEWCOMER, OTTO, STRANGER, T0, sample

#: What internal text is tainted with; it must never reach a customer or partner.
TAINT = "TAINTED-INTERNAL"

EXTERNAL = (ec.Role.CUSTOMER, ec.Role.PARTNER)
PEOPLE = (*CAST, OTTO, NEWCOMER, STRANGER)

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

people = st.sampled_from(PEOPLE)
external_people = st.sampled_from([person for person in PEOPLE if person.role in {ec.Role.CUSTOMER, ec.Role.PARTNER}])
texts = st.sampled_from(["It is down", "ünïcödé", "a\r\nb: c", "{to} {0}", "x" * 300])
internal_texts = texts.map(lambda words: f"{TAINT} {words}")
instants = st.integers(0, 10**6).map(lambda seconds: T0 + timedelta(seconds=seconds))

_ROLES = st.frozensets(st.sampled_from(INTERNAL_ROLES), max_size=3)
_MINUTES = st.integers(1, 200).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def ladders(draw: st.DrawFn) -> tuple[ec.Rung, ...]:
    """Build a ladder of up to three rungs, some of which repeat, and some of which nobody is on."""
    rungs: list[ec.Rung] = []
    for after in sorted(draw(st.sets(_MINUTES, max_size=3))):
        repeats = draw(st.integers(0, 3))
        every = draw(_MINUTES) if repeats else None
        rungs.append(ec.Rung(after=after, roles=draw(_ROLES), repeats=repeats, every=every))
    return tuple(rungs)


@st.composite
def cadences(draw: st.DrawFn) -> tuple[ec.CadenceStep, ...]:
    """Build up to three steps, of which the last goes on until the end."""
    steps = draw(st.lists(st.builds(ec.CadenceStep, every=_MINUTES, lasting=_MINUTES), max_size=2))
    return (*steps, ec.CadenceStep(every=draw(_MINUTES)))


timings = st.builds(
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
policies = st.builds(
    ec.Policy,
    audiences=st.builds(
        ec.Audiences,
        acknowledgement_to_stakeholders=st.booleans(),
        internal_notes=st.sampled_from([frozenset(), frozenset({ec.Role.LEADERSHIP, ec.Role.DEVOPS})]),
    ),
    consent=st.sampled_from(ec.Consent),
    timing=timings,
)


@st.composite
def cases(draw: st.DrawFn) -> ec.Case:
    """Describe a case that is not opened yet; half of them are emergencies."""
    kind = draw(
        st.sampled_from([ec.CaseType.EMERGENCY, ec.CaseType.EMERGENCY, ec.CaseType.PROBLEM, ec.CaseType.REQUEST])
    )
    impact = ec.BusinessImpact.P1 if kind is ec.CaseType.EMERGENCY else draw(st.sampled_from(ec.BusinessImpact))
    requester = draw(external_people)
    others = draw(st.lists(st.sampled_from(PEOPLE), max_size=4, unique=True))
    return ec.Case(
        id=draw(st.sampled_from(["4711", "a/b", "CASE 1"])),
        customer="Customer A",
        partner=draw(st.sampled_from([None, "Partner P"])),
        requester=requester,
        participants=tuple(person for person in others if person.role is not ec.Role.AUTOMATION),
        additional_contact=draw(st.none() | external_people),
        type=kind,
        impact=impact,
        kind=draw(st.sampled_from(ec.CaseKind)),
        risk=draw(st.none() | st.sampled_from(ec.Risk)),
        production=draw(st.booleans()),
        subject=draw(texts),
        description=draw(st.just("") | texts),
        earlier_misuses=draw(st.integers(0, 2)),
        tracking_id=draw(st.sampled_from([None, "T-1"])),
    )


_BY_TYPE: dict[object, st.SearchStrategy[object]] = {
    "risk": st.none() | st.sampled_from(ec.Risk),
    "to": people,
    "person": people,
    "contacted": people | st.sampled_from(ec.Role) | texts,
    "eta": st.none() | instants,
    "kind": st.sampled_from(ec.SolutionKind),
    "cause": st.sampled_from(ec.Cause),
    "production": st.booleans(),
    "until": instants,
    "from_level": st.integers(0, 3),
    "priority": st.sampled_from(ec.Priority),
    "command_id": st.none() | st.integers(1, 40).map(lambda n: f"key-{n}"),
    "proposal": st.none() | st.integers(1, 12).map(lambda version: f"4711/{version}"),
}


def commands_of(kind: type[Command], by: st.SearchStrategy[ec.Person] = people) -> st.SearchStrategy[Command]:
    """Build commands of one class; its internal texts are tainted."""
    chosen: dict[str, st.SearchStrategy[object]] = {"by": by}
    for field in attrs.fields(kind):
        if field.name == "by":
            continue
        if field.metadata.get("internal"):
            chosen[field.name] = internal_texts
        elif field.name == "reason" and kind is commands.CancelEscalation:
            chosen[field.name] = st.sampled_from(ec.CancelReason)
        else:
            chosen[field.name] = _BY_TYPE.get(field.name, texts)
    return st.builds(kind, **chosen)


any_command = st.sampled_from(commands.COMMANDS).flatmap(commands_of)


class Step(NamedTuple):
    """One command that was sent, or a look at what is due, and what came of it."""

    before: ec.Case
    command: Command | None  #: None: time itself.
    now: datetime
    outcome: ec.Outcome | None  #: None where it was refused.


class History(NamedTuple):
    """A case's life: every command that was sent, every look at what is due, and what came of them."""

    process: ec.Process
    steps: tuple[Step, ...]

    @property
    def outcomes(self) -> tuple[ec.Outcome, ...]:
        return tuple(step.outcome for step in self.steps if step.outcome is not None)

    @property
    def case(self) -> ec.Case:
        return self.outcomes[-1].case

    @property
    def events(self) -> tuple[ec.events.Event, ...]:
        return tuple(event for outcome in self.outcomes for event in outcome.events)


#: What leads an escalation on, to its end and beyond.
AHEAD = (
    commands.Acknowledge,
    commands.ProposeSolution,
    commands.AcceptSolution,
    commands.CloseEscalation,
    commands.AttributeCause,
    commands.HoldPostMortem,
    commands.SharePostMortem,
)


def _senders(case: ec.Case) -> tuple[ec.Person, ...]:
    return (OTTO, *(person for person in case.participants if person.role in EXTERNAL))


def _may(process: ec.Process, case: ec.Case, kind: type[Command], by: ec.Person, now: datetime) -> bool:
    return not process.check(case, sample(kind, by), now=now)


@st.composite
def histories(draw: st.DrawFn, max_size: int = 25) -> History:
    """Send random commands by random people at times that never run backwards.

    Half of them lead ahead, towards a closed escalation and what is owed after it, or histories would never get far; a
    quarter is what the sender's options allow; the rest is anything.
    """
    process = ec.Process(policy=draw(policies))
    fresh = draw(cases())
    now = T0
    opening = commands.OpenCase(by=OTTO)
    outcome = process.handle(fresh, opening, now=now)
    steps = [Step(fresh, opening, now, outcome)]
    case = outcome.case
    for _ in range(draw(st.integers(0, max_size))):
        now += timedelta(seconds=draw(st.sampled_from([0, 1, 60, 600, 86400])))
        if draw(st.integers(0, 3)) == 0:
            outcome = process.due(case, now=now)
            steps.append(Step(case, None, now, outcome))
            case = outcome.case
        by = draw(people)
        kinds = list(commands.COMMANDS)
        how = draw(st.integers(0, 3))
        if how > 1:
            ahead = [(kind, who) for kind in AHEAD for who in _senders(case) if _may(process, case, kind, who, now)]
            if ahead:
                chosen, by = draw(st.sampled_from(ahead))
                kinds = [chosen]
        elif how == 1:
            kinds = [option.command for option in process.options(case, by=by, now=now) if option.allowed] or kinds
        command = draw(commands_of(draw(st.sampled_from(kinds)), st.just(by)))
        try:
            result: ec.Outcome | None = process.handle(case, command, now=now)
        except ec.CommandRefusedError:
            result = None
        if result is not None and result.repeated:  # it was done before, so it is no step
            continue
        steps.append(Step(case, command, now, result))
        if result is not None:
            case = result.case
    return History(process, tuple(steps))


#: Histories of different cases.
logs = st.lists(histories(max_size=15), min_size=1, max_size=3, unique_by=lambda history: history.case.id)

#: An hour that happens twice: Berlin, 25 October 2026, 02:00 to 03:00.
FOLD_UTC = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
