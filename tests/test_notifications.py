"""Who is notified of each event, with which mail: the design's table, written out by hand."""

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.notifications.fields import finder, type_of
from escalation_core.notifications.mails import BY_EVENT, BY_TEMPLATE, MAILS, SILENT, Mail
from escalation_core.table import COMMANDS, EVENTS

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ETA = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
R = ec.Role
ANA = ec.Person(id="ana", role=R.CUSTOMER, name="Ana")
PAUL = ec.Person(id="paul", role=R.PARTNER, name="Paul")
CONTACT = ec.Person(id="carl", role=R.CUSTOMER, name="Carl")
RITA = ec.Person(id="rita", role=R.SUPPORT_REP, name="Rita")
RON = ec.Person(id="ron", role=R.SUPPORT_REP, name="Ron")
DORA = ec.Person(id="dora", role=R.DEVELOPMENT, name="Dora")

Notified = set[tuple[str, str]]
#: With partner and additional contact: event → (recipient, template).
#: "*" is every external person, "!" every stakeholder.
EXPECTED: dict[type[events.Event], Notified] = {
    events.CaseOpened: set(),
    events.EscalationStarted: {("*", "escalation_started"), ("!", "stakeholders_evaluate")},
    events.EscalationCanceled: {
        ("ana", "escalation_canceled_to_requester"),
        ("paul", "escalation_canceled"),
        ("carl", "escalation_canceled"),
        ("!", "stakeholders_stand_down"),
    },
    events.CaseReclassified: set(),
    events.EscalationAcknowledged: {("*", "escalation_acknowledged")},
    events.ProgressUpdatePosted: {("*", "progress_update")},
    events.UpdatePostponed: {("*", "update_postponed")},
    events.SolutionProposed: {
        ("ana", "solution_proposed"),
        ("paul", "solution_proposed"),
        ("carl", "solution_announced"),
    },
    events.SolutionApproved: {("paul", "solution_still_asked"), ("rita", "owner_solution_approved")},
    events.SolutionAccepted: {("*", "solution_accepted"), ("rita", "owner_solution_accepted")},
    events.SolutionRejected: {("*", "solution_rejected"), ("rita", "owner_solution_rejected")},
    events.EscalationClosed: {("*", "escalation_closed"), ("!", "stakeholders_debrief")},
    events.OwnerReassigned: {("*", "owner_reassigned"), ("rita", "owner_changed"), ("ron", "owner_changed")},
    events.InternalNoteAdded: set(),
    events.RealTimeCommunicationRequested: {
        ("*", "real_time_communication_requested"),
        ("rita", "owner_real_time_communication"),
    },
    events.RealTimeCommunicationEnded: set(),
    events.SideChannelContactReported: {
        ("ana", "side_channel_contact_reported"),
        ("rita", "owner_side_channel_contact"),
    },
    events.LevelRaised: {("support lead", "level_raised")},
    events.CauseAttributed: set(),
    events.ParticipantAdded: {("new", "participant_added")},
    events.StakeholdersDebriefed: set(),
    events.PostMortemHeld: set(),
    events.PostMortemShared: {("*", "post_mortem_shared"), ("!", "stakeholders_post_mortem_shared")},
    events.RootCauseAnalysisShared: {
        ("*", "root_cause_analysis_shared"),
        ("!", "stakeholders_root_cause_analysis_shared"),
    },
    events.DiagnosisStarted: {("*", "case_status_changed")},
    events.CaseSolutionProposed: {("*", "case_status_changed")},
    events.CaseClosed: {("*", "case_closed")},
    events.CaseReprioritized: set(),
    events.AcknowledgementOverdue: {("support lead", "acknowledgement_overdue")},
    events.UpdateOverdue: {("rita", "update_overdue")},
    events.AnswerOverdue: {("rita", "answer_overdue")},
    events.FollowUpOverdue: {("rita", "follow_up_overdue")},
}

