"""One experiment with a host: what it does is compared with what a host without faults would have done.

Rule 1: whatever a host raises that the process did not is a broken promise, as is whatever differs from the model.
Rule 2: a message says what was expected, what was found, what had been done until then, and which mistake leads there.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NoReturn, Self

from attrs import fields

import escalation_core as ec
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.rig import Rig, SimulatedCrash, Surroundings, TransportDownError
from escalation_core.testing.tasks import Deliver, Held, Model, Open, Send, Task, Tick

if TYPE_CHECKING:
    from escalation_core.events import Event

#: How much of what was done last a message tells.
RECENT = 20


class BrokenPromiseError(AssertionError):
    """A host does not keep what it must."""


class Running:
    """A host that runs on the storage of a trial."""

    def __init__(self, adapter: AnyAdapter, storage: object, rig: Rig) -> None:
        """Start it."""
        self.rig = rig
        self._adapter = adapter
        self._context = ExitStack()
        self._host = self._context.enter_context(adapter.host(storage, rig))

    def stop(self) -> None:
        """End it, as the end of its program does."""
        with suppress(SimulatedCrash):
            self._context.close()

    def do(self, task: Task) -> None:
        """Let it do something. What it raises is raised."""
        self.rig.begin()
        if isinstance(task, Open):
            self._adapter.open(self._host, task.case, by=task.by, now=task.now, command_id=task.command_id)
        elif isinstance(task, Send):
            self._adapter.send(self._host, task.case_id, task.command, now=task.now)
        elif isinstance(task, Tick):
            self._adapter.tick(self._host, now=task.now)
        else:
            self._adapter.deliver(self._host)

    def held(self, case_id: str) -> Held:
        """Ask what is stored of one case. What that raises is raised."""
        return Held(
            case=self._adapter.find(self._host, case_id), events=tuple(self._adapter.events(self._host, case_id))
        )


class Trial:
    """One storage, the hosts that run on it one after the other or at once, and the model they are compared with."""

    def __init__(self, adapter: AnyAdapter) -> None:
        """Make an empty storage."""
        self.model: Model = Model(process=adapter.process)
        self.surroundings: Surroundings = Surroundings()
        self._adapter = adapter
        self._log: list[str] = []
        self._case_ids: set[str] = set()
        self._context = ExitStack()
        self._storage = self._context.enter_context(adapter.storage())

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End whatever runs, and give the storage away."""
        self._context.close()

    def start(self) -> Running:
        """Start a host on the storage, beside those that run."""
        return self._start(self._rig())

    def start_crashing(self, number: int) -> bool:
        """Let a host end at a step of its start. False where that has fewer steps; then it is stopped after it."""
        rig = self._rig()
        rig.crash_at(number)
        try:
            running = self._start(rig)
        except BaseException:
            if not rig.crashed:
                raise
            self._log.append(f"start, crash at step {number}, {rig.steps[-1]}")
        else:
            rig.go_on()
            running.stop()
        return rig.crashed

    def _rig(self) -> Rig:
        return Rig(self._adapter.process, self.surroundings)

    def _start(self, rig: Rig) -> Running:
        try:
            running = Running(self._adapter, self._storage, rig)
        except Exception as error:
            if rig.crashed:
                raise
            self.fail(f"it cannot start: {error!r}", "what a crash has left behind stands in the way", error)
        self._context.callback(running.stop)
        return running

    def restart(self, running: Running) -> Running:
        """End a host, and start it anew on what is stored."""
        running.stop()
        self._log.append("restart")
        return self.start()

    def do(self, running: Running, task: Task, *, mistake: str) -> None:
        """Let a host do something, and expect that it does, or refuses it exactly where and why the process does."""
        self._note(task)
        refused = self.model.refusal(task)
        found = frozenset[str]()
        try:
            self._let(running, task)
        except ec.CommandRefusedError as error:
            found = frozenset(refusal.code for refusal in error.refusals)
        except BrokenPromiseError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a host raises
            if not (isinstance(error, TransportDownError) and isinstance(task, Deliver)):
                self.fail(f"it raises {error!r}", mistake, error)
        if found != refused:
            answers = [", ".join(sorted(codes)) or "nothing" for codes in (refused, found)]
            self.fail("the process refuses it for {}, the host for {}".format(*answers), mistake)
        if not refused:
            self.model = self.model.after(task)

    def crashes(self, running: Running, task: Task, number: int, *, mistake: str) -> bool:
        """Let a host end at a step of doing something. False where it has fewer steps; then it has done it."""
        before = self.model
        running.rig.crash_at(number)
        with suppress(SimulatedCrash):
            self.do(running, task, mistake=mistake)
        running.rig.go_on()
        if running.rig.crashed:
            self.model = before
            self._log[-1] = f"{task}, crash at step {number}, {running.rig.steps[-1]}"
            running.stop()
        return running.rig.crashed

    def tries(self, running: Running, task: Task, *, mistake: str | None = None) -> bool:
        """Let a host do something that may be refused; whether it did.

        Args:
            running: the host.
            task: what it is to do. The model stays as it is.
            mistake: what it is to raise anything but a refusal; None where that is fine.
        """
        self._note(task)
        try:
            self._let(running, task)
        except BrokenPromiseError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a host raises
            self._log[-1] += f", which raises {type(error).__name__}"
            if mistake is not None and not isinstance(error, ec.CommandRefusedError):
                self.fail(f"it raises {error!r}", mistake, error)
            return False
        return True

    def _let(self, running: Running, task: Task) -> None:
        """Let a host do something; whatever it makes of its end, or of going on for ever, is its end."""
        try:
            running.do(task)
        except BaseException as error:
            if running.rig.endless:
                self.fail("it goes on for ever", "whoever is turned away tries again with what was read before")
            if running.rig.crashed:
                raise SimulatedCrash from error
            raise

    def _note(self, task: Task) -> None:
        self._log.append(str(task))
        if isinstance(task, Open):
            self._case_ids.add(task.case.id)

    def expect_held(self, running: Running, *others: Model, mistake: str) -> None:
        """Expect that of each case is stored what the model holds, or one of these others."""
        models = (self.model, *others)
        for case_id in sorted(self._case_ids):
            held = self._held(running, case_id, mistake)
            if all(held != model.holds(case_id) for model in models):
                expected = [model.holds(case_id) for model in models]
                either = " or ".join(dict.fromkeys(map(str, expected)))
                odd = ", ".join(_odd(expected[-1], held))
                self.fail(f"of case {case_id} it must have {either}; it has {held}, and differs in {odd}", mistake)

    def settle(self, running: Running, *models: Model, mistake: str) -> None:
        """Expect that what is stored is what one of these models holds, and take that as the model from here on."""
        found = {case_id: self._held(running, case_id, mistake) for case_id in sorted(self._case_ids)}
        for model in models:
            if all(held == model.holds(case_id) for case_id, held in found.items()):
                self.model = model
                return
        stored = "; ".join(f"{case_id}: {held}" for case_id, held in found.items())
        self.fail(f"nothing that was asked for, in any order, leads to what is stored: {stored}", mistake)

    def expect_told(self, *, but: ec.Person | None = None, mistake: str, surplus: str | None = None) -> None:
        """Expect that everybody, or everybody but one, was sent what they were to be told, and nothing else.

        Args:
            but: who need not have been reached.
            mistake: what leads to somebody's not being told.
            surplus: what leads to somebody's being told what is not so; the same mistake where nothing is given.
        """
        sent = {sent.notification.id for sent in self.surroundings.sent}
        missing = [key for key, told in self.model.told.items() if key not in sent and told.to != but]
        if missing:
            self.fail(f"committed and never delivered: {', '.join(missing)}", mistake)
        told = [sent.notification for sent in self.surroundings.sent]
        odd = sorted({it.id for it in told if it != self.model.told.get(it.id)})
        if odd:
            self.fail(f"delivered and never committed: {', '.join(odd)}", mistake if surplus is None else surplus)

    def expect_told_once(self, *, mistake: str) -> None:
        """Expect that nothing was sent twice."""
        counts = Counter(sent.notification.id for sent in self.surroundings.sent)
        twice = [key for key, count in counts.items() if count > 1]
        if twice:
            self.fail(f"delivered twice, though nothing had failed: {', '.join(twice)}", mistake)

    def expect_heard_all(self, *, mistake: str, again: str) -> None:
        """Expect that a subscriber has heard every event, once.

        Args:
            mistake: what leads to an event that nobody hears of.
            again: what leads to one that is heard of twice.
        """
        heard = Counter(event.id for event in self.surroundings.heard)
        happened = Counter(event.id for history in self.model.events.values() for event in history)
        if missing := sorted(happened - heard):
            self.fail(f"never published: {', '.join(missing)}", mistake)
        if twice := sorted(heard - happened):
            self.fail(f"published twice: {', '.join(twice)}", again)

    def expect_committed(self, running: Running, *, mistake: str) -> None:
        """Expect that whatever anybody was told of is stored."""
        stored = [event for case_id in self._case_ids for event in self._held(running, case_id, mistake).events]
        told = {sent.notification.event_id for sent in self.surroundings.sent} - {event.id for event in stored}
        early = sorted(told | {event.id for event in self.surroundings.heard if event not in stored})
        if early:
            self.fail(f"told, and not stored: {', '.join(early)}", mistake)

    def expect_recognized(self, *, mistake: str) -> None:
        """Expect that every notification has one key of its own, however often it was sent."""
        pairs = {(sent.notification.id, sent.key) for sent in self.surroundings.sent}
        for kind, names in (("keys", [name for name, _ in pairs]), ("notifications", [key for _, key in pairs])):
            several = sorted(name for name, count in Counter(names).items() if count > 1)
            if several:
                self.fail(f"has several {kind}: {', '.join(several)}", mistake)

    def _held(self, running: Running, case_id: str, mistake: str) -> Held:
        try:
            return running.held(case_id)
        except Exception as error:  # noqa: BLE001  # whatever a host raises
            self.fail(f"what is stored of case {case_id} cannot be read, which raises {error!r}", mistake, error)

    def fail(self, what: str, mistake: str, cause: Exception | None = None) -> NoReturn:
        """Say what is wrong.

        Raises:
            BrokenPromiseError: always.
        """
        left_out = len(self._log) - RECENT
        done = "; ".join([f"{left_out} more"] * (left_out > 0) + self._log[-RECENT:])
        raise BrokenPromiseError(f"{what}.\n  A classic mistake: {mistake}.\n  Done until then: {done}.") from cause


def _odd(expected: Held, found: Held) -> Iterator[str]:
    """Name what differs."""
    if len(expected.events) != len(found.events):
        yield "the number of events"
    pairs: list[tuple[str, ec.Case | Event | None, ec.Case | Event | None]] = [("the case", expected.case, found.case)]
    pairs += [(event.id, event, other) for event, other in zip(expected.events, found.events, strict=False)]
    for name, one, other in pairs:
        if type(one) is not type(other):
            yield f"the kind of {name}"
        elif one is not None and one != other:
            odd = [part.name for part in fields(type(one)) if getattr(one, part.name) != getattr(other, part.name)]
            yield f"the {' and '.join(odd)} of {name}"
