"""The guarantees of a correct host, one function for each.

Rule 1: each function begins with an empty storage, and can be called alone: ``guarantee(adapter)``.
Rule 2: a broken guarantee is a ``BrokenGuaranteeError``, which names the usual mistake behind it.
Rule 3: the same task must take the same steps each time; otherwise the suite tries fewer crashes.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from attrs import evolve

from escalation_core import commands
from escalation_core.testing import stories
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.builders import ANA, CAST, NINA, OTTO, PAUL, RITA, sample
from escalation_core.testing.experiment import Experiment, Running
from escalation_core.testing.probe import PUBLISHED, SENT
from escalation_core.testing.races import run_race
from escalation_core.testing.reference_host import ReferenceHost
from escalation_core.testing.tasks import Deliver, Open, Send, Task, Tick

Guarantee = Callable[[AnyAdapter], None]

_PLAIN = "the host fails without any crash, race or other difficulty"
_PART = "a part of an outcome is lost or changed in the storage: an event, the case, its due time, or a part of a tick"
_NOT_RECOGNIZED = "the id of a command does not reach the process, or the host stores a repeated outcome again"
_UNPUBLISHED = "an outcome is not published after its commit"
_OVERWRITTEN = "a write does not compare the version that was read, or a conflict is reported as done"
_DURING = "a delivery marks or overwrites entries that came into the outbox after its start"


def storage_steps_are_marked(adapter: AnyAdapter) -> None:
    """The adapter marks the steps of the storage; without marks, no crash can happen inside a transaction."""
    with Experiment(adapter) as experiment:
        host = experiment.start()
        for task in stories.short(adapter):
            marks, before = host.probe.marks, experiment.reference
            experiment.do(host, task, mistake=_PLAIN)
            if host.probe.marks == marks and (experiment.reference != before or isinstance(task, Deliver)):
                experiment.fail("the task has no mark", "the adapter does not call probe.step before each change")


def outcomes_are_stored_completely(adapter: AnyAdapter) -> None:
    """The storage returns cases and events as the process made them, to every program and after a restart."""
    with Experiment(adapter) as experiment:
        host = experiment.start()
        for task in stories.long(adapter):
            experiment.do(host, task, mistake=_PLAIN)
            experiment.expect_stored(host, mistake=_PART)
        other = experiment.start()
        experiment.expect_stored(other, mistake="the case is kept in memory, invisible to other programs")
        other.stop()
        host = experiment.restart(host)
        experiment.expect_stored(host, mistake="the case is kept in memory, and lost when the last program ends")


def a_refused_command_changes_nothing(adapter: AnyAdapter) -> None:
    """The sender gets the refusals of the process, and the host stores nothing and notifies nobody."""
    mistake = "a refusal is swallowed, or a change is stored before the process decides"
    with Experiment(adapter) as experiment:
        host = experiment.start()
        experiment.do(host, stories.short(adapter)[0], mistake=mistake)
        case = evolve(adapter.emergency, id=stories.OTHER)
        experiment.do(host, Open(case=case, by=NINA, now=stories.START, command_id="stranger"), mistake=mistake)
        for command in (commands.Acknowledge(by=ANA, command_id="no-1"), commands.CloseEscalation(by=RITA)):
            experiment.do(host, Send(case_id=stories.EMERGENCY, command=command, now=stories.START), mistake=mistake)
        experiment.do(host, Deliver(), mistake=mistake)
        experiment.expect_stored(host, mistake=mistake)
        experiment.expect_delivered(mistake="a notification is sent for a refused command")


def notifications_are_delivered_once(adapter: AnyAdapter) -> None:
    """Each notification is delivered once, and each event published once, if nothing fails."""
    again = "a delivered notification is not marked as delivered, or the mark is lost at a restart"
    with Experiment(adapter) as experiment:
        host = experiment.start()
        for task in stories.long(adapter):
            experiment.do(host, task, mistake=_PLAIN)
            if isinstance(task, Deliver):
                host = experiment.restart(host)
                experiment.do(host, Deliver(), mistake=_PLAIN)
        experiment.expect_delivered(mistake="notifications are not stored with the case, or left out, or changed")
        experiment.expect_delivered_once(mistake=again)
        experiment.expect_published_once(mistake=_UNPUBLISHED, again="events are published again after a restart")


def nothing_is_sent_before_the_commit(adapter: AnyAdapter) -> None:
    """After a crash, the event of each sent notification and each published event are stored."""
    for experiment, host, _, _ in _crashes(adapter, only=(SENT, PUBLISHED)):
        experiment.expect_committed(host, mistake="mail is sent, or hooks are published, before the commit")


def a_crash_at_any_step_loses_nothing(adapter: AnyAdapter) -> None:
    """A crash leaves a whole task or nothing in the storage; the repeated task is complete, with all notifications."""
    for experiment, host, task, after in _crashes(adapter):
        experiment.expect_stored(host, after, mistake="case and events are not written in one transaction")
        experiment.do(host, task, mistake="a command that is repeated after a crash is not recognized, or refused")
        experiment.do(host, Deliver(), mistake="the rest of a crashed transaction prevents a delivery")
        experiment.expect_stored(
            host, mistake="a command id is stored before the commit of its command, so that a repeat is dropped"
        )
        experiment.expect_delivered(
            mistake="notifications are not written in the transaction of their events, or marked as delivered too soon"
        )


def a_failing_transport_loses_nothing(adapter: AnyAdapter) -> None:
    """The next delivery repeats what a failing transport did not accept; no command fails because of the transport."""
    with Experiment(adapter) as experiment:
        host = experiment.start()
        experiment.environment.accepts = lambda _: False
        for task in stories.long(adapter):
            experiment.do(host, task, mistake="a failing transport fails the command")
            experiment.expect_stored(host, mistake="a failing transport undoes the change of the case")
        experiment.environment.accepts = lambda _: True
        experiment.do(host, Deliver(), mistake=_PLAIN)
        experiment.expect_delivered(mistake="a notification is dropped when the transport fails")


def an_unreachable_recipient_blocks_nobody(adapter: AnyAdapter) -> None:
    """The others get their notifications, although one mailbox rejects each delivery."""
    unreachable = adapter.emergency.requester
    with Experiment(adapter) as experiment:
        host = experiment.start()
        experiment.environment.accepts = lambda notification: notification.to != unreachable
        for task in (*stories.long(adapter), *[Deliver()] * 10):
            experiment.do(host, task, mistake=_PLAIN)
        mistake = "a delivery stops at the first notification that the transport rejects"
        experiment.expect_delivered(but=unreachable, mistake=mistake)
        experiment.environment.accepts = lambda _: True
        experiment.do(host, Deliver(), mistake=_PLAIN)
        mistake = "a notification is given up after some attempts, or marked together with its batch"
        experiment.expect_delivered(mistake=mistake)


def a_repeated_delivery_keeps_its_key(adapter: AnyAdapter) -> None:
    """A notification has the same key in each delivery; no two notifications share a key."""
    for experiment, host, task, _ in _crashes(adapter, only=SENT):
        experiment.do(host, task, mistake=_PLAIN)
        experiment.do(host, Deliver(), mistake=_PLAIN)
        experiment.expect_stable_keys(mistake="each attempt has a new key, or several notifications share a key")


def a_repeated_command_is_done_once(adapter: AnyAdapter) -> None:
    """A repeated command succeeds and changes nothing; a different command with the same id is refused."""
    with Experiment(adapter) as experiment:
        host = experiment.start()
        since: list[Task] = []
        for task in stories.long(adapter):
            experiment.do(host, task, mistake=_PLAIN)
            since.append(task)
            if isinstance(task, Deliver):
                for repeated in filter(_is_repeatable, since):
                    experiment.do(host, repeated, mistake=_NOT_RECOGNIZED)
                for other in map(_other, filter(_is_repeatable, since)):
                    experiment.do(host, other, mistake="only the command id is compared")
                since.clear()
        experiment.expect_stored(host, mistake=_NOT_RECOGNIZED)
        experiment.expect_delivered_once(mistake="the notifications of a repeated command are sent again")
        experiment.expect_published_once(
            mistake=_UNPUBLISHED, again="the events of a repeated command are published again"
        )


def a_repeated_tick_notifies_once(adapter: AnyAdapter) -> None:
    """Several ticks at one time, by one or more programs, store and send each reminder once."""
    mistake = "a tick sends reminders without storing them"
    with Experiment(adapter) as experiment:
        host, other = experiment.start(), experiment.start()
        opening, tick = _opening_and_tick(adapter)
        experiment.do(host, opening, mistake=_PLAIN)
        for running in (host, host, other):
            experiment.do(running, tick, mistake=mistake)
            experiment.do(running, Deliver(), mistake=_PLAIN)
        experiment.expect_stored(host, mistake=mistake)
        experiment.expect_delivered(mistake=mistake)
        experiment.expect_delivered_once(mistake="each tick sends the same reminder again")


def a_late_tick_finds_everything_due(adapter: AnyAdapter) -> None:
    """A tick after a due time handles all reminders that became due before, at once or one after the other."""
    opening, tick = _opening_and_tick(adapter)
    late = Tick(now=tick.now + timedelta(seconds=1))
    with Experiment(adapter) as experiment:
        host = experiment.start()
        experiment.do(host, opening, mistake=_PLAIN)
        experiment.attempt(host, late, mistake=_PLAIN)
        reference = experiment.reference
        mistake = "a tick handles only what is due at its very instant, and not before"
        experiment.settle(host, reference.after(late), reference.after(tick).after(late), mistake=mistake)
        experiment.do(host, Deliver(), mistake=_PLAIN)
        experiment.expect_delivered(mistake=_PLAIN)


def concurrent_writers_never_overwrite_each_other(adapter: AnyAdapter) -> None:
    """Two concurrent writers overwrite nothing, and get true results; a writer with a conflict may try again."""
    opening, tick = _opening_and_tick(adapter)
    again = Open(case=opening.case, by=PAUL, now=opening.now, command_id="open-by-another")
    first, second = _competing(adapter, opening, tick)
    for before, one, two in (
        ((opening,), first, second),
        ((opening,), tick, first),
        ((opening,), first, tick),
        ((), opening, again),
    ):
        run_race(adapter, before, one, two, mistake=_OVERWRITTEN)


def changes_during_a_delivery_are_delivered(adapter: AnyAdapter) -> None:
    """A command, a tick or another delivery during a delivery loses no notification."""
    opening, tick = _opening_and_tick(adapter)
    first, _ = _competing(adapter, opening, tick)
    for one, two in ((Deliver(), first), (Deliver(), tick), (first, Deliver()), (Deliver(), Deliver())):
        run_race(adapter, (opening,), one, two, mistake=_DURING)


def a_failing_hook_affects_nothing_else(adapter: AnyAdapter) -> None:
    """A failing subscriber affects neither the sender, the storage, the notifications nor the other subscribers."""
    with Experiment(adapter) as experiment:
        experiment.environment.has_failing_subscriber = True
        host = experiment.start()
        for task in stories.long(adapter):
            experiment.do(host, task, mistake="the error of a subscriber reaches the sender")
            experiment.expect_stored(
                host, mistake="hooks are published within the transaction, and a failing one undoes it or ends the tick"
            )
        experiment.expect_delivered(mistake="notifications are stored after the hooks, so a failing hook loses them")
        first = "no subscriber is called after the first one that fails"
        experiment.expect_published_once(mistake=first, again="all subscribers are called again after one has failed")


def _opening_and_tick(adapter: AnyAdapter) -> tuple[Open, Tick]:
    """Return the first task of the stories, and a tick at the first due time after it."""
    opening = next(task for task in stories.short(adapter) if isinstance(task, Open))
    due = ReferenceHost(process=adapter.process).after(opening).next_due()
    assert due is not None  # noqa: S101  # every policy has a deadline for the acknowledgement
    return opening, Tick(now=due)


def _competing(adapter: AnyAdapter, opening: Open, tick: Tick) -> tuple[Send, Send]:
    """Return the same command from two people, if two may send it; at most one of the commands has an effect."""
    reference = ReferenceHost(process=adapter.process).after(opening)
    tasks = [
        Send(case_id=opening.case.id, command=sample(kind, by, command_id=f"by-{by.id}"), now=tick.now)
        for kind in (commands.Acknowledge, commands.AddInternalNote)
        for by in (*CAST, OTTO)
    ]
    accepted = [task for task in tasks if not reference.refusal_codes(task)]
    same = [task for task in accepted if type(task.command) is type(accepted[0].command)]
    return same[0], same[-1]


def _is_repeatable(task: Task) -> bool:
    """Whether a host can recognize a repetition of this task."""
    return not isinstance(task, Send) or task.command.command_id is not None


def _other(task: Task) -> Task:
    """Return a different task with the same id; a task without an id is returned unchanged."""
    if isinstance(task, Open):
        return evolve(task, case=evolve(task.case, subject=f"{task.case.subject}, too"))
    if isinstance(task, Send):
        note = sample(commands.AddInternalNote, RITA, text="Another one", command_id=task.command.command_id)
        return evolve(task, command=note)
    return task


def _crashes(
    adapter: AnyAdapter, *, only: str | tuple[str, ...] = ""
) -> Iterator[tuple[Experiment, Running, Task, ReferenceHost]]:
    """Yield an experiment for each crash of a host, at each step of the short story whose name begins with ``only``.

    Yields:
        An experiment after the crash, the host that started next, the crashed task, and the reference host after that
        task. The reference host of the experiment is the one before the task.
    """
    tasks = stories.short(adapter)
    for place, task in enumerate(tasks):
        for number in _steps(adapter, tasks[: place + 1], only):
            with Experiment(adapter) as experiment:
                host = experiment.start()
                for earlier in tasks[:place]:
                    experiment.do(host, earlier, mistake=_PLAIN)
                after = experiment.reference.after(task)
                experiment.crash(host, task, number, mistake=_PLAIN)
                restarts = 1
                while experiment.start_crashing(restarts):
                    restarts += 1
                yield experiment, experiment.start(), task, after


def _steps(adapter: AnyAdapter, tasks: tuple[Task, ...], only: str | tuple[str, ...]) -> list[int]:
    """Return the numbers of the steps of the last task, counted from one, whose names begin with ``only``."""
    with Experiment(adapter) as experiment:
        host, passed = experiment.start(), 0
        for task in tasks:
            passed = len(host.probe.steps)
            experiment.do(host, task, mistake=_PLAIN)
        return [number for number, name in enumerate(host.probe.steps[passed:], start=1) if name.startswith(only)]
