"""The rules beyond the table: consent, silence, misuse, follow-ups, one escalation per case, and the host's own."""

import copy
import pickle
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import codec, commands, events
from escalation_core.testing import (
    ANA,
    LEA,
    MINUTE,
    NINA,
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
from support.examples import CLOCK, DEV, OPS, PROCESS, codes, escalation_of

S = ec.EscalationStatus
ACCEPT, PARTNER_ACCEPTS = commands.AcceptSolution(by=ANA), commands.AcceptSolution(by=PAUL)
PROPOSE = commands.ProposeSolution(by=RITA, summary="Restart it")
CLOSE = commands.CloseEscalation(by=RITA)


def refused(case: ec.Case, command: commands.Command, process: ec.Process = PROCESS) -> set[str]:
    """Return the codes of the refusals of ``check`` and ``handle``; an accepted command has none."""
    found = process.check(case, command, now=later(case))
    if found:
        with pytest.raises(ec.CommandRefusedError) as raised:
            process.handle(case, command, now=later(case))
        assert raised.value.refusals == found
    return codes(found)


# Consent


@pytest.mark.parametrize(
    ("consent", "people", "needed"),
    [
        (ec.Consent.ALL, (ANA, PAUL), [ANA, PAUL]),
        (ec.Consent.ALL, (ANA, PAUL), [PAUL, ANA]),
        (ec.Consent.ALL, (ANA,), [ANA]),
        (ec.Consent.ANY, (ANA, PAUL), [ANA]),
        (ec.Consent.ANY, (ANA, PAUL), [PAUL]),
        (ec.Consent.CUSTOMER, (ANA, PAUL), [ANA]),
        (ec.Consent.CUSTOMER, (PAUL,), [PAUL]),
    ],
)
def test_a_solution_is_accepted_with_the_last_approval_needed(
    consent: ec.Consent, people: tuple[ec.Person, ...], needed: list[ec.Person]
) -> None:
    process = ec.Process(policy=ec.Policy(consent=consent))
    case = reach(S.ACKNOWLEDGED, process, requester=people[0], participants=people)
    case = after(case, PROPOSE, process=process)
    for person in needed:
        assert escalation_of(case).status is S.SOLUTION_PROPOSED
        case = after(case, commands.AcceptSolution(by=person), process=process)
    assert escalation_of(case).status is S.SOLUTION_ACCEPTED
    assert escalation_of(case).proposals[-1].status is ec.ProposalStatus.ACCEPTED


def test_a_partner_is_not_asked_when_only_the_customer_decides() -> None:
    process = ec.Process(policy=ec.Policy(consent=ec.Consent.CUSTOMER))
    case = reach(S.SOLUTION_PROPOSED, process)
    assert refused(case, PARTNER_ACCEPTS, process) == {"side_not_asked"}
    assert refused(case, commands.RejectSolution(by=PAUL, reason="No"), process) == {"side_not_asked"}


def test_a_new_policy_does_not_change_a_pending_proposal() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    laxer = ec.Process(policy=ec.Policy(consent=ec.Consent.ANY, timing=ec.Timing(close_after_silence=MINUTE)))
    case = after(case, ACCEPT, process=laxer)
    assert escalation_of(case).status is S.SOLUTION_PROPOSED
    assert refused(case, CLOSE, laxer) == {"answer_pending"}


def test_a_side_can_accept_only_once() -> None:
    case = after(reach(S.SOLUTION_PROPOSED, participants=(ANA, PAUL, NINA)), ACCEPT)
    assert refused(case, commands.AcceptSolution(by=NINA)) == {"already_approved"}


def test_a_side_that_accepted_but_was_not_asked_has_two_refusals() -> None:
    """No process reaches this state, but a host can make such a case by hand."""
    case = after(reach(S.SOLUTION_PROPOSED), ACCEPT)
    proposal = attrs.evolve(escalation_of(case).proposals[-1], asked=(ec.Role.PARTNER,))
    case = attrs.evolve(case, escalation=attrs.evolve(escalation_of(case), proposals=(proposal,)))
    assert refused(case, ACCEPT) == {"side_not_asked", "already_approved"}


def test_one_rejection_rejects_even_after_an_acceptance() -> None:
    case = after(reach(S.SOLUTION_PROPOSED), ACCEPT, commands.RejectSolution(by=ANA, reason="It is worse"))
    assert escalation_of(case).status is S.SOLUTION_REJECTED
    assert escalation_of(case).proposals[-1].status is ec.ProposalStatus.REJECTED


def test_a_newer_proposal_supersedes_the_pending_one_and_its_votes() -> None:
    case = after(reach(S.SOLUTION_PROPOSED), ACCEPT, PROPOSE)
    first, second = escalation_of(case).proposals
    assert (first.status, second.status) == (ec.ProposalStatus.SUPERSEDED, ec.ProposalStatus.PENDING)
    assert (first.approved_by, second.approved_by) == ((ec.Role.CUSTOMER,), ())
    for vote in (
        commands.AcceptSolution(by=ANA, proposal=first.id),
        commands.RejectSolution(by=ANA, proposal=first.id, reason="Old"),
    ):
        assert refused(case, vote) == {"proposal_not_pending"}
    assert refused(case, commands.AcceptSolution(by=ANA, proposal=second.id)) == set()
    accepted = after(case, ACCEPT, PARTNER_ACCEPTS, CLOSE)
    rejected = after(case, commands.RejectSolution(by=ANA, reason="Old"), PROPOSE)
    for answered, status in ((accepted, ec.ProposalStatus.ACCEPTED), (rejected, ec.ProposalStatus.REJECTED)):
        proposals = escalation_of(answered).proposals
        assert (proposals[0], proposals[1].id, proposals[1].status) == (first, second.id, status)


def test_every_proposal_stays_on_record() -> None:
    case = after(reach(S.ACKNOWLEDGED), PROPOSE, PROPOSE, PROPOSE)
    assert [(proposal.id, proposal.status) for proposal in escalation_of(case).proposals] == [
        ("4711/4", ec.ProposalStatus.SUPERSEDED),
        ("4711/5", ec.ProposalStatus.SUPERSEDED),
        ("4711/6", ec.ProposalStatus.PENDING),
    ]


UNKNOWN = (
    commands.AcceptSolution(by=ANA, proposal="4711/99"),
    commands.RejectSolution(by=ANA, proposal="4711/99", reason="?"),
)


@pytest.mark.parametrize("vote", UNKNOWN)
def test_an_unknown_proposal_is_named(vote: commands.Command) -> None:
    case = reach(S.SOLUTION_PROPOSED)
    (refusal,) = PROCESS.check(case, vote, now=later(case))
    assert refusal.code == "unknown_proposal"
    assert "'4711/99'" in refusal.message


@pytest.mark.parametrize("vote", UNKNOWN)
def test_the_fields_of_an_illegal_command_are_not_checked(vote: commands.Command) -> None:
    assert refused(reach(S.SOLUTION_REJECTED), vote) == {"illegal_transition"}


def test_a_side_that_joins_late_is_asked_in_the_next_proposal() -> None:
    case = after(reach(S.SOLUTION_PROPOSED, participants=(ANA,)), commands.AddParticipant(by=RITA, person=PAUL))
    assert refused(case, PARTNER_ACCEPTS) == {"side_not_asked"}
    assert refused(after(case, PROPOSE), PARTNER_ACCEPTS) == set()


# Silence


def test_silence_closes_nothing_by_default() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    found = PROCESS.check(case, CLOSE, now=T0 + timedelta(days=3650))
    assert codes(found) == {"answer_pending"}


def test_silence_closes_from_the_deadline_of_the_policy_on() -> None:
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=timedelta(days=5))))
    case = reach(S.SOLUTION_PROPOSED, process)
    deadline = escalation_of(case).proposals[-1].proposed_at + timedelta(days=5)
    early = process.check(case, CLOSE, now=deadline - timedelta(microseconds=1))
    assert codes(early) == {"answer_pending"}
    assert str(deadline) in early[0].message
    closed = process.handle(case, CLOSE, now=deadline).case
    assert (escalation_of(closed).status, escalation_of(closed).closed_by_silence) == (S.CLOSED, True)
    assert escalation_of(closed).proposals[-1].status is ec.ProposalStatus.PENDING


