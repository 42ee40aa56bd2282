"""The invariants of the design: each a function from one step to sentences that say how the step breaks it.

Rule 1: a function has the number of its invariant. The ninth, no dead end, is about all states together: see ``graph``;
the twelfth is about time: see ``of_time``.
Rule 2: what must be so is written here as the design says it, and not read from the tables, rules and routes that are
judged by it. What a policy may choose is read from the policy.
Rule 3: a sentence names no case, no person and no instant, so that one fault gives one sentence.
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
from escalation_core.notifications.model import Audience
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


def _said(status: EscalationStatus | None) -> str:
    return "none" if status is None else status.value


def invariant_1(step: Step) -> Iterator[str]:
    """An emergency case has an escalation from its first event on; no other, unless an emergency was declared on it."""
    before, after = step.before, step.after
    started = any(isinstance(event, events.EscalationStarted) for event in step.events)
    if (after.escalation is not None) is not (before.escalation is not None or started):
        yield "there is an escalation that nobody started, or one is gone"
    if started and not isinstance(step.command, commands.OpenCase | commands.DeclareEmergency):
        yield "an escalation starts that nobody declared"
    if isinstance(step.command, commands.OpenCase) and step.outcome is not None:
        emergency = before.type is CaseType.EMERGENCY
        if started is not emergency:
            yield f"opening a case of type {before.type.value} {'starts an' if started else 'starts no'} escalation"
    if after.version and after.escalation is None and after.type is CaseType.EMERGENCY:
        yield "an emergency has no escalation"


def invariant_2(step: Step) -> Iterator[str]:
    """Only rows of the table move a status. A refused command changes nothing and emits nothing."""
    before, after = step.before, step.after
    moved, case_moved = (status_of(before), status_of(after)), (before.status, after.status)
    kind = type(step.command)
    who = "time" if step.command is None else kind.__name__
    if moved[0] is not moved[1] and moved not in _MOVES.get(kind, ()):  # type: ignore[arg-type]  # None is no key
        yield f"{who} moves an escalation from {_said(moved[0])} to {_said(moved[1])}"
    if before.status is not after.status and case_moved not in _CASE_MOVES.get(kind, ()):  # type: ignore[arg-type]
        yield f"{who} moves a case from {before.status.value} to {after.status.value}"
    if step.command is not None and step.outcome is None:
        yield from _refused(step, step.command)


def _refused(step: Step, command: Command) -> Iterator[str]:
    name, fingerprint = type(command).__name__, hash(step.before)
    refusals = step.process.check(step.before, command, now=step.now)
    try:
        step.process.handle(step.before, command, now=step.now)
    except CommandRefusedError as error:
        if error.refusals != refusals:
            yield f"{name} is refused by handle for other reasons than by check"
    else:
        yield f"{name} is refused, and then accepted"
    if hash(step.before) != fingerprint:
        yield f"{name} is refused, and changes the case"


def invariant_3(step: Step) -> Iterator[str]:
    """Every status change yields exactly one notification to each external person, and none to anyone twice."""
    if step.outcome is None or not step.outcome.events:
        return
    # What time causes is told once for each promise.
    by_time, told = step.command is None, step.outcome.notifications
    counted = Counter((by_time and notification.event_id, notification.to) for notification in told)
    yield from (f"a {role_of(to)} is told {count} times of one step" for (_, to), count in counted.items() if count > 1)
    if len({notification.id for notification in told}) < len(told):
        yield "two notifications have one id"
    heard = {notification.to for notification in told if notification.audience is Audience.EXTERNAL}
    people = external_people(step.after)
    yield from (f"a {role_of(to)} who is not on the case is told what is for its two sides" for to in heard - people)
    before = step.before if step.before.version else None
    if before is None or (status_of(before), before.status) != (status_of(step.after), step.after.status):
        yield from (f"a {role_of(to)} hears nothing of a change of a status" for to in people - heard)


def invariant_4(step: Step) -> Iterator[str]:
    """CANCELED: was never acknowledged; the requester knows why; the case is open, downgraded, and owes nothing."""
    case, escalation = step.after, step.after.escalation
    if escalation is None or escalation.status is not _S.CANCELED:
        return
    if escalation.owner is not None or escalation.acknowledged_at is not None:
        yield "a canceled escalation was acknowledged"
    if escalation.follow_ups or not escalation.settled:
        yield "a canceled escalation owes something"
    if case.type is not CaseType.PROBLEM:
        yield f"the case of a canceled escalation is of type {case.type.value}"
    canceled = next((event for event in step.events if isinstance(event, events.EscalationCanceled)), None)
    if canceled is None or step.outcome is None:
        return
    if case.status is _C.CLOSED or case.priority is not step.process.policy.misuse.canceled_priority:
        yield f"canceling leaves a case that is {case.status.value}, of priority {case.priority.value}"
    told = [one.data for one in step.outcome.notifications if one.to == case.requester]
    reasons = [(data.get("reason"), data.get("explanation")) for data in told]
    if reasons != [(canceled.reason.value, canceled.explanation)]:
        yield "the requester does not learn why the escalation is canceled"


def invariant_5(step: Step) -> Iterator[str]:
    """CLOSED: every side had accepted that must, or the policy's silence is on record; the case is still open."""
    yield from _asked(step)
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
            yield "an escalation is closed by silence, which the policy does not allow, or not yet"
        if not escalation.closed_by_silence:
            yield "that an escalation is closed by silence is not on record"
    elif not proposal.approved_by or (unanswered and proposal.consent is not Consent.ANY):
        yield f"an escalation is closed without a yes of {_names(unanswered)}"


