"""What every host must keep, one function for each promise.

Rule 1: each of them begins with an empty storage, and can be called by itself: ``promise(adapter)``.
Rule 2: a promise that is broken is a ``BrokenPromiseError``, which names the mistake that most often leads there.
Rule 3: a host passes the same steps whenever it does the same; where it does not, fewer crashes are tried.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from attrs import evolve

from escalation_core import commands
from escalation_core.testing import stories
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.builders import ANA, CAST, NINA, OTTO, PAUL, RITA, sample
from escalation_core.testing.meeting import meet
from escalation_core.testing.rig import SENT, TOLD
from escalation_core.testing.tasks import Deliver, Model, Open, Send, Task, Tick
from escalation_core.testing.trial import Running, Trial

Promise = Callable[[AnyAdapter], None]

_PLAIN = "the host fails where nothing is out of the ordinary"
_PART = "a part of an outcome is not stored, or not as it was: an event, the case, when it is due, or all that time did"
_NOT_RECOGNIZED = "the id of a command does not reach the process, or what the process says is repeated is stored again"
_UNHEARD = "an outcome is not published after its commit"
_OVERWRITTEN = "the version that was read is not compared when a case is written, or a conflict is reported as done"
_UNDER_WAY = "what comes into the outbox during a delivery is marked or overwritten with what was in it before"


def the_steps_of_the_storage_are_marked(adapter: AnyAdapter) -> None:
    """Without marks, a host cannot be ended in the middle of a transaction, and little would be proved."""
    with Trial(adapter) as trial:
        host = trial.start()
        for task in stories.short(adapter):
            marks, before = host.rig.marks, trial.model
            trial.do(host, task, mistake=_PLAIN)
            if host.rig.marks == marks and (trial.model != before or isinstance(task, Deliver)):
                trial.fail("it stores without a mark", "the adapter does not call rig.step before each change")


def what_happened_is_stored_and_found_again(adapter: AnyAdapter) -> None:
    """Case and events are stored as the process gave them, whoever asks, and whenever."""
    with Trial(adapter) as trial:
        host = trial.start()
        for task in stories.long(adapter):
            trial.do(host, task, mistake=_PLAIN)
            trial.expect_held(host, mistake=_PART)
        other = trial.start()
        trial.expect_held(other, mistake="it is kept in memory, where no other program sees it")
        other.stop()
        trial.expect_held(trial.restart(host), mistake="it is kept in memory, and lost with the last program that runs")


def a_refused_command_changes_nothing(adapter: AnyAdapter) -> None:
    """The sender hears the reasons of the process; nothing is stored, and nobody else hears of it."""
    mistake = "a refusal is swallowed, or something is stored before the process is asked"
    with Trial(adapter) as trial:
        host = trial.start()
        opening = stories.short(adapter)[0]
        trial.do(host, opening, mistake=mistake)
        case = evolve(adapter.emergency, id=stories.OTHER)
        trial.do(host, Open(case=case, by=NINA, now=stories.START, command_id="stranger"), mistake=mistake)
        for command in (commands.Acknowledge(by=ANA, command_id="no-1"), commands.CloseEscalation(by=RITA)):
            trial.do(host, Send(case_id=stories.EMERGENCY, command=command, now=stories.START), mistake=mistake)
        trial.do(host, Deliver(), mistake=mistake)
        trial.expect_held(host, mistake=mistake)
        trial.expect_told(mistake="somebody is told of what was refused")


def everybody_is_told_and_told_once(adapter: AnyAdapter) -> None:
    """Every notification is delivered and every event published; where nothing failed, that is done once."""
    again = "what is delivered is not marked as delivered, or not for good"
    with Trial(adapter) as trial:
        host = trial.start()
        for task in stories.long(adapter):
            trial.do(host, task, mistake=_PLAIN)
            if isinstance(task, Deliver):
                host = trial.restart(host)
                trial.do(host, Deliver(), mistake=_PLAIN)
        trial.expect_told(mistake="notifications are not stored with the case, or some are left out or changed")
        trial.expect_told_once(mistake=again)
        trial.expect_heard_all(mistake=_UNHEARD, again="what was published is published again, by the next start")


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
        for task in stories.long(adapter):
            trial.do(host, task, mistake="a failing transport fails the command")
            trial.expect_held(host, mistake="a failing transport undoes what it is to tell of")
        trial.surroundings.takes = lambda _: True
        trial.do(host, Deliver(), mistake=_PLAIN)
        trial.expect_told(mistake="a notification is dropped when the transport fails")


def one_who_cannot_be_reached_keeps_nobody_waiting(adapter: AnyAdapter) -> None:
    """What one recipient's mailbox refuses, again and again, is no reason not to tell the others."""
    unreached = adapter.emergency.requester
    with Trial(adapter) as trial:
        host = trial.start()
        trial.surroundings.takes = lambda notification: notification.to != unreached
        for task in (*stories.long(adapter), *[Deliver()] * 10):
            trial.do(host, task, mistake=_PLAIN)
        trial.expect_told(
            but=unreached, mistake="a delivery ends with the first notification that the transport refuses"
        )
        trial.surroundings.takes = lambda _: True
        trial.do(host, Deliver(), mistake=_PLAIN)
        trial.expect_told(mistake="a notification is given up after some attempts, or marked with others of its batch")


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
        since: list[Task] = []
        for task in stories.long(adapter):
            trial.do(host, task, mistake=_PLAIN)
            since.append(task)
            if isinstance(task, Deliver):
                for again in filter(_is_known, since):
                    trial.do(host, again, mistake=_NOT_RECOGNIZED)
                for other in map(_other, filter(_is_known, since)):
                    trial.do(host, other, mistake="only the id is compared")
                since.clear()
        trial.expect_held(host, mistake=_NOT_RECOGNIZED)
        trial.expect_told_once(mistake="what is repeated is told again")
        trial.expect_heard_all(mistake=_UNHEARD, again="what is repeated is published again")