@pytest.mark.parametrize("yes", [ACCEPT, PARTNER_ACCEPTS])
def test_silence_of_one_side_closes_after_the_other_accepted(yes: commands.AcceptSolution) -> None:
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=timedelta(days=5))))
    case = after(reach(S.SOLUTION_PROPOSED, process), yes, process=process)
    deadline = escalation_of(case).proposals[-1].proposed_at + timedelta(days=5)
    assert codes(process.check(case, CLOSE, now=deadline - timedelta(microseconds=1))) == {"answer_pending"}
    closed = escalation_of(process.handle(case, CLOSE, now=deadline).case)
    assert (closed.status, closed.closed_by_silence) == (S.CLOSED, True)


def test_an_accepted_solution_is_not_closed_by_silence() -> None:
    patient = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=timedelta(days=5))))
    for process in (PROCESS, patient):
        assert escalation_of(reach(S.CLOSED, process)).closed_by_silence is False


def test_closed_by_silence_is_false_if_nobody_was_silent() -> None:
    patient = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=timedelta(days=5))))
    closed_by_silence = {status: escalation_of(reach(status, patient)).closed_by_silence for status in S}
    assert closed_by_silence == dict.fromkeys(S, False)


# Misuse


@pytest.mark.parametrize("reason", ec.CancelReason)
def test_canceling_leaves_an_open_problem_that_owes_nothing(reason: ec.CancelReason) -> None:
    cancel = commands.CancelEscalation(by=LEA, reason=reason, explanation="A regular bug")
    outcome = PROCESS.handle(reach(S.STARTED), cancel, now=T0 + MINUTE)
    case, escalation = outcome.case, escalation_of(outcome.case)
    assert (case.type, case.priority, case.status) == (ec.CaseType.PROBLEM, ec.Priority.LOW, ec.CaseStatus.RECEIVED)
    assert (escalation.cancel_reason, escalation.follow_ups, escalation.settled) == (reason, (), True)
    assert [type(event) for event in outcome.events] == [events.EscalationCanceled, events.CaseReclassified]
    data = {note.to: note.data for note in outcome.notifications}
    assert (data[ANA]["reason"], data[ANA]["explanation"]) == (reason.value, "A regular bug")
    assert "explanation" not in data[PAUL]


