"""The tasks that the host suite gives to a host."""

from datetime import datetime

from attrs import frozen

import escalation_core as ec
from escalation_core.commands import Command


@frozen(kw_only=True)
class Open:
    """A person opens a case."""

    case: ec.Case
    by: ec.Person
    now: datetime
    command_id: str

    def __str__(self) -> str:
        """Return a short description for messages."""
        return f"open {self.case.id} as {self.command_id!r}"


@frozen(kw_only=True)
class Send:
    """A person sends a command."""

    case_id: str
    command: Command
    now: datetime

    def __str__(self) -> str:
        """Return a short description for messages."""
        kind, by = type(self.command).__name__, self.command.by.id
        return f"send {kind} by {by} to {self.case_id} as {self.command.command_id!r}"


@frozen(kw_only=True)
class Tick:
    """The host handles everything that is due."""

    now: datetime

    def __str__(self) -> str:
        """Return a short description for messages."""
        return f"tick at {self.now}"


@frozen(kw_only=True)
class Deliver:
    """The host delivers its pending notifications."""

    def __str__(self) -> str:
        """Return a short description for messages."""
        return "deliver"


Task = Open | Send | Tick | Deliver
