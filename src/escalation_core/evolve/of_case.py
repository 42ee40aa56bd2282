"""How facts about a case change it."""

from escalation_core import events
from escalation_core.case import Case, CaseType, Priority
from escalation_core.escalation import EscalationStatus
from escalation_core.events import Event
from escalation_core.evolve.folding import FOLDS, case_with, current, folds, impossible, with_case
from escalation_core.people import Role
from escalation_core.values import shown


def _refuse_while_active(case: Case, event: Event) -> None:
    if case.escalation is not None and case.escalation.active:
        raise impossible(case, event, "the escalation is active")


@folds(events.CaseOpened)
def _case_opened(case: Case, event: events.CaseOpened) -> Case:
    raise impossible(case, event, "it is open already")


@folds(events.CaseReclassified)
def _case_reclassified(case: Case, event: events.CaseReclassified) -> Case:
    if current(case, event).status is not EscalationStatus.CANCELED or case.type is not CaseType.EMERGENCY:
        raise impossible(case, event, "no emergency was canceled")
    if event.type is not CaseType.PROBLEM or event.priority is Priority.URGENT:
        raise impossible(case, event, "an emergency that is none is a problem below URGENT")
    return case_with(case, type=event.type, priority=event.priority, version=event.version, updated_at=event.at)


@folds(events.ParticipantAdded)
def _participant_added(case: Case, event: events.ParticipantAdded) -> Case:
    person, contact = event.person, case.additional_contact
    if any(other.id == person.id for other in case.participants):
        raise impossible(case, event, f"{shown(person.id)} takes part already")
    known = case.known_person(person.id)
    if person.role is Role.AUTOMATION or (known is not None and known.role is not person.role):
        raise impossible(case, event, f"{shown(person.id)} is no person, or one in another role")
    if contact is not None and contact.id == person.id:
        contact = person  # one person, one record: that of the participant
    return with_case(case, event, participants=(*case.participants, person), additional_contact=contact)


@folds(events.CaseClosed)
def _case_closed(case: Case, event: events.CaseClosed) -> Case:
    _refuse_while_active(case, event)
    return with_case(case, event)


@folds(events.CaseReprioritized)
def _case_reprioritized(case: Case, event: events.CaseReprioritized) -> Case:
    _refuse_while_active(case, event)
    return with_case(case, event, priority=event.priority)


FOLDS.update(dict.fromkeys((events.InternalNoteAdded, events.DiagnosisStarted, events.CaseSolutionProposed), with_case))
