"""Which moves a case and its escalation may make.

Rule 1: every legal move is a row here; no other module decides legality, and no other moves a status.
Rule 2: a row knows nothing of people, clocks or policies. A guard says only what kind of question is asked elsewhere.
Rule 3: this is the only module that imports ``transitions``.
Rule 4: the rows are run by ``transitions`` itself, which validates them; decisions read a table compiled from it once.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from attrs import frozen
from transitions import Machine

from escalation_core import commands, events
from escalation_core.case import CaseStatus
from escalation_core.commands import Command
from escalation_core.escalation import EscalationStatus
from escalation_core.events import Event

S = TypeVar("S", bound=Enum)


def consent_complete(*, complete: bool = True) -> bool:
    """Guard of the row that accepts a solution: pass ``complete=False`` for a yes that is not the last one needed."""
    return complete


def consent_incomplete(*, complete: bool = True) -> bool:
    """Guard of the row that keeps asking: the opposite of ``consent_complete``."""
    return not complete


def silence_deadline_passed(*, silent: bool = False) -> bool:
    """Guard of the row that closes an unanswered proposal: pass ``silent=True`` once the deadline has passed."""
    return silent


@frozen
class Move(Generic[S]):
    """One row: a command, the statuses it may happen in, the status it leads to, and the event that says so."""

    command: type[Command]
    source: tuple[S, ...]
    dest: S | None  #: None stays in the same status.
    event: type[Event]
    guard: Any = None  #: A function of keyword arguments, as ``transitions`` calls it; None is unguarded.

    def definition(self) -> dict[str, Any]:
        """Write the row the way ``transitions`` documents it."""
        conditions = [self.guard] if self.guard else []
        return {"trigger": self.command.name, "source": list(self.source), "dest": self.dest, "conditions": conditions}


class Lifecycle(Generic[S]):
    """The moves of one kind of status: validated, compiled, and handed out as a ``transitions`` machine."""

    def __init__(
        self,
        statuses: type[S],
        *,
        initial: S,
        terminal: tuple[S, ...],
        moves: tuple[Move[S], ...],
        started_by: type[Event],
    ) -> None:
        """Build the machine, validate it and compile its table.

        Raises:
            ValueError: a row is there twice, or a status is unknown, cannot be reached, or is a trap with no way to a
                terminal one.
        """
        self.statuses = statuses
        self.initial = initial
        self.terminal = terminal
        self.moves = moves
        self.started_by = started_by
        _refuse_bad_table(self)
        triggers = self.machine().events
        #: Per command, the statuses it may happen in. Tuples: ``in`` tests identity, and hashes no enum.
        self.sources: Mapping[type[Command], tuple[S, ...]] = MappingProxyType(
            {move.command: tuple(statuses[name] for name in triggers[move.command.name].transitions) for move in moves}
        )
        self._after: dict[type[Event], tuple[tuple[S, ...], S | None]] = {}
        for move in moves:
            before, _ = self._after.get(move.event, ((), None))
            self._after[move.event] = (before + move.source, move.dest)

    @property
    def digest(self) -> str:
        """64 bits of the SHA-256 of the rows: what a stored state was made under."""
        rows = [
            (
                move.command.name,
                [source.name for source in move.source],
                move.dest and move.dest.name,
                move.event.__name__,
            )
            for move in self.moves
        ]
        described = repr((self.statuses.__name__, self.initial.name, [end.name for end in self.terminal], rows))
        return sha256(described.encode()).hexdigest()[:16]

    def machine(self) -> Machine:
        """Give a new ``transitions`` machine of this lifecycle, without a model.

        The triggers are the commands' names in snake case. A row with a guard asks for its keyword argument, for
        example ``model.accept_solution(complete=False)``.
        """
        return Machine(
            model=None,
            states=self.statuses,
            initial=self.initial,
            transitions=[move.definition() for move in self.moves],
            auto_transitions=False,
        )

    def after(self, status: S | None, event: Event) -> S | None:
        """Give the status that an event leads to, or None where the table has no such move."""
        kind = type(event)
        if kind is self.started_by:
            return self.initial if status is None else None
        sources, dest = self._after[kind]
        if status not in sources:
            return None
        return dest or status


def _refuse_bad_table(lifecycle: Lifecycle[S]) -> None:
    named = {status for move in lifecycle.moves for status in (*move.source, move.dest or lifecycle.initial)}
    unknown = named - set(lifecycle.statuses)
    if unknown:
        raise ValueError(f"moves: no {lifecycle.statuses.__name__}: {sorted(str(status) for status in unknown)}")
    rows = [(move.command, source, move.guard) for move in lifecycle.moves for source in move.source]
    twice = {row for row in rows if rows.count(row) > 1}
    if twice:
        raise ValueError(f"moves: there twice: {sorted(f'{row[0].name} from {row[1].value}' for row in twice)}")
    steps = [(source, move.dest) for move in lifecycle.moves for source in move.source if move.dest is not None]
    unreachable = set(lifecycle.statuses) - _closure({lifecycle.initial}, steps)
    if unreachable:
        raise ValueError(f"moves: no way from {lifecycle.initial.value} to {sorted(s.value for s in unreachable)}")
    traps = set(lifecycle.statuses) - _closure(set(lifecycle.terminal), [(dest, source) for source, dest in steps])
    if traps:
        raise ValueError(f"moves: no way to an end from {sorted(s.value for s in traps)}")


def _closure(start: set[S], steps: Iterable[tuple[S, S]]) -> set[S]:
    known = set(start)
    while True:
        more = {dest for source, dest in steps if source in known} - known
        if not more:
            return known
        known |= more


_S = EscalationStatus
_OWNED = (_S.ACKNOWLEDGED, _S.SOLUTION_PROPOSED, _S.SOLUTION_REJECTED, _S.SOLUTION_ACCEPTED)
_ACTIVE = (_S.STARTED, *_OWNED)

#: The escalation: the process table of the handbook, row by row. It begins with ``EscalationStarted``.
ESCALATION = Lifecycle(
    EscalationStatus,
    initial=_S.STARTED,
    terminal=(_S.CANCELED, _S.CLOSED),
    started_by=events.EscalationStarted,
    moves=(
        Move(commands.CancelEscalation, (_S.STARTED,), _S.CANCELED, events.EscalationCanceled),
        Move(commands.Acknowledge, (_S.STARTED,), _S.ACKNOWLEDGED, events.EscalationAcknowledged),
        Move(commands.PostUpdate, _OWNED, None, events.ProgressUpdatePosted),
        Move(
            commands.PostponeUpdate,
            (_S.ACKNOWLEDGED, _S.SOLUTION_PROPOSED, _S.SOLUTION_REJECTED),
            None,
            events.UpdatePostponed,
        ),
        Move(
            commands.ProposeSolution,
            (_S.ACKNOWLEDGED, _S.SOLUTION_REJECTED, _S.SOLUTION_PROPOSED),
            _S.SOLUTION_PROPOSED,
            events.SolutionProposed,
        ),
        Move(commands.AcceptSolution, (_S.SOLUTION_PROPOSED,), None, events.SolutionApproved, consent_incomplete),
        Move(
            commands.AcceptSolution,
            (_S.SOLUTION_PROPOSED,),
            _S.SOLUTION_ACCEPTED,
            events.SolutionAccepted,
            consent_complete,
        ),
        Move(commands.RejectSolution, (_S.SOLUTION_PROPOSED,), _S.SOLUTION_REJECTED, events.SolutionRejected),
        Move(commands.CloseEscalation, (_S.SOLUTION_ACCEPTED,), _S.CLOSED, events.EscalationClosed),
        Move(
            commands.CloseEscalation,
            (_S.SOLUTION_PROPOSED,),
            _S.CLOSED,
            events.EscalationClosed,
            silence_deadline_passed,
        ),
        Move(commands.ReassignOwner, _OWNED, None, events.OwnerReassigned),
        Move(commands.RequestRealTimeCommunication, _OWNED, None, events.RealTimeCommunicationRequested),
        Move(commands.EndRealTimeCommunication, _OWNED, None, events.RealTimeCommunicationEnded),
        Move(commands.ReportSideChannelContact, _ACTIVE, None, events.SideChannelContactReported),
        Move(commands.RaiseLevel, _ACTIVE, None, events.LevelRaised),
        Move(commands.AttributeCause, (*_OWNED, _S.CLOSED), None, events.CauseAttributed),
        Move(commands.DebriefStakeholders, (_S.CLOSED,), None, events.StakeholdersDebriefed),
        Move(commands.HoldPostMortem, (_S.CLOSED,), None, events.PostMortemHeld),
        Move(commands.SharePostMortem, (_S.CLOSED,), None, events.PostMortemShared),
        Move(commands.ShareRootCauseAnalysis, (_S.CLOSED,), None, events.RootCauseAnalysisShared),
    ),
)

_C = CaseStatus
_OPEN = (_C.RECEIVED, _C.DIAGNOSIS, _C.SOLUTION_PROPOSED)

#: The case: the normal support process, and what may happen on any open case. It begins with ``CaseOpened``.
CASE = Lifecycle(
    CaseStatus,
    initial=_C.RECEIVED,
    terminal=(_C.CLOSED,),
    started_by=events.CaseOpened,
    moves=(
        Move(commands.DeclareEmergency, _OPEN, None, events.EscalationStarted),
        Move(commands.AddInternalNote, _OPEN, None, events.InternalNoteAdded),
        Move(commands.AddParticipant, _OPEN, None, events.ParticipantAdded),
        Move(commands.StartDiagnosis, (_C.RECEIVED, _C.SOLUTION_PROPOSED), _C.DIAGNOSIS, events.DiagnosisStarted),
        Move(commands.ProposeCaseSolution, (_C.DIAGNOSIS,), _C.SOLUTION_PROPOSED, events.CaseSolutionProposed),
        Move(commands.CloseCase, (_C.SOLUTION_PROPOSED,), _C.CLOSED, events.CaseClosed),
        Move(commands.ReprioritizeCase, _OPEN, None, events.CaseReprioritized),
    ),
)
