"""What a host is asked to do, and what a host without faults would then hold.

Rule 1: the model is the process itself, over values in memory: it has no storage that could lose anything.
Rule 2: a tick comes at the instant at which something is due, before anything later: how a host catches up is its own.
"""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

import escalation_core as ec
from escalation_core.commands import Command
from escalation_core.events import Event


@frozen(kw_only=True)
class Open:
    """Somebody opens a case."""

    case: ec.Case
    by: ec.Person
    now: datetime
    command_id: str

    def __str__(self) -> str:
        """Say it in a message."""
        return f"open {self.case.id} as {self.command_id!r}"


@frozen(kw_only=True)
class Send:
    """Somebody sends a command."""

    case_id: str
    command: Command
    now: datetime

    def __str__(self) -> str:
        """Say it in a message."""
        kind, by = type(self.command).__name__, self.command.by.id
        return f"send {kind} by {by} to {self.case_id} as {self.command.command_id!r}"


@frozen(kw_only=True)
class Tick:
    """The host does what is due."""

    now: datetime

    def __str__(self) -> str:
        """Say it in a message."""
        return f"tick at {self.now}"


@frozen(kw_only=True)
class Deliver:
    """The host delivers what waits."""

    def __str__(self) -> str:
        """Say it in a message."""
        return "deliver"


Task = Open | Send | Tick | Deliver


@frozen(kw_only=True)
class Model:
    """What a host without faults would hold."""

    process: ec.Process
    cases: Mapping[str, ec.Case] = field(factory=dict[str, ec.Case])  #: By id.
    events: Mapping[str, tuple[Event, ...]] = field(
        factory=dict[str, tuple[Event, ...]]
    )  #: By the id of the case; oldest first.
    told: Mapping[str, ec.Notification] = field(
        factory=dict[str, ec.Notification]
    )  #: Everything that was to be told, by id.

    def after(self, task: Task) -> "Model":
        """Give what it would hold after this.

        Raises:
            CommandRefusedError: the process refuses it.
        """
        if isinstance(task, Open):
            stored = self.cases.get(task.case.id)
            recorded = self._recorded(task.case.id, task.command_id)
            opening = self.process.open(
                task.case, by=task.by, now=task.now, command_id=task.command_id, stored=stored, recorded=recorded
            )
            return self._with(opening)
        if isinstance(task, Send):
            recorded = self._recorded(task.case_id, task.command.command_id)
            case = self.cases[task.case_id]
            return self._with(self.process.handle(case, task.command, now=task.now, recorded=recorded))
        after = self
        if isinstance(task, Tick):
            for case in self.cases.values():
                after = after._with(self.process.due(case, now=task.now))
        return after

    def refusal(self, task: Task) -> frozenset[str]:
        """Give the codes for which the process refuses this; none where it does not."""
        try:
            self.after(task)
        except ec.CommandRefusedError as error:
            return frozenset(refusal.code for refusal in error.refusals)
        return frozenset()

    def next_due(self) -> datetime | None:
        """Give the instant of the next tick that has something to do."""
        return min(filter(None, map(self.process.next_due, self.cases.values())), default=None)

    def _with(self, outcome: ec.Outcome) -> "Model":
        if outcome.repeated:
            return self
        case_id = outcome.case.id
        return Model(
            process=self.process,
            cases={**self.cases, case_id: outcome.case},
            events={**self.events, case_id: (*self.events.get(case_id, ()), *outcome.events)},
            told={**self.told, **{told.id: told for told in outcome.notifications}},
        )

    def _recorded(self, case_id: str, command_id: str | None) -> tuple[Event, ...]:
        """Return the events of a command of this id."""
        held = self.events.get(case_id, ())
        return tuple(event for event in held if command_id is not None and event.command_id == command_id)

    def holds(self, case_id: str) -> "Held":
        """Give what it holds of one case."""
        return Held(case=self.cases.get(case_id), events=self.events.get(case_id, ()))


@frozen(kw_only=True)
class Held:
    """What is stored of one case."""

    case: ec.Case | None
    events: tuple[Event, ...]

    def __str__(self) -> str:
        """Say it in a message."""
        version = "no case" if self.case is None else f"a case at version {self.case.version}"
        kinds = ", ".join(f"{event.version} {type(event).__name__} by {event.by.id}" for event in self.events)
        return f"{version} and the events [{kinds}]"
