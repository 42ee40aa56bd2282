"""The example desk keeps every promise, and desks with one mistake each break the one that is about it."""

import asyncio
import unittest
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from attrs import evolve
from host import Desk

import broken_desks as broken
import escalation_core as ec
from desk_suite import DeskSuite
from escalation_core import commands, events
from escalation_core.testing import BrokenPromiseError, HostSuite, Rig, SimulatedCrash, adversity, promises, stories
from escalation_core.testing.rig import Surroundings
from escalation_core.testing.tasks import Model, Send, Tick


class TestDesk(DeskSuite):
    """The desk keeps all of them."""


#: Every promise there is.
PROMISES: tuple[promises.Promise, ...] = (
    *(promise for name, promise in vars(promises).items() if f"test_{name}" in vars(HostSuite)),
    adversity.whatever_comes_nothing_is_lost,
)

#: What each promise says to the mistakes that are about it.
MISTAKES: dict[promises.Promise, dict[type[Desk], str]] = {
    promises.what_happened_is_stored_and_found_again: {
        broken.KeepsEverythingInMemory: "kept in memory, where no other program sees it",
        broken.SharesItsMemory: "kept in memory, and lost with the last program that runs",
        broken.StoresHalfAnOutcome: "a part of an outcome is not stored",
        broken.LeavesTheCaseBehind: "an event, the case",
        broken.TicksOneCaseAlone: "or all that time did",
        broken.KnowsWhatIsDueFromTheOpening: "when it is due",
        broken.RoundsTime: "a part of an outcome is not stored, or not as it was",
        broken.DropsTheZone: "a part of an outcome is not stored, or not as it was",
        broken.TakesCommandsWithoutAnIdForOne: "a part of an outcome is not stored",
        broken.CannotBeRead: "a part of an outcome is not stored",
        broken.DoesNotStoreATick: "or all that time did",
    },
    promises.a_refused_command_changes_nothing: {
        broken.SwallowsRefusals: "a refusal is swallowed",
        broken.StoresWhatIsRefused: "something is stored before the process is asked",
        broken.TellsOfRefusals: "somebody is told of what was refused",
    },
    promises.everybody_is_told_and_told_once: {
        broken.ForgetsTheOutbox: "notifications are not stored with the case",
        broken.KnowsNoRoles: "or some are left out",
        broken.ChangesWhatIsTold: "or changed",
        broken.NeverMarks: "what is delivered is not marked as delivered",
        broken.MailsAllAgainAfterAStart: "or not for good",
        broken.PublishesAllAgainAfterAStart: "published again, by the next start",
        broken.NeverPublishes: "an outcome is not published after its commit",
    },
    promises.nobody_is_told_before_the_commit: {
        broken.SendsBeforeTheCommit: "mail is sent, or hooks are published, before the commit",
        broken.PublishesBeforeTheCommit: "mail is sent, or hooks are published, before the commit",
    },
    promises.a_crash_between_any_two_steps_heals: {
        broken.CommitsEveryStatement: "case and events are not written in one transaction",
        broken.WritesTheOutboxAfterwards: "notifications are not written in the transaction of their events",
        broken.GoesOnAfterItsEnd: "notifications are not written in the transaction of their events",
        broken.MarksBeforeItSends: "or marked as delivered too soon",
        broken.RemembersTheIdBeforeTheCommit: "remembered as done before it is committed, and dropped",
    },
    promises.a_transport_that_is_down_loses_nothing: {
        broken.DropsWhatCannotBeSent: "a notification is dropped when the transport fails",
        broken.SendsWithinTheCommand: "a failing transport fails the command",
        broken.UndoesWhatItCannotTell: "a failing transport undoes what it is to tell of",
    },
    promises.one_who_cannot_be_reached_keeps_nobody_waiting: {
        broken.StopsAtTheFirstThatCannotBeSent: "ends with the first notification that the transport refuses",
        broken.GivesUp: "a notification is given up after some attempts",
        broken.MarksThoseOfOneEvent: "or marked with others of its batch",
    },
    promises.a_repeated_delivery_is_recognized: {
        broken.NewMessageIdForEachAttempt: "a new key is made for every attempt",
        broken.OneMessageIdForEachCase: "or one key for several notifications",
    },
    promises.a_command_that_comes_twice_is_done_once: {
        broken.LosesTheIdsOfCommands: "the id of a command does not reach the process",
        broken.StoresWhatIsRepeated: "what the process says is repeated is stored again",
        broken.PublishesWhatIsRepeated: "what is repeated is published again",
        broken.TellsOfWhatIsRepeated: "what is repeated is told again",
        broken.OpensWithoutComparing: "only the id is compared",
        broken.OpensWithoutLooking: "what the process says is repeated is stored again",
        broken.ComparesTheIdAlone: "only the id is compared",
    },
    promises.a_tick_tells_once: {
        broken.RemindsWithEveryTick: "what is due is told with every tick",
        broken.TellsWithEveryTick: "what is due is told, and not stored",
    },
    promises.a_tick_that_comes_late_finds_all_that_is_due: {
        broken.LooksForOneInstant: "looked for at one instant, and not before it",
    },
    promises.what_comes_during_a_delivery_is_delivered: {
        broken.MarksTheWholeOutbox: "marked or overwritten with what was in it before",
    },
    promises.two_writers_never_overwrite_each_other: {
        broken.TriesAgainWithWhatItHasRead: "tries again with what was read before",
        broken.SaysThatItIsDoneWhereItIsNot: "or a conflict is reported as done",
        broken.SendsBeforeTheCommit: "somebody is told of what another writer kept from being stored",
        broken.IgnoresTheVersion: "the version that was read is not compared",
        broken.IgnoresWhoHasOpened: "the version that was read is not compared",
        broken.IgnoresTheVersionInATick: "the version that was read is not compared",
        broken.IgnoresWhatATickHasDone: "told of what another writer kept from being stored, or has overwritten",
        broken.ComparesTheVersionTooLate: "the version that was read is not compared",
        broken.ComparesTheVersionTooLateInATick: "the version that was read is not compared",
        broken.NeverReadsAgain: "a case is read once and kept in memory",
    },
    promises.a_failing_hook_harms_nobody: {
        broken.PublishesWithinTheTransaction: "the error of a subscriber reaches the sender",
        broken.UndoesWhatAHookFailsOn: "hooks are published within the transaction, and a failing one undoes it",
        broken.WritesTheOutboxAfterTheHooks: "stored after the hooks, and a failing one keeps them from it",
        broken.TellsTheSenderOfFailedHooks: "the error of a subscriber reaches the sender",
        broken.StopsAtTheFirstFailedHook: "the first subscriber that fails is the last that is asked",
        broken.PublishesAllAgainWhereOneFails: "where one subscriber fails, all are asked again",
        broken.EndsATickWhereAHookFails: "or ends the tick",
    },
}
BROKEN = [(promise, kind, said) for promise, kinds in MISTAKES.items() for kind, said in kinds.items()]


