"""CloudEvents over generated histories, read by the official SDK."""

import json
from collections.abc import Callable
from datetime import UTC
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import attrs
import pytest
from cloudevents.core.bindings import http
from hypothesis import given

import escalation_core as ec
from escalation_core import codec, events
from escalation_core.interchange import cloudevents
from escalation_core.testing import RITA, T0, emergency, opened
from escalation_core.testing.strategies import History, histories
from support.examples import PROCESS

SOURCE = "https://desk.example/cases"
MODES: list[Callable[..., tuple[dict[str, str], bytes]]] = [cloudevents.to_structured, cloudevents.to_binary]


def received(mode: Callable[..., tuple[dict[str, str], bytes]], value: object) -> Any:  # noqa: ANN401  # the SDK's event
    headers, body = mode(value, source=SOURCE)
    assert all(content.isascii() and content.isprintable() for content in headers.values())
    return http.from_http_event(http.HTTPMessage(headers=headers, body=body))


def of(history: History) -> list[tuple[ec.events.Event | ec.Notification, int]]:
    sent = [(one, int(one.event_id.rpartition("/")[2])) for out in history.outcomes for one in out.notifications]
    return [*((event, event.version) for event in history.events), *sent]


@pytest.mark.parametrize("mode", MODES)
@given(history=histories(max_size=6))
def test_the_sdk_reads_every_event_and_notification(
    mode: Callable[..., tuple[dict[str, str], bytes]], history: History
) -> None:
    for value, version in of(history):
        envelope = received(mode, value)
        assert (envelope.get_specversion(), envelope.get_id()) == ("1.0", value.id)
        assert envelope.get_source() == f"{SOURCE}/{quote(value.case_id, safe='')}"
        assert (envelope.get_subject(), envelope.get_time().astimezone(UTC)) == (value.case_id, value.at)
        assert int(envelope.get_extension("sequence").partition("/")[0]) == version
        assert envelope.get_type() == codec.to_dict(value)["type"]
        assert codec.from_dict(envelope.get_data(), type(value)) == value


@given(histories())
def test_sequences_sort_notifications_behind_their_events(history: History) -> None:
    named = [(cloudevents.attributes(value, source=SOURCE), version) for value, version in of(history)]
    in_order = sorted(named, key=lambda one: one[0]["sequence"])
    assert [version for _, version in in_order] == sorted(version for _, version in named)
    assert len({one["sequence"] for one, _ in named}) == len(named)
    assert len({one["source"] for one, _ in named}) == 1
    assert {one["sequence"] for one, _ in named} >= {f"{event.version:010}" for event in history.events}


def test_two_envelopes_never_have_the_same_source_and_id() -> None:
    outcomes = [PROCESS.open(emergency(id=case_id), by=RITA, now=T0) for case_id in ("a", "a/1", "a b", "ä")]
    sent = [cloudevents.attributes(event, source=SOURCE) for outcome in outcomes for event in outcome.events]
    sent += [cloudevents.attributes(one, source=SOURCE) for outcome in outcomes for one in outcome.notifications]
    assert len({(one["source"], one["id"]) for one in sent}) == len(sent)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("mode", MODES)
def test_the_time_of_an_envelope_is_the_instant_in_utc(
    mode: Callable[..., tuple[dict[str, str], bytes]], zone: str
) -> None:
    start = PROCESS.open(emergency(), by=RITA, now=T0)
    for value in (start.notifications[0], start.events[1]):
        local = attrs.evolve(value, at=T0.astimezone(ZoneInfo(zone)))
        assert cloudevents.attributes(local, source=SOURCE)["time"] == "2026-03-02T09:00:00Z"
        assert received(mode, local).get_time() == T0


def test_a_header_encodes_characters_that_http_does_not_allow() -> None:
    event = PROCESS.open(emergency(id='ä "1" 100%'), by=RITA, now=T0).events[0]
    headers, _ = cloudevents.to_binary(event, source="https://desk.example/~a")
    assert headers["ce-source"].startswith("https://desk.example/~a/")
    assert headers["ce-subject"] == "%C3%A4%20%221%22%20100%25"
    assert received(cloudevents.to_binary, event).get_subject() == 'ä "1" 100%'


def test_both_modes_write_the_same_content() -> None:
    event = PROCESS.open(emergency(), by=RITA, now=T0).events[1]
    _, body = cloudevents.to_structured(event, source=SOURCE + "/")
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": "4711/2",
        "source": "https://desk.example/cases/4711",
        "type": "escalation.started/1",
        "subject": "4711",
        "time": "2026-03-02T09:00:00Z",
        "datacontenttype": "application/json",
        "sequence": "0000000002",
        "data": codec.to_dict(event),
    }
    assert json.loads(cloudevents.to_binary(event, source=SOURCE)[1]) == codec.to_dict(event)


@pytest.mark.parametrize(
    "source",
    [
        *("", "desk", "/cases", "a:", "a:\n", "https://", "https://desk.example/a b", "https://däsk.example", 3),
        *("https://desk.example?x=1", "https://desk.example#f", "https://[::1", 'https://desk.example/"', "a:%zz"),
    ],
)
def test_a_source_that_is_not_an_absolute_uri_is_refused(source: Any) -> None:  # noqa: ANN401
    event = PROCESS.open(emergency(), by=RITA, now=T0).events[0]
    with pytest.raises(ValueError, match=r"^source: must be an absolute URI without query and fragment, got"):
        cloudevents.attributes(event, source=source)


@pytest.mark.parametrize(
    "source", ["https://desk.example", "https://desk.example:8443/a/", "urn:example:desk", "a:%41"]
)
def test_the_id_of_the_case_is_appended_to_the_source(source: str) -> None:
    event = PROCESS.open(emergency(id="a/b"), by=RITA, now=T0).events[0]
    assert cloudevents.attributes(event, source=source)["source"] == source.rstrip("/") + "/a%2Fb"


def test_a_value_that_is_not_an_event_or_notification_is_refused() -> None:
    with pytest.raises(TypeError, match="value: must be an event or a notification, got Case"):
        cloudevents.to_structured(opened(emergency()), source=SOURCE)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_the_body_of_an_envelope_is_the_stored_document() -> None:
    for event in PROCESS.open(emergency(), by=RITA, now=T0).events:
        _, body = cloudevents.to_binary(event, source=SOURCE)
        assert codec.from_json(body, events.Event) == event
