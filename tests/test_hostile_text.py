"""Hostile text: each field refuses an invisible or control character, or keeps the character without harm.

Rule 1: text that UTF-8 cannot encode is refused in every field; unprintable text is refused in keys.
Rule 2: a refusal names the field and escapes the character. Its message is one printable line, also for a long value.
Rule 3: all other text is stored unchanged, and changes nothing around it when it is shown.
"""

import json
from email import message_from_bytes, policy
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import walk_packages
from typing import Any, cast, get_args
from unicodedata import category
from xml.etree import ElementTree as ET

import attrs
import pytest

import escalation_core as ec
from escalation_core import codec, commands, events
from escalation_core.case import Remembered
from escalation_core.interchange import cloudevents, ocel, xes
from escalation_core.notifications.catalogs import ENGLISH
from escalation_core.notifications.mails import BY_TEMPLATE, INSTANTS
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import ANA, NINA, RITA, T0, emergency, sample
from support.examples import PROCESS, fields_of
from support.specimens import VALUES as OTHERS
from support.stories import KEYS, whole_stories

#: Controls, invisible and bidirectional formatting, lone surrogates, separators of lines and paragraphs, noncharacters,
#: and the first and last private-use characters.
HOSTILE = [
    *(
        c
        for c in map(chr, range(0x110000))
        if category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or ord(c) & 0xFFFE == 0xFFFE
    ),
    *map(chr, range(0xFDD0, 0xFDF0)),
    *"\ue000\uf8ff\U000f0000\U000ffffd\U00100000\U0010fffd",
]
KEPT = [c for c in HOSTILE if category(c) != "Cs"]
WORDS = "a" + "b".join(KEPT) + "b"
#: Characters that a shown text must not contain: they move the cursor or reverse the text around them.
DIRECTIONS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
CONTROLS = {c for c in KEPT if category(c) == "Cc" and c not in "\n\t"} | DIRECTIONS

STORIES = whole_stories(WORDS)
OUTCOMES = [outcome for story in STORIES for outcome in story]
VALUES: list[Any] = [
    *OTHERS,
    Remembered(command_id="x", digest="0" * 16, first_version=1, last_version=1),
    *(event for story in whole_stories("It is down") for outcome in story for event in outcome.events),
    PROCESS.open(emergency(), by=RITA, now=T0).notifications[0],
    ENGLISH.texts[0],
]
#: Classes that never contain the text of a user, only text of the library or of the host's programmer.
WITHOUT_USER_TEXT = {
    "Codec",
    "Problem",
    "Upcaster",
    "Delivery",
    "FailedDelivery",
    "_Subscriber",
    "Data",
    "Message",
    "Mail",
}


def is_text(field: Any) -> bool:  # noqa: ANN401  # an attrs field
    return field.type is str or str in get_args(field.type)


def text_fields() -> dict[tuple[type, str], Any]:
    """Return every text field under the class that defines the field, with a value that has the field."""
    found: dict[tuple[type, str], Any] = {}
    for module in walk_packages(ec.__path__, "escalation_core."):
        if not module.name.startswith(("escalation_core.testing", "escalation_core.model_check")):
            for _, kind in getmembers(import_module(module.name), isclass):
                if "__attrs_attrs__" in vars(kind) and kind.__name__ not in WITHOUT_USER_TEXT:
                    for field in attrs.fields(cast("type[attrs.AttrsInstance]", kind)):
                        if is_text(field) and not field.inherited:
                            found[kind, field.name] = next((one for one in VALUES if isinstance(one, kind)), None)
    return found


FIELDS = text_fields()
IDS = [f"{kind.__name__}.{name}" for kind, name in FIELDS]


def test_every_text_field_has_a_value_in_this_test() -> None:
    assert [name for (_, name), value in FIELDS.items() if value is None] == []
    assert len(FIELDS) > 70


