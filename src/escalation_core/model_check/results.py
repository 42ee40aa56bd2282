"""The results of an exploration: the figures, the transitions and the counterexamples.

Rule 1: a counterexample has a path to the problem, in the words of a support lead.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from attrs import field, frozen

from escalation_core.case import Case, CaseKind
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.notifications.mails import Template
from escalation_core.people import Role


@frozen(kw_only=True)
class Place:
    """A case at a time, and the path to it."""

    case: Case
    now: datetime
    before: "Place | None" = None
    did: str  #: The last step, in words.
    events: tuple[Event, ...] = ()  #: The events of the last step.

    @property
    def path(self) -> tuple[str, ...]:
        """All steps from the beginning, in words."""
        return (self.did,) if self.before is None else (*self.before.path, self.did)

    @property
    def history(self) -> tuple[Event, ...]:
        """All events of the case, oldest first."""
        return self.events if self.before is None else (*self.before.history, *self.events)


@frozen(kw_only=True)
class Counterexample:
    """One violation of a rule, and the first path to it."""

    rule: str  #: The name of the rule.
    what: str  #: The violation, in words.
    path: tuple[str, ...]  #: Empty if the violation concerns all states.
    other_path: tuple[str, ...] = ()  #: The path to a case with the same signature and another answer.

    def __str__(self) -> str:
        """Return the violation and its numbered path."""
        other = ["  and another case:", *_numbered(self.other_path)] if self.other_path else []
        return "\n".join([f"{self.rule}: {self.what}", *_numbered(self.path), *other])


def _numbered(path: tuple[str, ...]) -> list[str]:
    return [f"  {number}. {step}" for number, step in enumerate(path, start=1)]


class TakenRow(NamedTuple):
    """One accepted command of one role: the status before and after, and the events."""

    command: type[Command]
    role: Role
    source: Enum | None  #: The status of the case for commands of its lifecycle, otherwise of the escalation.
    dest: Enum | None
    events: tuple[type[Event], ...]


class Notified(NamedTuple):
    """One role that got a notification."""

    template: Template
    kind: CaseKind  #: The kind of the case.
    partner: bool  #: Whether a partner is named, or on the case.
    role: Role  #: The role of the recipient.


@frozen(kw_only=True)
class Exploration:
    """All states that a process can reach, and its answers there."""

    states: int  #: The number of different signatures of cases.
    twins: int  #: The number of further cases with these signatures, for comparison.
    transitions: int  #: The number of accepted commands, calls of ``Process.due`` with events, and waits.
    tried: int  #: The number of all commands, accepted or refused.
    taken: Mapping[TakenRow, tuple[str, ...]] = field(repr=False)  #: Each with a shortest path to it.
    refused: frozenset[tuple[type[Command], str]] = field(repr=False)  #: Classes of commands, with their refusal codes.
    notified: frozenset[Notified] = field(repr=False)
    events: frozenset[type[Event]] = field(repr=False)
    problems: tuple[Counterexample, ...]  #: All violations.
    ends: tuple[str, ...] = field(repr=False)  #: The ends that every state must have a path to.
    unchecked_ends: tuple[str, ...] = field(repr=False)  #: The ends that need a command which was not tried.

    @property
    def rows(self) -> frozenset[tuple[type[Command], Enum | None, Enum | None]]:
        """The rows of the process table that were taken: a command, and the statuses before and after."""
        return frozenset((taken.command, taken.source, taken.dest) for taken in self.taken)

    @property
    def templates(self) -> frozenset[Template]:
        """The templates of all notifications."""
        return frozenset(each.template for each in self.notified)

    @property
    def refusals(self) -> frozenset[str]:
        """The codes of all refusals."""
        return frozenset(code for _, code in self.refused)

    def __str__(self) -> str:
        """Return the figures, and every violation."""
        reached = f"{len(self.rows)} rows taken, {len(self.refusals)} codes of refusals"
        states = f"{self.states} states and {self.twins} twins"
        figures = f"{states}, {self.transitions} transitions, {self.tried} commands tried, {reached}"
        unchecked = [f"not checked: a path to where {end}" for end in self.unchecked_ends]
        return "\n".join([figures, *unchecked, *map(str, self.problems)])
