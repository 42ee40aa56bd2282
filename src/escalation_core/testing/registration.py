"""What ``hypothesis.strategies.from_type`` makes of the values of this library.

Rule 1: Hypothesis calls ``register`` when it is imported, by the entry point of this distribution.
Rule 2: that loads the classes and nothing else. The strategies are built when the first one is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.notifications.notification import Notification
from escalation_core.outcome import Outcome
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.table import COMMANDS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def register() -> None:
    """Tell Hypothesis how values of these classes are made that a process could have made."""
    hypothesis = import_module("hypothesis.strategies")
    for kind in (Case, Event, Notification, Outcome, Person, Policy, Command, *COMMANDS):
        hypothesis.register_type_strategy(kind, strategy_of)


def strategy_of(kind: type) -> "SearchStrategy[Any]":
    """Give the strategy of a class that is registered."""
    found: SearchStrategy[Any] = import_module("escalation_core.testing.strategies.by_class").of_type(kind)
    return found