def test_a_canceled_emergency_gets_the_priority_of_the_policy() -> None:
    process = ec.Process(policy=ec.Policy(misuse=ec.Misuse(canceled_priority=ec.Priority.MEDIUM)))
    assert reach(S.CANCELED, process).priority is ec.Priority.MEDIUM


CONCERNS = {
    "risk": (None, ec.ConcernKind.NO_RISK_NAMED),
    "production": (False, ec.ConcernKind.NOT_PRODUCTION),
    "known_bug_due": (T0.date(), ec.ConcernKind.KNOWN_BUG),
    "earlier_misuses": (1, ec.ConcernKind.EARLIER_MISUSE),
}


@pytest.mark.parametrize("names", [(), *((name,) for name in CONCERNS), tuple(CONCERNS)])
def test_only_a_sign_of_misuse_is_a_concern(names: tuple[str, ...]) -> None:
    case = emergency(**({"risk": ec.Risk.REVENUE} | {name: CONCERNS[name][0] for name in names}))
    assert [concern.kind for concern in ec.Policy().concerns(case)] == [CONCERNS[name][1] for name in names]


def test_a_go_live_without_a_production_system_is_not_a_concern() -> None:
    assert ec.Policy().concerns(emergency(risk=ec.Risk.GO_LIVE, production=False)) == ()


