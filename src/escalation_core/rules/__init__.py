"""Which rules a command fails: every one of them, as refusals.

Rule 1: nothing here changes anything, or says what a command would do; that is for ``decide``.
Rule 2: a refusal names both facts in one sentence: what was asked for, and why not now.
Rule 3: a command that was done before is asked nothing but whether it says the same.
Rule 4: what holds for every payload of a command is a state rule, and is what ``options`` shows; the rest are payload
rules, which need the command itself.
"""

from datetime import datetime

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.commands import COMMANDS, Command
from escalation_core.deduplication import Earlier
from escalation_core.errors import RefusalCode
from escalation_core.lifecycle import CASE, ESCALATION
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.policy import Policy
from escalation_core.rules.of_payload import PAYLOAD_RULES
from escalation_core.rules.of_state import STATE_RULES
from escalation_core.rules.refusing import NONE, Refusals, mismatch, refused
from escalation_core.values import must_be, shown

_KNOWN = frozenset(COMMANDS)


def check_types(case: Case, command: Command) -> None:
    """Raise a TypeError unless the case is a case, and the command one of this library."""
    if not isinstance(case, Case):
        raise TypeError(must_be("case", "a Case", case))
    if type(command) not in _KNOWN:
        raise TypeError(must_be("command", "a command of this library", command))


def unmet(policy: Policy, case: Case, command: Command, now: datetime, before: Earlier | None = None) -> Refusals:
    """Return a refusal for every rule that this command fails; a repeat of an earlier command fails none."""
    if before is not None:
        return () if before.same else _reused(policy, case, command, before)
    kind = type(command)
    refusals = may(policy, case, kind, command.by, now)
    payload_rule = PAYLOAD_RULES.get(kind)
    if payload_rule is not None:
        refusals += payload_rule(policy, case, command)
    for rule in policy.rules:
        refusals += rule(case, command, now)
    return refusals


def _reused(policy: Policy, case: Case, command: Command, before: Earlier) -> Refusals:
    """Refuse a command whose id another command had; to a sender without permission, say only that."""
    first = f"{case.id}/{before.versions[0]}"
    message = f"cannot {command.action} as {shown(command.command_id)}: another command of this id made {first}"
    return _permission(policy, case, type(command), command.by) or refused(RefusalCode.COMMAND_ID_REUSED, message)


def may(policy: Policy, case: Case, kind: type[Command], by: Person, now: datetime) -> Refusals:
    """List the rules that every command of this kind fails, whatever else it says."""
    refusals = _permission(policy, case, kind, by)
    if case.version == 0:
        refusals += _before_opening(case, kind)
    else:
        refusals += _legality(case, kind)
        state_rule = STATE_RULES.get(kind)
        if state_rule is not None:
            refusals += state_rule(case, by, now)
        if case.updated_at is not None and now < case.updated_at:
            message = f"cannot {kind.action} at {now}: the last event of case {case.id} was at {case.updated_at}"
            refusals += refused(RefusalCode.TIME_RUNS_BACKWARDS, message)
    return refusals


def _permission(policy: Policy, case: Case, kind: type[Command], by: Person) -> Refusals:
    refusals = NONE
    roles = policy.permissions.roles_for(kind)
    if by.role not in roles:
        names = ", ".join(role.value for role in Role if role in roles) or "nobody"
        message = f"cannot {kind.action} as {by.role.value}: that is for {names}"
        refusals += refused(RefusalCode.ROLE_NOT_PERMITTED, message)
    known = case.known_person(by.id)
    if known is not None and known.role is not by.role:
        refusals += mismatch(case, known, by)
    elif by.role in EXTERNAL_ROLES and known not in case.participants:
        message = f"cannot {kind.action}: {shown(by.id)} does not take part in case {case.id}"
        refusals += refused(RefusalCode.NOT_A_PARTICIPANT, message)
    return refusals


def _before_opening(case: Case, kind: type[Command]) -> Refusals:
    if kind is commands.OpenCase:
        return NONE
    return refused(RefusalCode.CASE_NOT_OPENED, f"cannot {kind.action}: case {case.id} is not open yet")


def _legality(case: Case, kind: type[Command]) -> Refusals:
    statuses = ESCALATION.sources.get(kind)
    if statuses is None:
        if case.status in CASE.sources.get(kind, ()):  # no status has a row for OpenCase: it begins the table
            return NONE
        return refused(RefusalCode.ILLEGAL_TRANSITION, f"cannot {kind.action} that is {case.status.value}")
    if case.escalation is None:
        return refused(RefusalCode.NO_ESCALATION, f"cannot {kind.action}: case {case.id} has none")
    if case.escalation.status in statuses:
        return NONE
    return refused(RefusalCode.ILLEGAL_TRANSITION, f"cannot {kind.action} that is {case.escalation.status.value}")
