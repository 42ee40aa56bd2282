"""Fields: the values that the texts of a mail may use, and how each value is found.

Rule 1: the value of a field is the attribute of the event with the same name, unless ``_FINDERS`` has a function.
Rule 2: the annotation of the attribute, or of the result of the function, determines whether a field is an instant and
whether its value may be None.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from attrs import fields

from escalation_core import events
from escalation_core.case import Case
from escalation_core.clocks import ClockKind, find
from escalation_core.escalation import Escalation
from escalation_core.events import Event
from escalation_core.people import Person, Role

Content = str | datetime | None  #: None: the field has no value now.
Finder = Callable[[Any, Case], Content]  #: Its arguments are the event, and the case after the outcome.

#: The fields of every mail. They include every field of the subject patterns.
CASE_FIELDS = ("case_id", "case_subject", "customer", "tracking_id", "case_status", "status")


def case_values(case: Case) -> tuple[Content, ...]:
    """Return the values of ``CASE_FIELDS``, in that order."""
    status = "" if case.escalation is None else str(case.escalation.status)
    return (case.id, case.subject, case.customer, case.tracking_id or "", str(case.status), status)


def display_name(to: Person | Role) -> str:
    """Return the name of a person, the id of a person without a name, or for a role ``… team``."""
    return to.name or to.id if isinstance(to, Person) else f"{to} team"


def escalation_of(case: Case) -> Escalation:
    """Return the escalation of a case, for an event that only a case with an escalation has."""
    assert case.escalation is not None  # noqa: S101  # the event has just been folded into the case
    return case.escalation


def _due_at(case: Case, kind: ClockKind) -> datetime:
    clock = find(escalation_of(case).clocks, kind)
    assert clock is not None  # noqa: S101  # the mail's event starts this clock, or leaves it running
    return clock.due_at


def _joined(roles: Iterable[Role]) -> str:
    return " and ".join(roles)


def _answer_by(_event: Event, case: Case) -> datetime:
    return _due_at(case, ClockKind.ANSWER)


def _asked(event: events.SolutionProposed, _case: Case) -> str:
    return _joined(event.asked)


def _author(event: Event, _case: Case) -> str:
    return display_name(event.by)


def _contacted(event: events.SideChannelContactReported, _case: Case) -> str:
    if isinstance(event.contacted, Role):
        return str(event.contacted)
    return display_name(event.contacted) if isinstance(event.contacted, Person) else event.contacted


def _debrief_by(_event: Event, case: Case) -> datetime:
    return _due_at(case, ClockKind.DEBRIEF)


def _eta(event: events.ProgressUpdatePosted, _case: Case) -> datetime:
    assert event.eta is not None  # noqa: S101  # an update without one has no recipients of this mail
    return event.eta


def _follow_up(event: events.FollowUpOverdue, _case: Case) -> str:
    return str(event.kind)


def _follow_ups(event: events.EscalationClosed, _case: Case) -> str:
    return ", ".join([owed.kind for owed in event.follow_ups])


def _impact(_event: Event, case: Case) -> str:
    return str(case.impact)


def _kind(_event: Event, case: Case) -> str:
    return str(case.kind)


def _overdue_by(event: events.Overdue, _case: Case) -> str:
    return str(event.overdue_by)


def _owner(_event: Event, case: Case) -> str:
    owner = escalation_of(case).owner
    assert owner is not None  # noqa: S101  # no mail with this field is sent before the acknowledgement
    return display_name(owner)


def _post_mortem_by(_event: Event, case: Case) -> datetime:
    return _due_at(case, ClockKind.POST_MORTEM)


def _previous_owner(event: events.OwnerReassigned, _case: Case) -> str:
    return display_name(event.previous)


def _production(_event: Event, case: Case) -> str:
    return "yes" if case.production else "no"


def _proposal(event: events.SolutionProposed | events.SolutionApproved | events.AnswerOverdue, _case: Case) -> str:
    return event.id if isinstance(event, events.SolutionProposed) else event.proposal


def _reason(
    event: events.EscalationCanceled
    | events.UpdatePostponed
    | events.SolutionRejected
    | events.RealTimeCommunicationRequested
    | events.LevelRaised
    | events.CaseClosed,
    _case: Case,
) -> str:
    return str(event.reason) if isinstance(event, events.EscalationCanceled) else event.reason


def _risk(_event: Event, case: Case) -> str:
    return "none named" if case.risk is None else str(case.risk)


def _root_cause_analysis_by(_event: Event, case: Case) -> datetime | None:
    clock = find(escalation_of(case).clocks, ClockKind.ROOT_CAUSE_ANALYSIS)
    return None if clock is None else clock.due_at


def _rung(event: events.Overdue | events.LevelRaised, case: Case) -> str:
    timing = escalation_of(case).timing
    if isinstance(event, events.LevelRaised):
        return f"{event.level} of {len(timing.ladder)}"
    ladder = timing.ladder if isinstance(event, events.AcknowledgementOverdue) else timing.owner_ladder
    return f"{event.rung} of {len(ladder)}"


def _side(event: events.SolutionApproved | events.SolutionRejected, _case: Case) -> str:
    return str(event.side)


def _solution_kind(event: events.SolutionProposed, _case: Case) -> str:
    return str(event.kind)


def _still_asked(event: events.SolutionApproved, _case: Case) -> str:
    return _joined(event.still_asked)


def _vacant(event: events.Overdue | events.LevelRaised, _case: Case) -> str | None:
    return _joined(event.vacant) or None


_FINDERS: dict[str, Finder] = {
    "answer_by": _answer_by,
    "asked": _asked,
    "author": _author,
    "contacted": _contacted,
    "debrief_by": _debrief_by,
    "eta": _eta,
    "follow_up": _follow_up,
    "follow_ups": _follow_ups,
    "impact": _impact,
    "kind": _kind,
    "overdue_by": _overdue_by,
    "owner": _owner,
    "post_mortem_by": _post_mortem_by,
    "previous_owner": _previous_owner,
    "production": _production,
    "proposal": _proposal,
    "reason": _reason,
    "risk": _risk,
    "root_cause_analysis_by": _root_cause_analysis_by,
    "rung": _rung,
    "side": _side,
    "solution_kind": _solution_kind,
    "still_asked": _still_asked,
    "vacant": _vacant,
}


def finder(name: str) -> Finder:
    """Return the function that finds the value of a field."""

    def attribute(event: Event, _case: Case) -> Content:
        value: Content = getattr(event, name)
        return value

    return _FINDERS.get(name, attribute)


def type_of(name: str, kind: type[Event]) -> Any:  # noqa: ANN401  # a type, or a union with None
    """Return the type of a field in a mail about an event of this class.

    Raises:
        AttributeError: the field has no function here, and the event has no attribute with this name.
    """
    found = _FINDERS.get(name)
    return getattr(fields(kind), name).type if found is None else found.__annotations__["return"]
