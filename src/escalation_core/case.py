"""A support case: the aggregate that holds its escalation.

Rule 1: one case, one stream of events, one version, one lock. The version is the number of its events.
Rule 2: an emergency has business impact P1 and, until its escalation is over, the highest priority.
Rule 3: the requester is a participant by itself.
"""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from attrs import Attribute, Converter, Factory, field, frozen
from attrs.validators import optional

from escalation_core.escalation import Escalation
from escalation_core.event import digest
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.values import (
    a,
    any_text,
    day_or_instant,
    identifier,
    identifiers,
    in_utc_or_none,
    instant,
    must_be,
    text,
    tuple_of,
    whole_number,
)


class CaseStatus(Enum):
    """Where a case is in the normal support process."""

    RECEIVED = "RECEIVED"  #: It was created.
    DIAGNOSIS = "DIAGNOSIS"  #: A rep has taken it.
    SOLUTION_PROPOSED = "SOLUTION PROPOSED"  #: The customer is asked to confirm.
    CLOSED = "CLOSED"  #: Confirmed, or closed because no feedback could be obtained.


class CaseType(Enum):
    """What a case is about."""

    REQUEST = "request"  #: Something is asked for.
    PROBLEM = "problem"  #: Something does not work.
    EMERGENCY = "emergency"  #: A problem with significant business impact now or very soon.


class BusinessImpact(Enum):
    """How much the problem hurts, as the customer or partner states it."""

    P1 = "P1"  #: Urgent: an outage, a security incident, no workaround, a blocked go-live.
    P2 = "P2"  #: High: significant soon, or degraded but not down.
    P3 = "P3"  #: Medium: constant but less severe, no direct loss of revenue.
    P4 = "P4"  #: Low: rarely used functions, theoretical or visual problems.


class CaseKind(Enum):
    """What kind of thing is affected; it decides whom the case is routed to."""

    SOFTWARE = "software"
    INFRASTRUCTURE = "infrastructure"
    SECURITY = "security"


class Risk(Enum):
    """What an emergency puts at risk."""

    REVENUE = "revenue"
    SECURITY = "security"
    GO_LIVE = "go-live"
    OUTAGE = "outage"


class Priority(Enum):
    """How urgent support takes a case to be; internal."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


#: How many commands with an id a case remembers.
REMEMBERED = 16

#: Which sides there are; cases share these tuples.
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


@frozen(kw_only=True, weakref_slot=False)
class Remembered:
    """One command with an id that changed the case: see ``deduplication``."""

    command_id: str = field(validator=identifier)
    digest: str = field(validator=digest)  #: Of the content of the command.
    first_version: int = field(validator=whole_number)  #: Of its first event,
    last_version: int = field(validator=whole_number)  #: and of its last one.


def _derived_priority(case: "Case") -> Priority:
    """Give the priority before support evaluates: of an emergency the highest, of a problem as its impact says."""
    if case.type is CaseType.REQUEST:
        return Priority.LOW
    if case.type is CaseType.EMERGENCY:
        return Priority.URGENT
    # What is no BusinessImpact is refused by its own validator, after this.
    return _PRIORITY_OF_IMPACT[case.impact] if isinstance(case.impact, BusinessImpact) else Priority.LOW


def _with_requester(participants: tuple[Person, ...], case: "Case") -> tuple[Person, ...]:
    """Put the requester first, unless listed already. What is no tuple goes to the validator as it is."""
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


@frozen(kw_only=True, weakref_slot=False)
class Case:
    """One support case with its escalation, if it has one.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a field has a wrong value, or two contradict each other.
    """

    id: str = field(validator=identifier)
    customer: str = field(validator=text)  #: The customer's name.
    requester: Person = field(validator=[a(Person), _external])  #: Who created it, or on whose behalf it was created.
    participants: tuple[Person, ...] = field(default=(), converter=_to_participants, validator=tuple_of(Person))
    type: CaseType = field(validator=a(CaseType))
    impact: BusinessImpact = field(validator=a(BusinessImpact))
    kind: CaseKind = field(default=CaseKind.SOFTWARE, validator=a(CaseKind))
    risk: Risk | None = field(default=None, validator=optional(a(Risk)))
    production: bool = field(default=False, validator=a(bool))  #: Whether a production system is affected.
    subject: str = field(validator=text)
    description: str = field(default="", validator=any_text)
    partner: str | None = field(default=None, validator=optional(text))  #: The partner's name.
    related: tuple[str, ...] = field(default=(), validator=identifiers)  #: Ids of earlier cases.
    additional_contact: Person | None = field(default=None, validator=optional([a(Person), _external]))
    known_bug_due: date | None = field(default=None, validator=optional(day_or_instant))  #: Committed for a known bug.
    earlier_misuses: int = field(default=0, validator=whole_number)  #: Emergencies of this customer canceled as misuse.
    tracking_id: str | None = field(default=None, validator=optional(identifier))
    status: CaseStatus = field(default=CaseStatus.RECEIVED, validator=a(CaseStatus))
    priority: Priority = field(default=Factory(_derived_priority, takes_self=True), validator=a(Priority))
    escalation: Escalation | None = field(default=None, validator=optional(a(Escalation)))
    version: int = field(default=0, validator=whole_number)  #: Number of events; 0 means not opened yet.
    updated_at: datetime | None = field(
        default=None, converter=in_utc_or_none, validator=optional(instant)
    )  #: When its last event happened.
    remembered: tuple[Remembered, ...] = field(
        default=(), repr=False, validator=tuple_of(Remembered)
    )  #: Its last commands with an id, oldest first.

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
        """Whether this is an emergency whose escalation is not over (or, before opening, about to start)."""
        return self.type is CaseType.EMERGENCY and (self.escalation is None or self.escalation.active)

    @property
    def sides(self) -> tuple[Role, ...]:
        """The sides, customer first, that have somebody on the case."""
        roles = [person.role for person in self.participants]
        return _SIDES[Role.CUSTOMER in roles, Role.PARTNER in roles]

    @property
    def has_partner(self) -> bool:
        """Whether a partner is named or takes part."""
        return self.partner is not None or Role.PARTNER in self.sides

    @property
    def external_people(self) -> tuple[Person, ...]:
        """Everybody on the customer's and the partner's side, and the additional contact; each once."""
        people = [person for person in self.participants if person.role in EXTERNAL_ROLES]
        contact = self.additional_contact
        if contact is not None and contact not in people:
            people.append(contact)
        return tuple(people)

    def vacant(self, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """Give those of these roles that nobody on the case has."""
        return tuple(role for role in roles if all(person.role is not role for person in self.participants))

    def known_person(self, person_id: str) -> Person | None:
        """Give the person whom this case knows by this id: a participant, the additional contact or the owner."""
        for person in self.participants:
            if person.id == person_id:
                return person
        contact, escalation = self.additional_contact, self.escalation
        if contact is not None and contact.id == person_id:
            return contact
        owner = None if escalation is None else escalation.owner
        return owner if owner is not None and owner.id == person_id else None


def _check_remembered(case: Case) -> None:
    """Refuse entries that are not the last commands of this case."""
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
            raise ValueError(must_be("participants", "people with an id of their own", person))
        if person.role is Role.AUTOMATION:
            raise ValueError(must_be("participants", "people", person))
        known[person.id] = person
    contact = case.additional_contact
    if contact is not None and known.get(contact.id, contact) != contact:
        raise ValueError(must_be("additional_contact", "the same record as the participant of that id", contact))
