"""What a host is asked to do by the promises: a short story, to be told again and again, and a long one.

Rule 1: whoever may do a step, by the policy of the host, does it; a step that nobody may do is left out.
Rule 2: a story is right in itself: the process takes every task of it.
Rule 3: the long story has every command and every clock, two cases that are due at once, commands without an id,
    instants in a zone and with microseconds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from attrs import evolve

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.builders import CAST, MINUTE, OTTO, RITA, T0, sample
from escalation_core.testing.tasks import Deliver, Model, Open, Send, Task, Tick

#: When the stories begin: not at a whole second, and not in UTC.
START = (T0 + timedelta(microseconds=123456)).astimezone(timezone(timedelta(hours=2)))

EMERGENCY, REGULAR, OTHER = "4711", "4712", "4713"  #: The cases of the stories.


class Teller:
    """Makes up a story, task by task."""

    def __init__(self, adapter: AnyAdapter) -> None:
        """Begin at ``START``, with nothing."""
        self.model: Model = Model(process=adapter.process)
        self.tasks: list[Task] = []
        self.now: datetime = START
        self._described = adapter.emergency

    def open(self, case_id: str, **changes: Any) -> None:  # noqa: ANN401  # fields of Case
        """Let somebody open a case like the emergency of the adapter.

        Raises:
            ValueError: nobody may.
        """
        case = evolve(self._described, id=case_id, **changes)
        openings = [Open(case=case, by=by, now=self.now, command_id=f"open-{case_id}") for by in self._people()]
        if not self._tell(openings):
            reasons = ", ".join(sorted(self.model.refusal(openings[0])))
            raise ValueError(f"emergency: must be a case that somebody may open by the process, refused for {reasons}")

    def send(self, case_id: str, kind: type[Command], *, has_id: bool = True, **changes: Any) -> None:  # noqa: ANN401  # fields of it
        """Let somebody send a command; nobody, where nobody may."""
        key = f"command-{len(self.tasks)}"
        ids = [key] if has_id else [None, key]
        tries = [sample(kind, by, command_id=command_id, **changes) for command_id in ids for by in self._people()]
        self._tell(Send(case_id=case_id, command=command, now=self.now) for command in tries)

    def wait(self) -> None:
        """Let time pass until something is due, and a minute where nothing is."""
        due = self.model.next_due()
        self.now = self.now + MINUTE if due is None else max(due, self.now)
        self._tell([Tick(now=self.now)])

    def deliver(self) -> None:
        """Let what waits be delivered."""
        self._tell([Deliver()])

    def _people(self) -> Iterable[ec.Person]:
        return (RITA, *self._described.participants, *CAST, OTTO)

    def _tell(self, tasks: Iterable[Task]) -> bool:
        """Tell the first of these that the process takes; whether there is one."""
        task = next((task for task in tasks if not self.model.refusal(task)), None)
        if task is not None:
            self.model = self.model.after(task)
            self.tasks.append(task)
        return task is not None


def short(adapter: AnyAdapter) -> tuple[Task, ...]:
    """Tell of an emergency that is acknowledged late, beside a regular case."""
    teller = Teller(adapter)
    teller.open(EMERGENCY)  # makes two events
    teller.open(REGULAR, **_REGULAR)
    teller.deliver()
    teller.wait()
    teller.send(EMERGENCY, commands.Acknowledge)
    teller.send(EMERGENCY, commands.PostUpdate)
    teller.deliver()
    return tuple(teller.tasks)


def long(adapter: AnyAdapter) -> tuple[Task, ...]:
    """Tell of three cases from their opening to the end of what is owed."""
    teller = Teller(adapter)
    _begin(teller)
    _work(teller)
    _propose(teller)
    _end(teller)
    return tuple(teller.tasks)


_REGULAR: dict[str, Any] = {"type": ec.CaseType.PROBLEM, "impact": ec.BusinessImpact.P3, "risk": None}


def _begin(teller: Teller) -> None:
    """Two emergencies, and one that is declared later; nobody answers for long."""
    teller.open(REGULAR, **_REGULAR)
    teller.send(REGULAR, commands.StartDiagnosis)
    teller.send(REGULAR, commands.ReprioritizeCase)
    for case_id in (EMERGENCY, OTHER):
        teller.open(case_id)
    teller.deliver()
    teller.wait()
    teller.send(EMERGENCY, commands.RaiseLevel, from_level=1)
    teller.send(OTHER, commands.CancelEscalation)
    teller.send(REGULAR, commands.DeclareEmergency)
    for _ in range(4):
        teller.wait()


def _work(teller: Teller) -> None:
    """The rep who has acknowledged at last keeps everybody updated, and then does not."""
    for _ in range(2):
        teller.send(EMERGENCY, commands.AddInternalNote, has_id=False)
        teller.wait()
    for kind in (
        commands.Acknowledge,
        commands.ReassignOwner,
        commands.AddParticipant,
        commands.RequestRealTimeCommunication,
        commands.EndRealTimeCommunication,
        commands.ReportSideChannelContact,
    ):
        teller.send(EMERGENCY, kind)
    for _ in range(2):
        teller.send(EMERGENCY, commands.PostUpdate, has_id=False)
        teller.deliver()
        teller.wait()
    teller.send(EMERGENCY, commands.PostUpdate, eta=teller.now + timedelta(hours=2))
    teller.send(EMERGENCY, commands.PostponeUpdate, until=teller.now + timedelta(hours=3))
    teller.wait()


def _propose(teller: Teller) -> None:
    """The first solution is no good; the second one waits for an answer until one is due, and is accepted."""
    for kind in (commands.ProposeSolution, commands.RejectSolution, commands.ProposeSolution):
        teller.send(EMERGENCY, kind)
    for _ in range(3):
        teller.wait()
    for _ in range(2):
        teller.send(EMERGENCY, commands.AcceptSolution)
    teller.deliver()


def _end(teller: Teller) -> None:
    """The escalation is closed, what it owes is overdue, and done; the cases that go on are closed as well."""
    teller.send(EMERGENCY, commands.CloseEscalation)
    teller.send(EMERGENCY, commands.AttributeCause, cause=ec.Cause.INFRASTRUCTURE)
    for _ in range(5):
        teller.wait()
    for owed in (
        commands.DebriefStakeholders,
        commands.HoldPostMortem,
        commands.SharePostMortem,
        commands.ShareRootCauseAnalysis,
    ):
        teller.send(EMERGENCY, owed)
    for case_id in (EMERGENCY, OTHER):
        teller.send(case_id, commands.StartDiagnosis)
        teller.send(case_id, commands.ProposeCaseSolution)
        teller.send(case_id, commands.CloseCase)
    teller.deliver()
