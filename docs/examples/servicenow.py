"""The commands that a ServiceNow incident log (UCI 498) implies, row by row.

Rule 1: the commands depend on the log only. The process decides whether a command is allowed, and this module does not
read the result of an earlier command.
Rule 2: rows are read in file order. Only the current incident is remembered, because its rows are adjacent in the file.
Rule 3: no data is invented. A missing caller is named "caller not recorded", and no cause is attributed.

- First row: the case is opened at ``opened_at`` by the person in ``opened_by``. It is an emergency if its priority is
  ``1 - Critical``.
- Priority raised to 1: ``DeclareEmergency``.
- Priority lowered from 1 before anybody worked on the incident: ``CancelEscalation`` as misuse.
- Any other change of priority, and after a cancellation: ``ReprioritizeCase``.
- New ``problem_id``: ``AddInternalNote``, because root cause work has begun.
- First Active or Awaiting: ``StartDiagnosis``. The first one after the emergency was declared: ``Acknowledge``.
- From Resolved or Closed to Active or Awaiting: ``RejectSolution`` of an emergency by the caller, ``StartDiagnosis``.
- The same state again, or another Active or Awaiting state: ``PostUpdate`` of an emergency.
- Resolved: ``ProposeSolution`` of an emergency, and ``ProposeCaseSolution``.
- From Resolved to Closed: ``AcceptSolution`` of an emergency by the caller, ``CloseEscalation`` and ``CloseCase``. If
  the system actor closes after silence, there is no ``AcceptSolution``.
- To Closed without Resolved: ``CancelEscalation`` of an emergency as withdrawn, and ``CloseCase``.

``New`` after another state and the undocumented state ``-100`` imply no command.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

import escalation_core as ec
from escalation_core import commands

MISSING = "?"
SILENCE = "Updated by 908"  #: The system actor that closes an incident after five days without an answer.

_COLUMNS = (
    *("number", "incident_state", "priority", "caller_id", "opened_by", "opened_at"),
    *("sys_updated_by", "sys_updated_at", "category", "problem_id"),
)
_IMPACTS = {
    "1 - Critical": ec.BusinessImpact.P1,
    "2 - High": ec.BusinessImpact.P2,
    "3 - Moderate": ec.BusinessImpact.P3,
    "4 - Low": ec.BusinessImpact.P4,
}
_PRIORITIES = dict(zip(_IMPACTS, ec.Priority, strict=True))
_CRITICAL = "1 - Critical"

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The commands of one row of the log."""

    case_id: str
    opening: ec.Case | None  #: The case as its first row describes it; None in later rows.
    opened_at: datetime
    opened_by: ec.Person
    now: datetime  #: The instant at which the row was written. The log has no zone, so UTC is assumed.
    commands: tuple[commands.Command, ...]  #: The commands to try at ``now``, in this order.
    silent: bool  #: Whether the system actor closed the incident after silence.


@dataclass(slots=True)
class _Incident:
    """The state of the current incident."""

    state: str = ""
    priority: str = ""
    problem: str = MISSING
    emergency: bool = False  #: Whether its priority was critical, and was not lowered before any work.
    taken: bool = False  #: Whether a rep has worked on it.
    acknowledged: bool = False  #: Whether a rep has worked on it as an emergency.


def entries(file: BinaryIO) -> Iterator[Entry]:
    """Yield the entries of a gzipped log.

    Raises:
        ValueError: the file is not such a log; the message names the line and the problem.
        OSError, EOFError: the file cannot be read or is not gzipped.
    """
    with gzip.open(file) as unpacked:
        rows = csv.DictReader(io.TextIOWrapper(unpacked, encoding="utf-8", newline=""))
        missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"line 1: columns {', '.join(missing)} are missing")
        number, incident = "", _Incident()
        for row in rows:
            first = row["number"] != number
            if first:
                number, incident = row["number"], _Incident()
            try:
                yield _entry(row, incident, first=first)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"line {rows.line_num}: {error}") from error


def _entry(row: Row, incident: _Incident, *, first: bool) -> Entry:
    asked = _asked(row, incident, first=first)
    return Entry(
        case_id=row["number"],
        opening=_case(row) if first else None,
        opened_at=_instant(row["opened_at"]),
        opened_by=_rep(row["opened_by"]),
        now=_instant(row["sys_updated_at"]),
        commands=tuple(asked),
        silent=row["incident_state"] == "Closed" and row["sys_updated_by"] == SILENCE,
    )


