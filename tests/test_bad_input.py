"""Invalid input is refused with an error that names the field and the value, and changes nothing."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import codec, commands, events
from escalation_core.testing import (
    ANA,
    LEA,
    MINUTE,
    OTTO,
    PAUL,
    RITA,
    T0,
    after,
    emergency,
    later,
    opened,
    problem,
    reach,
)
from escalation_core.testing.strategies import STRANGER
from support.examples import CLOCK, PROCESS, codes, escalation_of, fields_of
from support.specimens import VALUES, history

S = ec.EscalationStatus
GOLDEN = Path(__file__).parent / "golden"  #: One document of every kind.
NAIVE = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  # the invalid value under test
WRONG_TYPE = object()


HOUR = timedelta(hours=1)
ACK = commands.Acknowledge(by=RITA)
PROPOSE = commands.ProposeSolution(by=RITA, summary="Restart it")
YES, PARTNER_YES = commands.AcceptSolution(by=ANA), commands.AcceptSolution(by=PAUL)
CLOSE = commands.CloseEscalation(by=RITA)
CANCEL = commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="A bug")
FIELDS = [(value, f.name) for value in VALUES for f in fields_of(value) if f.init]


@pytest.mark.parametrize(("value", "name"), FIELDS, ids=[f"{type(value).__name__}.{name}" for value, name in FIELDS])
def test_a_wrong_type_is_refused_with_the_name_of_the_field(value: Any, name: str) -> None:  # noqa: ANN401
    with pytest.raises(TypeError) as raised:
        attrs.evolve(value, **{name: WRONG_TYPE})
    assert str(raised.value).startswith(f"{name}: must be a")
    assert "<object object" in str(raised.value)


TEXTS = [
    (value, f.name)
    for value in VALUES
    for f in fields_of(value)
    if f.type in {str, "str"} and f.name not in {"name", "description", "note"}
    if not (isinstance(value, events.EscalationStarted) and f.name == "explanation")
]


@pytest.mark.parametrize(("value", "name"), TEXTS, ids=[f"{type(value).__name__}.{name}" for value, name in TEXTS])
def test_blank_text_is_refused_in_a_required_field(value: Any, name: str) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=rf"^{name}: must be"):
        attrs.evolve(value, **{name: " "})


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: commands.PostUpdate(by=RITA, message="x", eta=NAIVE), "eta"),
        (lambda: emergency(known_bug_due=NAIVE), "known_bug_due"),
        (lambda: attrs.evolve(history(emergency())[0], at=NAIVE), "at"),
        (lambda: PROCESS.open(emergency(), by=ANA, now=NAIVE), "now"),
        (lambda: PROCESS.handle(reach(S.STARTED), ACK, now=NAIVE), "now"),
        (lambda: PROCESS.check(reach(S.STARTED), ACK, now=NAIVE), "now"),
        (lambda: PROCESS.options(reach(S.STARTED), by=RITA, now=NAIVE), "now"),
    ],
)
def test_a_naive_time_is_refused_in_every_argument(make: Callable[[], object], field: str) -> None:
    with pytest.raises(ValueError, match=rf"^{field}: must be an aware datetime, got datetime\.datetime\(2026, 3, 2"):
        make()


def test_time_that_runs_backwards_is_refused_with_both_times() -> None:
    case = reach(S.ACKNOWLEDGED)
    found = PROCESS.check(case, commands.PostUpdate(by=RITA, message="x"), now=T0)
    assert codes(found) == {"time_runs_backwards"}
    assert str(T0) in found[0].message
    assert str(case.updated_at) in found[0].message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"impact": ec.BusinessImpact.P3}, "impact: must be P1 for an emergency, got <BusinessImpact.P3: 'P3'>"),
        ({"priority": ec.Priority.LOW}, "priority: must be URGENT for an emergency"),
        ({"related": ("4711",)}, "related: must be ids of other cases, got '4711'"),
        ({"version": 0, "updated_at": T0}, "version: must be above 0 once something has happened, got 0"),
        ({"version": -1}, "version: must be zero or more, got -1"),
        ({"participants": (PAUL, PAUL)}, "participants: must be people with different ids, got Person(id='paul'"),
        ({"participants": (attrs.evolve(ANA, name="B"),)}, "participants: must be people with different ids"),
        ({"participants": (CLOCK,)}, "participants: must be people, got Person(id='automation'"),
        ({"requester": RITA}, "requester: must be a person on the customer's or the partner's side"),
        ({"additional_contact": RITA}, "additional_contact: must be a person on the customer's or the partner's side"),
        (
            {"additional_contact": attrs.evolve(PAUL, email=None)},
            "additional_contact: must be the same record as the participant with that id",
        ),
        ({"id": "a\nb"}, "id: must be printable text that is not blank, got 'a\\nb'"),
        ({"earlier_misuses": -1}, "earlier_misuses: must be zero or more, got -1"),
    ],
)
def test_a_case_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
        emergency(**changes)
    assert str(raised.value).startswith(message)


def test_an_impact_of_a_wrong_type_is_refused_before_a_priority_is_derived() -> None:
    with pytest.raises(TypeError, match=r"^impact: must be a BusinessImpact"):
        problem(impact=[])


def test_the_requester_is_a_participant_once() -> None:
    assert emergency(participants=()).participants == (ANA,)
    assert emergency(participants=(PAUL, ANA)).participants == (PAUL, ANA)


def test_the_additional_contact_may_be_a_participant() -> None:
    assert emergency(additional_contact=PAUL).external_people == (ANA, PAUL)
    assert emergency(additional_contact=STRANGER).external_people == (ANA, PAUL, STRANGER)


def test_an_opening_refuses_a_case_that_is_not_new() -> None:
    with pytest.raises(ValueError, match=r"^case: must be a case at version 0, got 2"):
        attrs.evolve(history(emergency())[0], case=opened(emergency()))  # type: ignore[call-arg]


@pytest.mark.parametrize("command", [commands.Command(by=RITA), "acknowledge", None, commands.Acknowledge])
def test_handle_and_check_refuse_a_value_that_is_not_a_command(command: Any) -> None:  # noqa: ANN401
    got = re.escape(repr(command)[:12])
    for ask in (PROCESS.handle, PROCESS.check):
        with pytest.raises(TypeError, match=rf"^command: must be a command of this library, got {got}"):
            ask(reach(S.STARTED), command, now=T0)


@pytest.mark.parametrize("case", [None, "4711", ANA])
def test_handle_check_and_options_refuse_a_value_that_is_not_a_case(case: Any) -> None:  # noqa: ANN401
    got = re.escape(repr(case)[:12])
    for ask in (PROCESS.handle, PROCESS.check):
        with pytest.raises(TypeError, match=rf"^case: must be a Case, got {got}"):
            ask(case, ACK, now=T0)
    with pytest.raises(TypeError, match=r"^case: must be a Case, got"):
        PROCESS.options(case, by=RITA, now=T0)


def test_options_refuse_a_value_that_is_not_a_person() -> None:
    with pytest.raises(TypeError, match=r"^by: must be a Person, got 'rita'"):
        PROCESS.options(reach(S.STARTED), by="rita", now=T0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# Damaged histories


FULL = history(
    emergency(),
    ACK,
    PROPOSE,
    YES,
    PARTNER_YES,
    CLOSE,
    commands.HoldPostMortem(by=RITA, findings="x"),
    commands.SharePostMortem(by=RITA, document="x"),
)


def test_a_complete_history_is_replayed() -> None:
    assert PROCESS.replay(FULL).version == len(FULL)


def test_a_history_may_reach_the_last_valid_year() -> None:
    last = datetime(8999, 12, 31, 23, 59, tzinfo=UTC)
    note = _event(events.InternalNoteAdded, FULL, at=last, text="x")
    assert PROCESS.replay([*FULL, note]).updated_at == last
    with pytest.raises(ec.ReplayError, match=r"^at: .* before the previous event"):
        PROCESS.replay([*FULL, note, attrs.evolve(note, version=note.version + 1, at=T0)])


def test_replay_refuses_an_empty_history() -> None:
    with pytest.raises(ec.ReplayError, match=r"at least one event"):
        PROCESS.replay([])


def test_replay_refuses_a_value_that_is_not_an_event() -> None:
    with pytest.raises(TypeError, match=r"^events: must be events of this library, got 'CaseOpened'"):
        PROCESS.replay(["CaseOpened"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def test_replay_refuses_a_value_that_is_not_a_history() -> None:
    with pytest.raises(TypeError, match=r"^events: must be events of this library, got None"):
        PROCESS.replay(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("gone", range(len(FULL) - 1))
def test_a_gap_in_a_history_is_refused(gone: int) -> None:
    with pytest.raises(ec.ReplayError, match=r"^version: "):
        PROCESS.replay(FULL[:gone] + FULL[gone + 1 :])


@pytest.mark.parametrize("twice", range(len(FULL)))
def test_a_duplicate_event_is_refused(twice: int) -> None:
    with pytest.raises(ec.ReplayError, match=r"^version: "):
        PROCESS.replay(FULL[: twice + 1] + FULL[twice:])


@pytest.mark.parametrize("moved", range(len(FULL) - 1))
def test_events_in_another_order_are_refused(moved: int) -> None:
    with pytest.raises(ec.ReplayError, match=r"^version: "):
        PROCESS.replay([*FULL[:moved], FULL[moved + 1], FULL[moved], *FULL[moved + 2 :]])


@pytest.mark.parametrize("strange", range(1, len(FULL)))
def test_an_event_of_another_case_is_refused(strange: int) -> None:
    stray = attrs.evolve(FULL[strange], case_id="4712")
    with pytest.raises(ec.ReplayError, match=r"^case_id: 4712/\d+ is an event of '4712', not of '4711'"):
        PROCESS.replay([*FULL[:strange], stray, *FULL[strange + 1 :]])


def test_an_opening_of_another_case_is_refused() -> None:
    with pytest.raises(ec.ReplayError, match=r"the event opens the case '4711', not '4712'"):
        PROCESS.replay([attrs.evolve(FULL[0], case_id="4712")])


@pytest.mark.parametrize("early", range(1, len(FULL)))
def test_an_event_earlier_than_its_predecessor_is_refused(early: int) -> None:
    sooner = attrs.evolve(FULL[early], at=FULL[early - 1].at - timedelta(microseconds=1))
    with pytest.raises(ec.ReplayError, match=r"^at: .* before the previous event"):
        PROCESS.replay([*FULL[:early], sooner, *FULL[early + 1 :]])


@pytest.mark.parametrize(
    ("part", "rest"),
    [
        (FULL[:1], "EscalationStarted"),
        (FULL[:6], "SolutionAccepted"),
        (history(emergency(), CANCEL)[:3], "CaseReclassified"),
    ],
)
def test_an_incomplete_step_is_refused(part: list[events.Event], rest: str) -> None:
    with pytest.raises(ec.ReplayError, match=rf"the history ends in the middle of a step, before {rest}"):
        PROCESS.replay(part)
    note = _event(events.InternalNoteAdded, part, text="x")
    with pytest.raises(ec.ReplayError, match=rf"4711/\d: must be {rest}, got InternalNoteAdded"):
        PROCESS.replay([*part, note])


def _event(kind: type[events.Event], before: list[events.Event], /, **own: Any) -> events.Event:  # noqa: ANN401
    stamp: dict[str, Any] = {"case_id": "4711", "version": len(before) + 1, "at": T0 + timedelta(days=1), "by": RITA}
    return kind(**(stamp | own))


_REGULAR = history(problem())
_PROPOSED = history(emergency(), ACK, PROPOSE)
_STARTED, _CANCELED = history(emergency()), history(emergency(), CANCEL)[:3]
_ACCEPTED = history(emergency(), ACK, PROPOSE, YES, PARTNER_YES)
_CLOSED = history(emergency(), ACK, PROPOSE, YES, PARTNER_YES, CLOSE)
_SOLVED = history(emergency(), ACK, commands.StartDiagnosis(by=RITA), commands.ProposeCaseSolution(by=RITA))
_DAY_TWO, _DAY_THREE = T0 + timedelta(days=1), T0 + timedelta(days=2)  # the time of the last event, and a later time
_NEXT: dict[str, Any] = {"next_update_by": _DAY_THREE}
_DEBRIEF = ec.FollowUp(kind=ec.FollowUpKind.DEBRIEF, due_at=_DAY_THREE)
_START: dict[str, Any] = {
    "risk": None,
    "explanation": "x",
    "stakeholders": (),
    "terms": ec.Policy().terms,
    "acknowledge_by": _DAY_THREE,
    "remind_at": _DAY_THREE,
}
_UPDATED = history(emergency(), ACK)
_POSTPONED = history(emergency(), ACK, commands.PostponeUpdate(by=RITA, until=_DAY_TWO, reason="x"))
_RAISED = history(emergency(), commands.RaiseLevel(by=RITA, from_level=0, reason="x"))
_SILENT = [*_STARTED, *PROCESS.due(opened(emergency()), now=T0 + HOUR).events]
_POST_MORTEM = ec.FollowUp(kind=ec.FollowUpKind.POST_MORTEM, due_at=_DAY_THREE)
_ANALYSIS = ec.FollowUp(kind=ec.FollowUpKind.ROOT_CAUSE_ANALYSIS, due_at=_DAY_TWO)
_OWED = escalation_of(PROCESS.replay(_CLOSED)).follow_ups
#: The fields of an overdue acknowledgement one day after the start.
_LATE: dict[str, Any] = {
    "by": ec.AUTOMATION,
    "due_at": T0 + HOUR,
    "overdue_by": timedelta(hours=23),
    "breach": True,
    "rung": 3,
    "roles": (),
    "vacant": (),
    "remind_at": None,
}
#: The same fields a quarter of an hour after the start.
_EARLY: dict[str, Any] = {
    **_LATE,
    "at": T0 + timedelta(minutes=15),
    "due_at": T0 + timedelta(minutes=15),
    "overdue_by": timedelta(0),
    "breach": False,
    "rung": 1,
}
_VOTED = history(emergency(), ACK, PROPOSE, YES)
_BUSY = ec.Process(policy=ec.Policy(timing=ec.Timing(updates_while_waiting=True)))
_BUSILY = _BUSY.open(emergency(), by=ANA, now=T0)
_UPDATING = [
    *_BUSILY.events,
    *_BUSY.handle(_BUSILY.case, ACK, now=T0).events,
]  #: Updates continue while a proposal is pending.
_PATIENT = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=HOUR)))
_PATIENTLY = _PATIENT.open(emergency(), by=ANA, now=T0)
_SILENCE = [*_PATIENTLY.events, *_PATIENT.handle(_PATIENTLY.case, ACK, now=T0).events]  #: Silence closes a proposal.
_LAST_CALL = [*_STARTED, *PROCESS.due(opened(emergency()), now=T0 + HOUR / 2).events]  #: The deadline is next.
_NO_REMINDER = [
    *_STARTED,
    _event(events.AcknowledgementOverdue, _STARTED, **{**_LATE, "rung": 1}),
]  #: No reminder follows.
_LEVEL: dict[str, Any] = {"roles": (), "vacant": (), "last": False, "reason": "x", "remind_at": None}
_PROPOSAL: dict[str, Any] = {
    "summary": "x",
    "kind": ec.SolutionKind.FIX,
    "asked": (),
    "consent": ec.Consent.ALL,
    "answer_by": _DAY_THREE,
    "next_update_by": None,
}
_ASKING_NOBODY = [*_UPDATED, _event(events.SolutionProposed, _UPDATED, **_PROPOSAL)]
_CAUSE: dict[str, Any] = {"cause": ec.Cause.OTHER, "production": True, "explanation": "x", "follow_ups": ()}

IMPOSSIBLE: list[tuple[list[events.Event], type[events.Event], dict[str, Any], str]] = [
    ([], events.DiagnosisStarted, {}, "begins with CaseOpened, not with DiagnosisStarted"),
    (_REGULAR, events.CaseOpened, {"case": problem()}, "the case is RECEIVED"),
    (_REGULAR, events.EscalationAcknowledged, {"owner": RITA, **_NEXT}, "there is no escalation"),
    (_REGULAR, events.CaseReclassified, {"type": ec.CaseType.PROBLEM, "priority": ec.Priority.LOW}, "no emergency was"),
    (_REGULAR, events.CaseSolutionProposed, {}, "the case is RECEIVED"),
    (_PROPOSED, events.EscalationStarted, _START, "there is an escalation"),
    (_PROPOSED, events.EscalationAcknowledged, {"owner": RITA, **_NEXT}, "the escalation is SOLUTION PROPOSED"),
    (
        _PROPOSED,
        events.CaseReclassified,
        {"type": ec.CaseType.PROBLEM, "priority": ec.Priority.LOW},
        "no emergency was canceled",
    ),
    (
        _PROPOSED,
        events.SolutionApproved,
        {"proposal": "4711/9", "side": ec.Role.CUSTOMER, "still_asked": ()},
        "the proposal '4711/9' is not pending",
    ),
    (
        _PROPOSED,
        events.SolutionApproved,
        {"proposal": "4711/4", "side": ec.Role.DEVOPS, "still_asked": ()},
        "the DevOps is not asked",
    ),
    (
        _UPDATED,
        events.SolutionRejected,
        {"proposal": "4711/4", "side": ec.Role.CUSTOMER, "reason": "x", **_NEXT},
        "the escalation is ACKNOWLEDGED",
    ),
    (_PROPOSED, events.SolutionAccepted, {"proposal": "4711/4"}, "consent is not complete"),
    (
        _PROPOSED,
        events.SolutionRejected,
        {"proposal": "4711/4", "side": ec.Role.CUSTOMER, "by": ANA, "reason": "x", "next_update_by": _DAY_TWO},
        "the update cannot be due at",
    ),
    (_VOTED, events.SolutionAccepted, {"proposal": "4711/4"}, "consent is not complete"),
    (
        _VOTED,
        events.SolutionApproved,
        {"proposal": "4711/4", "side": ec.Role.CUSTOMER, "by": ANA, "still_asked": (ec.Role.PARTNER,)},
        "the customer is not asked, or did not answer",
    ),
    (
        _ASKING_NOBODY,
        events.SolutionAccepted,
        {"proposal": "4711/4"},
        "consent is not complete",
    ),
    (_UPDATING, events.SolutionProposed, {**_PROPOSAL, "next_update_by": _DAY_TWO}, "the update cannot be due at"),
    (_PROPOSED, events.EscalationClosed, {"by_silence": False, "follow_ups": ()}, "by_silence does not match"),
    (_PROPOSED, events.ParticipantAdded, {"person": PAUL}, "'paul' already participates"),
    (_PROPOSED, events.ParticipantAdded, {"person": attrs.evolve(PAUL, name="Pablo")}, "'paul' already participates"),
    (_PROPOSED, events.ParticipantAdded, {"person": CLOCK}, "'automation' is not a person, or has another role"),
    (
        _PROPOSED,
        events.ParticipantAdded,
        {"person": attrs.evolve(RITA, role=ec.Role.CUSTOMER)},
        "'rita' is not a person, or has another role",
    ),
    (_PROPOSED, events.CauseAttributed, {**_CAUSE, "follow_ups": (_DEBRIEF,)}, "nothing is owed before the end"),
    (_CLOSED, events.CauseAttributed, _CAUSE, "the escalation owes other follow-ups"),
    (
        _ACCEPTED,
        events.EscalationClosed,
        {"by_silence": False, "follow_ups": ()},
        "the escalation owes other follow-ups",
    ),
    (
        _STARTED,
        events.EscalationAcknowledged,
        {"owner": OTTO, **_NEXT},
        "the owner must be the internal person who acknowledges",
    ),
    (
        _STARTED,
        events.EscalationAcknowledged,
        {"owner": ANA, "by": ANA, **_NEXT},
        "the owner must be the internal person who acknowledges",
    ),
    (_PROPOSED, events.OwnerReassigned, {"owner": OTTO, "previous": LEA}, "another person is the owner"),
    (_PROPOSED, events.OwnerReassigned, {"owner": ANA, "previous": RITA}, "or the new one is not internal"),
    (
        _PROPOSED,
        events.SolutionRejected,
        {"proposal": "4711/4", "side": ec.Role.CUSTOMER, "reason": "x", **_NEXT},
        "the customer is not asked, or did not answer",
    ),
    (
        _PROPOSED,
        events.SolutionRejected,
        {"proposal": "4711/4", "side": ec.Role.SUPPORT_REP, "reason": "x", **_NEXT},
        "the support rep is not asked",
    ),
    (
        _PROPOSED,
        events.SolutionApproved,
        {"proposal": "4711/4", "side": ec.Role.CUSTOMER, "still_asked": (ec.Role.PARTNER,)},
        "the customer is not asked, or did not answer",
    ),
    (
        _PROPOSED,
        events.SolutionApproved,
        {"proposal": "4711/4", "side": ec.Role.CUSTOMER, "still_asked": (), "by": ANA},
        "other sides are still asked",
    ),
    (
        history(emergency(), CANCEL),
        events.CaseReclassified,
        {"type": ec.CaseType.PROBLEM, "priority": ec.Priority.LOW},
        "no emergency was canceled",
    ),
    (_CANCELED, events.CaseReclassified, {"type": ec.CaseType.REQUEST, "priority": ec.Priority.LOW}, "is a problem"),
    (_CANCELED, events.CaseReclassified, {"type": ec.CaseType.PROBLEM, "priority": ec.Priority.URGENT}, "below URGENT"),
    (_PROPOSED, events.CaseReprioritized, {"priority": ec.Priority.LOW}, "the escalation is active"),
    (_SOLVED, events.CaseClosed, {"reason": "x"}, "the escalation is active"),
    (_ACCEPTED, events.PostMortemShared, {"document": "x"}, "the escalation is SOLUTION ACCEPTED"),
    (_ACCEPTED, events.PostMortemHeld, {"findings": "x"}, "the escalation is SOLUTION ACCEPTED"),
    (
        _ACCEPTED,
        events.EscalationClosed,
        {"by_silence": False, "follow_ups": (attrs.evolve(_DEBRIEF, due_at=_DAY_TWO), _POST_MORTEM)},
        "the debrief cannot be due at",
    ),
    (
        _CLOSED,
        events.CauseAttributed,
        {**_CAUSE, "cause": ec.Cause.INFRASTRUCTURE, "follow_ups": (*_OWED, _ANALYSIS)},
        "the root cause analysis cannot be due at",
    ),
    (_CLOSED, events.PostMortemShared, {"document": "x"}, "no post mortem was held"),
    (_CLOSED, events.RootCauseAnalysisShared, {"document": "x"}, "no root cause analysis is owed"),
    (FULL, events.PostMortemShared, {"document": "x"}, "no post mortem is owed"),
    (FULL, events.PostMortemHeld, {"findings": "x"}, "no post mortem is owed"),
    (_REGULAR, events.EscalationStarted, {**_START, "acknowledge_by": T0}, "the reminder must follow the start"),
    (_REGULAR, events.EscalationStarted, {**_START, "remind_at": _DAY_TWO}, "the reminder must follow the start"),
    (_REGULAR, events.EscalationStarted, {**_START, "remind_at": T0}, "the reminder must follow the start"),
    (
        _REGULAR,
        events.EscalationStarted,
        {**_START, "remind_at": _DAY_THREE + MINUTE},
        "the reminder must follow the start",
    ),
    (
        _STARTED,
        events.EscalationAcknowledged,
        {"owner": RITA, "next_update_by": _DAY_TWO},
        "the update cannot be due at 2026-03-03 09:00",
    ),
    (_UPDATED, events.ProgressUpdatePosted, {"message": "x", "next_update_by": _DAY_TWO}, "the update cannot be due"),
    (_PROPOSED, events.UpdatePostponed, {**_NEXT, "reason": "x"}, "no update is promised that can be postponed"),
    (_UPDATED, events.UpdatePostponed, {**_NEXT, "reason": "x"}, "no update is promised that can be postponed"),
    (
        _UPDATED,
        events.UpdatePostponed,
        {"at": _UPDATED[-1].at, "next_update_by": _UPDATED[-1].at + MINUTE, "reason": "x"},
        "no update is promised that can be postponed",
    ),
    (
        _UPDATED,
        events.UpdatePostponed,
        {"at": _UPDATED[-1].at + HOUR, **_NEXT, "reason": "x"},
        "no update is promised that can be postponed",
    ),
    (
        _UPDATED,
        events.UpdatePostponed,
        {"at": _UPDATED[-1].at, "next_update_by": _UPDATED[-1].at + HOUR, "reason": "x"},
        "no update is promised that can be postponed",
    ),
    (_UPDATED, events.SolutionProposed, {**_PROPOSAL, "answer_by": _DAY_TWO}, "the answer cannot be due at"),
    (
        _SILENCE,
        events.SolutionProposed,
        {**_PROPOSAL, "closable_at": None},
        "its closable_at does not match",
    ),
    (
        _SILENCE,
        events.SolutionProposed,
        {**_PROPOSAL, "closable_at": _DAY_TWO},
        "its closable_at does not match",
    ),
    (_POSTPONED, events.UpdatePostponed, {"at": T0 + HOUR, **_NEXT, "reason": "x"}, "no update is promised"),
    (
        _ACCEPTED,
        events.EscalationClosed,
        {"by_silence": False, "follow_ups": (attrs.evolve(_DEBRIEF, done_at=T0), _POST_MORTEM)},
        "the debrief differs from the one that is owed",
    ),
    (
        _CLOSED,
        events.CauseAttributed,
        {**_CAUSE, "follow_ups": (_DEBRIEF, _POST_MORTEM)},
        "the debrief differs from the one that is owed",
    ),
    (_PROPOSED, events.AcknowledgementOverdue, _LATE, "the escalation is SOLUTION PROPOSED"),
    (_REGULAR, events.UpdateOverdue, _LATE, "there is no escalation"),
    (_STARTED, events.AcknowledgementOverdue, {**_LATE, "at": T0 + MINUTE}, "no reminder is due then"),
    (
        _STARTED,
        events.AcknowledgementOverdue,
        {**_LATE, "breach": False},
        "the acknowledgement was due at 2026-03-02 10",
    ),
    (_STARTED, events.AcknowledgementOverdue, {**_LATE, "overdue_by": MINUTE}, "it is overdue by 23:00:00"),
    (_STARTED, events.AcknowledgementOverdue, {**_LATE, "due_at": T0}, "the acknowledgement was due at"),
    (_STARTED, events.AcknowledgementOverdue, {**_LATE, "remind_at": _DAY_TWO}, "the next reminder is due at another"),
    (_STARTED, events.AcknowledgementOverdue, {**_EARLY, "remind_at": None}, "the next reminder is due at another"),
    (_STARTED, events.AcknowledgementOverdue, {**_EARLY, "remind_at": _DAY_TWO}, "the next reminder is due at another"),
    (_STARTED, events.AcknowledgementOverdue, {**_EARLY, "due_at": _DAY_TWO}, "the acknowledgement was due at"),
    (_STARTED, events.AcknowledgementOverdue, {**_LATE, "by": RITA}, "only time causes it"),
    (_STARTED, events.AcknowledgementOverdue, {**_LATE, "rung": 4}, "the ladder has only 3 rungs"),
    (_RAISED, events.AcknowledgementOverdue, {**_LATE, "rung": 0}, "the level is 1"),
    (_STARTED, events.AcknowledgementOverdue, {**_LATE, "roles": (ec.Role.DEVOPS,)}, "the roles do not match the rung"),
    (
        _STARTED,
        events.AcknowledgementOverdue,
        {**_LATE, "vacant": (ec.Role.SUPPORT_LEAD,)},
        "the roles do not match the rung",
    ),
    (_UPDATED, events.UpdateOverdue, {**_LATE, "rung": 1}, "the ladder has only 0 rungs"),
    (
        _UPDATED,
        events.ProgressUpdatePosted,
        {"message": "x", "next_update_by": None},
        "the promise of an update does not match",
    ),
    (_PROPOSED, events.ProgressUpdatePosted, {"message": "x", **_NEXT}, "does not match the status SOLUTION"),
    (_ACCEPTED, events.ProgressUpdatePosted, {"message": "x", **_NEXT}, "does not match the status SOLUTION"),
    (_UPDATED, events.SolutionProposed, {**_PROPOSAL, **_NEXT}, "does not match the status SOLUTION PROPOSED"),
    (_UPDATED, events.SolutionProposed, {**_PROPOSAL, "asked": (ec.Role.SUPPORT_REP,)}, "only the customer and the"),
    (
        _UPDATED,
        events.SolutionProposed,
        {**_PROPOSAL, "closable_at": _DAY_THREE},
        "its closable_at does not match",
    ),
    (_SILENT, events.AcknowledgementOverdue, {**_LATE, "rung": 3}, "no reminder is due then"),
    (_PROPOSED, events.AnswerOverdue, {**_LATE, "proposal": "4711/9"}, "the proposal '4711/9' is not pending"),
    (_CLOSED, events.AnswerOverdue, {**_LATE, "proposal": "4711/4"}, "the escalation is CLOSED"),
    (
        _CLOSED,
        events.FollowUpOverdue,
        {**_LATE, "rung": 0, "kind": ec.FollowUpKind.ROOT_CAUSE_ANALYSIS},
        "no reminder is due then",
    ),
    (_STARTED, events.LevelRaised, {**_LEVEL, "level": 2}, "the level is 0 of 3"),
    (_RAISED, events.LevelRaised, {**_LEVEL, "level": 1}, "the level is 1 of 3"),
    (_STARTED, events.LevelRaised, {**_LEVEL, "level": 1, "last": True}, "the level is 0 of 3"),
    (_SILENT, events.LevelRaised, {**_LEVEL, "level": 4}, "the ladder has only 3 rungs"),
    (_STARTED, events.LevelRaised, {**_LEVEL, "level": 1}, "the next reminder is due at another time than None"),
    (_STARTED, events.LevelRaised, {**_LEVEL, "level": 1, "remind_at": T0}, "the next reminder is due at another time"),
    (_UPDATED, events.LevelRaised, {**_LEVEL, "level": 1, "remind_at": _DAY_THREE}, "no reminder is due then"),
    (_CLOSED, events.LevelRaised, {**_LEVEL, "level": 1}, "the escalation is CLOSED"),
    (_LAST_CALL, events.LevelRaised, {**_LEVEL, "level": 3, "last": True}, "the next reminder is due at another time"),
    (
        _NO_REMINDER,
        events.LevelRaised,
        {**_LEVEL, "level": 2, "remind_at": T0},
        "the next reminder is due at another time",
    ),
]


@pytest.mark.parametrize(("before", "kind", "own", "reason"), IMPOSSIBLE)
def test_an_impossible_step_is_refused_with_the_reason(
    before: list[events.Event], kind: type[events.Event], own: dict[str, Any], reason: str
) -> None:
    happened = _event(kind, before, **own)
    with pytest.raises(ec.ReplayError) as raised:
        PROCESS.replay([*before, happened])
    message = str(raised.value)
    assert reason in message
    if before:
        assert message.startswith(f"{happened.id}: {kind.__name__} is impossible on case 4711, since ")
    else:
        assert message == f"4711/1: a history {reason}"


def test_updated_at_is_the_time_of_the_last_event() -> None:
    *before, canceled, reclassified = history(emergency(), CANCEL)
    later_on = attrs.evolve(reclassified, at=canceled.at + MINUTE)
    assert PROCESS.replay([*before, canceled, later_on]).updated_at == canceled.at + MINUTE


def test_an_escalation_without_further_reminders_can_be_raised() -> None:
    raised = _event(events.LevelRaised, _NO_REMINDER, **{**_LEVEL, "level": 2})
    assert PROCESS.next_due(PROCESS.replay([*_NO_REMINDER, raised])) is None
    by_hand = commands.RaiseLevel(by=RITA, from_level=1, reason="x")
    (again,) = PROCESS.handle(PROCESS.replay(_NO_REMINDER), by_hand, now=_DAY_THREE).events
    assert isinstance(again, events.LevelRaised)
    assert again.remind_at == T0 + HOUR  # the last rung is not notified yet
    late = [*_NO_REMINDER, raised]
    (last,) = PROCESS.handle(PROCESS.replay(late), attrs.evolve(by_hand, from_level=2), now=_DAY_THREE).events
    assert isinstance(last, events.LevelRaised)
    assert (last.last, last.remind_at) == (True, None)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("escalation.*.json")), ids=lambda path: path.stem)
def test_an_event_of_a_missing_escalation_is_impossible(path: Path) -> None:
    event = codec.from_json(path.read_bytes(), events.Event)
    if not isinstance(event, events.EscalationStarted):
        stray = attrs.evolve(event, case_id="4711", version=len(_REGULAR) + 1, at=_DAY_TWO)
        with pytest.raises(ec.ReplayError) as raised:
            PROCESS.replay([*_REGULAR, stray])
        assert str(raised.value).endswith("is impossible on case 4711, since there is no escalation")


def test_holding_the_post_mortem_twice_is_impossible() -> None:
    held = FULL[:-1]
    with pytest.raises(ec.ReplayError, match=r"the post mortem was already held"):
        PROCESS.replay([*held, _event(events.PostMortemHeld, held, findings="x")])


def test_a_refused_command_does_not_change_the_case() -> None:
    case = reach(S.ACKNOWLEDGED)
    twin = after(opened(emergency()), ACK)
    for command in (CLOSE, CANCEL, YES, commands.ReassignOwner(by=LEA, to=RITA)):
        with pytest.raises(ec.CommandRefusedError):
            PROCESS.handle(case, command, now=later(case))
    assert case == twin
    assert after(case, commands.ReassignOwner(by=LEA, to=OTTO)).version == case.version + 1
