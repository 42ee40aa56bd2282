"""The parts that the suite puts into a host under test, so that it can observe and stop the host between two steps.

Rule 1: a host uses the parts of a probe instead of its own: process, hooks, transport and the marks at its storage.
Rule 2: a crash is a ``BaseException``. A host that catches the crash gets another crash at its next step.
Rule 3: the environment records every notification and event at once, and survives the host.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import Factory, define, frozen

import escalation_core as ec
from escalation_core.commands import Command
from escalation_core.events import Event

#: The largest number of steps of one task; a host that takes more is stopped.
STEP_LIMIT = 10_000

#: Beginnings of the names of steps right after a notification left the host, or an event was published.
SENT = "after sending"
PUBLISHED = "after publishing"


class SimulatedCrash(BaseException):  # a host must not handle it like an error
    """The host ends here, as in a power failure: its ``except`` and ``finally`` blocks can change nothing."""


class TransportDownError(OSError):
    """The transport cannot accept a notification now."""


class HookError(RuntimeError):
    """A subscriber of the suite fails on purpose."""


@frozen(kw_only=True)
class Sent:
    """One notification that the transport accepted."""

    notification: ec.Notification
    key: str  #: The receiver recognizes a duplicate by this key.


@define(kw_only=True)
class Environment:
    """Everything outside the hosts of one storage. It outlives the hosts."""

    sent: list[Sent] = Factory(list[Sent])
    published: list[Event] = Factory(list[Event])  #: The events that a subscriber received.
    accepts: Callable[[ec.Notification], bool] = lambda _: True  #: Whether the transport accepts a notification now.
    has_failing_subscriber: bool = False  #: Whether a failing subscriber is called before the recording one.


class Probe:
    """The parts that one running host is built with.

    Attributes:
        process: the process of the host, in place of ``ec.Process()``.
        hooks: the hooks to which the host publishes. The host may add its own subscribers.
    """

    def __init__(self, process: ec.Process, environment: Environment) -> None:
        """Build the parts; the suite calls this."""
        self.process: ec.Process = _WatchedProcess(policy=process.policy, watch=self._step)
        self.hooks: ec.Hooks = ec.Hooks()
        self.environment: Environment = environment
        self.steps: list[str] = []  #: The names of all steps so far.
        self.marks: int = 0  #: The number of steps that the host has marked.
        self._stop: tuple[int, Callable[[], None]] | None = None
        self._crashed = False
        self._task_start = 0
        if environment.has_failing_subscriber:
            self.hooks.on(Event, self._fail, name="failing subscriber")
        self.hooks.on(Event, self._record, name="recording subscriber")

    def step(self, name: str) -> None:
        """Mark a step of the storage; call this before every single change, and before the commit.

        Args:
            name: the next change, in words, for the messages of the suite.

        Raises:
            SimulatedCrash: the suite ends the host here.
        """
        self.marks += 1
        self._step(name)

    def transport(self, notification: ec.Notification, *, key: str) -> None:
        """Accept a notification, like the mailer of a host.

        Args:
            notification: the notification to deliver.
            key: the key by which the receiver recognizes a duplicate, such as a ``Message-ID``.

        Raises:
            TransportDownError: the transport cannot accept the notification now.
            SimulatedCrash: the suite ends the host here.
        """
        self._step(f"before sending {notification.id}")
        if not self.environment.accepts(notification):
            raise TransportDownError(f"the transport does not accept {notification.id}")
        self.environment.sent.append(Sent(notification=notification, key=key))
        self._step(f"{SENT} {notification.id}")

    def run_at(self, number: int, action: Callable[[], None]) -> None:
        """Run an action once, at the ``number``-th step from now, counted from one. For the suite."""
        self._stop = (len(self.steps) + number, action)

    def crash_at(self, number: int) -> None:
        """End the host at the ``number``-th step from now, counted from one. For the suite."""
        self.run_at(number, self._crash)

    def disarm(self) -> None:
        """Run no action at any later step. For the suite."""
        self._stop = None

    def begin_task(self) -> None:
        """Count the steps of a task from here. For the suite."""
        self._task_start = len(self.steps)

    @property
    def crashed(self) -> bool:
        """Whether the host has ended."""
        return self._crashed

    @property
    def over_limit(self) -> bool:
        """Whether one task took ``STEP_LIMIT`` steps."""
        return len(self.steps) - self._task_start >= STEP_LIMIT

    def _step(self, name: str) -> None:
        if self._crashed or self.over_limit:
            raise SimulatedCrash("the host has ended already")
        self.steps.append(name)
        if self._stop is not None and self._stop[0] == len(self.steps):
            self._stop[1]()

    def _crash(self) -> None:
        self._crashed = True
        raise SimulatedCrash(self.steps[-1])

    def _fail(self, event: Event) -> None:
        raise HookError(f"this subscriber fails on purpose, on {event.id}")

    def _record(self, event: Event) -> None:
        self.environment.published.append(event)
        self._step(f"{PUBLISHED} {event.id}")


@frozen(kw_only=True)
class _WatchedProcess(ec.Process):
    """A process with a step before each decision: the host has read the case, and has not written it yet."""

    watch: Callable[[str], None]

    def open(
        self,
        case: ec.Case,
        *,
        by: ec.Person,
        now: datetime,
        command_id: str | None = None,
        stored: ec.Case | None = None,
        recorded: Iterable[Event] = (),
    ) -> ec.Outcome:
        """Return the outcome of the process, after a step."""
        self.watch("before deciding on OpenCase")
        return super().open(case, by=by, now=now, command_id=command_id, stored=stored, recorded=recorded)

    def handle(
        self,
        case: ec.Case,
        command: Command,
        *,
        now: datetime,
        expected_version: int | None = None,
        recorded: Iterable[Event] = (),
    ) -> ec.Outcome:
        """Return the outcome of the process, after a step."""
        self.watch(f"before deciding on {type(command).__name__}")
        return super().handle(case, command, now=now, expected_version=expected_version, recorded=recorded)

    def due(self, case: ec.Case, *, now: datetime) -> ec.Outcome:
        """Return the outcome of the process, after a step."""
        self.watch(f"before deciding what is due in {case.id}")
        return super().due(case, now=now)
