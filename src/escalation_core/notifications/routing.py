"""Who hears of an event, and what: the audience table of the design, one entry per event.

Rule 1: everybody on the customer's and the partner's side hears of every change of a status, exactly once.
Rule 2: nobody is told twice by one step of a person. What time causes is told per promise.
Rule 3: a value gets into a notification by a function here and a place in the template's list, and in no other way.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from escalation_core import events
from escalation_core.case import Case, CaseType
from escalation_core.clocks import ClockKind, find
from escalation_core.escalation import Escalation
from escalation_core.events import Event
from escalation_core.fast import maker
from escalation_core.notifications.model import Data, Notification, Template, Value, call
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.policy import Policy

Recipients = Sequence[Person | Role]

_notification = maker(Notification)
_made_data = maker(Data)


def _escalation(case: Case) -> Escalation:
    assert case.escalation is not None  # noqa: S101  # its event has just been folded
    return case.escalation


def _named(roles: Iterable[Role]) -> str:
    return " and ".join(role.value for role in roles)


def _contacted(event: events.SideChannelContactReported) -> str:
    if isinstance(event.contacted, Person):
        return call(event.contacted)
    return event.contacted.value if isinstance(event.contacted, Role) else event.contacted


def _case_values(case: Case) -> tuple[Value, ...]:
    """Give the values that every template begins with, in the order in which it offers them."""
    status = "" if case.escalation is None else case.escalation.status.value
    return (case.id, case.subject, case.customer, case.tracking_id or "", case.status.value, status)


def _due(kind: ClockKind) -> Callable[[Any, Case], datetime | None]:
    def find_due(_: Event, case: Case) -> datetime | None:
        clock = find(_escalation(case).clocks, kind)
        return None if clock is None else clock.due_at

    return find_due


def _rung(event: Any, case: Case) -> str:  # noqa: ANN401  # an event that reaches one
    timing = _escalation(case).timing
    number = event.level if isinstance(event, events.LevelRaised) else event.rung
    ladder = (
        timing.ladder if isinstance(event, events.AcknowledgementOverdue | events.LevelRaised) else timing.owner_ladder
    )
    return f"{number} of {len(ladder)}"


#: How to find the value of any other field, given the event and the case as its outcome left it.
_VALUES: dict[str, Callable[[Any, Any], Value]] = {
    "acknowledge_by": lambda event, _: event.acknowledge_by,
    "answer_by": _due(ClockKind.ANSWER),
    "asked": lambda event, _: _named(event.asked),
    "author": lambda event, _: call(event.by),
    "channel": lambda event, _: event.channel,
    "closable_at": lambda event, _: event.closable_at,
    "contacted": lambda event, _: _contacted(event),
    "debrief_by": _due(ClockKind.DEBRIEF),
    "document": lambda event, _: event.document,
    "due_at": lambda event, _: event.due_at,
    "eta": lambda event, _: event.eta,
    "explanation": lambda event, _: event.explanation,
    "follow_up": lambda event, _: event.kind.value,
    "follow_ups": lambda event, _: ", ".join(owed.kind.value for owed in event.follow_ups),
    "impact": lambda _, case: case.impact.value,
    "kind": lambda _, case: case.kind.value,
    "message": lambda event, _: event.message,
    "next_update_by": lambda event, _: event.next_update_by,
    "note": lambda event, _: event.note,
    "overdue_by": lambda event, _: str(event.overdue_by),
    "owner": lambda _, case: call(case.escalation.owner),
    "post_mortem_by": _due(ClockKind.POST_MORTEM),
    "previous_owner": lambda event, _: call(event.previous),
    "production": lambda _, case: "yes" if case.production else "no",
    "proposal": lambda event, _: event.id if isinstance(event, events.SolutionProposed) else event.proposal,
    "reason": lambda event, _: event.reason if isinstance(event.reason, str) else event.reason.value,
    "remind_at": lambda event, _: event.remind_at,
    "risk": lambda _, case: "none named" if case.risk is None else case.risk.value,
    "root_cause_analysis_by": _due(ClockKind.ROOT_CAUSE_ANALYSIS),
    "rung": _rung,
    "side": lambda event, _: event.side.value,
    "solution_kind": lambda event, _: event.kind.value,
    "still_asked": lambda event, _: _named(event.still_asked),
    "summary": lambda event, _: event.summary,
    "text": lambda event, _: event.text,
    "vacant": lambda event, _: _named(event.vacant) or None,
}


def _filler(template: Template) -> Callable[[Event, Case], Data]:
    """Make the function that fills a template's data."""
    names, own = template.offers, tuple(_VALUES[name] for name in template.own)

    def fill(event: Event, case: Case) -> Data:
        return _made_data(names=names, contents=(*_case_values(case), *[value(event, case) for value in own]))

    return fill


