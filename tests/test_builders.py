"""Builders return the requested example values, with valid defaults for all other fields."""

from typing import Any

import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.table import COMMANDS
from escalation_core.testing import (
    ANA,
    CAST,
    MINUTE,
    NINA,
    OTTO,
    PAUL,
    RITA,
    T0,
    emergency,
    later,
    opened,
    person,
    problem,
    reach,
    sample,
)

S = ec.EscalationStatus


@pytest.mark.parametrize("role", ec.Role)
def test_there_is_a_person_of_every_role(role: ec.Role) -> None:
    assert person(role).role is role
    assert person(role) in CAST


@pytest.mark.parametrize("kind", COMMANDS)
def test_there_is_a_sample_of_every_command(kind: type[commands.Command]) -> None:
    command = sample(kind, RITA, command_id="key-1")
    assert (type(command), command.by, command.command_id) == (kind, RITA, "key-1")


def test_a_sample_has_the_given_fields() -> None:
    assert sample(commands.PostUpdate, RITA, message="Nearly").message == "Nearly"


@pytest.mark.parametrize("consent", ec.Consent)
@pytest.mark.parametrize("status", S)
def test_every_status_is_reached_under_every_rule_of_consent(status: S, consent: ec.Consent) -> None:
    process = ec.Process(policy=ec.Policy(consent=consent))
    case = reach(status, process, id="7", participants=(ANA, PAUL, NINA))
    assert case.escalation is not None
    assert (case.id, case.escalation.status) == ("7", status)


@pytest.mark.parametrize("status", S)
def test_every_status_is_reached_with_anybody_as_requester(status: S) -> None:
    case = reach(status, requester=PAUL, participants=(PAUL,))
    assert case.escalation is not None
    assert case.escalation.status is status


def test_reach_none_returns_a_problem_without_an_escalation() -> None:
    case = reach(None, subject="Slow")
    assert (case.escalation, case.status, case.subject) == (None, ec.CaseStatus.RECEIVED, "Slow")
    assert case == opened(problem(subject="Slow"))


def test_reach_raises_if_the_process_refuses_a_command_of_rita() -> None:
    leads = ec.Permissions(granted={commands.CancelEscalation: frozenset({ec.Role.SUPPORT_LEAD})})
    with pytest.raises(ec.NotPermittedError):
        reach(S.CANCELED, ec.Process(policy=ec.Policy(permissions=leads)))


def test_reach_of_a_wrong_type_raises() -> None:
    status: Any = "STARTED"
    with pytest.raises(TypeError, match=r"^status: must be an EscalationStatus or None, got 'STARTED'$"):
        reach(status)


def test_the_story_begins_at_t0_and_a_step_takes_a_minute() -> None:
    assert later(emergency()) == T0
    assert [reach(status).updated_at for status in (S.STARTED, S.ACKNOWLEDGED)] == [T0, T0 + MINUTE]


def test_otto_is_a_rep_and_nina_is_not_on_a_case() -> None:
    assert (OTTO.role, OTTO == RITA) == (RITA.role, False)
    assert NINA not in emergency().participants
