"""The stories that the guarantees run on a host: a short one for many repetitions, and a long one.

Rule 1: the first person whom the policy of the host permits performs each task; a task that nobody may perform is
left out.
Rule 2: the process accepts every task of a story.
Rule 3: the long story has every command and every clock, two cases that are due at once, commands without an id, and
instants with a zone and with microseconds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from attrs import evolve

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.table import COMMANDS
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.builders import CAST, MINUTE, OTTO, RITA, T0, sample
from escalation_core.testing.history import status_of
from escalation_core.testing.reference_host import ReferenceHost
from escalation_core.testing.tasks import Deliver, Open, Send, Task, Tick

#: The start of the stories: not a whole second, and not in UTC.
START = (T0 + timedelta(microseconds=123456)).astimezone(timezone(timedelta(hours=2)))

EMERGENCY, REGULAR, OTHER = "4711", "4712", "4713"  #: The cases of the stories.


class StoryBuilder:
    """Builds a story, task by task."""

    def __init__(self, adapter: AnyAdapter) -> None:
        """Begin at ``START``, without a case."""
        self.reference: ReferenceHost = ReferenceHost(process=adapter.process)
        self.tasks: list[Task] = []
        self.now: datetime = START
        self._emergency = adapter.emergency

    def open(self, case_id: str, **changes: Any) -> None:  # noqa: ANN401  # fields of Case
        """Open a case with the fields of the adapter's emergency and these changes.

        Raises:
            ValueError: the policy permits nobody to open the case.
        """
        case = evolve(self._emergency, id=case_id, **changes)
        openings = [Open(case=case, by=by, now=self.now, command_id=f"open-{case_id}") for by in self._people()]
        if not self._add(openings):
            codes = ", ".join(sorted(self.reference.refusal_codes(openings[0])))
            raise ValueError(f"emergency: must be a case that the policy permits somebody to open, refused for {codes}")

    def send(self, case_id: str, kind: type[Command], *, has_id: bool = True, **changes: Any) -> None:  # noqa: ANN401  # fields of it
        """Send a command; do nothing if the policy permits the command to nobody."""
        key = f"command-{len(self.tasks)}"
        ids = [key] if has_id else [None, key]
        candidates = [sample(kind, by, command_id=command_id, **changes) for command_id in ids for by in self._people()]
        self._add(Send(case_id=case_id, command=command, now=self.now) for command in candidates)

    def send_remaining(self, case_id: str) -> None:
        """Send each kind of command that was not sent yet, and that does not change the status of the escalation."""
        sent = {type(task.command) for task in self.tasks if isinstance(task, Send)}
        for kind in COMMANDS:
            before, count = self.reference, len(self.tasks)
            if kind not in sent:
                self.send(case_id, kind)
            if status_of(self.reference.cases[case_id]) is not status_of(before.cases[case_id]):
                self.reference = before
                del self.tasks[count:]

    def wait(self) -> None:
        """Wait until something is due, or for a minute if nothing is."""
        due = self.reference.next_due()
        self.now = self.now + MINUTE if due is None else max(due, self.now)
        self._add([Tick(now=self.now)])

    def deliver(self) -> None:
        """Deliver the pending notifications."""
        self._add([Deliver()])

    def _people(self) -> Iterable[ec.Person]:
        return (RITA, *self._emergency.participants, *CAST, OTTO)

    def _add(self, tasks: Iterable[Task]) -> bool:
        """Whether the process accepts one of these tasks. The first accepted one is added to the story."""
        task = next((task for task in tasks if not self.reference.refusal_codes(task)), None)
        if task is not None:
            self.reference = self.reference.after(task)
            self.tasks.append(task)
        return task is not None


def short(adapter: AnyAdapter) -> tuple[Task, ...]:
    """Return the story of an emergency that is acknowledged late, beside a regular case."""
    story = StoryBuilder(adapter)
    story.open(EMERGENCY)  # makes two events
    story.open(REGULAR, **_REGULAR)
    story.deliver()
    story.wait()
    story.send(EMERGENCY, commands.Acknowledge)
    story.send(EMERGENCY, commands.PostUpdate)
    story.deliver()
    return tuple(story.tasks)


def long(adapter: AnyAdapter) -> tuple[Task, ...]:
    """Return the story of three cases from their opening to the end of their follow-ups."""
    story = StoryBuilder(adapter)
    _begin(story)
    _work(story)
    _propose(story)
    _end(story)
    return tuple(story.tasks)


_REGULAR: dict[str, Any] = {"type": ec.CaseType.PROBLEM, "impact": ec.BusinessImpact.P3, "risk": None}


def _begin(story: StoryBuilder) -> None:
    """Add two emergencies and a later one, which nobody acknowledges for a long time."""
    story.open(REGULAR, **_REGULAR)
    story.send(REGULAR, commands.StartDiagnosis)
    story.send(REGULAR, commands.ReprioritizeCase)
    for case_id in (EMERGENCY, OTHER):
        story.open(case_id)
    story.deliver()
    story.wait()
    story.send(EMERGENCY, commands.RaiseLevel, from_level=1)
    story.send(OTHER, commands.CancelEscalation)
    story.send(REGULAR, commands.DeclareEmergency)
    for _ in range(4):
        story.wait()


def _work(story: StoryBuilder) -> None:
    """Add the work of an owner, who first posts updates in time, and then too late."""
    for _ in range(2):
        story.send(EMERGENCY, commands.AddInternalNote, has_id=False)
        story.wait()
    story.send(EMERGENCY, commands.Acknowledge)
    for _ in range(2):
        story.send(EMERGENCY, commands.PostUpdate, has_id=False)
        story.deliver()
        story.wait()
    story.send(EMERGENCY, commands.PostUpdate, eta=story.now + timedelta(hours=2))
    story.send(EMERGENCY, commands.PostponeUpdate, until=story.now + timedelta(hours=3))
    story.send_remaining(EMERGENCY)
    story.wait()


def _propose(story: StoryBuilder) -> None:
    """Add a rejected proposal, and a second one that is accepted after its answer is overdue."""
    for kind in (commands.ProposeSolution, commands.RejectSolution, commands.ProposeSolution):
        story.send(EMERGENCY, kind)
    for _ in range(3):
        story.wait()
    for _ in range(2):
        story.send(EMERGENCY, commands.AcceptSolution)
    story.deliver()


def _end(story: StoryBuilder) -> None:
    """Close the escalation, perform its follow-ups too late, and close the cases."""
    story.send(EMERGENCY, commands.CloseEscalation)
    story.send(EMERGENCY, commands.AttributeCause, cause=ec.Cause.INFRASTRUCTURE)
    for _ in range(5):
        story.wait()
    for kind in (
        commands.DebriefStakeholders,
        commands.HoldPostMortem,
        commands.SharePostMortem,
        commands.ShareRootCauseAnalysis,
    ):
        story.send(EMERGENCY, kind)
    for case_id in (EMERGENCY, OTHER):
        story.send(case_id, commands.StartDiagnosis)
        story.send(case_id, commands.ProposeCaseSolution)
        story.send(case_id, commands.CloseCase)
    story.deliver()
