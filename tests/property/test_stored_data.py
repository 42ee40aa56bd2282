"""Stored data over generated histories: values are read back unchanged, and damage is refused or has no effect."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

import escalation_core as ec
from escalation_core import codec, commands
from escalation_core.checks import IDENTIFIER_MAX, TEXT_MAX
from escalation_core.codec.documents import digest
from escalation_core.codec.names import NAMES
from escalation_core.testing import T0, emergency, later, reach
from escalation_core.testing.strategies import History, any_command, histories, policies
from support.examples import PROCESS, escalation_of
from support.stories import worded

atoms = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats() | st.sampled_from(["customer", "P1"])
)
plain = st.recursive(
    atoms, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(histories())
def test_a_history_is_written_and_read_back(history: History) -> None:
    events = [codec.from_json(codec.to_json(event), type(event)) for event in history.events]
    assert tuple(events) == history.events
    assert history.process.replay(events) == history.case
    for step in history.steps:
        if step.command is not None:
            assert codec.from_json(codec.to_json(step.command), commands.Command) == step.command
    for outcome in history.outcomes:
        assert_read_back(outcome)


def assert_read_back(outcome: ec.Outcome) -> None:
    """Write and read everything that a host stores of an outcome."""
    assert codec.from_json(codec.to_json(outcome.case), ec.Case) == outcome.case
    assert codec.from_snapshot_json(codec.to_snapshot_json(outcome.case)) == outcome.case
    assert codec.from_snapshot(json.loads(json.dumps(codec.to_snapshot(outcome.case)))) == outcome.case
    for event in outcome.events:
        assert codec.from_json(codec.to_json(event), object) == event
    for notification in outcome.notifications:
        back = codec.from_json(codec.to_json(notification), ec.Notification)
        assert (back, back.id, tuple(back.data)) == (notification, notification.id, tuple(notification.data))


#: Steps that together write every kind of text.
STEPS = (
    *(commands.Acknowledge, commands.PostUpdate, commands.PostponeUpdate, commands.AddInternalNote),
    *(commands.RequestRealTimeCommunication, commands.ReportSideChannelContact, commands.ReassignOwner),
    *(commands.ProposeSolution, commands.RejectSolution, commands.ProposeSolution, commands.AcceptSolution),
    *(commands.CloseEscalation, commands.AttributeCause, commands.DebriefStakeholders, commands.HoldPostMortem),
    *(commands.SharePostMortem, commands.ShareRootCauseAnalysis, commands.StartDiagnosis),
    *(commands.ProposeCaseSolution, commands.CloseCase),
)


def test_texts_and_ids_at_their_limits_are_written_and_read_back() -> None:
    words = "😀" * TEXT_MAX
    ana = ec.Person(id="a" * IDENTIFIER_MAX, role=ec.Role.CUSTOMER, name=words)
    rita = ec.Person(id="r" * IDENTIFIER_MAX, role=ec.Role.SUPPORT_REP, name=words)
    texts = dict.fromkeys(("customer", "subject", "description", "partner"), words)
    identifiers: dict[str, Any] = {"id": "é" * IDENTIFIER_MAX, "tracking_id": "t" * IDENTIFIER_MAX}
    identifiers["related"] = ("x" * IDENTIFIER_MAX,)
    case = emergency(requester=ana, participants=(), **identifiers, **texts)
    outcome = PROCESS.open(case, by=ana, now=T0, command_id="k" * IDENTIFIER_MAX)
    assert_read_back(outcome)
    for number, kind in enumerate(STEPS):
        by = ana if kind in {commands.RejectSolution, commands.AcceptSolution} else rita
        changes: dict[str, Any] = {"command_id": f"{number:0{IDENTIFIER_MAX}}"}
        if by is ana:
            changes["proposal"] = escalation_of(outcome.case).proposals[-1].id
        command = evolve(worded(kind, by, words), **changes)
        outcome = PROCESS.handle(outcome.case, command, now=later(outcome.case))
        assert codec.from_json(codec.to_json(command), commands.Command) == command
        assert_read_back(outcome)
        assert_read_back(PROCESS.due(outcome.case, now=later(outcome.case) + timedelta(days=30)))


@given(any_command(), policies())
def test_a_command_and_a_policy_are_read_back_unchanged(command: commands.Command, policy: ec.Policy) -> None:
    assert codec.from_json(codec.to_json(command), commands.Command) == command
    assert codec.from_json(codec.to_json(policy), ec.Policy) == policy


@given(histories(max_size=6), st.data())
def test_a_changed_byte_is_refused_or_has_no_effect(history: History, data: st.DataObject) -> None:
    value = data.draw(st.sampled_from([history.case, *history.events]))
    text = bytearray(codec.to_json(value).encode())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.integers(0, 255))
    read = _read(codec.from_json, bytes(text))
    assert isinstance(read, codec.CodecError) or read == value


@given(st.sampled_from(list(NAMES.values())), plain)
def test_from_dict_raises_no_other_error_than_a_codec_error(name: str, data: Any) -> None:  # noqa: ANN401
    for document in (data, {"type": name, "data": data}, _sealed(name, data)):
        _read_or_refused(document)


@given(st.text() | st.binary() | plain.map(lambda value: json.dumps(value, allow_nan=True)))
@example('{"type":"case/1","data":"\\ud800","digest":""}')
def test_from_json_raises_no_other_error_than_a_codec_error(text: str | bytes) -> None:
    _read(codec.from_json, text)


def _read(read: Callable[[Any, type[object]], object], given: object) -> object:
    """Return the value that was read or the ``CodecError``; any other error propagates."""
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
def test_a_replaced_part_is_refused_or_makes_a_writable_value(
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
    value = _read(codec.from_dict, document)
    assert isinstance(value, codec.CodecError) or codec.from_dict(codec.to_dict(value), object) == value
