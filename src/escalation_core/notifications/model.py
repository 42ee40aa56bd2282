"""What somebody must be told: a notification, as data that a host can store before anything is sent.

Rule 1: a template belongs to one audience, and offers its texts a fixed list of fields. What is not listed cannot leak.
Rule 2: no field of an external template is internal text.
Rule 3: an id is made of the event, the recipient and the template alone, so that a repeated delivery is recognized.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from urllib.parse import quote

from attrs import Attribute, field, frozen

from escalation_core.people import Person, Role
from escalation_core.values import a, any_text, derived_identifier, instant, must_be

Value = str | datetime | None  # None: there is nothing of the kind now


class Audience(Enum):
    """Who reads a notification."""

    EXTERNAL = "external"  #: Customer and partner.
    INTERNAL = "internal"  #: Everybody else.


#: What every template offers: enough for the subject patterns of the handbook, and for one sentence.
_CASE = ("case_id", "case_subject", "customer", "tracking_id", "case_status", "status")
_EVALUATE = (*_CASE, "kind", "impact", "risk", "production", "explanation", "acknowledge_by")
_PROPOSED = (*_CASE, "summary", "solution_kind", "proposal", "answer_by", "next_update_by", "closable_at")
_ANNOUNCED = (*_CASE, "summary", "solution_kind", "asked", "next_update_by")
_LAST = (*_CASE, "due_at", "overdue_by", "rung", "vacant")
_OVERDUE = (*_LAST, "remind_at")

#: Fields whose value is an aware instant, where it is one.
INSTANTS = frozenset(
    {
        "acknowledge_by",
        "answer_by",
        "closable_at",
        "debrief_by",
        "due_at",
        "eta",
        "next_update_by",
        "post_mortem_by",
        "remind_at",
        "root_cause_analysis_by",
    }
)
#: Fields that may have no value; a paragraph of a text that uses one of them is left out then.
OPTIONAL = frozenset({"closable_at", "next_update_by", "remind_at", "root_cause_analysis_by", "vacant"})


class Template(Enum):
    """What is told to one audience on one occasion. ``offers`` are the fields that its texts may use."""

    CASE_OPENED = ("case_opened", Audience.EXTERNAL, _CASE)
    CASE_STATUS_CHANGED = ("case_status_changed", Audience.EXTERNAL, _CASE)
    CASE_CLOSED = ("case_closed", Audience.EXTERNAL, (*_CASE, "reason"))
    PARTICIPANT_ADDED = ("participant_added", Audience.EXTERNAL, _CASE)
    STARTED = ("escalation_started", Audience.EXTERNAL, (*_CASE, "acknowledge_by"))
    CANCELED = ("escalation_canceled", Audience.EXTERNAL, _CASE)
    CANCELED_TO_REQUESTER = ("escalation_canceled_to_requester", Audience.EXTERNAL, (*_CASE, "reason", "explanation"))
    ACKNOWLEDGED = ("escalation_acknowledged", Audience.EXTERNAL, (*_CASE, "owner", "next_update_by"))
    PROGRESS_UPDATE = ("progress_update", Audience.EXTERNAL, (*_CASE, "message", "next_update_by"))
    ETA_UPDATE = ("eta_update", Audience.EXTERNAL, (*_CASE, "message", "eta", "next_update_by"))
    UPDATE_POSTPONED = ("update_postponed", Audience.EXTERNAL, (*_CASE, "reason", "next_update_by"))
    SOLUTION_PROPOSED = ("solution_proposed", Audience.EXTERNAL, _PROPOSED)
    SOLUTION_ANNOUNCED = ("solution_announced", Audience.EXTERNAL, _ANNOUNCED)
    STILL_ASKED = ("solution_still_asked", Audience.EXTERNAL, (*_CASE, "side", "proposal", "answer_by"))
    SOLUTION_ACCEPTED = ("solution_accepted", Audience.EXTERNAL, _CASE)
    SOLUTION_REJECTED = ("solution_rejected", Audience.EXTERNAL, (*_CASE, "side", "reason", "next_update_by"))
    CLOSED = ("escalation_closed", Audience.EXTERNAL, (*_CASE, "post_mortem_by", "root_cause_analysis_by"))
    POST_MORTEM_SHARED = ("post_mortem_shared", Audience.EXTERNAL, (*_CASE, "document"))
    RCA_SHARED = ("root_cause_analysis_shared", Audience.EXTERNAL, (*_CASE, "document"))
    JOIN_REAL_TIME = ("real_time_communication_requested", Audience.EXTERNAL, (*_CASE, "channel", "reason"))
    USE_THE_CASE = ("side_channel_contact_reported", Audience.EXTERNAL, (*_CASE, "contacted", "channel"))
    OWNER_REASSIGNED = ("owner_reassigned", Audience.EXTERNAL, (*_CASE, "owner"))

    EVALUATE = ("stakeholders_evaluate", Audience.INTERNAL, _EVALUATE)
    STAND_DOWN = ("stakeholders_stand_down", Audience.INTERNAL, (*_CASE, "reason", "explanation"))
    ACKNOWLEDGED_INTERNALLY = ("stakeholders_acknowledged", Audience.INTERNAL, (*_CASE, "owner"))
    OWNER_APPROVED = ("owner_solution_approved", Audience.INTERNAL, (*_CASE, "side", "still_asked"))
    OWNER_ACCEPTED = ("owner_solution_accepted", Audience.INTERNAL, _CASE)
    OWNER_REJECTED = ("owner_solution_rejected", Audience.INTERNAL, (*_CASE, "side", "reason"))
    DEBRIEF = ("stakeholders_debrief", Audience.INTERNAL, (*_CASE, "owner", "follow_ups", "debrief_by"))
    STAKEHOLDERS_POST_MORTEM = ("stakeholders_post_mortem_shared", Audience.INTERNAL, (*_CASE, "document"))
    STAKEHOLDERS_RCA = ("stakeholders_root_cause_analysis_shared", Audience.INTERNAL, (*_CASE, "document"))
    OWNER_REAL_TIME = ("owner_real_time_communication", Audience.INTERNAL, (*_CASE, "channel", "reason"))
    OWNER_SIDE_CHANNEL = ("owner_side_channel_contact", Audience.INTERNAL, (*_CASE, "contacted", "channel", "note"))
    OWNERSHIP_CHANGED = ("owner_changed", Audience.INTERNAL, (*_CASE, "owner", "previous_owner"))
    ACKNOWLEDGEMENT_OVERDUE = ("acknowledgement_overdue", Audience.INTERNAL, _OVERDUE)
    LADDER_EXHAUSTED = ("acknowledgement_overdue_last_rung", Audience.INTERNAL, _LAST)
    UPDATE_OVERDUE = ("update_overdue", Audience.INTERNAL, (*_OVERDUE, "owner"))
    ANSWER_OVERDUE = ("answer_overdue", Audience.INTERNAL, (*_OVERDUE, "owner", "proposal"))
    FOLLOW_UP_OVERDUE = ("follow_up_overdue", Audience.INTERNAL, (*_OVERDUE, "owner", "follow_up"))
    LEVEL_RAISED = ("level_raised", Audience.INTERNAL, (*_CASE, "author", "rung", "vacant", "reason"))
    INTERNAL_NOTE = ("internal_note_added", Audience.INTERNAL, (*_CASE, "author", "text"))

    def __init__(self, key: str, audience: Audience, offers: tuple[str, ...]) -> None:
        """Keep the parts of a row by name."""
        self.key = key
        self.audience = audience
        self.offers = offers
        self.own: tuple[str, ...] = offers[len(_CASE) :]  #: What it offers beyond what every template does.


@frozen(eq=False, weakref_slot=False)
class Data(Mapping[str, Value]):
    """The whitelisted values of a notification, by field: an immutable mapping, equal to a ``dict`` of the same."""

    names: tuple[str, ...]
    contents: tuple[Value, ...]  #: One per name.

    def __getitem__(self, key: str) -> Value:
        """Give the value of a field."""
        for name, value in zip(self.names, self.contents, strict=True):
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """Go through the fields in the order of the template."""
        return iter(self.names)

    def __len__(self) -> int:
        """Count the fields."""
        return len(self.names)

    def __hash__(self) -> int:
        """Hash like the equal mapping, whatever its order."""
        return hash(frozenset(self.items()))


def _as_offered(notification: "Notification", attribute: "Attribute[Any]", value: Data) -> None:
    offers = notification.template.offers
    if set(value.names) != set(offers) or len(value.contents) != len(offers):
        raise ValueError(must_be(attribute.name, f"a value for each of {', '.join(offers)}", value.names))
    for name, content in value.items():
        if content is None and name not in OPTIONAL:
            raise ValueError(must_be(attribute.name, f"a value for each of {', '.join(offers)}", name))
        if isinstance(content, str):
            any_text(notification, attribute, content)


def _event_id(_: object, attribute: "Attribute[Any]", value: str) -> None:
    derived_identifier(_, attribute, value)
    if not re.fullmatch(r".+/[1-9][0-9]{0,18}", value):
        raise ValueError(must_be(attribute.name, "the id of a case, a slash and a version", value))


@frozen(kw_only=True, weakref_slot=False)
class Notification:
    """One thing that one recipient must be told about one event."""

    event_id: str = field(validator=_event_id)  #: ``case_id/version``.
    at: datetime = field(validator=instant)  #: When the event happened; an aware instant.
    to: Person | Role = field(
        validator=a(Person, Role)
    )  #: A role when nobody on the case has it: the host knows who does.
    template: Template = field(validator=a(Template))
    data: Data = field(validator=[a(Data), _as_offered])

    @property
    def id(self) -> str:
        """The key of at-least-once delivery: ``event id/recipient/template``, the same whenever it is made again.

        The recipient is percent-encoded where it is not alphanumeric, so that no two of them can meet.
        """
        if isinstance(self.to, Role):
            recipient = "role:" + quote(self.to.value)
        else:
            recipient = self.to.id if self.to.id.isalnum() else quote(self.to.id, safe="@.-_+")
        return f"{self.event_id}/{recipient}/{self.template.key}"

    @property
    def audience(self) -> Audience:
        """Who reads it."""
        return self.template.audience

    @property
    def case_id(self) -> str:
        """The case that it is about."""
        return self.event_id.rpartition("/")[0]


@frozen(kw_only=True, weakref_slot=False)
class Message:
    """A notification in words."""

    subject: str  #: One line.
    body: str  #: Plain text.
    notification: Notification


def call(person: Person) -> str:
    """Give what to call a person: their name, or else their id."""
    return person.name or person.id
