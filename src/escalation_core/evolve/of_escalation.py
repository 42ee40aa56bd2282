"""How facts about an escalation that people caused change its case.

Rule 1: what stops a clock and what starts one stands here, with the fact that does it.
"""

from datetime import datetime
from typing import Any

from escalation_core import events
from escalation_core.case import BusinessImpact, Case, CaseType, Priority
from escalation_core.clocks import Clock, ClockKind, find, missed
from escalation_core.escalation import (
    Escalation,
    EscalationStatus,
    Proposal,
    ProposalStatus,
)
from escalation_core.events import Event
from escalation_core.evolve.folding import (
    FOLDS,
    clock,
    clocks_after,
    current,
    folds,
    impossible,
    moved,
    status_after,
    update_clock,
    with_case,
    with_escalation,
)
from escalation_core.lifecycle import ESCALATION
from escalation_core.people import EXTERNAL_ROLES, INTERNAL_ROLES
from escalation_core.values import copier, shown

_proposal = copier(Proposal)
_acknowledged = copier(Escalation, "status", "owner", "acknowledged_at", "clocks", "breaches")

_UPDATE = (ClockKind.UPDATE,)
_UPDATE_AND_ANSWER = (ClockKind.UPDATE, ClockKind.ANSWER)


def _pending(case: Case, event: Event, proposal_id: str) -> Proposal:
    """Give the proposal that is answered."""
    pending = current(case, event).pending_proposal
    if pending is None or pending.id != proposal_id:
        raise impossible(case, event, f"the proposal {shown(proposal_id)} is not pending")
    return pending


def _answered(case: Case, event: Event, pending: Proposal, **changes: Any) -> tuple[Proposal, ...]:  # noqa: ANN401  # fields of Proposal
    """Give all proposals with an answer to the pending one."""
    return (*current(case, event).proposals[:-1], _proposal(pending, **changes))


@folds(events.EscalationStarted)
def _escalation_started(case: Case, event: events.EscalationStarted) -> Case:
    status = ESCALATION.after(None, event)
    if case.escalation is not None or status is None:
        raise impossible(case, event, "there is an escalation")
    if not event.at < event.remind_at <= event.acknowledge_by:
        raise impossible(case, event, "it cannot be acknowledged in time")
    running = Clock(kind=ClockKind.ACKNOWLEDGEMENT, due_at=event.acknowledge_by, remind_at=event.remind_at)
    started = Escalation(
        status=status,
        started_at=event.at,
        stakeholders=event.stakeholders,
        terms=event.terms,
        clocks=(running,),
    )
    return with_case(
        case,
        event,
        escalation=started,
        type=CaseType.EMERGENCY,
        impact=BusinessImpact.P1,
        priority=Priority.URGENT,
        risk=event.risk,
    )


@folds(events.EscalationCanceled)
def _escalation_canceled(case: Case, event: events.EscalationCanceled) -> Case:
    running = clocks_after(case, event, tuple(ClockKind))
    return with_escalation(case, event, cancel_reason=event.reason, ended_at=event.at, **running)


@folds(events.EscalationAcknowledged)
def _escalation_acknowledged(case: Case, event: events.EscalationAcknowledged) -> Case:
    owner, at = event.owner, event.at
    same = owner is event.by or owner == event.by  # most often it is the very same record
    if not same or owner.role not in INTERNAL_ROLES:
        raise impossible(case, event, "the owner is who acknowledges, and internal")
    escalation, status = current(case, event), status_after(case, event)
    updates = (clock(case, event, ClockKind.UPDATE, event.next_update_by),)
    breaches = escalation.breaches
    for waiting in escalation.clocks:  # that of the acknowledgement: no other runs before
        breaches = missed(waiting, at, breaches)
    after = _acknowledged(escalation, status=status, owner=owner, acknowledged_at=at, clocks=updates, breaches=breaches)
    return moved(case, escalation=after, version=event.version, updated_at=at)


def _refuse_wrong_promise(case: Case, event: Event, status: EscalationStatus, next_update_by: datetime | None) -> None:
    """Refuse an update that is promised where none is, or the other way round."""
    if (next_update_by is None) is current(case, event).updates_run_in(status):
        raise impossible(case, event, f"updates do not run like that in {status.value}")


@folds(events.ProgressUpdatePosted)
def _progress_update_posted(case: Case, event: events.ProgressUpdatePosted) -> Case:
    _refuse_wrong_promise(case, event, current(case, event).status, event.next_update_by)
    running = clocks_after(case, event, _UPDATE, *update_clock(case, event, event.next_update_by))
    return with_escalation(case, event, **running)


