"""What people may ask of a case: commands, imperative, and possibly refused.

Rule 1: a command is data. Whether it may happen is for ``lifecycle``, ``policy`` and ``rules`` to say.
Rule 2: ``by`` is who the host says it is; ``command_id`` is the host's key, by which it is known when it comes twice.
Rule 3: text marked ``INTERNAL`` never reaches a customer or partner.
Rule 4: every command class is listed in ``COMMANDS``, in the order of the process table.
"""

from datetime import datetime
from types import MappingProxyType
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from escalation_core.case import Priority, Risk
from escalation_core.escalation import CancelReason, Cause, SolutionKind
from escalation_core.people import Person, Role
from escalation_core.values import (
    a,
    any_text,
    derived_identifier,
    identifier,
    in_utc,
    in_utc_or_none,
    instant,
    text,
    whole_number,
    whom,
)

#: Metadata of a field whose text must stay among internal people.
INTERNAL = MappingProxyType({"internal": True})


@frozen(kw_only=True, weakref_slot=False)
class Command:
    """One thing that somebody wants done."""

    name: ClassVar[str]  #: In snake case: the field of ``Permissions`` and the trigger of the state machine.
    action: ClassVar[str]  #: What it does, as it reads after "cannot".

    by: Person = field(validator=a(Person))
    command_id: str | None = field(default=None, validator=optional(identifier))


class OpenCase(Command):
    """Create the case; an emergency case starts its escalation in the same step. ``Process.open`` sends it."""

    __slots__ = ()
    name: ClassVar[str] = "open_case"
    action: ClassVar[str] = "open a case"


@frozen(kw_only=True, weakref_slot=False)
class DeclareEmergency(Command):
    """Turn an open case into an emergency; it gets impact P1 and the highest priority."""

    name: ClassVar[str] = "declare_emergency"
    action: ClassVar[str] = "declare an emergency on a case"

    risk: Risk | None = field(validator=optional(a(Risk)))
    explanation: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class CancelEscalation(Command):
    """End an escalation that is no emergency. The requester learns reason and explanation."""

    name: ClassVar[str] = "cancel_escalation"
    action: ClassVar[str] = "cancel an escalation"

    reason: CancelReason = field(validator=a(CancelReason))
    explanation: str = field(validator=text)


class Acknowledge(Command):
    """Say that the escalation is valid, and take care of it: ``by`` becomes its owner."""

    __slots__ = ()
    name: ClassVar[str] = "acknowledge"
    action: ClassVar[str] = "acknowledge an escalation"


@frozen(kw_only=True, weakref_slot=False)
class PostUpdate(Command):
    """Tell customer and partner how it goes, and when a solution is expected, if that can be said."""

    name: ClassVar[str] = "post_update"
    action: ClassVar[str] = "post an update on an escalation"

    message: str = field(validator=text)
    eta: datetime | None = field(default=None, converter=in_utc_or_none, validator=optional(instant))  #: Aware instant.


@frozen(kw_only=True, weakref_slot=False)
class PostponeUpdate(Command):
    """Promise the next update for later than it was promised; once until there is one. They are told."""

    name: ClassVar[str] = "postpone_update"
    action: ClassVar[str] = "postpone the next update on an escalation"

    until: datetime = field(converter=in_utc, validator=instant)  #: Aware instant.
    reason: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class ProposeSolution(Command):
    """Ask customer and partner to accept a solution; it supersedes one that waits for an answer."""

    name: ClassVar[str] = "propose_solution"
    action: ClassVar[str] = "propose a solution for an escalation"

    summary: str = field(validator=text)
    kind: SolutionKind = field(default=SolutionKind.FIX, validator=a(SolutionKind))


@frozen(kw_only=True, weakref_slot=False)
class AcceptSolution(Command):
    """Say yes for one's side."""

    name: ClassVar[str] = "accept_solution"
    action: ClassVar[str] = "accept a solution of an escalation"

    proposal: str | None = field(default=None, validator=optional(derived_identifier))  #: None is the pending one.


@frozen(kw_only=True, weakref_slot=False)
class RejectSolution(Command):
    """Say no; one side's no is enough."""

    name: ClassVar[str] = "reject_solution"
    action: ClassVar[str] = "reject a solution of an escalation"

    reason: str = field(validator=text)
    proposal: str | None = field(default=None, validator=optional(derived_identifier))  #: None is the pending one.


class CloseEscalation(Command):
    """End the escalation, not the case; debrief and post mortem are owed from then on."""

    __slots__ = ()
    name: ClassVar[str] = "close_escalation"
    action: ClassVar[str] = "close an escalation"


@frozen(kw_only=True, weakref_slot=False)
class ReassignOwner(Command):
    """Let somebody else take care of the escalation."""

    name: ClassVar[str] = "reassign_owner"
    action: ClassVar[str] = "reassign an escalation"

    to: Person = field(validator=a(Person))


