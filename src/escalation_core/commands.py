"""Commands: requests of people to change a case. Names are imperative, and a command may be refused.

Rule 1: a command is data. ``table``, ``policy`` and ``steps`` decide whether it is accepted.
Rule 2: the host authenticates ``by``. ``command_id`` is the host's key, which makes the command idempotent.
Rule 3: text marked ``INTERNAL`` never reaches a customer or partner.
Rule 4: every command class has an entry in ``table``.
"""

from datetime import datetime
from types import MappingProxyType
from typing import ClassVar

from attrs import field

from escalation_core.case import Priority, Risk
from escalation_core.checks import DerivedIdentifier, Identifier, Text
from escalation_core.escalation import CancelReason, Cause, SolutionKind
from escalation_core.people import Person, Role
from escalation_core.values import Value, frozen

#: Metadata of a field whose text is for internal people only.
INTERNAL = MappingProxyType({"internal": True})


@frozen(kw_only=True)
class Command(Value):
    """A request to change a case."""

    name: ClassVar[str]  #: In snake case: the stored name, and the trigger of the state machine.
    action: ClassVar[str]  #: The action in words, after "cannot".

    by: Person
    command_id: Identifier | None = None


class OpenCase(Command):
    """Open the case; an emergency case starts its escalation in the same step. ``Process.open`` sends it."""

    __slots__ = ()
    name: ClassVar[str] = "open_case"
    action: ClassVar[str] = "open a case"


@frozen(kw_only=True)
class DeclareEmergency(Command):
    """Turn an open case into an emergency, with impact P1 and the highest priority."""

    name: ClassVar[str] = "declare_emergency"
    action: ClassVar[str] = "declare an emergency on a case"

    risk: Risk | None
    explanation: Text


@frozen(kw_only=True)
class CancelEscalation(Command):
    """Cancel an escalation, for example because it is misuse. The requester is notified of reason and explanation."""

    name: ClassVar[str] = "cancel_escalation"
    action: ClassVar[str] = "cancel an escalation"

    reason: CancelReason
    explanation: Text


class Acknowledge(Command):
    """Acknowledge a valid escalation: ``by`` becomes its owner."""

    __slots__ = ()
    name: ClassVar[str] = "acknowledge"
    action: ClassVar[str] = "acknowledge an escalation"


@frozen(kw_only=True)
class PostUpdate(Command):
    """Notify customer and partner of the progress and, if known, of the time at which a solution is expected."""

    name: ClassVar[str] = "post_update"
    action: ClassVar[str] = "post an update on an escalation"

    message: Text
    eta: datetime | None = None  #: Aware instant.


@frozen(kw_only=True)
class PostponeUpdate(Command):
    """Postpone the next promised update, once per update. Customer and partner are notified."""

    name: ClassVar[str] = "postpone_update"
    action: ClassVar[str] = "postpone the next update on an escalation"

    until: datetime  #: Aware instant.
    reason: Text


@frozen(kw_only=True)
class ProposeSolution(Command):
    """Propose a solution to customer and partner. The new proposal supersedes a pending one."""

    name: ClassVar[str] = "propose_solution"
    action: ClassVar[str] = "propose a solution for an escalation"

    summary: Text
    kind: SolutionKind = SolutionKind.FIX


@frozen(kw_only=True)
class AcceptSolution(Command):
    """Accept the solution for the side of ``by``."""

    name: ClassVar[str] = "accept_solution"
    action: ClassVar[str] = "accept a solution of an escalation"

    proposal: DerivedIdentifier | None = None  #: The id of the proposal; None is the pending one.


@frozen(kw_only=True)
class RejectSolution(Command):
    """Reject the solution for the side of ``by``. One rejection is enough."""

    name: ClassVar[str] = "reject_solution"
    action: ClassVar[str] = "reject a solution of an escalation"

    reason: Text
    proposal: DerivedIdentifier | None = None  #: The id of the proposal; None is the pending one.


class CloseEscalation(Command):
    """Close the escalation, not the case. From then on, a debrief and a post mortem are owed."""

    __slots__ = ()
    name: ClassVar[str] = "close_escalation"
    action: ClassVar[str] = "close an escalation"


@frozen(kw_only=True)
class ReassignOwner(Command):
    """Make another rep the owner of the escalation."""

    name: ClassVar[str] = "reassign_owner"
    action: ClassVar[str] = "reassign an escalation"

    to: Person


