"""What time itself causes, up to now: clocks to events.

Rule 1: asking twice yields it once; a clock that does not run says nothing; nothing is due before ``next_due``.
Rule 2: each clock has at most one event, however late the call.
Rule 3: nobody sent a command, so no rule and no permission is asked. ``by`` is ``AUTOMATION``.
"""

from datetime import datetime

from attrs import asdict

from escalation_core import events
from escalation_core.case import Case
from escalation_core.clocks import Clock, ClockKind
from escalation_core.escalation import CLOCK_OF, Escalation
from escalation_core.events import Event
from escalation_core.ladder import reminder
from escalation_core.people import AUTOMATION
from escalation_core.values import maker

_FOLLOW_UP_OF = {clock: follow_up for follow_up, clock in CLOCK_OF.items()}


def next_due(case: Case) -> datetime | None:
    """Give the instant from which ``due`` has something to say; None while no clock runs.

    It is never before the case's last event, since nothing can happen before that any more.
    """
    escalation, updated_at = case.escalation, case.updated_at
    if escalation is None or updated_at is None:
        return None
    earliest = None
    for clock in escalation.clocks:
        at = clock.remind_at
        if at is not None and (earliest is None or at < earliest):
            earliest = at
    return updated_at if earliest is not None and earliest < updated_at else earliest


def due(case: Case, now: datetime) -> tuple[Event, ...]:
    """Give what time has caused since it was asked last, an event per clock; nothing when ``now`` runs backwards."""
    at = next_due(case)
    escalation = case.escalation
    if at is None or now < at or escalation is None:
        return ()
    waiting = [clock for clock in escalation.clocks if clock.remind_at is not None and clock.remind_at <= now]
    return tuple(_event(case, escalation, clock, now, case.version + n) for n, clock in enumerate(waiting, start=1))


def _event(case: Case, escalation: Escalation, clock: Clock, now: datetime, version: int) -> Event:
    said = reminder(escalation.timing, clock, started_at=escalation.started_at, level=escalation.level, now=now)
    facts = asdict(said, recurse=False)
    facts |= {"case_id": case.id, "version": version, "at": now, "by": AUTOMATION}
    facts |= {"command_id": None, "command_digest": None}
    facts["vacant"] = case.vacant(said.roles)
    if clock.kind is ClockKind.ACKNOWLEDGEMENT:
        return maker(events.AcknowledgementOverdue)(**facts)
    if clock.kind is ClockKind.UPDATE:
        return maker(events.UpdateOverdue)(**facts)
    if clock.kind is ClockKind.ANSWER:
        return maker(events.AnswerOverdue)(**facts, proposal=escalation.proposals[-1].id)
    return maker(events.FollowUpOverdue)(**facts, kind=_FOLLOW_UP_OF[clock.kind])