def _case(row: Row) -> ec.Case:
    caller = _caller(row)
    return ec.Case(
        id=row["number"],
        customer=caller.name,  # the log has no companies
        requester=caller,
        type=ec.CaseType.EMERGENCY if row["priority"] == _CRITICAL else ec.CaseType.PROBLEM,
        impact=_IMPACTS[row["priority"]],
        subject="no category recorded" if row["category"] == MISSING else row["category"],
    )


def _asked(row: Row, incident: _Incident, *, first: bool) -> list[commands.Command]:
    """Return the commands of a row, and update the incident."""
    declared_before = incident.emergency
    asked: list[commands.Command] = []
    if first:
        incident.emergency = row["priority"] == _CRITICAL
    elif row["priority"] != incident.priority:
        asked += _of_priority(row, incident)
    if row["problem_id"] not in {MISSING, incident.problem}:
        note = f"Root cause work goes on in the problem {row['problem_id']}."
        asked.append(commands.AddInternalNote(by=_rep(row["sys_updated_by"]), text=note))
    asked += _of_state(row, incident, declared_before=declared_before)
    incident.state, incident.priority, incident.problem = row["incident_state"], row["priority"], row["problem_id"]
    return asked


def _of_priority(row: Row, incident: _Incident) -> Iterator[commands.Command]:
    rep = _rep(row["sys_updated_by"])
    if row["priority"] == _CRITICAL:
        incident.emergency = True
        incident.acknowledged = False
        yield commands.DeclareEmergency(by=rep, risk=None, explanation=f"Raised from {incident.priority}.")
        return
    if incident.emergency and not incident.acknowledged:
        incident.emergency = False
        explanation = f"Lowered to {row['priority']} before anybody was at work on it."
        yield commands.CancelEscalation(by=rep, reason=ec.CancelReason.MISUSE, explanation=explanation)
    yield commands.ReprioritizeCase(by=rep, priority=_PRIORITIES[row["priority"]])


def _of_state(row: Row, incident: _Incident, *, declared_before: bool) -> Iterator[commands.Command]:
    rep, state, before = _rep(row["sys_updated_by"]), row["incident_state"], incident.state
    at_work = _at_work(state)
    if at_work and before in {"Resolved", "Closed"}:
        if incident.emergency:
            yield commands.RejectSolution(by=_caller(row), reason=f"Open again, in state {state}.")
        yield commands.StartDiagnosis(by=rep)
    elif at_work and not incident.taken:
        yield commands.StartDiagnosis(by=rep)
    if incident.emergency and at_work and not incident.acknowledged:
        incident.acknowledged = True
        yield commands.Acknowledge(by=rep)
    elif incident.emergency and declared_before and (state == before or (at_work and _at_work(before))):
        yield commands.PostUpdate(by=rep, message=f"Updated in state {state}.")
    incident.taken |= at_work
    if state != before and state == "Resolved":
        if incident.emergency:
            yield commands.ProposeSolution(by=rep, summary="Resolved.")
        yield commands.ProposeCaseSolution(by=rep)
    elif state != before and state == "Closed":
        yield from _closing(row, incident)


def _closing(row: Row, incident: _Incident) -> Iterator[commands.Command]:
    rep = _rep(row["sys_updated_by"])
    silent = row["sys_updated_by"] == SILENCE
    if incident.emergency and incident.state == "Resolved":
        if not silent:
            yield commands.AcceptSolution(by=_caller(row))
        yield commands.CloseEscalation(by=rep)
    elif incident.emergency:
        explanation = "Closed without a solution."
        yield commands.CancelEscalation(by=rep, reason=ec.CancelReason.WITHDRAWN, explanation=explanation)
    yield commands.CloseCase(by=rep, reason="no feedback could be obtained" if silent else "confirmed")


def _at_work(state: str) -> bool:
    return state == "Active" or state.startswith("Awaiting ")


def _caller(row: Row) -> ec.Person:
    name = "caller not recorded" if row["caller_id"] == MISSING else row["caller_id"]
    return ec.Person(id=name, role=ec.Role.CUSTOMER, name=name)


def _rep(name: str) -> ec.Person:
    name = "rep not recorded" if name == MISSING else " ".join(name.split())
    return ec.Person(id=name, role=ec.Role.SUPPORT_REP, name=name)


def _instant(value: str) -> datetime:
    """Return the instant of a text such as ``29/2/2016 01:16``, five times faster than ``strptime`` does."""
    try:
        date, _, clock = value.partition(" ")
        (day, month, year), (hour, minute) = date.split("/"), clock.split(":")
        return datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"must be a time such as 29/2/2016 01:16, got {value!r}") from error
