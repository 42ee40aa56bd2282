"""The example desk keeps every promise, and desks with one mistake each break the one that is about it."""

import unittest
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from host import Desk

import broken_desks as broken
import escalation_core as ec
from desk_suite import DeskSuite
from escalation_core.testing import BrokenPromiseError, Rig, SimulatedCrash, promises


class TestDesk(DeskSuite):
    """The desk keeps all of them."""


#: What each promise says to the mistakes that are about it.
MISTAKES: dict[promises.Promise, dict[type[Desk], str]] = {
    promises.what_happened_is_stored_and_found_again: {
        broken.KeepsEverythingInMemory: "kept in memory, where no other program sees it",
        broken.SharesItsMemory: "kept in memory, and lost with the last program that runs",
        broken.StoresHalfAnOutcome: "a part of an outcome is not stored: an event",
        broken.LeavesTheCaseBehind: "an event, the case",
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
        broken.OpensWithoutLooking: "what the process says is repeated is stored again",
        broken.ComparesTheIdAlone: "only the id is compared",
    },
    promises.a_tick_tells_once: {
        broken.RemindsWithEveryTick: "what is due is told with every tick",
        broken.TellsWithEveryTick: "what is due is told, and not stored",
    },
    promises.two_writers_never_overwrite_each_other: {
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
