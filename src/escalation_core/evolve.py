"""How an event changes a case.

Rule 1: folding asks no policy and no clock; the event says it all.
Rule 2: a status is moved by ``lifecycle`` alone.
Rule 3: every event class has exactly one fold here.
Rule 4: an impossible history is a ``ReplayError`` that names the event, never a guess.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from escalation_core import events
from escalation_core.case import BusinessImpact, Case, CaseType, Priority
from escalation_core.errors import ReplayError
from escalation_core.escalation import (
    Escalation,
    EscalationStatus,
    FollowUp,
    FollowUpKind,
    Proposal,
    ProposalStatus,
    owed_after,
)
from escalation_core.events import Event
from escalation_core.lifecycle import CASE, ESCALATION
from escalation_core.people import INTERNAL_ROLES
from escalation_core.values import copier, shown

E = TypeVar("E", bound=Event)

_case = copier(Case)
_moved = copier(Case, "escalation", "version", "updated_at")
_escalation = copier(Escalation)
_proposal = copier(Proposal)
_follow_up = copier(FollowUp)

_FOLDS: dict[type[Event], Callable[[Case, Any], Case]] = {}


def _folds(kind: type[E]) -> Callable[[Callable[[Case, E], Case]], Callable[[Case, E], Case]]:
    def register(fold: Callable[[Case, E], Case]) -> Callable[[Case, E], Case]:
        _FOLDS[kind] = fold
        return fold

    return register


def evolve(case: Case | None, event: Event) -> Case:
    """Fold one event that follows the case's last one.

    Raises:
        ReplayError: the process has no such step from here.
    """
    if case is None:
        if not isinstance(event, events.CaseOpened):
            raise ReplayError(f"{event.id}: a history begins with CaseOpened, not with {type(event).__name__}")
        return _case(event.case, version=1, updated_at=event.at)
    return _FOLDS[type(event)](case, event)


def _impossible(case: Case, event: Event, why: str) -> ReplayError:
    return ReplayError(f"{event.id}: {type(event).__name__} is impossible, since {why} on case {case.id}")


def _current(case: Case, event: Event) -> Escalation:
    """Give the escalation that the event is about."""
    if case.escalation is None:
        raise _impossible(case, event, "there is no escalation")
    return case.escalation


def _with_escalation(case: Case, event: Event, **changes: Any) -> Case:  # noqa: ANN401  # fields of Escalation
    """Fold an event that changes these fields of the escalation, and its status by the lifecycle."""
    escalation = case.escalation or _current(case, event)
    status = ESCALATION.after(escalation.status, event)
    if status is None:
        raise _impossible(case, event, f"the escalation is {escalation.status.value}")
    after = _escalation(escalation, status=status, **changes)
    return _moved(case, escalation=after, version=event.version, updated_at=event.at)


def _with_case(case: Case, event: Event, **changes: Any) -> Case:  # noqa: ANN401  # fields of Case
    """Fold an event that changes these fields of the case, its status by the lifecycle."""
    status = CASE.after(case.status, event)
    if status is None:
        raise _impossible(case, event, f"the case is {case.status.value}")
    return _case(case, status=status, version=event.version, updated_at=event.at, **changes)


def _refuse_while_active(case: Case, event: Event) -> None:
    if case.escalation is not None and case.escalation.active:
        raise _impossible(case, event, "the escalation is active")


def _pending(case: Case, event: Event, proposal_id: str) -> Proposal:
    """Give the proposal that is answered."""
    pending = _current(case, event).pending_proposal
    if pending is None or pending.id != proposal_id:
        raise _impossible(case, event, f"the proposal {shown(proposal_id)} is not pending")
    return pending


def _with_answer(case: Case, event: Event, pending: Proposal, **changes: Any) -> Case:  # noqa: ANN401  # fields of Proposal
    """Fold an answer to the pending proposal."""
    return _with_escalation(
        case, event, proposals=(*_current(case, event).proposals[:-1], _proposal(pending, **changes))
    )


def _with_follow_up(case: Case, event: Event, kind: FollowUpKind, **changes: Any) -> Case:  # noqa: ANN401  # fields of FollowUp
    """Fold what was done about a follow-up."""
    escalation = _current(case, event)
    follow_up = escalation.follow_up(kind)
    if follow_up is None or follow_up.done:
        raise _impossible(case, event, f"no {kind.value} is owed")
    kept = tuple(_follow_up(other, **changes) if other is follow_up else other for other in escalation.follow_ups)
    return _with_escalation(case, event, follow_ups=kept)


@_folds(events.CaseOpened)
def _case_opened(case: Case, event: events.CaseOpened) -> Case:
    raise _impossible(case, event, "it is open already")


@_folds(events.EscalationStarted)
def _escalation_started(case: Case, event: events.EscalationStarted) -> Case:
    status = ESCALATION.after(None, event)
    if case.escalation is not None or status is None:
        raise _impossible(case, event, "there is an escalation")
    started = Escalation(status=status, started_at=event.at, stakeholders=event.stakeholders)
    return _with_case(
        case,
        event,
        escalation=started,
        type=CaseType.EMERGENCY,
        impact=BusinessImpact.P1,
        priority=Priority.URGENT,
        risk=event.risk,
    )


@_folds(events.EscalationCanceled)
def _escalation_canceled(case: Case, event: events.EscalationCanceled) -> Case:
    return _with_escalation(case, event, cancel_reason=event.reason, ended_at=event.at)


@_folds(events.CaseReclassified)
def _case_reclassified(case: Case, event: events.CaseReclassified) -> Case:
    if _current(case, event).status is not EscalationStatus.CANCELED or case.type is not CaseType.EMERGENCY:
        raise _impossible(case, event, "no emergency was canceled")
    if event.type is not CaseType.PROBLEM or event.priority is Priority.URGENT:
        raise _impossible(case, event, "an emergency that is none is a problem below URGENT")
    return _case(case, type=event.type, priority=event.priority, version=event.version, updated_at=event.at)


@_folds(events.EscalationAcknowledged)
def _escalation_acknowledged(case: Case, event: events.EscalationAcknowledged) -> Case:
    same = event.owner is event.by or event.owner == event.by  # most often it is the very same record
    if not same or event.owner.role not in INTERNAL_ROLES:
        raise _impossible(case, event, "the owner is who acknowledges, and internal")
    return _with_escalation(case, event, owner=event.owner, acknowledged_at=event.at)


@_folds(events.SolutionProposed)
def _solution_proposed(case: Case, event: events.SolutionProposed) -> Case:
    earlier = _current(case, event).proposals
    if earlier and earlier[-1].status is ProposalStatus.PENDING:
        earlier = (*earlier[:-1], _proposal(earlier[-1], status=ProposalStatus.SUPERSEDED))
    proposal = Proposal(
        id=event.id,
        summary=event.summary,
        kind=event.kind,
        proposed_at=event.at,
        asked=event.asked,
        consent=event.consent,
        closable_at=event.closable_at,
    )
    return _with_escalation(case, event, proposals=(*earlier, proposal))


@_folds(events.SolutionApproved)
def _solution_approved(case: Case, event: events.SolutionApproved) -> Case:
    pending = _pending(case, event, event.proposal)
    if event.side not in pending.still_asked(pending.approved_by) or event.by.role is not event.side:
        raise _impossible(case, event, f"the {event.side.value} is not asked, or did not answer")
    approved_by = (*pending.approved_by, event.side)
    if event.still_asked != pending.still_asked(approved_by):
        raise _impossible(case, event, "others are still asked than it says")
    return _with_answer(case, event, pending, approved_by=approved_by)


@_folds(events.SolutionAccepted)
def _solution_accepted(case: Case, event: events.SolutionAccepted) -> Case:
    pending = _pending(case, event, event.proposal)
    if not pending.approved_by or pending.still_asked(pending.approved_by):
        raise _impossible(case, event, "consent is not complete")
    return _with_answer(case, event, pending, status=ProposalStatus.ACCEPTED)


@_folds(events.SolutionRejected)
def _solution_rejected(case: Case, event: events.SolutionRejected) -> Case:
    pending = _pending(case, event, event.proposal)
    if event.side not in pending.asked or event.by.role is not event.side:
        raise _impossible(case, event, f"the {event.side.value} is not asked, or did not answer")
    return _with_answer(case, event, pending, status=ProposalStatus.REJECTED)


@_folds(events.EscalationClosed)
def _escalation_closed(case: Case, event: events.EscalationClosed) -> Case:
    escalation = _current(case, event)
    if event.by_silence is not (escalation.pending_proposal is not None):
        raise _impossible(case, event, "by_silence tells whether a proposal went unanswered, and it does not")
    if event.follow_ups != owed_after(escalation.cause, production=escalation.cause_in_production):
        raise _impossible(case, event, "closing owes something else")
    follow_ups = tuple(FollowUp(kind=kind) for kind in event.follow_ups)
    return _with_escalation(
        case, event, closed_by_silence=event.by_silence, ended_at=event.at, real_time=None, follow_ups=follow_ups
    )


@_folds(events.OwnerReassigned)
def _owner_reassigned(case: Case, event: events.OwnerReassigned) -> Case:
    if event.previous != _current(case, event).owner or event.owner.role not in INTERNAL_ROLES:
        raise _impossible(case, event, "somebody else is the owner, or is to be")
    return _with_escalation(case, event, owner=event.owner)


@_folds(events.RealTimeCommunicationRequested)
def _real_time_requested(case: Case, event: events.RealTimeCommunicationRequested) -> Case:
    return _with_escalation(case, event, real_time=event.channel)


@_folds(events.RealTimeCommunicationEnded)
def _real_time_ended(case: Case, event: events.RealTimeCommunicationEnded) -> Case:
    return _with_escalation(case, event, real_time=None)


@_folds(events.CauseAttributed)
def _cause_attributed(case: Case, event: events.CauseAttributed) -> Case:
    escalation = _current(case, event)
    closed = escalation.status is EscalationStatus.CLOSED
    if event.follow_ups != (owed_after(event.cause, production=event.production) if closed else ()):
        raise _impossible(case, event, "this cause owes something else")
    known = {follow_up.kind: follow_up for follow_up in escalation.follow_ups}
    follow_ups = tuple(known.get(kind) or FollowUp(kind=kind) for kind in event.follow_ups)
    return _with_escalation(case, event, cause=event.cause, cause_in_production=event.production, follow_ups=follow_ups)


@_folds(events.ParticipantAdded)
def _participant_added(case: Case, event: events.ParticipantAdded) -> Case:
    if event.person in case.participants:
        raise _impossible(case, event, f"{shown(event.person.id)} takes part already")
    return _with_case(case, event, participants=(*case.participants, event.person))


@_folds(events.StakeholdersDebriefed)
def _stakeholders_debriefed(case: Case, event: events.StakeholdersDebriefed) -> Case:
    return _with_follow_up(case, event, FollowUpKind.DEBRIEF, done_at=event.at)


@_folds(events.PostMortemHeld)
def _post_mortem_held(case: Case, event: events.PostMortemHeld) -> Case:
    owed = _current(case, event).follow_up(FollowUpKind.POST_MORTEM)
    if owed is not None and not owed.done and owed.held_at is not None:
        raise _impossible(case, event, "the post mortem was held")
    return _with_follow_up(case, event, FollowUpKind.POST_MORTEM, held_at=event.at)


@_folds(events.PostMortemShared)
def _post_mortem_shared(case: Case, event: events.PostMortemShared) -> Case:
    held = _current(case, event).follow_up(FollowUpKind.POST_MORTEM)
    if held is not None and held.held_at is None:
        raise _impossible(case, event, "no post mortem was held")
    return _with_follow_up(case, event, FollowUpKind.POST_MORTEM, done_at=event.at)


@_folds(events.RootCauseAnalysisShared)
def _root_cause_analysis_shared(case: Case, event: events.RootCauseAnalysisShared) -> Case:
    return _with_follow_up(case, event, FollowUpKind.ROOT_CAUSE_ANALYSIS, done_at=event.at)


@_folds(events.CaseClosed)
def _case_closed(case: Case, event: events.CaseClosed) -> Case:
    _refuse_while_active(case, event)
    return _with_case(case, event)


@_folds(events.CaseReprioritized)
def _case_reprioritized(case: Case, event: events.CaseReprioritized) -> Case:
    _refuse_while_active(case, event)
    return _with_case(case, event, priority=event.priority)


_FOLDS.update(dict.fromkeys((events.ProgressUpdatePosted, events.SideChannelContactReported), _with_escalation))
_FOLDS.update(
    dict.fromkeys((events.InternalNoteAdded, events.DiagnosisStarted, events.CaseSolutionProposed), _with_case)
)
