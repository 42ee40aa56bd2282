"""People, cases and commands for readable examples. Real commands lead to every status.

Rule 1: nothing is random, and nothing reads a clock. The story begins at ``T0``, and each step takes one minute.
Rule 2: every field has a valid default, so an example states only the fields that matter to it.
Rule 3: the examples of commands derive from the types of their fields, so a new command or role needs no entry here.
"""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar, get_args, get_type_hints

from attrs import NOTHING, fields

import escalation_core as ec
from escalation_core import commands
from escalation_core.checks import must_be
from escalation_core.commands import Command
from escalation_core.table import COMMANDS

C = TypeVar("C", bound=Command)

#: The start of the story: a Monday morning.
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
#: A marker for internal text in tests: no customer or partner may ever read it.
TAINT = "TAINTED-INTERNAL"

ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@a.example")
PAUL = ec.Person(id="paul", role=ec.Role.PARTNER, name="Paul", email="paul@p.example")
RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita")
OTTO = ec.Person(id="otto", role=ec.Role.SUPPORT_REP, name="Otto")  #: The other rep.
LEA = ec.Person(id="lea", role=ec.Role.SUPPORT_LEAD, name="Lea")
NINA = ec.Person(id="nina", role=ec.Role.CUSTOMER, name="Nina")  #: Another customer, on no case yet.

_NAMED = {person.role: person for person in (ANA, PAUL, RITA, LEA)}
#: One person per role. All but Ana, Paul, Rita and Lea have the name of their role as their id.
CAST = tuple(_NAMED.get(role) or ec.Person(id=role.value, role=role) for role in ec.Role)
_BY_ROLE = {person.role: person for person in CAST}
_PROCESS = ec.Process()


def person(role: ec.Role) -> ec.Person:
    """Return the person of ``CAST`` with this role."""
    return _BY_ROLE[role]


def emergency(**changes: Any) -> ec.Case:  # noqa: ANN401  # fields of Case
    """Return an emergency of a customer with a partner, which is not opened yet.

    Args:
        changes: fields of ``Case`` that matter to the example.
    """
    plain: dict[str, Any] = {
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
    return ec.Case(**(plain | changes))


def problem(**changes: Any) -> ec.Case:  # noqa: ANN401  # fields of Case
    """Return a regular problem of the same customer, which is not opened yet. For ``changes`` see ``emergency``."""
    return emergency(**({"type": ec.CaseType.PROBLEM, "impact": ec.BusinessImpact.P3, "risk": None} | changes))


def opened(case: ec.Case, process: ec.Process = _PROCESS) -> ec.Case:
    """Return a case after Rita opened it at ``T0``."""
    return process.open(case, by=RITA, now=T0).case


def later(case: ec.Case) -> datetime:
    """Return the minute after the last event of the case; ``T0`` for a case that is not opened yet."""
    return T0 if case.updated_at is None else case.updated_at + MINUTE


def after(case: ec.Case, *steps: Command, process: ec.Process = _PROCESS) -> ec.Case:
    """Return a case after these commands, one minute apart.

    Raises:
        CommandRefusedError: a command is refused.
    """
    for step in steps:
        case = process.handle(case, step, now=later(case)).case
    return case


#: Required fields whose example depends on the meaning of the field, and not only on its type.
_CHOSEN: dict[type[Command], dict[str, object]] = {commands.ReassignOwner: {"to": OTTO}}
_EXAMPLES: dict[type, object] = {bool: True, datetime: T0 + timedelta(hours=9), int: 0, ec.Person: NINA}


def _required(command: type[Command]) -> dict[str, object]:
    """Return an example for each required field of a command, except ``by``."""
    hints, chosen = get_type_hints(command), _CHOSEN.get(command, {})
    names = [field.name for field in fields(command) if field.default is NOTHING and field.name != "by"]
    return {name: chosen.get(name, _example(name, hints[name])) for name in names}


def _example(name: str, hint: Any) -> object:  # noqa: ANN401  # a class, or a union
    kinds = get_args(hint) or (hint,)
    if str in kinds:
        return f"Some {name.replace('_', ' ')}"
    return next(iter(kinds[0])) if issubclass(kinds[0], Enum) else _EXAMPLES[kinds[0]]


_REQUIRED: dict[type[Command], dict[str, Any]] = {kind: _required(kind) for kind in COMMANDS}


def sample(command: type[C], by: ec.Person, **changes: Any) -> C:  # noqa: ANN401  # fields of the command
    """Return a valid command of this class; optional fields keep their defaults.

    Args:
        command: a class of ``commands``.
        by: the sender.
        changes: the fields that matter to the example, such as a ``command_id``.
    """
    return command(by=by, **(_REQUIRED[command] | changes))


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
    """Return a case whose escalation has this status, after commands of Rita and of the participants.

    Args:
        status: the status to reach; None returns an open problem without an escalation.
        process: the process that handles the commands.
        changes: fields of ``Case`` that matter to the example.

    Raises:
        CommandRefusedError: the process refuses one of these commands.
        TypeError: the status is not an ``EscalationStatus``.
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
    """Return the case after every side that must accept has accepted."""
    for who in case.participants:
        yes = commands.AcceptSolution(by=who)
        if not process.check(case, yes, now=later(case)):
            case = after(case, yes, process=process)
    return case
