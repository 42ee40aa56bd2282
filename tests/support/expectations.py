"""Expectations of the process table: codes and steps of one command in one situation."""

from collections.abc import Iterable, Iterator
from itertools import product

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.testing import CAST, later, sample
from support.examples import PROCESS
from support.process import ROWS
from support.situations import Situation

CODE, S, C = ec.RefusalCode, ec.EscalationStatus, ec.CaseStatus

#: The codes of refusals that follow from the table alone. A chart of the process refuses the same commands.
BY_THE_TABLE = frozenset({CODE.ILLEGAL_TRANSITION, CODE.ANSWER_PENDING})
#: The codes that every command can have, whatever its row.
OF_EVERY_COMMAND = frozenset(
    {CODE.ROLE_NOT_PERMITTED, CODE.NOT_A_PARTICIPANT, CODE.ROLE_MISMATCH, CODE.ILLEGAL_TRANSITION}
)
#: The codes of every command that do not depend on the state of the case.
AT_ANY_TIME = frozenset({CODE.TIME_RUNS_BACKWARDS, CODE.STALE_VERSION, CODE.COMMAND_ID_REUSED})


def possible_codes(kind: type[Command]) -> set[ec.RefusalCode]:
    """Return every code with which a command can be refused, except those in ``AT_ANY_TIME``."""
    found: set[ec.RefusalCode] = {*OF_EVERY_COMMAND, *ROWS[kind].refusals}
    if kind is not commands.OpenCase:
        found.add(CODE.CASE_NOT_OPENED)
    if ROWS[kind].moves_escalation:
        found.add(CODE.NO_ESCALATION)
    return found


def expected_codes(at: Situation, kind: type[Command], by: ec.Role) -> set[ec.RefusalCode]:
    """Return the codes with which a command is refused in a situation; an accepted command has none."""
    row = ROWS[kind]
    found: set[ec.RefusalCode] = set() if by in row.who else {CODE.ROLE_NOT_PERMITTED}
    if at.case_status is None:
        return found if kind is commands.OpenCase else found | {CODE.CASE_NOT_OPENED}
    if row.moves_escalation and at.status is None:
        return found | {CODE.NO_ESCALATION}
    if (at.status if row.moves_escalation else at.case_status) not in row.source:
        return found | {CODE.ILLEGAL_TRANSITION}
    return found | {code for code, when in row.refusals.items() if when(at, by)}


def expected_step(
    at: Situation, kind: type[Command], by: ec.Role
) -> tuple[ec.EscalationStatus | None, ec.CaseStatus | None, tuple[type[Event], ...]]:
    """Return the statuses of the escalation and the case after an accepted command, and its events."""
    row = ROWS[kind]
    status = row.dest if isinstance(row.dest, S) else at.status
    case_status = row.dest if isinstance(row.dest, C) else at.case_status
    if row.second is None or not row.second.when(at, by):
        return status, case_status, row.events
    return row.second.dest, case_status, (*row.events, row.second.event)


def outcomes(found: Iterable[Situation]) -> Iterator[ec.Outcome]:
    """Yield the outcome of every accepted command and of the next deadline, in each of these situations."""
    for at in found:
        for kind, person in product(ROWS, CAST):
            if not expected_codes(at, kind, person.role):
                yield PROCESS.handle(at.case, sample(kind, person), now=later(at.case))
        deadline = PROCESS.next_due(at.case)
        if deadline is not None:
            yield PROCESS.due(at.case, now=deadline)
