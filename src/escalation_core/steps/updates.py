"""Updates: what the owner promises to customer and partner, and how often.

Rule 1: a promise is an absolute instant, stored in the event that made it.
Rule 2: an update is postponed at most once, before it is due, and only to a later time.
"""

from datetime import datetime

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.clocks import Clock, ClockKind, find
from escalation_core.errors import RefusalCode
from escalation_core.escalation import Escalation
from escalation_core.fast import EscalationChanges, maker
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.steps.deadlines import (
    clocks_after,
    next_update_if_any,
    refuse_wrong_promise,
    update_clock,
)
from escalation_core.steps.reminders import owner_reminded
from escalation_core.steps.rows import (
    NONE,
    Events,
    OverdueFacts,
    Refusals,
    Stamp,
    due,
    fold,
    impossible,
    refuse,
    step,
)

_UPDATE = (ClockKind.UPDATE,)

_make_posted = maker(events.ProgressUpdatePosted)
_make_postponed = maker(events.UpdatePostponed)
_make_overdue = maker(events.UpdateOverdue)
_make_clock = maker(Clock)


def _post_update(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.PostUpdate, stamp: Stamp
) -> Events:
    next_update_by = next_update_if_any(escalation, escalation.status, stamp["at"])
    return (_make_posted(**stamp, message=command.message, eta=command.eta, next_update_by=next_update_by),)


def _update_posted(case: Case, escalation: Escalation, event: events.ProgressUpdatePosted) -> EscalationChanges:
    refuse_wrong_promise(case, escalation, event, escalation.status, event.next_update_by)
    return clocks_after(escalation, event, _UPDATE, *update_clock(case, event, event.next_update_by))


def _refuse_unless_postponable(_case: Case, escalation: Escalation, _by: Person, now: datetime) -> Refusals:
    promised = find(escalation.clocks, ClockKind.UPDATE)
    if promised is None:
        message = "cannot postpone an update: none is promised while a proposal is pending"
        return refuse(RefusalCode.NO_UPDATE_PROMISED, message)
    refusals = NONE
    if now >= promised.due_at:
        message = f"cannot postpone an update that was due at {promised.due_at}: post it"
        refusals += refuse(RefusalCode.UPDATE_OVERDUE, message)
    if promised.postponed:
        message = f"cannot postpone the update of {promised.due_at}: already postponed; possible only once"
        refusals += refuse(RefusalCode.ALREADY_POSTPONED, message)
    return refusals


def _refuse_unless_later(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.PostponeUpdate
) -> Refusals:
    promised = find(escalation.clocks, ClockKind.UPDATE)
    if promised is None or command.until > promised.due_at:
        return NONE
    message = f"cannot postpone an update to {command.until}: it is promised for {promised.due_at}"
    return refuse(RefusalCode.NOT_LATER, message)


def _postpone_update(
    _policy: Policy, _case: Case, _escalation: Escalation, command: commands.PostponeUpdate, stamp: Stamp
) -> Events:
    return (_make_postponed(**stamp, next_update_by=command.until, reason=command.reason),)


def _update_postponed(case: Case, escalation: Escalation, event: events.UpdatePostponed) -> EscalationChanges:
    promised = find(escalation.clocks, ClockKind.UPDATE)
    if promised is None or promised.postponed or not event.at < promised.due_at < event.next_update_by:
        raise impossible(case, event, "no update is promised that can be postponed")
    due_at = event.next_update_by
    later = _make_clock(kind=ClockKind.UPDATE, due_at=due_at, remind_at=due_at, postponed=True)
    return clocks_after(escalation, event, _UPDATE, later)


def _update_overdue(_escalation: Escalation, facts: OverdueFacts) -> events.UpdateOverdue:
    return _make_overdue(**facts)


def _update_reminded(case: Case, escalation: Escalation, event: events.UpdateOverdue) -> EscalationChanges:
    return owner_reminded(case, escalation, event, ClockKind.UPDATE)


STEPS = (
    step(commands.PostUpdate, decide=_post_update),
    step(
        commands.PostponeUpdate,
        state=_refuse_unless_postponable,
        payload=_refuse_unless_later,
        decide=_postpone_update,
    ),
)
FOLDS = (
    fold(events.ProgressUpdatePosted, _update_posted),
    fold(events.UpdatePostponed, _update_postponed),
    fold(events.UpdateOverdue, _update_reminded),
)
DUE = (due(ClockKind.UPDATE, _update_overdue),)
