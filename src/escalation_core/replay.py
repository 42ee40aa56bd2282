"""Replay: a case is rebuilt from its history.

Rule 1: no policy is used, since the events contain every decision.
Rule 2: a damaged history raises a ``ReplayError`` that names the event; nothing is guessed.
Rule 3: the folds check each event against the case; this module checks the order of the events.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from escalation_core import events
from escalation_core.case import Case, CaseType
from escalation_core.checks import must_be, shown
from escalation_core.errors import ReplayError
from escalation_core.escalation import EscalationStatus
from escalation_core.events.base import Event
from escalation_core.steps.frame import evolve
from escalation_core.table import EVENTS

_KINDS = frozenset(EVENTS)


def replay(history: Iterable[Event]) -> Case:
    """Return a case rebuilt from all of its events, oldest first.

    Raises:
        ReplayError: the history is empty, has a gap, a duplicate, a step back in time or an event of another case, has
            a step that the process does not have, or ends in the middle of one.
        TypeError: something in it is not an event.
    """
    ((_, case),) = deque(folded(history), maxlen=1)
    return case


def folded(history: Iterable[Event]) -> Iterator[tuple[Event, Case]]:
    """Yield each event of a history, oldest first, with the case after it. Errors: as in ``replay``."""
    if not isinstance(history, Iterable):
        raise TypeError(must_be("events", "events of this library", history))
    case: Case | None = None
    rest: type[Event] | None = None
    for event in history:
        if type(event) not in _KINDS:
            raise TypeError(must_be("events", "events of this library", event))
        _refuse_disorder(case, event)
        if rest is not None and rest is not type(event):
            raise ReplayError(f"{event.id}: must be {rest.__name__}, got {type(event).__name__}")
        case = evolve(case, event)
        rest = _rest_of_step(case)
        yield event, case
    if case is None:
        raise ReplayError("events: must be at least one event, got none")
    if rest is not None:
        raise ReplayError(f"{case.id}/{case.version}: the history ends in the middle of a step, before {rest.__name__}")


def _refuse_disorder(case: Case | None, event: Event) -> None:
    case_id, version = (event.case_id, 0) if case is None else (case.id, case.version)
    if isinstance(event, events.CaseOpened) and event.case.id != event.case_id:
        raise ReplayError(f"{event.id}: the event opens the case {shown(event.case.id)}, not {shown(event.case_id)}")
    if event.case_id != case_id:
        raise ReplayError(f"case_id: {event.id} is an event of {shown(event.case_id)}, not of {shown(case_id)}")
    if event.version != version + 1:
        raise ReplayError(f"version: the next event must be {case_id}/{version + 1}, got {event.id}")
    if case is not None and case.updated_at is not None and event.at < case.updated_at:
        raise ReplayError(f"at: {event.id} happened at {event.at}, before the previous event at {case.updated_at}")


def _rest_of_step(case: Case) -> type[Event] | None:
    """Return the class of the event that must follow, if its command makes two events and only the first is folded."""
    escalation = case.escalation
    if escalation is None:
        return events.EscalationStarted if case.type is CaseType.EMERGENCY else None
    if escalation.status is EscalationStatus.CANCELED:
        return events.CaseReclassified if case.type is CaseType.EMERGENCY else None
    pending = escalation.pending_proposal
    if pending is not None and pending.approved_by and not pending.still_asked(pending.approved_by):
        return events.SolutionAccepted
    return None