def test_a_policy_may_tolerate_earlier_misuse() -> None:
    policy = ec.Policy(misuse=ec.Misuse(tolerated=2))
    assert policy.concerns(emergency(earlier_misuses=2)) == ()
    assert [c.kind for c in policy.concerns(emergency(earlier_misuses=3))] == [ec.ConcernKind.EARLIER_MISUSE]


def test_a_case_that_is_not_an_emergency_has_no_concern() -> None:
    assert ec.Policy().concerns(problem(production=False, earlier_misuses=9)) == ()


def test_concerns_refuse_nothing() -> None:
    case = opened(emergency(risk=None, production=False, known_bug_due=T0.date(), earlier_misuses=9))
    assert refused(case, commands.Acknowledge(by=RITA)) == set()


# After closing


def attributed(case: ec.Case, cause: ec.Cause, *, production: bool) -> ec.Case:
    """Attribute a cause."""
    command = commands.AttributeCause(by=OPS, cause=cause, production=production, explanation="As far as we know")
    return after(case, command)


def owed(case: ec.Case) -> set[ec.FollowUpKind]:
    """Return the follow-ups that are not done."""
    return {follow_up.kind for follow_up in escalation_of(case).follow_ups if not follow_up.done}


ALWAYS = {ec.FollowUpKind.DEBRIEF, ec.FollowUpKind.POST_MORTEM}
RCA = ec.FollowUpKind.ROOT_CAUSE_ANALYSIS


@pytest.mark.parametrize("cause", ec.Cause)
@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize("early", [True, False])
def test_an_rca_is_owed_only_for_infrastructure_in_production(
    cause: ec.Cause,
    *,
    production: bool,
    early: bool,
) -> None:
    if early:
        case = after(attributed(reach(S.SOLUTION_ACCEPTED), cause, production=production), CLOSE)
    else:
        case = attributed(reach(S.CLOSED), cause, production=production)
    rca = {RCA} if cause is ec.Cause.INFRASTRUCTURE and production else set[ec.FollowUpKind]()
    assert owed(case) == ALWAYS | rca


def test_nothing_is_owed_before_closing() -> None:
    case = attributed(reach(S.ACKNOWLEDGED), ec.Cause.INFRASTRUCTURE, production=True)
    assert escalation_of(case).follow_ups == ()
    assert not escalation_of(case).settled


def test_a_later_cause_withdraws_the_rca_and_keeps_done_follow_ups() -> None:
    case = attributed(reach(S.CLOSED), ec.Cause.INFRASTRUCTURE, production=True)
    case = after(case, commands.DebriefStakeholders(by=RITA, notes="Everybody knows"))
    case = attributed(case, ec.Cause.SOFTWARE, production=True)
    assert owed(case) == {ec.FollowUpKind.POST_MORTEM}
    assert refused(case, commands.ShareRootCauseAnalysis(by=RITA, document="x")) == {"not_owed"}
    assert owed(attributed(case, ec.Cause.INFRASTRUCTURE, production=True)) == {ec.FollowUpKind.POST_MORTEM, RCA}


def test_an_escalation_is_settled_after_the_last_follow_up() -> None:
    case = attributed(reach(S.CLOSED), ec.Cause.INFRASTRUCTURE, production=True)
    share = commands.SharePostMortem(by=RITA, document="x")
    assert refused(case, share) == {"post_mortem_not_held"}
    for command in (
        commands.DebriefStakeholders(by=RITA, notes="x"),
        commands.HoldPostMortem(by=RITA, findings="x"),
        share,
        commands.ShareRootCauseAnalysis(by=RITA, document="x"),
    ):
        assert not escalation_of(case).settled
        case = after(case, command)
        assert refused(case, command) == {"already_done"}
    assert escalation_of(case).settled
    assert case.status is ec.CaseStatus.RECEIVED


