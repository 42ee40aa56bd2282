"""Follow-ups: closing the escalation, and the debrief, post mortem and root cause analysis that it owes.

Rule 1: closing owes a debrief and a post mortem, and an RCA if infrastructure in production was the cause.
Rule 2: a cause that is attributed after closing adds or removes the RCA; no other deadline changes.
Rule 3: a post mortem is held before it is shared, and is done when it is shared.
"""

from collections.abc import Callable
from datetime import datetime

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.clocks import ClockKind
from escalation_core.errors import RefusalCode
from escalation_core.escalation import (
    CLOCK_OF,
    Cause,
    Escalation,
    EscalationStatus,
    FollowUp,
    FollowUpKind,
    owed_after,
)
from escalation_core.events.base import Event
from escalation_core.fast import EscalationChanges, FollowUpChanges, copy_follow_up, maker
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.steps.deadlines import clocks_after, new_clock
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
    step,
)

_make_closed = maker(events.EscalationClosed)
_make_attributed = maker(events.CauseAttributed)
_make_overdue = maker(events.FollowUpOverdue)
_make_follow_up = maker(FollowUp)

_ALL_CLOCKS = tuple(ClockKind)
_KIND_OF = {clock: kind for kind, clock in CLOCK_OF.items()}


# Closing, and the cause


def _refuse_while_pending(_case: Case, escalation: Escalation, _by: Person, now: datetime) -> Refusals:
    pending = escalation.pending_proposal
    if pending is None or (pending.closable_at is not None and now >= pending.closable_at):
        return NONE
    until = "" if pending.closable_at is None else f", and silence allows closing only from {pending.closable_at} on"
    message = f"cannot close an escalation that is {escalation.status}: its proposal is pending{until}"
    return refuse(RefusalCode.ANSWER_PENDING, message)


def _close(
    _policy: Policy, _case: Case, escalation: Escalation, _command: commands.CloseEscalation, stamp: Stamp
) -> Events:
    follow_ups = _owed(escalation, escalation.cause, production=escalation.cause_in_production, now=stamp["at"])
    by_silence = escalation.status is EscalationStatus.SOLUTION_PROPOSED
    return (_make_closed(**stamp, by_silence=by_silence, follow_ups=follow_ups),)


def _owed(escalation: Escalation, cause: Cause | None, *, production: bool, now: datetime) -> tuple[FollowUp, ...]:
    """Return the follow-ups of this cause: existing ones unchanged, and new ones with a deadline counted from now."""
    timing = escalation.timing
    within = {
        FollowUpKind.DEBRIEF: timing.debrief_within,
        FollowUpKind.POST_MORTEM: timing.post_mortem_within,
        FollowUpKind.ROOT_CAUSE_ANALYSIS: timing.root_cause_analysis_within,
    }
    return tuple(
        escalation.follow_up(kind)
        or _make_follow_up(kind=kind, due_at=timing.business_days.end_of_day(now, within[kind]))
        for kind in owed_after(cause, production=production)
    )


def _attribute(
    _policy: Policy, _case: Case, escalation: Escalation, command: commands.AttributeCause, stamp: Stamp
) -> Events:
    closed, production = escalation.status is EscalationStatus.CLOSED, command.production
    return (
        _make_attributed(
            **stamp,
            cause=command.cause,
            production=production,
            explanation=command.explanation,
            follow_ups=_owed(escalation, command.cause, production=production, now=stamp["at"]) if closed else (),
        ),
    )


def _refuse_wrong_follow_ups(
    case: Case, escalation: Escalation, event: events.EscalationClosed | events.CauseAttributed, cause: Cause | None
) -> None:
    """Raise a ReplayError for follow-ups that this cause does not owe, or that differ from the existing ones."""
    production = event.production if isinstance(event, events.CauseAttributed) else escalation.cause_in_production
    if tuple(follow_up.kind for follow_up in event.follow_ups) != owed_after(cause, production=production):
        raise impossible(case, event, "the escalation owes other follow-ups")
    for follow_up in event.follow_ups:
        fresh = _make_follow_up(kind=follow_up.kind, due_at=follow_up.due_at)
        if follow_up != (escalation.follow_up(follow_up.kind) or fresh):
            raise impossible(case, event, f"the {follow_up.kind} differs from the one that is owed")


def _closed(case: Case, escalation: Escalation, event: events.EscalationClosed) -> EscalationChanges:
    if event.by_silence is not (escalation.pending_proposal is not None):
        raise impossible(case, event, "by_silence does not match the proposal")
    _refuse_wrong_follow_ups(case, escalation, event, escalation.cause)
    started = [new_clock(case, event, CLOCK_OF[owed.kind], owed.due_at) for owed in event.follow_ups]
    running = clocks_after(escalation, event, _ALL_CLOCKS, *started)
    return running | {"ended_at": event.at, "real_time": None, "follow_ups": event.follow_ups}


def _attributed(case: Case, escalation: Escalation, event: events.CauseAttributed) -> EscalationChanges:
    changes: EscalationChanges = {
        "cause": event.cause,
        "cause_in_production": event.production,
        "follow_ups": event.follow_ups,
    }
    if escalation.status is EscalationStatus.CLOSED:
        _refuse_wrong_follow_ups(case, escalation, event, event.cause)
        kept = [CLOCK_OF[owed.kind] for owed in event.follow_ups]
        new = [owed for owed in event.follow_ups if escalation.follow_up(owed.kind) is None]
        started = [new_clock(case, event, CLOCK_OF[owed.kind], owed.due_at) for owed in new]
        stopped = tuple(kind for kind in ClockKind if kind not in kept)
        changes |= clocks_after(escalation, event, stopped, *started)
    elif event.follow_ups:
        raise impossible(case, event, "nothing is owed before the end")
    return changes


