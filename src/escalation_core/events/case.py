"""Facts about a case, with or without an escalation."""

from typing import ClassVar

from attrs import field, frozen

from escalation_core.case import Case, CaseType, Priority
from escalation_core.commands import INTERNAL
from escalation_core.event import CaseEvent
from escalation_core.people import Person
from escalation_core.values import a, must_be, text


@frozen(kw_only=True, weakref_slot=False)
class CaseOpened(CaseEvent):
    """The case was created."""

    name: ClassVar[str] = "case.opened"

    case: Case = field(validator=a(Case))  #: As the host described it, at version 0.

    def __attrs_post_init__(self) -> None:
        if self.case.version != 0:
            raise ValueError(must_be("case", "a case at version 0", self.case.version))


@frozen(kw_only=True, weakref_slot=False)
class CaseReclassified(CaseEvent):
    """A canceled emergency became what it really is."""

    name: ClassVar[str] = "case.reclassified"

    type: CaseType = field(validator=a(CaseType))
    priority: Priority = field(validator=a(Priority))


@frozen(kw_only=True, weakref_slot=False)
class InternalNoteAdded(CaseEvent):
    """Something was written down that only internal people may read."""

    name: ClassVar[str] = "case.internal_note_added"

    text: str = field(validator=text, metadata=INTERNAL)


@frozen(kw_only=True, weakref_slot=False)
class ParticipantAdded(CaseEvent):
    """One more person takes part in the case."""

    name: ClassVar[str] = "case.participant_added"

    person: Person = field(validator=a(Person))


class DiagnosisStarted(CaseEvent):
    """A rep has taken the case, or has taken it up again."""

    __slots__ = ()
    name: ClassVar[str] = "case.diagnosis_started"


class CaseSolutionProposed(CaseEvent):
    """The customer is asked to confirm that the case is solved."""

    __slots__ = ()
    name: ClassVar[str] = "case.solution_proposed"


@frozen(kw_only=True, weakref_slot=False)
class CaseClosed(CaseEvent):
    """The case is over."""

    name: ClassVar[str] = "case.closed"

    reason: str = field(validator=text)


@frozen(kw_only=True, weakref_slot=False)
class CaseReprioritized(CaseEvent):
    """Support has evaluated how urgent the case is."""

    name: ClassVar[str] = "case.reprioritized"

    priority: Priority = field(validator=a(Priority))
