"""The process table: one entry per command, with its moves, its events and its roles.

Rule 1: every legal move is a row here. No other module decides whether a move is legal.
Rule 2: a row contains no people, clocks or policies. A guard only names a condition, which ``steps`` checks.
Rule 3: this is the only module that imports ``transitions``, which runs and validates the rows. Decisions read a copy
that is compiled from the rows once.
Rule 4: the list of commands, that of events and the default permissions are derived from the entries.
"""

from collections.abc import Mapping
from enum import Enum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from transitions import Machine

from escalation_core import commands, events
from escalation_core.case import CaseStatus
from escalation_core.commands import Command
from escalation_core.escalation import EscalationStatus
from escalation_core.events.base import Event
from escalation_core.moves import Entry, Move, TimeEntry, refuse_bad_moves
from escalation_core.people import EXTERNAL_ROLES, INTERNAL_ROLES, Role

S = TypeVar("S", bound=Enum)


def consent_complete(*, complete: bool = True) -> bool:
    """Guard of the row that accepts a solution; pass ``complete=False`` while the consent of a side is missing."""
    return complete


def consent_incomplete(*, complete: bool = True) -> bool:
    """Guard of the row that keeps the proposal pending: the opposite of ``consent_complete``."""
    return not complete


def silence_deadline_passed(*, silent: bool = False) -> bool:
    """Guard of the row that closes an unanswered proposal; pass ``silent=True`` once the deadline has passed."""
    return silent


class Lifecycle(Generic[S]):
    """The moves of one kind of status: validated, compiled, and available as a ``transitions`` machine."""

    def __init__(
        self,
        statuses: type[S],
        *,
        initial: S,
        terminal: tuple[S, ...],
        moves: tuple[Move[S], ...],
        started_by: type[Event],
        facts: Mapping[type[Event], tuple[S, ...]] = MappingProxyType({}),
    ) -> None:
        """Build the machine, validate it and compile its table.

        Args:
            statuses: the enumeration of statuses.
            initial: the first status.
            terminal: the last statuses.
            moves: the rows.
            started_by: the event that leads to the first status.
            facts: events that belong to no move and keep the status, with the statuses in which they may happen.

        Raises:
            ValueError: a row occurs twice, or a status is unknown, unreachable, or without a way to a terminal one.
        """
        self.statuses = statuses
        self.initial = initial
        self.terminal = terminal
        self.moves = moves
        self.started_by = started_by
        refuse_bad_moves(statuses, initial, terminal, moves)
        triggers = self.machine().events
        #: The statuses from which each command is legal. Tuples: ``in`` compares identities first.
        self.sources: Mapping[type[Command], tuple[S, ...]] = MappingProxyType(
            {move.command: tuple(statuses[name] for name in triggers[move.command.name].transitions) for move in moves}
        )
        self._after: dict[type[Event], tuple[tuple[S, ...], S | None]] = {
            event: (during, None) for event, during in facts.items()
        }
        for move in moves:
            before, _ = self._after.get(move.event, ((), None))
            self._after[move.event] = (before + move.source, move.dest)

    @property
    def digest(self) -> str:
        """The first 64 bits of the SHA-256 of the rows; a snapshot names the tables with which it was made."""
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
        """Return a new ``transitions`` machine of this lifecycle, without a model.

        The triggers are the names of the commands in snake case. The trigger of a row with a guard takes the keyword
        argument of the guard, for example ``model.accept_solution(complete=False)``.
        """
        return Machine(
            model=None,
            states=self.statuses,
            initial=self.initial,
            transitions=[move.definition() for move in self.moves],
            auto_transitions=False,
        )

    def after(self, status: S | None, event: Event) -> S | None:
        """Return the status that follows an event, or None if the table has no such move."""
        kind = type(event)
        if kind is self.started_by:
            return self.initial if status is None else None
        sources, dest = self._after[kind]
        if status not in sources:
            return None
        return dest or status