@pytest.mark.parametrize(("promise", "kind", "said"), BROKEN, ids=lambda part: getattr(part, "__name__", ""))
def test_a_desk_with_a_mistake_breaks_the_promise_that_is_about_it(
    promise: promises.Promise, kind: type[Desk], said: str
) -> None:
    with pytest.raises(BrokenPromiseError, match=f"A classic mistake: .*{said}"):
        promise(_suite(kind))


class CatchesItsEnd(Desk):
    """A desk that hears of its end, and does nothing more."""

    def commit(self, outcome: ec.Outcome) -> None:
        with suppress(SimulatedCrash):
            super().commit(outcome)


def test_a_host_that_catches_its_end_and_does_nothing_more_is_not_blamed() -> None:
    promises.a_crash_between_any_two_steps_heals(_suite(CatchesItsEnd))


@pytest.mark.parametrize(
    "kind",
    [
        broken.KeepsEverythingInMemory,
        broken.OneMessageIdForEachCase,
        broken.OpensWithoutLooking,
        broken.StoresHalfAnOutcome,
        broken.StoresWhatIsRepeated,
        broken.SwallowsRefusals,
    ],
)
def test_a_life_at_random_finds_mistakes_too(kind: type[Desk]) -> None:
    suite = _suite(kind)
    suite.examples = 300
    with pytest.raises(BrokenPromiseError, match="A classic mistake: none by name"):
        suite.test_whatever_comes_nothing_is_lost()


