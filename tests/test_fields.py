"""The field values of each mail, written by hand from the design and from one story."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.notifications.mails import INSTANTS, OPTIONAL
from escalation_core.testing import ANA, LEA, MINUTE, NINA, OTTO, PAUL, RITA, T0, emergency, problem
from support.examples import OPS

R, T = ec.Role, ec.Template
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: A policy under which every field has a value in some mail.
POLICY = ec.Policy(
    audiences=ec.Audiences(acknowledgement_to_stakeholders=True, internal_notes=frozenset({R.SUPPORT_LEAD})),
    timing=ec.Timing(
        close_after_silence=2 * DAY,
        updates_while_waiting=True,
        owner_ladder=(
            ec.Rung(after=10 * MINUTE, roles=frozenset({R.SUPPORT_LEAD, R.LEADERSHIP})),
            ec.Rung(after=20 * MINUTE, roles=frozenset()),
        ),
    ),
)
CASE = emergency(
    kind=ec.CaseKind.INFRASTRUCTURE,
    risk=ec.Risk.OUTAGE,
    additional_contact=NINA,
    tracking_id="T-9",
    participants=(ANA, PAUL, LEA),
)
Due = timedelta  # a call of ``due``, this long after the last step
Step = Command | Due

PROPOSE = commands.ProposeSolution(by=RITA, summary="Restart it", kind=ec.SolutionKind.MITIGATION)
CAUSE = commands.AttributeCause(by=OPS, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
OWNED: tuple[Step, ...] = (commands.Acknowledge(by=RITA),)
CLOSED: tuple[Step, ...] = (
    *OWNED,
    PROPOSE,
    commands.AcceptSolution(by=PAUL),
    commands.AcceptSolution(by=ANA),
    CAUSE,
    commands.CloseEscalation(by=RITA),
)
#: The template, the steps before it, and the values. Everything happens at ``T0``, a Monday, 09:00.
EXAMPLES: list[tuple[ec.Template, tuple[Step, ...], dict[str, Any]]] = [
    (T.CASE_STATUS_CHANGED, (commands.StartDiagnosis(by=RITA),), {}),
    (
        T.CASE_CLOSED,
        (
            *CLOSED,
            commands.StartDiagnosis(by=RITA),
            commands.ProposeCaseSolution(by=RITA),
            commands.CloseCase(by=RITA, reason="They agree"),
        ),
        {"reason": "They agree"},
    ),
    (T.PARTICIPANT_ADDED, (commands.AddParticipant(by=RITA, person=attrs.evolve(NINA, id="nora")),), {}),
    (T.STARTED, (), {"acknowledge_by": T0 + HOUR}),
    (T.CANCELED, (commands.CancelEscalation(by=RITA, reason=ec.CancelReason.DUPLICATE, explanation="See 4710"),), {}),
    (
        T.CANCELED_TO_REQUESTER,
        (commands.CancelEscalation(by=RITA, reason=ec.CancelReason.DUPLICATE, explanation="See 4710"),),
        {"reason": "duplicate", "explanation": "See 4710"},
    ),
    (T.ACKNOWLEDGED, OWNED, {"owner": "Rita", "next_update_by": T0 + HOUR}),
    (
        T.PROGRESS_UPDATE,
        (*OWNED, commands.PostUpdate(by=LEA, message="We look at it")),
        {"message": "We look at it", "next_update_by": T0 + HOUR},
    ),
    (
        T.ETA_UPDATE,
        (*OWNED, commands.PostUpdate(by=LEA, message="Soon", eta=T0 + 5 * HOUR)),
        {"message": "Soon", "eta": T0 + 5 * HOUR, "next_update_by": T0 + HOUR},
    ),
    (
        T.UPDATE_POSTPONED,
        (*OWNED, commands.PostponeUpdate(by=RITA, until=T0 + 3 * HOUR, reason="They sleep")),
        {"reason": "They sleep", "next_update_by": T0 + 3 * HOUR},
    ),
    (
        T.SOLUTION_PROPOSED,
        (*OWNED, PROPOSE),
        {
            "summary": "Restart it",
            "solution_kind": "mitigation",
            "proposal": "4711/4",
            "answer_by": T0 + DAY,
            "next_update_by": T0 + HOUR,
            "closable_at": T0 + 2 * DAY,
        },
    ),
    (
        T.SOLUTION_ANNOUNCED,
        (*OWNED, PROPOSE),
        {
            "summary": "Restart it",
            "solution_kind": "mitigation",
            "asked": "customer and partner",
            "next_update_by": T0 + HOUR,
        },
    ),
    (
        T.STILL_ASKED,
        (*OWNED, PROPOSE, commands.AcceptSolution(by=PAUL)),
        {"side": "partner", "proposal": "4711/4", "answer_by": T0 + DAY},
    ),
    (T.SOLUTION_ACCEPTED, (*OWNED, PROPOSE, commands.AcceptSolution(by=PAUL), commands.AcceptSolution(by=ANA)), {}),
    (
        T.SOLUTION_REJECTED,
        (*OWNED, PROPOSE, commands.RejectSolution(by=PAUL, reason="Worse")),
        {"side": "partner", "reason": "Worse", "next_update_by": T0 + HOUR},
    ),
    (
        T.CLOSED,
        CLOSED,
        {
            "post_mortem_by": datetime(2026, 3, 10, tzinfo=UTC),
            "root_cause_analysis_by": datetime(2026, 3, 17, tzinfo=UTC),
        },
    ),
    (
        T.POST_MORTEM_SHARED,
        (
            *CLOSED,
            commands.HoldPostMortem(by=RITA, findings="No spare"),
            commands.SharePostMortem(by=RITA, document="p.m"),
        ),
        {"document": "p.m"},
    ),
    (T.RCA_SHARED, (*CLOSED, commands.ShareRootCauseAnalysis(by=RITA, document="r.ca")), {"document": "r.ca"}),
    (
        T.JOIN_REAL_TIME,
        (*OWNED, commands.RequestRealTimeCommunication(by=OTTO, channel="Room 7", reason="Faster")),
        {"channel": "Room 7", "reason": "Faster"},
    ),
    (
        T.USE_THE_CASE,
        (*OWNED, commands.ReportSideChannelContact(by=LEA, contacted=R.DEVOPS, channel="chat", note="He slept")),
        {"contacted": "DevOps", "channel": "chat"},
    ),
    (T.OWNER_REASSIGNED, (*OWNED, commands.ReassignOwner(by=LEA, to=OTTO)), {"owner": "Otto"}),
    (
        T.EVALUATE,
        (),
        {
            "kind": "infrastructure",
            "impact": "P1",
            "risk": "outage",
            "production": "yes",
            "explanation": "We go live tomorrow",
            "acknowledge_by": T0 + HOUR,
        },
    ),
    (
        T.STAND_DOWN,
        (commands.CancelEscalation(by=RITA, reason=ec.CancelReason.DUPLICATE, explanation="See 4710"),),
        {"reason": "duplicate", "explanation": "See 4710"},
    ),
    (T.ACKNOWLEDGED_INTERNALLY, OWNED, {"owner": "Rita"}),
    (
        T.OWNER_APPROVED,
        (*OWNED, PROPOSE, commands.AcceptSolution(by=PAUL)),
        {"side": "partner", "still_asked": "customer"},
    ),
    (T.OWNER_ACCEPTED, (*OWNED, PROPOSE, commands.AcceptSolution(by=PAUL), commands.AcceptSolution(by=ANA)), {}),
    (
        T.OWNER_REJECTED,
        (*OWNED, PROPOSE, commands.RejectSolution(by=PAUL, reason="Worse")),
        {"side": "partner", "reason": "Worse"},
    ),
    (
        T.DEBRIEF,
        CLOSED,
        {
            "owner": "Rita",
            "follow_ups": "debrief, post mortem, root cause analysis",
            "debrief_by": datetime(2026, 3, 4, tzinfo=UTC),
        },
    ),
    (
        T.STAKEHOLDERS_POST_MORTEM,
        (
            *CLOSED,
            commands.HoldPostMortem(by=RITA, findings="No spare"),
            commands.SharePostMortem(by=RITA, document="p.m"),
        ),
        {"document": "p.m"},
    ),
    (T.STAKEHOLDERS_RCA, (*CLOSED, commands.ShareRootCauseAnalysis(by=RITA, document="r.ca")), {"document": "r.ca"}),
    (
        T.OWNER_REAL_TIME,
        (*OWNED, commands.RequestRealTimeCommunication(by=OTTO, channel="Room 7", reason="Faster")),
        {"channel": "Room 7", "reason": "Faster"},
    ),
    (
        T.OWNER_SIDE_CHANNEL,
        (*OWNED, commands.ReportSideChannelContact(by=LEA, contacted=R.DEVOPS, channel="chat", note="He slept")),
        {"contacted": "DevOps", "channel": "chat", "note": "He slept"},
    ),
    (
        T.OWNERSHIP_CHANGED,
        (*OWNED, commands.ReassignOwner(by=LEA, to=OTTO)),
        {"owner": "Otto", "previous_owner": "Rita"},
    ),
    (
        T.ACKNOWLEDGEMENT_OVERDUE,
        (Due(minutes=35),),
        {
            "due_at": T0 + 30 * MINUTE,
            "overdue_by": "0:05:00",
            "rung": "2 of 3",
            "vacant": "account manager and customer success manager",
            "remind_at": T0 + HOUR,
        },
    ),
    (
        T.LADDER_EXHAUSTED,
        (Due(minutes=65),),
        {
            "due_at": T0 + HOUR,
            "overdue_by": "0:05:00",
            "rung": "3 of 3",
            "vacant": "account manager and customer success manager and leadership",
        },
    ),
    (
        T.UPDATE_OVERDUE,
        (*OWNED, Due(minutes=75)),
        {
            "due_at": T0 + HOUR,
            "overdue_by": "0:15:00",
            "rung": "1 of 2",
            "vacant": "leadership",
            "remind_at": T0 + 80 * MINUTE,
            "owner": "Rita",
        },
    ),
    (
        T.ANSWER_OVERDUE,
        (*OWNED, PROPOSE, Due(days=1, minutes=1)),
        {
            "due_at": T0 + DAY,
            "overdue_by": "0:01:00",
            "rung": "0 of 2",
            "vacant": None,
            "remind_at": T0 + DAY + 10 * MINUTE,
            "owner": "Rita",
            "proposal": "4711/4",
        },
    ),
    (
        T.FOLLOW_UP_OVERDUE,
        (*CLOSED, Due(days=2)),
        {
            "due_at": datetime(2026, 3, 4, tzinfo=UTC),
            "overdue_by": "9:00:00",
            "rung": "2 of 2",
            "vacant": "leadership",
            "remind_at": None,
            "owner": "Rita",
            "follow_up": "debrief",
        },
    ),
    (
        T.LEVEL_RAISED,
        (commands.RaiseLevel(by=LEA, from_level=0, reason="It is worse"),),
        {"author": "Lea", "rung": "1 of 3", "vacant": None, "reason": "It is worse"},
    ),
    (
        T.INTERNAL_NOTE,
        (commands.AddInternalNote(by=OPS, text="They are upset"),),
        {"author": "DevOps", "text": "They are upset"},
    ),
]


def _last(case: ec.Case, steps: tuple[Step, ...]) -> ec.Outcome:
    process = ec.Process(policy=POLICY)
    outcome = process.open(case, by=ANA, now=T0)
    for step in steps:
        if isinstance(step, Due):
            outcome = process.due(outcome.case, now=T0 + step)
        else:
            outcome = process.handle(outcome.case, step, now=T0)
    return outcome


@pytest.mark.parametrize(("template", "steps", "values"), EXAMPLES, ids=[template.name for template, _, _ in EXAMPLES])
def test_a_mail_has_exactly_these_values(
    template: ec.Template, steps: tuple[Step, ...], values: dict[str, Any]
) -> None:
    outcome = _last(CASE, steps)
    status = outcome.case.escalation and outcome.case.escalation.status.value
    always = {
        "case_id": "4711",
        "case_subject": "Nothing works",
        "customer": "Customer A",
        "tracking_id": "T-9",
        "case_status": outcome.case.status.value,
        "status": status,
    }
    found = [sent.data for sent in outcome.notifications if sent.template is template]
    assert found
    assert all(list(data.items()) == list((always | values).items()) for data in found)


HISTORIES = [(problem(), ()), (CASE, tuple(step for step in CLOSED if step is not CAUSE))]


@pytest.mark.parametrize(("case", "steps"), [*HISTORIES, *((CASE, steps) for _, steps, _ in EXAMPLES)])
def test_a_notification_is_valid_and_for_the_audience_of_its_mail(case: ec.Case, steps: tuple[Step, ...]) -> None:
    for sent in _last(case, steps).notifications:
        assert attrs.evolve(sent) == sent
        external = isinstance(sent.to, ec.Person) and sent.to.role in {R.CUSTOMER, R.PARTNER}
        assert sent.audience is (ec.Audience.EXTERNAL if external else ec.Audience.INTERNAL)


def test_the_lists_of_instants_and_optional_fields_are_complete() -> None:
    instants = {name for _, _, values in EXAMPLES for name, value in values.items() if isinstance(value, datetime)}
    assert instants == INSTANTS
    assert {"closable_at", "next_update_by", "remind_at", "root_cause_analysis_by", "vacant"} == OPTIONAL


def test_status_and_tracking_id_are_empty_if_missing() -> None:
    sent = _last(problem(), ()).notifications
    assert {one.template for one in sent} == {T.CASE_OPENED}
    assert dict(sent[0].data) == {
        "case_id": "4711",
        "case_subject": "Nothing works",
        "customer": "Customer A",
        "tracking_id": "",
        "case_status": "RECEIVED",
        "status": "",
    }


def test_the_risk_field_is_none_named_if_the_risk_is_missing() -> None:
    sent = _last(emergency(risk=None, production=False), ()).notifications
    (evaluate, *_) = (one.data for one in sent if one.template is T.EVALUATE)
    assert (evaluate["risk"], evaluate["production"]) == ("none named", "no")


def test_every_template_has_an_example() -> None:
    assert {template for template, _, _ in EXAMPLES} == set(T) - {T.CASE_OPENED}