def put(value: Any, name: str, text: str) -> Any:  # noqa: ANN401  # any value
    """Return the value with this text in one field."""
    return attrs.evolve(value, **{name: (text,) if name == "related" else text})


def refusal(value: Any, name: str, text: str) -> str | None:  # noqa: ANN401  # any value
    """Return the message with which a field refuses a text; None if the field accepts the text."""
    try:
        put(value, name, text)
    except (TypeError, ValueError) as error:
        return str(error)
    return None


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=IDS)
def test_a_field_refuses_a_hostile_character_or_keeps_it(kind: type, name: str) -> None:
    value = FIELDS[kind, name]
    for character in HOSTILE:
        message = refusal(value, name, f"a{character}b")
        if category(character) == "Cs" or is_key(kind, name):
            assert message is not None, ascii(character)
            assert message.startswith(f"{name}: must be "), message
            assert ascii(character)[1:-1] in message
            assert message.isprintable()
        else:
            assert message is None, ascii(character)


def is_key(kind: type, name: str) -> bool:
    return name in KEYS or (kind, name) == (ec.Policy, "name")


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=IDS)
def test_a_refusal_does_not_quote_a_megabyte(kind: type, name: str) -> None:
    message = refusal(FIELDS[kind, name], name, "x" * 500_000 + "\ud800" + "\u202e" * 500_000)
    assert message is not None
    assert len(message.encode()) < 500


def test_notification_data_refuses_text_by_the_same_rule() -> None:
    notification = next(one for outcome in OUTCOMES for one in outcome.notifications)
    for character in HOSTILE:
        data = ec.Data(
            names=notification.data.names,
            contents=(*notification.data.contents[:1], f"a{character}", *notification.data.contents[2:]),
        )
        if category(character) == "Cs":
            with pytest.raises(ValueError, match=r"^data: must be text that UTF-8 can hold, got 'a\\ud"):
                attrs.evolve(notification, data=data)
        else:
            assert attrs.evolve(notification, data=data).data["case_subject"] == f"a{character}"


def test_hostile_text_is_stored_and_read_unchanged() -> None:
    assert {type(event) for outcome in OUTCOMES for event in outcome.events} == set(EVENTS)
    for outcome in OUTCOMES:
        assert codec.from_json(codec.to_json(outcome.case), ec.Case) == outcome.case
        assert codec.from_snapshot(json.loads(json.dumps(codec.to_snapshot(outcome.case)))) == outcome.case
        for event in outcome.events:
            assert {getattr(event, f.name) for f in fields_of(event) if is_text(f) and f.name not in KEYS} <= {WORDS}
            assert codec.from_json(codec.to_json(event).encode(), events.Event) == event
            _, body = cloudevents.to_structured(event, source="https://desk.example")
            assert codec.from_dict(json.loads(body)["data"], events.Event) == event
            headers, _ = cloudevents.to_binary(event, source="https://desk.example")
            assert all(header.isascii() and header.isprintable() for header in headers.values())


MESSAGES = [
    ec.render(
        ec.Notification(
            event_id="4711/1",
            at=T0,
            to=attrs.evolve(ANA, name=WORDS),
            template=template,
            data=ec.Data(names=mail.fields, contents=tuple(T0 if name in INSTANTS else WORDS for name in mail.fields)),
        )
    )
    for template, mail in BY_TEMPLATE.items()
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.notification.template.value)
def test_a_rendered_message_contains_no_control_characters(message: ec.Message) -> None:
    kept = "".join(character for character in WORDS if character not in CONTROLS)
    assert message.body.startswith(f"Hello {kept},\n\n")
    assert not CONTROLS & set(message.subject + message.body)
    assert "\n" not in message.subject
    assert message.notification.data["case_subject"] == WORDS


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.notification.template.value)
def test_a_mail_arrives_with_the_text_of_its_message(message: ec.Message) -> None:
    sent = ec.to_email(message, sender="desk@support.example")
    mail = message_from_bytes(sent.as_bytes(), policy=policy.default)
    assert mail.defects == []
    assert len(mail.keys()) == len(set(mail.keys())) == 11
    assert mail["Subject"].replace("\u200c", "").replace("\u200d", "").isprintable()
    assert mail.get_content() == message.body + "\n"


