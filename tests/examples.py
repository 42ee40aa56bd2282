"""The people, cases and commands that the tests share; every state is reached by real commands."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

import escalation_core as ec
from escalation_core import commands

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@a.example")
PAUL = ec.Person(id="paul", role=ec.Role.PARTNER, name="Paul", email="paul@p.example")
RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita")
OTTO = ec.Person(id="otto", role=ec.Role.SUPPORT_REP, name="Otto")
LEA = ec.Person(id="lea", role=ec.Role.SUPPORT_LEAD, name="Lea")
ARNO = ec.Person(id="arno", role=ec.Role.ACCOUNT_MANAGER)
PIA = ec.Person(id="pia", role=ec.Role.PARTNER_MANAGER)
SUE = ec.Person(id="sue", role=ec.Role.CUSTOMER_SUCCESS_MANAGER)
BOSS = ec.Person(id="boss", role=ec.Role.LEADERSHIP)
DEV = ec.Person(id="dev", role=ec.Role.DEVELOPMENT)
OPS = ec.Person(id="ops", role=ec.Role.DEVOPS)
SEC = ec.Person(id="sec", role=ec.Role.SECURITY)
CLOCK = ec.Person(id="clock", role=ec.Role.AUTOMATION)
NEWCOMER = ec.Person(id="nina", role=ec.Role.CUSTOMER, name="Nina")
STRANGER = ec.Person(id="stan", role=ec.Role.CUSTOMER, name="Stan")

#: One person per role.
CAST = (ANA, PAUL, RITA, LEA, ARNO, PIA, SUE, BOSS, DEV, OPS, SEC, CLOCK)

PROCESS = ec.Process()


def emergency(**changes: Any) -> ec.Case:  # noqa: ANN401  # fields of Case
    """Describe an emergency of a customer with a partner; not opened yet."""
    fields: dict[str, Any] = {
        "id": "4711",
        "customer": "Customer A",
        "partner": "Partner P",
        "requester": ANA,
        "participants": (ANA, PAUL),
        "type": ec.CaseType.EMERGENCY,
        "impact": ec.BusinessImpact.P1,
        "risk": ec.Risk.GO_LIVE,
        "production": True,
        "subject": "Nothing works",
        "description": "We go live tomorrow",
    }
    return ec.Case(**(fields | changes))


def problem(**changes: Any) -> ec.Case:  # noqa: ANN401  # fields of Case
    """Describe a regular problem; not opened yet."""
    return emergency(**({"type": ec.CaseType.PROBLEM, "impact": ec.BusinessImpact.P3, "risk": None} | changes))


def opened(case: ec.Case, process: ec.Process = PROCESS) -> ec.Case:
    """Open a case at ``T0``."""
    return process.open(case, by=RITA, now=T0).case


def after(case: ec.Case, *steps: commands.Command, process: ec.Process = PROCESS) -> ec.Case:
    """Do these one after the other, one minute apart."""
    for step in steps:
        case = process.handle(case, step, now=later(case)).case
    return case


def later(case: ec.Case) -> datetime:
    """Give the minute after the case's last event."""
    return T0 if case.updated_at is None else case.updated_at + MINUTE


def reach(status: ec.EscalationStatus | None, process: ec.Process = PROCESS, **changes: Any) -> ec.Case:  # noqa: ANN401
    """Drive a case to this status of its escalation; None is a regular problem."""
    if status is None:
        return opened(problem(**changes), process)
    start = emergency(**changes)
    yes = [commands.AcceptSolution(by=person) for person in start.participants if person.role in (ANA.role, PAUL.role)]
    ack = commands.Acknowledge(by=RITA)
    propose = commands.ProposeSolution(by=RITA, summary="Restart it")
    steps: dict[ec.EscalationStatus, list[commands.Command]] = {
        ec.EscalationStatus.STARTED: [],
        ec.EscalationStatus.CANCELED: [
            commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="A regular bug")
        ],
        ec.EscalationStatus.ACKNOWLEDGED: [ack],
        ec.EscalationStatus.SOLUTION_PROPOSED: [ack, propose],
        ec.EscalationStatus.SOLUTION_ACCEPTED: [ack, propose, *yes],
        ec.EscalationStatus.SOLUTION_REJECTED: [ack, propose, commands.RejectSolution(by=ANA, reason="It broke more")],
        ec.EscalationStatus.CLOSED: [ack, propose, *yes, commands.CloseEscalation(by=RITA)],
    }
    return after(opened(start, process), *steps[status], process=process)


