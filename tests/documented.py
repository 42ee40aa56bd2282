"""What the design says that can happen, to be held against what explorations found.

Rule 1: nothing here is read from the tables of the library, but where it is asked whether all of them was reached.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.commands import COMMANDS, Command
from escalation_core.model_check import Exploration
from test_process_table import CASE_ROWS, ESCALATION_ROWS, OPENERS

CODE, R, S = ec.RefusalCode, ec.Role, ec.EscalationStatus

Row = tuple[type[Command], ec.Role, Enum | None, Enum | None, tuple[type[events.Event], ...]]

#: The stakeholders of a case, by kind; and of every one, and with a partner.
STAKEHOLDERS: dict[ec.CaseKind, set[ec.Role]] = {
    ec.CaseKind.SOFTWARE: {R.DEVELOPMENT},
    ec.CaseKind.INFRASTRUCTURE: {R.DEVOPS},
    ec.CaseKind.SECURITY: {R.SECURITY, R.LEADERSHIP},
}
OF_EVERY_KIND = {R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER}
OF_A_PARTNER = {R.PARTNER_MANAGER}
#: What a command can be refused with beside what any command can: who sends it, when, from which status.
REFUSALS: dict[type[Command], set[str]] = {
    commands.DeclareEmergency: {CODE.ESCALATION_EXISTS},
    commands.PostponeUpdate: {
        CODE.NO_UPDATE_PROMISED,
        CODE.UPDATE_OVERDUE,
        CODE.ALREADY_POSTPONED,
        CODE.NOT_LATER,
    },
    commands.AcceptSolution: {
        CODE.UNKNOWN_PROPOSAL,
        CODE.PROPOSAL_NOT_PENDING,
        CODE.SIDE_NOT_ASKED,
        CODE.ALREADY_APPROVED,
    },
    commands.RejectSolution: {CODE.UNKNOWN_PROPOSAL, CODE.PROPOSAL_NOT_PENDING, CODE.SIDE_NOT_ASKED},
    commands.CloseEscalation: {CODE.ANSWER_PENDING},
    commands.ReassignOwner: {CODE.ALREADY_OWNER, CODE.NOT_ASSIGNABLE},
    commands.RequestRealTimeCommunication: {CODE.REAL_TIME_OPEN},
    commands.EndRealTimeCommunication: {CODE.REAL_TIME_NOT_OPEN},
    commands.RaiseLevel: {CODE.LEVEL_MOVED, CODE.TOP_OF_LADDER},
    commands.AddParticipant: {CODE.ALREADY_PARTICIPANT, CODE.NOT_ASSIGNABLE},
    commands.DebriefStakeholders: {CODE.ALREADY_DONE},
    commands.HoldPostMortem: {CODE.ALREADY_DONE},
    commands.SharePostMortem: {CODE.ALREADY_DONE, CODE.POST_MORTEM_NOT_HELD},
    commands.ShareRootCauseAnalysis: {CODE.ALREADY_DONE, CODE.NOT_OWED},
    commands.CloseCase: {CODE.ESCALATION_ACTIVE},
    commands.ReprioritizeCase: {CODE.ESCALATION_ACTIVE},
}
#: Every command can be refused with these, and is with one at a time, in turn.
AT_ANY_TIME: set[str] = {CODE.TIME_RUNS_BACKWARDS, CODE.STALE_VERSION, CODE.COMMAND_ID_REUSED}


def documented_rows() -> Iterator[Row]:
    """Give every row of the table of the design, by every role that may take it, from every status."""
    for role in OPENERS:
        yield commands.OpenCase, role, None, ec.CaseStatus.RECEIVED, (events.CaseOpened,)
        yield commands.OpenCase, role, None, ec.CaseStatus.RECEIVED, (events.CaseOpened, events.EscalationStarted)
    for kind, row in {**CASE_ROWS, **ESCALATION_ROWS}.items():
        yield from ((kind, role, source, row.to or source, row.events) for role in row.who for source in row.of)
    for role in ESCALATION_ROWS[commands.AcceptSolution].who:
        happened = (events.SolutionApproved, events.SolutionAccepted)
        yield commands.AcceptSolution, role, S.SOLUTION_PROPOSED, S.SOLUTION_ACCEPTED, happened


def documented_refusals() -> Iterator[tuple[type[Command], str]]:
    """Give every code that a command can be refused with, by the design."""
    for kind in COMMANDS:
        anybody = {CODE.ROLE_NOT_PERMITTED, CODE.NOT_A_PARTICIPANT, CODE.ROLE_MISMATCH, CODE.ILLEGAL_TRANSITION}
        anybody |= set() if kind is commands.OpenCase else {CODE.CASE_NOT_OPENED}
        anybody |= {CODE.NO_ESCALATION} if kind in ESCALATION_ROWS else set()
        yield from ((kind, code) for code in anybody | REFUSALS.get(kind, set()))


def differences(explorations: Iterable[Exploration]) -> list[str]:
    """Say where processes with the documented permissions do, together, more or less than the design says."""
    found = list(explorations)
    taken: dict[Row, tuple[str, ...]] = {}
    for exploration in found:
        taken |= {row: way for row, way in exploration.taken.items() if row not in taken}
    wanted = set(documented_rows())
    lines = [f"{_said(row)}: nobody gets there" for row in wanted - set(taken)]
    for row in set(taken) - wanted:
        steps = [f"  {number}. {step}" for number, step in enumerate(taken[row], start=1)]
        lines.append("\n".join([f"{_said(row)}: the design has no such row", *steps]))
    refused = {(kind, code) for exploration in found for kind, code in exploration.refused if code not in AT_ANY_TIME}
    expected = set(documented_refusals())
    lines += [f"{kind.__name__} is never refused with {code}" for kind, code in expected - refused]
    lines += [f"{kind.__name__} is refused with {code}, by no rule of the design" for kind, code in refused - expected]
    return sorted([*lines, *_stakeholders(found)])


def _stakeholders(found: list[Exploration]) -> Iterator[str]:
    """Say where others than the stakeholders of the kind of case are asked to evaluate it."""
    evaluating: dict[tuple[ec.CaseKind, bool], set[ec.Role]] = {}
    for heard in (heard for exploration in found for heard in exploration.notified):
        if heard.template is ec.Template.EVALUATE:
            evaluating.setdefault((heard.kind, heard.partner), set()).add(heard.role)
    for (kind, partner), roles in evaluating.items():
        wanted = STAKEHOLDERS[kind] | OF_EVERY_KIND | (OF_A_PARTNER if partner else set[ec.Role]())
        case = f"a case about {kind.value}, {'with' if partner else 'without'} a partner"
        yield from (f"{case}: the {role.value} is not asked to evaluate it" for role in wanted - roles)
        yield from (f"{case}: the {role.value} is asked to evaluate it" for role in roles - wanted)


def _said(row: Row) -> str:
    kind, role, source, dest, happened = row
    statuses = " to ".join("nothing" if status is None else status.value for status in (source, dest))
    return f"{kind.__name__} by {role.value} from {statuses}, with {', '.join(event.__name__ for event in happened)}"


def not_reached(explorations: Iterable[Exploration]) -> list[str]:
    """Name the rows of the library's tables, codes, events and templates that no exploration comes to."""
    found = list(explorations)
    rows = {row for exploration in found for row in exploration.rows}
    missing: list[Iterable[object]] = [
        set(COMMANDS) - {kind for kind, _, _ in rows},
        set(ec.RefusalCode) - {code for exploration in found for code in exploration.refusals},
        set(events.EVENTS) - {kind for exploration in found for kind in exploration.events},
        set(ec.Template) - {template for exploration in found for template in exploration.templates},
        {*_rows(ec.ESCALATION), *_rows(ec.CASE)} - rows,
    ]
    return [f"not reached: {one}" for every in missing for one in every]


def _rows(lifecycle: ec.Lifecycle[Any]) -> list[tuple[type[Command], Enum, Enum]]:
    return [(move.command, source, move.dest or source) for move in lifecycle.moves for source in move.source]
