"""Participants: the people of a case.

Rule 1: one id is one person in one role, with one record on the case.
"""

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.checks import shown
from escalation_core.errors import RefusalCode
from escalation_core.fast import CaseChanges
from escalation_core.people import Role
from escalation_core.steps.rows import NONE, Refusals, case_fold, case_step, impossible, refuse, role_mismatch


def _refuse_unless_addable(case: Case, command: commands.AddParticipant) -> Refusals:
    person = command.person
    if any(person.id == other.id for other in case.participants):
        message = f"cannot add {shown(person.id)} to case {case.id}, who already participates"
        return refuse(RefusalCode.ALREADY_PARTICIPANT, message)
    if person.role is Role.AUTOMATION:
        message = f"cannot add {shown(person.id)} to case {case.id}: the role {person.role} is not for people"
        return refuse(RefusalCode.NOT_ASSIGNABLE, message)
    known = case.known_person(person.id)
    if known is not None and known.role is not person.role:
        return role_mismatch(case, known, person)
    return NONE


def _added(case: Case, event: events.ParticipantAdded) -> CaseChanges:
    person, contact = event.person, case.additional_contact
    if any(other.id == person.id for other in case.participants):
        raise impossible(case, event, f"{shown(person.id)} already participates")
    known = case.known_person(person.id)
    if person.role is Role.AUTOMATION or (known is not None and known.role is not person.role):
        raise impossible(case, event, f"{shown(person.id)} is not a person, or has another role")
    changes: CaseChanges = {"participants": (*case.participants, person)}
    if contact is not None and contact.id == person.id:
        changes["additional_contact"] = person  # one person, one record: that of the participant
    return changes


STEPS = (case_step(commands.AddParticipant, payload=_refuse_unless_addable),)
FOLDS = (case_fold(events.ParticipantAdded, _added),)
