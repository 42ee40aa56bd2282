"""Proposals: one solution at a time is put to customer and partner, who accept or reject it.

Rule 1: a proposal keeps the sides that were asked and the rule of consent; a later policy changes neither.
Rule 2: one rejection rejects. A vote on a superseded proposal is refused.
Rule 3: silence accepts nothing. A policy may let support close an unanswered escalation.
"""

from datetime import datetime

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.checks import shown
from escalation_core.clocks import ClockKind
from escalation_core.errors import RefusalCode
from escalation_core.escalation import Escalation, EscalationStatus, Proposal, ProposalStatus
from escalation_core.events.base import Event
from escalation_core.fast import EscalationChanges, ProposalChanges, copy_proposal, maker
from escalation_core.people import EXTERNAL_ROLES, Person
from escalation_core.policy import Policy
from escalation_core.steps.deadlines import (
    clocks_after,
    new_clock,
    next_update_by,
    next_update_if_any,
    refuse_wrong_promise,
    update_clock,
)
from escalation_core.steps.reminders import owner_reminded
from escalation_core.steps.rows import (
    NONE,
    Events,
    OverdueFacts,
    Refusals,
    Stamp,
    due,
    fold,
    impossible,
    refuse,
    second,
    step,
)

_UPDATE_AND_ANSWER = (ClockKind.UPDATE, ClockKind.ANSWER)

_make_proposal = maker(Proposal)
_make_proposed = maker(events.SolutionProposed)
_make_approved = maker(events.SolutionApproved)
_make_accepted = maker(events.SolutionAccepted)
_make_rejected = maker(events.SolutionRejected)
_make_overdue = maker(events.AnswerOverdue)


# Proposing


def _propose(
    policy: Policy, case: Case, escalation: Escalation, command: commands.ProposeSolution, stamp: Stamp
) -> Events:
    timing, now = escalation.timing, stamp["at"]
    silence = timing.close_after_silence
    return (
        _make_proposed(
            **stamp,
            summary=command.summary,
            kind=command.kind,
            asked=policy.asked(case),
            consent=policy.consent,
            answer_by=timing.hours.add(now, timing.answer_within),
            next_update_by=next_update_if_any(escalation, EscalationStatus.SOLUTION_PROPOSED, now),
            closable_at=None if silence is None else timing.hours.add(now, silence),
        ),
    )


def _proposed(case: Case, escalation: Escalation, event: events.SolutionProposed) -> EscalationChanges:
    refuse_wrong_promise(case, escalation, event, EscalationStatus.SOLUTION_PROPOSED, event.next_update_by)
    if not set(event.asked) <= set(EXTERNAL_ROLES):
        raise impossible(case, event, "only the customer and the partner are asked")
    silence, closable_at = escalation.timing.close_after_silence, event.closable_at
    if (closable_at is None) is not (silence is None) or (closable_at is not None and closable_at <= event.at):
        raise impossible(case, event, "its closable_at does not match close_after_silence")
    earlier = escalation.proposals
    if escalation.pending_proposal is not None:
        earlier = (*earlier[:-1], copy_proposal(earlier[-1], status=ProposalStatus.SUPERSEDED))
    proposal = _make_proposal(
        id=event.id,
        summary=event.summary,
        kind=event.kind,
        proposed_at=event.at,
        asked=event.asked,
        consent=event.consent,
        closable_at=closable_at,
    )
    answer = new_clock(case, event, ClockKind.ANSWER, event.answer_by)
    updates = update_clock(case, event, event.next_update_by)
    running = clocks_after(escalation, event, _UPDATE_AND_ANSWER, answer, *updates)
    return running | {"proposals": (*earlier, proposal)}


# Answering


def _pending(escalation: Escalation) -> Proposal:
    pending = escalation.pending_proposal
    assert pending is not None  # noqa: S101  # the table: SOLUTION PROPOSED has a pending proposal
    return pending


def _refuse_side_not_asked(_case: Case, escalation: Escalation, by: Person, _now: datetime) -> Refusals:
    pending = _pending(escalation)
    if by.role not in EXTERNAL_ROLES or by.role in pending.asked:
        return NONE
    message = f"cannot answer the proposal {pending.id}: the {by.role} was not asked"
    return refuse(RefusalCode.SIDE_NOT_ASKED, message)


def _refuse_second_approval(case: Case, escalation: Escalation, by: Person, now: datetime) -> Refusals:
    refusals = _refuse_side_not_asked(case, escalation, by, now)
    pending = _pending(escalation)
    if by.role in pending.approved_by:
        message = f"cannot accept the proposal {pending.id} again: the {by.role} has already accepted it"
        refusals += refuse(RefusalCode.ALREADY_APPROVED, message)
    return refusals


