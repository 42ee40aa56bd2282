"""For the tests of a host: examples to read, values to generate, and a suite that proves storage and delivery.

Rule 1: builders and scenarios need no other library. The rest needs Hypothesis: the extra ``testing``.
Rule 2: whatever is not as it must be is an ``AssertionError``, so that every test runner, and none, can tell.
Rule 3: a name is imported from its module when it is first asked for (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalation_core.testing import promises, strategies
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
        after,
        emergency,
        later,
        opened,
        person,
        problem,
        reach,
        sample,
    )
    from escalation_core.testing.hosts import HostSuite
    from escalation_core.testing.machine import ProcessMachine
    from escalation_core.testing.rig import Rig, SimulatedCrash, TransportDownError
    from escalation_core.testing.scenario import Scenario, given
    from escalation_core.testing.trial import BrokenPromiseError

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
    "BrokenPromiseError",
    "HostSuite",
    "ProcessMachine",
    "Rig",
    "Scenario",
    "SimulatedCrash",
    "TransportDownError",
    "after",
    "emergency",
    "given",
    "later",
    "opened",
    "person",
    "problem",
    "promises",
    "reach",
    "sample",
    "strategies",
]

_HOMES = {
    "hosts": ("HostSuite",),
    "machine": ("ProcessMachine",),
    "rig": ("Rig", "SimulatedCrash", "TransportDownError"),
    "scenario": ("Scenario", "given"),
    "trial": ("BrokenPromiseError",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    is_module = name in {"promises", "strategies"}
    try:
        home = import_module(f"{__name__}.{name if is_module else _HOME_OF.get(name, 'builders')}")
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        message = f"{__name__}.{name} needs Hypothesis: install escalation_core[testing]"
        raise ModuleNotFoundError(message, name=error.name) from error
    value: object = home if is_module else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
