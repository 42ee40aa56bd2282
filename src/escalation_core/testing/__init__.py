"""Test kit for hosts: example people, cases and commands, and scenarios.

Rule 1: this module needs no other library. ``testing.strategies``, ``testing.machine`` and ``testing.hosts`` need
Hypothesis, which the extra ``testing`` installs; import them by name.
Rule 2: a failed expectation is an ``AssertionError``, so that every test runner reports it.
"""

from escalation_core.testing.builders import (
    ANA,
    CAST,
    LEA,
    MINUTE,
    NINA,
    OTTO,
    PAUL,
    RITA,
    T0,
    TAINT,
    after,
    emergency,
    later,
    opened,
    person,
    problem,
    reach,
    sample,
)
from escalation_core.testing.scenario import Scenario, given

__all__ = [
    "ANA",
    "CAST",
    "LEA",
    "MINUTE",
    "NINA",
    "OTTO",
    "PAUL",
    "RITA",
    "T0",
    "TAINT",
    "Scenario",
    "after",
    "emergency",
    "given",
    "later",
    "opened",
    "person",
    "problem",
    "reach",
    "sample",
]