def _external(_event: Event, case: Case, _policy: Policy) -> Recipients:
    return case.external_people


def _requester(_event: Event, case: Case, _policy: Policy) -> Recipients:
    return (case.requester,)


def _all_but_requester(_event: Event, case: Case, _policy: Policy) -> Recipients:
    return [person for person in case.external_people if person != case.requester]


def _unless_emergency(_event: Event, case: Case, _policy: Policy) -> Recipients:
    # The start of its escalation is what an emergency's people hear of, in the same breath.
    return () if case.type is CaseType.EMERGENCY else case.external_people


def _asked(event: events.SolutionProposed, case: Case, _policy: Policy) -> Recipients:
    return [person for person in case.participants if person.role in event.asked]


def _only_announced(event: events.SolutionProposed, case: Case, _policy: Policy) -> Recipients:
    asked = set(_asked(event, case, _policy))
    return [person for person in case.external_people if person not in asked]


def _still_asked(event: events.SolutionApproved, case: Case, _policy: Policy) -> Recipients:
    return [person for person in case.participants if person.role in event.still_asked]


def _with_eta(event: events.ProgressUpdatePosted, case: Case, _policy: Policy) -> Recipients:
    return () if event.eta is None else case.external_people


def _without_eta(event: events.ProgressUpdatePosted, case: Case, _policy: Policy) -> Recipients:
    return case.external_people if event.eta is None else ()


def _added(event: events.ParticipantAdded, _case: Case, _policy: Policy) -> Recipients:
    return (event.person,) if event.person.role in EXTERNAL_ROLES else ()


def _having(roles: Iterable[Role], case: Case) -> list[Person | Role]:
    """Give everybody on the case with one of these roles; where a role has nobody, the role itself."""
    found: list[Person | Role] = []
    for role in roles:
        found += [person for person in case.participants if person.role is role] or [role]
    return found


def _stakeholders(_event: Event, case: Case, _policy: Policy) -> Recipients:
    return _having(_escalation(case).stakeholders, case)


def _stakeholders_if_chosen(_event: Event, case: Case, policy: Policy) -> Recipients:
    chosen = policy.audiences.acknowledgement_to_stakeholders
    return _having(_escalation(case).stakeholders, case) if chosen else ()


def _note_readers(_event: Event, case: Case, policy: Policy) -> Recipients:
    readers = policy.audiences.internal_notes
    return _having((role for role in Role if role in readers), case)


def _owner(_event: Event, case: Case, _policy: Policy) -> Recipients:
    owner = _escalation(case).owner
    return () if owner is None else (owner,)


def _owner_while_asking(event: events.SolutionApproved, case: Case, policy: Policy) -> Recipients:
    # The last yes needed is followed by SolutionAccepted, of which the owner hears anyway.
    return _owner(event, case, policy) if event.still_asked else ()


def _both_owners(event: events.OwnerReassigned, _case: Case, _policy: Policy) -> Recipients:
    return (event.previous, event.owner)


def _of_the_rung(event: events.AcknowledgementOverdue | events.LevelRaised, case: Case, _policy: Policy) -> Recipients:
    return _having(event.roles, case)


def _before_the_last_rung(event: events.AcknowledgementOverdue, case: Case, _policy: Policy) -> Recipients:
    return () if event.last else _having(event.roles, case)


def _of_the_last_rung(event: events.AcknowledgementOverdue, case: Case, _policy: Policy) -> Recipients:
    return _having(event.roles, case) if event.last else ()


def _owner_and_the_rung(event: events.Overdue, case: Case, policy: Policy) -> Recipients:
    owner = _owner(event, case, policy)
    return (*owner, *(to for to in _having(event.roles, case) if to not in owner))


Route = tuple[Template, Callable[[Any, Case, Policy], Recipients]]

