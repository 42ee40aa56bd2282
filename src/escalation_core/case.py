"""A support case: the aggregate that holds its escalation.

Rule 1: one case, one stream of events, one version, one lock. The version is the number of its events.
Rule 2: an emergency has business impact P1 and, until its escalation is over, the highest priority.
Rule 3: the requester is always a participant.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import Attribute, Converter, Factory, field

from escalation_core.checks import Digest, Identifier, Text, must_be
from escalation_core.escalation import Escalation
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.values import Value, frozen


class CaseStatus(StrEnum):
    """The status of a case in the normal support process."""

    RECEIVED = "RECEIVED"  #: The case was created.
    DIAGNOSIS = "DIAGNOSIS"  #: A rep works on the case.
    SOLUTION_PROPOSED = "SOLUTION PROPOSED"  #: The customer is asked to confirm.
    CLOSED = "CLOSED"  #: The solution was confirmed, or no feedback could be obtained.


class CaseType(StrEnum):
    """The type of a case."""

    REQUEST = "request"  #: The customer asks for something.
    PROBLEM = "problem"  #: Something does not work.
    EMERGENCY = "emergency"  #: A problem with significant business impact now or very soon.


class BusinessImpact(StrEnum):
    """The business impact, as the customer or partner states it."""

    P1 = "P1"  #: Urgent: an outage, a security incident, no workaround, a blocked go-live.
    P2 = "P2"  #: High: significant soon, or degraded but not down.
    P3 = "P3"  #: Medium: constant but less severe, no direct loss of revenue.
    P4 = "P4"  #: Low: rarely used functions, theoretical or visual problems.


class CaseKind(StrEnum):
    """The area of a case, on which the stakeholders depend."""

    SOFTWARE = "software"
    INFRASTRUCTURE = "infrastructure"
    SECURITY = "security"


class Risk(StrEnum):
    """The business value that an emergency puts at risk."""

    REVENUE = "revenue"
    SECURITY = "security"
    GO_LIVE = "go-live"
    OUTAGE = "outage"


class Priority(StrEnum):
    """The priority that support gives a case; internal."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


#: The number of commands with an id that a case remembers.
REMEMBERED = 16

#: The sides of a case, by customer and partner; cases share these tuples.
_SIDES = {
    (True, True): EXTERNAL_ROLES,
    (True, False): (Role.CUSTOMER,),
    (False, True): (Role.PARTNER,),
    (False, False): (),
}
_PRIORITY_OF_IMPACT = {
    BusinessImpact.P1: Priority.URGENT,
    BusinessImpact.P2: Priority.HIGH,
    BusinessImpact.P3: Priority.MEDIUM,
    BusinessImpact.P4: Priority.LOW,
}


def _derived_priority(case: "Case") -> Priority:
    """Return the initial priority: the highest for an emergency, low for a request, and by impact for a problem."""
    if case.type is CaseType.REQUEST:
        return Priority.LOW
    if case.type is CaseType.EMERGENCY:
        return Priority.URGENT
    # The validator of the field, which runs later, refuses anything but a BusinessImpact.
    return _PRIORITY_OF_IMPACT[case.impact] if isinstance(case.impact, BusinessImpact) else Priority.LOW


def _with_requester(participants: tuple[Person, ...], case: "Case") -> tuple[Person, ...]:
    """Return the participants and the requester. The validator gets anything but a tuple unchanged, and refuses it."""
    if not isinstance(participants, tuple) or case.requester in participants:
        return participants
    return (case.requester, *participants)


if TYPE_CHECKING:

    def _to_participants(participants: tuple[Person, ...]) -> tuple[Person, ...]: ...
else:
    _to_participants = Converter(_with_requester, takes_self=True)


def _external(_: object, attribute: "Attribute[Any]", value: Person) -> None:
    if value.role not in EXTERNAL_ROLES:
        raise ValueError(must_be(attribute.name, "a person on the customer's or the partner's side", value))


@frozen(kw_only=True)
class Remembered(Value):
    """One accepted command with an id; see ``deduplication``."""

    command_id: Identifier
    digest: Digest  #: The digest of the command.
    first_version: int  #: The version of its first event.
    last_version: int  #: The version of its last event.


