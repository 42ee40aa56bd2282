"""A lifecycle as a chart for other software: SCXML and XState run it, Mermaid and Graphviz draw it.

Rule 1: every chart is generated from ``lifecycle.moves`` and has every row.
Rule 2: the trigger of a row is the name of the command, as in ``Lifecycle.machine``; a drawing shows the class.
Rule 3: a guard requires a field of the event, ``complete`` or ``silent``, to be true or false. The host sets the field,
since a chart contains no people and no clocks. An event without the field takes no guarded row.
Rule 4: a move without a change of status is an internal transition: a drawing has it in the box of the status, without
an arrow.
Rule 5: a status without rows is final. A terminal status with rows is not final in a chart, since a final state accepts
no events, and the post mortem of a closed escalation must still be shared.
"""

import json
import re
from inspect import signature
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from escalation_core.checks import must_be
from escalation_core.moves import Move, S
from escalation_core.table import Lifecycle

#: From, to and label; None is the start or the end of the chart.
_Arrow = tuple[str | None, str | None, str]


class _Question(NamedTuple):
    """The condition of a guard."""

    name: str  #: The name of the guard.
    field: str  #: The field of the event.
    answer: bool  #: The value of the field for which the guard is true.


def to_scxml(lifecycle: Lifecycle[S]) -> str:
    """Return a chart in SCXML, the State Chart XML of the W3C, with its ECMAScript data model.

    The name of an event is the name of a command; the fields that guards require are in its data.

    Raises:
        TypeError, ValueError: the argument is not a lifecycle, or a chart cannot show its statuses or guards.
    """
    rows = _rows(lifecycle)
    head = {"xmlns": "http://www.w3.org/2005/07/scxml", "version": "1.0", "datamodel": "ecmascript"}
    chart = ET.Element("scxml", head, name=lifecycle.statuses.__name__, initial=lifecycle.initial.name)
    for status, moves in rows.items():
        state = ET.SubElement(chart, "state" if moves else "final", id=status.name)
        for move in moves:
            row = ET.SubElement(state, "transition", event=move.command.name)
            if move.guard is not None:
                asked = _question(move.guard)
                row.set("cond", f"_event.data.{asked.field} == {json.dumps(asked.answer)}")
            if move.dest is not None:
                row.set("target", move.dest.name)
    ET.indent(chart)
    return ET.tostring(chart, encoding="unicode") + "\n"


def to_xstate(lifecycle: Lifecycle[S]) -> str:
    """Return a chart as JSON, the configuration of a machine of XState 5.

    The type of an event is the name of a command; the fields that guards require are beside it. A guard has its name,
    and its condition as parameters, so that one function can implement all guards:
    ``({ event }, asked) => Object.entries(asked).every(([name, answer]) => event[name] === answer)``.

    Raises:
        TypeError, ValueError: the argument is not a lifecycle, or a chart cannot show its statuses or guards.
    """
    states: dict[str, dict[str, Any]] = {}
    for status, moves in _rows(lifecycle).items():
        on: dict[str, list[dict[str, Any]]] = {}
        for move in moves:
            # XState's ``can`` denies a row without a target; with its own status as target it does not reenter it.
            row: dict[str, Any] = {"target": (move.dest or status).name}
            if move.dest is status:
                row["reenter"] = True
            if move.guard is not None:
                asked = _question(move.guard)
                row["guard"] = {"type": asked.name, "params": {asked.field: asked.answer}}
            on.setdefault(move.command.name, []).append(row)
        states[status.name] = {"on": on} if on else {"type": "final"}
    chart = {"id": lifecycle.statuses.__name__, "initial": lifecycle.initial.name, "states": states}
    return json.dumps(chart, indent=2) + "\n"


def to_mermaid(lifecycle: Lifecycle[S]) -> str:
    """Return a chart as a state diagram of Mermaid.

    Raises:
        TypeError, ValueError: the argument is not a lifecycle, or a chart cannot show its statuses or guards.
    """
    boxes, arrows = _drawing(lifecycle)
    lines = [f"{status} : {line}" for status, box in boxes.items() for line in box]
    for source, dest, label in arrows:
        lines.append(f"{source or '[*]'} --> {dest or '[*]'}" + (f" : {label}" if label else ""))
    return "stateDiagram-v2\n" + "".join(f"    {line}\n" for line in lines)


def to_dot(lifecycle: Lifecycle[S]) -> str:
    """Return a chart as a directed graph in the DOT language of Graphviz.

    Raises:
        TypeError, ValueError: the argument is not a lifecycle, or a chart cannot show its statuses or guards.
    """
    boxes, arrows = _drawing(lifecycle)
    lines = ["node [shape=Mrecord]", '"[start]" [shape=point]', '"[end]" [shape=doublecircle, label="", width=0.2]']
    for status, (title, *inside) in boxes.items():
        rest = "|" + "".join(f"{line}\\l" for line in inside) if inside else ""
        lines.append(f'"{status}" [label="{{{title}{rest}}}"]')
    for source, dest, label in arrows:
        lines.append(f'"{source or "[start]"}" -> "{dest or "[end]"}" [label="{label}"]')
    return f"digraph {lifecycle.statuses.__name__} {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def _drawing(lifecycle: Lifecycle[S]) -> tuple[dict[str, list[str]], list[_Arrow]]:
    """Return the lines in the box of each status, and the arrows."""
    rows = _rows(lifecycle)
    boxes = {status.name: [str(status.value)] for status in rows}
    arrows: list[_Arrow] = [(None, lifecycle.initial.name, lifecycle.started_by.__name__)]
    for status, moves in rows.items():
        for move in moves:
            label = move.command.__name__
            if move.guard is not None:
                label += f" [{_question(move.guard).name.replace('_', ' ')}]"
            if move.dest is None:
                boxes[status.name].append(label)
            else:
                arrows.append((status.name, move.dest.name, label))
    arrows += [(status.name, None, "") for status in lifecycle.terminal]
    return boxes, arrows


def _rows(lifecycle: Lifecycle[S]) -> dict[S, list[Move[S]]]:
    """Return the moves that start in each status, after a check that a chart can show them."""
    if not isinstance(lifecycle, Lifecycle):
        raise TypeError(must_be("lifecycle", "a Lifecycle", lifecycle))
    for status in lifecycle.statuses:
        if not (status.name.isidentifier() and re.fullmatch(r"\w[\w ]*", str(status.value))):
            raise ValueError(must_be("statuses", "of letters, digits and spaces", status))
    return {status: [move for move in lifecycle.moves if status in move.source] for status in lifecycle.statuses}


def _question(guard: Any) -> _Question:  # noqa: ANN401  # as ``Move`` has it
    """Return the condition of a guard, found by calling the guard with True and False."""
    name = getattr(guard, "__name__", "")
    fields = list(signature(guard).parameters) if name.isidentifier() else []
    answers = [answer for answer in (True, False) if len(fields) == 1 and guard(**{fields[0]: answer})]
    if len(answers) != 1:
        raise ValueError(must_be("guard", "a named function of one boolean that is true for one of its values", guard))
    return _Question(name, fields[0], answers[0])
