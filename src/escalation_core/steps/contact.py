"""Contact: real-time communication, and reports of contacts outside the case."""

from datetime import datetime

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.checks import shown
from escalation_core.errors import RefusalCode
from escalation_core.escalation import Escalation
from escalation_core.fast import EscalationChanges
from escalation_core.people import Person
from escalation_core.steps.rows import NONE, Refusals, fold, no_change, refuse, step


def _refuse_if_requested(_case: Case, escalation: Escalation, _by: Person, _now: datetime) -> Refusals:
    if escalation.real_time is None:
        return NONE
    message = f"cannot request real-time communication: it is already requested on {shown(escalation.real_time)}"
    return refuse(RefusalCode.REAL_TIME_OPEN, message)


def _refuse_unless_requested(case: Case, escalation: Escalation, _by: Person, _now: datetime) -> Refusals:
    if escalation.real_time is not None:
        return NONE
    message = f"cannot end real-time communication: none is requested on case {case.id}"
    return refuse(RefusalCode.REAL_TIME_NOT_OPEN, message)


def _requested(_case: Case, _escalation: Escalation, event: events.RealTimeCommunicationRequested) -> EscalationChanges:
    return {"real_time": event.channel}


def _ended(_case: Case, _escalation: Escalation, _event: events.RealTimeCommunicationEnded) -> EscalationChanges:
    return {"real_time": None}


STEPS = (
    step(commands.RequestRealTimeCommunication, state=_refuse_if_requested),
    step(commands.EndRealTimeCommunication, state=_refuse_unless_requested),
    step(commands.ReportSideChannelContact),
)
FOLDS = (
    fold(events.RealTimeCommunicationRequested, _requested),
    fold(events.RealTimeCommunicationEnded, _ended),
    fold(events.SideChannelContactReported, no_change),
)