# Doing what is owed


def _refuse_unless_owed(
    kind: FollowUpKind,
) -> Callable[[Case, Escalation, Person, datetime], Refusals]:
    def rule(case: Case, escalation: Escalation, _by: Person, _now: datetime) -> Refusals:
        follow_up = escalation.follow_up(kind)
        if follow_up is None:
            return refuse(RefusalCode.NOT_OWED, f"cannot complete a {kind}: case {case.id} owes none")
        if follow_up.done:
            message = f"cannot complete the {kind} of case {case.id} again: it was done at {follow_up.done_at}"
            return refuse(RefusalCode.ALREADY_DONE, message)
        return NONE

    return rule


_refuse_unless_post_mortem_owed = _refuse_unless_owed(FollowUpKind.POST_MORTEM)


def _held_at(escalation: Escalation) -> datetime | None:
    post_mortem = escalation.follow_up(FollowUpKind.POST_MORTEM)
    return None if post_mortem is None else post_mortem.held_at


def _refuse_if_held(case: Case, escalation: Escalation, by: Person, now: datetime) -> Refusals:
    held = _held_at(escalation)
    if held is None:
        return _refuse_unless_post_mortem_owed(case, escalation, by, now)
    message = f"cannot hold the post mortem of case {case.id} again: it was held at {held}"
    return refuse(RefusalCode.ALREADY_DONE, message)


def _refuse_unless_held(case: Case, escalation: Escalation, by: Person, now: datetime) -> Refusals:
    if _held_at(escalation) is None:
        message = f"cannot share the post mortem of case {case.id} before it is held"
        return refuse(RefusalCode.POST_MORTEM_NOT_HELD, message)
    return _refuse_unless_post_mortem_owed(case, escalation, by, now)


def _with_follow_up(
    case: Case, escalation: Escalation, event: Event, kind: FollowUpKind, changes: FollowUpChanges
) -> EscalationChanges:
    """Return the changes of the escalation when one follow-up changes."""
    follow_up = escalation.follow_up(kind)
    if follow_up is None or follow_up.done:
        raise impossible(case, event, f"no {kind} is owed")
    kept = tuple(copy_follow_up(other, **changes) if other is follow_up else other for other in escalation.follow_ups)
    stopped = (CLOCK_OF[kind],) if "done_at" in changes else ()
    return clocks_after(escalation, event, stopped) | {"follow_ups": kept}


def _debriefed(case: Case, escalation: Escalation, event: events.StakeholdersDebriefed) -> EscalationChanges:
    return _with_follow_up(case, escalation, event, FollowUpKind.DEBRIEF, {"done_at": event.at})


def _post_mortem_held(case: Case, escalation: Escalation, event: events.PostMortemHeld) -> EscalationChanges:
    owed = escalation.follow_up(FollowUpKind.POST_MORTEM)
    if owed is not None and not owed.done and owed.held_at is not None:
        raise impossible(case, event, "the post mortem was already held")
    return _with_follow_up(case, escalation, event, FollowUpKind.POST_MORTEM, {"held_at": event.at})


def _post_mortem_shared(case: Case, escalation: Escalation, event: events.PostMortemShared) -> EscalationChanges:
    held = escalation.follow_up(FollowUpKind.POST_MORTEM)
    if held is not None and held.held_at is None:
        raise impossible(case, event, "no post mortem was held")
    return _with_follow_up(case, escalation, event, FollowUpKind.POST_MORTEM, {"done_at": event.at})


def _analysis_shared(case: Case, escalation: Escalation, event: events.RootCauseAnalysisShared) -> EscalationChanges:
    return _with_follow_up(case, escalation, event, FollowUpKind.ROOT_CAUSE_ANALYSIS, {"done_at": event.at})


# Reminders


def _follow_up_overdue(kind: FollowUpKind) -> Callable[[Escalation, OverdueFacts], events.FollowUpOverdue]:
    def overdue(_escalation: Escalation, facts: OverdueFacts) -> events.FollowUpOverdue:
        return _make_overdue(**facts, kind=kind)

    return overdue


def _follow_up_reminded(case: Case, escalation: Escalation, event: events.FollowUpOverdue) -> EscalationChanges:
    return owner_reminded(case, escalation, event, CLOCK_OF[event.kind])


STEPS = (
    step(commands.CloseEscalation, state=_refuse_while_pending, decide=_close),
    step(commands.AttributeCause, decide=_attribute),
    step(commands.DebriefStakeholders, state=_refuse_unless_owed(FollowUpKind.DEBRIEF)),
    step(commands.HoldPostMortem, state=_refuse_if_held),
    step(commands.SharePostMortem, state=_refuse_unless_held),
    step(commands.ShareRootCauseAnalysis, state=_refuse_unless_owed(FollowUpKind.ROOT_CAUSE_ANALYSIS)),
)
FOLDS = (
    fold(events.EscalationClosed, _closed),
    fold(events.CauseAttributed, _attributed),
    fold(events.StakeholdersDebriefed, _debriefed),
    fold(events.PostMortemHeld, _post_mortem_held),
    fold(events.PostMortemShared, _post_mortem_shared),
    fold(events.RootCauseAnalysisShared, _analysis_shared),
    fold(events.FollowUpOverdue, _follow_up_reminded),
)
DUE = tuple(due(clock, _follow_up_overdue(kind)) for clock, kind in _KIND_OF.items())
