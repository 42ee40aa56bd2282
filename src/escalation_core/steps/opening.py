"""Opening: a case, an emergency on it, and its cancelation.

Rule 1: an emergency case starts its escalation in the step that opens it.
Rule 2: one escalation per case: a second emergency is a new case that names this one as related.
Rule 3: canceling keeps the case open; the case becomes a problem in the same step.
"""

from escalation_core import commands, events
from escalation_core.case import BusinessImpact, Case, CaseType, Priority, Risk
from escalation_core.clocks import ClockKind
from escalation_core.errors import RefusalCode
from escalation_core.escalation import Escalation, EscalationStatus
from escalation_core.fast import CaseChanges, EscalationChanges, maker
from escalation_core.policy import Policy
from escalation_core.steps.deadlines import clocks_after, make_clock
from escalation_core.steps.rows import (
    NONE,
    Events,
    Refusals,
    Stamp,
    case_fold,
    case_step,
    fold,
    impossible,
    no_case_change,
    refuse,
    second,
    step,
)

_make_opened = maker(events.CaseOpened)
_make_started = maker(events.EscalationStarted)
_make_canceled = maker(events.EscalationCanceled)
_make_reclassified = maker(events.CaseReclassified)
_make_escalation = maker(Escalation)

_ALL_CLOCKS = tuple(ClockKind)


def _open(policy: Policy, case: Case, _command: commands.OpenCase, stamp: Stamp) -> Events:
    opened = _make_opened(**stamp, case=case)
    if case.type is not CaseType.EMERGENCY:
        return (opened,)
    return (opened, _start(policy, case, second(stamp), risk=case.risk, explanation=case.description))


def _refuse_second_emergency(case: Case) -> Refusals:
    if case.escalation is None:
        return NONE
    message = (
        f"cannot declare an emergency on case {case.id}, whose escalation is {case.escalation.status}: "
        f"a second emergency is a new case that names this one as related"
    )
    return refuse(RefusalCode.ESCALATION_EXISTS, message)


def _declare(policy: Policy, case: Case, command: commands.DeclareEmergency, stamp: Stamp) -> Events:
    return (_start(policy, case, stamp, risk=command.risk, explanation=command.explanation),)


def _start(
    policy: Policy, case: Case, stamp: Stamp, *, risk: Risk | None, explanation: str
) -> events.EscalationStarted:
    timing, now = policy.timing, stamp["at"]
    return _make_started(
        **stamp,
        risk=risk,
        explanation=explanation,
        stakeholders=policy.audiences.stakeholders(case),
        terms=policy.terms,
        acknowledge_by=timing.hours.add(now, timing.acknowledge_within),
        remind_at=timing.hours.add(now, timing.alarms[0].after),
    )


def _started(case: Case, event: events.EscalationStarted) -> CaseChanges:
    if case.escalation is not None:
        raise impossible(case, event, "there is an escalation")
    if not event.at < event.remind_at <= event.acknowledge_by:
        raise impossible(case, event, "the reminder must follow the start, no later than the acknowledgement is due")
    clock = make_clock(kind=ClockKind.ACKNOWLEDGEMENT, due_at=event.acknowledge_by, remind_at=event.remind_at)
    escalation = _make_escalation(
        status=EscalationStatus.STARTED,
        started_at=event.at,
        stakeholders=event.stakeholders,
        terms=event.terms,
        clocks=(clock,),
    )
    return {
        "escalation": escalation,
        "type": CaseType.EMERGENCY,
        "impact": BusinessImpact.P1,
        "priority": Priority.URGENT,
        "risk": event.risk,
    }


def _cancel(
    policy: Policy, _case: Case, _escalation: Escalation, command: commands.CancelEscalation, stamp: Stamp
) -> Events:
    return (
        _make_canceled(**stamp, reason=command.reason, explanation=command.explanation),
        _make_reclassified(**second(stamp), type=CaseType.PROBLEM, priority=policy.misuse.canceled_priority),
    )


def _canceled(_case: Case, escalation: Escalation, event: events.EscalationCanceled) -> EscalationChanges:
    running = clocks_after(escalation, event, _ALL_CLOCKS)
    return running | {"cancel_reason": event.reason, "ended_at": event.at}


def _reclassified(case: Case, event: events.CaseReclassified) -> CaseChanges:
    canceled = case.escalation is not None and case.escalation.status is EscalationStatus.CANCELED
    if not canceled or case.type is not CaseType.EMERGENCY:
        raise impossible(case, event, "no emergency was canceled")
    if event.type is not CaseType.PROBLEM or event.priority is Priority.URGENT:
        raise impossible(case, event, "a canceled emergency is a problem below URGENT")
    return {"type": event.type, "priority": event.priority}


STEPS = (
    case_step(commands.OpenCase, decide=_open),
    case_step(commands.DeclareEmergency, state=_refuse_second_emergency, decide=_declare),
    step(commands.CancelEscalation, decide=_cancel),
)
FOLDS = (
    case_fold(events.CaseOpened, no_case_change),
    case_fold(events.EscalationStarted, _started),
    fold(events.EscalationCanceled, _canceled),
    case_fold(events.CaseReclassified, _reclassified),
)
