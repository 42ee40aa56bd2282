"""The invariants of the design: each function yields a sentence for each violation in one step.

Rule 1: a function has the number of its invariant. Invariant 9 is about all states together, in ``reachability``;
invariant 12 is about time, in ``deadlines``.
Rule 2: the expectations are written by hand from the design. They do not read the tables, rules and mails that they
check, but they read the choices of the policy.
Rule 3: a sentence names no case, person or instant, so that one fault gives one sentence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from escalation_core import commands, events
from escalation_core.case import Case, CaseStatus, CaseType, Priority
from escalation_core.commands import Command
from escalation_core.errors import CommandRefusedError, ReplayError
from escalation_core.escalation import Cause, Consent, EscalationStatus, FollowUpKind
from escalation_core.events import Event
from escalation_core.model_check.audiences import external_people, role_of
from escalation_core.notifications.mails import Audience
from escalation_core.notifications.rendering import render
from escalation_core.people import EXTERNAL_ROLES, Person, Role
from escalation_core.process import Process
from escalation_core.testing.builders import TAINT
from escalation_core.testing.history import Step, status_of

_S, _C = EscalationStatus, CaseStatus

_MOVES: dict[type[Command], set[tuple[EscalationStatus | None, EscalationStatus | None]]] = {
    commands.OpenCase: {(None, _S.STARTED)},
    commands.DeclareEmergency: {(None, _S.STARTED)},
    commands.CancelEscalation: {(_S.STARTED, _S.CANCELED)},
    commands.Acknowledge: {(_S.STARTED, _S.ACKNOWLEDGED)},
    commands.ProposeSolution: {
        (_S.ACKNOWLEDGED, _S.SOLUTION_PROPOSED),
        (_S.SOLUTION_REJECTED, _S.SOLUTION_PROPOSED),
    },
    commands.AcceptSolution: {(_S.SOLUTION_PROPOSED, _S.SOLUTION_ACCEPTED)},
    commands.RejectSolution: {(_S.SOLUTION_PROPOSED, _S.SOLUTION_REJECTED)},
    commands.CloseEscalation: {(_S.SOLUTION_ACCEPTED, _S.CLOSED), (_S.SOLUTION_PROPOSED, _S.CLOSED)},
}
_CASE_MOVES: dict[type[Command], set[tuple[CaseStatus, CaseStatus]]] = {
    commands.StartDiagnosis: {(_C.RECEIVED, _C.DIAGNOSIS), (_C.SOLUTION_PROPOSED, _C.DIAGNOSIS)},
    commands.ProposeCaseSolution: {(_C.DIAGNOSIS, _C.SOLUTION_PROPOSED)},
    commands.CloseCase: {(_C.SOLUTION_PROPOSED, _C.CLOSED)},
}


def _name_of(status: EscalationStatus | None) -> str:
    return "none" if status is None else status.value


def invariant_1(step: Step) -> Iterator[str]:
    """An emergency has an escalation from its first event; another case only after an emergency was declared on it."""
    before, after = step.before, step.after
    started = any(isinstance(event, events.EscalationStarted) for event in step.events)
    if (after.escalation is not None) is not (before.escalation is not None or started):
        yield "an escalation appears without its start, or disappears"
    if started and not isinstance(step.command, commands.OpenCase | commands.DeclareEmergency):
        yield "an escalation starts without a declaration"
    if isinstance(step.command, commands.OpenCase) and step.outcome is not None:
        emergency = before.type is CaseType.EMERGENCY
        if started is not emergency:
            yield f"opening a case of type {before.type} {'starts an' if started else 'starts no'} escalation"
    if after.version and after.escalation is None and after.type is CaseType.EMERGENCY:
        yield "an emergency has no escalation"


def invariant_2(step: Step) -> Iterator[str]:
    """Only rows of the table change a status. A refused command changes nothing and emits nothing."""
    before, after = step.before, step.after
    moved, case_moved = (status_of(before), status_of(after)), (before.status, after.status)
    kind = type(step.command)
    who = "time" if step.command is None else kind.__name__
    if moved[0] is not moved[1] and moved not in _MOVES.get(kind, ()):  # type: ignore[arg-type]  # None is no key
        yield f"{who} moves an escalation from {_name_of(moved[0])} to {_name_of(moved[1])}"
    if before.status is not after.status and case_moved not in _CASE_MOVES.get(kind, ()):  # type: ignore[arg-type]
        yield f"{who} moves a case from {before.status} to {after.status}"
    if step.command is not None and step.outcome is None:
        yield from _refused(step, step.command)


def _refused(step: Step, command: Command) -> Iterator[str]:
    name, fingerprint = type(command).__name__, hash(step.before)
    refusals = step.process.check(step.before, command, now=step.now)
    try:
        step.process.handle(step.before, command, now=step.now)
    except CommandRefusedError as error:
        if error.refusals != refusals:
            yield f"{name} is refused by handle and by check for different reasons"
    else:
        yield f"{name} is refused by check, and accepted by handle"
    if hash(step.before) != fingerprint:
        yield f"{name} is refused, but changes the case"


def invariant_3(step: Step) -> Iterator[str]:
    """Each external person gets exactly one notification of a status change, and nobody gets two of one step."""
    if step.outcome is None or not step.outcome.events:
        return
    # A call of ``Process.due`` may send one person several reminders, one for each deadline.
    by_time, sent = step.command is None, step.outcome.notifications
    counted = Counter((by_time and notification.event_id, notification.to) for notification in sent)
    for (_, to), count in counted.items():
        if count > 1:
            yield f"a {role_of(to)} gets {count} notifications of one step"
    if len({notification.id for notification in sent}) < len(sent):
        yield "two notifications have the same id"
    notified = {notification.to for notification in sent if notification.audience is Audience.EXTERNAL}
    people = external_people(step.after)
    yield from (f"a {role_of(to)} who is not on the case gets an external notification" for to in notified - people)
    before = step.before if step.before.version else None
    if before is None or (status_of(before), before.status) != (status_of(step.after), step.after.status):
        yield from (f"a {role_of(to)} gets no notification of a status change" for to in people - notified)


def invariant_4(step: Step) -> Iterator[str]:
    """CANCELED: never acknowledged; the requester got the reason; the case is open, downgraded, without follow-ups."""
    case, escalation = step.after, step.after.escalation
    if escalation is None or escalation.status is not _S.CANCELED:
        return
    if escalation.owner is not None or escalation.acknowledged_at is not None:
        yield "a canceled escalation was acknowledged"
    if escalation.follow_ups or not escalation.settled:
        yield "a canceled escalation has follow-ups"
    if case.type is not CaseType.PROBLEM:
        yield f"the case of a canceled escalation is of type {case.type}"
    canceled = next((event for event in step.events if isinstance(event, events.EscalationCanceled)), None)
    if canceled is None or step.outcome is None:
        return
    if case.status is _C.CLOSED or case.priority is not step.process.policy.misuse.canceled_priority:
        yield f"a canceled escalation leaves a case in {case.status}, of priority {case.priority}"
    received = [one.data for one in step.outcome.notifications if one.to == case.requester]
    reasons = [(data.get("reason"), data.get("explanation")) for data in received]
    if reasons != [(canceled.reason.value, canceled.explanation)]:
        yield "the requester does not get the reason of a canceled escalation"


def invariant_5(step: Step) -> Iterator[str]:
    """CLOSED: all required sides have accepted, or the closing by silence is recorded; the case is still open."""
    yield from _required_sides(step)
    closed = next((event for event in step.events if isinstance(event, events.EscalationClosed)), None)
    escalation = step.after.escalation
    if closed is None or escalation is None:
        return
    if step.after.status is CaseStatus.CLOSED is not step.before.status:
        yield "closing an escalation closes its case"
    proposal, silence = escalation.proposals[-1], escalation.timing.close_after_silence
    unanswered = set(proposal.asked).difference(proposal.approved_by)
    if closed.by_silence:
        if silence is None or step.now < escalation.timing.hours.add(proposal.proposed_at, silence):
            yield "an escalation is closed by silence against the policy, or too early"
        if not escalation.closed_by_silence:
            yield "a closing by silence is not on record"
    elif not proposal.approved_by or (unanswered and proposal.consent is not Consent.ANY):
        yield f"an escalation is closed without the acceptance of {_names(unanswered)}"


def _required_sides(step: Step) -> Iterator[str]:
    proposed = next((event for event in step.events if isinstance(event, events.SolutionProposed)), None)
    if proposed is None:
        return
    sides = {person.role for person in step.before.participants if person.role in EXTERNAL_ROLES}
    if proposed.consent is Consent.CUSTOMER and Role.CUSTOMER in sides:
        sides = {Role.CUSTOMER}
    if Counter(proposed.asked) != Counter(sides) or proposed.consent is not step.process.policy.consent:
        yield f"a proposal asks {_names(proposed.asked)}, with the consent of {proposed.consent}"


def _names(roles: Iterable[Role]) -> str:
    return " and ".join(sorted(role.value for role in roles)) or "nobody"


def invariant_6(step: Step) -> Iterator[str]:
    """CLOSED has a debrief and a post mortem, and an RCA exactly if infrastructure in production was the cause."""
    escalation = step.after.escalation
    if escalation is None:
        return
    expected: list[FollowUpKind] = []
    if escalation.status is _S.CLOSED:
        expected += [FollowUpKind.DEBRIEF, FollowUpKind.POST_MORTEM]
        if escalation.cause is Cause.INFRASTRUCTURE and escalation.cause_in_production:
            expected.append(FollowUpKind.ROOT_CAUSE_ANALYSIS)
    owed = [follow_up.kind for follow_up in escalation.follow_ups]
    if sorted(kind.value for kind in owed) != sorted(kind.value for kind in expected):
        cause = "unknown" if escalation.cause is None else escalation.cause.value
        where = " in production" if escalation.cause_in_production else ""
        found = ", ".join(kind.value for kind in owed) or "nothing"
        yield f"an escalation in {escalation.status}, of cause {cause}{where}, has the follow-ups: {found}"


def invariant_7(process: Process, history: tuple[Event, ...], case: Case) -> Iterator[str]:
    """The replay of the events is the case; the version is the number of events."""
    if [event.version for event in history] != list(range(1, case.version + 1)):
        yield "the versions of the events are not 1, 2, 3 and so on"
        return
    try:
        replayed = process.replay(history) if history else case
    except ReplayError as error:
        yield f"the events cannot be replayed: {error}"
    else:
        if replayed != case:
            yield "the replay of the events is a different case"


def invariant_8(step: Step) -> Iterator[str]:
    """No external notification shows internal text."""
    for notification in () if step.outcome is None else step.outcome.notifications:
        external = notification.audience is Audience.EXTERNAL
        reader = isinstance(notification.to, Person) and notification.to.role in EXTERNAL_ROLES
        if external is not reader:
            for_whom = "customer and partner" if external else "internal people"
            yield f"{notification.template} is for {for_whom}, and is sent to a {role_of(notification.to)}"
        if external or reader:
            message = render(notification)
            if TAINT in message.subject + message.body + str(notification.data.contents):
                yield f"{notification.template} shows internal text to a {role_of(notification.to)}"


def invariant_10(step: Step) -> Iterator[str]:
    """No case is closed while its escalation is active. From ACKNOWLEDGED to CLOSED there is exactly one owner."""
    case, escalation = step.after, step.after.escalation
    if escalation is None:
        return
    status = escalation.status.value
    if escalation.active is (escalation.status in {_S.CANCELED, _S.CLOSED}):
        yield f"an escalation in {status} counts as {'active' if escalation.active else 'over'}"
    if escalation.active and case.status is _C.CLOSED:
        yield f"a case is CLOSED while its escalation is {status}"
    if escalation.active and case.priority is not Priority.URGENT:
        yield f"an emergency has priority {case.priority} while its escalation is {status}"
    if (escalation.owner is None) is not (escalation.status in {_S.STARTED, _S.CANCELED}):
        yield f"an escalation in {status} has {'no' if escalation.owner is None else 'an'} owner"


def invariant_11(step: Step) -> Iterator[str]:
    """The same call with the same arguments has an equal result, and changes no argument."""
    if step.outcome is None:
        return
    fingerprint = hash((step.before, step.command))
    if step.command is None:
        again = step.process.due(step.before, now=step.now)
    else:
        again = step.process.handle(step.before, step.command, now=step.now)
    if again != step.outcome:
        yield "the same call has a different result"
    if hash((step.before, step.command)) != fingerprint:
        yield "a call changes its arguments"
