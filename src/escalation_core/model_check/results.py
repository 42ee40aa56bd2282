"""What a search through all states found: how many there are, what can happen in them, and what should not.

Rule 1: what should not is told with a way that leads there, in words that a support lead reads.
Rule 2: nothing here looks for anything; see ``exploring``.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from attrs import field, frozen

from escalation_core.case import Case, CaseKind
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.notifications.model import Template
from escalation_core.people import Role


@frozen(kw_only=True)
class Place:
    """A case at a time, and how it got there."""

    case: Case
    now: datetime
    before: "Place | None" = None
    did: str  #: What led here, in words.
    events: tuple[Event, ...] = ()  #: What happened on the last step of the way.

    @property
    def way(self) -> tuple[str, ...]:
        """Every step from the beginning, in words."""
        return (self.did,) if self.before is None else (*self.before.way, self.did)

    @property
    def history(self) -> tuple[Event, ...]:
        """Every event of the case, oldest first."""
        return self.events if self.before is None else (*self.before.history, *self.events)


@frozen(kw_only=True)
class Counterexample:
    """One thing that should not be, and the way to it by which it was found first."""

    rule: str  #: Which rule is broken.
    what: str  #: How.
    way: tuple[str, ...]  #: Empty where it is something that is missing everywhere.
    other: tuple[str, ...] = ()  #: The way of a case that looks the same and is answered differently, if that is it.

    def __str__(self) -> str:
        """Tell it as a numbered list."""
        other = ["  and another case:", *_numbered(self.other)] if self.other else []
        return "\n".join([f"{self.rule}: {self.what}", *_numbered(self.way), *other])


def _numbered(way: tuple[str, ...]) -> list[str]:
    return [f"  {number}. {step}" for number, step in enumerate(way, start=1)]


class Taken(NamedTuple):
    """One row that was taken by one role: a command, the status before and after, and what happened."""

    command: type[Command]
    role: Role
    source: Enum | None  #: Of the case for a command of its lifecycle, else of the escalation; None before it has one.
    dest: Enum | None
    events: tuple[type[Event], ...]


class Heard(NamedTuple):
    """That somebody was told something."""

    template: Template
    kind: CaseKind  #: Of the case,
    partner: bool  #: and whether a partner is named there, or takes part.
    role: Role  #: Of who was told.


@frozen(kw_only=True)
class Exploration:
    """Everything that a process can get into, and what it does there."""

    states: int  #: Cases that look different to the process.
    twins: int  #: Other cases that look like one of them, and were explored to compare.
    transitions: int  #: Commands that were accepted in them, looks at what is due that found something, and waits.
    tried: int  #: Commands that were tried.
    taken: Mapping[Taken, tuple[str, ...]] = field(repr=False)  #: What was accepted, each with a shortest way to it.
    refused: frozenset[tuple[type[Command], str]] = field(repr=False)  #: Kinds of commands, and codes they met.
    heard: frozenset[Heard] = field(repr=False)
    happened: frozenset[type[Event]] = field(repr=False)
    problems: tuple[Counterexample, ...]  #: What should not be.
    ends: tuple[str, ...] = field(repr=False)  #: The ends that a way was looked for to, from every state.
    unsought: tuple[str, ...] = field(repr=False)  #: Those that were not, as commands that they need were not tried.

    @property
    def rows(self) -> frozenset[tuple[type[Command], Enum | None, Enum | None]]:
        """The rows that were taken: a command, the status before and after."""
        return frozenset((taken.command, taken.source, taken.dest) for taken in self.taken)

    @property
    def told(self) -> frozenset[Template]:
        """What somebody was told."""
        return frozenset(heard.template for heard in self.heard)

    @property
    def refusals(self) -> frozenset[str]:
        """The codes that something was refused with."""
        return frozenset(code for _, code in self.refused)

    def __str__(self) -> str:
        """Tell the figures, and every problem."""
        reached = f"{len(self.rows)} rows taken, {len(self.refusals)} codes of refusals"
        states = f"{self.states} states and {self.twins} twins"
        figures = f"{states}, {self.transitions} transitions, {self.tried} commands tried, {reached}"
        unsought = [f"not looked for: a way to where {end}" for end in self.unsought]
        return "\n".join([figures, *unsought, *map(str, self.problems)])
