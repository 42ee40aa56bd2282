"""What every host must keep, one function for each promise.

Rule 1: each of them begins with an empty storage, and can be called by itself: ``promise(adapter)``.
Rule 2: a promise that is broken is a ``BrokenPromiseError``, which names the mistake that most often leads there.
Rule 3: a host passes the same steps whenever it does the same; where it does not, fewer crashes are tried.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

import escalation_core as ec
from escalation_core import commands
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.builders import ANA, NINA, OTTO, PAUL, RITA, T0, emergency, problem, sample
from escalation_core.testing.rig import SENT, TOLD
from escalation_core.testing.tasks import Deliver, Model, Open, Send, Task, Tick
from escalation_core.testing.trial import Running, Trial

Promise = Callable[[AnyAdapter], None]

_PLAIN = "the host fails where nothing is out of the ordinary"
_NOT_RECOGNIZED = "the id of a command does not reach the process, or what the process says is repeated is stored again"
_LAST_WRITER_WINS = "the version that was read is not compared when a case is written, and the last writer wins"


def story(process: ec.Process) -> tuple[Task, ...]:
    """Tell of an emergency that is acknowledged late, beside a regular case."""
    opening = _opening("4711")
    due = Model(process=process).after(opening).next_due()
    assert due is not None  # noqa: S101  # every policy promises an acknowledgement
    return (
        opening,  # makes two events
        Open(case=problem(id="4712"), by=ANA, now=T0, command_id="open-4712"),
        Deliver(),
        Tick(now=due),
        Send(case_id="4711", command=commands.Acknowledge(by=RITA, command_id="acknowledge"), now=due),
        Send(case_id="4711", command=sample(commands.PostUpdate, RITA, command_id="update"), now=due),
        Deliver(),
    )


def the_steps_of_the_storage_are_marked(adapter: AnyAdapter) -> None:
    """Without marks, a host cannot be ended in the middle of a transaction, and little would be proved."""
    with Trial(adapter) as trial:
        host = trial.start()
        for task in story(adapter.process):
            marks = host.rig.marks
            trial.do(host, task, mistake=_PLAIN)
            if host.rig.marks == marks:
                trial.fail("it stores without a mark", "the adapter does not call rig.step before each change")


def what_happened_is_stored_and_found_again(adapter: AnyAdapter) -> None:
    """Case and events are stored as the process gave them, whoever asks, and whenever."""
    with Trial(adapter) as trial:
        host = trial.start()
        for task in story(adapter.process):
            trial.do(host, task, mistake=_PLAIN)
            trial.expect_held(
                host, mistake="a part of an outcome is not stored: an event, the case, or all that time did"
            )
        other = trial.start()
        trial.expect_held(other, mistake="it is kept in memory, where no other program sees it")
        other.stop()
        trial.expect_held(trial.restart(host), mistake="it is kept in memory, and lost with the last program that runs")


def a_refused_command_changes_nothing(adapter: AnyAdapter) -> None:
    """The sender hears the reasons of the process; nothing is stored, and nobody else hears of it."""
    mistake = "a refusal is swallowed, or something is stored before the process is asked"
    with Trial(adapter) as trial:
        host = trial.start()
        trial.do(host, _opening("4711"), mistake=mistake)
        trial.do(host, Open(case=emergency(id="4712"), by=NINA, now=T0, command_id="stranger"), mistake=mistake)
        for command in (commands.Acknowledge(by=ANA, command_id="no-1"), commands.CloseEscalation(by=RITA)):
            trial.do(host, Send(case_id="4711", command=command, now=T0), mistake=mistake)
        trial.do(host, Deliver(), mistake=mistake)
        trial.expect_held(host, mistake=mistake)
        trial.expect_told(mistake="somebody is told of what was refused")


def everybody_is_told_and_told_once(adapter: AnyAdapter) -> None:
    """Every notification is delivered and every event published; where nothing failed, that is done once."""
    with Trial(adapter) as trial:
        host = trial.start()
        for task in (*story(adapter.process), Deliver()):
            trial.do(host, task, mistake=_PLAIN)
        trial.expect_told(mistake="notifications are not stored with the case, or some are left out or changed")
        trial.expect_told_once(mistake="what is delivered is not marked as delivered")
        trial.expect_heard_all(mistake="an outcome is not published after its commit")


def nobody_is_told_before_the_commit(adapter: AnyAdapter) -> None:
    """Whoever is told of something, by mail or by a hook, finds it stored, even if the host ends in that moment."""
    for trial, host, _, _ in _crashes(adapter, only=TOLD):
        trial.expect_committed(host, mistake="mail is sent, or hooks are published, before the commit")


def a_crash_between_any_two_steps_heals(adapter: AnyAdapter) -> None:
    """After a crash all of a step is stored or nothing of it; once it is asked for again, all, and all are told."""
    for trial, host, task, after in _crashes(adapter):
        trial.expect_held(host, trial.model, after, mistake="case and events are not written in one transaction")
        trial.do(host, task, mistake="a command that comes again after a crash is not recognized, or refused")
        trial.do(host, Deliver(), mistake="what is left behind by a crash stands in the way of a delivery")
        trial.expect_held(
            host, mistake="a command is remembered as done before it is committed, and dropped when it comes again"
        )
        trial.expect_told(
            mistake="notifications are not written in the transaction of their events, or marked as delivered too soon"
        )


def a_transport_that_is_down_loses_nothing(adapter: AnyAdapter) -> None:
    """What could not be delivered is delivered with the next pass; nobody who sends a command notices."""
    with Trial(adapter) as trial:
        host = trial.start()
        trial.surroundings.takes = lambda _: False
        for task in story(adapter.process):
            trial.do(host, task, mistake="a failing transport fails the command")
            trial.expect_held(host, mistake="a failing transport undoes what it is to tell of")
        trial.surroundings.takes = lambda _: True
        trial.do(host, Deliver(), mistake=_PLAIN)
        trial.expect_told(mistake="a notification is dropped when the transport fails")


def one_who_cannot_be_reached_keeps_nobody_waiting(adapter: AnyAdapter) -> None:
    """What one recipient's mailbox refuses, again and again, is no reason not to tell the others."""
    with Trial(adapter) as trial:
        host = trial.start()
        trial.surroundings.takes = lambda notification: notification.to != ANA
        for task in (*story(adapter.process), *[Deliver()] * 10):
            trial.do(host, task, mistake=_PLAIN)
        trial.expect_told(but=ANA, mistake="a delivery ends with the first notification that the transport refuses")
        trial.surroundings.takes = lambda _: True
        trial.do(host, Deliver(), mistake=_PLAIN)
        trial.expect_told(mistake="a notification is given up after some attempts")


