"""Ownership: the rep who acknowledges an escalation owns it, until another rep takes it over.

Rule 1: from the acknowledgement to the closing there is exactly one owner.
Rule 2: only a role that may acknowledge can own an escalation.
"""

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.checks import shown
from escalation_core.clocks import ClockKind
from escalation_core.errors import RefusalCode
from escalation_core.escalation import Escalation
from escalation_core.fast import EscalationChanges, maker
from escalation_core.people import INTERNAL_ROLES
from escalation_core.policy import Policy
from escalation_core.steps.deadlines import clocks_after, new_clock
from escalation_core.steps.rows import (
    NONE,
    Events,
    Refusals,
    Stamp,
    fold,
    impossible,
    refuse,
    role_mismatch,
    step,
)

_ACKNOWLEDGEMENT = (ClockKind.ACKNOWLEDGEMENT,)

_make_acknowledged = maker(events.EscalationAcknowledged)
_make_reassigned = maker(events.OwnerReassigned)


def _acknowledge(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.Acknowledge, stamp: Stamp
) -> Events:
    now = stamp["at"]
    next_update_by = escalation.timing.next_update_by(now, now)
    return (_make_acknowledged(**stamp, owner=command.by, next_update_by=next_update_by),)


def _acknowledged(case: Case, escalation: Escalation, event: events.EscalationAcknowledged) -> EscalationChanges:
    owner = event.owner
    if owner != event.by or owner.role not in INTERNAL_ROLES:
        raise impossible(case, event, "the owner must be the internal person who acknowledges")
    update = new_clock(case, event, ClockKind.UPDATE, event.next_update_by)
    running = clocks_after(escalation, event, _ACKNOWLEDGEMENT, update)
    return running | {"owner": owner, "acknowledged_at": event.at}


def _refuse_unassignable(
    policy: Policy, case: Case, escalation: Escalation, command: commands.ReassignOwner
) -> Refusals:
    to, roles = command.to, policy.permissions.roles_for(commands.Acknowledge)
    refusals = NONE
    if to.role not in roles:
        message = f"cannot reassign an escalation to {shown(to.id)} as {to.role}: permitted for {', '.join(roles)}"
        refusals += refuse(RefusalCode.NOT_ASSIGNABLE, message)
    known = case.known_person(to.id)
    if known is not None and known.role is not to.role:
        refusals += role_mismatch(case, known, to)
    if escalation.owner is not None and escalation.owner.id == to.id:
        message = f"cannot reassign an escalation to {shown(to.id)}, who already owns it"
        refusals += refuse(RefusalCode.ALREADY_OWNER, message)
    return refusals


def _reassign(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.ReassignOwner, stamp: Stamp
) -> Events:
    previous = escalation.owner
    assert previous is not None  # noqa: S101  # the table: from ACKNOWLEDGED on there is an owner
    return (_make_reassigned(**stamp, owner=command.to, previous=previous),)


def _reassigned(case: Case, escalation: Escalation, event: events.OwnerReassigned) -> EscalationChanges:
    if event.previous != escalation.owner or event.owner.role not in INTERNAL_ROLES:
        raise impossible(case, event, "another person is the owner, or the new one is not internal")
    return {"owner": event.owner}


STEPS = (
    step(commands.Acknowledge, decide=_acknowledge),
    step(commands.ReassignOwner, payload=_refuse_unassignable, decide=_reassign),
)
FOLDS = (
    fold(events.EscalationAcknowledged, _acknowledged),
    fold(events.OwnerReassigned, _reassigned),
)
