"""The exact charts of a small lifecycle, and the lifecycles that no chart can show.

Rule 1: ``property/test_engines`` runs the charts of the real lifecycles.
"""

import json
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.interchange import statecharts
from escalation_core.moves import Move
from escalation_core.table import Lifecycle, consent_complete, consent_incomplete

DOCS = Path(__file__).parent.parent / "docs"
WRITERS = [statecharts.to_scxml, statecharts.to_xstate, statecharts.to_mermaid, statecharts.to_dot]


class Light(Enum):
    """Statuses of a lifecycle: one that is not final, a final one with rows, and a final one without rows."""

    RED = "red"
    DARK_GREEN = "dark green"
    BROKEN = "broken"


def lights(*more: Move[Any], statuses: Any = Light) -> Lifecycle[Any]:  # noqa: ANN401  # an Enum
    red, green, broken = statuses
    return Lifecycle(
        statuses,
        initial=red,
        terminal=(green, broken),
        started_by=events.CaseOpened,
        moves=(
            Move(commands.Acknowledge, (red, green), green, events.EscalationAcknowledged),
            Move(commands.AcceptSolution, (red,), None, events.SolutionApproved, consent_incomplete),
            Move(commands.AcceptSolution, (red,), broken, events.SolutionAccepted, consent_complete),
            *more,
        ),
    )


SCXML = """\
<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="ecmascript" name="Light" initial="RED">
  <state id="RED">
    <transition event="acknowledge" target="DARK_GREEN" />
    <transition event="accept_solution" cond="_event.data.complete == false" />
    <transition event="accept_solution" cond="_event.data.complete == true" target="BROKEN" />
  </state>
  <state id="DARK_GREEN">
    <transition event="acknowledge" target="DARK_GREEN" />
  </state>
  <final id="BROKEN" />
</scxml>
"""

MERMAID = """\
stateDiagram-v2
    RED : red
    RED : AcceptSolution [consent incomplete]
    DARK_GREEN : dark green
    BROKEN : broken
    [*] --> RED : CaseOpened
    RED --> DARK_GREEN : Acknowledge
    RED --> BROKEN : AcceptSolution [consent complete]
    DARK_GREEN --> DARK_GREEN : Acknowledge
    DARK_GREEN --> [*]
    BROKEN --> [*]
"""

DOT = r"""digraph Light {
    node [shape=Mrecord]
    "[start]" [shape=point]
    "[end]" [shape=doublecircle, label="", width=0.2]
    "RED" [label="{red|AcceptSolution [consent incomplete]\l}"]
    "DARK_GREEN" [label="{dark green}"]
    "BROKEN" [label="{broken}"]
    "[start]" -> "RED" [label="CaseOpened"]
    "RED" -> "DARK_GREEN" [label="Acknowledge"]
    "RED" -> "BROKEN" [label="AcceptSolution [consent complete]"]
    "DARK_GREEN" -> "DARK_GREEN" [label="Acknowledge"]
    "DARK_GREEN" -> "[end]" [label=""]
    "BROKEN" -> "[end]" [label=""]
}
"""


def test_to_scxml_returns_the_expected_chart() -> None:
    assert statecharts.to_scxml(lights()) == SCXML


def test_to_xstate_returns_the_expected_chart() -> None:
    red = {
        "acknowledge": [{"target": "DARK_GREEN"}],
        "accept_solution": [
            {"target": "RED", "guard": {"type": "consent_incomplete", "params": {"complete": False}}},
            {"target": "BROKEN", "guard": {"type": "consent_complete", "params": {"complete": True}}},
        ],
    }
    assert json.loads(statecharts.to_xstate(lights())) == {
        "id": "Light",
        "initial": "RED",
        "states": {
            "RED": {"on": red},
            "DARK_GREEN": {"on": {"acknowledge": [{"target": "DARK_GREEN", "reenter": True}]}},
            "BROKEN": {"type": "final"},
        },
    }


def test_to_mermaid_returns_the_expected_chart() -> None:
    assert statecharts.to_mermaid(lights()) == MERMAID


def test_to_dot_returns_the_expected_chart() -> None:
    assert statecharts.to_dot(lights()) == DOT


@pytest.mark.parametrize("lifecycle", [ec.CASE, ec.ESCALATION], ids=["case", "escalation"])
def test_scxml_is_well_formed_and_in_the_namespace_of_the_w3c(lifecycle: Lifecycle[Any]) -> None:
    tags = {element.tag for element in ET.fromstring(statecharts.to_scxml(lifecycle)).iter()}  # noqa: S314  # our own
    assert tags == {f"{{http://www.w3.org/2005/07/scxml}}{name}" for name in ("scxml", "state", "final", "transition")}


@pytest.mark.parametrize("write", WRITERS)
def test_a_writer_refuses_a_value_that_is_not_a_lifecycle(write: Callable[[Any], str]) -> None:
    with pytest.raises(TypeError, match=r"^lifecycle: must be a Lifecycle, got <enum 'EscalationStatus'>$"):
        write(ec.EscalationStatus)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("names", [{"red": "a -> b"}, {"a b": "red"}, {"red": ""}, {"red": 'say "x"'}])
def test_a_writer_refuses_a_status_that_some_format_cannot_express(
    write: Callable[[Any], str], names: dict[str, str]
) -> None:
    statuses = Enum("Odd", [*names.items(), ("GREEN", "green"), ("BROKEN", "broken")])  # type: ignore[misc]
    with pytest.raises(ValueError, match=r"^statuses: must be of letters, digits and spaces, got <Odd"):
        write(lights(statuses=statuses))


def _two(*, complete: bool, silent: bool) -> bool:
    return complete and silent


def _never(*, complete: bool) -> bool:
    return complete not in {True, False}


def _always(*, complete: bool) -> bool:
    return complete in {True, False}


def _odd(*, complete: bool) -> bool:
    return complete


_odd.__name__ = "<lambda>"


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("guard", [_two, _never, _always, _odd, partial(consent_complete)])
def test_a_writer_refuses_a_guard_that_is_not_one_named_boolean(write: Callable[[Any], str], guard: Any) -> None:  # noqa: ANN401
    odd = lights(Move(commands.CloseEscalation, (Light.RED,), Light.BROKEN, events.EscalationClosed, guard))
    with pytest.raises(ValueError, match=r"^guard: must be a named function of one boolean that is true"):
        write(odd)
