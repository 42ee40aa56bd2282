"""People, cases, policies, commands and whole histories, for Hypothesis to choose from.

Rule 1: what is generated is right in itself; a command may still be refused, and a damaged history says so in its name.
Rule 2: a history is made by a process, command after command; nothing in it is invented.
Rule 3: internal text is tainted with ``TAINT``, so that a test can find it where it must not be.
"""

from escalation_core.testing.model.invariants import TAINT
from escalation_core.testing.model.steps import Step
from escalation_core.testing.strategies.of_histories import (
    DamagedHistory,
    History,
    damaged_histories,
    histories,
    logs,
)
from escalation_core.testing.strategies.of_values import (
    AHEAD,
    OFFICE,
    PEOPLE,
    STRANGER,
    any_command,
    cadences,
    cases,
    commands_of,
    external_people,
    instants,
    ladders,
    next_commands,
    people,
    policies,
    texts,
    timings,
)

__all__ = [
    "AHEAD",
    "OFFICE",
    "PEOPLE",
    "STRANGER",
    "TAINT",
    "DamagedHistory",
    "History",
    "Step",
    "any_command",
    "cadences",
    "cases",
    "commands_of",
    "damaged_histories",
    "external_people",
    "histories",
    "instants",
    "ladders",
    "logs",
    "next_commands",
    "people",
    "policies",
    "texts",
    "timings",
]
