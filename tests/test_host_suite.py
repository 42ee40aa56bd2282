"""The example desk keeps every guarantee, and a desk with a mistake breaks the guarantee against this mistake."""

import asyncio
import unittest
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from host import Desk
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import commands
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import guarantees, random_lives, stories
from escalation_core.testing.hosts import BrokenGuaranteeError, HostSuite, Probe, SimulatedCrash
from escalation_core.testing.probe import Environment
from escalation_core.testing.reference_host import ReferenceHost
from escalation_core.testing.tasks import Send, Tick
from support import broken_desks as broken
from support.desk_suite import DeskSuite


class TestDesk(DeskSuite):
    """The desk keeps every guarantee."""


#: Every guarantee of the suite.
GUARANTEES: tuple[guarantees.Guarantee, ...] = (
    *(guarantee for name, guarantee in vars(guarantees).items() if f"test_{name}" in vars(HostSuite)),
    random_lives.random_lives_lose_nothing,
)

#: The message of each guarantee for the mistakes that it finds.
MISTAKES: dict[guarantees.Guarantee, dict[type[Desk], str]] = {
    guarantees.outcomes_are_stored_completely: {
        broken.KeepsEverythingInMemory: "kept in memory, invisible to other programs",
        broken.SharesItsMemory: "kept in memory, and lost when the last program ends",
        broken.StoresHalfAnOutcome: "a part of an outcome is lost or changed",
        broken.StoresAnOldCase: "an event, the case",
        broken.TicksOnlyOneCase: "or a part of a tick",
        broken.StoresNextDueOnlyAtTheOpening: "its due time",
        broken.RoundsTime: "a part of an outcome is lost or changed",
        broken.DropsTheZone: "a part of an outcome is lost or changed",
        broken.TreatsCommandsWithoutIdAsRepeats: "a part of an outcome is lost or changed",
        broken.CannotReadTheCase: "a part of an outcome is lost or changed",
        broken.DoesNotStoreATick: "or a part of a tick",
    },
    guarantees.a_refused_command_changes_nothing: {
        broken.SwallowsRefusals: "a refusal is swallowed",
        broken.RefusesForAnotherReason: "a refusal is swallowed",
        broken.StoresRefusedCases: "a change is stored before the process decides",
        broken.NotifiesOfRefusals: "a notification is sent for a refused command",
    },
    guarantees.notifications_are_delivered_once: {
        broken.ForgetsTheOutbox: "notifications are not stored with the case",
        broken.DropsNotificationsToRoles: "or left out",
        broken.ChangesNotifications: "or changed",
        broken.NeverMarks: "a delivered notification is not marked as delivered",
        broken.MailsAllAgainAfterARestart: "or the mark is lost at a restart",
        broken.PublishesAllAgainAfterARestart: "published again after a restart",
        broken.NeverPublishes: "an outcome is not published after its commit",
    },
    guarantees.nothing_is_sent_before_the_commit: {
        broken.SendsBeforeTheCommit: "mail is sent, or hooks are published, before the commit",
        broken.PublishesBeforeTheCommit: "mail is sent, or hooks are published, before the commit",
    },
    guarantees.a_crash_at_any_step_loses_nothing: {
        broken.CommitsEveryStatement: "case and events are not written in one transaction",
        broken.WritesTheOutboxAfterTheCommit: "notifications are not written in the transaction of their events",
        broken.ContinuesAfterItsCrash: "notifications are not written in the transaction of their events",
        broken.MarksBeforeItSends: "or marked as delivered too soon",
        broken.RemembersTheIdBeforeTheCommit: "stored before the commit of its command, so that a repeat is dropped",
    },
    guarantees.a_failing_transport_loses_nothing: {
        broken.DropsUndeliverableMails: "a notification is dropped when the transport fails",
        broken.SendsWithinTheCommand: "a failing transport fails the command",
        broken.RollsBackIfMailFails: "a failing transport undoes the change of the case",
    },
    guarantees.an_unreachable_recipient_blocks_nobody: {
        broken.StopsAtTheFirstUndeliverableMail: "stops at the first notification that the transport rejects",
        broken.GivesUp: "a notification is given up after some attempts",
        broken.MarksAllNotificationsOfOneEvent: "or marked together with its batch",
    },
    guarantees.a_repeated_delivery_keeps_its_key: {
        broken.NewMessageIdForEachAttempt: "each attempt has a new key",
        broken.OneMessageIdForEachCase: "or several notifications share a key",
    },
    guarantees.a_repeated_command_is_done_once: {
        broken.LosesTheIdsOfCommands: "the id of a command does not reach the process",
        broken.StoresRepeatsAgain: "the host stores a repeated outcome again",
        broken.PublishesRepeatsAgain: "the events of a repeated command are published again",
        broken.NotifiesOfRepeatsAgain: "the notifications of a repeated command are sent again",
        broken.OpensWithoutComparing: "only the command id is compared",
        broken.OpensWithoutReading: "the host stores a repeated outcome again",
        broken.ComparesTheIdAlone: "only the command id is compared",
    },
    guarantees.a_repeated_tick_notifies_once: {
        broken.RepeatsRemindersWithEveryTick: "each tick sends the same reminder again",
        broken.SendsRemindersWithEveryTick: "a tick sends reminders without storing them",
    },
    guarantees.a_late_tick_finds_everything_due: {
        broken.FindsOnlyWhatIsDueExactlyNow: "only what is due at its very instant, and not before",
    },
    guarantees.changes_during_a_delivery_are_delivered: {
        broken.CountsClaimedMailsAsDelivered: "a delivery marks or overwrites entries",
        broken.MarksTheWholeOutbox: "entries that came into the outbox after its start",
    },
    guarantees.concurrent_writers_never_overwrite_each_other: {
        broken.RetriesWithoutReadingAgain: "tries again after a conflict without reading again",
        broken.HidesConflicts: "or a conflict is reported as done",
        broken.SendsBeforeTheCommit: "sent for a change that another writer prevented",
        broken.IgnoresTheVersion: "a write does not compare the version that was read",
        broken.IgnoresTheVersionAtTheOpening: "a write does not compare the version that was read",
        broken.IgnoresTheVersionInATick: "a write does not compare the version that was read",
        broken.IgnoresChangesByATick: "that another writer prevented or has overwritten",
        broken.ComparesTheVersionTooLate: "a write does not compare the version that was read",
        broken.ComparesTheVersionTooLateInATick: "a write does not compare the version that was read",
        broken.NeverReadsAgain: "a case is read once and kept in memory",
    },
    guarantees.a_failing_hook_affects_nothing_else: {
        broken.PublishesWithinTheTransaction: "the error of a subscriber reaches the sender",
        broken.RollsBackIfAHookFails: "hooks are published within the transaction, and a failing one undoes it",
        broken.WritesTheOutboxAfterTheHooks: "stored after the hooks, so a failing hook loses them",
        broken.RaisesTheErrorsOfHooks: "the error of a subscriber reaches the sender",
        broken.StopsAtTheFirstFailedHook: "no subscriber is called after the first one that fails",
        broken.PublishesAllAgainIfOneFails: "all subscribers are called again after one has failed",
        broken.StopsATickIfAHookFails: "or ends the tick",
    },
}
BROKEN = [(guarantee, kind, message) for guarantee, kinds in MISTAKES.items() for kind, message in kinds.items()]