@frozen(kw_only=True)
class AddInternalNote(Command):
    """Add a note that only internal people may read."""

    name: ClassVar[str] = "add_internal_note"
    action: ClassVar[str] = "add an internal note to a case"

    text: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class RequestRealTimeCommunication(Command):
    """Request that customer and partner join real-time communication now."""

    name: ClassVar[str] = "request_real_time_communication"
    action: ClassVar[str] = "request real-time communication in an escalation"

    channel: Text  #: The place to join: an address, a number or a room.
    reason: Text


class EndRealTimeCommunication(Command):
    """End real-time communication. All communication goes through the case again."""

    __slots__ = ()
    name: ClassVar[str] = "end_real_time_communication"
    action: ClassVar[str] = "end real-time communication in an escalation"


@frozen(kw_only=True)
class ReportSideChannelContact(Command):
    """Report that the customer or partner contacted somebody outside support about the same issue."""

    name: ClassVar[str] = "report_side_channel_contact"
    action: ClassVar[str] = "report a side-channel contact in an escalation"

    contacted: Person | Role | str  #: The contacted person, role or name, as far as known.
    channel: Text  #: The medium: telephone, chat, mail.
    note: str = field(default="", metadata=INTERNAL)


@frozen(kw_only=True)
class RaiseLevel(Command):
    """Raise the level: notify the next rung of the ladder of the escalation now."""

    name: ClassVar[str] = "raise_level"
    action: ClassVar[str] = "raise the level of an escalation"

    from_level: int  #: The level that the sender saw. If it was raised since then, the command is refused.
    reason: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class AttributeCause(Command):
    """Attribute a cause to the emergency, as known now. A later attribution replaces it."""

    name: ClassVar[str] = "attribute_cause"
    action: ClassVar[str] = "attribute a cause to an escalation"

    cause: Cause = Cause.INFRASTRUCTURE
    production: bool  #: Whether the cause was in a production system.
    explanation: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class AddParticipant(Command):
    """Add a person to the case."""

    name: ClassVar[str] = "add_participant"
    action: ClassVar[str] = "add a participant to a case"

    person: Person


@frozen(kw_only=True)
class DebriefStakeholders(Command):
    """Record that the internal stakeholders were debriefed."""

    name: ClassVar[str] = "debrief_stakeholders"
    action: ClassVar[str] = "debrief the stakeholders of an escalation"

    notes: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class HoldPostMortem(Command):
    """Record that the post mortem was held. Its findings are internal until a document is shared."""

    name: ClassVar[str] = "hold_post_mortem"
    action: ClassVar[str] = "hold the post mortem of an escalation"

    findings: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class SharePostMortem(Command):
    """Share the results of the post mortem with customer and partner."""

    name: ClassVar[str] = "share_post_mortem"
    action: ClassVar[str] = "share the post mortem of an escalation"

    document: Text  #: The text, or its address.


@frozen(kw_only=True)
class ShareRootCauseAnalysis(Command):
    """Share the technical root cause analysis with customer and partner."""

    name: ClassVar[str] = "share_root_cause_analysis"
    action: ClassVar[str] = "share a root cause analysis of an escalation"

    document: Text  #: The text, or its address.


class StartDiagnosis(Command):
    """Start the diagnosis, or resume it when the customer did not confirm the solution."""

    __slots__ = ()
    name: ClassVar[str] = "start_diagnosis"
    action: ClassVar[str] = "start the diagnosis of a case"


class ProposeCaseSolution(Command):
    """Propose to the customer that the case is solved, and ask for a confirmation."""

    __slots__ = ()
    name: ClassVar[str] = "propose_case_solution"
    action: ClassVar[str] = "propose a solution for a case"


@frozen(kw_only=True)
class CloseCase(Command):
    """Close the case: the customer confirmed the solution, or gave no feedback."""

    name: ClassVar[str] = "close_case"
    action: ClassVar[str] = "close a case"

    reason: Text


@frozen(kw_only=True)
class ReprioritizeCase(Command):
    """Set the internal priority after evaluating the case."""

    name: ClassVar[str] = "reprioritize_case"
    action: ClassVar[str] = "reprioritize a case"

    priority: Priority
