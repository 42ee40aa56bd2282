"""Recipients of a mail, from its event, the case after the outcome, and the host's policy.

Rule 1: every person on the customer's and the partner's side is notified of every change of a status, exactly once.
Rule 2: a command causes at most one mail to each recipient. A call of ``due`` causes at most one mail for each clock.
Rule 3: if nobody on the case has a role, the role itself is the recipient, and the host finds the people.
"""

from collections.abc import Iterable, Sequence

from escalation_core import events
from escalation_core.case import Case, CaseType
from escalation_core.events import Event
from escalation_core.notifications.fields import escalation_of
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.policy import Policy

Recipients = Sequence[Person | Role]


def external(_event: Event, case: Case, _policy: Policy) -> Recipients:
    """Everybody on the customer's and the partner's side, and the additional contact."""
    return case.external_people


def external_unless_emergency(_event: Event, case: Case, _policy: Policy) -> Recipients:
    """All external people; nobody for an emergency, since its receipt is the mail about the start of the escalation."""
    return () if case.type is CaseType.EMERGENCY else case.external_people


def external_with_eta(event: events.ProgressUpdatePosted, case: Case, _policy: Policy) -> Recipients:
    """All external people, if the update has an ETA."""
    return () if event.eta is None else case.external_people


def external_without_eta(event: events.ProgressUpdatePosted, case: Case, _policy: Policy) -> Recipients:
    """All external people, if the update has no ETA."""
    return case.external_people if event.eta is None else ()


def requester(_event: Event, case: Case, _policy: Policy) -> Recipients:
    """The requester of the case."""
    return (case.requester,)


def external_except_requester(_event: Event, case: Case, _policy: Policy) -> Recipients:
    """All external people but the requester."""
    return [person for person in case.external_people if person != case.requester]


def sides_asked(event: events.SolutionProposed, case: Case, _policy: Policy) -> Recipients:
    """The participants of the sides that are asked to accept the proposal."""
    return [person for person in case.participants if person.role in event.asked]


def external_not_asked(event: events.SolutionProposed, case: Case, policy: Policy) -> Recipients:
    """All external people who are not asked to accept the proposal."""
    asked = set(sides_asked(event, case, policy))
    return [person for person in case.external_people if person not in asked]


def sides_still_asked(event: events.SolutionApproved, case: Case, _policy: Policy) -> Recipients:
    """The participants of the sides whose answer is still missing."""
    return [person for person in case.participants if person.role in event.still_asked]


def new_external_participant(event: events.ParticipantAdded, _case: Case, _policy: Policy) -> Recipients:
    """The person who was added, if external."""
    return (event.person,) if event.person.role in EXTERNAL_ROLES else ()


def _having(roles: Iterable[Role], case: Case) -> list[Person | Role]:
    """Return everybody on the case with one of these roles, and each role that nobody has."""
    found: list[Person | Role] = []
    for role in roles:
        found += [person for person in case.participants if person.role is role] or [role]
    return found


def stakeholders(_event: Event, case: Case, _policy: Policy) -> Recipients:
    """The internal stakeholders of the escalation."""
    return _having(escalation_of(case).stakeholders, case)


def stakeholders_by_policy(event: Event, case: Case, policy: Policy) -> Recipients:
    """The internal stakeholders, if the policy notifies them of the acknowledgement."""
    return stakeholders(event, case, policy) if policy.audiences.acknowledgement_to_stakeholders else ()


def note_readers(_event: Event, case: Case, policy: Policy) -> Recipients:
    """The roles that the policy notifies of internal notes."""
    readers = policy.audiences.internal_notes
    return _having((role for role in Role if role in readers), case)


def owner(_event: Event, case: Case, _policy: Policy) -> Recipients:
    """The owner, once the escalation has one."""
    found = escalation_of(case).owner
    return () if found is None else (found,)


def owner_while_sides_asked(event: events.SolutionApproved, case: Case, policy: Policy) -> Recipients:
    """The owner, while an answer is missing. The last acceptance notifies the owner by ``SolutionAccepted``."""
    return owner(event, case, policy) if event.still_asked else ()


def old_and_new_owner(event: events.OwnerReassigned, _case: Case, _policy: Policy) -> Recipients:
    """The previous owner and the new owner."""
    return (event.previous, event.owner)


def rung(event: events.AcknowledgementOverdue | events.LevelRaised, case: Case, _policy: Policy) -> Recipients:
    """The roles of the rung that is reached."""
    return _having(event.roles, case)


def rung_before_last(event: events.AcknowledgementOverdue, case: Case, policy: Policy) -> Recipients:
    """The roles of the rung that is reached, if a further reminder follows."""
    return () if event.last else rung(event, case, policy)


def last_rung(event: events.AcknowledgementOverdue, case: Case, policy: Policy) -> Recipients:
    """The roles of the rung that is reached, if no further reminder follows."""
    return rung(event, case, policy) if event.last else ()


def owner_and_rung(event: events.Overdue, case: Case, policy: Policy) -> Recipients:
    """The owner, and the roles of the rung that is reached."""
    found = owner(event, case, policy)
    return (*found, *(to for to in _having(event.roles, case) if to not in found))