def a_repeated_delivery_is_recognized(adapter: AnyAdapter) -> None:
    """A notification that is sent again has the key that it had; no two notifications have the same."""
    for trial, host, task, _ in _crashes(adapter, only=SENT):
        trial.do(host, task, mistake=_PLAIN)
        trial.do(host, Deliver(), mistake=_PLAIN)
        trial.expect_recognized(mistake="a new key is made for every attempt, or one key for several notifications")


def a_command_that_comes_twice_is_done_once(adapter: AnyAdapter) -> None:
    """The sender hears that it is done; nothing is stored or told again. Another one of its id is refused."""
    with Trial(adapter) as trial:
        host = trial.start()
        tasks = story(adapter.process)
        for task in tasks:
            trial.do(host, task, mistake=_PLAIN)
        for task in tasks:
            trial.do(host, task, mistake=_NOT_RECOGNIZED)
        last = tasks[-2]
        assert isinstance(last, Send)  # noqa: S101  # before the last delivery
        other = sample(commands.AddInternalNote, RITA, command_id=last.command.command_id)
        trial.do(host, Send(case_id=last.case_id, command=other, now=last.now), mistake="only the id is compared")
        trial.expect_held(host, mistake=_NOT_RECOGNIZED)
        trial.expect_told_once(mistake="what is repeated is told again")
        trial.expect_heard_all(mistake="what is repeated is published again")


def a_tick_tells_once(adapter: AnyAdapter) -> None:
    """However often, and by however many programs what is due is asked for, it happens and is told once."""
    mistake = "what is due is told, and not stored"
    with Trial(adapter) as trial:
        host, other = trial.start(), trial.start()
        opening, *_ = tasks = story(adapter.process)
        tick = next(task for task in tasks if isinstance(task, Tick))
        trial.do(host, opening, mistake=_PLAIN)
        for running in (host, host, other):
            trial.do(running, tick, mistake=mistake)
            trial.do(running, Deliver(), mistake=_PLAIN)
        trial.expect_held(host, mistake=mistake)
        trial.expect_told(mistake=mistake)
        trial.expect_told_once(mistake="what is due is told with every tick, stored or not")


