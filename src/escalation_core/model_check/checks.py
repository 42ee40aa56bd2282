"""Everything that is asked of a step, by name: the invariants, and who may do it, who hears of it, what is kept of it.

Rule 1: explorations and the fuzzer ask all of it, by ``broken``; generated histories ask one after the other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from escalation_core import commands
from escalation_core.model_check.audiences import misrouted
from escalation_core.model_check.deadlines import invariant_12
from escalation_core.model_check.invariants import (
    invariant_1,
    invariant_2,
    invariant_3,
    invariant_4,
    invariant_5,
    invariant_6,
    invariant_8,
    invariant_10,
    invariant_11,
)
from escalation_core.model_check.record import recorded, said, told
from escalation_core.people import EXTERNAL_ROLES, Role
from escalation_core.testing.history import Step


def authority(step: Step) -> Iterator[str]:
    """Whom the policy lets may do it, and nobody else; a vote belongs to the sides that were asked."""
    if step.command is None or step.outcome is None:
        return
    name, by, vote = type(step.command).__name__, step.command.by, _sides_asked(step)
    roles = getattr(step.process.policy.permissions, step.command.name) if vote is None else vote
    if by.role not in roles:
        yield f"{name} is accepted from a {by.role.value}, who may not send it"
    if by.role in EXTERNAL_ROLES and all(person.id != by.id for person in step.before.participants):
        yield f"{name} is accepted from a {by.role.value} who is not on the case"


def _sides_asked(step: Step) -> tuple[Role, ...] | None:
    if not isinstance(step.command, commands.AcceptSolution | commands.RejectSolution):
        return None
    pending = None if step.before.escalation is None else step.before.escalation.pending_proposal
    return () if pending is None else pending.asked


def audience(step: Step) -> Iterator[str]:
    """Who the audience table names hears of it, and nobody else."""
    if step.outcome is not None:
        yield from misrouted(step.outcome, step.process.policy)


#: What is checked of every step, by name. The seventh is about whole histories, and is asked once for each.
CHECKS: Mapping[str, Callable[[Step], Iterator[str]]] = MappingProxyType(
    {
        "invariant 1": invariant_1,
        "invariant 2": invariant_2,
        "invariant 3": invariant_3,
        "invariant 4": invariant_4,
        "invariant 5": invariant_5,
        "invariant 6": invariant_6,
        "invariant 8": invariant_8,
        "invariant 10": invariant_10,
        "invariant 11": invariant_11,
        "invariant 12": invariant_12,
        "authority": authority,
        "audience": audience,
        "record": recorded,
        "words": told,
        "event": said,
    }
)
#: What depends on who sends a command even where all else is alike.
OF_THE_SENDER = ("authority", "event")


def broken(step: Step, names: Iterable[str] = CHECKS) -> Iterator[tuple[str, str]]:
    """Give every one of these rules that a step breaks, by name, with the sentence that says how."""
    for name in names:
        yield from ((name, what) for what in CHECKS[name](step))
