"""The signature of a case: the process must answer two cases with the same signature in the same way.

The model has one state for all cases with the same signature. A signature keeps everything that a rule reads: both
statuses, the sides on the case, the real-time communication, the proposals, the follow-ups, and the remaining reminders
of every clock.
No rule reads the following, so a signature leaves it out:

- Versions, ids, texts, names, and the kind, the risk and the priority of a case are only stored and sent.
- A rule compares ``now`` with the instants of one clock or one proposal. So a signature keeps only which of these
  instants have passed. No rule compares two clocks, so no answer depends on which clock is due first.
- A rule reads the role of one person at a time, and whether their id is on the case. So commands are written relative
  to the case: *the owner*, *a customer who is not on the case*.
- Internal people on the case only receive the notifications of their role. Of the additional contact, a rule reads only
  the id and the role.
- Of the cause, a signature keeps whether it requires a root cause analysis. After the acknowledgement, it keeps of the
  level only whether there is a higher rung. Of earlier proposals, it keeps whether there are any. No
  rule reads the breaches.
- The process recognizes a repeated command before all rules, so no rule reads the remembered commands.

The argument above is also tested by sampling: ``explore`` tries everything on some further cases of each signature.
Each attempt must have the same answer there, and must lead to cases with the same signature. Two results are not
compared: the clock that is due first when time passes, and the number of remaining rungs after a raised level. There,
the search follows the paths of the tried cases, which may not be all paths. Commands are tried at the instants at
which a signature changes; by the argument above, nothing changes between two of these instants.
"""

from collections.abc import Hashable, Iterator
from datetime import datetime

from attrs import evolve

from escalation_core.case import Case
from escalation_core.clocks import Clock
from escalation_core.escalation import Escalation, EscalationStatus, Proposal, ProposalStatus, owed_after
from escalation_core.steps.reminders import reminder_of


def signature(case: Case, now: datetime) -> Hashable:
    """Return everything by which the process can distinguish a case from others at this time."""
    if not case.version:
        return ("not opened", case.type, case.sides)
    escalation = case.escalation
    if escalation is None:
        return (case.status, case.sides)
    clocks = frozenset(_progress(escalation, clock, now) for clock in escalation.clocks)
    if not escalation.active:
        owed = tuple((owed.kind, owed.held_at is None, owed.done) for owed in escalation.follow_ups)
        return (case.status, case.sides, escalation.status, owed, clocks, _proposals(escalation))
    return (
        case.status,
        case.sides,
        escalation.status,
        escalation.real_time is None,
        len(owed_after(escalation.cause, production=escalation.cause_in_production)),
        _level(escalation),
        _vote(escalation, now),
        _proposals(escalation),
        clocks,
    )


def details(case: Case, now: datetime) -> Hashable:
    """Return the parts by which a process could distinguish cases with the same signature, by mistake."""
    escalation = case.escalation
    if escalation is None:
        return (case.type, case.priority, len(case.participants))
    return (
        case.type,
        case.priority,
        len(case.participants),
        escalation.owner,
        escalation.real_time,
        (escalation.cause, escalation.cause_in_production),
        (escalation.level, len(escalation.breaches)),
        tuple((proposal.status, _answers(proposal, now)) for proposal in escalation.proposals),
        tuple((owed.kind, owed.held_at is None, owed.done) for owed in escalation.follow_ups),
        tuple(
            (clock.kind, clock.postponed, now >= clock.due_at, clock.remind_at is None) for clock in escalation.clocks
        ),
    )


def next_change(case: Case, now: datetime) -> datetime | None:
    """Return the next instant at which the signature changes; None if time changes nothing any more."""
    return min((at for at in _instants(case) if at > now), default=None)


def _instants(case: Case) -> Iterator[datetime]:
    escalation = case.escalation
    if escalation is None:
        return
    for clock in escalation.clocks:
        yield clock.due_at
        yield from _reminders(escalation, clock)
    pending = escalation.pending_proposal if escalation.active else None
    if pending is not None and pending.closable_at is not None:
        yield pending.closable_at


def _progress(escalation: Escalation, clock: Clock, now: datetime) -> Hashable:
    """Return the progress of a clock: whether it is postponed or missed, and which reminders remain."""
    to_come = [at > now for at in _reminders(escalation, clock)]
    return (clock.kind, clock.postponed, now >= clock.due_at, tuple(to_come))


def _reminders(escalation: Escalation, clock: Clock) -> Iterator[datetime]:
    """Return the instants of all remaining reminders of a clock, if nothing else happens."""
    at, level = clock.remind_at, escalation.level
    while at is not None:
        yield at
        waiting = evolve(clock, remind_at=at)
        found = reminder_of(escalation.timing, waiting, started_at=escalation.started_at, level=level, now=at)
        at, level = found.remind_at, max(level, found.rung)


def _level(escalation: Escalation) -> Hashable:
    if escalation.status is EscalationStatus.STARTED:
        return escalation.level
    return escalation.level < len(escalation.timing.ladder)


def _vote(escalation: Escalation, now: datetime) -> Hashable:
    pending = escalation.pending_proposal
    return None if pending is None else _answers(pending, now)


def _answers(proposal: Proposal, now: datetime) -> Hashable:
    silent = None if proposal.closable_at is None else now >= proposal.closable_at
    return (proposal.asked, frozenset(proposal.approved_by), proposal.consent, silent)


def _proposals(escalation: Escalation) -> Hashable:
    """Return whether there are pending proposals, and whether there are others, since both permit more attempts."""
    return frozenset(proposal.status is ProposalStatus.PENDING for proposal in escalation.proposals)