_SHARED = (
    commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="internal"),
    commands.CloseEscalation(by=RITA),
    commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="internal"),
    commands.DebriefStakeholders(by=RITA, notes="internal"),
    commands.HoldPostMortem(by=RITA, findings="internal"),
    commands.SharePostMortem(by=RITA, document="doc"),
    commands.ShareRootCauseAnalysis(by=RITA, document="doc"),
    commands.StartDiagnosis(by=RITA),
    commands.ProposeCaseSolution(by=RITA),
    commands.CloseCase(by=RITA, reason="confirmed"),
)
_BEGUN = (
    commands.Acknowledge(by=RITA),
    commands.PostUpdate(by=RITA, message="News"),
    commands.AddInternalNote(by=RITA, text="internal"),
    commands.RequestRealTimeCommunication(by=RITA, channel="room 1", reason="faster"),
    commands.EndRealTimeCommunication(by=RITA),
    commands.ReportSideChannelContact(by=RITA, contacted=R.DEVELOPMENT, channel="chat", note="internal"),
    commands.ProposeSolution(by=RITA, summary="Restart"),
    commands.RejectSolution(by=ANA, reason="no"),
    commands.ProposeSolution(by=RITA, summary="Replace"),
    commands.AcceptSolution(by=ANA),
)
_ENDINGS: dict[str, tuple[commands.Command, ...]] = {
    "closed": (*_BEGUN, commands.AcceptSolution(by=PAUL), *_SHARED),
    "canceled": (commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="no emergency"),),
    "reassigned": (commands.Acknowledge(by=RITA), commands.ReassignOwner(by=RITA, to=RON)),
    "added": (commands.AddParticipant(by=RITA, person=ec.Person(id="new", role=R.CUSTOMER)),),
    "raised": (commands.RaiseLevel(by=RITA, from_level=0, reason="internal"),),
    "postponed": (
        commands.Acknowledge(by=RITA),
        commands.PostponeUpdate(by=RITA, until=T0 + timedelta(days=1), reason="They sleep"),
    ),
    "reprioritized": (
        commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="no emergency"),
        commands.ReprioritizeCase(by=RITA, priority=ec.Priority.LOW),
    ),
}


def case(*, partner: bool = True, contact: bool = True, dora: bool = False, case_id: str = "1") -> ec.Case:
    people = (PAUL,) if partner else ()
    return ec.Case(
        id=case_id,
        customer="Customer A",
        requester=ANA,
        participants=(*people, DORA) if dora else people,
        additional_contact=CONTACT if contact else None,
        type=ec.CaseType.EMERGENCY,
        impact=ec.BusinessImpact.P1,
        subject="Down",
    )


def outcomes(start: ec.Case, sent: tuple[commands.Command, ...], policy: ec.Policy | None = None) -> list[ec.Outcome]:
    process = ec.Process(policy=policy or ec.Policy())
    found = [process.open(start, by=ANA, now=T0)]
    for command in sent:
        found.append(process.handle(found[-1].case, command, now=T0))
    return found


def notified(found: list[ec.Outcome], kind: type[events.Event]) -> list[list[ec.Notification]]:
    """Return the notifications of each event of this class."""
    return [
        [told for told in outcome.notifications if told.event_id == event.id]
        for outcome in found
        for event in outcome.events
        if type(event) is kind
    ]


def who(told: list[ec.Notification]) -> list[tuple[str, str]]:
    return sorted((n.to.id if isinstance(n.to, ec.Person) else n.to.value, n.template.value) for n in told)


def spelled(expected: Notified, external: list[str], stakeholders: list[str]) -> list[tuple[str, str]]:
    groups = {"*": external, "!": stakeholders}
    return sorted((name, key) for to, key in expected for name in groups.get(to, [to]))


ALL = ["ana", "carl", "paul"]
STAKEHOLDERS = ["account manager", "customer success manager", "development", "partner manager"]


@pytest.fixture(scope="module")
def histories() -> list[ec.Outcome]:
    lived = [outcome for sent in _ENDINGS.values() for outcome in outcomes(case(), sent)]
    waited = [(0, timedelta(minutes=15)), (1, timedelta(hours=1)), (7, timedelta(days=1))]
    overdue = [ec.Process().due(outcomes(case(), _BEGUN[:sent])[-1].case, now=T0 + wait) for sent, wait in waited]
    closed = outcomes(case(), (*_BEGUN, commands.AcceptSolution(by=PAUL), commands.CloseEscalation(by=RITA)))[-1].case
    return [*lived, *overdue, ec.Process().due(closed, now=T0 + timedelta(days=2))]


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_notifies_the_recipients_of_the_table(kind: type[events.Event], histories: list[ec.Outcome]) -> None:
    found = notified(histories, kind)
    assert found
    wanted = [spelled(EXPECTED[kind], ALL, STAKEHOLDERS)]
    if kind is events.SolutionApproved:
        wanted.append([])  # the last yes: SolutionAccepted tells it
    assert {tuple(who(told)) for told in found} == {tuple(one) for one in wanted}


