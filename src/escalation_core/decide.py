"""What a permitted command makes happen: command to events.

Rule 1: it is called only for a command that ``rules`` has nothing against; it refuses nothing.
Rule 2: what a policy says is written into the event, so that a later policy does not re-judge it.
Rule 3: every command class has exactly one decision here.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict, TypeVar

from attrs import fields

from escalation_core import commands, events
from escalation_core.case import Case, CaseType, Risk
from escalation_core.clocks import ClockKind, find
from escalation_core.commands import Command
from escalation_core.deduplication import digest_of
from escalation_core.escalation import (
    Cause,
    Escalation,
    EscalationStatus,
    FollowUp,
    FollowUpKind,
    Proposal,
    owed_after,
)
from escalation_core.events import Event
from escalation_core.ladder import goes_on, roles_at
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.values import maker

C = TypeVar("C", bound=Command)
Events = tuple[Event, ...]


class Stamp(TypedDict):
    """The fields that every event has."""

    case_id: str
    version: int
    at: datetime
    by: Person
    command_id: str | None
    command_digest: str | None


_acknowledged = maker(events.EscalationAcknowledged)

_DECISIONS: dict[type[Command], Callable[[Policy, Case, Any, Stamp], Events]] = {}


def _decides(
    kind: type[C],
) -> Callable[[Callable[[Policy, Case, C, Stamp], Events]], Callable[[Policy, Case, C, Stamp], Events]]:
    def register(decision: Callable[[Policy, Case, C, Stamp], Events]) -> Callable[[Policy, Case, C, Stamp], Events]:
        _DECISIONS[kind] = decision
        return decision

    return register


def decide(policy: Policy, case: Case, command: Command, now: datetime) -> Events:
    """Give the events of a permitted command, oldest first; there is at least one."""
    stamp: Stamp = {
        "case_id": case.id,
        "version": case.version + 1,
        "at": now,
        "by": command.by,
        "command_id": command.command_id,
        "command_digest": None if command.command_id is None else digest_of(command, case),
    }
    return _DECISIONS[type(command)](policy, case, command, stamp)


def _second(stamp: Stamp) -> Stamp:
    return {**stamp, "version": stamp["version"] + 1}


def _escalation(case: Case) -> Escalation:
    assert case.escalation is not None  # noqa: S101  # rules: every command that comes here needs one
    return case.escalation


def _pending(case: Case) -> Proposal:
    pending = _escalation(case).pending_proposal
    assert pending is not None  # noqa: S101  # lifecycle: in SOLUTION PROPOSED there is one
    return pending


#: Commands that are recorded as they are: the event has the command's own fields, in the past tense.
_RECORDED: dict[type[Command], type[Event]] = {
    commands.AddInternalNote: events.InternalNoteAdded,
    commands.RequestRealTimeCommunication: events.RealTimeCommunicationRequested,
    commands.EndRealTimeCommunication: events.RealTimeCommunicationEnded,
    commands.ReportSideChannelContact: events.SideChannelContactReported,
    commands.AddParticipant: events.ParticipantAdded,
    commands.DebriefStakeholders: events.StakeholdersDebriefed,
    commands.HoldPostMortem: events.PostMortemHeld,
    commands.SharePostMortem: events.PostMortemShared,
    commands.ShareRootCauseAnalysis: events.RootCauseAnalysisShared,
    commands.StartDiagnosis: events.DiagnosisStarted,
    commands.ProposeCaseSolution: events.CaseSolutionProposed,
    commands.CloseCase: events.CaseClosed,
    commands.ReprioritizeCase: events.CaseReprioritized,
}


def _recording(command: type[Command], event: type[Event]) -> Callable[[Policy, Case, Command, Stamp], Events]:
    names = [field.name for field in fields(command) if field.name not in {"by", "command_id"}]

    def record(_: Policy, __: Case, recorded: Command, stamp: Stamp) -> Events:
        return (maker(event)(**stamp, **{name: getattr(recorded, name) for name in names}),)

    return record


_DECISIONS.update({command: _recording(command, event) for command, event in _RECORDED.items()})


@_decides(commands.OpenCase)
def _open_case(policy: Policy, case: Case, _: commands.OpenCase, stamp: Stamp) -> Events:
    opened = maker(events.CaseOpened)(**stamp, case=case)
    if case.type is not CaseType.EMERGENCY:
        return (opened,)
    return (opened, _started(policy, case, _second(stamp), risk=case.risk, explanation=case.description))


@_decides(commands.DeclareEmergency)
def _declare_emergency(policy: Policy, case: Case, command: commands.DeclareEmergency, stamp: Stamp) -> Events:
    return (_started(policy, case, stamp, risk=command.risk, explanation=command.explanation),)


def _started(policy: Policy, case: Case, stamp: Stamp, *, risk: Risk | None, explanation: str) -> Event:
    timing, now = policy.timing, stamp["at"]
    return maker(events.EscalationStarted)(
        **stamp,
        risk=risk,
        explanation=explanation,
        stakeholders=policy.audiences.stakeholders(case),
        terms=policy.terms,
        acknowledge_by=timing.hours.add(now, timing.acknowledge_within),
        remind_at=timing.hours.add(now, timing.alarms[0].after),
    )


@_decides(commands.CancelEscalation)
def _cancel_escalation(policy: Policy, _: Case, command: commands.CancelEscalation, stamp: Stamp) -> Events:
    return (
        maker(events.EscalationCanceled)(**stamp, reason=command.reason, explanation=command.explanation),
        maker(events.CaseReclassified)(
            **_second(stamp), type=CaseType.PROBLEM, priority=policy.misuse.canceled_priority
        ),
    )


@_decides(commands.Acknowledge)
def _acknowledge(_: Policy, case: Case, command: commands.Acknowledge, stamp: Stamp) -> Events:
    now = stamp["at"]
    next_update_by = _escalation(case).terms.timing.next_update_by(now, now)
    return (_acknowledged(**stamp, owner=command.by, next_update_by=next_update_by),)


def _next_update_by(escalation: Escalation, status: EscalationStatus, now: datetime) -> datetime | None:
    """Give by when the next update is promised in this status, when one was given now; None where none is."""
    assert escalation.acknowledged_at is not None  # noqa: S101  # lifecycle: there are no updates before
    if not escalation.updates_run_in(status):
        return None
    return escalation.timing.next_update_by(escalation.acknowledged_at, now)


@_decides(commands.PostUpdate)
def _post_update(_: Policy, case: Case, command: commands.PostUpdate, stamp: Stamp) -> Events:
    escalation = _escalation(case)
    next_update_by = _next_update_by(escalation, escalation.status, stamp["at"])
    message, eta = command.message, command.eta
    return (maker(events.ProgressUpdatePosted)(**stamp, message=message, eta=eta, next_update_by=next_update_by),)


@_decides(commands.PostponeUpdate)
def _postpone_update(_: Policy, __: Case, command: commands.PostponeUpdate, stamp: Stamp) -> Events:
    return (maker(events.UpdatePostponed)(**stamp, next_update_by=command.until, reason=command.reason),)


@_decides(commands.ProposeSolution)
def _propose_solution(policy: Policy, case: Case, command: commands.ProposeSolution, stamp: Stamp) -> Events:
    escalation, now = _escalation(case), stamp["at"]
    timing = escalation.timing
    silence = timing.close_after_silence
    return (
        maker(events.SolutionProposed)(
            **stamp,
            summary=command.summary,
            kind=command.kind,
            asked=policy.asked(case),
            consent=policy.consent,
            answer_by=timing.hours.add(now, timing.answer_within),
            next_update_by=_next_update_by(escalation, EscalationStatus.SOLUTION_PROPOSED, now),
            closable_at=None if silence is None else timing.hours.add(now, silence),
        ),
    )


@_decides(commands.AcceptSolution)
def _accept_solution(_: Policy, case: Case, command: commands.AcceptSolution, stamp: Stamp) -> Events:
    pending = _pending(case)
    side = command.by.role
    still_asked = pending.still_asked(pending.with_yes_of(side))
    approved = maker(events.SolutionApproved)(**stamp, proposal=pending.id, side=side, still_asked=still_asked)
    if still_asked:
        return (approved,)
    return (approved, maker(events.SolutionAccepted)(**_second(stamp), proposal=pending.id))


@_decides(commands.RejectSolution)
def _reject_solution(_: Policy, case: Case, command: commands.RejectSolution, stamp: Stamp) -> Events:
    return (
        maker(events.SolutionRejected)(
            **stamp,
            proposal=_pending(case).id,
            side=command.by.role,
            reason=command.reason,
            next_update_by=_next_update_by(_escalation(case), EscalationStatus.SOLUTION_REJECTED, stamp["at"]),
        ),
    )


@_decides(commands.CloseEscalation)
def _close_escalation(_: Policy, case: Case, __: commands.CloseEscalation, stamp: Stamp) -> Events:
    escalation = _escalation(case)
    follow_ups = _owed(escalation, escalation.cause, production=escalation.cause_in_production, now=stamp["at"])
    by_silence = escalation.status is EscalationStatus.SOLUTION_PROPOSED
    return (maker(events.EscalationClosed)(**stamp, by_silence=by_silence, follow_ups=follow_ups),)


def _owed(escalation: Escalation, cause: Cause | None, *, production: bool, now: datetime) -> tuple[FollowUp, ...]:
    """Give what is owed after closing: as it stands, where it was owed before; else from now on."""
    timing = escalation.timing
    within = {
        FollowUpKind.DEBRIEF: timing.debrief_within,
        FollowUpKind.POST_MORTEM: timing.post_mortem_within,
        FollowUpKind.ROOT_CAUSE_ANALYSIS: timing.root_cause_analysis_within,
    }
    return tuple(
        escalation.follow_up(kind) or FollowUp(kind=kind, due_at=timing.business_days.end_of_day(now, within[kind]))
        for kind in owed_after(cause, production=production)
    )


@_decides(commands.ReassignOwner)
def _reassign_owner(_: Policy, case: Case, command: commands.ReassignOwner, stamp: Stamp) -> Events:
    previous = _escalation(case).owner
    assert previous is not None  # noqa: S101  # lifecycle: from ACKNOWLEDGED on there is an owner
    return (maker(events.OwnerReassigned)(**stamp, owner=command.to, previous=previous),)


@_decides(commands.RaiseLevel)
def _raise_level(_: Policy, case: Case, command: commands.RaiseLevel, stamp: Stamp) -> Events:
    escalation = _escalation(case)
    timing, level = escalation.timing, escalation.level + 1
    roles = roles_at(timing, level)
    clock = find(escalation.clocks, ClockKind.ACKNOWLEDGEMENT)
    return (
        maker(events.LevelRaised)(
            **stamp,
            level=level,
            roles=roles,
            vacant=case.vacant(roles),
            last=level == len(timing.ladder),
            reason=command.reason,
            remind_at=clock and goes_on(timing, clock, started_at=escalation.started_at, level=level),
        ),
    )


@_decides(commands.AttributeCause)
def _attribute_cause(_: Policy, case: Case, command: commands.AttributeCause, stamp: Stamp) -> Events:
    escalation, production = _escalation(case), command.production
    closed = escalation.status is EscalationStatus.CLOSED
    return (
        maker(events.CauseAttributed)(
            **stamp,
            cause=command.cause,
            production=production,
            explanation=command.explanation,
            follow_ups=_owed(escalation, command.cause, production=production, now=stamp["at"]) if closed else (),
        ),
    )
