"""Registration of the classes of this library for ``hypothesis.strategies.from_type``.

Rule 1: Hypothesis calls ``register`` during its own import, through the entry point of this distribution.
Rule 2: ``register`` builds no strategy. Hypothesis builds a strategy when a test first asks for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.notifications.notification import Notification
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.process import Outcome
from escalation_core.table import COMMANDS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def register() -> None:
    """Register a strategy for each class, with values that a process accepted or made."""
    hypothesis = import_module("hypothesis.strategies")
    for kind in (Case, Event, Notification, Outcome, Person, Policy, Command, *COMMANDS):
        hypothesis.register_type_strategy(kind, strategy_of)


def strategy_of(kind: type) -> "SearchStrategy[Any]":
    """Return the strategy of a registered class."""
    found: SearchStrategy[Any] = import_module("escalation_core.testing.strategies.by_type").of_type(kind)
    return found
