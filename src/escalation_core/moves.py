"""Moves and entries: the rows of the process table, and the check of a whole table."""

from collections.abc import Iterable
from enum import Enum
from typing import Any, Generic, TypeVar

from attrs import fields, frozen

from escalation_core.checks import must_be
from escalation_core.commands import Command
from escalation_core.escalation import EscalationStatus
from escalation_core.events.base import Event
from escalation_core.people import Role

S = TypeVar("S", bound=Enum)


@frozen
class Move(Generic[S]):
    """One row: a command, the statuses from which it is legal, the status that follows, and the event."""

    command: type[Command]
    source: tuple[S, ...]
    dest: S | None  #: None: the status does not change.
    event: type[Event]
    guard: Any = None  #: A function of keyword arguments, which ``transitions`` calls; None: no guard.

    def definition(self) -> dict[str, Any]:
        """Return the row in the form that ``transitions`` documents."""
        conditions = [self.guard] if self.guard else []
        return {"trigger": self.command.name, "source": list(self.source), "dest": self.dest, "conditions": conditions}


def own_fields(kind: type[Command | Event]) -> tuple[str, ...]:
    """Return the names of the fields of a class of commands or events, without the fields that all of them have."""
    common = fields(Command if issubclass(kind, Command) else Event)
    return tuple(one.name for one in fields(kind) if one.name not in {other.name for other in common})


@frozen(kw_only=True, eq=False, repr=False)
class Entry:
    """The entry of one command: everything that the table contains about it."""

    command: type[Command]
    moves: tuple[Move[Any], ...]  #: Empty for ``OpenCase``, which begins the table.
    also: tuple[type[Event], ...]  #: Events that follow the event of a move in the same step.
    by: tuple[Role, ...]  #: The roles that may send the command by default.
    within: tuple[Role, ...]  #: The roles that a policy may choose; ``()`` for a vote, which only the sides have.
    needed: bool  #: Whether the process can end only if some role may send the command.

    @property
    def events(self) -> tuple[type[Event], ...]:
        """All events of the command, each once, in order."""
        return tuple(dict.fromkeys([*(move.event for move in self.moves), *self.also]))

    @property
    def recorded_as(self) -> type[Event] | None:
        """The event, if it is the only one and has exactly the fields of the command; otherwise None."""
        event, *others = self.events
        return event if own_fields(event) == own_fields(self.command) and not others else None


@frozen(kw_only=True, eq=False, repr=False)
class TimeEntry:
    """The entry of one event that time causes. Such an event never changes a status."""

    event: type[Event]
    during: tuple[EscalationStatus, ...]  #: The statuses in which its clocks run.


def refuse_bad_moves(statuses: type[S], initial: S, terminal: tuple[S, ...], moves: tuple[Move[S], ...]) -> None:
    """Raise an error for rows that are not a process.

    Raises:
        ValueError: a row occurs twice, or a status is unknown, unreachable, or without a way to a terminal one.
    """
    named = [status for move in moves for status in (*move.source, move.dest or initial)]
    unknown = [status for status in named if not isinstance(status, statuses)]  # ``in`` takes equal text of another one
    if unknown:
        raise ValueError(must_be("moves", f"rows of {statuses.__name__}", unknown))
    rows = [(move.command, source, move.guard) for move in moves for source in move.source]
    twice = {row for row in rows if rows.count(row) > 1}
    if twice:
        raise ValueError(must_be("moves", "unique", sorted(f"{row[0].name} from {row[1].value}" for row in twice)))
    steps = [(source, move.dest) for move in moves for source in move.source if move.dest is not None]
    unreachable = set(statuses) - _closure({initial}, steps)
    if unreachable:
        missed = sorted(status.value for status in unreachable)
        raise ValueError(f"moves: must lead from {initial.value} to every status, got no way to {missed}")
    traps = set(statuses) - _closure(set(terminal), [(dest, source) for source, dest in steps])
    if traps:
        raise ValueError(
            f"moves: must lead from every status to an end, got no way from {sorted(s.value for s in traps)}"
        )


def _closure(start: set[S], steps: Iterable[tuple[S, S]]) -> set[S]:
    known = set(start)
    while True:
        more = {dest for source, dest in steps if source in known} - known
        if not more:
            return known
        known |= more
