"""All attempts on a case: every command of every role, in every variant that a rule distinguishes.

Rule 1: attempts are relative to the case, so that cases with the same signature get the same attempts.
Rule 2: internal text is tainted.
Rule 3: an attempt that must fail under every policy has the expected refusal code. The code of a variant is expected
only where the table permits the move.
Rule 4: a command without an entry here is tried with the example of the test kit.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from attrs import fields

from escalation_core import commands
from escalation_core.case import BusinessImpact, Case, CaseKind, CaseType, Priority, Risk
from escalation_core.clocks import ClockKind, find
from escalation_core.commands import Command
from escalation_core.errors import RefusalCode
from escalation_core.escalation import CancelReason, Cause, SolutionKind
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.policy import Permissions
from escalation_core.testing.builders import TAINT, sample

Fields = dict[str, Any]

_HOUR = timedelta(hours=1)
_SECRET = f"{TAINT}: not for customer and partner"


class Attempt(NamedTuple):
    """One command, and its description."""

    who: str  #: The sender, in the words of a support lead.
    what: str  #: The variant of the command; ``""`` for the plain command.
    command: Command
    code: RefusalCode | None = None  #: The expected refusal; None where the policy decides.


#: One person of every role, on no case.
STRANGERS = {role: Person(id=f"some {role}", role=role) for role in Role}
_ANA = Person(id="the customer", role=Role.CUSTOMER)
_PAUL = Person(id="the partner", role=Role.PARTNER)
_CARLA = Person(id="the additional contact", role=Role.CUSTOMER)


def _case(of: CaseType, *people: Person, **changes: Any) -> Case:  # noqa: ANN401  # fields of Case
    plain: Fields = {"impact": BusinessImpact.P1, "kind": CaseKind.SOFTWARE, "description": "We go live tomorrow"}
    return Case(
        id="model",
        customer="Customer",
        requester=people[0],
        participants=people,
        type=of,
        subject="Nothing works",
        **(plain | changes),
    )


#: The first cases of an exploration. Three are emergencies: one of both sides, with two internal people on the case;
#: one of the customer, with a named partner who is not on the case; and one of the partner, with an additional contact
#: who is not on the case. The two others have less impact. The cases also differ in kind, risk and production.
CASES = (
    _case(
        CaseType.EMERGENCY,
        *(_ANA, _PAUL, STRANGERS[Role.DEVELOPMENT], STRANGERS[Role.SUPPORT_LEAD]),
        production=True,
        risk=Risk.GO_LIVE,
    ),
    _case(CaseType.EMERGENCY, _ANA, kind=CaseKind.INFRASTRUCTURE, partner="Partner", production=True),
    _case(CaseType.EMERGENCY, _PAUL, kind=CaseKind.SECURITY, additional_contact=_CARLA, risk=Risk.SECURITY),
    _case(CaseType.PROBLEM, _ANA, _PAUL, impact=BusinessImpact.P2),
    _case(CaseType.REQUEST, _ANA, impact=BusinessImpact.P3, description=""),
)

Variant = tuple[type[Command], str, Fields, RefusalCode | None]


def attempts(case: Case, now: datetime, permissions: Permissions, kinds: tuple[type[Command], ...]) -> list[Attempt]:
    """Return all attempts with commands of these kinds at this time.

    Every sender sends a plain command of each kind. One person of each permitted role sends the other variants, and
    every side sends the votes.
    """
    people, relative = _people(case), _relative(case, now, permissions)
    generic = tuple(kind for kind in kinds if kind not in relative)
    found: list[Attempt] = []
    for who, by, code in people:
        found += _generic(who, by, code, generic)
        found += [Attempt(who, "", kind(by=by, **values), code) for kind, values in relative.items() if kind in kinds]
    for kind, what, values, code in _variants(case, now, permissions):
        if kind in kinds:
            found += [Attempt(who, what, kind(by=by, **values), code) for who, by in _senders(case, permissions, kind)]
    return found


@cache
def _generic(who: str, by: Person, code: RefusalCode | None, kinds: tuple[type[Command], ...]) -> tuple[Attempt, ...]:
    """Return the example of each kind of command, with tainted internal text."""
    return tuple(Attempt(who, "", sample(kind, by, **_tainted(kind)), code) for kind in kinds)


def _tainted(kind: type[Command]) -> Fields:
    return {field.name: _SECRET for field in fields(kind) if field.metadata.get("internal")}


def _people(case: Case) -> list[tuple[str, Person, RefusalCode | None]]:
    """Return one person for each relation that a person can have to a case."""
    people: list[tuple[str, Person, RefusalCode | None]] = []
    for role, person in STRANGERS.items():
        if role in EXTERNAL_ROLES:
            people.append((f"{role} who is not on the case", person, RefusalCode.NOT_A_PARTICIPANT))
        else:
            people.append((role.value, person, None))
    people += [(by.role.value, by, None) for by in _sides(case)]
    impostor = Person(id=case.requester.id, role=Role.SUPPORT_REP)
    people.append(("support rep with the id of the requester", impostor, RefusalCode.ROLE_MISMATCH))
    contact, owner = case.additional_contact, None if case.escalation is None else case.escalation.owner
    if contact is not None and contact not in case.participants:
        people.append(("additional contact", contact, RefusalCode.NOT_A_PARTICIPANT))
    if owner is not None:
        if owner is not STRANGERS[owner.role]:
            people.append(("owner", owner, None))
        impostor = Person(id=owner.id, role=Role.CUSTOMER)
        people.append(("customer with the id of the owner", impostor, RefusalCode.ROLE_MISMATCH))
    return people


def _sides(case: Case) -> list[Person]:
    """Return the first person of each side on the case."""
    return [next(person for person in case.participants if person.role is side) for side in case.sides]


def _senders(case: Case, permissions: Permissions, kind: type[Command]) -> list[tuple[str, Person]]:
    sides = [(person.role.value, person) for person in _sides(case)]
    if kind in {commands.AcceptSolution, commands.RejectSolution}:
        return sides
    internal = [(role.value, person) for role, person in STRANGERS.items() if role not in EXTERNAL_ROLES]
    return [(who, by) for who, by in (*internal, *sides) if by.role in permissions.roles_for(kind)]


def _relative(case: Case, now: datetime, permissions: Permissions) -> dict[type[Command], Fields]:
    """Return the fields of plain commands that depend on the case, the time or the policy."""
    escalation, promised = case.escalation, _promised(case)
    return {
        commands.PostponeUpdate: {"until": max(now, promised or now) + _HOUR, "reason": "The vendor looks at it"},
        commands.ReassignOwner: {"to": _successor(case, permissions)},
        commands.RaiseLevel: {"from_level": 0 if escalation is None else escalation.level, "reason": _SECRET},
        commands.AddParticipant: {"person": _new(case, Role.CUSTOMER)},
    }


def _promised(case: Case) -> datetime | None:
    clock = None if case.escalation is None else find(case.escalation.clocks, ClockKind.UPDATE)
    return None if clock is None else clock.due_at


def _successor(case: Case, permissions: Permissions) -> Person:
    """Return a person who may own the escalation, and is not the owner."""
    role = permissions.roles_for(commands.Acknowledge)[0]
    other = Person(id=f"another {role}", role=role)
    return STRANGERS[role] if case.escalation is not None and case.escalation.owner == other else other


def _new(case: Case, role: Role) -> Person:
    return Person(id=f"new {role} {case.version}", role=role)


def _variants(case: Case, now: datetime, permissions: Permissions) -> Iterator[Variant]:
    """Return the other variants of commands: the kind, the words for the variant, the fields, the expected refusal."""
    yield commands.DeclareEmergency, "no risk named", {"risk": None, "explanation": "All is down"}, None
    for reason in (CancelReason.DUPLICATE, CancelReason.WITHDRAWN):
        yield commands.CancelEscalation, reason.value, {"reason": reason, "explanation": "See there"}, None
    yield commands.PostUpdate, "with an eta", {"message": "Soon", "eta": now + _HOUR}, None
    mitigation = {"summary": "Turn it off", "kind": SolutionKind.MITIGATION}
    yield commands.ProposeSolution, "a mitigation", mitigation, None
    for contacted in (Role.LEADERSHIP, STRANGERS[Role.DEVELOPMENT]):
        values: Fields = {"contacted": contacted, "channel": "chat"}
        yield commands.ReportSideChannelContact, type(contacted).__name__.lower(), values, None
    for cause in Cause:
        for production in (True, False):
            values = {"cause": cause, "production": production, "explanation": _SECRET}
            yield commands.AttributeCause, f"{cause}{' in production' if production else ''}", values, None
    for priority in Priority:
        yield commands.ReprioritizeCase, priority.value, {"priority": priority}, None
    yield from _about_proposals(case)
    yield from _about_owners(case, permissions)
    yield from _about_participants(case)
    if case.escalation is not None:
        values = {"from_level": case.escalation.level + 1, "reason": _SECRET}
        yield commands.RaiseLevel, "from a level above the current one", values, RefusalCode.LEVEL_MOVED
        if case.escalation.level:
            values = {"from_level": case.escalation.level - 1, "reason": _SECRET}
            yield commands.RaiseLevel, "from a level below the current one", values, RefusalCode.LEVEL_MOVED
    promised = _promised(case)
    if promised is not None:
        values = {"until": promised, "reason": "We need it"}
        yield commands.PostponeUpdate, "until the promised time", values, RefusalCode.NOT_LATER


def _about_proposals(case: Case) -> Iterator[Variant]:
    if case.escalation is None:
        return
    named: list[tuple[str, str, RefusalCode | None]] = [
        ("of an unknown proposal", "no proposal", RefusalCode.UNKNOWN_PROPOSAL)
    ]
    pending = case.escalation.pending_proposal
    if pending is not None:
        named.append(("by its id", pending.id, None))
    earlier = next((proposal for proposal in case.escalation.proposals if proposal != pending), None)
    if earlier is not None:
        named.append(("of an earlier proposal", earlier.id, RefusalCode.PROPOSAL_NOT_PENDING))
    for what, proposal, code in named:
        yield commands.AcceptSolution, what, {"proposal": proposal}, code
        yield commands.RejectSolution, what, {"proposal": proposal, "reason": "It broke more"}, code


def _about_owners(case: Case, permissions: Permissions) -> Iterator[Variant]:
    able = permissions.roles_for(commands.Acknowledge)
    for role, person in STRANGERS.items():
        if role not in able:
            yield commands.ReassignOwner, f"to a {role}", {"to": person}, RefusalCode.NOT_ASSIGNABLE
    impostor = Person(id=case.requester.id, role=able[0])
    yield commands.ReassignOwner, "to the id of the requester", {"to": impostor}, RefusalCode.ROLE_MISMATCH
    if case.escalation is not None and case.escalation.owner is not None:
        yield commands.ReassignOwner, "to the owner", {"to": case.escalation.owner}, RefusalCode.ALREADY_OWNER


def _about_participants(case: Case) -> Iterator[Variant]:
    for role in (Role.PARTNER, Role.DEVELOPMENT, Role.AUTOMATION):
        code = RefusalCode.NOT_ASSIGNABLE if role is Role.AUTOMATION else None
        yield commands.AddParticipant, f"a {role}", {"person": _new(case, role)}, code
    yield commands.AddParticipant, "the requester", {"person": case.requester}, RefusalCode.ALREADY_PARTICIPANT
    contact, owner = case.additional_contact, None if case.escalation is None else case.escalation.owner
    if contact is not None and contact not in case.participants:
        yield commands.AddParticipant, "the additional contact", {"person": contact}, None
    if owner is not None and owner not in case.participants:
        impostor = Person(id=owner.id, role=Role.CUSTOMER)
        yield (
            commands.AddParticipant,
            "a customer with the id of the owner",
            {"person": impostor},
            RefusalCode.ROLE_MISMATCH,
        )
