"""Situations of a case: how to reach each, its facts by hand, and the conditions that read these facts.

Rule 1: a condition reads the facts of a situation, and never the case, except for the type of a case.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.testing import ANA, LEA, RITA, after, emergency, problem, reach
from support.examples import OPS

S, C = ec.EscalationStatus, ec.CaseStatus


class Situation(NamedTuple):
    """A case, and the facts about it that decide which commands are accepted."""

    case: ec.Case
    status: ec.EscalationStatus | None  #: None: the case has no escalation.
    case_status: ec.CaseStatus | None = C.RECEIVED  #: None: the case is not opened yet.
    approved_by: ec.Role | None = None  #: The side that has accepted the pending proposal.
    talking: bool = False  #: Real-time communication is requested.
    done: frozenset[type[Command]] = frozenset()  #: The follow-ups that are done.
    owes_analysis: bool = False


_FOLLOW_UPS: tuple[type[Command], ...] = (
    commands.HoldPostMortem,
    commands.DebriefStakeholders,
    commands.SharePostMortem,
    commands.ShareRootCauseAnalysis,
)


def situations(**fields: Any) -> dict[str, Situation]:  # noqa: ANN401  # fields of Case
    """Return every situation of the documented process, by name; ``fields`` change the case."""
    none, accepted, closed = reach(None, **fields), S.SOLUTION_PROPOSED, reach(S.CLOSED, **fields)
    started, canceled = reach(S.STARTED, **fields), reach(S.CANCELED, **fields)
    proposed, cause = reach(accepted, **fields), _infrastructure()
    half = after(closed, cause, commands.HoldPostMortem(by=RITA, findings="No spare disk"))
    return {
        "unopened problem": Situation(problem(**fields), None, None),
        "unopened emergency": Situation(emergency(**fields), None, None),
        "no escalation": Situation(none, None),
        "no escalation, case in diagnosis": Situation(after(none, commands.StartDiagnosis(by=RITA)), None, C.DIAGNOSIS),
        "no escalation, case solution proposed": Situation(_case_solution_proposed(none), None, C.SOLUTION_PROPOSED),
        "no escalation, case closed": Situation(_case_closed(none), None, C.CLOSED),
        **{status.value: Situation(reach(status, **fields), status) for status in S},
        "STARTED, case solution proposed": Situation(_case_solution_proposed(started), S.STARTED, C.SOLUTION_PROPOSED),
        "ACKNOWLEDGED, talking": Situation(_talking(**fields), S.ACKNOWLEDGED, talking=True),
        "SOLUTION PROPOSED, customer approved": Situation(
            after(proposed, commands.AcceptSolution(by=ANA)), S.SOLUTION_PROPOSED, approved_by=ec.Role.CUSTOMER
        ),
        "CANCELED, case closed": Situation(_case_closed(canceled), S.CANCELED, C.CLOSED),
        "CLOSED, case closed": Situation(_case_closed(closed), S.CLOSED, C.CLOSED),
        "CLOSED, post mortem held, analysis owed": Situation(
            half, S.CLOSED, done=frozenset(_FOLLOW_UPS[:1]), owes_analysis=True
        ),
        "CLOSED, settled": Situation(_settled(half), S.CLOSED, done=frozenset(_FOLLOW_UPS), owes_analysis=True),
    }


def _infrastructure() -> Command:
    return commands.AttributeCause(by=OPS, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")


def _talking(**fields: Any) -> ec.Case:  # noqa: ANN401  # fields of Case
    talk = commands.RequestRealTimeCommunication(by=RITA, channel="Room 7", reason="To see it")
    return after(reach(S.ACKNOWLEDGED, **fields), talk)


def _case_solution_proposed(case: ec.Case) -> ec.Case:
    return after(case, commands.StartDiagnosis(by=RITA), commands.ProposeCaseSolution(by=RITA))


def _case_closed(case: ec.Case) -> ec.Case:
    return after(_case_solution_proposed(case), commands.CloseCase(by=RITA, reason="Confirmed"))


def _settled(case: ec.Case) -> ec.Case:
    return after(
        case,
        commands.DebriefStakeholders(by=LEA, notes="Everybody knows"),
        commands.SharePostMortem(by=LEA, document="https://pm.example"),
        commands.ShareRootCauseAnalysis(by=LEA, document="https://rca.example"),
    )


#: Whether something applies in a situation, to a sender of this role.
Condition = Callable[[Situation, ec.Role], bool]


def content_decides(_: Situation, __: ec.Role) -> bool:
    """Whether the situation causes the refusal: never, since the content of the command or the time causes it."""
    return False


def by_content(*codes: ec.RefusalCode) -> dict[ec.RefusalCode, Condition]:
    """Return the refusals that do not depend on the situation."""
    return dict.fromkeys(codes, content_decides)


def has_escalation(at: Situation, _: ec.Role) -> bool:
    """Whether the case has an escalation, running or not."""
    return at.status is not None


def is_active(at: Situation, _: ec.Role) -> bool:
    """Whether the escalation is running."""
    return at.status not in {None, S.CANCELED, S.CLOSED}


def is_pending(at: Situation, _: ec.Role) -> bool:
    """Whether a proposal waits for an answer."""
    return at.status is S.SOLUTION_PROPOSED


def has_approved(at: Situation, by: ec.Role) -> bool:
    """Whether the side of the sender has accepted the pending proposal."""
    return at.approved_by is by


def other_side_has_approved(at: Situation, by: ec.Role) -> bool:
    """Whether the answer of the sender is the only one that is missing."""
    return at.approved_by not in {None, by}


def is_talking(at: Situation, _: ec.Role) -> bool:
    """Whether real-time communication is requested."""
    return at.talking


def is_not_talking(at: Situation, _: ec.Role) -> bool:
    """Whether the case has an escalation without real-time communication."""
    return at.status is not None and not at.talking


def is_done(kind: type[Command]) -> Condition:
    """Return the condition that this follow-up is done."""
    return lambda at, _: kind in at.done


def is_not_held(at: Situation, _: ec.Role) -> bool:
    """Whether the post mortem of a closed escalation is not held yet."""
    return at.status is S.CLOSED and commands.HoldPostMortem not in at.done


def is_not_owed(at: Situation, _: ec.Role) -> bool:
    """Whether a closed escalation owes no root cause analysis."""
    return at.status is S.CLOSED and not at.owes_analysis


def is_emergency(at: Situation, _: ec.Role) -> bool:
    """Whether the case is an emergency."""
    return at.case.type is ec.CaseType.EMERGENCY
