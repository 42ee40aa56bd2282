"""Stored data over generated histories: it comes back as it was, and what is changed is refused or without effect."""

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import codec, commands
from escalation_core.codec.documents import digest
from escalation_core.codec.names import NAMES
from escalation_core.testing import reach
from escalation_core.testing.strategies import History, any_command, histories, policies

atoms = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats() | st.sampled_from(["customer", "P1"])
)
plain = st.recursive(
    atoms, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(histories())
def test_a_history_comes_back_as_it_was(history: History) -> None:
    events = [codec.from_json(codec.to_json(event), type(event)) for event in history.events]
    assert tuple(events) == history.events
    assert history.process.replay(events) == history.case
    assert codec.from_json(codec.to_json(history.case), ec.Case) == history.case
    assert codec.from_snapshot(json.loads(json.dumps(codec.to_snapshot(history.case)))) == history.case
    for outcome in history.outcomes:
        for told in outcome.notifications:
            back = codec.from_json(codec.to_json(told), ec.Notification)
            assert (back, back.id, tuple(back.data)) == (told, told.id, tuple(told.data))


@given(any_command(), policies())
def test_a_command_and_a_policy_come_back_as_they_were(command: commands.Command, policy: ec.Policy) -> None:
    assert codec.from_json(codec.to_json(command), commands.Command) == command
    assert codec.from_json(codec.to_json(policy), ec.Policy) == policy


@given(histories(max_size=6), st.data())
def test_a_single_byte_that_is_changed_is_refused_or_without_effect(history: History, data: st.DataObject) -> None:
    value = data.draw(st.sampled_from([history.case, *history.events]))
    text = bytearray(codec.to_json(value).encode())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.integers(0, 255))
    read = _answer(codec.from_json, bytes(text))
    assert isinstance(read, codec.CodecError) or read == value


@given(st.sampled_from(list(NAMES.values())), plain)
def test_no_data_raises_anything_but_a_codec_error(name: str, data: Any) -> None:  # noqa: ANN401
    for document in (data, {"type": name, "data": data}, _sealed(name, data)):
        _read_or_refused(document)


@given(st.text() | st.binary() | plain.map(lambda value: json.dumps(value, allow_nan=True)))
@example('{"type":"case/1","data":"\\ud800","digest":""}')
def test_no_text_raises_anything_but_a_codec_error(text: str | bytes) -> None:
    _answer(codec.from_json, text)


def _answer(read: Callable[[Any, type[object]], object], given: object) -> object:
    """Read, and give the value or the refusal; anything else that is raised goes through."""
    try:
        return read(given, object)
    except codec.CodecError as error:
        return error


DOCUMENTS = [codec.to_dict(reach(status)) for status in ec.EscalationStatus]


def _nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    members: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        members = list(value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    elif isinstance(value, list):
        members = list(enumerate(value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return [path, *(found for key, member in members for found in _nodes(member, (*path, key)))]


@given(st.sampled_from(DOCUMENTS), st.data(), plain)
def test_any_part_that_is_replaced_is_refused_or_makes_a_value_that_can_be_written(
    document: dict[str, Any], data: st.DataObject, other: object
) -> None:
    changed = copy.deepcopy(document["data"])
    *path, last = data.draw(st.sampled_from([path for path in _nodes(changed) if path]))
    place = changed
    for step in path:
        place = place[step]
    place[last] = other
    _read_or_refused(_sealed(document["type"], changed))


def _sealed(name: str, data: object) -> dict[str, Any]:
    return {"type": name, "data": data, "digest": digest(name, data)}


def _read_or_refused(document: object) -> None:
    value = _answer(codec.from_dict, document)
    assert isinstance(value, codec.CodecError) or codec.from_dict(codec.to_dict(value), object) == value