def test_follow_ups_can_be_done_after_the_case_is_closed() -> None:
    case = after(
        reach(S.CLOSED),
        commands.StartDiagnosis(by=RITA),
        commands.ProposeCaseSolution(by=RITA),
        commands.CloseCase(by=RITA, reason="Confirmed"),
        commands.HoldPostMortem(by=RITA, findings="x"),
    )
    assert case.status is ec.CaseStatus.CLOSED
    assert refused(case, commands.AddInternalNote(by=DEV, text="x")) == {"illegal_transition"}


# One escalation per case


def test_declaring_an_emergency_changes_the_type_of_an_open_case() -> None:
    declare = commands.DeclareEmergency(by=ANA, risk=ec.Risk.OUTAGE, explanation="Now all is down")
    case = after(opened(problem()), declare)
    assert (case.type, case.impact, case.priority, case.risk) == (
        ec.CaseType.EMERGENCY,
        ec.BusinessImpact.P1,
        ec.Priority.URGENT,
        ec.Risk.OUTAGE,
    )
    assert escalation_of(case).status is S.STARTED


def test_the_start_of_an_escalation_repeats_risk_and_explanation() -> None:
    fresh = emergency(risk=ec.Risk.REVENUE, description="The shop is down")
    declare = commands.DeclareEmergency(by=ANA, risk=ec.Risk.SECURITY, explanation="They are in")
    case = reach(None)
    for outcome, expected in (
        (PROCESS.open(fresh, by=ANA, now=T0), (ec.Risk.REVENUE, "The shop is down")),
        (PROCESS.handle(case, declare, now=later(case)), (ec.Risk.SECURITY, "They are in")),
    ):
        started = outcome.events[-1]
        assert isinstance(started, events.EscalationStarted)
        assert (started.risk, started.explanation) == expected


@pytest.mark.parametrize("status", S)
def test_a_second_emergency_is_a_new_case_that_names_the_old_one(status: S) -> None:
    case = reach(status)
    assert "escalation_exists" in refused(case, commands.DeclareEmergency(by=ANA, risk=None, explanation="Again"))
    again = opened(emergency(id="4712", related=(case.id,)))
    assert again.related == ("4711",)
    assert escalation_of(again).status is S.STARTED


def test_a_regular_case_has_no_escalation() -> None:
    assert opened(problem()).escalation is None
    assert opened(problem(type=ec.CaseType.REQUEST)).priority is ec.Priority.LOW


@pytest.mark.parametrize(("impact", "priority"), list(zip(ec.BusinessImpact, ec.Priority, strict=True)))
def test_the_priority_of_a_problem_is_derived_from_its_impact(impact: ec.BusinessImpact, priority: ec.Priority) -> None:
    assert problem(impact=impact).priority is priority


# The case's own lifecycle


def test_a_case_cannot_be_closed_while_its_escalation_is_active() -> None:
    steps = (commands.StartDiagnosis(by=RITA), commands.ProposeCaseSolution(by=RITA))
    close = commands.CloseCase(by=RITA, reason="Confirmed")
    assert refused(after(reach(S.ACKNOWLEDGED), *steps), close) == {"escalation_active"}
    assert refused(after(reach(S.CLOSED), *steps), close) == set()
    assert refused(after(reach(S.CANCELED), *steps), close) == set()


def test_a_case_returns_to_diagnosis_after_a_failed_solution() -> None:
    steps = (commands.StartDiagnosis(by=RITA), commands.ProposeCaseSolution(by=RITA), commands.StartDiagnosis(by=RITA))
    assert after(opened(problem()), *steps).status is ec.CaseStatus.DIAGNOSIS


def test_an_emergency_has_the_highest_priority_until_it_is_over() -> None:
    lower = commands.ReprioritizeCase(by=RITA, priority=ec.Priority.MEDIUM)
    assert refused(reach(S.ACKNOWLEDGED), lower) == {"escalation_active"}
    assert after(reach(S.CLOSED), lower).priority is ec.Priority.MEDIUM


