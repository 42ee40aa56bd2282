"""The measured operations of ``escalation_core``; they use only its public names."""

import pickle
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import attrs

import escalation_core as ec
from escalation_core import codec, commands
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, CAST, PAUL, RITA, T0, emergency, later, problem, sample

PROCESS = ec.Process()
FRESH = emergency(description="Nobody can buy anything since the update. " * 5)
assert len(FRESH.description) in range(200, 220)
#: The documented story after the opening, until the escalation is settled.
STORY: tuple[Command, ...] = (
    commands.Acknowledge(by=RITA),
    commands.PostUpdate(by=RITA, message="We found the cause.", eta=T0 + timedelta(hours=1)),
    commands.ProposeSolution(by=RITA, summary="Restart the checkout with the old version."),
    commands.AcceptSolution(by=ANA),
    commands.AcceptSolution(by=PAUL),
    commands.CloseEscalation(by=RITA),
    commands.DebriefStakeholders(by=RITA, notes="All of them know."),
    commands.HoldPostMortem(by=RITA, findings="No test covers it."),
    commands.SharePostMortem(by=RITA, document="https://desk.example/pm/4711"),
)


class Step(NamedTuple):
    """A command for a case, at a time."""

    case: ec.Case
    command: Command
    now: datetime

    def handle(self) -> ec.Outcome:
        """Send the command."""
        return PROCESS.handle(self.case, self.command, now=self.now)

    def refuse(self) -> None:
        """Send the command and ignore its refusal."""
        try:
            self.handle()
        except ec.CommandRefusedError:
            return
        raise AssertionError(f"{type(self.command).__name__}: must be refused")


def _played(outcome: ec.Outcome, *wanted: Command) -> tuple[list[Step], list[ec.Outcome]]:
    """Return every step of a story with its outcome; the steps are one minute apart."""
    steps: list[Step] = []
    outcomes = [outcome]
    for command in wanted:
        case = outcomes[-1].case
        steps.append(Step(case, command, later(case)))
        outcomes.append(steps[-1].handle())
    return steps, outcomes


def open_emergency() -> ec.Outcome:
    """Open the case of the story."""
    return PROCESS.open(FRESH, by=ANA, now=T0)


STEPS, OUTCOMES = _played(open_emergency(), *STORY)
#: Two more stories, for the commands that the first story refuses.
_OF_AN_OUTAGE = _played(
    open_emergency(),
    commands.Acknowledge(by=RITA),
    sample(commands.RequestRealTimeCommunication, RITA),
    commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk"),
    *STORY[2:6],
)[1]
_OF_A_PROBLEM = _played(
    PROCESS.open(problem(), by=ANA, now=T0),
    *(sample(kind, RITA) for kind in (commands.StartDiagnosis, commands.ProposeCaseSolution, commands.CloseCase)),
)[1]
_CASES = tuple(outcome.case for outcome in (*OUTCOMES, *_OF_AN_OUTAGE, *_OF_A_PROBLEM))


#: Every command except ``OpenCase``, which ``handle`` does not take.
KINDS = tuple(kind for kind in COMMANDS if kind is not commands.OpenCase)


def accepted_and_refused(kind: type[Command]) -> tuple[Step, Step]:
    """Return the first step at which the command is accepted, and the first at which its sender is refused."""
    for by in CAST:
        steps = [Step(case, sample(kind, by), later(case)) for case in _CASES]
        answers = [not PROCESS.check(step.case, step.command, now=step.now) for step in steps]
        if any(answers):
            return steps[answers.index(True)], steps[answers.index(False)]
    raise AssertionError(f"{kind.__name__}: must be accepted in one of the stories")


_UPDATED = _played(OUTCOMES[1], *(commands.PostUpdate(by=RITA, message="Still looking.") for _ in range(100)))[1]
#: A history so long that the opening does not matter.
HISTORY: tuple[Event, ...] = tuple(event for outcome in (OUTCOMES[0], *_UPDATED) for event in outcome.events)


def replay() -> None:
    """Fold every event of a long history."""
    PROCESS.replay(HISTORY)


OPENED = OUTCOMES[0].case


def next_due() -> None:
    """Return when something is due."""
    PROCESS.next_due(OPENED)


def written(case: ec.Case) -> str:
    """Return the text of a snapshot."""
    return codec.to_snapshot_json(case)


def read(text: str) -> ec.Case:
    """Return the case of a snapshot's text."""
    return codec.from_snapshot_json(text)


SNAPSHOT = written(STEPS[1].case)
PICKLED = pickle.dumps(STEPS[1].case)


def read_snapshot() -> None:
    """Read the snapshot of an acknowledged case."""
    read(SNAPSHOT)


def read_pickle() -> None:
    """Unpickle the same case."""
    pickle.loads(PICKLED)  # noqa: S301  # our own bytes


def stored_step() -> tuple[str, ...]:
    """Read a snapshot, post an update, and write the texts that a transaction stores."""
    outcome = PROCESS.handle(read(SNAPSHOT), STEPS[1].command, now=STEPS[1].now)
    return written(outcome.case), *map(codec.to_json, (*outcome.events, *outcome.notifications))


assert len(stored_step()) == 4  # a snapshot, an event and two notifications
assert read(SNAPSHOT) == pickle.loads(PICKLED)  # noqa: S301  # our own bytes

_SAME_SIZE: Any = attrs.make_class(
    "SameSize", [field.name for field in attrs.fields(ec.Case)], frozen=True, slots=True, kw_only=True
)
_VALUES = {field.name: getattr(OPENED, field.name) for field in attrs.fields(ec.Case)}


def frozen_object() -> None:
    """Make one frozen attrs object with as many fields as a case, without validation."""
    _SAME_SIZE(**_VALUES)


def snapshot_bytes() -> int:
    """Return the size of the snapshot after three commands with ids."""
    with_ids = (attrs.evolve(command, command_id=str(UUID(int=n))) for n, command in enumerate(STORY[:3]))
    return len(written(_played(open_emergency(), *with_ids)[1][-1].case).encode())