#: The audience table. Nobody hears of an event with no entries: it is internal, or told by another of its outcome.
ROUTES: dict[type[Event], tuple[Route, ...]] = {
    events.CaseOpened: ((Template.CASE_OPENED, _unless_emergency),),
    events.EscalationStarted: ((Template.STARTED, _external), (Template.EVALUATE, _stakeholders)),
    events.EscalationCanceled: (
        (Template.CANCELED_TO_REQUESTER, _requester),
        (Template.CANCELED, _all_but_requester),
        (Template.STAND_DOWN, _stakeholders),
    ),
    events.CaseReclassified: (),
    events.EscalationAcknowledged: (
        (Template.ACKNOWLEDGED, _external),
        (Template.ACKNOWLEDGED_INTERNALLY, _stakeholders_if_chosen),
    ),
    events.ProgressUpdatePosted: ((Template.PROGRESS_UPDATE, _without_eta), (Template.ETA_UPDATE, _with_eta)),
    events.UpdatePostponed: ((Template.UPDATE_POSTPONED, _external),),
    events.SolutionProposed: ((Template.SOLUTION_PROPOSED, _asked), (Template.SOLUTION_ANNOUNCED, _only_announced)),
    events.SolutionApproved: ((Template.STILL_ASKED, _still_asked), (Template.OWNER_APPROVED, _owner_while_asking)),
    events.SolutionAccepted: ((Template.SOLUTION_ACCEPTED, _external), (Template.OWNER_ACCEPTED, _owner)),
    events.SolutionRejected: ((Template.SOLUTION_REJECTED, _external), (Template.OWNER_REJECTED, _owner)),
    events.EscalationClosed: ((Template.CLOSED, _external), (Template.DEBRIEF, _stakeholders)),
    events.OwnerReassigned: ((Template.OWNER_REASSIGNED, _external), (Template.OWNERSHIP_CHANGED, _both_owners)),
    events.InternalNoteAdded: ((Template.INTERNAL_NOTE, _note_readers),),
    events.RealTimeCommunicationRequested: (
        (Template.JOIN_REAL_TIME, _external),
        (Template.OWNER_REAL_TIME, _owner),
    ),
    events.RealTimeCommunicationEnded: (),
    events.SideChannelContactReported: ((Template.USE_THE_CASE, _requester), (Template.OWNER_SIDE_CHANNEL, _owner)),
    events.LevelRaised: ((Template.LEVEL_RAISED, _of_the_rung),),
    events.CauseAttributed: (),
    events.ParticipantAdded: ((Template.PARTICIPANT_ADDED, _added),),
    events.StakeholdersDebriefed: (),
    events.PostMortemHeld: (),
    events.PostMortemShared: (
        (Template.POST_MORTEM_SHARED, _external),
        (Template.STAKEHOLDERS_POST_MORTEM, _stakeholders),
    ),
    events.RootCauseAnalysisShared: ((Template.RCA_SHARED, _external), (Template.STAKEHOLDERS_RCA, _stakeholders)),
    events.DiagnosisStarted: ((Template.CASE_STATUS_CHANGED, _external),),
    events.CaseSolutionProposed: ((Template.CASE_STATUS_CHANGED, _external),),
    events.CaseClosed: ((Template.CASE_CLOSED, _external),),
    events.CaseReprioritized: (),
    events.AcknowledgementOverdue: (
        (Template.ACKNOWLEDGEMENT_OVERDUE, _before_the_last_rung),
        (Template.LADDER_EXHAUSTED, _of_the_last_rung),
    ),
    events.UpdateOverdue: ((Template.UPDATE_OVERDUE, _owner_and_the_rung),),
    events.AnswerOverdue: ((Template.ANSWER_OVERDUE, _owner_and_the_rung),),
    events.FollowUpOverdue: ((Template.FOLLOW_UP_OVERDUE, _owner_and_the_rung),),
}

_FILLED = {
    kind: tuple((template, _filler(template), recipients) for template, recipients in routes)
    for kind, routes in ROUTES.items()
}


def notify(happened: Iterable[Event], case: Case, policy: Policy) -> tuple[Notification, ...]:
    """Give the notifications of one outcome, in the order of its events.

    Args:
        happened: its events.
        case: the case as they left it.
        policy: the host's choices of internal audiences.
    """
    told: list[Notification] = []
    for event in happened:
        for template, fill, recipients in _FILLED[type(event)]:
            people = recipients(event, case, policy)
            if people:
                event_id, at, data = event.id, event.at, fill(event, case)
                told += [_notification(event_id=event_id, at=at, to=to, template=template, data=data) for to in people]
    return tuple(told)