# People


def test_the_rep_who_acknowledges_is_the_owner_until_reassigned() -> None:
    case = reach(S.ACKNOWLEDGED)
    assert escalation_of(case).owner == RITA
    assert escalation_of(after(case, commands.ReassignOwner(by=LEA, to=OTTO))).owner == OTTO


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (RITA, {"already_owner"}),
        (LEA, {"not_assignable"}),
        (ANA, {"not_assignable"}),
        (attrs.evolve(ANA, role=ec.Role.SUPPORT_REP), {"role_mismatch"}),
        (attrs.evolve(RITA, role=ec.Role.DEVOPS), {"not_assignable", "role_mismatch", "already_owner"}),
    ],
)
def test_only_another_person_who_may_acknowledge_can_take_over(to: ec.Person, expected: set[str]) -> None:
    assert refused(reach(S.ACKNOWLEDGED), commands.ReassignOwner(by=LEA, to=to)) == expected


def test_a_person_who_is_not_on_the_case_cannot_vote() -> None:
    case = reach(S.SOLUTION_PROPOSED, additional_contact=STRANGER)
    assert refused(case, commands.AcceptSolution(by=NINA)) == {"not_a_participant"}
    assert refused(case, commands.AcceptSolution(by=STRANGER)) == {"not_a_participant"}


@pytest.mark.parametrize(
    "impostor",
    [attrs.evolve(ANA, role=ec.Role.SUPPORT_REP), attrs.evolve(STRANGER, role=ec.Role.SUPPORT_REP)],
)
def test_an_id_that_the_case_knows_in_another_role_is_refused(impostor: ec.Person) -> None:
    case = reach(S.STARTED, additional_contact=STRANGER)
    assert refused(case, commands.Acknowledge(by=impostor)) == {"role_mismatch"}


def test_the_owner_cannot_return_in_another_role() -> None:
    customer = attrs.evolve(RITA, role=ec.Role.CUSTOMER)
    assert refused(reach(S.ACKNOWLEDGED), commands.AddParticipant(by=LEA, person=customer)) == {"role_mismatch"}


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (ANA, {"already_participant"}),
        (attrs.evolve(PAUL, name="Pablo"), {"already_participant"}),
        (CLOCK, {"not_assignable"}),
        (STRANGER, set[str]()),
        (attrs.evolve(STRANGER, role=ec.Role.PARTNER), {"role_mismatch"}),
    ],
)
def test_a_person_is_added_once_and_in_one_role(person: ec.Person, expected: set[str]) -> None:
    case = reach(S.STARTED, additional_contact=STRANGER)
    assert refused(case, commands.AddParticipant(by=RITA, person=person)) == expected


def test_a_contact_who_joins_with_a_changed_record_is_notified_once() -> None:
    newer = attrs.evolve(STRANGER, email="stan@a.example")
    case = after(reach(S.STARTED, additional_contact=STRANGER), commands.AddParticipant(by=RITA, person=newer))
    assert case.additional_contact == newer
    assert codec.from_json(codec.to_json(case), ec.Case) == case
    sent = PROCESS.handle(case, commands.Acknowledge(by=RITA), now=later(case)).notifications
    assert [one.to for one in sent] == [ANA, PAUL, newer]


def test_a_new_participant_does_not_change_the_contact() -> None:
    case = after(reach(S.STARTED, additional_contact=STRANGER), commands.AddParticipant(by=RITA, person=NINA))
    assert case.additional_contact == STRANGER
    assert case.external_people == (ANA, PAUL, NINA, STRANGER)


def test_closing_ends_an_open_real_time_communication() -> None:
    talk = commands.RequestRealTimeCommunication(by=RITA, channel="Room 7", reason="To see it")
    case = after(reach(S.SOLUTION_ACCEPTED), talk)
    assert escalation_of(case).real_time == "Room 7"
    assert escalation_of(after(case, CLOSE)).real_time is None


