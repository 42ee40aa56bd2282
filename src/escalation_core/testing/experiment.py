"""One experiment with a host, compared with the reference host.

Rule 1: a guarantee is broken if the host raises an error that the process did not raise, or differs from the reference.
Rule 2: a message states the expected and the actual result, the tasks so far, and the usual mistake behind them.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NoReturn, Self

from attrs import fields

import escalation_core as ec
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.probe import Environment, Probe, SimulatedCrash, TransportDownError
from escalation_core.testing.reference_host import ReferenceHost, StoredCase
from escalation_core.testing.tasks import Deliver, Open, Send, Task, Tick

if TYPE_CHECKING:
    from escalation_core.events import Event

#: The number of the last tasks in a message.
RECENT = 20


class BrokenGuaranteeError(AssertionError):
    """The host breaks a guarantee."""


class Running:
    """A host that runs on the storage of an experiment."""

    def __init__(self, adapter: AnyAdapter, storage: object, probe: Probe) -> None:
        """Start the host."""
        self.probe = probe
        self._adapter = adapter
        self._context = ExitStack()
        self._host = self._context.enter_context(adapter.host(storage, probe))

    def stop(self) -> None:
        """Stop the host, as at the end of its program."""
        with suppress(SimulatedCrash):
            self._context.close()

    def do(self, task: Task) -> None:
        """Run a task. Errors propagate."""
        self.probe.begin_task()
        if isinstance(task, Open):
            self._adapter.open(self._host, task.case, by=task.by, now=task.now, command_id=task.command_id)
        elif isinstance(task, Send):
            self._adapter.send(self._host, task.case_id, task.command, now=task.now)
        elif isinstance(task, Tick):
            self._adapter.tick(self._host, now=task.now)
        else:
            self._adapter.deliver(self._host)

    def stored(self, case_id: str) -> StoredCase:
        """Return the stored case and its events. Errors propagate."""
        return StoredCase(
            case=self._adapter.find(self._host, case_id), events=tuple(self._adapter.events(self._host, case_id))
        )


class Experiment:
    """One storage, the hosts that run on it, and the reference host to compare them with."""

    def __init__(self, adapter: AnyAdapter) -> None:
        """Make an empty storage."""
        self.reference: ReferenceHost = ReferenceHost(process=adapter.process)
        self.environment: Environment = Environment()
        self._adapter = adapter
        self._log: list[str] = []
        self._case_ids: set[str] = set()
        self._context = ExitStack()
        self._storage = self._context.enter_context(adapter.storage())

    def __enter__(self) -> Self:
        """Return the experiment."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all hosts, and release the storage."""
        self._context.close()

    def start(self) -> Running:
        """Return a host that was started on the storage, beside the running hosts."""
        return self._start(self._probe())

    def start_crashing(self, number: int) -> bool:
        """Whether a host crashed at this step of its start. A host whose start has fewer steps is stopped."""
        probe = self._probe()
        probe.crash_at(number)
        try:
            running = self._start(probe)
        except BaseException:
            if not probe.crashed:
                raise
            self._log.append(f"start, crash at step {number}, {probe.steps[-1]}")
        else:
            probe.disarm()
            running.stop()
        return probe.crashed

    def _probe(self) -> Probe:
        return Probe(self._adapter.process, self.environment)

    def _start(self, probe: Probe) -> Running:
        try:
            running = Running(self._adapter, self._storage, probe)
        except Exception as error:
            if probe.crashed:
                raise
            self.fail(
                f"the host cannot start: {error!r}", "the rest of a crashed transaction prevents the next start", error
            )
        self._context.callback(running.stop)
        return running

    def restart(self, running: Running) -> Running:
        """Return a new host on the same storage, after the given one is stopped."""
        running.stop()
        self._log.append("restart")
        return self.start()

    def do(self, running: Running, task: Task, *, mistake: str) -> None:
        """Run a task, and expect that the host accepts or refuses it like the process, with the same codes."""
        self._note(task)
        expected = self.reference.refusal_codes(task)
        found = frozenset[str]()
        try:
            self._run(running, task)
        except ec.CommandRefusedError as error:
            found = frozenset(refusal.code for refusal in error.refusals)
        except BrokenGuaranteeError:
            raise
        except Exception as error:  # noqa: BLE001  # a host may raise any error
            if not (isinstance(error, TransportDownError) and isinstance(task, Deliver)):
                self.fail(f"the host raises {error!r}", mistake, error)
        if found != expected:
            answers = [", ".join(sorted(codes)) or "nothing" for codes in (expected, found)]
            self.fail("the process refuses it for {}, the host for {}".format(*answers), mistake)
        if not expected:
            self.reference = self.reference.after(task)

    def crash(self, running: Running, task: Task, number: int, *, mistake: str) -> bool:
        """Whether the host crashed at this step of the task. A task with fewer steps is completed."""
        before = self.reference
        running.probe.crash_at(number)
        with suppress(SimulatedCrash):
            self.do(running, task, mistake=mistake)
        running.probe.disarm()
        if running.probe.crashed:
            self.reference = before
            self._log[-1] = f"{task}, crash at step {number}, {running.probe.steps[-1]}"
            running.stop()
        return running.probe.crashed

    def attempt(self, running: Running, task: Task, *, mistake: str | None = None) -> bool:
        """Whether the host performs this task without an error.

        Args:
            running: the host.
            task: its task. The reference host stays unchanged.
            mistake: the usual mistake behind an error that is not a refusal; None permits every error.
        """
        self._note(task)
        try:
            self._run(running, task)
        except BrokenGuaranteeError:
            raise
        except Exception as error:  # noqa: BLE001  # a host may raise any error
            self._log[-1] += f", which raises {type(error).__name__}"
            if mistake is not None and not isinstance(error, ec.CommandRefusedError):
                self.fail(f"the host raises {error!r}", mistake, error)
            return False
        return True

    def _run(self, running: Running, task: Task) -> None:
        """Run a task. After a crash, each error is a ``SimulatedCrash``; too many steps break a guarantee."""
        try:
            running.do(task)
        except BaseException as error:
            if running.probe.over_limit:
                self.fail("the task never ends", "a writer tries again after a conflict without reading again")
            if running.probe.crashed:
                raise SimulatedCrash from error
            raise

    def _note(self, task: Task) -> None:
        self._log.append(str(task))
        if isinstance(task, Open):
            self._case_ids.add(task.case.id)

    def expect_stored(self, running: Running, *others: ReferenceHost, mistake: str) -> None:
        """Expect that each stored case equals the case of the reference host, or of one of ``others``."""
        references = (self.reference, *others)
        for case_id in sorted(self._case_ids):
            found = self._stored(running, case_id, mistake)
            if all(found != reference.stored(case_id) for reference in references):
                expected = [reference.stored(case_id) for reference in references]
                either = " or ".join(dict.fromkeys(map(str, expected)))
                differences = ", ".join(_differences(expected[-1], found))
                self.fail(f"case {case_id}: must be {either}, got {found}, which differs in {differences}", mistake)

    def settle(self, running: Running, *references: ReferenceHost, mistake: str) -> None:
        """Expect that the storage equals one of these reference hosts, which becomes the reference host."""
        found = {case_id: self._stored(running, case_id, mistake) for case_id in sorted(self._case_ids)}
        for reference in references:
            if all(stored == reference.stored(case_id) for case_id, stored in found.items()):
                self.reference = reference
                return
        stored = "; ".join(f"{case_id}: {each}" for case_id, each in found.items())
        self.fail(f"no order of the tasks leads to the stored state: {stored}", mistake)

    def expect_delivered(self, *, but: ec.Person | None = None, mistake: str, surplus: str | None = None) -> None:
        """Expect that each notification of the reference host was delivered, and no other one.

        Args:
            but: a person whose notifications may be missing.
            mistake: the usual mistake behind a missing notification.
            surplus: the usual mistake behind a surplus notification; by default ``mistake``.
        """
        expected = self.reference.notifications
        sent = {each.notification.id for each in self.environment.sent}
        missing = [key for key, notification in expected.items() if key not in sent and notification.to != but]
        if missing:
            self.fail(f"committed and never delivered: {', '.join(missing)}", mistake)
        delivered = [each.notification for each in self.environment.sent]
        wrong = sorted({each.id for each in delivered if each != expected.get(each.id)})
        if wrong:
            self.fail(f"delivered and never committed: {', '.join(wrong)}", mistake if surplus is None else surplus)

    def expect_delivered_once(self, *, mistake: str) -> None:
        """Expect that no notification was delivered twice."""
        counts = Counter(each.notification.id for each in self.environment.sent)
        twice = [key for key, count in counts.items() if count > 1]
        if twice:
            self.fail(f"delivered twice, although nothing failed: {', '.join(twice)}", mistake)

    def expect_published_once(self, *, mistake: str, again: str) -> None:
        """Expect that each event was published exactly once.

        Args:
            mistake: the usual mistake behind an event that was never published.
            again: the usual mistake behind an event that was published twice.
        """
        published = Counter(event.id for event in self.environment.published)
        expected = Counter(event.id for history in self.reference.events.values() for event in history)
        if missing := sorted(expected - published):
            self.fail(f"never published: {', '.join(missing)}", mistake)
        if twice := sorted(published - expected):
            self.fail(f"published twice: {', '.join(twice)}", again)

    def expect_committed(self, running: Running, *, mistake: str) -> None:
        """Expect that each published event, and each event with a delivered notification, is stored."""
        stored = [event for case_id in self._case_ids for event in self._stored(running, case_id, mistake).events]
        sent = {each.notification.event_id for each in self.environment.sent} - {event.id for event in stored}
        early = sorted(sent | {event.id for event in self.environment.published if event not in stored})
        if early:
            self.fail(f"sent or published, and not stored: {', '.join(early)}", mistake)

    def expect_stable_keys(self, *, mistake: str) -> None:
        """Expect that each notification has the same key in each delivery, and no two have the same key."""
        pairs = {(each.notification.id, each.key) for each in self.environment.sent}
        for kind, names in (("keys", [name for name, _ in pairs]), ("notifications", [key for _, key in pairs])):
            several = sorted(name for name, count in Counter(names).items() if count > 1)
            if several:
                self.fail(f"has several {kind}: {', '.join(several)}", mistake)

    def _stored(self, running: Running, case_id: str, mistake: str) -> StoredCase:
        try:
            return running.stored(case_id)
        except Exception as error:  # noqa: BLE001  # a host may raise any error
            self.fail(f"case {case_id} cannot be read: {error!r}", mistake, error)

    def fail(self, what: str, mistake: str, cause: Exception | None = None) -> NoReturn:
        """Raise a BrokenGuaranteeError with the tasks so far.

        Raises:
            BrokenGuaranteeError: always.
        """
        left_out = len(self._log) - RECENT
        done = "; ".join([f"{left_out} more"] * (left_out > 0) + self._log[-RECENT:])
        raise BrokenGuaranteeError(f"{what}.\n  Usual mistake: {mistake}.\n  Tasks so far: {done}.") from cause


def _differences(expected: StoredCase, found: StoredCase) -> Iterator[str]:
    """Yield the names of the different parts."""
    if len(expected.events) != len(found.events):
        yield "the number of events"
    pairs: list[tuple[str, ec.Case | Event | None, ec.Case | Event | None]] = [("the case", expected.case, found.case)]
    pairs += [(event.id, event, other) for event, other in zip(expected.events, found.events, strict=False)]
    for name, one, other in pairs:
        if type(one) is not type(other):
            yield f"the type of {name}"
        elif one is not None and one != other:
            names = [part.name for part in fields(type(one)) if getattr(one, part.name) != getattr(other, part.name)]
            yield f"the {' and '.join(names)} of {name}"
