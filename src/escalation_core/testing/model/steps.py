"""One step in the life of a case, as the invariants judge it."""

from datetime import datetime

from attrs import frozen

from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.escalation import EscalationStatus
from escalation_core.events import Event
from escalation_core.outcome import Outcome
from escalation_core.process import Process


@frozen(kw_only=True)
class Step:
    """One command that was sent, or a look at what is due, and what came of it."""

    process: Process
    before: Case
    command: Command | None  #: None: what is due was asked for.
    now: datetime
    outcome: Outcome | None  #: None where the command was refused.

    @property
    def after(self) -> Case:
        """The case as the step left it."""
        return self.before if self.outcome is None else self.outcome.case

    @property
    def happened(self) -> tuple[Event, ...]:
        """The events of the step."""
        return () if self.outcome is None else self.outcome.events


def status_of(case: Case) -> EscalationStatus | None:
    """Give the status of a case's escalation; None without one."""
    return None if case.escalation is None else case.escalation.status
