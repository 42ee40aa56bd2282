"""The process table of the design, cell by cell: allowed, or refused with exactly these codes.

The tables below are written by hand from the design; nothing here is read from ``lifecycle``, ``policy`` or ``rules``.
"""

from typing import NamedTuple

import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.commands import Command
from escalation_core.testing import (
    ANA,
    CAST,
    LEA,
    OTTO,
    PAUL,
    RITA,
    after,
    emergency,
    later,
    opened,
    problem,
    reach,
    sample,
)
from support.examples import OPS, PROCESS, codes, fields_of

S = ec.EscalationStatus
R = ec.Role
CODE = ec.RefusalCode

REP = {R.SUPPORT_REP}
SUPPORT = {R.SUPPORT_REP, R.SUPPORT_LEAD}
SIDES = {R.CUSTOMER, R.PARTNER}
INTERNAL = set(R) - SIDES - {R.AUTOMATION}
OWNED = {S.ACKNOWLEDGED, S.SOLUTION_PROPOSED, S.SOLUTION_ACCEPTED, S.SOLUTION_REJECTED}
ACTIVE = {S.STARTED} | OWNED
OPEN = {ec.CaseStatus.RECEIVED, ec.CaseStatus.DIAGNOSIS, ec.CaseStatus.SOLUTION_PROPOSED}


class Row(NamedTuple):
    """One line of the process table."""

    who: set[ec.Role]
    of: set[ec.EscalationStatus] | set[ec.CaseStatus]
    to: ec.EscalationStatus | ec.CaseStatus | None
    events: tuple[type[events.Event], ...]


CASE_ROWS: dict[type[Command], Row] = {
    commands.DeclareEmergency: Row({R.SUPPORT_REP} | SIDES, OPEN, None, (events.EscalationStarted,)),
    commands.AddInternalNote: Row(INTERNAL, OPEN, None, (events.InternalNoteAdded,)),
    commands.AddParticipant: Row(SUPPORT, OPEN, None, (events.ParticipantAdded,)),
    commands.StartDiagnosis: Row(
        SUPPORT,
        {ec.CaseStatus.RECEIVED, ec.CaseStatus.SOLUTION_PROPOSED},
        ec.CaseStatus.DIAGNOSIS,
        (events.DiagnosisStarted,),
    ),
    commands.ProposeCaseSolution: Row(
        SUPPORT, {ec.CaseStatus.DIAGNOSIS}, ec.CaseStatus.SOLUTION_PROPOSED, (events.CaseSolutionProposed,)
    ),
    commands.CloseCase: Row(SUPPORT, {ec.CaseStatus.SOLUTION_PROPOSED}, ec.CaseStatus.CLOSED, (events.CaseClosed,)),
    commands.ReprioritizeCase: Row(SUPPORT, OPEN, None, (events.CaseReprioritized,)),
}
ESCALATION_ROWS: dict[type[Command], Row] = {
    commands.CancelEscalation: Row(
        SUPPORT, {S.STARTED}, S.CANCELED, (events.EscalationCanceled, events.CaseReclassified)
    ),
    commands.Acknowledge: Row(REP, {S.STARTED}, S.ACKNOWLEDGED, (events.EscalationAcknowledged,)),
    commands.PostUpdate: Row(SUPPORT, OWNED, None, (events.ProgressUpdatePosted,)),
    commands.PostponeUpdate: Row(SUPPORT, OWNED - {S.SOLUTION_ACCEPTED}, None, (events.UpdatePostponed,)),
    commands.ProposeSolution: Row(
        REP,
        {S.ACKNOWLEDGED, S.SOLUTION_REJECTED, S.SOLUTION_PROPOSED},
        S.SOLUTION_PROPOSED,
        (events.SolutionProposed,),
    ),
    commands.AcceptSolution: Row(SIDES, {S.SOLUTION_PROPOSED}, None, (events.SolutionApproved,)),
    commands.RejectSolution: Row(SIDES, {S.SOLUTION_PROPOSED}, S.SOLUTION_REJECTED, (events.SolutionRejected,)),
    commands.CloseEscalation: Row(
        SUPPORT, {S.SOLUTION_ACCEPTED, S.SOLUTION_PROPOSED}, S.CLOSED, (events.EscalationClosed,)
    ),
    commands.ReassignOwner: Row(SUPPORT, OWNED, None, (events.OwnerReassigned,)),
    commands.RequestRealTimeCommunication: Row(REP, OWNED, None, (events.RealTimeCommunicationRequested,)),
    commands.EndRealTimeCommunication: Row(REP, OWNED, None, (events.RealTimeCommunicationEnded,)),
    commands.ReportSideChannelContact: Row(INTERNAL, ACTIVE, None, (events.SideChannelContactReported,)),
    commands.RaiseLevel: Row(SUPPORT, ACTIVE, None, (events.LevelRaised,)),
    commands.AttributeCause: Row(
        SUPPORT | {R.DEVOPS, R.DEVELOPMENT}, OWNED | {S.CLOSED}, None, (events.CauseAttributed,)
    ),
    commands.DebriefStakeholders: Row(SUPPORT, {S.CLOSED}, None, (events.StakeholdersDebriefed,)),
    commands.HoldPostMortem: Row(SUPPORT, {S.CLOSED}, None, (events.PostMortemHeld,)),
    commands.SharePostMortem: Row(SUPPORT, {S.CLOSED}, None, (events.PostMortemShared,)),
    commands.ShareRootCauseAnalysis: Row(SUPPORT, {S.CLOSED}, None, (events.RootCauseAnalysisShared,)),
}
OPENERS = SIDES | REP