@pytest.mark.parametrize(("guarantee", "kind", "message"), BROKEN, ids=lambda part: getattr(part, "__name__", ""))
def test_a_desk_with_a_mistake_breaks_the_guarantee_for_it(
    guarantee: guarantees.Guarantee, kind: type[Desk], message: str
) -> None:
    with pytest.raises(BrokenGuaranteeError, match=f"Usual mistake: .*{message}"):
        guarantee(_suite(kind))


class CatchesItsCrash(Desk):
    """A desk that catches its crash and does nothing else."""

    def commit(self, outcome: ec.Outcome) -> None:
        with suppress(SimulatedCrash):
            super().commit(outcome)


def test_a_host_passes_if_it_catches_its_crash_and_stops() -> None:
    guarantees.a_crash_at_any_step_loses_nothing(_suite(CatchesItsCrash))


@pytest.mark.parametrize(
    "kind",
    [
        broken.ForgetsTheOutbox,
        broken.KeepsEverythingInMemory,
        broken.OneMessageIdForEachCase,
        broken.OpensWithoutReading,
        broken.StoresHalfAnOutcome,
        broken.StoresRepeatsAgain,
        broken.SwallowsRefusals,
    ],
)
def test_random_lives_also_find_mistakes(kind: type[Desk]) -> None:
    suite = _suite(kind)
    suite.examples = 300
    with pytest.raises(BrokenGuaranteeError, match="Usual mistake: unknown"):
        suite.test_random_lives_lose_nothing()


