"""The verdict on a command: accepted, a repeat, or refused with every rule that it fails.

Rule 1: a verdict changes nothing, and does not contain the effect of the command.
Rule 2: a message is one sentence that names the refused action and the reason.
Rule 3: rules of the state and of the fields are checked only where the move is legal.
Rule 4: a repeat is compared with the first command, and no other rule is checked.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from escalation_core import commands
from escalation_core.case import Case, CaseStatus
from escalation_core.checks import must_be, shown
from escalation_core.commands import Command
from escalation_core.deduplication import Earlier, earlier
from escalation_core.errors import RefusalCode
from escalation_core.escalation import EscalationStatus
from escalation_core.events.base import Event
from escalation_core.people import EXTERNAL_ROLES, Person
from escalation_core.policy import Policy
from escalation_core.steps.frame import STEPS
from escalation_core.steps.rows import NONE, Refusals, refuse, role_mismatch
from escalation_core.table import CASE, COMMANDS, ESCALATION

#: The refusals of a command, and the versions of the events that it repeats; ``()`` and ``()`` for a new command.
Verdict = tuple[Refusals, tuple[int, ...]]


def judge(
    policy: Policy,
    case: Case,
    command: Command,
    now: datetime,
    recorded: Iterable[Event] = (),
    described: Case | None = None,
) -> Verdict:
    """Return the verdict on a command.

    Args:
        policy: the host's choices.
        case: the case as stored.
        command: the request.
        now: an instant in UTC.
        recorded: the stored events with the id of the command.
        described: the case as described, for an ``OpenCase`` of a case that is open already.

    Raises:
        TypeError: the case is not a case, the command is not one of this library, or ``recorded`` has no events.
        ValueError: ``recorded`` has events of another case or command, or of versions beyond the case's.
    """
    if not isinstance(case, Case):
        raise TypeError(must_be("case", "a Case", case))
    kind = type(command)
    if kind not in STEPS:
        raise TypeError(must_be("command", "a command of this library", command))
    if command.command_id is not None or recorded != ():
        before = earlier(case, command, recorded, described=described)
        if before is not None:
            return NONE if before.same else _reused(policy, case, command, before), before.versions
    refusals = may(policy, case, kind, command.by, now)
    row = STEPS[kind]
    if row.payload is not None and is_legal(case, kind):
        if row.about_case:
            refusals += row.payload(case, command)
        else:
            refusals += row.payload(policy, case, case.escalation, command)
    for rule in policy.rules:
        refusals += rule(case, command, now)
    return refusals, ()


def _reused(policy: Policy, case: Case, command: Command, before: Earlier) -> Refusals:
    """Return the refusals of a command with the id of a different, earlier command.

    A person without permission gets only the refusals of the permission, and learns nothing about the earlier command.
    """
    first = f"{case.id}/{before.versions[0]}"
    message = (
        f"cannot {command.action} under the id {shown(command.command_id)}: another command with this id made {first}"
    )
    refusals = _permission(policy, case, type(command), command.by)
    return refusals or refuse(RefusalCode.COMMAND_ID_REUSED, message)


def may(policy: Policy, case: Case, kind: type[Command], by: Person, now: datetime) -> Refusals:
    """Return the refusals of every command of this class by this person, which do not depend on its other fields."""
    refusals = _permission(policy, case, kind, by)
    if case.version == 0:
        if kind is not commands.OpenCase:
            message = f"cannot {kind.action}: case {case.id} is not open yet"
            refusals += refuse(RefusalCode.CASE_NOT_OPENED, message)
        return refusals
    refusals += _state(case, kind, by, now) if is_legal(case, kind) else _illegal(case, kind)
    if case.updated_at is not None and now < case.updated_at:
        message = f"cannot {kind.action} at {now}: the last event of case {case.id} was at {case.updated_at}"
        refusals += refuse(RefusalCode.TIME_RUNS_BACKWARDS, message)
    return refusals


def allowed(policy: Policy, case: Case, by: Person, now: datetime) -> tuple[type[Command], ...]:
    """Return the classes of commands for which ``may`` has no refusals, without writing any message for the others."""
    known = case.known_person(by.id)
    if (known is not None and known.role is not by.role) or _is_stranger(case, known, by):
        return ()
    if case.updated_at is not None and now < case.updated_at:
        return ()
    legal = _legal(case.status, None if case.escalation is None else case.escalation.status)
    roles_for = policy.permissions.roles_for
    return tuple(
        kind
        for kind in (legal if case.version else (commands.OpenCase,))
        if by.role in roles_for(kind) and not (case.version and _state(case, kind, by, now))
    )


@cache
def _legal(case_status: CaseStatus, status: EscalationStatus | None) -> tuple[type[Command], ...]:
    """Return the commands that the table has moves for from these statuses, in its order."""
    return tuple(
        kind
        for kind in COMMANDS
        if status in ESCALATION.sources.get(kind, ()) or case_status in CASE.sources.get(kind, ())
    )


def is_legal(case: Case, kind: type[Command]) -> bool:
    """Whether the table has a move of this command from the status of the case and its escalation."""
    if case.version == 0:
        return kind is commands.OpenCase
    statuses = ESCALATION.sources.get(kind)
    if statuses is None:
        return case.status in CASE.sources.get(kind, ())  # no status has a row for OpenCase, which begins the table
    return case.escalation is not None and case.escalation.status in statuses


def _illegal(case: Case, kind: type[Command]) -> Refusals:
    if kind not in ESCALATION.sources:
        return refuse(RefusalCode.ILLEGAL_TRANSITION, f"cannot {kind.action} that is {case.status}")
    if case.escalation is None:
        return refuse(RefusalCode.NO_ESCALATION, f"cannot {kind.action}: case {case.id} has none")
    return refuse(RefusalCode.ILLEGAL_TRANSITION, f"cannot {kind.action} that is {case.escalation.status}")


def _state(case: Case, kind: type[Command], by: Person, now: datetime) -> Refusals:
    row = STEPS[kind]
    if row.state is None:
        return NONE
    return row.state(case) if row.about_case else row.state(case, case.escalation, by, now)


def _permission(policy: Policy, case: Case, kind: type[Command], by: Person) -> Refusals:
    refusals = NONE
    roles = policy.permissions.roles_for(kind)
    if by.role not in roles:
        message = f"cannot {kind.action} as {by.role}: permitted for {', '.join(roles) or 'nobody'}"
        refusals += refuse(RefusalCode.ROLE_NOT_PERMITTED, message)
    known = case.known_person(by.id)
    if known is not None and known.role is not by.role:
        refusals += role_mismatch(case, known, by)
    elif _is_stranger(case, known, by):
        message = f"cannot {kind.action}: {shown(by.id)} does not take part in case {case.id}"
        refusals += refuse(RefusalCode.NOT_A_PARTICIPANT, message)
    return refusals


def _is_stranger(case: Case, known: Person | None, by: Person) -> bool:
    """Whether an external person does not participate in the case."""
    return by.role in EXTERNAL_ROLES and known not in case.participants
