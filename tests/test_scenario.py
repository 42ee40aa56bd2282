"""A scenario records what happened, and its assertions name the difference from what was expected."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.testing import ANA, LEA, MINUTE, PAUL, RITA, T0, emergency, given, opened, problem, reach, sample

HOUR = timedelta(hours=1)
CANCEL = sample(commands.CancelEscalation, RITA)
ACK = commands.Acknowledge(by=RITA)


def test_the_requester_opens_a_new_case_as_the_first_step() -> None:
    start = given(emergency()).then(events.CaseOpened, events.EscalationStarted)
    assert ({event.by for event in start.events}, start.now, start.case.version) == ({ANA}, T0, 2)
    start.then_notified(ANA, ec.Template.STARTED).then_notified(ec.Role.DEVELOPMENT, ec.Template.EVALUATE)


def test_a_scenario_begins_at_the_time_of_the_last_event() -> None:
    case = reach(ec.EscalationStatus.ACKNOWLEDGED)
    start = given(case)
    assert (start.case, start.now, start.then()) == (case, T0 + MINUTE, start)
    history = given(emergency()).events
    assert given(history).case == given(emergency()).case
    with pytest.raises(ec.ReplayError):
        given(history[1:])


def test_two_scenarios_can_share_their_first_steps() -> None:
    start = given(emergency())
    start.when(CANCEL).then(events.EscalationCanceled, events.CaseReclassified)
    start.when(ACK).then(events.EscalationAcknowledged).then_notified(ANA, ec.Template.ACKNOWLEDGED)
    assert start.case.version == 2


def test_only_the_results_of_the_last_when_are_checked() -> None:
    after = given(emergency()).when(ACK).when(sample(commands.PostUpdate, RITA)).then(events.ProgressUpdatePosted)
    after.then_notified(ANA, ec.Template.PROGRESS_UPDATE).then_notified(LEA)


def test_a_waiting_time_triggers_reminders_on_time() -> None:
    after = given(opened(emergency())).when(HOUR / 2, ACK, HOUR)
    after.then(
        *(events.AcknowledgementOverdue, events.AcknowledgementOverdue),
        *(events.EscalationAcknowledged, events.UpdateOverdue),
    )
    assert [event.at - T0 for event in after.events] == [HOUR / 4, HOUR / 2, HOUR / 2, HOUR * 3 / 2]
    assert after.now == T0 + HOUR * 3 / 2
    after.then_notified(RITA, ec.Template.UPDATE_OVERDUE)


def test_a_scenario_uses_the_given_process() -> None:
    process = ec.Process(policy=ec.Policy(consent=ec.Consent.ANY))
    proposed = given(reach(ec.EscalationStatus.SOLUTION_PROPOSED, process), process=process)
    proposed.when(commands.AcceptSolution(by=ANA)).then(events.SolutionApproved, events.SolutionAccepted)
    given(proposed.case).when(commands.AcceptSolution(by=PAUL)).then(events.SolutionApproved, events.SolutionAccepted)


def test_then_refused_needs_all_codes_of_the_refusal() -> None:
    refused = given(reach(ec.EscalationStatus.ACKNOWLEDGED)).when(commands.CloseEscalation(by=ANA))
    refused.then_refused("illegal_transition", ec.RefusalCode.ROLE_NOT_PERMITTED)
    with pytest.raises(AssertionError, match=r"refusals: must be illegal_transition, got role_not_permitted \(c"):
        refused.then_refused("illegal_transition")
    with pytest.raises(
        AssertionError, match=r"events: must be nothing, got nothing; refused: role_not_permitted \(can"
    ):
        refused.then()


def test_then_refused_fails_if_the_command_is_accepted() -> None:
    with pytest.raises(AssertionError, match="refusals: must be not_owed, got nothing; events: EscalationAcknowledged"):
        given(emergency()).when(ACK).then_refused("not_owed")


def test_then_names_the_expected_and_the_actual_event() -> None:
    with pytest.raises(AssertionError, match=r"events: must be EscalationCanceled, got EscalationAcknowledged$"):
        given(emergency()).when(ACK).then(events.EscalationCanceled)


@pytest.mark.parametrize(
    ("to", "templates", "message"),
    [
        (ANA, (), "notifications to Ana: must be nothing, got escalation_acknowledged"),
        (LEA, (ec.Template.CANCELED,), "notifications to Lea: must be escalation_canceled, got nothing"),
        (ec.Role.DEVOPS, (ec.Template.STAND_DOWN,), "notifications to DevOps: must be stakeholders_stand_down, got "),
    ],
)
def test_then_notified_names_expected_and_actual_notifications(
    to: ec.Person | ec.Role, templates: tuple[ec.Template, ...], message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        given(emergency()).when(ACK).then_notified(to, *templates)


def test_only_the_last_step_may_be_refused() -> None:
    with pytest.raises(AssertionError, match=r"steps: only the last one may be refused, got no_escalation \("):
        given(problem()).when(ACK, HOUR)


def test_a_repeated_command_has_no_effect() -> None:
    ack = commands.Acknowledge(by=RITA, command_id="key-1")
    first = given(emergency()).when(ack).then(events.EscalationAcknowledged)
    again = first.when(ack).then()
    assert (again.case, again.notifications) == (first.case, ())


def test_a_negative_waiting_time_raises() -> None:
    with pytest.raises(ValueError, match=r"steps: must be waiting times of at least 0, got .*-1"):
        given(emergency()).when(-HOUR)


def test_wrong_arguments_raise_with_their_name() -> None:
    start: Any = given(emergency())
    with pytest.raises(TypeError, match=r"steps: must be commands and timedeltas, got .*Acknowledge"):
        start.when(commands.Acknowledge)
    with pytest.raises(TypeError, match=r"kinds: must be classes of events, got CaseOpened"):
        start.then(start.events[0])
    with pytest.raises(TypeError, match="templates: must be members of Template, got 'escalation_started'"):
        start.then_notified(ANA, "escalation_started")


HAPPENED = (events.EscalationAcknowledged, events.ProgressUpdatePosted, events.ProgressUpdatePosted)
SENT = (ec.Template.ACKNOWLEDGED, ec.Template.PROGRESS_UPDATE, ec.Template.PROGRESS_UPDATE)
UPDATED = given(emergency()).when(ACK, *[sample(commands.PostUpdate, RITA)] * 2)


@pytest.mark.parametrize("kinds", [kinds for length in range(5) for kinds in product(HAPPENED[:2], repeat=length)])
def test_then_compares_the_order_and_number_of_events(kinds: tuple[type[events.Event], ...]) -> None:
    if kinds == HAPPENED:
        assert UPDATED.then(*kinds) is UPDATED
    else:
        with pytest.raises(AssertionError, match=r"^events: must be "):
            UPDATED.then(*kinds)


@pytest.mark.parametrize("templates", [keys for length in range(5) for keys in product(SENT[:2], repeat=length)])
def test_then_notified_compares_order_and_number(templates: tuple[ec.Template, ...]) -> None:
    if templates == SENT:
        assert UPDATED.then_notified(ANA, *templates) is UPDATED
    else:
        with pytest.raises(AssertionError, match=r"^notifications to Ana: must be "):
            UPDATED.then_notified(ANA, *templates)
