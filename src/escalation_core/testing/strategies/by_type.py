"""The strategies that ``hypothesis.strategies.from_type`` uses for the classes of this library."""

from hypothesis import strategies as st

import escalation_core as ec
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.testing.strategies.case_histories import histories
from escalation_core.testing.strategies.values import any_command, commands_of, people, policies


def of_type(kind: type) -> st.SearchStrategy[object]:
    """Return the strategy for a class, whose values a process accepted or made.

    Args:
        kind: ``Case``, ``Event``, ``Notification``, ``Outcome``, ``Person``, ``Policy``, ``Command`` or one of its
            subclasses.
    """
    if issubclass(kind, Command) and kind is not Command:
        return commands_of(kind)
    found: dict[type, st.SearchStrategy[object]] = {
        ec.Person: people(),
        ec.Policy: policies(),
        Command: any_command(),
        ec.Case: histories().map(lambda history: history.case),
        ec.Outcome: histories().flatmap(lambda history: st.sampled_from(history.outcomes)),
        Event: histories().flatmap(lambda history: st.sampled_from(history.events)),
        ec.Notification: histories().flatmap(
            lambda history: st.sampled_from([each for outcome in history.outcomes for each in outcome.notifications])
        ),
    }
    return found[kind]