def escalation_of(case: ec.Case) -> ec.Escalation:
    """Give the escalation of a case that has one."""
    assert case.escalation is not None
    return case.escalation


def fields_of(value: attrs.AttrsInstance) -> tuple[Any, ...]:
    """Give the attrs fields of a value."""
    found: tuple[Any, ...] = attrs.fields(type(value))
    return found


def codes(refusals: tuple[ec.Refusal, ...]) -> set[str]:
    """Give the codes of refusals."""
    return {str(refusal.code) for refusal in refusals}


SAMPLES: dict[type[commands.Command], Callable[[ec.Person], commands.Command]] = {
    commands.OpenCase: lambda by: commands.OpenCase(by=by),
    commands.DeclareEmergency: lambda by: commands.DeclareEmergency(
        by=by, risk=ec.Risk.OUTAGE, explanation="All is down"
    ),
    commands.CancelEscalation: lambda by: commands.CancelEscalation(
        by=by, reason=ec.CancelReason.MISUSE, explanation="A regular bug"
    ),
    commands.Acknowledge: lambda by: commands.Acknowledge(by=by),
    commands.PostUpdate: lambda by: commands.PostUpdate(by=by, message="We are at it"),
    commands.PostponeUpdate: lambda by: commands.PostponeUpdate(
        by=by, until=T0 + timedelta(hours=9), reason="The vendor looks at it"
    ),
    commands.ProposeSolution: lambda by: commands.ProposeSolution(by=by, summary="Restart it"),
    commands.AcceptSolution: lambda by: commands.AcceptSolution(by=by),
    commands.RejectSolution: lambda by: commands.RejectSolution(by=by, reason="It broke more"),
    commands.CloseEscalation: lambda by: commands.CloseEscalation(by=by),
    commands.ReassignOwner: lambda by: commands.ReassignOwner(by=by, to=OTTO),
    commands.AddInternalNote: lambda by: commands.AddInternalNote(by=by, text="They are upset"),
    commands.RequestRealTimeCommunication: lambda by: commands.RequestRealTimeCommunication(
        by=by, channel="Room 7", reason="To look at it together"
    ),
    commands.EndRealTimeCommunication: lambda by: commands.EndRealTimeCommunication(by=by),
    commands.ReportSideChannelContact: lambda by: commands.ReportSideChannelContact(
        by=by, contacted="the CEO", channel="telephone", note="He was asleep"
    ),
    commands.RaiseLevel: lambda by: commands.RaiseLevel(by=by, from_level=0, reason="It is worse than it looks"),
    commands.AttributeCause: lambda by: commands.AttributeCause(
        by=by, cause=ec.Cause.SOFTWARE, production=True, explanation="A race"
    ),
    commands.AddParticipant: lambda by: commands.AddParticipant(by=by, person=NEWCOMER),
    commands.DebriefStakeholders: lambda by: commands.DebriefStakeholders(by=by, notes="All told"),
    commands.HoldPostMortem: lambda by: commands.HoldPostMortem(by=by, findings="No test"),
    commands.SharePostMortem: lambda by: commands.SharePostMortem(by=by, document="https://pm.example"),
    commands.ShareRootCauseAnalysis: lambda by: commands.ShareRootCauseAnalysis(by=by, document="https://rca.example"),
    commands.StartDiagnosis: lambda by: commands.StartDiagnosis(by=by),
    commands.ProposeCaseSolution: lambda by: commands.ProposeCaseSolution(by=by),
    commands.CloseCase: lambda by: commands.CloseCase(by=by, reason="Confirmed"),
    commands.ReprioritizeCase: lambda by: commands.ReprioritizeCase(by=by, priority=ec.Priority.MEDIUM),
}


def sample(command: type[commands.Command], by: ec.Person) -> commands.Command:
    """Build a command of this kind that is right in itself."""
    return SAMPLES[command](by)


#: What leads an escalation on, to its end and beyond, and what keeps customer and partner up to date meanwhile.
AHEAD_AND_UPDATES: tuple[type[commands.Command], ...] = (
    commands.Acknowledge,
    commands.PostUpdate,
    commands.PostponeUpdate,
    commands.ProposeSolution,
    commands.AcceptSolution,
    commands.RejectSolution,
    commands.CloseEscalation,
    commands.AttributeCause,
    commands.DebriefStakeholders,
    commands.HoldPostMortem,
    commands.SharePostMortem,
)
