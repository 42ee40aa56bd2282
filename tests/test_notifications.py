"""The recipients of each event, and the identity and data of a notification."""

import pickle
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.events import Event
from escalation_core.notifications.mails import BY_TEMPLATE, MAILS
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import ANA, NINA, OTTO, PAUL, RITA, T0, later, reach
from support.examples import PROCESS
from support.expectations import outcomes
from support.notified import NOTIFIED, Who, stakeholders
from support.situations import situations

ETA = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
R = ec.Role
CONTACT = ec.Person(id="carl", role=R.CUSTOMER, name="Carl")
DORA = ec.Person(id="dora", role=R.DEVELOPMENT, name="Dora")
ACKNOWLEDGE = commands.Acknowledge(by=RITA)
Recipients = set[ec.Person | ec.Role]
EVERYBODY: Recipients = {ANA, PAUL, CONTACT}
STAKEHOLDERS: Recipients = {*stakeholders(ec.CaseKind.SOFTWARE, partner=True)}


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


def stepped(start: ec.Case, *sent: commands.Command, policy: ec.Policy | None = None) -> ec.Outcome:
    """Return the last outcome of opening a case and sending these commands."""
    process = ec.Process(policy=policy or ec.Policy())
    outcome = process.open(start, by=ANA, now=T0)
    for command in sent:
        outcome = process.handle(outcome.case, command, now=T0)
    return outcome


def recipients(outcome: ec.Outcome, kind: ec.Template | ec.Audience) -> Recipients:
    """Return the recipients of this template or audience; assert that nobody is notified twice."""
    found = [
        notification.to
        for notification in outcome.notifications
        if kind in {notification.template, notification.audience}
    ]
    assert len(found) == len(set(found))
    return set(found)


@pytest.fixture(scope="module")
def histories() -> list[ec.Outcome]:
    """Return an outcome of every row of the process and of every deadline, and an update with an ETA."""
    update = commands.PostUpdate(by=RITA, message="News", eta=ETA)
    case = reach(ec.EscalationStatus.ACKNOWLEDGED)
    return [
        *outcomes(situations(additional_contact=CONTACT).values()),
        PROCESS.handle(case, update, now=later(case)),
    ]


def _people(who: Who, event: Event, outcome: ec.Outcome) -> Recipients:
    """Return the people that a member of ``Who`` means for an outcome in ``histories``."""
    nobody: Recipients = set()
    accepted = any(isinstance(other, events.SolutionAccepted) for other in outcome.events)
    case = outcome.case
    owned = case.escalation is not None and case.escalation.status is not ec.EscalationStatus.STARTED
    found: dict[Who, Recipients] = {
        Who.NOBODY: nobody,
        Who.EVERYBODY: {*EVERYBODY} if case.additional_contact else {ANA, PAUL},
        Who.UNLESS_EMERGENCY: nobody if case.type is ec.CaseType.EMERGENCY else {*EVERYBODY},
        Who.REQUESTER: {ANA},
        Who.STILL_ASKED: nobody if accepted else {one for one in (ANA, PAUL) if one != event.by},
        Who.NEW: {NINA},
        Who.STAKEHOLDERS: {*STAKEHOLDERS},
        Who.OWNER: {RITA} if owned else nobody,
        Who.OWNER_UNTIL_ACCEPTED: nobody if accepted else {RITA},
        Who.OWNERS: {RITA, OTTO},
        Who.FIRST_RUNG: {R.SUPPORT_LEAD},
    }
    return found[who]


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_notifies_the_people_of_its_row(kind: type[Event], histories: list[ec.Outcome]) -> None:
    found = [(outcome, event) for outcome in histories for event in outcome.events if type(event) is kind]
    assert found
    for outcome, event in found:
        sent = [one for one in outcome.notifications if one.event_id == event.id]
        for audience, who in zip((ec.Audience.EXTERNAL, ec.Audience.INTERNAL), NOTIFIED[kind], strict=True):
            notified = [one.to for one in sent if one.audience is audience]
            assert len(notified) == len(set(notified))
            assert set(notified) == _people(who, event, outcome), event


def test_values_made_by_the_process_pass_validation(histories: list[ec.Outcome]) -> None:
    for outcome in histories:
        for value in (outcome.case, *outcome.events, *outcome.notifications):
            assert _validated(value) == value


def _validated(value: Any) -> Any:  # noqa: ANN401  # a value of this library or of a field
    """Return the value, made again by its public constructors."""
    if isinstance(value, tuple):
        return tuple(_validated(member) for member in value)  # pyright: ignore[reportUnknownVariableType]
    kind: type[Any] = value.__class__
    if not attrs.has(kind) or kind is ec.Terms:
        return value
    fields = [field.name for field in attrs.fields(kind) if field.init]
    return attrs.evolve(value, **{name: _validated(getattr(value, name)) for name in fields})


