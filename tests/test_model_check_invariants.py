"""The invariants find the fault in a step with one planted fault."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.model_check.checks import authority, violations
from escalation_core.testing import ANA, LEA, RITA, T0, emergency, later, opened, problem, reach, sample
from escalation_core.testing.history import Step
from support.examples import PROCESS, escalation_of

S, HOUR = ec.EscalationStatus, timedelta(hours=1)


def step(case: ec.Case, command: Command | None, now: datetime | None = None, process: ec.Process = PROCESS) -> Step:
    """Return a correct step; None calls ``Process.due``."""
    now = now or later(case)
    outcome = process.due(case, now=now) if command is None else process.handle(case, command, now=now)
    return Step(process=process, before=case, command=command, now=now, outcome=outcome)


def changed(right: Step, **changes: Any) -> Step:  # noqa: ANN401  # fields of an outcome
    assert right.outcome is not None
    return attrs.evolve(right, outcome=attrs.evolve(right.outcome, **changes))


def with_case(right: Step, **changes: Any) -> Step:  # noqa: ANN401  # fields of a case
    return changed(right, case=attrs.evolve(right.after, **changes))


def with_escalation(right: Step, **changes: Any) -> Step:  # noqa: ANN401  # fields of an escalation
    return with_case(right, escalation=attrs.evolve(escalation_of(right.after), **changes))


def with_event(right: Step, **changes: Any) -> Step:  # noqa: ANN401  # fields of an event
    return changed(right, events=(attrs.evolve(right.events[0], **changes), *right.events[1:]))


def sent(right: Step) -> tuple[ec.Notification, ...]:
    assert right.outcome is not None
    return right.outcome.notifications


def sent_twice(right: Step) -> Step:
    return changed(right, notifications=sent(right) * 2)


NOTE = step(reach(S.ACKNOWLEDGED), commands.AddInternalNote(by=RITA, text="n"))
DIAGNOSIS = step(reach(S.ACKNOWLEDGED), commands.StartDiagnosis(by=RITA))
ACKNOWLEDGED = step(reach(S.STARTED), commands.Acknowledge(by=RITA))
CANCELED = step(reach(S.STARTED), sample(commands.CancelEscalation, RITA))
CLOSED = step(reach(S.SOLUTION_ACCEPTED), commands.CloseEscalation(by=RITA))
OVERDUE = step(reach(S.ACKNOWLEDGED), None, T0 + 9 * HOUR)
SILENCE = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=HOUR)))
SILENT = step(reach(S.SOLUTION_PROPOSED, SILENCE), commands.CloseEscalation(by=RITA), T0 + 9 * HOUR, SILENCE)
RIGHT = (NOTE, DIAGNOSIS, ACKNOWLEDGED, CANCELED, CLOSED, OVERDUE, SILENT)


def writing(case: ec.Case, _: Command, __: datetime) -> tuple[ec.Refusal, ...]:
    """Change a case; a rule must not do that."""
    object.__setattr__(case, "earlier_misuses", case.earlier_misuses + 1)
    return ()


class Always(ec.Process):
    """A process that always returns the same reminder."""

    __slots__ = ()

    def due(self, case: ec.Case, *, now: datetime) -> ec.Outcome:  # noqa: ARG002  # the fault
        """Return the same outcome for every call."""
        assert OVERDUE.outcome is not None
        return OVERDUE.outcome


def test_steps_of_a_process_have_no_violations() -> None:
    assert [list(violations(right)) for right in RIGHT] == [[]] * len(RIGHT)


def test_a_participant_may_send_with_a_changed_name() -> None:
    newer = attrs.evolve(ANA, name="Ana-Maria")
    accepted = step(reach(S.SOLUTION_PROPOSED), commands.AcceptSolution(by=newer))
    assert list(violations(accepted)) == []
    stray = attrs.evolve(accepted, command=commands.AcceptSolution(by=attrs.evolve(newer, id="maria")))
    assert list(authority(stray)) == ["AcceptSolution is accepted from a customer who is not on the case"]


@pytest.mark.parametrize("days", [364, 365, 36_525])
def test_no_check_calls_the_process_in_the_last_year(days: int) -> None:
    timing = ec.Timing(acknowledge_within=timedelta(days=days), ladder=())
    process, now = ec.Process(policy=ec.Policy(timing=timing)), datetime(8998, 1, 1, tzinfo=UTC)
    case = process.open(emergency(), by=RITA, now=now).case
    assert process.next_due(case) == min(now + timedelta(days=days), ec.END)
    assert list(violations(step(case, sample(commands.AddInternalNote, RITA), now, process))) == []


WRONG: dict[str, Step] = {
    "an escalation appears without its start, or disappears": with_case(NOTE, escalation=None),
    "an escalation starts without a declaration": attrs.evolve(
        step(opened(problem()), sample(commands.DeclareEmergency, RITA)), command=NOTE.command
    ),
    "an emergency has no escalation": with_case(NOTE, escalation=None),
    "StartDiagnosis moves a case from RECEIVED to CLOSED": with_case(DIAGNOSIS, status=ec.CaseStatus.CLOSED),
    "Acknowledge is refused by check, and accepted by handle": attrs.evolve(ACKNOWLEDGED, outcome=None),
    "two notifications have the same id": sent_twice(CLOSED),
    "a canceled escalation was acknowledged": with_escalation(CANCELED, owner=RITA),
    "a canceled escalation has follow-ups": with_escalation(
        CANCELED, follow_ups=escalation_of(CLOSED.after).follow_ups
    ),
    "the case of a canceled escalation is of type request": with_case(CANCELED, type=ec.CaseType.REQUEST),
    "the requester does not get the reason of a canceled escalation": changed(CANCELED, notifications=()),
    "an escalation is closed without the acceptance of customer and partner": with_escalation(
        CLOSED, proposals=(attrs.evolve(escalation_of(CLOSED.after).proposals[-1], approved_by=()),)
    ),
    "closing an escalation closes its case": with_case(CLOSED, status=ec.CaseStatus.CLOSED),
    "a closing by silence is not on record": with_event(CLOSED, by_silence=True),
    "an escalation in CLOSED counts as active": with_escalation(CLOSED, ended_at=None),
    "a case is CLOSED while its escalation is ACKNOWLEDGED": with_case(NOTE, status=ec.CaseStatus.CLOSED),
    "an emergency has priority low while its escalation is ACKNOWLEDGED": with_case(
        NOTE, type=ec.CaseType.PROBLEM, priority=ec.Priority.LOW
    ),
    "an escalation in ACKNOWLEDGED has no owner": with_escalation(ACKNOWLEDGED, owner=None),
    "the same call has a different result": changed(NOTE, notifications=sent(CLOSED)),
    "a call changes its arguments": attrs.evolve(NOTE, process=ec.Process(policy=ec.Policy(rules=(writing,)))),
    "InternalNoteAdded is not caused by time": attrs.evolve(NOTE, command=None),
    "UpdateOverdue in STARTED has no deadline": attrs.evolve(OVERDUE, before=reach(S.STARTED)),
    "UpdateOverdue does not count from its deadline": with_event(OVERDUE, overdue_by=HOUR / 7),
    "UpdateOverdue names a different rung than the last one reached": with_event(OVERDUE, rung=1),
    "InternalNoteAdded has a different sender or time than its command": with_event(NOTE, by=LEA),
    "escalation_closed belongs to no event of the step": changed(NOTE, notifications=sent(CLOSED)),
    "due and next_due disagree": attrs.evolve(NOTE, process=Always()),
    "a reminder comes twice": attrs.evolve(NOTE, process=Always()),
    "something is due before next_due": attrs.evolve(NOTE, process=Always()),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_step_is_described_in_words(what: str) -> None:
    assert what in [sentence for _, sentence in violations(WRONG[what])]
