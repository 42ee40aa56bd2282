"""What the tests of this library share beyond ``escalation_core.testing``."""

from datetime import timedelta
from typing import Any, get_args

import attrs

import escalation_core as ec
from escalation_core import commands
from escalation_core.testing import ANA, PAUL, RITA, T0, emergency, later, person, problem, sample

ARNO = person(ec.Role.ACCOUNT_MANAGER)
PIA = person(ec.Role.PARTNER_MANAGER)
SUE = person(ec.Role.CUSTOMER_SUCCESS_MANAGER)
BOSS = person(ec.Role.LEADERSHIP)
DEV = person(ec.Role.DEVELOPMENT)
OPS = person(ec.Role.DEVOPS)
SEC = person(ec.Role.SECURITY)
CLOCK = person(ec.Role.AUTOMATION)

PROCESS = ec.Process()


def escalation_of(case: ec.Case) -> ec.Escalation:
    """Give the escalation of a case that has one."""
    assert case.escalation is not None
    return case.escalation


def fields_of(value: attrs.AttrsInstance) -> tuple[Any, ...]:
    """Give the attrs fields of a value."""
    found: tuple[Any, ...] = attrs.fields(type(value))
    return found


def codes(refusals: tuple[ec.Refusal, ...]) -> set[str]:
    """Give the codes of refusals."""
    return {str(refusal.code) for refusal in refusals}


#: What leads an escalation on, to its end and beyond, and what keeps customer and partner up to date meanwhile.
AHEAD_AND_UPDATES: tuple[type[commands.Command], ...] = (
    commands.Acknowledge,
    commands.PostUpdate,
    commands.PostponeUpdate,
    commands.ProposeSolution,
    commands.AcceptSolution,
    commands.RejectSolution,
    commands.CloseEscalation,
    commands.AttributeCause,
    commands.DebriefStakeholders,
    commands.HoldPostMortem,
    commands.SharePostMortem,
)


#: Names of fields whose text is a key: of databases, files, headers. All other text is for people.
KEYS = frozenset(
    {
        *("id", "case_id", "event_id", "command_id", "command_digest", "digest", "tracking_id", "proposal", "related"),
        *("locale", "email", "policy", "code", "names"),
    }
)

#: A whole life of an emergency, and one of an emergency that is none: what is done, and how long nobody does anything.
_LIVES: tuple[tuple[type[commands.Command] | timedelta, ...], ...] = (
    (
        *(commands.RaiseLevel, timedelta(minutes=31), commands.Acknowledge, commands.PostUpdate),
        *(commands.PostponeUpdate, timedelta(hours=9), commands.AddInternalNote),
        *(commands.RequestRealTimeCommunication, commands.EndRealTimeCommunication, commands.ReportSideChannelContact),
        *(commands.ReassignOwner, commands.AddParticipant, commands.ProposeSolution, timedelta(hours=25)),
        *(commands.RejectSolution, commands.ProposeSolution, commands.AcceptSolution, commands.AcceptSolution),
        *(commands.CloseEscalation, timedelta(days=9), commands.AttributeCause, commands.DebriefStakeholders),
        *(commands.HoldPostMortem, commands.SharePostMortem, commands.ShareRootCauseAnalysis, commands.StartDiagnosis),
        *(commands.ProposeCaseSolution, commands.CloseCase),
    ),
    (commands.DeclareEmergency, commands.CancelEscalation, commands.ReprioritizeCase),
)


def whole_lives(words: str) -> tuple[list[ec.Outcome], ...]:
    """Live through every kind of event, with these words wherever somebody says something, or has a name."""
    ana, paul = attrs.evolve(ANA, name=words), attrs.evolve(PAUL, name=words)
    said: dict[str, Any] = dict.fromkeys(("customer", "partner", "subject", "description"), words)
    said |= {"requester": ana, "participants": (ana, paul)}
    lives: list[list[ec.Outcome]] = []
    for case, steps in zip((emergency(**said), problem(**said)), _LIVES, strict=True):
        life = [PROCESS.open(case, by=ana, now=T0)]
        for step in steps:
            life.append(_next(life[-1].case, step, (attrs.evolve(RITA, name=words), ana, paul)))
        lives.append(life)
    return tuple(lives)


def _next(case: ec.Case, step: type[commands.Command] | timedelta, people: tuple[ec.Person, ...]) -> ec.Outcome:
    """Let the first of these people who may do it do this step, or let time pass."""
    now = later(case)
    if isinstance(step, timedelta):
        return PROCESS.due(case, now=now + step)
    sent = (worded(step, who, who.name) for who in people)
    return PROCESS.handle(case, next(one for one in sent if not PROCESS.check(case, one, now=now)), now=now)


def worded(kind: type[commands.Command], by: ec.Person, words: str) -> commands.Command:
    """Build a command that has these words wherever it takes text for people, or somebody with a name."""
    plain = sample(kind, by)
    changes: dict[str, Any] = {"cause": ec.Cause.INFRASTRUCTURE} if kind is commands.AttributeCause else {}
    for field in fields_of(plain):
        if str in (field.type, *get_args(field.type)) and field.name not in KEYS:
            changes[field.name] = words
        elif field.type is ec.Person:
            changes[field.name] = attrs.evolve(getattr(plain, field.name), name=words)
    return attrs.evolve(plain, **changes)
