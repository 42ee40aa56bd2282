"""Drivers of other software: an ``Engine`` runs a chart, a ``Reader`` reads a drawing.

Rule 1: this software gets the text of a chart and the events; it knows nothing else of the library.
Rule 2: tests of missing software are skipped with a reason. ``.ci/run`` installs everything, and accepts no skip.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from transitions import MachineError

import escalation_core as ec
from escalation_core.interchange import statecharts
from escalation_core.table import COMMANDS
from support.process import GUARDS

NODE_FOLDER = Path(__file__).parents[1] / "engines"


class Sent(NamedTuple):
    """An event that is sent to a chart."""

    name: str
    data: Mapping[str, bool]


class Answer(NamedTuple):
    """The answer to an event or to the start: whether a row was taken, and the status afterwards."""

    taken: bool
    status: str


class Drawing(NamedTuple):
    """The boxes and arrows of a drawing."""

    boxes: dict[str, list[str]]  #: The lines in each box; the first line is the title.
    arrows: list[
        tuple[str | None, str | None, str]
    ]  #: Source, destination and label of each arrow; None is the start or the end.


Lifecycle = ec.Lifecycle[Any]
Engine = Callable[[Lifecycle, Sequence[Sent]], list[Answer]]
Reader = Callable[[Lifecycle], Drawing]
Node = Callable[..., Any]


@contextmanager
def node() -> Generator[Node, None, None]:
    """Start Node.js once; the script answers each line with one line."""
    command = shutil.which("node")
    if command is None:
        pytest.skip("Node.js is not installed")
    if not (NODE_FOLDER / "node_modules").is_dir():
        pytest.skip("the packages of package.json are not installed: npm ci --prefix tests/engines")
    with subprocess.Popen(  # noqa: S603  # our own script
        [command, "engines.mjs"], cwd=NODE_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout

        def ask(engine: str, chart: str, sent: Sequence[Sent] = ()) -> Any:  # noqa: ANN401  # JSON
            question = {"engine": engine, "chart": chart, "sent": [event._asdict() for event in sent]}
            to.write(json.dumps(question) + "\n")
            to.flush()
            answer = json.loads(back.readline())
            assert "error" not in answer, answer
            return answer

        yield ask


def run_by_node(ask: Node, name: str, write: Callable[[Lifecycle], str]) -> Engine:
    """Run charts in a package of Node.js."""
    return lambda lifecycle, sent: [Answer(*answer) for answer in ask(name, write(lifecycle), sent)]


def run_by_statemachine() -> Engine:
    """Run SCXML in python-statemachine."""
    io = pytest.importorskip("statemachine.io.loader", reason="python-statemachine 3.2 or later is not installed")
    exceptions = pytest.importorskip("statemachine.exceptions")

    @cache
    def compiled(lifecycle: Lifecycle) -> Any:  # noqa: ANN401  # a class made at run time
        chart = io.load(statecharts.to_scxml(lifecycle), format="scxml")
        chart.allow_event_without_transition = False
        return chart

    def run(lifecycle: Lifecycle, sent: Sequence[Sent]) -> list[Answer]:
        machine = compiled(lifecycle)()
        (initial,) = machine.configuration_values
        answers = [Answer(taken=True, status=initial)]
        for event in sent:
            try:
                machine.send(event.name, **event.data)
            except exceptions.TransitionNotAllowed:
                taken = False
            else:
                taken = True
            answers.append(Answer(taken, *machine.configuration_values))
        return answers

    return run


class Model:
    """A model of a ``transitions`` machine."""

    state: Any = None

    def answer(self, event: Sent, needed: set[str]) -> Answer:
        """Trigger an event with the arguments that its guards need."""
        trigger = getattr(self, event.name, None)  # the machine adds one for each command of its lifecycle
        try:
            taken = trigger is not None and trigger(**{name: event.data[name] for name in needed})
        except MachineError:
            taken = False
        return Answer(taken, self.state.name)


def run_by_transitions() -> Engine:
    """Return an engine that runs the library's own machine; an event must have the values that its guards need."""

    def run(lifecycle: Lifecycle, sent: Sequence[Sent]) -> list[Answer]:
        model = Model()
        lifecycle.machine().add_model(model)
        needed: dict[str, set[str]] = {event.name: set() for event in sent}
        for move in lifecycle.moves:
            if move.guard:
                needed.setdefault(move.command.name, set()).add(GUARDS[move.guard.__name__][0])
        return [Answer(taken=True, status=model.state.name), *(model.answer(one, needed[one.name]) for one in sent)]

    return run


def read_by_mermaid(ask: Node) -> Reader:
    """Read drawings with Mermaid's own parser."""

    def read(lifecycle: Lifecycle) -> Drawing:
        found = ask("Mermaid", statecharts.to_mermaid(lifecycle))
        ends = {"root_start": None, "root_end": None}
        boxes = {name: lines for name, lines in found["boxes"] if name not in ends}
        return Drawing(boxes, [(ends.get(a, a), ends.get(b, b), label) for a, b, label in found["arrows"]])

    return cache(read)


def drawn_by_graphviz(chart: str, form: str) -> str:
    """Return the drawing that Graphviz makes of a chart."""
    command = shutil.which("dot")
    if command is None:
        pytest.skip("Graphviz is not installed")
    done = subprocess.run([command, f"-T{form}"], input=chart, capture_output=True, text=True, check=True)  # noqa: S603  # our own chart
    assert done.stderr == ""
    return done.stdout


def read_by_graphviz() -> Reader:
    """Read drawings that Graphviz makes."""

    def text(drawn: dict[str, Any]) -> list[str]:
        return [operation["text"] for operation in drawn.get("_ldraw_", ()) if operation["op"] == "T"]

    def read(lifecycle: Lifecycle) -> Drawing:
        found = json.loads(drawn_by_graphviz(statecharts.to_dot(lifecycle), "json"))
        names = [None if drawn["name"] in {"[start]", "[end]"} else drawn["name"] for drawn in found["objects"]]
        boxes = {name: text(drawn) for name, drawn in zip(names, found["objects"], strict=True) if name}
        arrows = [(names[drawn["tail"]], names[drawn["head"]], " ".join(text(drawn))) for drawn in found["edges"]]
        return Drawing(boxes, arrows)

    return cache(read)


def walk(read: Reader) -> Engine:
    """Run a drawing: follow the arrow or line with the label of the sent event and a guard that is true."""
    labels = {command.name: command.__name__ for command in COMMANDS}
    guards = {f" [{name.replace('_', ' ')}]": condition for name, condition in GUARDS.items()}

    def fitting(event: Sent) -> set[str]:
        met = [guard for guard, (field, value) in guards.items() if event.data.get(field) is value]
        return {labels[event.name] + guard for guard in ("", *met)}

    def run(lifecycle: Lifecycle, sent: Sequence[Sent]) -> list[Answer]:
        drawn = read(lifecycle)
        (status,) = (dest for source, dest, _ in drawn.arrows if source is None)
        answers = [Answer(taken=True, status=str(status))]
        for event in sent:
            labels = fitting(event)
            found = [dest for source, dest, label in drawn.arrows if source == status and label in labels]
            found += [status for line in drawn.boxes[str(status)][1:] if line in labels]
            (status,) = found or [status]
            answers.append(Answer(bool(found), str(status)))
        return answers

    return run