def a_tick_tells_once(adapter: AnyAdapter) -> None:
    """However often, and by however many programs what is due is asked for, it happens and is told once."""
    mistake = "what is due is told, and not stored"
    with Trial(adapter) as trial:
        host, other = trial.start(), trial.start()
        opening, tick = _opening_and_tick(adapter)
        trial.do(host, opening, mistake=_PLAIN)
        for running in (host, host, other):
            trial.do(running, tick, mistake=mistake)
            trial.do(running, Deliver(), mistake=_PLAIN)
        trial.expect_held(host, mistake=mistake)
        trial.expect_told(mistake=mistake)
        trial.expect_told_once(mistake="what is due is told with every tick, stored or not")


def a_tick_that_comes_late_finds_all_that_is_due(adapter: AnyAdapter) -> None:
    """No tick comes at the very instant; what was due before it is done, at once or one after the other."""
    opening, tick = _opening_and_tick(adapter)
    late = Tick(now=tick.now + timedelta(seconds=1))
    with Trial(adapter) as trial:
        host = trial.start()
        trial.do(host, opening, mistake=_PLAIN)
        trial.tries(host, late, mistake=_PLAIN)
        at_once, step_by_step = trial.model.after(late), trial.model.after(tick).after(late)
        trial.settle(host, at_once, step_by_step, mistake="what is due is looked for at one instant, and not before it")
        trial.do(host, Deliver(), mistake=_PLAIN)
        trial.expect_told(mistake=_PLAIN)


def two_writers_never_overwrite_each_other(adapter: AnyAdapter) -> None:
    """Of two who write one case at once, what each of them is told is so; who is turned away may try again."""
    opening, tick = _opening_and_tick(adapter)
    again = Open(case=opening.case, by=PAUL, now=opening.now, command_id="open-by-another")
    first, second = _rivals(adapter, opening, tick)
    for before, one, two in (
        ((opening,), first, second),
        ((opening,), tick, first),
        ((opening,), first, tick),
        ((), opening, again),
    ):
        meet(adapter, before, one, two, mistake=_OVERWRITTEN)


