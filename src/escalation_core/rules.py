"""Which rules a command fails: every one of them, as refusals.

Rule 1: nothing here changes anything, or says what a command would do; that is for ``decide``.
Rule 2: a refusal names both facts in one sentence: what was asked for, and why not now.
Rule 3: what holds for every payload of a command is a state rule, and is what ``options`` shows; the rest are payload
rules, which need the command itself.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.commands import COMMANDS, Command
from escalation_core.errors import Refusal, RefusalCode
from escalation_core.escalation import Escalation, EscalationStatus, FollowUpKind, Proposal
from escalation_core.lifecycle import CASE, ESCALATION
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.policy import Policy
from escalation_core.values import must_be, shown

C = TypeVar("C", bound=Command)
Refusals = tuple[Refusal, ...]

_NONE: Refusals = ()
_KNOWN = frozenset(COMMANDS)

_STATE_RULES: dict[type[Command], Callable[[Case, Person, datetime], Refusals]] = {}
_PAYLOAD_RULES: dict[type[Command], Callable[[Policy, Case, Any], Refusals]] = {}


def unmet(policy: Policy, case: Case, command: Command, now: datetime) -> Refusals:
    """List every rule that this command fails; ``()`` means that it may happen.

    Raises:
        TypeError: the case is no case, or the command none of this library.
    """
    if not isinstance(case, Case):
        raise TypeError(must_be("case", "a Case", case))
    kind = type(command)
    if kind not in _KNOWN:
        raise TypeError(must_be("command", "a command of this library", command))
    refusals = may(policy, case, kind, command.by, now)
    payload_rule = _PAYLOAD_RULES.get(kind)
    if payload_rule is not None:
        refusals += payload_rule(policy, case, command)
    for rule in policy.rules:
        refusals += rule(case, command, now)
    return refusals


def may(policy: Policy, case: Case, kind: type[Command], by: Person, now: datetime) -> Refusals:
    """List the rules that every command of this kind fails, whatever else it says."""
    refusals = _permission(policy, case, kind, by)
    if case.version == 0:
        refusals += _before_opening(case, kind)
    else:
        refusals += _legality(case, kind)
        state_rule = _STATE_RULES.get(kind)
        if state_rule is not None:
            refusals += state_rule(case, by, now)
        if case.updated_at is not None and now < case.updated_at:
            message = f"cannot {kind.action} at {now}: the last event of case {case.id} was at {case.updated_at}"
            refusals += (Refusal(code=RefusalCode.TIME_RUNS_BACKWARDS, message=message),)
    return refusals


def _refused(code: RefusalCode, message: str) -> Refusals:
    return (Refusal(code=code, message=message),)


def _permission(policy: Policy, case: Case, kind: type[Command], by: Person) -> Refusals:
    refusals = _NONE
    roles = policy.permissions.roles_for(kind)
    if by.role not in roles:
        names = ", ".join(role.value for role in Role if role in roles) or "nobody"
        message = f"cannot {kind.action} as {by.role.value}: that is for {names}"
        refusals += _refused(RefusalCode.ROLE_NOT_PERMITTED, message)
    known = case.known_person(by.id)
    if known is not None and known.role is not by.role:
        refusals += _mismatch(case, known, by)
    elif by.role in EXTERNAL_ROLES and (known is None or known not in case.participants):
        message = f"cannot {kind.action}: {shown(by.id)} does not take part in case {case.id}"
        refusals += _refused(RefusalCode.NOT_A_PARTICIPANT, message)
    return refusals


def _mismatch(case: Case, known: Person, person: Person) -> Refusals:
    message = f"case {case.id} knows {shown(person.id)} as {known.role.value}, not as {person.role.value}"
    return _refused(RefusalCode.ROLE_MISMATCH, message)


def _before_opening(case: Case, kind: type[Command]) -> Refusals:
    if kind is commands.OpenCase:
        return _NONE
    return _refused(RefusalCode.CASE_NOT_OPENED, f"cannot {kind.action}: case {case.id} is not open yet")


def _legality(case: Case, kind: type[Command]) -> Refusals:
    statuses = ESCALATION.sources.get(kind)
    if statuses is None:
        if case.status in CASE.sources.get(kind, ()):  # no status has a row for OpenCase: it begins the table
            return _NONE
        return _refused(RefusalCode.ILLEGAL_TRANSITION, f"cannot {kind.action} that is {case.status.value}")
    if case.escalation is None:
        return _refused(RefusalCode.NO_ESCALATION, f"cannot {kind.action}: case {case.id} has none")
    if case.escalation.status in statuses:
        return _NONE
    return _refused(RefusalCode.ILLEGAL_TRANSITION, f"cannot {kind.action} that is {case.escalation.status.value}")


def _state_rule(
    *kinds: type[Command],
) -> Callable[[Callable[[Case, Person, datetime], Refusals]], Callable[[Case, Person, datetime], Refusals]]:
    def register(rule: Callable[[Case, Person, datetime], Refusals]) -> Callable[[Case, Person, datetime], Refusals]:
        _STATE_RULES.update(dict.fromkeys(kinds, rule))
        return rule

    return register


def _payload_rule(
    kind: type[C],
) -> Callable[[Callable[[Policy, Case, C], Refusals]], Callable[[Policy, Case, C], Refusals]]:
    def register(rule: Callable[[Policy, Case, C], Refusals]) -> Callable[[Policy, Case, C], Refusals]:
        _PAYLOAD_RULES[kind] = rule
        return rule

    return register


@_state_rule(commands.DeclareEmergency)
def _one_escalation_per_case(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None:
        return _NONE
    message = (
        f"cannot declare an emergency on case {case.id}, whose escalation is {case.escalation.status.value}: "
        f"a second emergency is a new case that names this one as related"
    )
    return _refused(RefusalCode.ESCALATION_EXISTS, message)


@_state_rule(commands.CloseCase)
def _no_active_escalation(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or not case.escalation.active:
        return _NONE
    message = f"cannot close case {case.id} while its escalation is {case.escalation.status.value}"
    return _refused(RefusalCode.ESCALATION_ACTIVE, message)


@_state_rule(commands.ReprioritizeCase)
def _emergencies_are_urgent(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or not case.escalation.active:
        return _NONE
    message = (
        f"cannot reprioritize case {case.id} while its escalation is {case.escalation.status.value}: "
        f"an emergency has the highest priority"
    )
    return _refused(RefusalCode.ESCALATION_ACTIVE, message)


@_state_rule(commands.AcceptSolution)
def _side_may_accept(case: Case, by: Person, now: datetime) -> Refusals:
    refusals = _side_is_asked(case, by, now)
    pending = _pending(case)
    if pending is not None and by.role in pending.approved_by:
        message = f"cannot accept the proposal {pending.id} again: the {by.role.value} has accepted it"
        refusals += _refused(RefusalCode.ALREADY_APPROVED, message)
    return refusals


@_state_rule(commands.RejectSolution)
def _side_is_asked(case: Case, by: Person, _now: datetime) -> Refusals:
    pending = _pending(case)
    if pending is None or by.role not in EXTERNAL_ROLES or by.role in pending.asked:
        return _NONE
    message = f"cannot answer the proposal {pending.id}: the {by.role.value} was not asked"
    return _refused(RefusalCode.SIDE_NOT_ASKED, message)


@_state_rule(commands.CloseEscalation)
def _answered_or_silent_long_enough(case: Case, _by: Person, now: datetime) -> Refusals:
    pending = _pending(case)
    if pending is None or (pending.closable_at is not None and now >= pending.closable_at):
        return _NONE
    since = "its solution is neither accepted nor rejected"
    until = "" if pending.closable_at is None else f", and silence closes it from {pending.closable_at} on"
    message = f"cannot close an escalation that is {EscalationStatus.SOLUTION_PROPOSED.value}: {since}{until}"
    return _refused(RefusalCode.ANSWER_PENDING, message)


@_state_rule(commands.RequestRealTimeCommunication)
def _real_time_not_open(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or case.escalation.real_time is None:
        return _NONE
    message = f"cannot request real-time communication again: it is requested on {shown(case.escalation.real_time)}"
    return _refused(RefusalCode.REAL_TIME_OPEN, message)


@_state_rule(commands.EndRealTimeCommunication)
def _real_time_open(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or case.escalation.real_time is not None:
        return _NONE
    return _refused(
        RefusalCode.REAL_TIME_NOT_OPEN, f"cannot end real-time communication: case {case.id} has none requested"
    )


def _owed(kind: FollowUpKind) -> Callable[[Case, Person, datetime], Refusals]:
    def rule(case: Case, _by: Person, _now: datetime) -> Refusals:
        escalation = _closed(case)
        if escalation is None:
            return _NONE
        follow_up = escalation.follow_up(kind)
        if follow_up is None:
            message = f"cannot share a {kind.value}: case {case.id} owes none"
            return _refused(RefusalCode.NOT_OWED, message)
        if follow_up.done:
            message = f"the {kind.value} of case {case.id} was done at {follow_up.done_at}"
            return _refused(RefusalCode.ALREADY_DONE, message)
        return _NONE

    return rule


_state_rule(commands.DebriefStakeholders)(_owed(FollowUpKind.DEBRIEF))
_state_rule(commands.ShareRootCauseAnalysis)(_owed(FollowUpKind.ROOT_CAUSE_ANALYSIS))
_post_mortem_owed = _owed(FollowUpKind.POST_MORTEM)


@_state_rule(commands.HoldPostMortem)
def _post_mortem_not_held(case: Case, by: Person, now: datetime) -> Refusals:
    held = _post_mortem_held_at(case)
    if held is None:
        return _post_mortem_owed(case, by, now)
    return _refused(RefusalCode.ALREADY_DONE, f"the post mortem of case {case.id} was held at {held}")


@_state_rule(commands.SharePostMortem)
def _post_mortem_held(case: Case, by: Person, now: datetime) -> Refusals:
    if _closed(case) is not None and _post_mortem_held_at(case) is None:
        message = f"cannot share the post mortem of case {case.id} before it is held"
        return _refused(RefusalCode.POST_MORTEM_NOT_HELD, message)
    return _post_mortem_owed(case, by, now)


def _answerable(case: Case, proposal_id: str | None) -> Refusals:
    if proposal_id is None or case.escalation is None:
        return _NONE
    for proposal in case.escalation.proposals:
        if proposal.id == proposal_id:
            if proposal == case.escalation.pending_proposal:
                return _NONE
            message = f"cannot answer the proposal {proposal.id}, which is {proposal.status.value}"
            return _refused(RefusalCode.PROPOSAL_NOT_PENDING, message)
    message = f"proposal: case {case.id} has no proposal {shown(proposal_id)}"
    return _refused(RefusalCode.UNKNOWN_PROPOSAL, message)


@_payload_rule(commands.AcceptSolution)
def _accepts_the_pending(_: Policy, case: Case, command: commands.AcceptSolution) -> Refusals:
    return _answerable(case, command.proposal)


@_payload_rule(commands.RejectSolution)
def _rejects_the_pending(_: Policy, case: Case, command: commands.RejectSolution) -> Refusals:
    return _answerable(case, command.proposal)


@_payload_rule(commands.ReassignOwner)
def _assignable(policy: Policy, case: Case, command: commands.ReassignOwner) -> Refusals:
    to, roles = command.to, policy.permissions.acknowledge
    refusals = _NONE
    if to.role not in roles:
        names = ", ".join(role.value for role in Role if role in roles)
        message = f"cannot reassign an escalation to {shown(to.id)}, {to.role.value}: an owner is a {names}"
        refusals += _refused(RefusalCode.NOT_ASSIGNABLE, message)
    known = case.known_person(to.id)
    if known is not None and known.role is not to.role:
        refusals += _mismatch(case, known, to)
    if case.escalation is not None and case.escalation.owner is not None and case.escalation.owner.id == to.id:
        message = f"cannot reassign an escalation to {shown(to.id)}, who owns it already"
        refusals += _refused(RefusalCode.ALREADY_OWNER, message)
    return refusals


@_payload_rule(commands.AddParticipant)
def _not_on_the_case(_: Policy, case: Case, command: commands.AddParticipant) -> Refusals:
    person = command.person
    if any(person.id == other.id for other in case.participants):
        message = f"cannot add {shown(person.id)} to case {case.id} again"
        return _refused(RefusalCode.ALREADY_PARTICIPANT, message)
    if person.role is Role.AUTOMATION:
        return _refused(RefusalCode.NOT_ASSIGNABLE, f"cannot add {shown(person.id)} to case {case.id}: no person")
    known = case.known_person(person.id)
    if known is not None and known.role is not person.role:
        return _mismatch(case, known, person)
    return _NONE


def _pending(case: Case) -> Proposal | None:
    if case.escalation is None or case.escalation.status is not EscalationStatus.SOLUTION_PROPOSED:
        return None
    return case.escalation.pending_proposal


def _closed(case: Case) -> Escalation | None:
    escalation = case.escalation
    return escalation if escalation is not None and escalation.status is EscalationStatus.CLOSED else None


def _post_mortem_held_at(case: Case) -> datetime | None:
    escalation = _closed(case)
    follow_up = None if escalation is None else escalation.follow_up(FollowUpKind.POST_MORTEM)
    return None if follow_up is None else follow_up.held_at
