"""Every command in every situation by every role is accepted or refused as the hand-written process says."""

from datetime import datetime

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.commands import Command
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import ANA, CAST, MINUTE, RITA, T0, later, sample
from escalation_core.testing.strategies import STRANGER
from support.examples import PROCESS, codes, fields_of
from support.expectations import AT_ANY_TIME, expected_codes, expected_step, possible_codes
from support.notified import NOTIFIED
from support.process import GUARDS, ROWS
from support.situations import situations

S = ec.EscalationStatus
CODE = ec.RefusalCode
SITUATIONS = situations()


def expected_error(refused: set[ec.RefusalCode]) -> type[ec.CommandRefusedError]:
    """Return the class of the error for these codes; permission has priority over the move."""
    if CODE.ROLE_NOT_PERMITTED in refused:
        return ec.NotPermittedError
    moves = {CODE.ILLEGAL_TRANSITION, CODE.NO_ESCALATION, CODE.ESCALATION_EXISTS, CODE.CASE_NOT_OPENED}
    return ec.IllegalTransitionError if refused & moves else ec.CommandRefusedError


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_command_is_accepted_or_refused_as_its_row_says(name: str, command: type[Command]) -> None:
    case = SITUATIONS[name].case
    for person in CAST:
        sent = sample(command, person)
        expected = expected_codes(SITUATIONS[name], command, person.role)
        refusals = PROCESS.check(case, sent, now=later(case))
        assert codes(refusals) == {str(code) for code in expected}, person
        assert len(refusals) == len(expected)
        before = (case, case.version, hash(case))
        if expected:
            with pytest.raises(ec.CommandRefusedError) as caught:
                PROCESS.handle(case, sent, now=later(case))
            assert type(caught.value) is expected_error(expected), person
            assert caught.value.refusals == refusals
            assert caught.value.command is sent
            assert caught.value.status == (None if case.escalation is None else case.escalation.status)
            assert (case, case.version, hash(case)) == before
        else:
            _assert_step(name, sent)


def _assert_step(name: str, sent: Command) -> None:
    case = SITUATIONS[name].case
    status, case_status, happened = expected_step(SITUATIONS[name], type(sent), sent.by.role)
    outcome = PROCESS.handle(case, sent, now=later(case))
    assert tuple(type(event) for event in outcome.events) == happened
    assert [event.version for event in outcome.events] == [case.version + n + 1 for n in range(len(happened))]
    assert (outcome.case.version, outcome.case.updated_at) == (case.version + len(happened), later(case))
    assert all((e.by, e.at, e.case_id) == (sent.by, later(case), case.id) for e in outcome.events)
    for shared in {field.name for field in fields_of(sent)} & {field.name for field in fields_of(outcome.events[0])}:
        assert getattr(sent, shared) in (None, getattr(outcome.events[0], shared)), shared
    assert (outcome.case.escalation.status if outcome.case.escalation else None) is status
    assert outcome.case.status is case_status


@pytest.mark.parametrize("name", SITUATIONS)
def test_options_agree_with_check_in_every_situation(name: str) -> None:
    case = SITUATIONS[name].case
    for person in CAST:
        options = PROCESS.options(case, by=person, now=later(case))
        assert tuple(option.command for option in options) == COMMANDS
        for option in options:
            refusals = PROCESS.check(case, sample(option.command, person), now=later(case))
            assert option.refusals == refusals
            assert option.allowed is (refusals == ())


def _no_acknowledgement(_: ec.Case, command: Command, __: datetime) -> tuple[ec.Refusal, ...]:
    refusal = ec.Refusal(code="desk_closed", message="the desk is closed")
    return (refusal,) if isinstance(command, commands.Acknowledge) else ()


@pytest.mark.parametrize("rules", [(), (_no_acknowledgement,)], ids=["no rules", "a rule of the host"])
@pytest.mark.parametrize("name", SITUATIONS)
def test_an_error_names_the_allowed_options(name: str, rules: tuple[ec.Rule, ...]) -> None:
    case, process = SITUATIONS[name].case, ec.Process(policy=ec.Policy(rules=rules))
    for person in (*CAST, STRANGER, attrs.evolve(ANA, role=ec.Role.SUPPORT_REP)):
        for now in (later(case), T0 - MINUTE):
            with pytest.raises(ec.StaleVersionError) as caught:
                process.handle(case, sample(commands.AddInternalNote, person), now=now, expected_version=99)
            options = process.options(case, by=person, now=now)
            assert caught.value.allowed == tuple(option.command for option in options if option.allowed)


def test_a_rule_of_the_host_removes_a_command_from_the_allowed() -> None:
    case = SITUATIONS["STARTED"].case
    process = ec.Process(policy=ec.Policy(rules=(_no_acknowledgement,)))
    with pytest.raises(ec.CommandRefusedError) as caught:
        process.handle(case, commands.Acknowledge(by=RITA), now=later(case))
    assert type(caught.value) is ec.CommandRefusedError
    assert codes(caught.value.refusals) == {"desk_closed"}
    assert commands.Acknowledge not in caught.value.allowed
    assert commands.CancelEscalation in caught.value.allowed


def test_the_hand_written_process_is_complete() -> None:
    assert set(ROWS) == set(COMMANDS)
    assert {code for kind in ROWS for code in possible_codes(kind)} | AT_ANY_TIME == set(ec.RefusalCode)
    assert set(NOTIFIED) == set(EVENTS)
    happened = {kind for row in ROWS.values() for kind in (*row.events, *([row.second.event] if row.second else []))}
    assert happened | {kind for kind in EVENTS if issubclass(kind, events.Overdue)} == set(EVENTS)
    assert set(GUARDS) == {move.guard.__name__ for move in ec.ESCALATION.moves if move.guard}


def test_the_situations_have_every_status_and_role() -> None:
    for at in SITUATIONS.values():
        assert (at.case.escalation and at.case.escalation.status) is at.status
        assert (at.case.status if at.case.version else None) is at.case_status
    assert {at.status for at in SITUATIONS.values()} == {None, *S}
    assert {at.case_status for at in SITUATIONS.values()} == {None, *ec.CaseStatus}
    assert [person.role for person in CAST] == list(ec.Role)
