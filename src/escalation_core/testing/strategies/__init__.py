"""People, cases, policies, commands and whole histories for Hypothesis.

Rule 1: every generated value is valid. A command may still be refused, and a damaged history names its damage.
Rule 2: a process makes each history, command after command.
Rule 3: internal text begins with ``TAINT``, so that a test can find internal text in the wrong place.
"""

from escalation_core.testing.builders import TAINT
from escalation_core.testing.history import History, Step
from escalation_core.testing.strategies.case_histories import DamagedHistory, damaged_histories, histories, logs
from escalation_core.testing.strategies.values import (
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