class Unmarked(DeskSuite):
    """An adapter that marks nothing."""

    @contextmanager
    def host(self, storage: Path, rig: Rig) -> Generator[Desk]:
        vars(rig)["step"] = str  # which does nothing
        with super().host(storage, rig) as desk:
            yield desk


def test_an_adapter_that_marks_nothing_is_told_so() -> None:
    with pytest.raises(BrokenPromiseError, match=r"A classic mistake: the adapter does not call rig\.step"):
        promises.the_steps_of_the_storage_are_marked(Unmarked())


class Recovering(DeskSuite):
    """An adapter of desks that repair what a crash has left behind, each time they start."""

    kind: type[Desk] = broken.RepairsInTwoTransactions

    @contextmanager
    def host(self, storage: Path, rig: Rig) -> Generator[Desk]:
        with super().host(storage, rig) as desk:
            assert isinstance(desk, broken.RepairsInTwoTransactions)
            desk.recover()
            yield desk


def test_a_crash_in_the_middle_of_a_start_is_tried_as_well() -> None:
    with pytest.raises(BrokenPromiseError, match=r"start, crash at step .*before insert into outbox"):
        promises.a_crash_between_any_two_steps_heals(Recovering())


def test_a_host_that_cannot_start_after_a_crash_is_told_so() -> None:
    with pytest.raises(BrokenPromiseError, match=r"cannot start: IntegrityError.*\n.*what a crash has left behind"):
        promises.a_crash_between_any_two_steps_heals(_suite(broken.CannotStartAfterACrash))


class Translates(Desk):
    """A desk that makes an error of its own of everything, and even of its end."""

    def commit(self, outcome: ec.Outcome) -> None:
        try:
            super().commit(outcome)
        except BaseException as error:
            raise BaseExceptionGroup("not committed", [error]) from error


@pytest.mark.parametrize(
    "promise", [promises.a_crash_between_any_two_steps_heals, promises.nobody_is_told_before_the_commit]
)
def test_a_host_that_makes_something_else_of_its_end_is_not_blamed(promise: promises.Promise) -> None:
    promise(_suite(Translates))