_S, _C = EscalationStatus, CaseStatus
_OPEN = (_C.RECEIVED, _C.DIAGNOSIS, _C.SOLUTION_PROPOSED)
_OWNED = (_S.ACKNOWLEDGED, _S.SOLUTION_PROPOSED, _S.SOLUTION_REJECTED, _S.SOLUTION_ACCEPTED)
_ACTIVE = (_S.STARTED, *_OWNED)
_UPDATED = (_S.ACKNOWLEDGED, _S.SOLUTION_PROPOSED, _S.SOLUTION_REJECTED)

_REP = (Role.SUPPORT_REP,)
_SUPPORT = (Role.SUPPORT_REP, Role.SUPPORT_LEAD)
_REQUESTERS = (*EXTERNAL_ROLES, Role.SUPPORT_REP)
_ANALYSTS = (*_SUPPORT, Role.DEVELOPMENT, Role.DEVOPS)
_ANYBODY = (*EXTERNAL_ROLES, *INTERNAL_ROLES)

_Row = tuple[tuple[Any, ...], Enum | None, type[Event], Any]


def _row(source: tuple[S, ...], dest: S | None, event: type[Event], guard: Any = None) -> _Row:  # noqa: ANN401  # as in Move
    return source, dest, event, guard


def _entry(
    command: type[Command],
    by: tuple[Role, ...],
    *rows: _Row,
    also: tuple[type[Event], ...] = (),
    within: tuple[Role, ...] = INTERNAL_ROLES,
    needed: bool = False,
) -> Entry:
    moves = tuple(Move(command, *row) for row in rows)
    return Entry(command=command, moves=moves, also=also, by=by, within=within, needed=needed)


