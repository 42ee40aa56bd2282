"""How an event changes a case.

Rule 1: folding asks no policy and no clock; the event says it all.
Rule 2: a status is moved by ``lifecycle`` alone.
Rule 3: every event class has exactly one fold here.
Rule 4: what commands with an id did is remembered here, whatever the event.
Rule 5: an impossible history is a ``ReplayError`` that names the event, never a guess.
"""

from escalation_core import events
from escalation_core.case import Case
from escalation_core.deduplication import remembering
from escalation_core.errors import ReplayError
from escalation_core.events import Event
from escalation_core.evolve import of_case, of_escalation, of_follow_ups, of_time  # these register their folds
from escalation_core.evolve.folding import FOLDS, case_with

__all__ = ["evolve", "of_case", "of_escalation", "of_follow_ups", "of_time"]


def evolve(case: Case | None, event: Event) -> Case:
    """Fold one event that follows the case's last one.

    Raises:
        ReplayError: the process has no such step from here.
    """
    if case is None:
        if not isinstance(event, events.CaseOpened):
            raise ReplayError(f"{event.id}: a history begins with CaseOpened, not with {type(event).__name__}")
        after = case_with(event.case, version=1, updated_at=event.at)
    else:
        after = FOLDS[type(event)](case, event)
    return after if event.command_id is None else remembering(after, event)
