"""Which states have no way to an end: the ninth invariant.

Rule 1: an end that needs a command is looked for where that command is tried.
"""

from collections.abc import Callable, Hashable, Mapping

from attrs import frozen

from escalation_core import commands
from escalation_core.case import Case, CaseStatus
from escalation_core.commands import Command


@frozen(kw_only=True)
class End:
    """Something that must be reachable from every state of a kind."""

    name: str
    concerns: Callable[[Case], bool]  #: The states it must be reachable from.
    reached: Callable[[Case], bool]
    needs: tuple[type[Command], ...]  #: Without these it is not looked for.


ENDS = (
    End(
        name="an escalation is closed or canceled",
        concerns=lambda case: case.escalation is not None and case.escalation.active,
        reached=lambda case: case.escalation is not None and not case.escalation.active,
        needs=(commands.Acknowledge, commands.ProposeSolution, commands.CloseEscalation),
    ),
    End(
        name="what is owed after it is done",
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


def stuck(end: End, cases: Mapping[Hashable, Case], following: Mapping[Hashable, set[Hashable]]) -> list[Hashable]:
    """Give the states that have no way to an end, in the order of ``cases``, given the states that follow each."""
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