#: One entry for each command, in the order of the design.
TABLE: tuple[Entry, ...] = (
    _entry(
        commands.OpenCase,
        _REQUESTERS,
        also=(events.CaseOpened, events.EscalationStarted),
        within=_ANYBODY,
        needed=True,
    ),
    _entry(commands.DeclareEmergency, _REQUESTERS, _row(_OPEN, None, events.EscalationStarted), within=_ANYBODY),
    _entry(
        commands.CancelEscalation,
        _SUPPORT,
        _row((_S.STARTED,), _S.CANCELED, events.EscalationCanceled),
        also=(events.CaseReclassified,),
        within=_ANYBODY,
    ),
    _entry(
        commands.Acknowledge,
        _REP,
        _row((_S.STARTED,), _S.ACKNOWLEDGED, events.EscalationAcknowledged),
        needed=True,
    ),
    _entry(commands.PostUpdate, _SUPPORT, _row(_OWNED, None, events.ProgressUpdatePosted)),
    _entry(commands.PostponeUpdate, _SUPPORT, _row(_UPDATED, None, events.UpdatePostponed)),
    _entry(
        commands.ProposeSolution,
        _REP,
        _row(
            (_S.ACKNOWLEDGED, _S.SOLUTION_REJECTED, _S.SOLUTION_PROPOSED), _S.SOLUTION_PROPOSED, events.SolutionProposed
        ),
        needed=True,
    ),
    _entry(
        commands.AcceptSolution,
        EXTERNAL_ROLES,
        _row((_S.SOLUTION_PROPOSED,), None, events.SolutionApproved, consent_incomplete),
        _row((_S.SOLUTION_PROPOSED,), _S.SOLUTION_ACCEPTED, events.SolutionAccepted, consent_complete),
        within=(),
    ),
    _entry(
        commands.RejectSolution,
        EXTERNAL_ROLES,
        _row((_S.SOLUTION_PROPOSED,), _S.SOLUTION_REJECTED, events.SolutionRejected),
        within=(),
    ),
    _entry(
        commands.CloseEscalation,
        _SUPPORT,
        _row((_S.SOLUTION_ACCEPTED,), _S.CLOSED, events.EscalationClosed),
        _row((_S.SOLUTION_PROPOSED,), _S.CLOSED, events.EscalationClosed, silence_deadline_passed),
        needed=True,
    ),
    _entry(commands.ReassignOwner, _SUPPORT, _row(_OWNED, None, events.OwnerReassigned)),
    _entry(commands.AddInternalNote, INTERNAL_ROLES, _row(_OPEN, None, events.InternalNoteAdded)),
    _entry(commands.RequestRealTimeCommunication, _REP, _row(_OWNED, None, events.RealTimeCommunicationRequested)),
    _entry(commands.EndRealTimeCommunication, _REP, _row(_OWNED, None, events.RealTimeCommunicationEnded)),
    _entry(commands.ReportSideChannelContact, INTERNAL_ROLES, _row(_ACTIVE, None, events.SideChannelContactReported)),
    _entry(commands.RaiseLevel, _SUPPORT, _row(_ACTIVE, None, events.LevelRaised)),
    _entry(commands.AttributeCause, _ANALYSTS, _row((*_OWNED, _S.CLOSED), None, events.CauseAttributed)),
    _entry(commands.AddParticipant, _SUPPORT, _row(_OPEN, None, events.ParticipantAdded), within=_ANYBODY),
    _entry(commands.DebriefStakeholders, _SUPPORT, _row((_S.CLOSED,), None, events.StakeholdersDebriefed), needed=True),
    _entry(commands.HoldPostMortem, _SUPPORT, _row((_S.CLOSED,), None, events.PostMortemHeld), needed=True),
    _entry(commands.SharePostMortem, _SUPPORT, _row((_S.CLOSED,), None, events.PostMortemShared), needed=True),
    _entry(
        commands.ShareRootCauseAnalysis,
        _SUPPORT,
        _row((_S.CLOSED,), None, events.RootCauseAnalysisShared),
        needed=True,
    ),
    _entry(
        commands.StartDiagnosis,
        _SUPPORT,
        _row((_C.RECEIVED, _C.SOLUTION_PROPOSED), _C.DIAGNOSIS, events.DiagnosisStarted),
        needed=True,
    ),
    _entry(
        commands.ProposeCaseSolution,
        _SUPPORT,
        _row((_C.DIAGNOSIS,), _C.SOLUTION_PROPOSED, events.CaseSolutionProposed),
        needed=True,
    ),
    _entry(commands.CloseCase, _SUPPORT, _row((_C.SOLUTION_PROPOSED,), _C.CLOSED, events.CaseClosed), needed=True),
    _entry(commands.ReprioritizeCase, _SUPPORT, _row(_OPEN, None, events.CaseReprioritized)),
)
#: The events that time causes.
TIME: tuple[TimeEntry, ...] = (
    TimeEntry(event=events.AcknowledgementOverdue, during=(_S.STARTED,)),
    TimeEntry(event=events.UpdateOverdue, during=_UPDATED),
    TimeEntry(event=events.AnswerOverdue, during=(_S.SOLUTION_PROPOSED,)),
    TimeEntry(event=events.FollowUpOverdue, during=(_S.CLOSED,)),
)

#: Every command class, in the order of the table.
COMMANDS: tuple[type[Command], ...] = tuple(entry.command for entry in TABLE)
#: Every event class, in the order of the table; the events that time causes are last.
EVENTS: tuple[type[Event], ...] = tuple(
    dict.fromkeys([*(event for entry in TABLE for event in entry.events), *(entry.event for entry in TIME)])
)
ENTRIES: Mapping[type[Command], Entry] = MappingProxyType({entry.command: entry for entry in TABLE})


def _moves(statuses: type[S]) -> tuple[Move[S], ...]:
    """Return the moves of one kind of status."""
    return tuple(move for entry in TABLE for move in entry.moves if isinstance(move.source[0], statuses))


#: The escalation. It begins with ``EscalationStarted``.
ESCALATION = Lifecycle(
    EscalationStatus,
    initial=_S.STARTED,
    terminal=(_S.CANCELED, _S.CLOSED),
    started_by=events.EscalationStarted,
    moves=_moves(EscalationStatus),
    facts={entry.event: entry.during for entry in TIME},
)
#: The case: the normal support process, and the commands on any open case. It begins with ``CaseOpened``.
CASE = Lifecycle(
    CaseStatus,
    initial=_C.RECEIVED,
    terminal=(_C.CLOSED,),
    started_by=events.CaseOpened,
    moves=_moves(CaseStatus),
    facts={events.CaseReclassified: _OPEN},
)
