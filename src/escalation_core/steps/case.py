"""The case in the normal support process: diagnosis, solution, closing, priority and internal notes."""

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.errors import RefusalCode
from escalation_core.events.base import Event
from escalation_core.fast import CaseChanges
from escalation_core.steps.rows import (
    NONE,
    Refusals,
    case_fold,
    case_step,
    impossible,
    no_case_change,
    refuse,
)


def _refuse_closing_while_active(case: Case) -> Refusals:
    if case.escalation is None or not case.escalation.active:
        return NONE
    message = f"cannot close case {case.id} while its escalation is {case.escalation.status}"
    return refuse(RefusalCode.ESCALATION_ACTIVE, message)


def _refuse_priority_while_active(case: Case) -> Refusals:
    if case.escalation is None or not case.escalation.active:
        return NONE
    message = (
        f"cannot reprioritize case {case.id} while its escalation is {case.escalation.status}: "
        f"an emergency has the highest priority"
    )
    return refuse(RefusalCode.ESCALATION_ACTIVE, message)


def _refuse_while_active(case: Case, event: Event) -> None:
    if case.escalation is not None and case.escalation.active:
        raise impossible(case, event, "the escalation is active")


def _closed(case: Case, event: events.CaseClosed) -> CaseChanges:
    _refuse_while_active(case, event)
    return {}


def _reprioritized(case: Case, event: events.CaseReprioritized) -> CaseChanges:
    _refuse_while_active(case, event)
    return {"priority": event.priority}


STEPS = (
    case_step(commands.AddInternalNote),
    case_step(commands.StartDiagnosis),
    case_step(commands.ProposeCaseSolution),
    case_step(commands.CloseCase, state=_refuse_closing_while_active),
    case_step(commands.ReprioritizeCase, state=_refuse_priority_while_active),
)
FOLDS = (
    case_fold(events.InternalNoteAdded, no_case_change),
    case_fold(events.DiagnosisStarted, no_case_change),
    case_fold(events.CaseSolutionProposed, no_case_change),
    case_fold(events.CaseClosed, _closed),
    case_fold(events.CaseReprioritized, _reprioritized),
)
