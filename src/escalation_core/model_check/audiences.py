"""The audience table of the design: the expected recipients of every notification.

Rule 1: the table is written by hand from the design. It does not read the rows of mails that it checks.
Rule 2: the table reads the choices of a policy from the policy. It does not check whether the defaults are right.
Rule 3: the table contains people and roles. Another rule forbids two notifications of one step to one recipient.
Rule 4: an event without an entry has no recipients.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from escalation_core import events
from escalation_core.case import Case, CaseType
from escalation_core.escalation import Consent
from escalation_core.events import Event
from escalation_core.notifications.mails import Template
from escalation_core.people import Person, Role
from escalation_core.policy import Policy
from escalation_core.process import Outcome

Recipients = set[Person | Role]

_SIDES = (Role.CUSTOMER, Role.PARTNER)


def external_people(case: Case) -> Recipients:
    """Return all people of the customer and the partner on the case, and the additional contact."""
    contacts = [] if case.additional_contact is None else [case.additional_contact]
    return {*_on_the_case(case, _SIDES), *contacts}


def role_of(to: Person | Role) -> str:
    """Return the role of a recipient in words."""
    return to.value if isinstance(to, Role) else to.role.value


def _on_the_case(case: Case, roles: Iterable[Role]) -> Recipients:
    return {person for person in case.participants if person.role in roles}


def _having(case: Case, roles: Iterable[Role]) -> Recipients:
    """Return all people on the case with one of these roles, and each role that nobody on the case has."""
    people = _on_the_case(case, roles)
    return {*people, *(role for role in roles if all(person.role is not role for person in case.participants))}


def _owner(case: Case) -> Recipients:
    owner = None if case.escalation is None else case.escalation.owner
    return set() if owner is None else {owner}


def with_partner(case: Case) -> bool:
    """Whether a partner is named, or on the case."""
    return case.partner is not None or bool(_on_the_case(case, (Role.PARTNER,)))


def evaluating(case: Case, policy: Policy) -> frozenset[Role]:
    """Return the roles that evaluate an emergency on this case."""
    chosen = policy.audiences
    roles: frozenset[Role] = getattr(chosen, case.kind.value) | chosen.always
    return roles | chosen.with_partner if with_partner(case) else roles


def _must_accept(case: Case, policy: Policy) -> Recipients:
    customers = _on_the_case(case, (Role.CUSTOMER,))
    return customers if customers and policy.consent is Consent.CUSTOMER else _on_the_case(case, _SIDES)


def _not_accepted_yet(case: Case) -> Recipients:
    proposals = () if case.escalation is None else case.escalation.proposals
    if not proposals or proposals[-1].consent is Consent.ANY:
        return set()
    return _on_the_case(case, set(proposals[-1].asked) - set(proposals[-1].approved_by))


def _raised(event: events.LevelRaised, case: Case, policy: Policy) -> Recipients:
    return _having(case, policy.timing.ladder[event.level - 1].roles)


def _stakeholders(case: Case) -> Recipients:
    # The stakeholders of the start get the later notifications too, even if the people on the case have changed.
    return set() if case.escalation is None else _having(case, case.escalation.stakeholders)


_WHO: dict[str, Callable[[Any, Case, Policy], Recipients]] = {
    "external": lambda _, case, __: external_people(case),
    "external, of a regular case": lambda _, case, __: (
        set() if case.type is CaseType.EMERGENCY else external_people(case)
    ),
    "external, with an eta": lambda event, case, _: external_people(case) if event.eta else set(),
    "external, without an eta": lambda event, case, _: set() if event.eta else external_people(case),
    "requester": lambda _, case, __: {case.requester},
    "external except the requester": lambda _, case, __: external_people(case) - {case.requester},
    "sides that must accept": lambda _, case, policy: _must_accept(case, policy),
    "external except the sides that must accept": lambda _, case, policy: (
        external_people(case) - _must_accept(case, policy)
    ),
    "sides that have not accepted yet": lambda _, case, __: _not_accepted_yet(case),
    "the new participant, if external": lambda event, _, __: {event.person} if event.person.role in _SIDES else set(),
    "stakeholders of the kind": lambda _, case, policy: _having(case, evaluating(case, policy)),
    "stakeholders": lambda _, case, __: _stakeholders(case),
    "stakeholders, if chosen": lambda _, case, policy: (
        _stakeholders(case) if policy.audiences.acknowledgement_to_stakeholders else set()
    ),
    "readers of notes": lambda _, case, policy: _having(case, policy.audiences.internal_notes),
    "owner": lambda _, case, __: _owner(case),
    "owner, while a side has not accepted yet": lambda _, case, __: _owner(case) if _not_accepted_yet(case) else set(),
    "old and new owner": lambda event, _, __: {event.previous, event.owner},
    "rung of the raised level": _raised,
    # Invariant 12 judges the roles of a reminder.
    "rung, except the last one": lambda event, case, _: _having(case, event.roles) if event.remind_at else set(),
    "last rung": lambda event, case, _: set() if event.remind_at else _having(case, event.roles),
    "owner and rung": lambda event, case, _: _owner(case) | _having(case, event.roles),
}

_T = Template
_AUDIENCES: dict[type[Event], dict[Template, str]] = {
    events.CaseOpened: {_T.CASE_OPENED: "external, of a regular case"},
    events.EscalationStarted: {_T.STARTED: "external", _T.EVALUATE: "stakeholders of the kind"},
    events.EscalationCanceled: {
        _T.CANCELED_TO_REQUESTER: "requester",
        _T.CANCELED: "external except the requester",
        _T.STAND_DOWN: "stakeholders",
    },
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
        _T.SOLUTION_PROPOSED: "sides that must accept",
        _T.SOLUTION_ANNOUNCED: "external except the sides that must accept",
    },
    events.SolutionApproved: {
        _T.STILL_ASKED: "sides that have not accepted yet",
        _T.OWNER_APPROVED: "owner, while a side has not accepted yet",
    },
    events.SolutionAccepted: {_T.SOLUTION_ACCEPTED: "external", _T.OWNER_ACCEPTED: "owner"},
    events.SolutionRejected: {_T.SOLUTION_REJECTED: "external", _T.OWNER_REJECTED: "owner"},
    events.EscalationClosed: {_T.CLOSED: "external", _T.DEBRIEF: "stakeholders"},
    events.OwnerReassigned: {_T.OWNER_REASSIGNED: "external", _T.OWNERSHIP_CHANGED: "old and new owner"},
    events.InternalNoteAdded: {_T.INTERNAL_NOTE: "readers of notes"},
    events.RealTimeCommunicationRequested: {_T.JOIN_REAL_TIME: "external", _T.OWNER_REAL_TIME: "owner"},
    events.SideChannelContactReported: {_T.USE_THE_CASE: "requester", _T.OWNER_SIDE_CHANNEL: "owner"},
    events.LevelRaised: {_T.LEVEL_RAISED: "rung of the raised level"},
    events.ParticipantAdded: {_T.PARTICIPANT_ADDED: "the new participant, if external"},
    events.PostMortemShared: {_T.POST_MORTEM_SHARED: "external", _T.STAKEHOLDERS_POST_MORTEM: "stakeholders"},
    events.RootCauseAnalysisShared: {_T.RCA_SHARED: "external", _T.STAKEHOLDERS_RCA: "stakeholders"},
    events.DiagnosisStarted: {_T.CASE_STATUS_CHANGED: "external"},
    events.CaseSolutionProposed: {_T.CASE_STATUS_CHANGED: "external"},
    events.CaseClosed: {_T.CASE_CLOSED: "external"},
    events.AcknowledgementOverdue: {
        _T.ACKNOWLEDGEMENT_OVERDUE: "rung, except the last one",
        _T.LADDER_EXHAUSTED: "last rung",
    },
    events.UpdateOverdue: {_T.UPDATE_OVERDUE: "owner and rung"},
    events.AnswerOverdue: {_T.ANSWER_OVERDUE: "owner and rung"},
    events.FollowUpOverdue: {_T.FOLLOW_UP_OVERDUE: "owner and rung"},
}


def wrong_recipients(outcome: Outcome, policy: Policy) -> Iterator[str]:
    """Yield a sentence for every missing and every surplus recipient of an outcome."""
    sent = {(one.event_id, one.template, one.to) for one in outcome.notifications}
    for event in outcome.events:
        for template, who in _AUDIENCES.get(type(event), {}).items():
            expected = {(event.id, template, to) for to in _WHO[who](event, outcome.case, policy)}
            yield from (
                f"{template} is not sent to a {role_of(to)}, its audience is {who}" for _, _, to in expected - sent
            )
            sent -= expected
    yield from (f"{template} is sent to a {role_of(to)}, who is not in its audience" for _, template, to in sent)
