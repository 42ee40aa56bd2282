"""Facts about a case, with or without an escalation."""

from typing import ClassVar

from attrs import field

from escalation_core.case import Case, CaseType, Priority
from escalation_core.checks import Text, must_be
from escalation_core.commands import INTERNAL
from escalation_core.events.base import CaseEvent
from escalation_core.people import Person
from escalation_core.values import frozen


@frozen(kw_only=True)
class CaseOpened(CaseEvent):
    """The case was created."""

    name: ClassVar[str] = "case.opened"

    case: Case  #: As the host described it, at version 0.

    def __attrs_post_init__(self) -> None:
        if self.case.version != 0:
            raise ValueError(must_be("case", "a case at version 0", self.case.version))


@frozen(kw_only=True)
class CaseReclassified(CaseEvent):
    """A canceled emergency became a problem."""

    name: ClassVar[str] = "case.reclassified"

    type: CaseType
    priority: Priority


@frozen(kw_only=True)
class InternalNoteAdded(CaseEvent):
    """A note was added that only internal people may read."""

    name: ClassVar[str] = "case.internal_note_added"

    text: Text = field(metadata=INTERNAL)


@frozen(kw_only=True)
class ParticipantAdded(CaseEvent):
    """A person was added to the case."""

    name: ClassVar[str] = "case.participant_added"

    person: Person


class DiagnosisStarted(CaseEvent):
    """A rep started the diagnosis of the case, or resumed it."""

    __slots__ = ()
    name: ClassVar[str] = "case.diagnosis_started"


class CaseSolutionProposed(CaseEvent):
    """The customer was asked to confirm that the case is solved."""

    __slots__ = ()
    name: ClassVar[str] = "case.solution_proposed"


@frozen(kw_only=True)
class CaseClosed(CaseEvent):
    """The case was closed."""

    name: ClassVar[str] = "case.closed"

    reason: Text


@frozen(kw_only=True)
class CaseReprioritized(CaseEvent):
    """Support set the priority of the case."""

    name: ClassVar[str] = "case.reprioritized"

    priority: Priority
