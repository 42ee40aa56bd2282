"""Measures: times, counts and breaches of an escalation, from the history of its case.

Rule 1: each figure is defined at its field, and follows from the events, ``now`` and the calendar alone.
Rule 2: no figure depends on when ``due`` was called.
Rule 3: each time is measured twice: as elapsed time, and as working time of the given calendar.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from escalation_core import events
from escalation_core.calendars import ALWAYS, Calendar
from escalation_core.case import Case
from escalation_core.checks import must_be, utc
from escalation_core.clocks import Breach, Clock, ClockKind, find, missed
from escalation_core.escalation import Escalation, EscalationStatus
from escalation_core.events.base import Event
from escalation_core.replay import folded
from escalation_core.values import Value, frozen

#: The events by which support informs customer and partner; the time between two of them is silence.
_INFORMING = (
    events.EscalationStarted,
    events.EscalationAcknowledged,
    events.ProgressUpdatePosted,
    events.UpdatePostponed,
    events.SolutionProposed,
    events.RealTimeCommunicationRequested,
    events.OwnerReassigned,
    events.DiagnosisStarted,
    events.CaseSolutionProposed,
    events.EscalationCanceled,
    events.EscalationClosed,
)
_UPDATES = (events.ProgressUpdatePosted, events.SolutionProposed)
_RESTARTS = (*_UPDATES, events.SolutionRejected)


@frozen(kw_only=True)
class Span(Value):
    """The time between two instants."""

    elapsed: timedelta
    working: timedelta  #: Working time by a calendar.


NO_TIME = Span(elapsed=timedelta(0), working=timedelta(0))


@frozen(kw_only=True)
class Measures(Value):
    """The figures of one case. Without an escalation, times are None and numbers are 0."""

    case: Case  #: The case after its events, for the key of a summary.
    to_acknowledge: Span | None  #: From the start to the acknowledgement.
    to_first_proposal: Span | None  #: From the start to the first proposal.
    to_acceptance: Span | None  #: From the start to the acceptance of a solution.
    to_close: Span | None  #: From the start to the closing; None for a canceled one.
    in_status: tuple[tuple[EscalationStatus, Span], ...]  #: The total time in each status, in the order of first entry.
    updates_promised: int  #: Promised updates that were given in time, or whose deadline has passed.
    updates_kept: int  #: Promised updates that were given in time, by an update or a proposal.
    longest_silence: Span | None  #: The longest time without information from support: the longest elapsed
    #: silence, and the longest silence in working time, which may be another one.
    rejections: int  #: Proposals that were rejected.
    breaches: tuple[Breach, ...]  #: Deadlines of any kind that were missed by now, oldest first.

    def time_in(self, status: EscalationStatus) -> Span:
        """Return the time in a status up to now; zero for a status never entered, and for CANCELED and CLOSED."""
        return dict(self.in_status).get(status, NO_TIME)


def measure(history: Iterable[Event], *, now: datetime, calendar: Calendar = ALWAYS) -> Measures:
    """Return the figures of one case.

    Args:
        history: all of its events, oldest first.
        now: an aware instant, not before the last event; times that still run are measured up to it.
        calendar: the calendar of working time.

    Raises:
        ReplayError: the history is damaged.
        TypeError, ValueError: an argument has the wrong type, or ``now`` is naive or too early.
    """
    now = utc("now", now)
    if not isinstance(calendar, Calendar):
        raise TypeError(must_be("calendar", "a Calendar", calendar))
    folds = tuple(folded(history))
    last, case = folds[-1]
    if now < last.at:
        raise ValueError(must_be("now", f"at or after the last event, {last.at}", now))
    steps = tuple((event, after.escalation) for event, after in folds if after.escalation is not None)

    def span(start: datetime, end: datetime) -> Span:
        return Span(elapsed=end - start, working=calendar.between(start, end))

    def until(kind: type[Event]) -> Span | None:
        at = next((event.at for event, _ in steps if isinstance(event, kind)), None)
        return None if at is None else span(steps[0][0].at, at)

    promised, kept = _updates(steps, now)
    return Measures(
        case=case,
        to_acknowledge=until(events.EscalationAcknowledged),
        to_first_proposal=until(events.SolutionProposed),
        to_acceptance=until(events.SolutionAccepted),
        to_close=until(events.EscalationClosed),
        in_status=_in_status(steps, now, span),
        updates_promised=promised,
        updates_kept=kept,
        longest_silence=_longest_silence(steps, now, span),
        rejections=sum(isinstance(event, events.SolutionRejected) for event, _ in steps),
        breaches=_breaches(case, now),
    )


_Steps = tuple[tuple[Event, Escalation], ...]  # each event with the escalation after it
_Measure = Callable[[datetime, datetime], Span]


def _in_status(steps: _Steps, now: datetime, span: _Measure) -> tuple[tuple[EscalationStatus, Span], ...]:
    found: dict[EscalationStatus, Span] = {}
    ends = (*[event.at for event, _ in steps[1:]], now)
    for (event, escalation), end in zip(steps, ends, strict=False):
        if escalation.active:
            so_far, more = found.get(escalation.status, NO_TIME), span(event.at, end)
            both = Span(elapsed=so_far.elapsed + more.elapsed, working=so_far.working + more.working)
            found[escalation.status] = both
    return tuple(found.items())


def _updates(steps: _Steps, now: datetime) -> tuple[int, int]:
    """Return the number of promised updates that ended, and of those given in time."""
    promised = kept = 0
    running: Clock | None = None
    for event, escalation in steps:
        following = find(escalation.clocks, ClockKind.UPDATE)
        if running is not None and (following is None or isinstance(event, _RESTARTS)):
            in_time = event.at < running.due_at
            given = in_time and isinstance(event, _UPDATES)
            promised += given or not in_time
            kept += given
        running = following
    return promised + (running is not None and now >= running.due_at), kept


def _longest_silence(steps: _Steps, now: datetime, span: _Measure) -> Span | None:
    if not steps:
        return None
    end = steps[-1][1].ended_at or now
    informed = [event.at for event, _ in steps if isinstance(event, _INFORMING) and event.at <= end]
    silences = [span(*between) for between in pairwise((*informed, end))]
    elapsed, working = (max(lengths) for lengths in zip(*((s.elapsed, s.working) for s in silences), strict=True))
    return Span(elapsed=elapsed, working=working)


def _breaches(case: Case, now: datetime) -> tuple[Breach, ...]:
    """Return the recorded breaches, with those that a call of ``due`` would record now."""
    if case.escalation is None:
        return ()
    breaches = case.escalation.breaches
    for clock in case.escalation.clocks:
        breaches = missed(clock, now, breaches)
    return breaches
