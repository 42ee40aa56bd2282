"""What ``hypothesis.strategies.from_type`` chooses from."""

from hypothesis import strategies as st

import escalation_core as ec
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.testing.strategies.of_histories import histories
from escalation_core.testing.strategies.of_values import any_command, commands_of, people, policies


def of_type(kind: type) -> st.SearchStrategy[object]:
    """Give what ``from_type`` chooses from: values that a process took or made, one of its steps at a time.

    Args:
        kind: ``Case``, ``Event``, ``Notification``, ``Outcome``, ``Person``, ``Policy``, ``Command`` or one below that.
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
            lambda history: st.sampled_from([told for outcome in history.outcomes for told in outcome.notifications])
        ),
    }
    return found[kind]
