"""Invariant 9: every state has a path to an end.

Rule 1: an end is checked only if an exploration tries all commands that the end needs.
"""

from collections.abc import Callable, Hashable, Mapping

from attrs import frozen

from escalation_core import commands
from escalation_core.case import Case, CaseStatus
from escalation_core.commands import Command


@frozen(kw_only=True)
class End:
    """A condition that some path from each of the concerned states must reach."""

    name: str
    concerns: Callable[[Case], bool]  #: Whether the end must be reachable from this case.
    reached: Callable[[Case], bool]
    needs: tuple[type[Command], ...]  #: The commands that the paths require.


ENDS = (
    End(
        name="an escalation is closed or canceled",
        concerns=lambda case: case.escalation is not None and case.escalation.active,
        reached=lambda case: case.escalation is not None and not case.escalation.active,
        needs=(commands.Acknowledge, commands.ProposeSolution, commands.CloseEscalation),
    ),
    End(
        name="all follow-ups are done",
        concerns=lambda case: case.escalation is not None and not case.escalation.active,
        reached=lambda case: case.escalation is not None and case.escalation.settled,
        needs=(commands.DebriefStakeholders, commands.HoldPostMortem, commands.SharePostMortem),
    ),
    End(
        name="a case is closed",
        concerns=lambda case: case.version > 0 and (case.escalation is None or not case.escalation.active),
        reached=lambda case: case.status is CaseStatus.CLOSED,
        needs=(commands.StartDiagnosis, commands.ProposeCaseSolution, commands.CloseCase),
    ),
)


def without_path(
    end: End, cases: Mapping[Hashable, Case], following: Mapping[Hashable, set[Hashable]]
) -> list[Hashable]:
    """Return the states without a path to an end, in the order of ``cases``; ``following`` has the next states."""
    before: dict[Hashable, list[Hashable]] = {}
    for state, others in following.items():
        for after in others:
            before.setdefault(after, []).append(state)
    known = {state for state, case in cases.items() if end.reached(case)}
    waiting = list(known)
    while waiting:
        fresh = set(before.get(waiting.pop(), ())) - known
        known |= fresh
        waiting += fresh
    return [state for state, case in cases.items() if end.concerns(case) and state not in known]
