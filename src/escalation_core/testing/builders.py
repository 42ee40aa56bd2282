"""People, cases and commands for readable examples; every state is reached by real commands.

Rule 1: nothing here is random, and nothing reads a clock: the story begins at ``T0``, and a step takes a minute.
Rule 2: whatever an example does not care about has a value that is right.
Rule 3: no test runner and no other library is needed.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.values import must_be

C = TypeVar("C", bound=Command)

#: When the story begins: a Monday morning.
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@a.example")
PAUL = ec.Person(id="paul", role=ec.Role.PARTNER, name="Paul", email="paul@p.example")
RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita")
OTTO = ec.Person(id="otto", role=ec.Role.SUPPORT_REP, name="Otto")  #: The other rep.
LEA = ec.Person(id="lea", role=ec.Role.SUPPORT_LEAD, name="Lea")
NINA = ec.Person(id="nina", role=ec.Role.CUSTOMER, name="Nina")  #: A customer, too; on no case yet.

#: One person per role.
CAST = (
    ANA,
    PAUL,
    RITA,
    LEA,
    ec.Person(id="arno", role=ec.Role.ACCOUNT_MANAGER),
    ec.Person(id="pia", role=ec.Role.PARTNER_MANAGER),
    ec.Person(id="sue", role=ec.Role.CUSTOMER_SUCCESS_MANAGER),
    ec.Person(id="boss", role=ec.Role.LEADERSHIP),
    ec.Person(id="dev", role=ec.Role.DEVELOPMENT),
    ec.Person(id="ops", role=ec.Role.DEVOPS),
    ec.Person(id="sec", role=ec.Role.SECURITY),
    ec.Person(id="clock", role=ec.Role.AUTOMATION),
)
_BY_ROLE = {person.role: person for person in CAST}
_PROCESS = ec.Process()


def person(role: ec.Role) -> ec.Person:
    """Give the person of ``CAST`` who has this role."""
    return _BY_ROLE[role]


def emergency(**changes: Any) -> ec.Case:  # noqa: ANN401  # fields of Case
    """Describe an emergency of a customer with a partner; not opened yet.

    Args:
        changes: fields of ``Case`` that matter to the example.
    """
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
    """Describe a regular problem of the same customer; not opened yet. For ``changes`` see ``emergency``."""
    return emergency(**({"type": ec.CaseType.PROBLEM, "impact": ec.BusinessImpact.P3, "risk": None} | changes))


def opened(case: ec.Case, process: ec.Process = _PROCESS) -> ec.Case:
    """Let Rita open a case at ``T0``."""
    return process.open(case, by=RITA, now=T0).case


def later(case: ec.Case) -> datetime:
    """Give the minute after the case's last event; ``T0`` for one that is not opened yet."""
    return T0 if case.updated_at is None else case.updated_at + MINUTE


def after(case: ec.Case, *steps: Command, process: ec.Process = _PROCESS) -> ec.Case:
    """Do these one after the other, one minute apart.

    Raises:
        CommandRefusedError: one of them is refused.
    """
    for step in steps:
        case = process.handle(case, step, now=later(case)).case
    return case


_SAMPLES: dict[type[Command], dict[str, Any]] = {
    commands.DeclareEmergency: {"risk": ec.Risk.OUTAGE, "explanation": "All is down"},
    commands.CancelEscalation: {"reason": ec.CancelReason.MISUSE, "explanation": "A regular bug"},
    commands.PostUpdate: {"message": "We are at it"},
    commands.PostponeUpdate: {"until": T0 + timedelta(hours=9), "reason": "The vendor looks at it"},
    commands.ProposeSolution: {"summary": "Restart it"},
    commands.RejectSolution: {"reason": "It broke more"},
    commands.ReassignOwner: {"to": OTTO},
    commands.AddInternalNote: {"text": "They are upset"},
    commands.RequestRealTimeCommunication: {"channel": "Room 7", "reason": "To look at it together"},
    commands.ReportSideChannelContact: {"contacted": "the CEO", "channel": "telephone", "note": "He was asleep"},
    commands.RaiseLevel: {"from_level": 0, "reason": "It is worse than it looks"},
    commands.AttributeCause: {"cause": ec.Cause.SOFTWARE, "production": True, "explanation": "A race"},
    commands.AddParticipant: {"person": NINA},
    commands.DebriefStakeholders: {"notes": "All told"},
    commands.HoldPostMortem: {"findings": "No test"},
    commands.SharePostMortem: {"document": "https://pm.example"},
    commands.ShareRootCauseAnalysis: {"document": "https://rca.example"},
    commands.CloseCase: {"reason": "Confirmed"},
    commands.ReprioritizeCase: {"priority": ec.Priority.MEDIUM},
}


def sample(command: type[C], by: ec.Person, **changes: Any) -> C:  # noqa: ANN401  # fields of the command
    """Build a command of this class that is right in itself.

    Args:
        command: a class of ``commands``.
        by: who sends it.
        changes: its fields that matter to the example, such as a ``command_id``.
    """
    return command(by=by, **(_SAMPLES.get(command, {}) | changes))


_ROUTES: dict[ec.EscalationStatus, tuple[type[Command], ...]] = {
    ec.EscalationStatus.STARTED: (),
    ec.EscalationStatus.CANCELED: (commands.CancelEscalation,),
    ec.EscalationStatus.ACKNOWLEDGED: (commands.Acknowledge,),
    ec.EscalationStatus.SOLUTION_PROPOSED: (commands.Acknowledge, commands.ProposeSolution),
    ec.EscalationStatus.SOLUTION_ACCEPTED: (commands.Acknowledge, commands.ProposeSolution, commands.AcceptSolution),
    ec.EscalationStatus.SOLUTION_REJECTED: (commands.Acknowledge, commands.ProposeSolution, commands.RejectSolution),
    ec.EscalationStatus.CLOSED: (
        *(commands.Acknowledge, commands.ProposeSolution),
        *(commands.AcceptSolution, commands.CloseEscalation),
    ),
}


def reach(
    status: ec.EscalationStatus | None,
    process: ec.Process = _PROCESS,
    **changes: Any,  # noqa: ANN401  # fields of Case
) -> ec.Case:
    """Drive a case to this status of its escalation: by Rita, and by who takes part in it.

    Args:
        status: the status to reach; None is an open problem without an escalation.
        process: the process that the commands go through.
        changes: fields of ``Case`` that matter to the example.

    Raises:
        CommandRefusedError: the process does not let Rita do it.
        TypeError: it is no status.
    """
    if status is None:
        return opened(problem(**changes), process)
    if not isinstance(status, ec.EscalationStatus):
        raise TypeError(must_be("status", "an EscalationStatus or None", status))
    case = opened(emergency(**changes), process)
    for step in _ROUTES[status]:
        if step is commands.AcceptSolution:
            case = _accepted(case, process)
        else:
            by = case.requester if step is commands.RejectSolution else RITA
            case = after(case, sample(step, by), process=process)
    return case


def _accepted(case: ec.Case, process: ec.Process) -> ec.Case:
    """Let everybody who is asked say yes."""
    for who in case.participants:
        yes = commands.AcceptSolution(by=who)
        if not process.check(case, yes, now=later(case)):
            case = after(case, yes, process=process)
    return case
