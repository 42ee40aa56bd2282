"""A scenario tells what happened, and says what is wrong where it did not happen as expected."""

from datetime import timedelta
from typing import Any

import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.testing import ANA, LEA, MINUTE, PAUL, RITA, T0, emergency, given, opened, problem, reach, sample

HOUR = timedelta(hours=1)
CANCEL = sample(commands.CancelEscalation, RITA)
ACK = commands.Acknowledge(by=RITA)


def test_a_case_that_is_not_opened_is_opened_by_its_requester_as_the_first_step() -> None:
    start = given(emergency()).then(events.CaseOpened, events.EscalationStarted)
    assert ({event.by for event in start.events}, start.now, start.case.version) == ({ANA}, T0, 2)
    start.then_told(ANA, ec.Template.STARTED).then_told(ec.Role.DEVELOPMENT, ec.Template.EVALUATE)


def test_a_case_or_its_events_begin_at_the_time_of_what_happened_last() -> None:
    case = reach(ec.EscalationStatus.ACKNOWLEDGED)
    start = given(case)
    assert (start.case, start.now, start.then()) == (case, T0 + MINUTE, start)
    history = given(emergency()).events
    assert given(history).case == given(emergency()).case
    with pytest.raises(ec.ReplayError):
        given(history[1:])


def test_two_stories_share_their_beginning() -> None:
    start = given(emergency())
    start.when(CANCEL).then(events.EscalationCanceled, events.CaseReclassified)
    start.when(ACK).then(events.EscalationAcknowledged).then_told(ANA, ec.Template.ACKNOWLEDGED)
    assert start.case.version == 2


def test_only_what_came_of_the_last_when_is_looked_at() -> None:
    after = given(emergency()).when(ACK).when(sample(commands.PostUpdate, RITA)).then(events.ProgressUpdatePosted)
    after.then_told(ANA, ec.Template.PROGRESS_UPDATE).then_told(LEA)


def test_time_moves_where_the_story_says_so_and_what_is_due_meanwhile_happens_on_time() -> None:
    after = given(opened(emergency())).when(HOUR / 2, ACK, HOUR)
    after.then(
        *(events.AcknowledgementOverdue, events.AcknowledgementOverdue),
        *(events.EscalationAcknowledged, events.UpdateOverdue),
    )
    assert [event.at - T0 for event in after.events] == [HOUR / 4, HOUR / 2, HOUR / 2, HOUR * 3 / 2]
    assert after.now == T0 + HOUR * 3 / 2
    after.then_told(RITA, ec.Template.UPDATE_OVERDUE)


def test_a_process_of_ones_own_decides() -> None:
    process = ec.Process(policy=ec.Policy(consent=ec.Consent.ANY))
    proposed = given(reach(ec.EscalationStatus.SOLUTION_PROPOSED, process), process=process)
    proposed.when(commands.AcceptSolution(by=ANA)).then(events.SolutionApproved, events.SolutionAccepted)
    given(proposed.case).when(commands.AcceptSolution(by=PAUL)).then(events.SolutionApproved, events.SolutionAccepted)


def test_a_refusal_is_expected_with_all_of_its_reasons() -> None:
    refused = given(reach(ec.EscalationStatus.ACKNOWLEDGED)).when(commands.CloseEscalation(by=ANA))
    refused.then_refused("illegal_transition", ec.RefusalCode.ROLE_NOT_PERMITTED)
    with pytest.raises(
        AssertionError, match=r"expected a refusal: illegal_transition; refused: role_not_permitted \(c"
    ):
        refused.then_refused("illegal_transition")
    with pytest.raises(AssertionError, match=r"expected nothing; happened: nothing; refused: role_not_permitted \(can"):
        refused.then()


def test_a_command_that_was_accepted_is_no_refusal() -> None:
    with pytest.raises(AssertionError, match="expected a refusal: not_owed; happened: EscalationAcknowledged"):
        given(emergency()).when(ACK).then_refused("not_owed")


def test_another_event_is_named_beside_the_expected_one() -> None:
    with pytest.raises(AssertionError, match=r"expected EscalationCanceled; happened: EscalationAcknowledged$"):
        given(emergency()).when(ACK).then(events.EscalationCanceled)


@pytest.mark.parametrize(
    ("to", "templates", "said"),
    [
        (ANA, (), "expected that Ana is told nothing; is told: escalation_acknowledged"),
        (LEA, (ec.Template.CANCELED,), "expected that Lea is told escalation_canceled; is told: nothing"),
        (ec.Role.DEVOPS, (ec.Template.STAND_DOWN,), "expected that DevOps is told stakeholders_stand_down; is told: "),
    ],
)
def test_who_is_told_something_else_is_named(
    to: ec.Person | ec.Role, templates: tuple[ec.Template, ...], said: str
) -> None:
    with pytest.raises(AssertionError, match=said):
        given(emergency()).when(ACK).then_told(to, *templates)


def test_what_follows_a_refused_command_is_not_tried() -> None:
    with pytest.raises(AssertionError, match=r"refused before the last step of this `when`: no_escalation \("):
        given(problem()).when(ACK, HOUR)


def test_a_command_that_comes_twice_happens_once() -> None:
    ack = commands.Acknowledge(by=RITA, command_id="key-1")
    first = given(emergency()).when(ack).then(events.EscalationAcknowledged)
    again = first.when(ack).then()
    assert (again.case, again.notifications) == (first.case, ())


def test_time_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match=r"steps: must be a time that runs forward, got .*-1"):
        given(emergency()).when(-HOUR)


def test_what_is_no_step_no_event_and_no_template_is_refused_by_name() -> None:
    start: Any = given(emergency())
    with pytest.raises(TypeError, match=r"steps: must be commands and timedeltas, got .*Acknowledge"):
        start.when(commands.Acknowledge)
    with pytest.raises(TypeError, match=r"happened: must be classes of events, got CaseOpened"):
        start.then(start.events[0])
    with pytest.raises(TypeError, match="templates: must be of Template, got 'escalation_started'"):
        start.then_told(ANA, "escalation_started")
