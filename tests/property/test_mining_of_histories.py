"""Event logs of generated histories agree with the events, are valid, and contain no text written by people."""

from datetime import datetime
from enum import Enum
from typing import Any

from hypothesis import given, settings

import escalation_core as ec
from escalation_core.interchange import ocel, xes
from escalation_core.interchange.mining import activity
from escalation_core.table import EVENTS
from escalation_core.testing.strategies import PEOPLE, TAINT, History, logs
from support.event_logs import objects_of, ocel_of, related, values_of, xes_of

_CHOICES: tuple[type[Enum], ...] = (
    ec.BusinessImpact,
    ec.CancelReason,
    ec.CaseKind,
    ec.CaseStatus,
    ec.CaseType,
    ec.Cause,
    ec.Consent,
    ec.EscalationStatus,
    ec.FollowUpKind,
    ec.Priority,
    ec.ProposalStatus,
    ec.Risk,
    ec.Role,
    ec.SolutionKind,
)
#: The exported texts: choices, activities, identifiers, and the names of customer and policy, as in ``strategies``.
_WORDS = {
    *(str(member.value) for choice in _CHOICES for member in choice),
    *(activity(kind) for kind in EVENTS),
    *(person.id for person in (*PEOPLE, ec.AUTOMATION)),
    *("4711", "a/b", "CASE 1", "Customer A", "handbook"),
    *("none", "complete", "owed", "held", "done", "withdrawn"),
}
_TYPES: dict[str, Any] = {"string": str, "boolean": bool, "integer": int, "time": str}


fewer = settings(max_examples=40)  # a log has up to three histories


def _changes(values: list[Any]) -> list[Any]:
    """Return the values without those that equal their predecessor."""
    return [value for before, value in zip([None, *values], values, strict=False) if value != before]


@fewer
@given(logs())
def test_an_xes_log_has_every_event_in_order(log: list[History]) -> None:
    traces = xes_of(*(history.events for history in log))
    assert [trace.case["concept:name"] for trace in traces] == [history.case.id for history in log]
    for trace, history in zip(traces, log, strict=True):
        for logged, event in zip(trace.events, history.events, strict=True):
            assert logged["concept:name"] == activity(type(event))
            assert (logged["version"], logged["time:timestamp"]) == (event.version, event.at)
            assert (logged["org:resource"], logged["org:role"]) == (event.by.id, event.by.role.value)
        for outcome in history.outcomes:
            case = outcome.case
            status = None if case.escalation is None else case.escalation.status.value
            logged = trace.events[case.version - 1]
            assert (logged["case_status"], logged.get("escalation_status")) == (case.status.value, status)
        assert trace.case["production"] is history.case.production
        for name in ("kind", "type", "impact", "priority", "status"):
            assert trace.case[name] == getattr(history.case, name).value


@fewer
@given(logs())
def test_an_event_log_has_no_text_written_by_people(log: list[History]) -> None:
    histories = [history.events for history in log]
    assert TAINT not in "".join(xes.export(histories))
    assert TAINT not in "".join(ocel.export(lambda: histories))
    for trace in xes_of(*histories):
        for logged in (trace.case, *trace.events):
            assert {value for value in logged.values() if isinstance(value, str)} <= _WORDS
    document = ocel_of(*histories)
    for kind, things in (("eventTypes", document["events"]), ("objectTypes", document["objects"])):
        texts = {
            (one["name"], attribute["name"])
            for one in document[kind]
            for attribute in one["attributes"]
            if attribute["type"] == "string"
        }
        for thing in things:
            assert {one["value"] for one in thing["attributes"] if (thing["type"], one["name"]) in texts} <= _WORDS


@fewer
@given(logs())
def test_an_ocel_log_has_every_event_in_order(log: list[History]) -> None:
    logged = ocel_of(*(history.events for history in log))["events"]
    happened = [event for history in log for event in history.events]
    assert [(one["id"], one["type"], datetime.fromisoformat(one["time"])) for one in logged] == [
        (f"event:{event.id}", activity(type(event)), event.at) for event in happened
    ]
    for one, event in zip(logged, happened, strict=True):
        assert related(one)[0] == ("case", f"case:{event.case_id}")
        assert related(one)[-1] == ("by", f"person:{event.by.role}/{event.by.id}")
        assert (("escalation", f"escalation:{event.case_id}") in related(one)) is isinstance(
            event, ec.events.EscalationEvent
        )


@fewer
@given(logs())
def test_an_ocel_log_has_declared_types_and_valid_relationships(log: list[History]) -> None:
    document = ocel_of(*(history.events for history in log))
    objects = objects_of(*(history.events for history in log))
    for kind, things in (("eventTypes", document["events"]), ("objectTypes", document["objects"])):
        types = {one["name"]: {a["name"]: _TYPES[a["type"]] for a in one["attributes"]} for one in document[kind]}
        assert len(types) == len(document[kind])
        for thing in things:
            for attribute in thing["attributes"]:
                assert type(attribute["value"]) is types[thing["type"]][attribute["name"]]
            assert len(set(related(thing))) == len(related(thing))
            assert {key for _, key in related(thing)} <= set(objects)
    of_events = {key for event in document["events"] for _, key in related(event)}
    assert of_events == set(objects)  # PM4Py leaves out an object without a related event
    ids = {event["id"] for event in document["events"]}
    assert len(ids) == len(document["events"])
    assert not ids & set(objects)


@fewer
@given(logs())
def test_objects_of_an_ocel_log_have_the_states_of_the_case(log: list[History]) -> None:
    objects = objects_of(*(history.events for history in log))
    for history in log:
        case, outcomes = history.case, history.outcomes
        logged = objects[f"case:{case.id}"]
        assert values_of(logged, "status") == _changes([outcome.case.status.value for outcome in outcomes])
        for name in ("customer", "kind", "type", "impact", "risk", "production", "priority", "status"):
            value = getattr(case, name)
            expected = "none" if value is None else value.value if isinstance(value, Enum) else value
            assert values_of(logged, name)[-1] == expected
        for thing in objects.values():
            times = [datetime.fromisoformat(one["time"]) for one in thing["attributes"]]
            assert times == sorted(times)
        escalation = case.escalation
        if escalation is None:
            assert f"escalation:{case.id}" not in objects
            continue
        logged = objects[f"escalation:{case.id}"]
        states = [outcome.case.escalation for outcome in outcomes if outcome.case.escalation is not None]
        assert values_of(logged, "status") == _changes([state.status.value for state in states])
        owners = [state.owner.id for state in states if state.owner is not None]
        assert values_of(logged, "owner") == _changes(owners)
        assert values_of(logged, "level") == _changes([state.level for state in states])
        for proposal in escalation.proposals:
            assert values_of(objects[f"proposal:{proposal.id}"], "status")[-1] == proposal.status.value
        for follow_up in escalation.follow_ups:
            logged = objects[f"follow-up:{case.id}/{follow_up.kind}"]
            assert datetime.fromisoformat(values_of(logged, "due_at")[-1]) == follow_up.due_at
            assert (values_of(logged, "status")[-1] == "done") is follow_up.done
