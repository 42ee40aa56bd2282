"""What the state of a case has against a kind of command, whatever else the command says."""

from collections.abc import Callable
from datetime import datetime

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.clocks import ClockKind, find
from escalation_core.commands import Command
from escalation_core.errors import RefusalCode
from escalation_core.escalation import Escalation, EscalationStatus, FollowUpKind, Proposal
from escalation_core.lifecycle import ESCALATION
from escalation_core.people import EXTERNAL_ROLES, Person
from escalation_core.rules.refusing import NONE, Refusals, refused
from escalation_core.values import shown

STATE_RULES: dict[type[Command], Callable[[Case, Person, datetime], Refusals]] = {}


def _state_rule(
    *kinds: type[Command],
) -> Callable[[Callable[[Case, Person, datetime], Refusals]], Callable[[Case, Person, datetime], Refusals]]:
    def register(rule: Callable[[Case, Person, datetime], Refusals]) -> Callable[[Case, Person, datetime], Refusals]:
        STATE_RULES.update(dict.fromkeys(kinds, rule))
        return rule

    return register


@_state_rule(commands.DeclareEmergency)
def _one_escalation_per_case(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None:
        return NONE
    message = (
        f"cannot declare an emergency on case {case.id}, whose escalation is {case.escalation.status.value}: "
        f"a second emergency is a new case that names this one as related"
    )
    return refused(RefusalCode.ESCALATION_EXISTS, message)


@_state_rule(commands.CloseCase)
def _no_active_escalation(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or not case.escalation.active:
        return NONE
    message = f"cannot close case {case.id} while its escalation is {case.escalation.status.value}"
    return refused(RefusalCode.ESCALATION_ACTIVE, message)


@_state_rule(commands.ReprioritizeCase)
def _emergencies_are_urgent(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or not case.escalation.active:
        return NONE
    message = (
        f"cannot reprioritize case {case.id} while its escalation is {case.escalation.status.value}: "
        f"an emergency has the highest priority"
    )
    return refused(RefusalCode.ESCALATION_ACTIVE, message)


@_state_rule(commands.AcceptSolution)
def _side_may_accept(case: Case, by: Person, now: datetime) -> Refusals:
    refusals = _side_is_asked(case, by, now)
    pending = _pending(case)
    if pending is not None and by.role in pending.approved_by:
        message = f"cannot accept the proposal {pending.id} again: the {by.role.value} has accepted it"
        refusals += refused(RefusalCode.ALREADY_APPROVED, message)
    return refusals


@_state_rule(commands.RejectSolution)
def _side_is_asked(case: Case, by: Person, _now: datetime) -> Refusals:
    pending = _pending(case)
    if pending is None or by.role not in EXTERNAL_ROLES or by.role in pending.asked:
        return NONE
    message = f"cannot answer the proposal {pending.id}: the {by.role.value} was not asked"
    return refused(RefusalCode.SIDE_NOT_ASKED, message)


@_state_rule(commands.CloseEscalation)
def _answered_or_silent_long_enough(case: Case, _by: Person, now: datetime) -> Refusals:
    pending = _pending(case)
    if pending is None or (pending.closable_at is not None and now >= pending.closable_at):
        return NONE
    since = "its solution is neither accepted nor rejected"
    until = "" if pending.closable_at is None else f", and silence closes it from {pending.closable_at} on"
    message = f"cannot close an escalation that is {EscalationStatus.SOLUTION_PROPOSED.value}: {since}{until}"
    return refused(RefusalCode.ANSWER_PENDING, message)


@_state_rule(commands.RequestRealTimeCommunication)
def _real_time_not_open(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or case.escalation.real_time is None:
        return NONE
    message = f"cannot request real-time communication again: it is requested on {shown(case.escalation.real_time)}"
    return refused(RefusalCode.REAL_TIME_OPEN, message)


@_state_rule(commands.EndRealTimeCommunication)
def _real_time_open(case: Case, _by: Person, _now: datetime) -> Refusals:
    if case.escalation is None or case.escalation.real_time is not None:
        return NONE
    return refused(
        RefusalCode.REAL_TIME_NOT_OPEN, f"cannot end real-time communication: case {case.id} has none requested"
    )


def _owed(kind: FollowUpKind) -> Callable[[Case, Person, datetime], Refusals]:
    def rule(case: Case, _by: Person, _now: datetime) -> Refusals:
        escalation = _closed(case)
        if escalation is None:
            return NONE
        follow_up = escalation.follow_up(kind)
        if follow_up is None:
            message = f"cannot share a {kind.value}: case {case.id} owes none"
            return refused(RefusalCode.NOT_OWED, message)
        if follow_up.done:
            message = f"the {kind.value} of case {case.id} was done at {follow_up.done_at}"
            return refused(RefusalCode.ALREADY_DONE, message)
        return NONE

    return rule


_state_rule(commands.DebriefStakeholders)(_owed(FollowUpKind.DEBRIEF))
_state_rule(commands.ShareRootCauseAnalysis)(_owed(FollowUpKind.ROOT_CAUSE_ANALYSIS))
_post_mortem_owed = _owed(FollowUpKind.POST_MORTEM)


@_state_rule(commands.HoldPostMortem)
def _post_mortem_not_held(case: Case, by: Person, now: datetime) -> Refusals:
    held = _post_mortem_held_at(case)
    if held is None:
        return _post_mortem_owed(case, by, now)
    return refused(RefusalCode.ALREADY_DONE, f"the post mortem of case {case.id} was held at {held}")


@_state_rule(commands.SharePostMortem)
def _post_mortem_held(case: Case, by: Person, now: datetime) -> Refusals:
    if _closed(case) is not None and _post_mortem_held_at(case) is None:
        message = f"cannot share the post mortem of case {case.id} before it is held"
        return refused(RefusalCode.POST_MORTEM_NOT_HELD, message)
    return _post_mortem_owed(case, by, now)


_WITH_UPDATES = ESCALATION.sources[commands.PostponeUpdate]


@_state_rule(commands.PostponeUpdate)
def _one_update_to_postpone(case: Case, _by: Person, now: datetime) -> Refusals:
    escalation = case.escalation
    if escalation is None or escalation.status not in _WITH_UPDATES:
        return NONE
    promised = find(escalation.clocks, ClockKind.UPDATE)
    if promised is None:
        message = "cannot postpone an update: none is promised while a proposal waits for its answer"
        return refused(RefusalCode.NO_UPDATE_PROMISED, message)
    refusals = NONE
    if now >= promised.due_at:
        message = f"cannot postpone an update that was due at {promised.due_at}: post it"
        refusals += refused(RefusalCode.UPDATE_OVERDUE, message)
    if promised.postponed:
        message = f"cannot postpone the update of {promised.due_at} again: it was promised for an earlier time before"
        refusals += refused(RefusalCode.ALREADY_POSTPONED, message)
    return refusals


@_state_rule(commands.RaiseLevel)
def _there_is_a_further_rung(case: Case, _by: Person, _now: datetime) -> Refusals:
    escalation = case.escalation
    if escalation is None or not escalation.active or escalation.level < len(escalation.timing.ladder):
        return NONE
    message = f"cannot raise the level {escalation.level} of the escalation: its ladder has no further rung"
    return refused(RefusalCode.TOP_OF_LADDER, message)


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