def _asked(step: Step) -> Iterator[str]:
    proposed = next((event for event in step.events if isinstance(event, events.SolutionProposed)), None)
    if proposed is None:
        return
    sides = {person.role for person in step.before.participants if person.role in EXTERNAL_ROLES}
    if proposed.consent is Consent.CUSTOMER and Role.CUSTOMER in sides:
        sides = {Role.CUSTOMER}
    if Counter(proposed.asked) != Counter(sides) or proposed.consent is not step.process.policy.consent:
        yield f"a proposal asks {_names(proposed.asked)}, with the consent of {proposed.consent.value}"


def _names(roles: Iterable[Role]) -> str:
    return " and ".join(sorted(role.value for role in roles)) or "nobody"


def invariant_6(step: Step) -> Iterator[str]:
    """CLOSED owes a post mortem; it owes an RCA exactly when infrastructure in production caused it."""
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
        said = ", ".join(kind.value for kind in owed) or "nothing"
        yield f"an escalation that is {escalation.status.value}, of cause {cause}{where}, owes {said}"


def invariant_7(process: Process, history: tuple[Event, ...], case: Case) -> Iterator[str]:
    """Replaying the events gives the case; the version is the number of events."""
    if [event.version for event in history] != list(range(1, case.version + 1)):
        yield "the versions of the events do not count them"
        return
    try:
        replayed = process.replay(history) if history else case
    except ReplayError as error:
        yield f"the events cannot be replayed: {error}"
    else:
        if replayed != case:
            yield "replaying the events gives another case"


def invariant_8(step: Step) -> Iterator[str]:
    """No text given as internal appears in any external notification."""
    for notification in () if step.outcome is None else step.outcome.notifications:
        external = notification.audience is Audience.EXTERNAL
        reader = isinstance(notification.to, Person) and notification.to.role in EXTERNAL_ROLES
        if external is not reader:
            for_whom = "customer and partner" if external else "internal people"
            yield f"{notification.template.key} is for {for_whom}, and is told to a {role_of(notification.to)}"
        if external or reader:
            message = render(notification)
            if TAINT in message.subject + message.body + str(notification.data.contents):
                yield f"{notification.template.key} shows internal text to a {role_of(notification.to)}"


def invariant_10(step: Step) -> Iterator[str]:
    """No case is closed while its escalation is active. From acknowledged to closed there is exactly one owner."""
    case, escalation = step.after, step.after.escalation
    if escalation is None:
        return
    status = escalation.status.value
    if escalation.active is (escalation.status in {_S.CANCELED, _S.CLOSED}):
        yield f"an escalation that is {status} counts as {'active' if escalation.active else 'over'}"
    if escalation.active and case.status is _C.CLOSED:
        yield f"a case is CLOSED while its escalation is {status}"
    if escalation.active and case.priority is not Priority.URGENT:
        yield f"an emergency has priority {case.priority.value} while its escalation is {status}"
    if (escalation.owner is None) is not (escalation.status in {_S.STARTED, _S.CANCELED}):
        yield f"an escalation that is {status} has {'no' if escalation.owner is None else 'an'} owner"


def invariant_11(step: Step) -> Iterator[str]:
    """The same call with the same arguments gives an equal result; no argument is changed."""
    if step.outcome is None:
        return
    fingerprint = hash((step.before, step.command))
    if step.command is None:
        again = step.process.due(step.before, now=step.now)
    else:
        again = step.process.handle(step.before, step.command, now=step.now)
    if again != step.outcome:
        yield "the same call gives another result"
    if hash((step.before, step.command)) != fingerprint:
        yield "a call changes its arguments"
