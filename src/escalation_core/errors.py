"""Refusals and errors.

Rule 1: a refusal is a value first. ``check`` returns refusals; ``handle`` raises an error that carries them.
Rule 2: a code is stable: hosts branch on it, translate it and count it. A message is a sentence for a customer to read.
Rule 3: an error keeps its objects, and survives pickling and copying.
"""

from enum import StrEnum

from escalation_core.checks import Identifier, Text, brief
from escalation_core.commands import Command
from escalation_core.escalation import EscalationStatus
from escalation_core.values import Value, frozen


class RefusalCode(StrEnum):
    """The rules of the library that a command can fail. The rules of a host can have other codes."""

    ROLE_NOT_PERMITTED = "role_not_permitted"  #: The policy does not permit this role to send the command.
    NOT_A_PARTICIPANT = "not_a_participant"  #: The sender is a customer or partner who is not on this case.
    ROLE_MISMATCH = "role_mismatch"  #: The person with this id has another role on this case.
    ILLEGAL_TRANSITION = "illegal_transition"  #: The table has no such move from this status.
    NO_ESCALATION = "no_escalation"  #: The case has no escalation.
    ESCALATION_EXISTS = "escalation_exists"  #: The case has an escalation: a second emergency is a new case.
    ESCALATION_ACTIVE = "escalation_active"  #: The escalation is still active.
    CASE_NOT_OPENED = "case_not_opened"  #: The case has no events yet.
    TIME_RUNS_BACKWARDS = "time_runs_backwards"  #: ``now`` is before the last event of the case.
    UNKNOWN_PROPOSAL = "unknown_proposal"  #: This escalation has no proposal with that id.
    PROPOSAL_NOT_PENDING = "proposal_not_pending"  #: The proposal is superseded or already answered.
    SIDE_NOT_ASKED = "side_not_asked"  #: This side was not asked to accept the proposal.
    ALREADY_APPROVED = "already_approved"  #: This side has already accepted the proposal.
    ANSWER_PENDING = "answer_pending"  #: The proposal is pending, and silence may not close the escalation (yet).
    ALREADY_OWNER = "already_owner"  #: This person already owns the escalation.
    NOT_ASSIGNABLE = "not_assignable"  #: This role cannot own an escalation, or cannot participate in a case.
    REAL_TIME_OPEN = "real_time_open"  #: Real-time communication is already requested.
    REAL_TIME_NOT_OPEN = "real_time_not_open"  #: Real-time communication is not requested.
    ALREADY_PARTICIPANT = "already_participant"  #: This person already participates.
    NOT_OWED = "not_owed"  #: This follow-up is not owed.
    ALREADY_DONE = "already_done"  #: This follow-up is already done.
    POST_MORTEM_NOT_HELD = "post_mortem_not_held"  #: The post mortem must be held before it is shared.
    NO_UPDATE_PROMISED = "no_update_promised"  #: No update is promised while a proposal is pending.
    UPDATE_OVERDUE = "update_overdue"  #: The update is overdue: post it.
    ALREADY_POSTPONED = "already_postponed"  #: The update was already postponed, which is possible only once.
    NOT_LATER = "not_later"  #: The update is already promised for that time or a later one.
    LEVEL_MOVED = "level_moved"  #: The level was raised after the sender read it.
    TOP_OF_LADDER = "top_of_ladder"  #: The ladder has no further rung.
    COMMAND_ID_REUSED = "command_id_reused"  #: Another command with this id was accepted before.
    STALE_VERSION = "stale_version"  #: The case is not at the version that the sender expected.


@frozen(kw_only=True)
class Refusal(Value):
    """One unmet rule."""

    code: Identifier  #: A ``RefusalCode``, or a code of a rule of the host.
    message: Text


class EscalationCoreError(Exception):
    """The base of the errors of this library; wrong types and values are ``TypeError`` and ``ValueError``."""


class CommandRefusedError(EscalationCoreError):
    """A command failed at least one rule. The case is unchanged, and nobody is notified."""

    def __init__(
        self,
        refusals: tuple[Refusal, ...],
        command: Command,
        status: EscalationStatus | None,
        allowed: tuple[type[Command], ...],
    ) -> None:
        """Keep the refusals, the command, and the commands that this person could send instead."""
        super().__init__(refusals, command, status, allowed)
        self.refusals = refusals
        self.command = command
        self.status = status  #: The status of the escalation; None without an escalation.
        self.allowed = allowed  #: Commands that ``command.by`` could send now, in the order of the process table.

    def __str__(self) -> str:
        """Return the messages of all refusals."""
        return "; ".join(refusal.message for refusal in self.refusals)


class NotPermittedError(CommandRefusedError):
    """This person may not send the command on this case. A web host answers 403."""


class IllegalTransitionError(CommandRefusedError):
    """The table has no such move. A web host answers 409."""


class StaleVersionError(CommandRefusedError):
    """The case is not at the expected version: read the case again, and decide again. A web host answers 409."""


class ReplayError(EscalationCoreError, ValueError):
    """A history is damaged: it has a gap, an event of another case, or a step that the process does not have."""

    def __str__(self) -> str:
        """Return the problem, with the id of the event."""
        return brief(super().__str__())
