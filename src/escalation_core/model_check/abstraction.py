"""What a case looks like to the process: two cases that look the same are to be answered the same.

The model has one state for all cases that look the same. A look keeps whatever a rule reads: both statuses, the sides
on the case, what is open between people, what is owed, and of every clock how often it still speaks, and which of these
moments have come. It leaves out, since no rule reads them:

- versions, ids, texts and names, the kind, the risk and the priority of a case: they are carried along, and told;
- instants: a rule compares ``now`` with those of one clock or one proposal, so it is enough which of them have come. No
  rule compares two clocks, so no answer depends on which of those that have not come will come first. Where waiting
  leads does depend on it: see below;
- who exactly somebody is: a rule reads the role, and whether the case knows the id, of one person at a time. Commands
  are written relative to the case: *the owner*, *a customer who is not on the case*;
- internal people on the case, who only hear in place of their role, and the additional contact, who is no more than
  somebody whose role the case knows;
- the cause, but for whether it owes an analysis; once somebody has acknowledged the level, but for whether there is a
  further rung; earlier proposals, but for whether there are any; and what was missed, which is a record;
- the commands that a case remembers, since one that comes again is known before any other rule is asked.

That this is enough is argued, and sampled: ``explore`` tries everything on some further cases of a look as well, as far
as it comes to any. Each attempt must be answered alike there, and must lead to cases that look the same. Two things
are left open and not compared: which clock comes first when time passes, and how many rungs are left when a level is
raised. They go every way that a case that was tried goes, which may be fewer than there are. Commands are tried at the
instants from which a case looks different, and not between two of them: by the argument above nothing changes there.
"""

from collections.abc import Hashable, Iterator
from datetime import datetime

from attrs import evolve

from escalation_core.case import Case
from escalation_core.clocks import Clock
from escalation_core.escalation import Escalation, EscalationStatus, Proposal, ProposalStatus, owed_after
from escalation_core.ladder import reminder


def look(case: Case, now: datetime) -> Hashable:
    """Give what the process can tell a case from others by, at this time."""
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
    """Give what might tell cases apart that look the same, if a look left out what counts."""
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


def ahead(case: Case, now: datetime) -> datetime | None:
    """Give the next instant from which the case looks different; None where time changes nothing any more."""
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
    """Give how far a clock is: whether it was postponed, whether it is missed, and what it has to say."""
    to_come = [at > now for at in _reminders(escalation, clock)]
    return (clock.kind, clock.postponed, now >= clock.due_at, tuple(to_come))


def _reminders(escalation: Escalation, clock: Clock) -> Iterator[datetime]:
    """Give every instant at which somebody hears of a clock, from the next one on, if nothing else happens."""
    at, level = clock.remind_at, escalation.level
    while at is not None:
        yield at
        waiting = evolve(clock, remind_at=at)
        said = reminder(escalation.timing, waiting, started_at=escalation.started_at, level=level, now=at)
        at, level = said.remind_at, max(level, said.rung)


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
    """Give whether there are proposals that wait for an answer, and others: there is more to try on such a case."""
    return frozenset(proposal.status is ProposalStatus.PENDING for proposal in escalation.proposals)
