"""Rendering: subjects are fixed, texts are replaceable, and a value is never used as a format."""

from datetime import UTC, datetime

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.notifications.catalogs import ENGLISH
from escalation_core.notifications.mails import BY_TEMPLATE, INSTANTS, OPTIONAL

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita")
PROCESS = ec.Process()


def opened(
    *,
    tracking_id: str | None = None,
    kind: ec.CaseType = ec.CaseType.EMERGENCY,
    locale: str = "en",
    name: str = "Ana",
) -> ec.Outcome:
    ana = ec.Person(id="ana", role=ec.Role.CUSTOMER, name=name, locale=locale)
    case = ec.Case(
        id="4711",
        customer="Customer A",
        requester=ana,
        type=kind,
        impact=ec.BusinessImpact.P1,
        subject="Checkout {0} {case_id} {",
        tracking_id=tracking_id,
    )
    return PROCESS.open(case, by=ana, now=T0)


def updated(tracking_id: str | None, eta: datetime | None) -> ec.Notification:
    case = PROCESS.handle(opened(tracking_id=tracking_id).case, commands.Acknowledge(by=RITA), now=T0).case
    return PROCESS.handle(case, commands.PostUpdate(by=RITA, message="News", eta=eta), now=T0).notifications[0]


def german(template: ec.Template = ec.Template.STARTED, locale: str = "de") -> ec.Text:
    return ec.Text(template=template, locale=locale, subject="Notfall {case_id}", body="Hallo {to}: {case_subject}")


@pytest.mark.parametrize(("tracking_id", "end"), [(None, ""), ("[T-1]", " [T-1]")])
def test_subjects_follow_the_four_patterns_of_the_handbook(tracking_id: str | None, end: str) -> None:
    start = "Case ID: 4711 - Customer: Customer A"
    receipt = opened(tracking_id=tracking_id, kind=ec.CaseType.PROBLEM).notifications[0]
    emergency = opened(tracking_id=tracking_id).notifications[0]
    eta = updated(tracking_id, datetime(2026, 3, 2, 17, 0, tzinfo=UTC))
    comment = updated(tracking_id, None)
    assert ec.render(receipt).subject == f"Case Receipt - {start} - Status: RECEIVED.{end}"
    assert ec.render(emergency).subject == f"Emergency STARTED - {start}{end}"
    assert ec.render(eta).subject == f"Case ETA Update - {start} - ETA: 2026-03-02 17:00 UTC.{end}"
    assert ec.render(comment).subject == f"Case Comment Notification - {start} - Status: RECEIVED{end}"


@pytest.mark.parametrize("template", list(ec.Template))
def test_every_template_has_an_english_text_that_renders(template: ec.Template) -> None:
    names = BY_TEMPLATE[template].fields
    contents = tuple(T0 if name in INSTANTS else f"<{name}>" for name in names)
    notification = ec.Notification(
        event_id="1/1",
        at=T0,
        to=RITA,
        template=template,
        data=ec.Data(names=names, contents=contents),
    )
    written = ec.render(notification)
    assert "\n" not in written.subject
    assert written.body.startswith("Hello Rita,\n\n")
    assert "{" not in written.subject + written.body
    assert written.notification is notification
    for name in OPTIONAL.intersection(names):
        without = tuple(None if name == other else value for other, value in zip(names, contents, strict=True))
        shorter = ec.render(attrs.evolve(notification, data=ec.Data(names=names, contents=without)))
        assert "None" not in shorter.body
        assert shorter.subject == written.subject
        assert set(shorter.body.split("\n\n")) < set(written.body.split("\n\n"))


def test_a_subject_refuses_an_optional_field() -> None:
    with pytest.raises(ValueError, match=r"^subject: must be text with fields of ACKNOWLEDGED"):
        ec.Text(template=ec.Template.ACKNOWLEDGED, subject="{next_update_by}", body="b")
    assert ec.Text(template=ec.Template.ACKNOWLEDGED, subject="{owner}", body="{next_update_by}").subject == "{owner}"


def test_a_value_is_never_used_as_a_format() -> None:
    written = ec.render(opened(name="{to.__class__} {").notifications[0])
    assert "Checkout {0} {case_id} {" in written.body
    assert written.body.startswith("Hello {to.__class__} {,")