@pytest.mark.parametrize(
    ("partner", "contact", "external"),
    [(False, False, {ANA}), (True, False, {ANA, PAUL}), (False, True, {ANA, CONTACT}), (True, True, EVERYBODY)],
)
def test_a_start_notifies_the_people_on_the_case(*, partner: bool, contact: bool, external: Recipients) -> None:
    started = stepped(case(partner=partner, contact=contact))
    assert recipients(started, ec.Audience.EXTERNAL) == external
    assert recipients(started, ec.Audience.INTERNAL) == stakeholders(ec.CaseKind.SOFTWARE, partner=partner)


def test_a_named_partner_counts_without_a_person_on_the_case() -> None:
    started = stepped(attrs.evolve(case(partner=False), partner="Partner P"))
    assert recipients(started, ec.Audience.INTERNAL) == STAKEHOLDERS
    assert recipients(started, ec.Audience.EXTERNAL) == {ANA, CONTACT}


def test_a_contact_who_is_a_participant_is_notified_once() -> None:
    started = stepped(attrs.evolve(case(), additional_contact=PAUL))
    assert recipients(started, ec.Audience.EXTERNAL) == {ANA, PAUL}


def test_a_stakeholder_on_the_case_is_notified_instead_of_the_role() -> None:
    started = stepped(case(dora=True))
    assert recipients(started, ec.Audience.INTERNAL) == STAKEHOLDERS - {R.DEVELOPMENT} | {DORA}


@pytest.mark.parametrize("kind", ec.CaseKind)
def test_the_kind_of_a_case_decides_its_stakeholders(kind: ec.CaseKind) -> None:
    started = stepped(attrs.evolve(case(), kind=kind))
    assert recipients(started, ec.Audience.INTERNAL) == stakeholders(kind, partner=True)


def test_a_policy_can_notify_stakeholders_of_the_acknowledgement() -> None:
    policy = ec.Policy(audiences=ec.Audiences(acknowledgement_to_stakeholders=True))
    acknowledged = stepped(case(), ACKNOWLEDGE, policy=policy)
    assert recipients(acknowledged, ec.Template.ACKNOWLEDGED) == EVERYBODY
    assert recipients(acknowledged, ec.Template.ACKNOWLEDGED_INTERNALLY) == STAKEHOLDERS
    assert {notification.template for notification in acknowledged.notifications} == {
        ec.Template.ACKNOWLEDGED,
        ec.Template.ACKNOWLEDGED_INTERNALLY,
    }


def test_a_policy_can_notify_internal_roles_of_notes() -> None:
    policy = ec.Policy(audiences=ec.Audiences(internal_notes=frozenset({R.DEVELOPMENT, R.SUPPORT_LEAD})))
    noted = stepped(case(dora=True), commands.AddInternalNote(by=RITA, text="internal"), policy=policy)
    assert [notification.to for notification in noted.notifications] == [R.SUPPORT_LEAD, DORA]


def test_an_update_with_an_eta_is_an_eta_update() -> None:
    updated = stepped(case(), ACKNOWLEDGE, commands.PostUpdate(by=RITA, message="News", eta=ETA))
    assert recipients(updated, ec.Template.ETA_UPDATE) == EVERYBODY
    assert {(notification.template, notification.data["eta"]) for notification in updated.notifications} == {
        (ec.Template.ETA_UPDATE, ETA)
    }


def test_opening_a_case_without_an_emergency_sends_a_receipt() -> None:
    received = stepped(attrs.evolve(case(), type=ec.CaseType.PROBLEM))
    assert recipients(received, ec.Template.CASE_OPENED) == EVERYBODY
    assert {notification.template for notification in received.notifications} == {ec.Template.CASE_OPENED}


def test_an_internal_participant_is_not_notified_of_being_added() -> None:
    assert stepped(case(), commands.AddParticipant(by=RITA, person=DORA)).notifications == ()


@pytest.mark.parametrize(("contacted", "name"), [(DORA, "Dora"), (R.DEVOPS, "DevOps"), ("the board", "the board")])
def test_a_side_channel_notification_names_the_contacted(contacted: ec.Person | ec.Role | str, name: str) -> None:
    reported = stepped(case(), commands.ReportSideChannelContact(by=RITA, contacted=contacted, channel="chat"))
    assert [(notification.to, notification.data["contacted"]) for notification in reported.notifications] == [
        (ANA, name)
    ]  # there is no owner yet


def test_data_has_the_fields_of_its_template_and_ids_are_unique(histories: list[ec.Outcome]) -> None:
    for outcome in histories:
        assert all(tuple(n.data) == BY_TEMPLATE[n.template].fields for n in outcome.notifications)
        assert len({n.id for n in outcome.notifications}) == len(outcome.notifications)
        assert all(n.case_id == "4711" for n in outcome.notifications)


