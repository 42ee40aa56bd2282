"""The message of every refusal, word by word."""

from datetime import datetime, timedelta

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.testing import ANA, LEA, MINUTE, NINA, OTTO, PAUL, RITA, T0, after, emergency, later, reach, sample
from support.examples import CLOCK, DEV, PROCESS

S, C = ec.EscalationStatus, ec.RefusalCode
HOUR = timedelta(hours=1)

PROPOSE = commands.ProposeSolution(by=RITA, summary="Restart it")
TALK = commands.RequestRealTimeCommunication(by=RITA, channel="Room 7", reason="To see it")
HELD = commands.HoldPostMortem(by=RITA, findings="No test")
SHARED = commands.SharePostMortem(by=RITA, document="https://pm.example")
DEBRIEFED = commands.DebriefStakeholders(by=LEA, notes="Everybody knows")
ONCE = commands.AddInternalNote(by=RITA, text="They are upset", command_id="c-1")


def postpone(until: datetime) -> Command:
    return commands.PostponeUpdate(by=RITA, until=until, reason="They sleep")


def raise_level(level: int) -> Command:
    return commands.RaiseLevel(by=LEA, from_level=level, reason="It is worse")


def to(person: ec.Person) -> Command:
    return commands.ReassignOwner(by=LEA, to=person)


def add(person: ec.Person) -> Command:
    return commands.AddParticipant(by=RITA, person=person)


SILENT = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=HOUR)))
OFF = ec.Process(policy=ec.Policy(permissions=ec.Permissions(granted={commands.RaiseLevel: frozenset()})))
STARTED, ACKNOWLEDGED, PROPOSED, CLOSED = (
    reach(status) for status in (S.STARTED, S.ACKNOWLEDGED, S.SOLUTION_PROPOSED, S.CLOSED)
)
NONE = reach(None)
VOTED = after(PROPOSED, commands.AcceptSolution(by=ANA))
ALONE = after(reach(S.SOLUTION_PROPOSED, participants=(ANA,)), add(PAUL))
SUPERSEDED = after(PROPOSED, PROPOSE)
POSTPONED = after(ACKNOWLEDGED, postpone(T0 + 9 * HOUR))
SOLVED = after(STARTED, commands.StartDiagnosis(by=RITA), commands.ProposeCaseSolution(by=RITA))
TOP = PROCESS.due(STARTED, now=T0 + 24 * HOUR).case
DONE = after(CLOSED, HELD, SHARED, DEBRIEFED)

CANCELED = after(STARTED, sample(commands.CancelEscalation, RITA, command_id="c-1"))