class Recorded(DeskSuite):
    """An adapter that records each task of its desks, with its time, and whether the desk crashed."""

    def __init__(self) -> None:
        self.tasks: list[tuple[tuple[object, ...], bool]] = []

    @contextmanager
    def recorded(self, *task: object) -> Generator[None]:
        crashed = False
        try:
            yield
        except SimulatedCrash:
            crashed = True
            raise
        finally:
            self.tasks.append((task, crashed))

    def open(self, host: Desk, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str) -> ec.Outcome:
        with self.recorded("open", command_id, now):
            return super().open(host, case, by=by, now=now, command_id=command_id)

    def send(self, host: Desk, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        with self.recorded("send", command.command_id, now):
            return super().send(host, case_id, command, now=now)

    def tick(self, host: Desk, *, now: datetime) -> int:
        with self.recorded("tick", now):
            return super().tick(host, now=now)

    def deliver(self, host: Desk) -> int:
        with self.recorded("deliver"):
            return super().deliver(host)


@pytest.mark.parametrize("again", [True, False])
def test_random_lives_repeat_a_crashed_task_or_give_it_up(again: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr(st, "booleans", lambda: st.just(again))  # decides between repeating and giving up
    suite = Recorded()
    suite.examples = 15
    suite.test_random_lives_lose_nothing()
    following = [
        later == task for (task, crashed), (later, _) in pairwise(suite.tasks) if crashed and task[0] == "send"
    ]
    assert len(following) > 3
    assert all(following) is again


class Unmarked(DeskSuite):
    """An adapter without marks."""

    @contextmanager
    def host(self, storage: Path, probe: Probe) -> Generator[Desk]:
        vars(probe)["step"] = str  # a call without effect
        with super().host(storage, probe) as desk:
            yield desk


def test_an_adapter_without_marks_fails() -> None:
    with pytest.raises(BrokenGuaranteeError, match=r"Usual mistake: the adapter does not call probe\.step"):
        guarantees.storage_steps_are_marked(Unmarked())


class Recovering(DeskSuite):
    """An adapter for desks that repair the outbox at each start."""

    kind: type[Desk] = broken.RepairsInTwoTransactions

    @contextmanager
    def host(self, storage: Path, probe: Probe) -> Generator[Desk]:
        with super().host(storage, probe) as desk:
            assert isinstance(desk, broken.RepairsInTwoTransactions)
            desk.recover()
            yield desk


def test_the_suite_crashes_hosts_during_their_start() -> None:
    with pytest.raises(BrokenGuaranteeError, match=r"start, crash at step .*before insert into outbox"):
        guarantees.a_crash_at_any_step_loses_nothing(Recovering())


def test_a_host_fails_if_it_cannot_start_after_a_crash() -> None:
    with pytest.raises(
        BrokenGuaranteeError, match=r"cannot start: IntegrityError.*\n.*the rest of a crashed transaction"
    ):
        guarantees.a_crash_at_any_step_loses_nothing(_suite(broken.CannotStartAfterACrash))


class WrapsItsCrash(Desk):
    """A desk that wraps every error, even its crash."""

    def commit(self, outcome: ec.Outcome) -> None:
        try:
            super().commit(outcome)
        except BaseException as error:
            raise BaseExceptionGroup("not committed", [error]) from error


@pytest.mark.parametrize(
    "guarantee", [guarantees.a_crash_at_any_step_loses_nothing, guarantees.nothing_is_sent_before_the_commit]
)
def test_a_host_passes_if_it_wraps_its_crash(guarantee: guarantees.Guarantee) -> None:
    guarantee(_suite(WrapsItsCrash))


class InOneThread(DeskSuite):
    """An adapter that runs each task in an event loop in the thread of the suite."""

    def send(self, host: Desk, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        async def send() -> ec.Outcome:
            return host.send(case_id, command, now=now)

        coroutine = send()
        try:
            return asyncio.run(coroutine)
        finally:
            coroutine.close()


def test_two_hosts_in_one_event_loop_fail_with_a_hint() -> None:
    with pytest.raises(BrokenGuaranteeError, match="give each host its own thread"):
        guarantees.concurrent_writers_never_overwrite_each_other(InOneThread())


def test_an_adapter_without_a_required_method_raises() -> None:
    with pytest.raises(TypeError, match="TestNothing: must have every method of an adapter, lacks deliver, events"):
        type("TestNothing", (HostSuite,), {})


def _refusing(*kinds: type[commands.Command]) -> ec.Policy:
    refusal = ec.Refusal(code="not_here", message="nobody may do that here")

    def refuse(_case: ec.Case, command: commands.Command, _now: datetime) -> tuple[ec.Refusal, ...]:
        return (refusal,) if isinstance(command, kinds) else ()

    return ec.Policy(rules=(refuse,))


LEADS = frozenset({ec.Role.SUPPORT_LEAD})
POLICIES = {
    "nobody may acknowledge": _refusing(commands.Acknowledge),
    "only leads may acknowledge, nobody may post updates, and no ladder": evolve(
        _refusing(commands.PostUpdate),
        permissions=ec.Permissions(
            granted=dict.fromkeys((commands.Acknowledge, commands.OpenCase, commands.AddInternalNote), LEADS)
        ),
        timing=ec.Timing(ladder=()),
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("guarantee", GUARANTEES, ids=lambda guarantee: guarantee.__name__)
def test_a_desk_keeps_every_guarantee_under_another_policy(policy: ec.Policy, guarantee: guarantees.Guarantee) -> None:
    suite = DeskSuite()
    suite.examples = 3
    vars(suite)["process"] = ec.Process(policy=policy)
    guarantee(suite)


@pytest.mark.parametrize("guarantee", GUARANTEES, ids=lambda guarantee: guarantee.__name__)
def test_a_policy_raises_if_nobody_may_open_the_emergency(
    guarantee: guarantees.Guarantee,
) -> None:
    suite = DeskSuite()
    vars(suite)["process"] = ec.Process(policy=_refusing(commands.OpenCase))
    with pytest.raises(
        ValueError, match=r"emergency: must be a case that the policy permits somebody to open.*refused for not_here"
    ):
        guarantee(suite)


def test_the_long_story_has_every_command_event_and_template() -> None:
    story = stories.long(DeskSuite())
    reference = ReferenceHost(process=DeskSuite.process)
    for task in story:
        reference = reference.after(task)
    sent = {type(task.command) for task in story if isinstance(task, Send)}
    kinds = {type(event) for history in reference.events.values() for event in history}
    templates = {notification.template for notification in reference.notifications.values()}
    only_by_policy = {
        ec.Template.ACKNOWLEDGED_INTERNALLY,
        ec.Template.INTERNAL_NOTE,
        ec.Template.SOLUTION_ANNOUNCED,
    }
    assert (sent | {commands.OpenCase}, kinds) == (set(COMMANDS), set(EVENTS))
    assert set(ec.Template) - templates == only_by_policy


def test_the_long_story_has_simultaneous_deadlines_and_missing_ids() -> None:
    story = stories.long(DeskSuite())
    reference, most = ReferenceHost(process=DeskSuite.process), 0
    for task in story:
        if isinstance(task, Tick):
            most = max(most, [reference.process.next_due(case) for case in reference.cases.values()].count(task.now))
        reference = reference.after(task)
    assert most > 1
    assert [task.command.command_id for task in story if isinstance(task, Send)].count(None) > 1


def test_unittest_reports_a_broken_guarantee_as_a_failure() -> None:
    class DeskCase(DeskSuite, unittest.TestCase):
        """A local class, since pytest would collect a class of the module."""

    class ForgetfulDeskCase(DeskCase):
        kind = broken.DoesNotStoreATick

    right, wrong = unittest.TestResult(), unittest.TestResult()
    DeskCase("test_a_repeated_tick_notifies_once").run(right)
    ForgetfulDeskCase("test_a_repeated_tick_notifies_once").run(wrong)
    assert [(found.testsRun, len(found.failures), found.errors) for found in (right, wrong)] == [(1, 0, []), (1, 1, [])]


def _suite(kind: type[Desk]) -> DeskSuite:
    suite = DeskSuite()
    suite.kind = kind
    return suite


class Repairing(Recovering):
    """An adapter for desks that raise another error if they crash at their start."""

    @contextmanager
    def host(self, storage: Path, probe: Probe) -> Generator[Desk]:
        with DeskSuite.host(self, storage, probe) as desk:
            try:
                probe.step("before the repair")
            except SimulatedCrash as error:
                raise RuntimeError("not repaired") from error
            yield desk


@pytest.mark.thorough
def test_a_host_passes_if_it_wraps_its_crash_at_its_start() -> None:
    suite = Repairing()
    suite.kind = Desk
    guarantees.a_crash_at_any_step_loses_nothing(suite)


class NeverEndsATick(Desk):
    def tick(self, *, now: datetime) -> int:
        while True:
            self.process.due(next(self.cases()), now=now)


@pytest.mark.thorough
def test_a_host_fails_if_a_task_never_ends() -> None:
    with pytest.raises(BrokenGuaranteeError, match="the task never ends"):
        guarantees.outcomes_are_stored_completely(_suite(NeverEndsATick))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_probe_crashes_at_the_chosen_step(number: int) -> None:
    probe = Probe(ec.Process(), Environment())
    probe.step("passed before")
    probe.crash_at(number)
    for _ in range(number - 1):
        probe.step("passed")
    with pytest.raises(SimulatedCrash, match="the end"):
        probe.step("the end")
    assert probe.crashed