def test_event_logs_keep_every_character_that_their_format_allows() -> None:
    histories = [[event for outcome in story for event in outcome.events] for story in STORIES]
    log = ET.fromstring("".join(xes.export(histories)).encode())  # noqa: S314  # our own output
    customers = {one.get("value") for one in log.iterfind("trace/string[@key='customer']")}
    beyond_xml = {*map(chr, range(0x20)), "\ufffe", "\uffff"} - set("\t\n\r")
    assert customers == {"".join("\ufffd" if c in beyond_xml else c for c in WORDS)}
    text = "".join(ocel.export(lambda: histories))
    assert text.isascii()
    assert json.dumps(WORDS) in text
    json.loads(text)


def test_a_refusal_is_one_short_printable_line_for_any_case_id() -> None:
    case = emergency(id="4711" * 50, subject=WORDS, customer=WORDS)
    rita = attrs.evolve(RITA, name=WORDS)
    now = PROCESS.open(case, by=rita, now=T0).case
    for before in (case, now):
        for kind in COMMANDS:
            for refused in PROCESS.check(before, sample(kind, rita, command_id="x" * 200), now=T0):
                assert refused.message.isprintable()
                assert len(refused.message) < 500
    with pytest.raises(ec.StaleVersionError) as stale:
        PROCESS.handle(now, commands.Acknowledge(by=rita), now=T0, expected_version=7)
    assert len(str(stale.value)) < 500
    assert str(stale.value).startswith("expected_version: case 47114711")
    assert str(stale.value).endswith("4711 is at version 2, not at 7")


def test_a_replay_error_is_one_short_line_for_any_case_id() -> None:
    opened = PROCESS.open(emergency(id="4711" * 50), by=RITA, now=T0).events
    for damaged in ((opened[0],), (opened[1],), (opened[0], opened[0]), (*opened, attrs.evolve(opened[1], version=3))):
        with pytest.raises(ec.ReplayError) as raised:
            PROCESS.replay(damaged)
        assert len(str(raised.value)) < 500


def test_a_missing_address_is_one_short_line_for_any_case_id() -> None:
    outcome = PROCESS.open(emergency(id="4711" * 50, requester=NINA, participants=()), by=RITA, now=T0)
    with pytest.raises(ValueError, match=r"^to: must be an address") as raised:
        ec.to_email(ec.render(outcome.notifications[0]), sender="desk@a.example")
    assert len(str(raised.value)) < 500


def test_a_concern_escapes_the_name_of_the_customer() -> None:
    concerns = ec.Policy().concerns(emergency(customer=WORDS, earlier_misuses=2))
    assert [concern.message.isprintable() for concern in concerns] == [True]


def test_an_error_escapes_and_shortens_names_from_a_document() -> None:
    document = codec.to_dict(sample(commands.PostUpdate, ANA))
    document["data"] |= {"\ud800\u202e": 1, "x" * 1_000_000: 1} | {f"y{n}": 1 for n in range(1000)}
    with pytest.raises(codec.CodecError) as raised:
        codec.from_dict(document, object)
    assert raised.value.problems[0].path == "$.data['\\ud800\\u202e']"
    assert len(raised.value.problems) == 1002
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 2000
    assert str(raised.value).endswith("$.data.y17: is not known here; and 982 more")


def test_failing_hooks_are_reported_in_one_short_message() -> None:
    hooks = ec.Hooks()
    hooks.on(events.Event, lambda event: event.missing)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    report = hooks.publish(PROCESS.open(emergency(id="4711" * 50), by=RITA, now=T0))
    with pytest.raises(ExceptionGroup) as raised:
        report.raise_if_failed()
    assert len(str(raised.value)) < 500