@frozen(kw_only=True)
class Case(Value):
    """One support case with its escalation, if it has one.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a field has a wrong value, or two fields contradict each other.
    """

    id: Identifier
    customer: Text  #: The customer's name.
    requester: Person = field(validator=_external)  #: The person who created the case, or for whom it was created.
    participants: tuple[Person, ...] = field(default=(), converter=_to_participants)
    type: CaseType
    impact: BusinessImpact
    kind: CaseKind = CaseKind.SOFTWARE
    risk: Risk | None = None
    production: bool = False  #: Whether a production system is affected.
    subject: Text
    description: str = ""
    partner: Text | None = None  #: The partner's name.
    related: tuple[Identifier, ...] = ()  #: Ids of earlier cases.
    additional_contact: Person | None = field(default=None, validator=_external)
    known_bug_due: date | None = None  #: The date, or aware instant, committed for the fix of a known bug.
    earlier_misuses: int = 0  #: Emergencies of this customer that were canceled as misuse.
    tracking_id: Identifier | None = None
    status: CaseStatus = CaseStatus.RECEIVED
    priority: Priority = Factory(_derived_priority, takes_self=True)
    escalation: Escalation | None = None
    version: int = 0  #: The number of its events; 0 before it is opened.
    updated_at: datetime | None = None  #: The instant of its last event.
    remembered: tuple[Remembered, ...] = field(default=(), repr=False)  #: Its last commands with an id, oldest first.

    def __attrs_post_init__(self) -> None:
        if self.type is CaseType.EMERGENCY and self.impact is not BusinessImpact.P1:
            raise ValueError(must_be("impact", "P1 for an emergency", self.impact))
        if self.emergency_runs and self.priority is not Priority.URGENT:
            raise ValueError(must_be("priority", "URGENT for an emergency", self.priority))
        if self.id in self.related:
            raise ValueError(must_be("related", "ids of other cases", self.id))
        untouched = self.escalation is None and self.updated_at is None and not self.remembered
        fresh = self.status is CaseStatus.RECEIVED and untouched
        if self.version == 0 and not fresh:
            raise ValueError(must_be("version", "above 0 once something has happened", self.version))
        _refuse_twins(self)
        _check_remembered(self)

    @property
    def emergency_runs(self) -> bool:
        """Whether this is an emergency whose escalation is active or, before the opening, not started yet."""
        return self.type is CaseType.EMERGENCY and (self.escalation is None or self.escalation.active)

    @property
    def sides(self) -> tuple[Role, ...]:
        """The sides that have a person on the case, customer first."""
        roles = [person.role for person in self.participants]
        return _SIDES[Role.CUSTOMER in roles, Role.PARTNER in roles]

    @property
    def has_partner(self) -> bool:
        """Whether a partner is named or participates."""
        return self.partner is not None or Role.PARTNER in self.sides

    @property
    def external_people(self) -> tuple[Person, ...]:
        """The people on the customer's and the partner's side and the additional contact, each once."""
        people = [person for person in self.participants if person.role in EXTERNAL_ROLES]
        contact = self.additional_contact
        if contact is not None and contact not in people:
            people.append(contact)
        return tuple(people)

    def vacant(self, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """Return the roles among these that nobody on the case has."""
        return tuple(role for role in roles if all(person.role is not role for person in self.participants))

    def known_person(self, person_id: str) -> Person | None:
        """Return the participant, additional contact or owner with this id, or None."""
        for person in self.participants:
            if person.id == person_id:
                return person
        contact, escalation = self.additional_contact, self.escalation
        if contact is not None and contact.id == person_id:
            return contact
        owner = None if escalation is None else escalation.owner
        return owner if owner is not None and owner.id == person_id else None


def _check_remembered(case: Case) -> None:
    """Raise an error for entries that cannot be the last commands of this case."""
    kept = case.remembered
    if len(kept) > REMEMBERED or len({entry.command_id for entry in kept}) < len(kept):
        raise ValueError(must_be("remembered", f"at most {REMEMBERED} commands, each once", len(kept)))
    version = 0
    for entry in kept:
        if not version < entry.first_version <= entry.last_version <= case.version:
            what = f"commands whose versions go up, at most to {case.version}"
            raise ValueError(must_be("remembered", what, (entry.first_version, entry.last_version)))
        version = entry.last_version


def _refuse_twins(case: Case) -> None:
    known: dict[str, Person] = {}
    for person in case.participants:
        if person.id in known:
            raise ValueError(must_be("participants", "people with different ids", person))
        if person.role is Role.AUTOMATION:
            raise ValueError(must_be("participants", "people", person))
        known[person.id] = person
    contact = case.additional_contact
    if contact is not None and known.get(contact.id, contact) != contact:
        raise ValueError(must_be("additional_contact", "the same record as the participant with that id", contact))