def test_a_notification_names_the_owner_of_the_escalation(histories: list[ec.Outcome]) -> None:
    named: set[ec.Template] = set()
    for outcome in histories:
        for notification in [
            notification
            for notification in outcome.notifications
            if "owner" in BY_TEMPLATE[notification.template].fields
        ]:
            assert outcome.case.escalation is not None
            owner = outcome.case.escalation.owner
            assert owner is not None
            assert notification.data["owner"] == owner.name
            named.add(notification.template)
    chosen = {ec.Template.ACKNOWLEDGED_INTERNALLY}  # sent only under another policy
    assert named == {template for template in ec.Template if "owner" in BY_TEMPLATE[template].fields} - chosen


def test_no_external_template_offers_internal_text(histories: list[ec.Outcome]) -> None:
    kinds: tuple[type[Event | commands.Command], ...] = (*EVENTS, *COMMANDS)
    internal = {(kind, field.name) for kind in kinds for field in attrs.fields(kind) if field.metadata.get("internal")}
    assert {name for _, name in internal} == {"text", "note", "notes", "findings", "explanation", "reason"}
    sent: set[tuple[type[Event], ec.Template]] = set()
    for outcome in histories:
        of_id = {event.id: type(event) for event in outcome.events}
        sent |= {(of_id[notification.event_id], notification.template) for notification in outcome.notifications}
    to_external = {mail.template for mail in MAILS if mail.audience is ec.Audience.EXTERNAL}
    external = {(kind, template) for kind, template in sent if template in to_external}
    assert {template for _, template in external} == to_external
    for kind, template in external:
        assert not [name for name in BY_TEMPLATE[template].fields if (kind, name) in internal]


def test_a_notification_has_the_same_id_each_time() -> None:
    first, again = ([n.id for n in stepped(case()).notifications] for _ in range(2))
    assert first == again
    assert first[0] == "1/2/ana/escalation_started"


def test_ids_are_unique_for_any_ids_of_people() -> None:
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
    notifications = stepped(attrs.evolve(case(), participants=people)).notifications
    assert len({n.id for n in notifications}) == len(notifications) == len(people) + 1 + 1 + len(STAKEHOLDERS) - 1


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
def test_an_id_names_event_recipient_and_template(to: ec.Person | ec.Role, recipient: str) -> None:
    notification = attrs.evolve(stepped(case()).notifications[0], to=to)
    assert notification.id == f"1/2/{recipient}/escalation_started"


@pytest.mark.parametrize("event_id", ["4711", "/1", "4711/0", "4711/01", "4711/", "4711/x", "1/12345678901234567890"])
def test_a_notification_refuses_an_invalid_event_id(event_id: str) -> None:
    notification = stepped(case()).notifications[0]
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
        attrs.evolve(notification, event_id=event_id)
    assert str(raised.value) == f"event_id: must be the id of a case, a slash and a version, got {event_id!r}"
    with pytest.raises(ValueError, match=r"^event_id: must be printable text that is not blank, got 'a\\nb/1'"):
        attrs.evolve(notification, event_id="a\nb/1")
    assert attrs.evolve(notification, event_id="a/b/1234567890123456789").case_id == "a/b"


def test_a_notification_accepts_a_case_id_with_a_slash() -> None:
    assert {n.case_id for n in stepped(case(case_id="a/b/3")).notifications} == {"a/b/3"}


def test_data_is_an_immutable_mapping_equal_to_a_dict() -> None:
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


def test_data_with_other_values_has_another_hash() -> None:
    assert hash(ec.Data(names=("a",), contents=("1",))) != hash(ec.Data(names=("a",), contents=("2",)))


def test_a_notification_refuses_data_of_another_template() -> None:
    notification = stepped(case()).notifications[0]
    with pytest.raises(ValueError, match=r"^data: must be a value for each of case_id, .*, got \('x',\)"):
        attrs.evolve(notification, data=ec.Data(names=("x",), contents=("1",)))
    names, values = BY_TEMPLATE[notification.template].fields, tuple(notification.data.values())
    for data in (
        ec.Data(names=names, contents=values[:-1]),
        ec.Data(names=(*names[:-1], "x"), contents=values),
        ec.Data(names=names[:-1], contents=values[:-1]),
    ):
        with pytest.raises(ValueError, match=r"^data: must be a value for each of case_id, .*, got \("):
            attrs.evolve(notification, data=data)
    with pytest.raises(ValueError, match=r"^data: must be text that UTF-8 can hold, got"):
        attrs.evolve(notification, data=ec.Data(names=names, contents=("\ud800", *values[1:])))
    without = tuple(None if name == "acknowledge_by" else value for name, value in notification.data.items())
    with pytest.raises(ValueError, match=r"^data: must be a value for each of case_id, .*, got 'acknowledge_by'"):
        attrs.evolve(notification, data=ec.Data(names=BY_TEMPLATE[notification.template].fields, contents=without))
