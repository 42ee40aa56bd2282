"""A host without faults, with which the suite compares the host under test.

Rule 1: the reference host calls the process and keeps the values in memory, so no storage can lose anything.
Rule 2: ticks come in the order of their due times. A host may handle missed ticks in one call or one by one.
"""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

import escalation_core as ec
from escalation_core.events import Event
from escalation_core.testing.tasks import Open, Send, Task, Tick


@frozen(kw_only=True)
class ReferenceHost:
    """The cases, events and notifications that a host must have after some tasks."""

    process: ec.Process
    cases: Mapping[str, ec.Case] = field(factory=dict[str, ec.Case])  #: By id.
    events: Mapping[str, tuple[Event, ...]] = field(
        factory=dict[str, tuple[Event, ...]]
    )  #: By the id of the case; oldest first.
    notifications: Mapping[str, ec.Notification] = field(factory=dict[str, ec.Notification])  #: All of them, by id.

    def after(self, task: Task) -> "ReferenceHost":
        """Return the reference host after this task.

        Raises:
            CommandRefusedError: the process refuses the task.
        """
        if isinstance(task, Open):
            stored = self.cases.get(task.case.id)
            recorded = self._recorded(task.case.id, task.command_id)
            opening = self.process.open(
                task.case, by=task.by, now=task.now, command_id=task.command_id, stored=stored, recorded=recorded
            )
            return self._with(opening)
        if isinstance(task, Send):
            recorded, case = self._recorded(task.case_id, task.command.command_id), self.cases[task.case_id]
            return self._with(self.process.handle(case, task.command, now=task.now, recorded=recorded))
        after = self
        if isinstance(task, Tick):
            for case in self.cases.values():
                after = after._with(self.process.due(case, now=task.now))
        return after

    def refusal_codes(self, task: Task) -> frozenset[str]:
        """Return the codes with which the process refuses this task; empty if the process accepts the task."""
        try:
            self.after(task)
        except ec.CommandRefusedError as error:
            return frozenset(refusal.code for refusal in error.refusals)
        return frozenset()

    def next_due(self) -> datetime | None:
        """Return the instant of the next tick that changes a case; None if there is none."""
        return min(filter(None, map(self.process.next_due, self.cases.values())), default=None)

    def _recorded(self, case_id: str, command_id: str | None) -> tuple[Event, ...]:
        """Return the events of the command with this id."""
        stored = self.events.get(case_id, ())
        return tuple(event for event in stored if command_id is not None and event.command_id == command_id)

    def _with(self, outcome: ec.Outcome) -> "ReferenceHost":
        if outcome.repeated:
            return self
        case_id = outcome.case.id
        return ReferenceHost(
            process=self.process,
            cases={**self.cases, case_id: outcome.case},
            events={**self.events, case_id: (*self.events.get(case_id, ()), *outcome.events)},
            notifications={**self.notifications, **{each.id: each for each in outcome.notifications}},
        )

    def stored(self, case_id: str) -> "StoredCase":
        """Return the case and the events that the host must have stored."""
        return StoredCase(case=self.cases.get(case_id), events=self.events.get(case_id, ()))


@frozen(kw_only=True)
class StoredCase:
    """A case and its events, as a host has stored them."""

    case: ec.Case | None
    events: tuple[Event, ...]

    def __str__(self) -> str:
        """Return a short description for messages."""
        version = "no case" if self.case is None else f"a case at version {self.case.version}"
        kinds = ", ".join(f"{event.version} {type(event).__name__} by {event.by.id}" for event in self.events)
        return f"{version} and the events [{kinds}]"