def test_values_made_without_validation_pass_validation(histories: list[ec.Outcome]) -> None:
    for outcome in histories:
        for value in (outcome.case, *outcome.events, *outcome.notifications):
            assert _validated(value) == value


def _validated(value: Any) -> Any:  # noqa: ANN401  # a value of this library, or what is in one
    """Return the value, made again from the inside out by the public constructors."""
    if isinstance(value, tuple):
        return tuple(_validated(member) for member in value)  # pyright: ignore[reportUnknownVariableType]
    kind: type[Any] = value.__class__
    if not attrs.has(kind) or kind is ec.Terms:
        return value
    fields = [field.name for field in attrs.fields(kind) if field.init]
    return attrs.evolve(value, **{name: _validated(getattr(value, name)) for name in fields})


def test_every_event_has_mails_or_is_silent_on_purpose() -> None:
    assert list(EXPECTED) == list(EVENTS)
    assert set(BY_EVENT) == set(EVENTS)
    assert {kind for mail in MAILS for kind in mail.events} == set(EVENTS) - set(SILENT)


def test_every_template_has_exactly_one_mail() -> None:
    assert sorted(mail.template for mail in MAILS) == sorted(ec.Template)


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.template.value)
def test_a_field_of_a_mail_is_found_in_each_of_its_events(mail: Mail) -> None:
    assert len(set(mail.fields)) == len(mail.fields)
    kinds = {type_of(name, kind) for kind in mail.events for name in mail.own}
    assert kinds <= {str, datetime, str | None, datetime | None}
    for name in mail.own:
        takes, *_ = finder(name).__annotations__.values()
        assert all(issubclass(kind, takes) for kind in mail.events), name


def test_a_field_that_an_event_lacks_is_named_in_the_error() -> None:
    with pytest.raises(AttributeError, match=r"EscalationStarted.* 'sumary'"):
        type_of("sumary", events.EscalationStarted)


@pytest.mark.parametrize(
    ("partner", "contact", "external"),
    [(False, False, ["ana"]), (True, False, ["ana", "paul"]), (False, True, ["ana", "carl"]), (True, True, ALL)],
)
def test_external_recipients_are_both_sides_and_the_contact(
    *, partner: bool, contact: bool, external: list[str]
) -> None:
    (told,) = notified(outcomes(case(partner=partner, contact=contact), ()), events.EscalationStarted)
    stakeholders = STAKEHOLDERS if partner else STAKEHOLDERS[:3]
    assert who(told) == spelled(EXPECTED[events.EscalationStarted], external, stakeholders)


def test_a_partner_manager_is_notified_if_a_partner_is_only_named() -> None:
    named = attrs.evolve(case(partner=False), partner="Partner P")
    (told,) = notified(outcomes(named, ()), events.EscalationStarted)
    assert R.PARTNER_MANAGER in [n.to for n in told]
    assert R.PARTNER not in [n.to.role for n in told if isinstance(n.to, ec.Person)]


def test_a_contact_who_is_a_participant_is_notified_once() -> None:
    (told,) = notified(outcomes(attrs.evolve(case(), additional_contact=PAUL), ()), events.EscalationStarted)
    assert [n.to for n in told if n.audience is ec.Audience.EXTERNAL] == [ANA, PAUL]


def test_a_stakeholder_on_the_case_is_notified_instead_of_the_role() -> None:
    (told,) = notified(outcomes(case(dora=True), ()), events.EscalationStarted)
    assert DORA in [n.to for n in told]
    assert R.DEVELOPMENT not in [n.to for n in told]


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (ec.CaseKind.SOFTWARE, {R.DEVELOPMENT}),
        (ec.CaseKind.INFRASTRUCTURE, {R.DEVOPS}),
        (ec.CaseKind.SECURITY, {R.SECURITY, R.LEADERSHIP}),
    ],
)
def test_the_kind_of_case_chooses_its_stakeholders(kind: ec.CaseKind, roles: set[ec.Role]) -> None:
    (told,) = notified(outcomes(attrs.evolve(case(), kind=kind), ()), events.EscalationStarted)
    always = {R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER, R.PARTNER_MANAGER}
    assert {n.to for n in told if n.audience is ec.Audience.INTERNAL} == roles | always


