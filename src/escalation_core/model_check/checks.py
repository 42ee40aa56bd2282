"""All checks of a step, by name: the invariants, and the sender, the recipients and the record of the step.

Rule 1: explorations and the fuzzer run all checks, by ``violations``; generated histories run one at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from escalation_core import commands
from escalation_core.model_check.audiences import wrong_recipients
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
from escalation_core.model_check.record import event_contents, notification_contents, record
from escalation_core.people import EXTERNAL_ROLES, Role
from escalation_core.testing.history import Step


def authority(step: Step) -> Iterator[str]:
    """Yield a sentence if a command of a role without permission, or a vote of another side, is accepted."""
    if step.command is None or step.outcome is None:
        return
    name, by, voters = type(step.command).__name__, step.command.by, _voters(step)
    roles = step.process.policy.permissions.roles_for(type(step.command)) if voters is None else voters
    if by.role not in roles:
        yield f"{name} is accepted from a {by.role}, who may not send it"
    if by.role in EXTERNAL_ROLES and all(person.id != by.id for person in step.before.participants):
        yield f"{name} is accepted from a {by.role} who is not on the case"


def _voters(step: Step) -> tuple[Role, ...] | None:
    if not isinstance(step.command, commands.AcceptSolution | commands.RejectSolution):
        return None
    pending = None if step.before.escalation is None else step.before.escalation.pending_proposal
    return () if pending is None else pending.asked


def audience(step: Step) -> Iterator[str]:
    """Yield a sentence for each recipient that differs from the audience table."""
    if step.outcome is not None:
        yield from wrong_recipients(step.outcome, step.process.policy)


#: The checks of one step, by name. Invariant 7 is about whole histories.
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
        "record": record,
        "notification contents": notification_contents,
        "event contents": event_contents,
    }
)
#: The checks that depend on the sender of a command.
SENDER_CHECKS = ("authority", "event contents")


def violations(step: Step, names: Iterable[str] = CHECKS) -> Iterator[tuple[str, str]]:
    """Yield the name of each check that a step fails, with a sentence about the failure."""
    for name in names:
        yield from ((name, what) for what in CHECKS[name](step))