class InOneThread(DeskSuite):
    """An adapter that runs whatever a desk does in an event loop, in the thread of the suite."""

    def send(self, host: Desk, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        async def send() -> ec.Outcome:
            return host.send(case_id, command, now=now)

        coroutine = send()
        try:
            return asyncio.run(coroutine)
        finally:
            coroutine.close()


def test_two_hosts_in_the_event_loop_of_one_thread_are_said_not_to_meet() -> None:
    with pytest.raises(BrokenPromiseError, match="give each host a thread of its own"):
        promises.two_writers_never_overwrite_each_other(InOneThread())


def test_an_adapter_that_lacks_a_method_is_an_error_where_pytest_would_pass_over_it() -> None:
    with pytest.raises(TypeError, match="TestNothing: must have every method of an adapter, lacks deliver, events"):
        type("TestNothing", (HostSuite,), {})


def _refusing(*kinds: type[commands.Command]) -> ec.Policy:
    refusal = ec.Refusal(code="not_here", message="nobody does that here")

    def nobody_does(_case: ec.Case, command: commands.Command, _now: datetime) -> tuple[ec.Refusal, ...]:
        return (refusal,) if isinstance(command, kinds) else ()

    return ec.Policy(rules=(nobody_does,))


LEADS = frozenset({ec.Role.SUPPORT_LEAD})
OWN = {
    "nobody acknowledges": _refusing(commands.Acknowledge),
    "only leads do, nobody posts updates, and nobody is called": evolve(
        _refusing(commands.PostUpdate),
        permissions=ec.Permissions(acknowledge=LEADS, open_case=LEADS, add_internal_note=LEADS),
        timing=ec.Timing(ladder=()),
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("policy", OWN.values(), ids=OWN)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_desk_keeps_every_promise_under_a_policy_of_its_own(policy: ec.Policy, promise: promises.Promise) -> None:
    suite = DeskSuite()
    suite.examples = 3
    vars(suite)["process"] = ec.Process(policy=policy)
    promise(suite)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_policy_under_which_nobody_may_open_the_case_of_the_stories_is_said_to_be_so(
    promise: promises.Promise,
) -> None:
    suite = DeskSuite()
    vars(suite)["process"] = ec.Process(policy=_refusing(commands.OpenCase))
    with pytest.raises(ValueError, match=r"emergency: must be a case that somebody may open.*refused for not_here"):
        promise(suite)


def test_the_long_story_has_every_command_every_event_and_whatever_anybody_is_told() -> None:
    model = Model(process=DeskSuite.process)
    for task in stories.long(DeskSuite()):
        model = model.after(task)
    sent = {type(task.command) for task in stories.long(DeskSuite()) if isinstance(task, Send)}
    happened = {type(event) for history in model.events.values() for event in history}
    told = {notification.template for notification in model.told.values()}
    by_a_policy_only = {
        ec.Template.ACKNOWLEDGED_INTERNALLY,
        ec.Template.INTERNAL_NOTE,
        ec.Template.SOLUTION_ANNOUNCED,
    }
    assert (sent | {commands.OpenCase}, happened) == (set(commands.COMMANDS), set(events.EVENTS))
    assert set(ec.Template) - told == by_a_policy_only


def test_the_long_story_has_two_cases_that_are_due_at_once_and_commands_without_an_id() -> None:
    model, most = Model(process=DeskSuite.process), 0
    for task in stories.long(DeskSuite()):
        if isinstance(task, Tick):
            most = max(most, [model.process.next_due(case) for case in model.cases.values()].count(task.now))
        model = model.after(task)
    assert most > 1
    assert [task.command.command_id for task in stories.long(DeskSuite()) if isinstance(task, Send)].count(None) > 1


def test_unittest_runs_a_suite_as_well_and_calls_a_broken_promise_a_failure() -> None:
    class DeskCase(DeskSuite, unittest.TestCase):
        """Not at the top of the module, where pytest would run it once more."""

    class ForgetfulDeskCase(DeskCase):
        kind = broken.DoesNotStoreATick

    right, wrong = unittest.TestResult(), unittest.TestResult()
    DeskCase("test_a_tick_tells_once").run(right)
    ForgetfulDeskCase("test_a_tick_tells_once").run(wrong)
    assert [(found.testsRun, len(found.failures), found.errors) for found in (right, wrong)] == [(1, 0, []), (1, 1, [])]


def _suite(kind: type[Desk]) -> DeskSuite:
    suite = DeskSuite()
    suite.kind = kind
    return suite


class Repairing(Recovering):
    """An adapter of desks that make an error of their own of an end in the middle of their start."""

    @contextmanager
    def host(self, storage: Path, rig: Rig) -> Generator[Desk]:
        with DeskSuite.host(self, storage, rig) as desk:
            try:
                rig.step("before the repair")
            except SimulatedCrash as error:
                raise RuntimeError("not repaired") from error
            yield desk


@pytest.mark.thorough
def test_a_host_that_makes_something_else_of_its_end_at_its_start_is_not_blamed() -> None:
    suite = Repairing()
    suite.kind = Desk
    promises.a_crash_between_any_two_steps_heals(suite)


class GoesOnForEver(Desk):
    def tick(self, *, now: datetime) -> int:
        while True:
            self.process.due(next(self.cases()), now=now)


@pytest.mark.thorough
def test_a_host_that_goes_on_for_ever_is_ended_and_told_so() -> None:
    with pytest.raises(BrokenPromiseError, match="it goes on for ever"):
        promises.what_happened_is_stored_and_found_again(_suite(GoesOnForEver))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_host_ends_at_the_very_step_at_which_it_is_to_end(number: int) -> None:
    rig = Rig(ec.Process(), Surroundings())
    rig.step("passed before")
    rig.crash_at(number)
    for _ in range(number - 1):
        rig.step("passed")
    with pytest.raises(SimulatedCrash, match="the end"):
        rig.step("the end")
    assert rig.crashed