def _refuse_other_proposal(
    _policy: Policy, case: Case, escalation: Escalation, command: commands.AcceptSolution | commands.RejectSolution
) -> Refusals:
    if command.proposal in (None, _pending(escalation).id):
        return NONE
    for proposal in escalation.proposals:
        if proposal.id == command.proposal:
            message = f"cannot answer the proposal {proposal.id}, which is {proposal.status}"
            return refuse(RefusalCode.PROPOSAL_NOT_PENDING, message)
    message = f"cannot answer the proposal {shown(command.proposal)}: case {case.id} has no such proposal"
    return refuse(RefusalCode.UNKNOWN_PROPOSAL, message)


def _accept(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.AcceptSolution, stamp: Stamp
) -> Events:
    pending, side = _pending(escalation), command.by.role
    still_asked = pending.still_asked(pending.approved_with(side))
    approved = _make_approved(**stamp, proposal=pending.id, side=side, still_asked=still_asked)
    if still_asked:
        return (approved,)
    return (approved, _make_accepted(**second(stamp), proposal=pending.id))


def _reject(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.RejectSolution, stamp: Stamp
) -> Events:
    return (
        _make_rejected(
            **stamp,
            proposal=_pending(escalation).id,
            side=command.by.role,
            reason=command.reason,
            next_update_by=next_update_by(escalation, stamp["at"]),
        ),
    )


def _answered(case: Case, escalation: Escalation, event: Event, proposal_id: str) -> Proposal:
    """Return the pending proposal that is answered."""
    pending = escalation.pending_proposal
    if pending is None or pending.id != proposal_id:
        raise impossible(case, event, f"the proposal {shown(proposal_id)} is not pending")
    return pending


def _with_answer(escalation: Escalation, changes: ProposalChanges) -> tuple[Proposal, ...]:
    """Return all proposals, with these changes of the pending one."""
    return (*escalation.proposals[:-1], copy_proposal(escalation.proposals[-1], **changes))


def _approved(case: Case, escalation: Escalation, event: events.SolutionApproved) -> EscalationChanges:
    pending = _answered(case, escalation, event, event.proposal)
    if event.side not in pending.still_asked(pending.approved_by) or event.by.role is not event.side:
        raise impossible(case, event, f"the {event.side} is not asked, or did not answer")
    approved_by = pending.approved_with(event.side)
    if event.still_asked != pending.still_asked(approved_by):
        raise impossible(case, event, "other sides are still asked")
    return {"proposals": _with_answer(escalation, {"approved_by": approved_by})}


def _accepted(case: Case, escalation: Escalation, event: events.SolutionAccepted) -> EscalationChanges:
    pending = _answered(case, escalation, event, event.proposal)
    if not pending.approved_by or pending.still_asked(pending.approved_by):
        raise impossible(case, event, "consent is not complete")
    proposals = _with_answer(escalation, {"status": ProposalStatus.ACCEPTED})
    return clocks_after(escalation, event, _UPDATE_AND_ANSWER) | {"proposals": proposals}


def _rejected(case: Case, escalation: Escalation, event: events.SolutionRejected) -> EscalationChanges:
    pending = _answered(case, escalation, event, event.proposal)
    if event.side not in pending.asked or event.by.role is not event.side:
        raise impossible(case, event, f"the {event.side} is not asked, or did not answer")
    proposals = _with_answer(escalation, {"status": ProposalStatus.REJECTED})
    updates = update_clock(case, event, event.next_update_by)
    return clocks_after(escalation, event, _UPDATE_AND_ANSWER, *updates) | {"proposals": proposals}


# Reminders


def _answer_overdue(escalation: Escalation, facts: OverdueFacts) -> events.AnswerOverdue:
    return _make_overdue(**facts, proposal=escalation.proposals[-1].id)


def _answer_reminded(case: Case, escalation: Escalation, event: events.AnswerOverdue) -> EscalationChanges:
    _answered(case, escalation, event, event.proposal)
    return owner_reminded(case, escalation, event, ClockKind.ANSWER)


STEPS = (
    step(commands.ProposeSolution, decide=_propose),
    step(commands.AcceptSolution, state=_refuse_second_approval, payload=_refuse_other_proposal, decide=_accept),
    step(commands.RejectSolution, state=_refuse_side_not_asked, payload=_refuse_other_proposal, decide=_reject),
)
FOLDS = (
    fold(events.SolutionProposed, _proposed),
    fold(events.SolutionApproved, _approved),
    fold(events.SolutionAccepted, _accepted),
    fold(events.SolutionRejected, _rejected),
    fold(events.AnswerOverdue, _answer_reminded),
)
DUE = (due(ClockKind.ANSWER, _answer_overdue),)
