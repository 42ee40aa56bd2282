"""Two hosts on one storage, of which one overtakes the other in the middle of what it does.

Rule 1: they meet at every step of the one; the other does all of its task there.
Rule 2: who is turned away by an error is asked again afterwards. What both were told must be so, in some order.
"""

from asyncio import get_running_loop
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import permutations

from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.tasks import Deliver, Model, Task
from escalation_core.testing.trial import Trial

_KEPT = "a case is read once and kept in memory, and who was turned away is so for good"
_ALONE = "the outbox is written apart from the case, or kept in the memory of one program"
_TOLD = "somebody is told of what another writer kept from being stored, or has overwritten"
_LOOP = "the event loop of a host runs in the thread of the suite: give each host a thread of its own"


def meet(adapter: AnyAdapter, before: Sequence[Task], one: Task, two: Task, *, mistake: str) -> None:
    """Let one host do a task, and be overtaken by another with a task of its own, at each of its steps in turn.

    Args:
        adapter: of both hosts.
        before: what is done before.
        one: what is overtaken.
        two: what overtakes it.
        mistake: what leads to anything but what both of them are told.

    Raises:
        BrokenPromiseError: something is lost, or somebody is told what is not so.
    """
    number = 1
    while _met(adapter, before, one, two, number, mistake):
        number += 1


def _met(adapter: AnyAdapter, before: Sequence[Task], one: Task, two: Task, number: int, mistake: str) -> bool:
    """Let them meet at this step; False where there is no such step."""
    with Trial(adapter) as trial:
        host, other, third = trial.start(), trial.start(), trial.start()
        for task in before:
            trial.do(host, task, mistake=mistake)
        overtaken: list[bool] = []
        done: list[Task] = []

        def overtake() -> None:
            overtaken.append(_in_a_loop())
            done.extend([two] if trial.tries(other, two) else [])

        host.rig.at(number, overtake)
        done.extend([one] if trial.tries(host, one) else [])
        if not overtaken:
            return False
        if overtaken[0]:
            trial.fail("the two hosts cannot meet", _LOOP)
        for task, running in ((one, host), (two, other)):
            if task not in done and trial.tries(running, task, mistake=_KEPT):  # it was, or has written all the same
                done.append(task)
        trial.settle(third, *_models(trial.model, done), mistake=mistake)
        trial.do(third, Deliver(), mistake=mistake)
        trial.expect_told(mistake=mistake if Deliver() in (one, two) else _ALONE, surplus=_TOLD)
        trial.expect_committed(third, mistake=_TOLD)
    return True


def _in_a_loop() -> bool:
    with suppress(RuntimeError):
        get_running_loop()
        return True
    return False


def _models(start: Model, done: Sequence[Task]) -> Iterator[Model]:
    """Give what may be stored after all of this was done, in any order in which it may be."""
    for order in permutations(done):
        model = start
        for task in order:
            if model.refusal(task):
                break
            model = model.after(task)
        else:
            yield model