def test_real_time_communication_is_requested_once_at_a_time() -> None:
    ask = commands.RequestRealTimeCommunication(by=RITA, channel="Room 7", reason="Faster")
    end = commands.EndRealTimeCommunication(by=RITA)
    case = reach(S.ACKNOWLEDGED)
    assert refused(case, end) == {"real_time_not_open"}
    case = after(case, ask)
    assert escalation_of(case).real_time == "Room 7"
    assert refused(case, ask) == {"real_time_open"}
    case = after(case, end)
    assert escalation_of(case).real_time is None
    assert refused(case, ask) == set()


# The host's own rules


def test_a_hosts_rule_adds_a_refusal_and_bypasses_none() -> None:
    asked: list[commands.Command] = []

    def rule(case: ec.Case, command: commands.Command, now: datetime) -> tuple[ec.Refusal, ...]:
        asked.append(command)
        assert (case.id, now.tzinfo) == ("4711", T0.tzinfo)
        return (ec.Refusal(code="not_today", message="not today"),)

    process = ec.Process(policy=ec.Policy(rules=(rule,)))
    case = reach(S.STARTED)
    assert refused(case, commands.Acknowledge(by=RITA), process) == {"not_today"}
    assert refused(case, CLOSE, process) == {"illegal_transition", "not_today"}
    with pytest.raises(ec.CommandRefusedError, match="not today"):
        process.open(emergency(), by=ANA, now=T0)
    assert {type(command) for command in asked} >= {commands.Acknowledge, commands.CloseEscalation, commands.OpenCase}


def test_every_rule_of_a_host_adds_its_refusal() -> None:
    def refusing(code: str) -> ec.Rule:
        return lambda _, __, ___: (ec.Refusal(code=code, message=code),)

    rules = tuple(map(refusing, ("not_today", "not_here", "not_you")))
    process = ec.Process(policy=ec.Policy(rules=rules))
    found = process.check(reach(S.STARTED), commands.Acknowledge(by=RITA), now=T0 + MINUTE)
    assert [str(refusal.code) for refusal in found] == ["not_today", "not_here", "not_you"]


def test_options_apply_host_rules_to_commands_without_fields() -> None:
    def rule(_: ec.Case, __: commands.Command, ___: datetime) -> tuple[ec.Refusal, ...]:
        return (ec.Refusal(code="not_today", message="not today"),)

    process = ec.Process(policy=ec.Policy(rules=(rule,)))
    options = {option.command: option for option in process.options(reach(S.STARTED), by=RITA, now=T0 + MINUTE)}
    assert codes(options[commands.Acknowledge].refusals) == {"not_today"}
    assert options[commands.CancelEscalation].allowed


def test_a_policy_restricts_the_roles_of_a_command() -> None:
    leads = ec.Permissions(granted={commands.CancelEscalation: frozenset({ec.Role.SUPPORT_LEAD})})
    process = ec.Process(policy=ec.Policy(permissions=leads))
    cancel = commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="x")
    assert refused(reach(S.STARTED), cancel, process) == {"role_not_permitted"}
    nobody = ec.Process(policy=ec.Policy(permissions=ec.Permissions(granted={commands.CancelEscalation: frozenset()})))
    found = nobody.check(reach(S.STARTED), cancel, now=T0 + MINUTE)
    assert found[0].message == "cannot cancel an escalation as support rep: permitted for nobody"


# Versions and errors


@pytest.mark.parametrize("version", [True, 2.0, "2"])
def test_a_version_of_a_wrong_type_is_refused(version: Any) -> None:  # noqa: ANN401
    case = reach(S.STARTED)
    with pytest.raises(TypeError, match=r"^expected_version: must be an int, got"):
        PROCESS.handle(case, commands.Acknowledge(by=RITA), now=later(case), expected_version=version)