@frozen(kw_only=True, weakref_slot=False)
class AddInternalNote(Command):
    """Write down what only internal people may read."""

    name: ClassVar[str] = "add_internal_note"
    action: ClassVar[str] = "add an internal note to a case"

    text: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class RequestRealTimeCommunication(Command):
    """Ask customer and partner to talk now."""

    name: ClassVar[str] = "request_real_time_communication"
    action: ClassVar[str] = "request real-time communication in an escalation"

    channel: str = field(validator=text)  #: Where to join: an address, a number, a room.
    reason: str = field(validator=text)


class EndRealTimeCommunication(Command):
    """Say that the talk is over; everything goes through the case again."""

    __slots__ = ()
    name: ClassVar[str] = "end_real_time_communication"
    action: ClassVar[str] = "end real-time communication in an escalation"


@frozen(kw_only=True, weakref_slot=False)
class ReportSideChannelContact(Command):
    """Write down that the customer or partner turned to somebody outside of support about the same issue."""

    name: ClassVar[str] = "report_side_channel_contact"
    action: ClassVar[str] = "report a contact past support in an escalation"

    contacted: Person | Role | str = field(
        validator=[a(Person, Role, str), whom]
    )  #: Who was contacted, as far as known.
    channel: str = field(validator=text)  #: How: by telephone, chat, mail.
    note: str = field(default="", validator=any_text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class RaiseLevel(Command):
    """Let the next rung of the ladder hear now, of an escalation that nobody acknowledges or that needs more weight."""

    name: ClassVar[str] = "raise_level"
    action: ClassVar[str] = "raise the level of an escalation"

    from_level: int = field(validator=whole_number)  #: As the sender saw it; somebody else may have climbed since.
    reason: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class AttributeCause(Command):
    """Say what caused the emergency, as known by now; a later one replaces it."""

    name: ClassVar[str] = "attribute_cause"
    action: ClassVar[str] = "attribute a cause to an escalation"

    cause: Cause = field(default=Cause.INFRASTRUCTURE, validator=a(Cause))
    production: bool = field(validator=a(bool))  #: Whether it was in a production system.
    explanation: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class AddParticipant(Command):
    """Let one more person take part in the case."""

    name: ClassVar[str] = "add_participant"
    action: ClassVar[str] = "add a participant to a case"

    person: Person = field(validator=a(Person))


@frozen(kw_only=True, weakref_slot=False)
class DebriefStakeholders(Command):
    """Say that the internal stakeholders were told how it went."""

    name: ClassVar[str] = "debrief_stakeholders"
    action: ClassVar[str] = "debrief the stakeholders of an escalation"

    notes: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class HoldPostMortem(Command):
    """Say that the post mortem was held. Its findings are internal until a document is shared."""

    name: ClassVar[str] = "hold_post_mortem"
    action: ClassVar[str] = "hold the post mortem of an escalation"

    findings: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class SharePostMortem(Command):
    """Give the results of the post mortem to customer and partner."""

    name: ClassVar[str] = "share_post_mortem"
    action: ClassVar[str] = "share the post mortem of an escalation"

    document: str = field(validator=text)  #: The text, or where to read it.


@frozen(kw_only=True, weakref_slot=False)
class ShareRootCauseAnalysis(Command):
    """Give the technical root cause analysis to customer and partner."""

    name: ClassVar[str] = "share_root_cause_analysis"
    action: ClassVar[str] = "share a root cause analysis of an escalation"

    document: str = field(validator=text)  #: The text, or where to read it.


class StartDiagnosis(Command):
    """Take the case; or take it up again, when the customer did not confirm the solution."""

    __slots__ = ()
    name: ClassVar[str] = "start_diagnosis"
    action: ClassVar[str] = "start the diagnosis of a case"


class ProposeCaseSolution(Command):
    """Ask the customer to confirm that the case is solved."""

    __slots__ = ()
    name: ClassVar[str] = "propose_case_solution"
    action: ClassVar[str] = "propose a solution for a case"


@frozen(kw_only=True, weakref_slot=False)
class CloseCase(Command):
    """End the case: confirmed, or no feedback could be obtained."""

    name: ClassVar[str] = "close_case"
    action: ClassVar[str] = "close a case"

    reason: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class ReprioritizeCase(Command):
    """Set the internal priority, after evaluating the case."""

    name: ClassVar[str] = "reprioritize_case"
    action: ClassVar[str] = "reprioritize a case"

    priority: Priority = field(validator=a(Priority))


COMMANDS: tuple[type[Command], ...] = (
    OpenCase,
    DeclareEmergency,
    CancelEscalation,
    Acknowledge,
    PostUpdate,
    PostponeUpdate,
    ProposeSolution,
    AcceptSolution,
    RejectSolution,
    CloseEscalation,
    ReassignOwner,
    AddInternalNote,
    RequestRealTimeCommunication,
    EndRealTimeCommunication,
    ReportSideChannelContact,
    RaiseLevel,
    AttributeCause,
    AddParticipant,
    DebriefStakeholders,
    HoldPostMortem,
    SharePostMortem,
    ShareRootCauseAnalysis,
    StartDiagnosis,
    ProposeCaseSolution,
    CloseCase,
    ReprioritizeCase,
)
