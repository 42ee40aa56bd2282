"""Races of two hosts on one storage: the second host interrupts a task of the first one.

Rule 1: the interruption is tried at every step of the first host. The second host completes its task there.
Rule 2: a host whose task failed with an error gets the task again. The storage must hold a result of the tasks that
the hosts reported as done, in some order.
"""

from asyncio import get_running_loop
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import permutations

from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.experiment import Experiment
from escalation_core.testing.reference_host import ReferenceHost
from escalation_core.testing.tasks import Deliver, Task

_STALE = "a case is read once and kept in memory, or a conflict is never tried again"
_ALONE = "the outbox is written apart from the case, or kept in the memory of one program"
_LOST = "a notification is sent for a change that another writer prevented or has overwritten"
_LOOP = "the event loop of a host runs in the thread of the suite: give each host its own thread"


def run_race(adapter: AnyAdapter, before: Sequence[Task], first: Task, second: Task, *, mistake: str) -> None:
    """Run a task on one host, and interrupt it at each of its steps in turn by a task on another host.

    Args:
        adapter: the adapter of both hosts.
        before: the tasks before the race.
        first: the interrupted task.
        second: the interrupting task.
        mistake: the usual mistake behind a wrong result.

    Raises:
        BrokenGuaranteeError: a change is lost, or a notification reports a change that is not stored.
    """
    number = 1
    while _interrupted(adapter, before, first, second, number, mistake):
        number += 1


def _interrupted(adapter: AnyAdapter, before: Sequence[Task], one: Task, two: Task, number: int, mistake: str) -> bool:
    """Whether the first task has this step. If so, the race is run with the interruption at this step."""
    with Experiment(adapter) as experiment:
        host, other, third = experiment.start(), experiment.start(), experiment.start()
        for task in before:
            experiment.do(host, task, mistake=mistake)
        in_a_loop: list[bool] = []
        done: list[Task] = []

        def interrupt() -> None:
            in_a_loop.append(_in_a_loop())
            done.extend([two] if experiment.attempt(other, two) else [])

        host.probe.run_at(number, interrupt)
        done.extend([one] if experiment.attempt(host, one) else [])
        if not in_a_loop:
            return False
        if in_a_loop[0]:
            experiment.fail("the two hosts cannot run at the same time", _LOOP)
        for task, running in ((one, host), (two, other)):
            # A task that raised an error may be done nevertheless.
            if task not in done and experiment.attempt(running, task, mistake=_STALE):
                done.append(task)
        experiment.settle(third, *_possible(experiment.reference, done), mistake=mistake)
        experiment.do(third, Deliver(), mistake=mistake)
        experiment.expect_delivered(mistake=mistake if Deliver() in (one, two) else _ALONE, surplus=_LOST)
        experiment.expect_committed(third, mistake=_LOST)
    return True


def _in_a_loop() -> bool:
    with suppress(RuntimeError):
        get_running_loop()
        return True
    return False


def _possible(start: ReferenceHost, done: Sequence[Task]) -> Iterator[ReferenceHost]:
    """Yield the reference host after all of these tasks, once for each possible order."""
    for order in permutations(done):
        reference = start
        for task in order:
            if reference.refusal_codes(task):
                break
            reference = reference.after(task)
        else:
            yield reference
