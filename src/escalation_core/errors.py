"""How a command is refused, and what else can be wrong.

Rule 1: a refusal is a value first; an error only carries it to who did not ask before.
Rule 2: a code is stable: hosts branch on it, translate it and count it. A message is a sentence a customer could read.
Rule 3: an error keeps its objects, and survives pickling and copying.
"""

from enum import StrEnum

from attrs import field, frozen

from escalation_core.commands import Command
from escalation_core.escalation import EscalationStatus
from escalation_core.values import brief, identifier, text


class RefusalCode(StrEnum):
    """Every rule of the library that a command can fail. A host's own rules add codes of their own."""

    ROLE_NOT_PERMITTED = "role_not_permitted"  #: The policy does not let this role do it.
    NOT_A_PARTICIPANT = "not_a_participant"  #: A customer or partner who is not on this case.
    ROLE_MISMATCH = "role_mismatch"  #: The case knows this person's id in another role.
    ILLEGAL_TRANSITION = "illegal_transition"  #: The table has no such move from this status.
    NO_ESCALATION = "no_escalation"  #: The case has no escalation.
    ESCALATION_EXISTS = "escalation_exists"  #: One escalation per case: a second emergency is a new, related case.
    ESCALATION_ACTIVE = "escalation_active"  #: Not before the escalation is over.
    CASE_NOT_OPENED = "case_not_opened"  #: The case has no events yet.
    TIME_RUNS_BACKWARDS = "time_runs_backwards"  #: ``now`` is before the last event of the case.
    UNKNOWN_PROPOSAL = "unknown_proposal"  #: This escalation has no proposal of that id.
    PROPOSAL_NOT_PENDING = "proposal_not_pending"  #: Superseded, or answered already.
    SIDE_NOT_ASKED = "side_not_asked"  #: The proposal was put to others.
    ALREADY_APPROVED = "already_approved"  #: This side has said yes to it.
    ANSWER_PENDING = "answer_pending"  #: Customer and partner are still asked; silence does not close it, or not yet.
    ALREADY_OWNER = "already_owner"  #: This person takes care of it now.
    NOT_ASSIGNABLE = "not_assignable"  #: Only who may acknowledge an escalation may own it.
    REAL_TIME_OPEN = "real_time_open"  #: People are asked to talk already.
    REAL_TIME_NOT_OPEN = "real_time_not_open"  #: Nobody is asked to talk.
    ALREADY_PARTICIPANT = "already_participant"  #: This person is on the case.
    NOT_OWED = "not_owed"  #: Nothing of the kind is owed.
    ALREADY_DONE = "already_done"  #: It was done before.
    POST_MORTEM_NOT_HELD = "post_mortem_not_held"  #: It must be held before it is shared.
    NO_UPDATE_PROMISED = "no_update_promised"  #: Updates wait for the answer to a proposal; there is none to postpone.
    UPDATE_OVERDUE = "update_overdue"  #: Its time has come: it is posted, not postponed.
    ALREADY_POSTPONED = "already_postponed"  #: It was postponed before, and no update came in between.
    NOT_LATER = "not_later"  #: It is promised for that time, or a later one.
    LEVEL_MOVED = "level_moved"  #: Somebody else, or time, has climbed the ladder meanwhile.
    TOP_OF_LADDER = "top_of_ladder"  #: There is no further rung.
    COMMAND_ID_REUSED = "command_id_reused"  #: A command of this id, which said something else, was done before.
    STALE_VERSION = "stale_version"  #: The case moved on since the host read it.


@frozen(kw_only=True, weakref_slot=False)
class Refusal:
    """One unmet rule."""

    code: str = field(validator=identifier)  #: A ``RefusalCode``, or a code of the host's own rule.
    message: str = field(validator=text)


class EscalationCoreError(Exception):
    """What this library raises on its own account; wrong types and values are ``TypeError`` and ``ValueError``."""


class CommandRefusedError(EscalationCoreError):
    """A command failed at least one rule. The case is unchanged, nothing happened, nobody hears of it."""

    def __init__(
        self,
        refusals: tuple[Refusal, ...],
        command: Command,
        status: EscalationStatus | None,
        allowed: tuple[type[Command], ...],
    ) -> None:
        """Keep what a host needs to answer: every unmet rule, and what this person could do now instead."""
        super().__init__(refusals, command, status, allowed)
        self.refusals = refusals
        self.command = command
        self.status = status  #: Of the escalation; None without one.
        self.allowed = allowed  #: Commands that ``command.by`` could send now, in the order of the process table.

    def __str__(self) -> str:
        """Join the unmet rules into sentences."""
        return "; ".join(refusal.message for refusal in self.refusals)


class NotPermittedError(CommandRefusedError):
    """This person may not do it, on this case or at all. A web host answers 403."""


class IllegalTransitionError(CommandRefusedError):
    """The table has no such move. A web host answers 409."""


class StaleVersionError(CommandRefusedError):
    """The case moved on since the host read it: read it again, decide again. A web host answers 409."""


class ReplayError(EscalationCoreError, ValueError):
    """A history is damaged: a gap, a foreign case, or a step that the process does not have."""

    def __str__(self) -> str:
        """Say what is wrong, and with which event."""
        return brief(super().__str__())