def test_a_policy_notifies_stakeholders_of_the_acknowledgement() -> None:
    policy = ec.Policy(audiences=ec.Audiences(acknowledgement_to_stakeholders=True))
    (told,) = notified(outcomes(case(), _BEGUN[:1], policy), events.EscalationAcknowledged)
    expected = {("*", "escalation_acknowledged"), ("!", "stakeholders_acknowledged")}
    assert who(told) == spelled(expected, ALL, STAKEHOLDERS)


def test_a_policy_chooses_the_readers_of_internal_notes() -> None:
    policy = ec.Policy(audiences=ec.Audiences(internal_notes=frozenset({R.DEVELOPMENT, R.SUPPORT_LEAD})))
    note = (commands.AddInternalNote(by=RITA, text="internal"),)
    (told,) = notified(outcomes(case(dora=True), note, policy), events.InternalNoteAdded)
    assert [n.to for n in told] == [R.SUPPORT_LEAD, DORA]


def test_an_update_with_an_eta_has_the_mail_for_etas() -> None:
    sent = (commands.Acknowledge(by=RITA), commands.PostUpdate(by=RITA, message="News", eta=ETA))
    (told,) = notified(outcomes(case(), sent), events.ProgressUpdatePosted)
    assert who(told) == spelled({("*", "eta_update")}, ALL, [])
    assert told[0].data["eta"] == ETA


def test_a_case_that_is_no_emergency_has_a_receipt() -> None:
    (told,) = notified(outcomes(attrs.evolve(case(), type=ec.CaseType.PROBLEM), ()), events.CaseOpened)
    assert who(told) == spelled({("*", "case_opened")}, ALL, [])


def test_a_new_internal_participant_gets_no_mail() -> None:
    (told,) = notified(outcomes(case(), (commands.AddParticipant(by=RITA, person=DORA),)), events.ParticipantAdded)
    assert told == []


@pytest.mark.parametrize(("contacted", "name"), [(DORA, "Dora"), (R.DEVOPS, "DevOps"), ("the board", "the board")])
def test_the_mail_about_a_side_channel_names_who_was_contacted(contacted: ec.Person | ec.Role | str, name: str) -> None:
    report = commands.ReportSideChannelContact(by=RITA, contacted=contacted, channel="chat")
    (told,) = notified(outcomes(case(), (report,)), events.SideChannelContactReported)
    assert [(n.to, n.data["contacted"]) for n in told] == [(ANA, name)]  # nobody owns it yet


def test_data_has_exactly_the_fields_of_its_mail_and_ids_are_unique(histories: list[ec.Outcome]) -> None:
    for outcome in histories:
        assert all(tuple(n.data) == BY_TEMPLATE[n.template].fields for n in outcome.notifications)
        assert len({n.id for n in outcome.notifications}) == len(outcome.notifications)
        assert all(n.case_id == "1" for n in outcome.notifications)
        assert all(n.audience is BY_TEMPLATE[n.template].audience for n in outcome.notifications)


def test_the_field_owner_is_the_name_of_the_current_owner(histories: list[ec.Outcome]) -> None:
    named: set[ec.Template] = set()
    for outcome in histories:
        for told in [told for told in outcome.notifications if "owner" in BY_TEMPLATE[told.template].fields]:
            assert outcome.case.escalation is not None
            owner = outcome.case.escalation.owner
            assert owner is not None
            assert told.data["owner"] == owner.name
            named.add(told.template)
    chosen = {ec.Template.ACKNOWLEDGED_INTERNALLY}  # told where a policy says so, in a test of its own
    assert named == {mail.template for mail in MAILS if "owner" in mail.fields} - chosen


def test_no_external_mail_has_a_field_of_internal_text() -> None:
    kinds: tuple[type[events.Event | commands.Command], ...] = (*EVENTS, *COMMANDS)
    internal = {(kind, field.name) for kind in kinds for field in attrs.fields(kind) if field.metadata.get("internal")}
    assert {name for _, name in internal} == {"text", "note", "notes", "findings", "explanation", "reason"}
    for mail in MAILS:
        if mail.audience is ec.Audience.EXTERNAL:
            assert not [name for name in mail.own for kind in mail.events if (kind, name) in internal]


def test_a_notification_has_the_same_id_if_the_step_is_repeated() -> None:
    first, again = ([n.id for n in outcomes(case(), ())[0].notifications] for _ in range(2))
    assert first == again
    assert first[0] == "1/2/ana/escalation_started"