def what_comes_during_a_delivery_is_delivered(adapter: AnyAdapter) -> None:
    """A command or a tick that meets a delivery, and a delivery that meets another, lose nothing of each other."""
    opening, tick = _opening_and_tick(adapter)
    first, _ = _rivals(adapter, opening, tick)
    for one, two in ((Deliver(), first), (Deliver(), tick), (first, Deliver()), (Deliver(), Deliver())):
        meet(adapter, (opening,), one, two, mistake=_UNDER_WAY)


def a_failing_hook_harms_nobody(adapter: AnyAdapter) -> None:
    """Neither the sender, nor what is stored, nor who is told by mail, nor the other subscribers."""
    with Trial(adapter) as trial:
        trial.surroundings.failing = True
        host = trial.start()
        for task in stories.long(adapter):
            trial.do(host, task, mistake="the error of a subscriber reaches the sender")
            trial.expect_held(
                host, mistake="hooks are published within the transaction, and a failing one undoes it or ends the tick"
            )
        trial.expect_told(mistake="notifications are stored after the hooks, and a failing one keeps them from it")
        first = "the first subscriber that fails is the last that is asked"
        trial.expect_heard_all(mistake=first, again="where one subscriber fails, all are asked again")


def _opening_and_tick(adapter: AnyAdapter) -> tuple[Open, Tick]:
    """Give the first task of the stories, and the first moment at which something of it is due."""
    opening = next(task for task in stories.short(adapter) if isinstance(task, Open))
    due = Model(process=adapter.process).after(opening).next_due()
    assert due is not None  # noqa: S101  # every policy promises an acknowledgement
    return opening, Tick(now=due)


def _rivals(adapter: AnyAdapter, opening: Open, tick: Tick) -> tuple[Send, Send]:
    """Let two people, as far as there are two, send the same; at most one of them will have it done."""
    model = Model(process=adapter.process).after(opening)
    tasks = [
        Send(case_id=opening.case.id, command=sample(kind, by, command_id=f"by-{by.id}"), now=tick.now)
        for kind in (commands.Acknowledge, commands.AddInternalNote)
        for by in (*CAST, OTTO)
    ]
    may = [task for task in tasks if not model.refusal(task)]
    rivals = [task for task in may if type(task.command) is type(may[0].command)]
    return rivals[0], rivals[-1]


def _is_known(task: Task) -> bool:
    """Whether a host can tell that it comes twice."""
    return not isinstance(task, Send) or task.command.command_id is not None


def _other(task: Task) -> Task:
    """Give something else that has the id of this; what has none as it is."""
    if isinstance(task, Open):
        return evolve(task, case=evolve(task.case, subject=f"{task.case.subject}, too"))
    if isinstance(task, Send):
        note = sample(commands.AddInternalNote, RITA, text="Another one", command_id=task.command.command_id)
        return evolve(task, command=note)
    return task


def _crashes(adapter: AnyAdapter, *, only: str | tuple[str, ...] = "") -> Iterator[tuple[Trial, Running, Task, Model]]:
    """End a host at every step of every task of the story, if the name of the step begins so.

    Yields:
        A trial in which the host ended, the host that was started after it, what it had to do when it ended, and the
        model as it would have been after that. The model of the trial is as it was before.
    """
    tasks = stories.short(adapter)
    for place, task in enumerate(tasks):
        for number in _steps(adapter, tasks[: place + 1], only):
            with Trial(adapter) as trial:
                host = trial.start()
                for earlier in tasks[:place]:
                    trial.do(host, earlier, mistake=_PLAIN)
                after = trial.model.after(task)
                trial.crashes(host, task, number, mistake=_PLAIN)
                restarts = 1
                while trial.start_crashing(restarts):
                    restarts += 1
                yield trial, trial.start(), task, after


def _steps(adapter: AnyAdapter, tasks: tuple[Task, ...], only: str | tuple[str, ...]) -> list[int]:
    """Count the steps of the last of these tasks from one, and give those whose names begin so."""
    with Trial(adapter) as trial:
        host, passed = trial.start(), 0
        for task in tasks:
            passed = len(host.rig.steps)
            trial.do(host, task, mistake=_PLAIN)
        return [number for number, name in enumerate(host.rig.steps[passed:], start=1) if name.startswith(only)]