@folds(events.UpdatePostponed)
def _update_postponed(case: Case, event: events.UpdatePostponed) -> Case:
    promised = find(current(case, event).clocks, ClockKind.UPDATE)
    if promised is None or promised.postponed or not event.at < promised.due_at < event.next_update_by:
        raise impossible(case, event, "no update is promised that could be postponed")
    later = Clock(kind=ClockKind.UPDATE, due_at=event.next_update_by, remind_at=event.next_update_by, postponed=True)
    return with_escalation(case, event, **clocks_after(case, event, _UPDATE, later))


@folds(events.SolutionProposed)
def _solution_proposed(case: Case, event: events.SolutionProposed) -> Case:
    escalation = current(case, event)
    _refuse_wrong_promise(case, event, EscalationStatus.SOLUTION_PROPOSED, event.next_update_by)
    if not set(event.asked) <= set(EXTERNAL_ROLES):
        raise impossible(case, event, "only the customer and the partner are asked")
    silence, closable_at = escalation.timing.close_after_silence, event.closable_at
    if (closable_at is None) is not (silence is None) or (closable_at is not None and closable_at <= event.at):
        raise impossible(case, event, "silence closes it from another time on, or never")
    earlier = escalation.proposals
    if earlier and earlier[-1].status is ProposalStatus.PENDING:
        earlier = (*earlier[:-1], _proposal(earlier[-1], status=ProposalStatus.SUPERSEDED))
    proposal = Proposal(
        id=event.id,
        summary=event.summary,
        kind=event.kind,
        proposed_at=event.at,
        asked=event.asked,
        consent=event.consent,
        closable_at=closable_at,
    )
    asked = clock(case, event, ClockKind.ANSWER, event.answer_by)
    updates = update_clock(case, event, event.next_update_by)
    running = clocks_after(case, event, _UPDATE_AND_ANSWER, asked, *updates)
    return with_escalation(case, event, proposals=(*earlier, proposal), **running)


@folds(events.SolutionApproved)
def _solution_approved(case: Case, event: events.SolutionApproved) -> Case:
    pending = _pending(case, event, event.proposal)
    if event.side not in pending.still_asked(pending.approved_by) or event.by.role is not event.side:
        raise impossible(case, event, f"the {event.side.value} is not asked, or did not answer")
    approved_by = pending.with_yes_of(event.side)
    if event.still_asked != pending.still_asked(approved_by):
        raise impossible(case, event, "others are still asked than it says")
    return with_escalation(case, event, proposals=_answered(case, event, pending, approved_by=approved_by))


@folds(events.SolutionAccepted)
def _solution_accepted(case: Case, event: events.SolutionAccepted) -> Case:
    pending = _pending(case, event, event.proposal)
    if not pending.approved_by or pending.still_asked(pending.approved_by):
        raise impossible(case, event, "consent is not complete")
    proposals = _answered(case, event, pending, status=ProposalStatus.ACCEPTED)
    return with_escalation(case, event, proposals=proposals, **clocks_after(case, event, _UPDATE_AND_ANSWER))


@folds(events.SolutionRejected)
def _solution_rejected(case: Case, event: events.SolutionRejected) -> Case:
    pending = _pending(case, event, event.proposal)
    if event.side not in pending.asked or event.by.role is not event.side:
        raise impossible(case, event, f"the {event.side.value} is not asked, or did not answer")
    proposals = _answered(case, event, pending, status=ProposalStatus.REJECTED)
    updates = update_clock(case, event, event.next_update_by)
    return with_escalation(case, event, proposals=proposals, **clocks_after(case, event, _UPDATE_AND_ANSWER, *updates))


@folds(events.OwnerReassigned)
def _owner_reassigned(case: Case, event: events.OwnerReassigned) -> Case:
    if event.previous != current(case, event).owner or event.owner.role not in INTERNAL_ROLES:
        raise impossible(case, event, "somebody else is the owner, or is to be")
    return with_escalation(case, event, owner=event.owner)


@folds(events.RealTimeCommunicationRequested)
def _real_time_requested(case: Case, event: events.RealTimeCommunicationRequested) -> Case:
    return with_escalation(case, event, real_time=event.channel)


@folds(events.RealTimeCommunicationEnded)
def _real_time_ended(case: Case, event: events.RealTimeCommunicationEnded) -> Case:
    return with_escalation(case, event, real_time=None)


FOLDS[events.SideChannelContactReported] = with_escalation
