"""What a host under test is built with, so that the suite sees what it does, and can stop it between any two steps.

Rule 1: a host takes the four parts of a rig in place of its own: process, hooks, transport, and marks at its storage.
Rule 2: a crash is a ``BaseException``. Whoever catches it all the same gets it again with the next thing that they do.
Rule 3: what was sent and heard is written down at once, and survives the host.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import Factory, define, frozen

import escalation_core as ec
from escalation_core.commands import Command
from escalation_core.events import Event

#: After how many steps of one task a host is believed to go on for ever.
PATIENCE = 10_000

#: How the names of those steps begin that follow on somebody's being told.
SENT = "after sending"
TOLD = (SENT, "after publishing")


class SimulatedCrash(BaseException):  # it is no error of anybody, and must not be handled as one
    """The host's program ends here, as if the power had failed: no ``except`` and no ``finally`` of it counts."""


class TransportDownError(OSError):
    """What a mailer raises that cannot take a notification now."""


class HookError(RuntimeError):
    """What a subscriber of the suite raises on purpose."""


@frozen(kw_only=True)
class Sent:
    """One notification that the transport took."""

    notification: ec.Notification
    key: str  #: By which the receiver can tell that it comes twice.


@define(kw_only=True)
class Surroundings:
    """What is outside of every host of one storage, and survives them all."""

    sent: list[Sent] = Factory(list[Sent])
    heard: list[Event] = Factory(list[Event])  #: By a subscriber.
    takes: Callable[[ec.Notification], bool] = lambda _: True  #: Whether the transport takes this one now.
    failing: bool = False  #: Whether a subscriber that fails stands before the one that hears.


class Rig:
    """What one running host is built with.

    Attributes:
        process: decides; in place of ``ec.Process()``.
        hooks: the host publishes to them; subscribers of the host's own can be added.
    """

    def __init__(self, process: ec.Process, surroundings: Surroundings) -> None:
        """Build what a host needs; the suite does that."""
        self.process: ec.Process = _WatchedProcess(policy=process.policy, watch=self._step)
        self.hooks: ec.Hooks = ec.Hooks()
        self.surroundings: Surroundings = surroundings
        self.steps: list[str] = []  #: What was passed, in words.
        self.marks: int = 0  #: How many of them the host has marked.
        self._stop: tuple[int, Callable[[], None]] | None = None
        self._crashed = False
        self._begun = 0
        if surroundings.failing:
            self.hooks.on(Event, self._fail, name="one that fails")
        self.hooks.on(Event, self._hear, name="one that hears")

    def step(self, name: str) -> None:
        """Mark a step of the storage; call it before every single change, and before the commit.

        Args:
            name: what comes next, as the suite's messages will say it.

        Raises:
            SimulatedCrash: where the suite wants the host to end.
        """
        self.marks += 1
        self._step(name)

    def transport(self, notification: ec.Notification, *, key: str) -> None:
        """Take a notification, as the mailer of a host would.

        Args:
            notification: what the host delivers.
            key: by which whoever receives it can tell that it comes twice; a ``Message-ID``, for one.

        Raises:
            TransportDownError: it cannot be taken now.
            SimulatedCrash: where the suite wants the host to end.
        """
        self._step(f"before sending {notification.id}")
        if not self.surroundings.takes(notification):
            raise TransportDownError(f"the transport does not take {notification.id}")
        self.surroundings.sent.append(Sent(notification=notification, key=key))
        self._step(f"{SENT} {notification.id}")

    def at(self, number: int, action: Callable[[], None]) -> None:
        """Do something at a step from here on, once: at the first, the second and so on. For the suite."""
        self._stop = (len(self.steps) + number, action)

    def crash_at(self, number: int) -> None:
        """Let the host end at a step from here on. For the suite."""
        self.at(number, self._crash)

    def go_on(self) -> None:
        """Do nothing at any step from here on. For the suite."""
        self._stop = None

    def begin(self) -> None:
        """Count the steps of a task from here on. For the suite."""
        self._begun = len(self.steps)

    @property
    def crashed(self) -> bool:
        """Whether the host has ended."""
        return self._crashed

    @property
    def endless(self) -> bool:
        """Whether the host has lost the suite's patience with one task."""
        return len(self.steps) - self._begun >= PATIENCE

    def _step(self, name: str) -> None:
        if self._crashed or self.endless:
            raise SimulatedCrash("the host has ended already")
        self.steps.append(name)
        if self._stop is not None and self._stop[0] == len(self.steps):
            self._stop[1]()

    def _crash(self) -> None:
        self._crashed = True
        raise SimulatedCrash(self.steps[-1])

    def _fail(self, event: Event) -> None:
        raise HookError(f"this subscriber fails on purpose, on {event.id}")

    def _hear(self, event: Event) -> None:
        self.surroundings.heard.append(event)
        self._step(f"after publishing {event.id}")


@frozen(kw_only=True)
class _WatchedProcess(ec.Process):
    """A process that decides as ever, with a step before: the host has read, and has not written yet."""

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
        """Decide as ever."""
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
        """Decide as ever."""
        self.watch(f"before deciding on {type(command).__name__}")
        return super().handle(case, command, now=now, expected_version=expected_version, recorded=recorded)

    def due(self, case: ec.Case, *, now: datetime) -> ec.Outcome:
        """Decide as ever."""
        self.watch(f"before deciding what is due in {case.id}")
        return super().due(case, now=now)
