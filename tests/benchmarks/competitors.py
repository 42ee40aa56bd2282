"""The same moves in other libraries, for comparison with ``escalation_core``."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# transitions and python-statemachine are only partly typed.

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any
from uuid import UUID

import attrs
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from statemachine import State, StateMachine
from transitions import Machine

STATUSES = [
    "STARTED",
    "CANCELED",
    "ACKNOWLEDGED",
    "SOLUTION PROPOSED",
    "SOLUTION ACCEPTED",
    "SOLUTION REJECTED",
    "CLOSED",
]
MOVES: Any = [
    ["cancel", "STARTED", "CANCELED"],
    ["acknowledge", "STARTED", "ACKNOWLEDGED"],
    ["propose", ["ACKNOWLEDGED", "SOLUTION REJECTED", "SOLUTION PROPOSED"], "SOLUTION PROPOSED"],
    ["accept", "SOLUTION PROPOSED", "SOLUTION ACCEPTED"],
    ["reject", "SOLUTION PROPOSED", "SOLUTION REJECTED"],
    ["close", "SOLUTION ACCEPTED", "CLOSED"],
]


class Model:
    """The object on which ``transitions`` keeps a status."""

    state: str
    acknowledge: Callable[[], bool]


def _machine(model: Model | None) -> Any:  # noqa: ANN401  # transitions adds attributes to its machines
    return Machine(model=model, states=STATUSES, transitions=MOVES, initial="STARTED", auto_transitions=False)


_MODEL = Model()
_machine(None).add_model(_MODEL)


def shared_trigger() -> None:
    """Trigger ``transitions`` on one machine that all models share."""
    _MODEL.state = "STARTED"
    _MODEL.acknowledge()


def documented_trigger() -> None:
    """Trigger ``transitions`` as its documentation shows it: one machine for each object."""
    model = Model()
    _machine(model)
    model.acknowledge()


class StateChart(StateMachine):
    """The same moves in ``python-statemachine``."""

    started = State(initial=True)
    canceled = State(final=True)
    acknowledged = State()
    proposed = State()
    accepted = State()
    rejected = State()
    closed = State(final=True)

    cancel = started.to(canceled)
    acknowledge = started.to(acknowledged)
    propose = acknowledged.to(proposed) | rejected.to(proposed) | proposed.to(proposed)
    accept = proposed.to(accepted)
    reject = proposed.to(rejected)
    close = accepted.to(closed)


_CHART = StateChart()


def statemachine_event() -> None:
    """Send one event to a ``python-statemachine`` that was reset to its start."""
    _CHART.current_state_value = "started"
    _CHART.send("acknowledge")


def statemachine_and_event() -> None:
    """Make a ``python-statemachine`` and send it one event."""
    StateChart().send("acknowledge")


@attrs.frozen(kw_only=True)
class Floor:
    """The least result of a step: a frozen object with a status."""

    id: str
    status: str


_TABLE = {("STARTED", "acknowledge"): "ACKNOWLEDGED"}
_FLOOR = Floor(id="4711", status="STARTED")


def floor() -> None:
    """Look up a row in a dictionary and make a frozen object."""
    Floor(id=_FLOOR.id, status=_TABLE[_FLOOR.status, "acknowledge"])


class Escalation(Aggregate):
    """An escalation of the ``eventsourcing`` library, without any rule."""

    @event("Opened")
    def __init__(self, subject: str, description: str) -> None:
        self.subject = subject
        self.description = description
        self.status = "STARTED"

    @event("Acknowledged")
    def acknowledge(self, by: str) -> None:
        """Keep the owner."""
        self.owner = by
        self.status = "ACKNOWLEDGED"

    @event("ProgressUpdatePosted")
    def post_update(self, by: str, message: str) -> None:
        """Keep the last update."""
        self.update = (by, message)


def _stored() -> Iterator[UUID]:
    """Return the ids of stored escalations with two events each, in turn, so that their histories stay short."""
    ids: list[UUID] = []
    for _ in range(4000):
        escalation = Escalation(subject="Checkout is down", description="Nobody can buy anything.")
        escalation.acknowledge(by="rita")
        _APPLICATION.save(escalation)
        ids.append(escalation.id)
    return cycle(ids)


_APPLICATION: Application[UUID] = Application()
_IDS = _stored()


def eventsourcing_step() -> None:
    """Read an aggregate of ``eventsourcing`` from its store in memory, post an update and save it."""
    escalation: Escalation = _APPLICATION.repository.get(next(_IDS))
    escalation.post_update(by="rita", message="We found the cause.")
    _APPLICATION.save(escalation)