def test_a_changed_case_is_refused_as_a_stale_version() -> None:
    case = reach(S.STARTED)
    with pytest.raises(ec.StaleVersionError, match="expected_version: case 4711 is at version 2, not at 1"):
        PROCESS.handle(case, commands.Acknowledge(by=RITA), now=later(case), expected_version=1)
    fresh = PROCESS.handle(case, commands.Acknowledge(by=RITA), now=later(case), expected_version=2)
    assert fresh.case.version == 3


@pytest.mark.parametrize(
    ("command", "version", "kind"),
    [
        (commands.Acknowledge(by=ANA), 1, ec.StaleVersionError),
        (CLOSE, 1, ec.StaleVersionError),
        (commands.CloseEscalation(by=ANA), 1, ec.StaleVersionError),
        (commands.CloseEscalation(by=ANA), 2, ec.NotPermittedError),
        (CLOSE, 2, ec.IllegalTransitionError),
    ],
)
def test_a_stale_version_has_priority_over_permission_and_table(
    command: commands.Command, version: int, kind: type[ec.CommandRefusedError]
) -> None:
    case = reach(S.STARTED)
    with pytest.raises(ec.CommandRefusedError) as raised:
        PROCESS.handle(case, command, now=later(case), expected_version=version)
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (commands.Acknowledge(by=ANA), ec.NotPermittedError),
        (CLOSE, ec.IllegalTransitionError),
        (commands.DeclareEmergency(by=ANA, risk=None, explanation="x"), ec.IllegalTransitionError),
        (commands.ReprioritizeCase(by=RITA, priority=ec.Priority.LOW), ec.CommandRefusedError),
    ],
)
def test_an_error_keeps_its_objects_after_pickling_and_copying(
    command: commands.Command, kind: type[ec.CommandRefusedError]
) -> None:
    case = reach(S.STARTED)
    with pytest.raises(ec.CommandRefusedError) as raised:
        PROCESS.handle(case, command, now=later(case))
    error = raised.value
    options = PROCESS.options(case, by=command.by, now=later(case))
    assert type(error) is kind
    assert (error.command, error.status) == (command, S.STARTED)
    assert error.allowed == tuple(option.command for option in options if option.allowed)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(twin) is kind
        assert (twin.refusals, twin.command, twin.status, twin.allowed) == (
            error.refusals,
            command,
            S.STARTED,
            error.allowed,
        )
        assert str(twin) == str(error) == "; ".join(refusal.message for refusal in error.refusals)


def test_the_text_of_an_outcome_has_ids_in_place_of_fields() -> None:
    first = PROCESS.open(emergency(), by=ANA, now=T0, command_id="c-1")
    again = PROCESS.open(emergency(), by=ANA, now=T0, command_id="c-1", stored=first.case)
    count = len(first.notifications)
    assert repr(first) == (
        f"Outcome(case 4711 at version 2, events: 4711/1 CaseOpened, 4711/2 EscalationStarted, notifications: {count})"
    )
    assert repr(again) == ("Outcome(case 4711 at version 2, events: none, notifications: 0, repeats versions (1, 2))")


def test_a_refusal_lists_the_commands_that_a_participant_may_send() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    with pytest.raises(ec.NotPermittedError) as raised:
        PROCESS.handle(case, commands.CloseEscalation(by=ANA), now=later(case))
    assert raised.value.allowed == (commands.AcceptSolution, commands.RejectSolution)


def test_every_event_has_the_id_of_its_command() -> None:
    outcome = PROCESS.open(emergency(), by=ANA, now=T0, command_id="c-1")
    assert {event.command_id for event in outcome.events} == {"c-1"}


def test_an_unopened_case_can_only_be_opened() -> None:
    assert refused(emergency(), commands.Acknowledge(by=RITA)) == {"case_not_opened"}
    options = PROCESS.options(emergency(), by=ANA, now=T0)
    assert [option.command for option in options if option.allowed] == [commands.OpenCase]
    assert refused(reach(S.STARTED), commands.OpenCase(by=ANA)) == {"illegal_transition"}
