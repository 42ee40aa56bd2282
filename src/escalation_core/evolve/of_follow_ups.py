"""How the end of an escalation, and what is owed after it, change its case."""

from typing import Any

from escalation_core import events
from escalation_core.case import Case
from escalation_core.clocks import ClockKind
from escalation_core.escalation import CLOCK_OF, Cause, EscalationStatus, FollowUp, FollowUpKind, owed_after
from escalation_core.events import Event
from escalation_core.evolve.folding import clock, clocks_after, current, folds, impossible, with_escalation
from escalation_core.values import copier

_follow_up = copier(FollowUp)


def _refuse_wrong_debts(
    case: Case, event: Event, owed: tuple[FollowUp, ...], cause: Cause | None, *, production: bool
) -> None:
    """Refuse follow-ups that this cause does not owe, or that are not as they were, or begin anew."""
    if tuple(follow_up.kind for follow_up in owed) != owed_after(cause, production=production):
        raise impossible(case, event, "something else is owed")
    for follow_up in owed:
        fresh = FollowUp(kind=follow_up.kind, due_at=follow_up.due_at)
        if follow_up != (current(case, event).follow_up(follow_up.kind) or fresh):
            raise impossible(case, event, f"the {follow_up.kind.value} is not as it was")


@folds(events.EscalationClosed)
def _escalation_closed(case: Case, event: events.EscalationClosed) -> Case:
    escalation = current(case, event)
    if event.by_silence is not (escalation.pending_proposal is not None):
        raise impossible(case, event, "by_silence tells whether a proposal went unanswered, and it does not")
    _refuse_wrong_debts(case, event, event.follow_ups, escalation.cause, production=escalation.cause_in_production)
    started = [clock(case, event, CLOCK_OF[owed.kind], owed.due_at) for owed in event.follow_ups]
    running = clocks_after(case, event, tuple(ClockKind), *started)
    return with_escalation(case, event, ended_at=event.at, real_time=None, follow_ups=event.follow_ups, **running)


@folds(events.CauseAttributed)
def _cause_attributed(case: Case, event: events.CauseAttributed) -> Case:
    escalation, cause, production = current(case, event), event.cause, event.production
    changes: dict[str, Any] = {"cause": cause, "cause_in_production": production, "follow_ups": event.follow_ups}
    if escalation.status is EscalationStatus.CLOSED:
        _refuse_wrong_debts(case, event, event.follow_ups, cause, production=production)
        kept = [CLOCK_OF[owed.kind] for owed in event.follow_ups]
        new = [owed for owed in event.follow_ups if escalation.follow_up(owed.kind) is None]
        started = [clock(case, event, CLOCK_OF[owed.kind], owed.due_at) for owed in new]
        changes |= clocks_after(case, event, tuple(kind for kind in ClockKind if kind not in kept), *started)
    elif event.follow_ups:
        raise impossible(case, event, "nothing is owed before the end")
    return with_escalation(case, event, **changes)


def _with_follow_up(case: Case, event: Event, kind: FollowUpKind, **changes: Any) -> Case:  # noqa: ANN401  # fields of FollowUp
    """Fold what was done about a follow-up."""
    escalation = current(case, event)
    follow_up = escalation.follow_up(kind)
    if follow_up is None or follow_up.done:
        raise impossible(case, event, f"no {kind.value} is owed")
    kept = tuple(_follow_up(other, **changes) if other is follow_up else other for other in escalation.follow_ups)
    stopped = (CLOCK_OF[kind],) if "done_at" in changes else ()
    return with_escalation(case, event, follow_ups=kept, **clocks_after(case, event, stopped))


@folds(events.StakeholdersDebriefed)
def _stakeholders_debriefed(case: Case, event: events.StakeholdersDebriefed) -> Case:
    return _with_follow_up(case, event, FollowUpKind.DEBRIEF, done_at=event.at)


@folds(events.PostMortemHeld)
def _post_mortem_held(case: Case, event: events.PostMortemHeld) -> Case:
    owed = current(case, event).follow_up(FollowUpKind.POST_MORTEM)
    if owed is not None and not owed.done and owed.held_at is not None:
        raise impossible(case, event, "the post mortem was held")
    return _with_follow_up(case, event, FollowUpKind.POST_MORTEM, held_at=event.at)


@folds(events.PostMortemShared)
def _post_mortem_shared(case: Case, event: events.PostMortemShared) -> Case:
    held = current(case, event).follow_up(FollowUpKind.POST_MORTEM)
    if held is not None and held.held_at is None:
        raise impossible(case, event, "no post mortem was held")
    return _with_follow_up(case, event, FollowUpKind.POST_MORTEM, done_at=event.at)


@folds(events.RootCauseAnalysisShared)
def _root_cause_analysis_shared(case: Case, event: events.RootCauseAnalysisShared) -> Case:
    return _with_follow_up(case, event, FollowUpKind.ROOT_CAUSE_ANALYSIS, done_at=event.at)