def two_writers_never_overwrite_each_other(adapter: AnyAdapter) -> None:
    """Of two who write one case at once, what each of them is told is so; who is turned away may try again."""
    opening, *_ = tasks = story(adapter.process)
    tick = next(task for task in tasks if isinstance(task, Tick))

    def send(command: commands.Command) -> Send:
        return Send(case_id="4711", command=command, now=tick.now)

    first, second = (send(commands.Acknowledge(by=by, command_id=f"by-{by.id}")) for by in (RITA, OTTO))
    again = Open(case=emergency(), by=PAUL, now=T0, command_id="open-by-paul")
    for before, one, two in (
        ((opening,), first, second),
        ((opening,), tick, first),
        ((opening,), first, tick),
        ((), opening, again),
    ):
        number = 1
        while _met(adapter, before, one, two, number):
            number += 1


def a_failing_hook_harms_nobody(adapter: AnyAdapter) -> None:
    """Neither the sender, nor what is stored, nor who is told by mail, nor the other subscribers."""
    with Trial(adapter) as trial:
        trial.surroundings.failing = True
        host = trial.start()
        for task in story(adapter.process):
            trial.do(host, task, mistake="the error of a subscriber reaches the sender")
            trial.expect_held(host, mistake="hooks are published within the transaction, and a failing one undoes it")
        trial.expect_told(mistake="notifications are stored after the hooks, and a failing one keeps them from it")
        trial.expect_heard_all(mistake="the first subscriber that fails is the last that is asked")


def _opening(case_id: str) -> Open:
    return Open(case=emergency(id=case_id), by=ANA, now=T0, command_id=f"open-{case_id}")


def _crashes(adapter: AnyAdapter, *, only: str | tuple[str, ...] = "") -> Iterator[tuple[Trial, Running, Task, Model]]:
    """End a host at every step of every task of the story, if the name of the step begins so.

    Yields:
        A trial in which the host ended, the host that was started after it, what it had to do when it ended, and the
        model as it would have been after that. The model of the trial is as it was before.
    """
    tasks = story(adapter.process)
    for place, task in enumerate(tasks):
        for number in _steps(adapter, tasks[: place + 1], only):
            with Trial(adapter) as trial:
                host = trial.start()
                for earlier in tasks[:place]:
                    trial.do(host, earlier, mistake=_PLAIN)
                after = trial.model.after(task)
                trial.crashes(host, task, number, mistake=_PLAIN)
                yield trial, trial.start(), task, after


def _steps(adapter: AnyAdapter, tasks: tuple[Task, ...], only: str | tuple[str, ...]) -> list[int]:
    """Count the steps of the last of these tasks from one, and give those whose names begin so."""
    with Trial(adapter) as trial:
        host, passed = trial.start(), 0
        for task in tasks:
            passed = len(host.rig.steps)
            trial.do(host, task, mistake=_PLAIN)
        return [number for number, name in enumerate(host.rig.steps[passed:], start=1) if name.startswith(only)]


def _met(adapter: AnyAdapter, before: tuple[Task, ...], one: Task, two: Task, number: int) -> bool:
    """Let one writer be overtaken by another at a step; False where it has no such step."""
    with Trial(adapter) as trial:
        host, other, third = trial.start(), trial.start(), trial.start()
        for task in before:
            trial.do(host, task, mistake=_PLAIN)
        overtaken: list[str] = []
        done: list[Task] = []

        def overtake() -> None:
            overtaken.append(host.rig.steps[-1])
            done.extend([two] if trial.tries(other, two) else [])

        host.rig.at(number, overtake)
        done.extend([one] if trial.tries(host, one) else [])
        if not overtaken:
            return False
        mistake = "a case is read once and kept in memory, and who was turned away is so for good"
        for task, running in ((one, host), (two, other)):
            if task not in done and trial.tries(running, task, mistake=mistake):  # it was, or has written all the same
                done.append(task)
        trial.settle(third, *_models(trial.model, done), mistake=_LAST_WRITER_WINS)
        trial.do(third, Deliver(), mistake=_PLAIN)
        mistake = "somebody is told of what another writer kept from being stored, or has overwritten"
        trial.expect_told(mistake=mistake)
        trial.expect_committed(third, mistake=mistake)
    return True


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