#: The messages of each refusal, written by hand from the design, in their order.
REFUSED: list[tuple[ec.Case, Command, dict[ec.RefusalCode, str]]] = [
    (
        STARTED,
        commands.Acknowledge(by=attrs.evolve(LEA, id="ana")),
        {
            C.ROLE_NOT_PERMITTED: "cannot acknowledge an escalation as support lead: permitted for support rep",
            C.ROLE_MISMATCH: "the role of 'ana' on case 4711 is customer, not support lead",
        },
    ),
    (
        CANCELED,
        ONCE,
        {
            C.COMMAND_ID_REUSED: (
                "cannot add an internal note to a case under the id 'c-1': another command with this id made 4711/3"
            ),
        },
    ),
    (
        STARTED,
        commands.Acknowledge(by=LEA),
        {C.ROLE_NOT_PERMITTED: "cannot acknowledge an escalation as support lead: permitted for support rep"},
    ),
    (
        STARTED,
        commands.PostUpdate(by=ANA, message="x"),
        {
            C.ROLE_NOT_PERMITTED: (
                "cannot post an update on an escalation as customer: permitted for support rep, support lead"
            ),
            C.ILLEGAL_TRANSITION: "cannot post an update on an escalation that is STARTED",
        },
    ),
    (
        STARTED,
        commands.Acknowledge(by=attrs.evolve(RITA, id="ana")),
        {C.ROLE_MISMATCH: "the role of 'ana' on case 4711 is customer, not support rep"},
    ),
    (
        STARTED,
        commands.CancelEscalation(by=NINA, reason=ec.CancelReason.MISUSE, explanation="x"),
        {
            C.ROLE_NOT_PERMITTED: "cannot cancel an escalation as customer: permitted for support rep, support lead",
            C.NOT_A_PARTICIPANT: "cannot cancel an escalation: 'nina' does not take part in case 4711",
        },
    ),
    (
        emergency(),
        commands.Acknowledge(by=RITA),
        {C.CASE_NOT_OPENED: "cannot acknowledge an escalation: case 4711 is not open yet"},
    ),
    (STARTED, PROPOSE, {C.ILLEGAL_TRANSITION: "cannot propose a solution for an escalation that is STARTED"}),
    (NONE, commands.CloseCase(by=RITA, reason="x"), {C.ILLEGAL_TRANSITION: "cannot close a case that is RECEIVED"}),
    (NONE, PROPOSE, {C.NO_ESCALATION: "cannot propose a solution for an escalation: case 4711 has none"}),
    (
        NONE,
        commands.AcceptSolution(by=ANA, proposal="4711/4"),
        {C.NO_ESCALATION: "cannot accept a solution of an escalation: case 4711 has none"},
    ),
    (
        STARTED,
        commands.DeclareEmergency(by=ANA, risk=None, explanation="x"),
        {
            C.ESCALATION_EXISTS: (
                "cannot declare an emergency on case 4711, whose escalation is STARTED: "
                "a second emergency is a new case that names this one as related"
            )
        },
    ),
    (
        SOLVED,
        commands.CloseCase(by=RITA, reason="x"),
        {C.ESCALATION_ACTIVE: "cannot close case 4711 while its escalation is STARTED"},
    ),
    (
        STARTED,
        commands.ReprioritizeCase(by=RITA, priority=ec.Priority.LOW),
        {
            C.ESCALATION_ACTIVE: (
                "cannot reprioritize case 4711 while its escalation is STARTED: an emergency has the highest priority"
            )
        },
    ),
    (
        VOTED,
        commands.AcceptSolution(by=ANA),
        {C.ALREADY_APPROVED: "cannot accept the proposal 4711/4 again: the customer has already accepted it"},
    ),
    (
        ALONE,
        commands.AcceptSolution(by=PAUL),
        {C.SIDE_NOT_ASKED: "cannot answer the proposal 4711/4: the partner was not asked"},
    ),
    (
        PROPOSED,
        commands.CloseEscalation(by=RITA),
        {C.ANSWER_PENDING: ("cannot close an escalation that is SOLUTION PROPOSED: its proposal is pending")},
    ),
    (
        reach(S.SOLUTION_PROPOSED, SILENT),
        commands.CloseEscalation(by=RITA),
        {
            C.ANSWER_PENDING: (
                "cannot close an escalation that is SOLUTION PROPOSED: "
                "its proposal is pending, and silence allows closing only from 2026-03-02 10:02:00+00:00 on"
            )
        },
    ),
    (
        after(ACKNOWLEDGED, TALK),
        TALK,
        {C.REAL_TIME_OPEN: "cannot request real-time communication: it is already requested on 'Room 7'"},
    ),
    (
        ACKNOWLEDGED,
        commands.EndRealTimeCommunication(by=RITA),
        {C.REAL_TIME_NOT_OPEN: "cannot end real-time communication: none is requested on case 4711"},
    ),
    (
        CLOSED,
        commands.ShareRootCauseAnalysis(by=RITA, document="x"),
        {C.NOT_OWED: "cannot complete a root cause analysis: case 4711 owes none"},
    ),
    (
        DONE,
        DEBRIEFED,
        {C.ALREADY_DONE: "cannot complete the debrief of case 4711 again: it was done at 2026-03-02 09:08:00+00:00"},
    ),
    (
        DONE,
        HELD,
        {C.ALREADY_DONE: "cannot hold the post mortem of case 4711 again: it was held at 2026-03-02 09:06:00+00:00"},
    ),
    (
        DONE,
        SHARED,
        {
            C.ALREADY_DONE: (
                "cannot complete the post mortem of case 4711 again: it was done at 2026-03-02 09:07:00+00:00"
            )
        },
    ),
    (CLOSED, SHARED, {C.POST_MORTEM_NOT_HELD: "cannot share the post mortem of case 4711 before it is held"}),
    (
        PROPOSED,
        postpone(T0 + 99 * HOUR),
        {C.NO_UPDATE_PROMISED: "cannot postpone an update: none is promised while a proposal is pending"},
    ),
    (
        POSTPONED,
        postpone(T0 + 10 * HOUR),
        {
            C.ALREADY_POSTPONED: (
                "cannot postpone the update of 2026-03-02 18:00:00+00:00: already postponed; possible only once"
            )
        },
    ),
    (
        TOP,
        raise_level(3),
        {C.TOP_OF_LADDER: "cannot raise the level 3 of the escalation: its ladder has no further rung"},
    ),
    (
        SUPERSEDED,
        commands.AcceptSolution(by=ANA, proposal="4711/4"),
        {C.PROPOSAL_NOT_PENDING: "cannot answer the proposal 4711/4, which is superseded"},
    ),
    (
        PROPOSED,
        commands.RejectSolution(by=ANA, proposal="4711/9", reason="x"),
        {C.UNKNOWN_PROPOSAL: "cannot answer the proposal '4711/9': case 4711 has no such proposal"},
    ),
    (
        ACKNOWLEDGED,
        to(DEV),
        {C.NOT_ASSIGNABLE: "cannot reassign an escalation to 'development' as development: permitted for support rep"},
    ),
    (ACKNOWLEDGED, to(RITA), {C.ALREADY_OWNER: "cannot reassign an escalation to 'rita', who already owns it"}),
    (
        ACKNOWLEDGED,
        to(attrs.evolve(OTTO, id="ana")),
        {C.ROLE_MISMATCH: "the role of 'ana' on case 4711 is customer, not support rep"},
    ),
    (STARTED, add(PAUL), {C.ALREADY_PARTICIPANT: "cannot add 'paul' to case 4711, who already participates"}),
    (
        STARTED,
        add(CLOCK),
        {C.NOT_ASSIGNABLE: "cannot add 'automation' to case 4711: the role automation is not for people"},
    ),
    (
        ACKNOWLEDGED,
        add(attrs.evolve(NINA, id="rita")),
        {C.ROLE_MISMATCH: "the role of 'rita' on case 4711 is support rep, not customer"},
    ),
    (
        ACKNOWLEDGED,
        postpone(T0 + MINUTE),
        {
            C.NOT_LATER: (
                "cannot postpone an update to 2026-03-02 09:01:00+00:00: it is promised for 2026-03-02 10:01:00+00:00"
            )
        },
    ),
    (STARTED, raise_level(1), {C.LEVEL_MOVED: "cannot raise the level from 1: the escalation is at level 0"}),
    (
        after(STARTED, ONCE),
        attrs.evolve(ONCE, text="Other"),
        {
            C.COMMAND_ID_REUSED: (
                "cannot add an internal note to a case under the id 'c-1': another command with this id made 4711/3"
            )
        },
    ),
]