def test_ids_differ_whatever_the_ids_of_people_contain() -> None:
    ids = [
        "a/b",
        "a%2Fb",
        "a:b",
        "account manager",
        "role:account manager",
        "role:account%20manager",
        "a",
        "é",
        "%C3%A9",
    ]
    people = tuple(ec.Person(id=i, role=R.CUSTOMER) for i in ids)
    told = outcomes(attrs.evolve(case(), participants=people), ())[0].notifications
    assert len({n.id for n in told}) == len(told) == len(people) + 1 + 1 + len(STAKEHOLDERS) - 1


@pytest.mark.parametrize(
    ("to", "recipient"),
    [
        (ANA, "ana"),
        (R.ACCOUNT_MANAGER, "role:account%20manager"),
        (R.DEVOPS, "role:DevOps"),
        (ec.Person(id="a@b.c-d_e+f", role=R.CUSTOMER), "a@b.c-d_e+f"),
        (ec.Person(id="é1", role=R.CUSTOMER), "é1"),
        (ec.Person(id="é 1", role=R.CUSTOMER), "%C3%A9%201"),
        (ec.Person(id="X/%:", role=R.CUSTOMER), "X%2F%25%3A"),
    ],
)
def test_an_id_is_of_event_recipient_and_template(to: ec.Person | ec.Role, recipient: str) -> None:
    told = attrs.evolve(outcomes(case(), ())[0].notifications[0], to=to)
    assert told.id == f"1/2/{recipient}/escalation_started"


@pytest.mark.parametrize("event_id", ["4711", "/1", "4711/0", "4711/01", "4711/", "4711/x", "1/12345678901234567890"])
def test_an_invalid_event_id_is_refused(event_id: str) -> None:
    told = outcomes(case(), ())[0].notifications[0]
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
        attrs.evolve(told, event_id=event_id)
    assert str(raised.value) == f"event_id: must be the id of a case, a slash and a version, got {event_id!r}"
    with pytest.raises(ValueError, match=r"^event_id: must be printable text that is not blank, got 'a\\nb/1'"):
        attrs.evolve(told, event_id="a\nb/1")
    assert attrs.evolve(told, event_id="a/b/1234567890123456789").case_id == "a/b"


def test_a_notification_knows_its_case_even_with_a_slash_in_its_id() -> None:
    assert {n.case_id for n in outcomes(case(case_id="a/b/3"), ())[0].notifications} == {"a/b/3"}


def test_data_is_an_immutable_mapping_equal_to_a_dict_of_the_same() -> None:
    data = ec.Data(names=("a", "b"), contents=("1", "2"))
    assert data == {"b": "2", "a": "1"}
    assert data != {"a": "1"}
    assert len(data) == 2
    assert hash(data) == hash(ec.Data(names=("b", "a"), contents=("2", "1")))
    assert data == pickle.loads(pickle.dumps(data))  # noqa: S301  # our own bytes
    with pytest.raises(KeyError, match="c"):
        data["c"]


def test_data_has_a_value_for_each_of_its_names() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ec.Data(names=("a", "b"), contents=("1",))["b"]


def test_data_of_other_values_has_another_hash() -> None:
    assert hash(ec.Data(names=("a",), contents=("1",))) != hash(ec.Data(names=("a",), contents=("2",)))


def test_a_notification_has_a_value_for_each_field_of_its_mail() -> None:
    told = outcomes(case(), ())[0].notifications[0]
    with pytest.raises(ValueError, match=r"^data: must be a value for each of case_id, .*, got \('x',\)"):
        attrs.evolve(told, data=ec.Data(names=("x",), contents=("1",)))
    names, values = BY_TEMPLATE[told.template].fields, tuple(told.data.values())
    for data in (
        ec.Data(names=names, contents=values[:-1]),
        ec.Data(names=(*names[:-1], "x"), contents=values),
        ec.Data(names=names[:-1], contents=values[:-1]),
    ):
        with pytest.raises(ValueError, match=r"^data: must be a value for each of case_id, .*, got \("):
            attrs.evolve(told, data=data)
    with pytest.raises(ValueError, match=r"^data: must be text that UTF-8 can hold, got"):
        attrs.evolve(told, data=ec.Data(names=names, contents=("\ud800", *values[1:])))
    without = tuple(None if name == "acknowledge_by" else value for name, value in told.data.items())
    with pytest.raises(ValueError, match=r"^data: must be a value for each of case_id, .*, got 'acknowledge_by'"):
        attrs.evolve(told, data=ec.Data(names=BY_TEMPLATE[told.template].fields, contents=without))