def _talking() -> ec.Case:
    talk = commands.RequestRealTimeCommunication(by=RITA, channel="Room 7", reason="To see it")
    return after(reach(S.ACKNOWLEDGED), talk)


def _case_solution_proposed(case: ec.Case) -> ec.Case:
    return after(case, commands.StartDiagnosis(by=RITA), commands.ProposeCaseSolution(by=RITA))


def _half_done() -> ec.Case:
    cause = commands.AttributeCause(by=OPS, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
    return after(reach(S.CLOSED), cause, commands.HoldPostMortem(by=RITA, findings="No spare disk"))


def _settled() -> ec.Case:
    return after(
        _half_done(),
        commands.DebriefStakeholders(by=LEA, notes="All told"),
        commands.SharePostMortem(by=LEA, document="https://pm.example"),
        commands.ShareRootCauseAnalysis(by=LEA, document="https://rca.example"),
    )


def _case_closed(case: ec.Case) -> ec.Case:
    return after(_case_solution_proposed(case), commands.CloseCase(by=RITA, reason="Confirmed"))


STATES: dict[str, ec.Case] = {
    "unopened problem": problem(),
    "unopened emergency": emergency(),
    "no escalation": reach(None),
    "no escalation, case in diagnosis": after(reach(None), commands.StartDiagnosis(by=RITA)),
    "no escalation, case solution proposed": _case_solution_proposed(reach(None)),
    "no escalation, case closed": _case_closed(reach(None)),
    **{status.value: reach(status) for status in S},
    "STARTED, case solution proposed": _case_solution_proposed(reach(S.STARTED)),
    "ACKNOWLEDGED, talking": _talking(),
    "SOLUTION PROPOSED, customer said yes": after(reach(S.SOLUTION_PROPOSED), commands.AcceptSolution(by=ANA)),
    "CANCELED, case closed": _case_closed(reach(S.CANCELED)),
    "CLOSED, case closed": _case_closed(reach(S.CLOSED)),
    "CLOSED, post mortem held and analysis owed": _half_done(),
    "CLOSED and settled": _settled(),
}
PENDING = {"SOLUTION PROPOSED", "SOLUTION PROPOSED, customer said yes"}


def expected_codes(name: str, command: type[Command], role: ec.Role) -> set[str]:
    """Say from the design alone with which codes a cell is refused; none is allowed."""
    case = STATES[name]
    found: set[str] = set()
    if command is commands.OpenCase:
        if role not in OPENERS:
            found.add(CODE.ROLE_NOT_PERMITTED)
        if not name.startswith("unopened"):
            found.add(CODE.ILLEGAL_TRANSITION)
        return found
    row = CASE_ROWS.get(command) or ESCALATION_ROWS[command]
    if role not in row.who:
        found.add(CODE.ROLE_NOT_PERMITTED)
    if name.startswith("unopened"):
        return found | {CODE.CASE_NOT_OPENED}
    status = None if case.escalation is None else case.escalation.status
    if command in CASE_ROWS:
        if case.status not in row.of:
            found.add(CODE.ILLEGAL_TRANSITION)
    elif status is None:
        return found | {CODE.NO_ESCALATION}
    elif status not in row.of:
        found.add(CODE.ILLEGAL_TRANSITION)
    return found | _stands_against(name, command, role, status)


def _stands_against(name: str, command: type[Command], role: ec.Role, status: S | None) -> set[str]:
    """Say what else the text of the design has against a command, whoever sends it."""
    against: dict[tuple[type[Command], bool], str] = {
        (commands.DeclareEmergency, status is not None): CODE.ESCALATION_EXISTS,
        (commands.CloseCase, status in ACTIVE): CODE.ESCALATION_ACTIVE,
        (commands.ReprioritizeCase, status in ACTIVE): CODE.ESCALATION_ACTIVE,
        (commands.CloseEscalation, name in PENDING): CODE.ANSWER_PENDING,
        (commands.PostponeUpdate, name in PENDING): CODE.NO_UPDATE_PROMISED,
        (commands.AcceptSolution, name == "SOLUTION PROPOSED, customer said yes" and role is R.CUSTOMER): (
            CODE.ALREADY_APPROVED
        ),
        (commands.RequestRealTimeCommunication, name == "ACKNOWLEDGED, talking"): CODE.REAL_TIME_OPEN,
        (commands.EndRealTimeCommunication, name != "ACKNOWLEDGED, talking"): CODE.REAL_TIME_NOT_OPEN,
        (commands.SharePostMortem, name in {"CLOSED", "CLOSED, case closed"}): CODE.POST_MORTEM_NOT_HELD,
        (commands.ShareRootCauseAnalysis, name in {"CLOSED", "CLOSED, case closed"}): CODE.NOT_OWED,
        (commands.HoldPostMortem, name in {"CLOSED and settled", "CLOSED, post mortem held and analysis owed"}): (
            CODE.ALREADY_DONE
        ),
    }
    if name == "CLOSED and settled":
        shares = (commands.DebriefStakeholders, commands.SharePostMortem, commands.ShareRootCauseAnalysis)
        against |= {(share, True): CODE.ALREADY_DONE for share in shares}
    code = against.get((command, True))
    return set() if code is None else {code}


def expected_error(refused: set[str]) -> type[ec.CommandRefusedError]:
    """Say which error carries these codes: who may not comes first, then what cannot."""
    if CODE.ROLE_NOT_PERMITTED in refused:
        return ec.NotPermittedError
    moves = {CODE.ILLEGAL_TRANSITION, CODE.NO_ESCALATION, CODE.ESCALATION_EXISTS, CODE.CASE_NOT_OPENED}
    return ec.IllegalTransitionError if refused & moves else ec.CommandRefusedError


def expected_step(name: str, command: type[Command], role: ec.Role) -> tuple[Row, tuple[type[events.Event], ...]]:
    """Give the row of an allowed cell and the events it yields there."""
    if command is commands.OpenCase:
        emergency_too = (events.EscalationStarted,) if name == "unopened emergency" else ()
        return Row(OPENERS, set(), None, ()), (events.CaseOpened, *emergency_too)
    row = CASE_ROWS.get(command) or ESCALATION_ROWS[command]
    last_yes = name == "SOLUTION PROPOSED, customer said yes" and role is R.PARTNER
    if command is commands.AcceptSolution and last_yes:
        return row._replace(to=S.SOLUTION_ACCEPTED), (*row.events, events.SolutionAccepted)
    return row, row.events


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("name", STATES)
def test_a_cell_is_allowed_or_refused_as_the_table_says(name: str, command: type[Command]) -> None:
    case = STATES[name]
    for person in CAST:
        asked = sample(command, person)
        expected = expected_codes(name, command, person.role)
        refusals = PROCESS.check(case, asked, now=later(case))
        assert codes(refusals) == expected, person
        assert len(refusals) == len(expected)
        before = (case, case.version, hash(case))
        if expected:
            with pytest.raises(ec.CommandRefusedError) as caught:
                PROCESS.handle(case, asked, now=later(case))
            assert type(caught.value) is expected_error(expected), person
            assert caught.value.refusals == refusals
            assert caught.value.command is asked
            assert caught.value.status == (None if case.escalation is None else case.escalation.status)
            assert (case, case.version, hash(case)) == before
        else:
            _assert_step(name, case, asked)


def _assert_step(name: str, case: ec.Case, asked: Command) -> None:
    row, happened = expected_step(name, type(asked), asked.by.role)
    outcome = PROCESS.handle(case, asked, now=later(case))
    assert tuple(type(event) for event in outcome.events) == happened
    assert [event.version for event in outcome.events] == [case.version + n + 1 for n in range(len(happened))]
    assert (outcome.case.version, outcome.case.updated_at) == (case.version + len(happened), later(case))
    assert all((e.by, e.at, e.case_id) == (asked.by, later(case), case.id) for e in outcome.events)
    for said in {field.name for field in fields_of(asked)} & {field.name for field in fields_of(outcome.events[0])}:
        assert getattr(asked, said) in (None, getattr(outcome.events[0], said)), said
    status_before = None if case.escalation is None else case.escalation.status
    status_after = None if outcome.case.escalation is None else outcome.case.escalation.status
    if events.EscalationStarted in happened:
        status_before = S.STARTED
    assert status_after == (row.to if isinstance(row.to, S) else status_before)
    assert outcome.case.status == (row.to if isinstance(row.to, ec.CaseStatus) else case.status)


@pytest.mark.parametrize("name", STATES)
def test_options_agree_with_check_in_every_cell(name: str) -> None:
    case = STATES[name]
    for person in CAST:
        options = PROCESS.options(case, by=person, now=later(case))
        assert tuple(option.command for option in options) == commands.COMMANDS
        for option in options:
            refusals = PROCESS.check(case, sample(option.command, person), now=later(case))
            assert option.refusals == refusals
            assert option.allowed is (refusals == ())


def test_the_tables_of_this_test_cover_every_command_status_and_role() -> None:
    assert {commands.OpenCase} | set(CASE_ROWS) | set(ESCALATION_ROWS) == set(commands.COMMANDS)
    assert {case.escalation.status for case in STATES.values() if case.escalation} == set(S)
    assert {case.status for case in STATES.values()} == set(ec.CaseStatus)
    assert [person.role for person in CAST] == list(R)


@pytest.mark.parametrize("by", [ANA, PAUL, RITA])
def test_an_emergency_is_opened_by_those_who_need_it_or_a_rep_on_their_behalf(by: ec.Person) -> None:
    outcome = PROCESS.open(emergency(), by=by, now=later(emergency()))
    assert [type(event) for event in outcome.events] == [events.CaseOpened, events.EscalationStarted]
    assert outcome.case.escalation is not None
    assert outcome.case.escalation.status is S.STARTED


def test_acknowledging_makes_the_rep_the_owner() -> None:
    case = after(opened(emergency()), commands.Acknowledge(by=OTTO))
    assert case.escalation is not None
    assert case.escalation.owner == OTTO