@pytest.mark.parametrize(("case", "command", "messages"), REFUSED)
def test_a_refusal_names_the_command_and_the_obstacle(
    case: ec.Case, command: Command, messages: dict[ec.RefusalCode, str]
) -> None:
    assert {refusal.code: refusal.message for refusal in PROCESS.check(case, command, now=later(case))} == messages


def test_a_disabled_command_is_refused_as_for_nobody() -> None:
    (refusal,) = OFF.check(STARTED, raise_level(0), now=later(STARTED))
    assert refusal.message == "cannot raise the level of an escalation as support lead: permitted for nobody"


def test_a_refusal_because_of_time_names_both_times() -> None:
    (late,) = PROCESS.check(ACKNOWLEDGED, postpone(T0 + 9 * HOUR), now=T0 + 5 * HOUR)
    assert late.message == "cannot postpone an update that was due at 2026-03-02 10:01:00+00:00: post it"
    (early,) = PROCESS.check(ACKNOWLEDGED, commands.PostUpdate(by=RITA, message="x"), now=T0)
    assert early.message == (
        "cannot post an update on an escalation at 2026-03-02 09:00:00+00:00: "
        "the last event of case 4711 was at 2026-03-02 09:01:00+00:00"
    )


def test_a_time_that_runs_backwards_adds_a_refusal() -> None:
    found = PROCESS.check(ACKNOWLEDGED, commands.Acknowledge(by=LEA), now=T0)
    assert [refusal.code for refusal in found] == [C.ROLE_NOT_PERMITTED, C.ILLEGAL_TRANSITION, C.TIME_RUNS_BACKWARDS]


def test_a_case_without_updated_at_has_no_deadline() -> None:
    case = attrs.evolve(ACKNOWLEDGED, updated_at=None)
    assert PROCESS.check(case, commands.PostUpdate(by=RITA, message="x"), now=T0) == ()
    assert PROCESS.next_due(case) is None
    assert PROCESS.due(case, now=T0 + 99 * HOUR).events == ()


def test_a_command_after_the_end_has_one_refusal() -> None:
    waiting = after(
        reach(S.SOLUTION_PROPOSED, SILENT), commands.AcceptSolution(by=ANA), process=SILENT
    )  # closed by silence, so the proposal stays unanswered
    silenced = SILENT.handle(waiting, commands.CloseEscalation(by=RITA), now=T0 + 99 * HOUR).case
    acknowledged = commands.Acknowledge(by=RITA)
    votes = commands.AcceptSolution(by=ANA), commands.AcceptSolution(by=PAUL)
    high = after(TOP, acknowledged, PROPOSE, *votes, commands.CloseEscalation(by=RITA))
    for case, command in ((silenced, commands.AcceptSolution(by=ANA)), (high, raise_level(3))):
        found = PROCESS.check(case, command, now=later(case))
        assert [refusal.code for refusal in found] == [C.ILLEGAL_TRANSITION]


def test_postponing_a_late_postponed_update_has_two_refusals() -> None:
    found = PROCESS.check(POSTPONED, postpone(T0 + 99 * HOUR), now=T0 + 10 * HOUR)
    assert [refusal.code for refusal in found] == [C.UPDATE_OVERDUE, C.ALREADY_POSTPONED]


def test_every_code_has_a_message_in_this_test() -> None:
    found = {code for _, _, messages in REFUSED for code in messages}
    assert found | {C.UPDATE_OVERDUE, C.TIME_RUNS_BACKWARDS, C.STALE_VERSION} == set(C)  # no rule raises the last
