"""Who must hear of what: the audience table of the design, for judging who was told.

Rule 1: it is written from the design, and not read from the routes and facts that are judged by it.
Rule 2: what a policy may choose is read from the policy. That its defaults are the documented ones is not judged here.
Rule 3: it names people and roles; that nobody is told twice is another rule.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from escalation_core import events
from escalation_core.case import Case, CaseType
from escalation_core.escalation import Consent
from escalation_core.events import Event
from escalation_core.notifications.model import Template
from escalation_core.outcome import Outcome
from escalation_core.people import Person, Role
from escalation_core.policy import Policy

Heard = set[Person | Role]

_SIDES = (Role.CUSTOMER, Role.PARTNER)


def external_people(case: Case) -> Heard:
    """Give everybody on the customer's and the partner's side, and the additional contact."""
    contacts = [] if case.additional_contact is None else [case.additional_contact]
    return {*_on_the_case(case, _SIDES), *contacts}


def role_of(to: Person | Role) -> str:
    """Name the role of who hears."""
    return to.value if isinstance(to, Role) else to.role.value


def _on_the_case(case: Case, roles: Iterable[Role]) -> Heard:
    return {person for person in case.participants if person.role in roles}


def _having(case: Case, roles: Iterable[Role]) -> Heard:
    """Give everybody on the case with one of these roles, and the roles that nobody there has."""
    people = _on_the_case(case, roles)
    return {*people, *(role for role in roles if all(person.role is not role for person in case.participants))}


def _owner(case: Case) -> Heard:
    owner = None if case.escalation is None else case.escalation.owner
    return set() if owner is None else {owner}


def with_partner(case: Case) -> bool:
    """Tell whether a partner is named, or takes part."""
    return case.partner is not None or bool(_on_the_case(case, (Role.PARTNER,)))


def evaluating(case: Case, policy: Policy) -> frozenset[Role]:
    """Give the roles that evaluate an emergency on this case."""
    chosen = policy.audiences
    roles: frozenset[Role] = getattr(chosen, case.kind.value) | chosen.always
    return roles | chosen.with_partner if with_partner(case) else roles


def _asked(case: Case, policy: Policy) -> Heard:
    customers = _on_the_case(case, (Role.CUSTOMER,))
    return customers if customers and policy.consent is Consent.CUSTOMER else _on_the_case(case, _SIDES)


def _still_asked(case: Case) -> Heard:
    proposals = () if case.escalation is None else case.escalation.proposals
    if not proposals or proposals[-1].consent is Consent.ANY:
        return set()
    return _on_the_case(case, set(proposals[-1].asked) - set(proposals[-1].approved_by))


def _climbed(event: events.LevelRaised, case: Case, policy: Policy) -> Heard:
    return _having(case, policy.timing.ladder[event.level - 1].roles)


def _stakeholders(case: Case) -> Heard:
    # Who was informed at the start is told of the end, whoever has joined since.
    return set() if case.escalation is None else _having(case, case.escalation.stakeholders)


_WHO: dict[str, Callable[[Any, Case, Policy], Heard]] = {
    "external": lambda _, case, __: external_people(case),
    "external, of a case that is no emergency": lambda _, case, __: (
        set() if case.type is CaseType.EMERGENCY else external_people(case)
    ),
    "external, with an eta": lambda event, case, _: external_people(case) if event.eta else set(),
    "external, without an eta": lambda event, case, _: set() if event.eta else external_people(case),
    "requester": lambda _, case, __: {case.requester},
    "external but the requester": lambda _, case, __: external_people(case) - {case.requester},
    "who is asked": lambda _, case, policy: _asked(case, policy),
    "external but who is asked": lambda _, case, policy: external_people(case) - _asked(case, policy),
    "who is still asked": lambda _, case, __: _still_asked(case),
    "who is added, if external": lambda event, _, __: {event.person} if event.person.role in _SIDES else set(),
    "stakeholders of the kind": lambda _, case, policy: _having(case, evaluating(case, policy)),
    "stakeholders": lambda _, case, __: _stakeholders(case),
    "stakeholders, if chosen": lambda _, case, policy: (
        _stakeholders(case) if policy.audiences.acknowledgement_to_stakeholders else set()
    ),
    "readers of notes": lambda _, case, policy: _having(case, policy.audiences.internal_notes),
    "owner": lambda _, case, __: _owner(case),
    "owner, while others are asked": lambda _, case, __: _owner(case) if _still_asked(case) else set(),
    "old and new owner": lambda event, _, __: {event.previous, event.owner},
    "rung that was climbed to": _climbed,
    # Whom a reminder names is judged with the twelfth invariant.
    "rung, but the last": lambda event, case, _: _having(case, event.roles) if event.remind_at else set(),
    "last rung": lambda event, case, _: set() if event.remind_at else _having(case, event.roles),
    "owner and rung": lambda event, case, _: _owner(case) | _having(case, event.roles),
}

_T = Template
_AUDIENCES: dict[type[Event], dict[Template, str]] = {
    events.CaseOpened: {_T.CASE_OPENED: "external, of a case that is no emergency"},
    events.EscalationStarted: {_T.STARTED: "external", _T.EVALUATE: "stakeholders of the kind"},
    events.EscalationCanceled: {
        _T.CANCELED_TO_REQUESTER: "requester",
        _T.CANCELED: "external but the requester",
        _T.STAND_DOWN: "stakeholders",
    },
    events.CaseReclassified: {},
    events.EscalationAcknowledged: {
        _T.ACKNOWLEDGED: "external",
        _T.ACKNOWLEDGED_INTERNALLY: "stakeholders, if chosen",
    },
    events.ProgressUpdatePosted: {
        _T.PROGRESS_UPDATE: "external, without an eta",
        _T.ETA_UPDATE: "external, with an eta",
    },
    events.UpdatePostponed: {_T.UPDATE_POSTPONED: "external"},
    events.SolutionProposed: {
        _T.SOLUTION_PROPOSED: "who is asked",
        _T.SOLUTION_ANNOUNCED: "external but who is asked",
    },
    events.SolutionApproved: {
        _T.STILL_ASKED: "who is still asked",
        _T.OWNER_APPROVED: "owner, while others are asked",
    },
    events.SolutionAccepted: {_T.SOLUTION_ACCEPTED: "external", _T.OWNER_ACCEPTED: "owner"},
    events.SolutionRejected: {_T.SOLUTION_REJECTED: "external", _T.OWNER_REJECTED: "owner"},
    events.EscalationClosed: {_T.CLOSED: "external", _T.DEBRIEF: "stakeholders"},
    events.OwnerReassigned: {_T.OWNER_REASSIGNED: "external", _T.OWNERSHIP_CHANGED: "old and new owner"},
    events.InternalNoteAdded: {_T.INTERNAL_NOTE: "readers of notes"},
    events.RealTimeCommunicationRequested: {_T.JOIN_REAL_TIME: "external", _T.OWNER_REAL_TIME: "owner"},
    events.RealTimeCommunicationEnded: {},
    events.SideChannelContactReported: {_T.USE_THE_CASE: "requester", _T.OWNER_SIDE_CHANNEL: "owner"},
    events.LevelRaised: {_T.LEVEL_RAISED: "rung that was climbed to"},
    events.CauseAttributed: {},
    events.ParticipantAdded: {_T.PARTICIPANT_ADDED: "who is added, if external"},
    events.StakeholdersDebriefed: {},
    events.PostMortemHeld: {},
    events.PostMortemShared: {_T.POST_MORTEM_SHARED: "external", _T.STAKEHOLDERS_POST_MORTEM: "stakeholders"},
    events.RootCauseAnalysisShared: {_T.RCA_SHARED: "external", _T.STAKEHOLDERS_RCA: "stakeholders"},
    events.DiagnosisStarted: {_T.CASE_STATUS_CHANGED: "external"},
    events.CaseSolutionProposed: {_T.CASE_STATUS_CHANGED: "external"},
    events.CaseClosed: {_T.CASE_CLOSED: "external"},
    events.CaseReprioritized: {},
    events.AcknowledgementOverdue: {_T.ACKNOWLEDGEMENT_OVERDUE: "rung, but the last", _T.LADDER_EXHAUSTED: "last rung"},
    events.UpdateOverdue: {_T.UPDATE_OVERDUE: "owner and rung"},
    events.AnswerOverdue: {_T.ANSWER_OVERDUE: "owner and rung"},
    events.FollowUpOverdue: {_T.FOLLOW_UP_OVERDUE: "owner and rung"},
}


def misrouted(outcome: Outcome, policy: Policy) -> Iterator[str]:
    """Say of every template of an outcome who hears it and must not, or must and does not."""
    told = {(one.event_id, one.template, one.to) for one in outcome.notifications}
    for event in outcome.events:
        for template, who in _AUDIENCES[type(event)].items():
            heard = {(event.id, template, to) for to in _WHO[who](event, outcome.case, policy)}
            yield from (f"{template.key} does not reach a {role_of(to)}: it is for {who}" for _, _, to in heard - told)
            told -= heard
    yield from (f"{template.key} reaches a {role_of(to)}, who is not its audience" for _, template, to in told)
