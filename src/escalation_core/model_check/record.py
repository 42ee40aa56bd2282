"""The expected record of a step: its changes of the case, and the contents of its events and notifications.

Rule 1: the expectations are written by hand from the design, one line per command. They do not read the folds.
Rule 2: a command without an entry changes nothing but the time of the last event.
Rule 3: the record contains the instants of commands and follow-ups. Invariant 12 checks which clocks run, and other
tests check their due times.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import Enum
from typing import Any

from attrs import evolve, fields

from escalation_core import commands, events
from escalation_core.case import BusinessImpact, Case, CaseType, Priority
from escalation_core.commands import Command
from escalation_core.escalation import (
    Cause,
    Consent,
    Escalation,
    EscalationStatus,
    FollowUp,
    FollowUpKind,
    Proposal,
    ProposalStatus,
)
from escalation_core.model_check.audiences import evaluating
from escalation_core.people import Person
from escalation_core.testing.history import Step

Changes = dict[str, object]

#: The fields that other invariants check.
_ELSEWHERE = {"status", "clocks", "breaches", "escalation", "version", "remembered"}


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.name not in _ELSEWHERE)


_OF_A_CASE, _OF_AN_ESCALATION = _names(Case), _names(Escalation)


def record(step: Step) -> Iterator[str]:
    """A step records the contents, the sender and the time of its command, and changes nothing else."""
    before, after = step.before, step.after
    if not step.events:
        return
    expected = {name: getattr(before, name) for name in _OF_A_CASE} | _case_after(step) | {"updated_at": step.now}
    yield from _compared(step, expected, after)
    if after.escalation is not None:
        begun = before.escalation or _started(step, after.escalation)
        changes = {} if before.escalation is None else _escalation_after(step, before.escalation, after.escalation)
        yield from _compared(
            step, {name: getattr(begun, name) for name in _OF_AN_ESCALATION} | changes, after.escalation
        )


def _compared(step: Step, expected: Changes, found: Case | Escalation) -> Iterator[str]:
    who, whose = "time" if step.command is None else type(step.command).__name__, type(found).__name__.lower()
    for name, value in expected.items():
        is_now = getattr(found, name)
        if is_now is not value and is_now != value:
            yield f"{who} leaves a wrong {name} of the {whose}"


def _case_after(step: Step) -> Changes:
    before, command = step.before, step.command
    if isinstance(command, commands.OpenCase | commands.DeclareEmergency):
        emergency = before.type is CaseType.EMERGENCY or isinstance(command, commands.DeclareEmergency)
        risk = before.risk if isinstance(command, commands.OpenCase) else command.risk
        started: Changes = {"type": CaseType.EMERGENCY, "impact": BusinessImpact.P1, "priority": Priority.URGENT}
        return started | {"risk": risk} if emergency else {}
    if isinstance(command, commands.CancelEscalation):
        return {"type": CaseType.PROBLEM, "priority": step.process.policy.misuse.canceled_priority}
    if isinstance(command, commands.AddParticipant):
        contact, person = before.additional_contact, command.person
        same = contact is not None and contact.id == person.id
        return {
            "participants": (*before.participants, person),
            "additional_contact": person if same else contact,
        }
    if isinstance(command, commands.ReprioritizeCase):
        return {"priority": command.priority}
    return {}


def _started(step: Step, after: Escalation) -> Escalation:
    # The order of the stakeholders has no meaning.
    roles = evaluating(step.before, step.process.policy)
    stakeholders = after.stakeholders if frozenset(after.stakeholders) == roles else tuple(roles)
    terms = step.process.policy.terms
    return Escalation(status=after.status, started_at=step.now, stakeholders=stakeholders, terms=terms)


def _answered(before: Escalation, **changes: Any) -> Changes:  # noqa: ANN401  # fields of Proposal
    return {"proposals": (*before.proposals[:-1], evolve(before.proposals[-1], **changes))}


def _accepted(before: Escalation, command: commands.AcceptSolution) -> Changes:
    pending = before.proposals[-1]
    approved_by = (*pending.approved_by, command.by.role)
    complete = pending.consent is Consent.ANY or set(pending.asked) <= set(approved_by)
    status = ProposalStatus.ACCEPTED if complete else ProposalStatus.PENDING
    return _answered(before, approved_by=approved_by, status=status)


def _proposed(step: Step, before: Escalation, after: Escalation, command: commands.ProposeSolution) -> Changes:
    earlier = tuple(
        evolve(one, status=ProposalStatus.SUPERSEDED) if one.status is ProposalStatus.PENDING else one
        for one in before.proposals
    )
    silence = before.timing.close_after_silence
    fresh = Proposal(
        id=f"{step.before.id}/{step.before.version + 1}",
        summary=command.summary,
        kind=command.kind,
        proposed_at=step.now,
        asked=after.proposals[-1].asked,  # the fifth invariant
        consent=step.process.policy.consent,
        closable_at=None if silence is None else before.timing.hours.add(step.now, silence),
    )
    return {"proposals": (*earlier, fresh)}


def _owed(before: Escalation, now: datetime, *, analysis: bool) -> Changes:
    """Return the follow-ups after closing: unchanged if they exist already, otherwise due from now on."""
    timing, known = before.timing, {owed.kind: owed for owed in before.follow_ups}
    within = {FollowUpKind.DEBRIEF: timing.debrief_within, FollowUpKind.POST_MORTEM: timing.post_mortem_within}
    if analysis:
        within[FollowUpKind.ROOT_CAUSE_ANALYSIS] = timing.root_cause_analysis_within
    fresh = {kind: timing.business_days.end_of_day(now, days) for kind, days in within.items()}
    return {"follow_ups": tuple(known.get(kind) or FollowUp(kind=kind, due_at=at) for kind, at in fresh.items())}


def _done(before: Escalation, kind: FollowUpKind, **changes: Any) -> Changes:  # noqa: ANN401  # fields of FollowUp
    return {"follow_ups": tuple(evolve(one, **changes) if one.kind is kind else one for one in before.follow_ups)}


def _caused(before: Escalation, now: datetime, command: commands.AttributeCause) -> Changes:
    owes = command.cause is Cause.INFRASTRUCTURE and command.production
    closed = before.status is EscalationStatus.CLOSED
    owed = _owed(before, now, analysis=owes) if closed else {}
    return {"cause": command.cause, "cause_in_production": command.production, **owed}


_EFFECTS: dict[type[Command], Callable[[Any, Escalation, datetime], Changes]] = {
    commands.CancelEscalation: lambda command, _, now: {"cancel_reason": command.reason, "ended_at": now},
    commands.Acknowledge: lambda command, _, now: {"owner": command.by, "acknowledged_at": now},
    commands.AcceptSolution: lambda command, before, _: _accepted(before, command),
    commands.RejectSolution: lambda _, before, __: _answered(before, status=ProposalStatus.REJECTED),
    commands.CloseEscalation: lambda _, before, now: {
        "ended_at": now,
        "real_time": None,
        **_owed(before, now, analysis=before.cause is Cause.INFRASTRUCTURE and before.cause_in_production),
    },
    commands.ReassignOwner: lambda command, _, __: {"owner": command.to},
    commands.RequestRealTimeCommunication: lambda command, _, __: {"real_time": command.channel},
    commands.EndRealTimeCommunication: lambda _, __, ___: {"real_time": None},
    commands.RaiseLevel: lambda _, before, __: {"level": before.level + 1},
    commands.AttributeCause: lambda command, before, now: _caused(before, now, command),
    commands.DebriefStakeholders: lambda _, before, now: _done(before, FollowUpKind.DEBRIEF, done_at=now),
    commands.HoldPostMortem: lambda _, before, now: _done(before, FollowUpKind.POST_MORTEM, held_at=now),
    commands.SharePostMortem: lambda _, before, now: _done(before, FollowUpKind.POST_MORTEM, done_at=now),
    commands.ShareRootCauseAnalysis: lambda _, before, now: _done(
        before, FollowUpKind.ROOT_CAUSE_ANALYSIS, done_at=now
    ),
}


def _escalation_after(step: Step, before: Escalation, after: Escalation) -> Changes:
    if step.command is None:
        levels = [event.rung for event in step.events if isinstance(event, events.AcknowledgementOverdue)]
        return {"level": levels[0]} if levels else {}
    if isinstance(step.command, commands.ProposeSolution):
        return _proposed(step, before, after, step.command)
    effect = _EFFECTS.get(type(step.command))
    return {} if effect is None else effect(step.command, before, step.now)


def event_contents(step: Step) -> Iterator[str]:
    """An event has the fields, the sender and the time of its command."""
    command = step.command
    if command is None:
        return
    for event in step.events:
        name = type(event).__name__
        if event.by != command.by or event.at != step.now:
            yield f"{name} has a different sender or time than its command"
        for one in _fields(command):
            value = getattr(command, one)
            # A vote without a proposal is about the pending one.
            if getattr(event, one, value) != value and not (one == "proposal" and value is None):
                yield f"{name} has a different {one} than {type(command).__name__}"


def _fields(command: Command) -> Iterable[str]:
    return [one.name for one in fields(type(command)) if one.name not in {"by", "command_id"}]


#: Fields of notifications that are derived from the field of the event with the same name.
_DERIVED = {"asked", "follow_ups", "overdue_by", "risk", "rung", "still_asked", "vacant"}


def notification_contents(step: Step) -> Iterator[str]:
    """A notification has the fields of its event, and the owner."""
    events_by_id = {event.id: event for event in step.events}
    for notification in () if step.outcome is None else step.outcome.notifications:
        event, escalation = events_by_id.get(notification.event_id), step.after.escalation
        if event is None:
            yield f"{notification.template} belongs to no event of the step"
            continue
        for name, value in zip(notification.data.names, notification.data.contents, strict=True):
            if name == "owner":
                expected = None if escalation is None else escalation.owner
            elif name not in _DERIVED and hasattr(event, name):
                expected = getattr(event, name)
            else:
                continue
            if value != _words(expected):
                yield f"{notification.template} has a wrong {name}"


def _words(value: Any) -> Any:  # noqa: ANN401  # of any field
    if isinstance(value, Person):
        return value.name or value.id
    return value.value if isinstance(value, Enum) else value
