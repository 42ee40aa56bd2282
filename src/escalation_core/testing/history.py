"""The life of a case as a list of steps: commands and calls of ``Process.due``, with their outcomes."""

from datetime import datetime

from attrs import frozen

from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.escalation import EscalationStatus
from escalation_core.events import Event
from escalation_core.process import Outcome, Process


@frozen(kw_only=True)
class Step:
    """One command, or one call of ``Process.due``, with its outcome."""

    process: Process
    before: Case
    command: Command | None  #: None: the step is a call of ``Process.due``.
    now: datetime
    outcome: Outcome | None  #: None where the command was refused.

    @property
    def after(self) -> Case:
        """The case after the step."""
        return self.before if self.outcome is None else self.outcome.case

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of the step."""
        return () if self.outcome is None else self.outcome.events


@frozen(kw_only=True)
class History:
    """The life of one case, from its opening."""

    process: Process
    steps: tuple[Step, ...]  #: The first one opens the case.

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes of all steps that were not refused."""
        return tuple(step.outcome for step in self.steps if step.outcome is not None)

    @property
    def case(self) -> Case:
        """The case after the last step."""
        return self.outcomes[-1].case

    @property
    def events(self) -> tuple[Event, ...]:
        """All events of the case, oldest first."""
        return tuple(event for outcome in self.outcomes for event in outcome.events)


def status_of(case: Case) -> EscalationStatus | None:
    """Return the status of the escalation of a case; None without an escalation."""
    return None if case.escalation is None else case.escalation.status
