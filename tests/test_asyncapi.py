"""The AsyncAPI document has a message for every event and notification, and real messages match it."""

import json
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from referencing import Registry

import escalation_core as ec
from escalation_core import events
from escalation_core.codec.names import NAMES
from escalation_core.interchange import asyncapi, cloudevents, schemas
from escalation_core.table import EVENTS
from escalation_core.testing import ANA, T0, emergency
from support.drivers import node
from support.examples import PROCESS

DOCUMENT = asyncapi.document()
REGISTRY: Any = cast("Any", Registry)().with_contents(schemas.files().items())
MESSAGES = DOCUMENT["components"]["messages"]


def test_channels_have_all_events_and_notifications() -> None:
    channels = {name: set(channel["messages"]) for name, channel in DOCUMENT["channels"].items()}
    assert channels == {
        "events": {schemas.file_name(kind).removesuffix(".json") for kind in EVENTS},
        "notifications": {"notification-1"},
    }
    assert {message["name"] for message in MESSAGES.values()} == {NAMES[kind] for kind in EVENTS} | {
        NAMES[ec.Notification]
    }
    assert set().union(*channels.values()) == set(MESSAGES)


def test_the_asyncapi_parser_finds_every_message_and_no_error() -> None:
    file = Path(__file__).parent.parent / "docs/reference/asyncapi.json"
    assert json.loads(file.read_text(encoding="utf-8")) == DOCUMENT
    with node() as ask:
        found = ask("AsyncAPI", str(file))
    assert found["diagnostics"] == []
    assert {name: set(messages) for name, messages in found["channels"]} == {
        "events": {NAMES[kind] for kind in EVENTS},
        "notifications": {NAMES[ec.Notification]},
    }


def _with_its_schema(payload: dict[str, Any], kind: type) -> dict[str, Any]:
    assert payload["properties"]["data"] == {"$ref": f"./schemas/{schemas.file_name(kind)}"}
    data = {"$ref": schemas.file_name(kind)}
    return {**payload, "properties": {**payload["properties"], "data": data}}


def test_sent_messages_match_the_document() -> None:
    outcome = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-1")
    sent: list[events.Event | ec.Notification] = [*outcome.events, *outcome.notifications]
    for value in sent:
        message = next(one for one in MESSAGES.values() if one["name"] == NAMES[type(value)])
        headers, body = cloudevents.to_structured(value, source="https://desk.example/cases")
        assert headers["content-type"].startswith(message["contentType"])
        schema: Any = Draft202012Validator(_with_its_schema(message["payload"], type(value)), registry=REGISTRY)
        envelope = json.loads(body)
        schema.validate(envelope)
        assert not schema.is_valid({**envelope, "type": "x/1"})
        for name, wrong in (("time", "now"), ("sequence", "-1"), ("sequence", "5"), ("subject", ""), ("more", 1)):
            assert not schema.is_valid({**envelope, name: wrong})
        assert not schema.is_valid({**envelope, "data": {**envelope["data"], "digest": "x"}})