def test_controls_and_direction_overrides_are_removed_from_a_value() -> None:
    written = ec.render(opened(name="A\x00n\x1b\u202ea\x9f\u2066").notifications[0])
    assert written.body.startswith("Hello Ana,\n")


@pytest.mark.parametrize("mark", ["\u202a", "\u202b", "\u2066", "\u2067", "\x0c", "\x1b"])
def test_controls_in_a_text_of_the_host_are_kept(mark: str) -> None:
    mine = ec.Text(template=ec.Template.STARTED, subject=f"{{case_id}}{mark}!", body=f"{mark}{{to}}{mark}{{case_id}}")
    written = ec.render(opened(name=f"A{mark}n{mark}a").notifications[0], ENGLISH.replacing([mine]))
    assert written.body == f"{mark}Ana{mark}4711"
    assert written.subject.replace(" ", mark) == f"4711{mark}!"


def test_a_role_is_greeted_as_a_team() -> None:
    notification = next(n for n in opened().notifications if n.to is ec.Role.ACCOUNT_MANAGER)
    assert ec.render(notification).body.startswith("Hello account manager team,")


@pytest.mark.parametrize(
    "body",
    ["{nonsense}", "{owner}", "{", "}", "{}", "{0}", "{to.__class__}", "{case_id[0]}", "{case_id!x}", "{case_id:d}"],
)
def test_a_text_refuses_a_field_that_its_mail_lacks(body: str) -> None:
    with pytest.raises(ValueError, match=r"^body: must be text with fields of STARTED"):
        ec.Text(template=ec.Template.STARTED, subject="s", body=body)
    with pytest.raises(ValueError, match=r"^subject: must be text with fields of STARTED"):
        ec.Text(template=ec.Template.STARTED, subject=body, body="b")


@pytest.mark.parametrize("body", ["{case_id:{to}}", "{case_id:{to.__class__}}", "{case_id:{nonsense}}"])
def test_a_text_refuses_fields_within_a_format(body: str) -> None:
    with pytest.raises(ValueError, match=r"^body: must be"):
        ec.Text(template=ec.Template.STARTED, subject="s", body=body)


def test_a_refused_text_names_the_allowed_fields_and_the_wrong_one() -> None:
    offered = "to, case_id, case_subject, customer, tracking_id, case_status, status, acknowledge_by"
    for body, shown in (("{nonsense}", "'{nonsense}'"), ("{case_id:{to}}", "'case_id{to}'")):
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
            ec.Text(template=ec.Template.STARTED, subject="s", body=body)
        assert str(raised.value) == f"body: must be text with fields of STARTED: {offered}, got {shown}"


def test_a_catalog_without_an_english_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^texts: must be complete in English, got \['CASE_OPENED'\]$"):
        ec.Catalog(texts=ENGLISH.texts[1:])


def test_a_catalog_refuses_two_texts_for_one_template_and_locale() -> None:
    with pytest.raises(ValueError, match="got two of one"):
        ec.Catalog(texts=(*ENGLISH.texts, german(), german(locale="DE")))


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("de", "Notfall 4711"),
        ("de-AT", "Notfall 4711"),
        ("DE-at-x", "Notfall 4711"),
        ("fr", "Emergency STARTED - Case ID: 4711 - Customer: Customer A"),
        ("deu", "Emergency STARTED - Case ID: 4711 - Customer: Customer A"),
    ],
)
def test_the_locale_chooses_the_text_and_english_is_the_fallback(locale: str, subject: str) -> None:
    catalog = ENGLISH.replacing([german()])
    assert ec.render(opened(locale=locale).notifications[0], catalog).subject == subject


def test_the_more_specific_locale_has_priority() -> None:
    nearer = ec.Text(template=ec.Template.STARTED, locale="de-AT", subject="Servus", body="b")
    catalog = ENGLISH.replacing([german(), nearer])
    assert catalog.find(ec.Template.STARTED, "de-AT") is nearer
    assert catalog.find(ec.Template.CANCELED, "de-AT").locale == "en"


def test_a_replaced_text_changes_no_other_text() -> None:
    mine = ec.Text(template=ec.Template.STARTED, subject="Mine", body="b")
    catalog = ENGLISH.replacing([mine])
    assert ec.render(opened().notifications[0], catalog).subject == "Mine"
    assert len(catalog.texts) == len(ENGLISH.texts)
    assert ENGLISH.find(ec.Template.STARTED, "en") is not mine
