"""What can be wrong in what a command says, on the case that it is sent to."""

from collections.abc import Callable
from typing import Any, TypeVar

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.clocks import ClockKind, find
from escalation_core.commands import Command
from escalation_core.errors import RefusalCode
from escalation_core.people import Role
from escalation_core.policy import Policy
from escalation_core.rules.refusing import NONE, Refusals, mismatch, refused
from escalation_core.values import shown

C = TypeVar("C", bound=Command)

PAYLOAD_RULES: dict[type[Command], Callable[[Policy, Case, Any], Refusals]] = {}


def _payload_rule(
    kind: type[C],
) -> Callable[[Callable[[Policy, Case, C], Refusals]], Callable[[Policy, Case, C], Refusals]]:
    def register(rule: Callable[[Policy, Case, C], Refusals]) -> Callable[[Policy, Case, C], Refusals]:
        PAYLOAD_RULES[kind] = rule
        return rule

    return register


def _answerable(case: Case, proposal_id: str | None) -> Refusals:
    if proposal_id is None or case.escalation is None:
        return NONE
    for proposal in case.escalation.proposals:
        if proposal.id == proposal_id:
            if proposal == case.escalation.pending_proposal:
                return NONE
            message = f"cannot answer the proposal {proposal.id}, which is {proposal.status.value}"
            return refused(RefusalCode.PROPOSAL_NOT_PENDING, message)
    message = f"proposal: case {case.id} has no proposal {shown(proposal_id)}"
    return refused(RefusalCode.UNKNOWN_PROPOSAL, message)


@_payload_rule(commands.AcceptSolution)
def _accepts_the_pending(_: Policy, case: Case, command: commands.AcceptSolution) -> Refusals:
    return _answerable(case, command.proposal)


@_payload_rule(commands.RejectSolution)
def _rejects_the_pending(_: Policy, case: Case, command: commands.RejectSolution) -> Refusals:
    return _answerable(case, command.proposal)


@_payload_rule(commands.ReassignOwner)
def _assignable(policy: Policy, case: Case, command: commands.ReassignOwner) -> Refusals:
    to, roles = command.to, policy.permissions.acknowledge
    refusals = NONE
    if to.role not in roles:
        names = ", ".join(role.value for role in Role if role in roles)
        message = f"cannot reassign an escalation to {shown(to.id)}, {to.role.value}: an owner is a {names}"
        refusals += refused(RefusalCode.NOT_ASSIGNABLE, message)
    known = case.known_person(to.id)
    if known is not None and known.role is not to.role:
        refusals += mismatch(case, known, to)
    if case.escalation is not None and case.escalation.owner is not None and case.escalation.owner.id == to.id:
        message = f"cannot reassign an escalation to {shown(to.id)}, who owns it already"
        refusals += refused(RefusalCode.ALREADY_OWNER, message)
    return refusals


@_payload_rule(commands.AddParticipant)
def _not_on_the_case(_: Policy, case: Case, command: commands.AddParticipant) -> Refusals:
    person = command.person
    if any(person.id == other.id for other in case.participants):
        message = f"cannot add {shown(person.id)} to case {case.id} again"
        return refused(RefusalCode.ALREADY_PARTICIPANT, message)
    if person.role is Role.AUTOMATION:
        return refused(RefusalCode.NOT_ASSIGNABLE, f"cannot add {shown(person.id)} to case {case.id}: no person")
    known = case.known_person(person.id)
    if known is not None and known.role is not person.role:
        return mismatch(case, known, person)
    return NONE


@_payload_rule(commands.PostponeUpdate)
def _later_than_promised(_: Policy, case: Case, command: commands.PostponeUpdate) -> Refusals:
    promised = None if case.escalation is None else find(case.escalation.clocks, ClockKind.UPDATE)
    if promised is None or command.until > promised.due_at:
        return NONE
    message = f"cannot postpone an update to {command.until}: it is promised for {promised.due_at}"
    return refused(RefusalCode.NOT_LATER, message)


@_payload_rule(commands.RaiseLevel)
def _from_the_level_that_is(_: Policy, case: Case, command: commands.RaiseLevel) -> Refusals:
    if case.escalation is None or command.from_level == case.escalation.level:
        return NONE
    message = f"cannot raise the level from {command.from_level}: the escalation is at level {case.escalation.level}"
    return refused(RefusalCode.LEVEL_MOVED, message)
