"""Event logs for process mining, by example: their content, the texts that they omit, and their use of memory."""

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta, timezone
from typing import Any, get_args
from xml.etree import ElementTree as ET

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.events import Event
from escalation_core.interchange import ocel, xes
from escalation_core.interchange.mining import EVENT_COLUMNS, activity
from escalation_core.table import EVENTS
from escalation_core.testing import ANA, LEA, MINUTE, NINA, OTTO, PAUL, RITA, T0, emergency, problem
from escalation_core.timing import Terms
from support.event_logs import attributes, objects_of, ocel_of, related, values_of, xes_of
from support.examples import PROCESS

History = tuple[Event, ...]

ACKNOWLEDGE = commands.Acknowledge(by=RITA)
PROPOSE = commands.ProposeSolution(by=RITA, summary="Restart it")
MISUSE = commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="A regular bug")
YES = (commands.AcceptSolution(by=ANA), commands.AcceptSolution(by=PAUL))
CLOSED = (ACKNOWLEDGE, PROPOSE, *YES, commands.CloseEscalation(by=RITA))


def played(*story: commands.Command, case: ec.Case | None = None) -> History:
    """Return the history of a case opened at ``T0`` with these commands, one minute apart."""
    outcome = PROCESS.open(emergency() if case is None else case, by=ANA, now=T0)
    happened = list(outcome.events)
    for number, command in enumerate(story, start=1):
        outcome = PROCESS.handle(outcome.case, command, now=T0 + number * MINUTE)
        happened += outcome.events
    return tuple(happened)


def at(minutes: int) -> str:
    return (T0 + minutes * MINUTE).isoformat()


def caused_by(cause: ec.Cause) -> commands.Command:
    return commands.AttributeCause(by=RITA, cause=cause, production=True, explanation="A switch")


def as_xes(histories: list[Any]) -> Iterator[str]:
    return xes.export(histories)


def as_ocel(histories: list[Any]) -> Iterator[str]:
    return ocel.export(lambda: histories)


both = pytest.mark.parametrize("export", [as_xes, as_ocel])


# What every format exports


def test_an_activity_is_the_stored_name_without_the_version() -> None:
    names = [activity(kind) for kind in EVENTS]
    assert activity(events.EscalationAcknowledged) == "escalation.acknowledged"
    assert len(set(names)) == len(EVENTS)
    assert not any("/" in name for name in names)


def _parts(annotation: object) -> set[object]:
    parts = get_args(annotation)
    return {annotation}.union(*(_parts(part) for part in parts)) if parts else {annotation}


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_exports_its_plain_values_and_no_text(
    kind: type[Event],
) -> None:
    fields = {field.name: _parts(field.type) for field in attrs.fields(kind)}
    assert not any(str in fields[name] for name in EVENT_COLUMNS[kind])
    left_out = {name for name in fields if name not in EVENT_COLUMNS[kind]} - {"at"}
    assert all(fields[name] & {str, ec.Person, tuple, Ellipsis, timedelta, Terms, ec.Case} for name in left_out)


def test_events_export_choices_numbers_booleans_and_instants() -> None:
    (trace,) = xes_of(played(MISUSE))
    assert [(event["concept:name"], event.get("reason"), event.get("type")) for event in trace.events] == [
        ("case.opened", None, None),
        ("escalation.started", None, None),
        ("escalation.canceled", "misuse", None),
        ("case.reclassified", None, "problem"),
    ]
    assert trace.events[1]["acknowledge_by"] == T0 + 60 * MINUTE
    (trace,) = xes_of(played(*CLOSED, caused_by(ec.Cause.INFRASTRUCTURE)))
    assert trace.events[3]["kind"] == "fix"
    assert trace.events[7]["by_silence"] is False
    assert (trace.events[8]["cause"], trace.events[8]["production"]) == ("infrastructure", True)


@both
def test_a_missing_risk_is_exported_as_none(
    export: Callable[[list[History]], Iterator[str]],
) -> None:
    assert "none" in "".join(export([played(case=problem())]))
    declared = commands.DeclareEmergency(by=ANA, risk=None, explanation="All is down")
    case = objects_of(played(declared, case=problem(risk=ec.Risk.REVENUE)))["case:4711"]
    assert values_of(case, "risk") == ["revenue", "none"]


@both
def test_an_export_is_ascii(export: Callable[[list[History]], Iterator[str]]) -> None:
    case = emergency(id="Fall ä", customer="Gänßefüße ☂ \U0001f986")
    assert "".join(export([played(case=case)])).isascii()
    assert xes_of(played(case=case))[0].case["customer"] == case.customer
    assert values_of(objects_of(played(case=case))["case:Fall ä"], "customer") == [case.customer]


# A history is checked before any part of it is written


@both
@pytest.mark.parametrize(
    ("damaged", "complaint"),
    [
        ((), "must be at least one event, got none"),
        (played(MISUSE)[1:], "version: the next event must be 4711/1, got 4711/2"),
        (played(MISUSE)[:3], "ends in the middle of a step, before CaseReclassified"),
        ((*played(), *played(MISUSE)[3:]), "version: the next event must be 4711/3, got 4711/4"),
    ],
)
def test_a_damaged_history_is_refused_before_it_is_written(
    export: Callable[[list[History]], Iterator[str]], damaged: History, complaint: str
) -> None:
    pieces = export([played(case=problem(id="sound")), damaged])
    written = [next(pieces), next(pieces)]
    assert "sound" in written[1]
    assert "4711" not in written[1]
    with pytest.raises(ec.ReplayError, match=complaint):
        next(pieces)


def test_a_history_that_is_damaged_in_the_second_round_is_refused() -> None:
    rounds = iter([[played()], [played()[:1]]])
    with pytest.raises(ec.ReplayError, match="in the middle of a step"):
        list(ocel.export(lambda: next(rounds)))


@both
def test_an_export_refuses_a_value_that_is_not_a_history(export: Callable[[list[Any]], Iterator[str]]) -> None:
    for wrong in (7, ["CaseOpened"], played()[0]):
        with pytest.raises(TypeError, match="events: must be events of this library, got"):
            list(export([wrong]))


def test_an_export_refuses_invalid_histories() -> None:
    with pytest.raises(TypeError, match="histories: must be histories, each of them events, got None"):
        next(xes.export(None))  # type: ignore[arg-type]  # the invalid value under test
    with pytest.raises(TypeError, match="histories: must be a function that returns all histories"):
        next(ocel.export([played()]))  # type: ignore[arg-type]  # the invalid value under test


def test_histories_that_can_be_read_only_once_are_refused() -> None:
    once = iter([played()])
    with pytest.raises(ValueError, match="histories: must be the same 2 events in the second round, got 0"):
        list(ocel.export(lambda: once))


@pytest.mark.parametrize("second", [["4711", "4713"], ["4711", "4712", "4713"], ["4712", "4711"], ["4711"]])
def test_a_second_round_of_other_histories_is_refused(second: list[str]) -> None:
    rounds = iter([["4711", "4712"], second])
    with pytest.raises(ValueError, match="histories: must be the same 4 events in the second round, got"):
        list(ocel.export(lambda: [played(case=emergency(id=case_id)) for case_id in next(rounds)]))


def test_every_person_is_one_object() -> None:
    people = [attrs.evolve(ANA, id=f"ana-{n}") for n in range(40)]
    cases = [emergency(id=f"{n}", requester=one, participants=(ANA, PAUL)) for n, one in enumerate(people * 2)]
    document = json.loads("".join(ocel.export(lambda: [played(case=case) for case in cases])))
    ids = [one["id"] for one in document["objects"]]
    assert len(ids) == len(set(ids))


# Streams


def _many(number: int) -> Iterator[History]:
    for one in range(number):
        yield played(*CLOSED, case=emergency(id=f"case {one}"))


def _xes_of_many(number: int) -> Iterator[str]:
    return xes.export(_many(number))


def _ocel_of_many(number: int) -> Iterator[str]:
    return ocel.export(lambda: _many(number))


@pytest.mark.parametrize("export", [_xes_of_many, _ocel_of_many])
def test_ten_times_as_many_histories_need_no_more_memory(export: Callable[[int], Iterator[str]]) -> None:
    def peak(number: int) -> int:
        gc.collect()
        gc.freeze()  # so that each collection skips the existing objects
        tracemalloc.start()
        size = 0
        for piece in export(number):
            size += len(piece)
            gc.collect()  # otherwise the interpreter keeps up to half a megabyte for reuse
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        gc.unfreeze()
        assert size > number * 4000
        return highest

    peak(2)  # fills the caches
    few, many = (min(peak(number) for _ in range(3)) for number in (10, 100))  # the interpreter adds to some peaks
    assert many < few + 8192


@both
def test_a_history_is_read_only_after_the_previous_one_is_written(
    export: Callable[[Iterable[History]], Iterator[str]],
) -> None:
    read: list[int] = []

    def histories() -> Iterator[History]:
        for number in range(3):
            read.append(number)
            yield played(case=problem(id=str(number)))

    pieces = export(histories())
    next(pieces)
    assert read == []
    next(pieces)
    assert read == [0]


# XES


def test_a_trace_has_the_last_case_and_an_event_the_case_after_it() -> None:
    canceled, plain = xes_of(played(MISUSE), played(case=problem(id="4712", production=False)))
    assert canceled.case == {
        "concept:name": "4711",
        "customer": "Customer A",
        "kind": "software",
        "type": "problem",
        "impact": "P1",
        "risk": "go-live",
        "production": True,
        "priority": "low",
        "status": "RECEIVED",
        "escalation_status": "CANCELED",
        "escalation_policy": "handbook",
        "escalation_policy_version": 1,
        "escalation_level": 0,
        "escalation_cancel_reason": "misuse",
    }
    assert [event.get("escalation_status") for event in canceled.events] == [None, "STARTED", "CANCELED", "CANCELED"]
    assert plain.case == {
        "concept:name": "4712",
        "customer": "Customer A",
        "kind": "software",
        "type": "problem",
        "impact": "P3",
        "risk": "none",
        "production": False,
        "priority": "medium",
        "status": "RECEIVED",
    }
    assert plain.events == [
        {
            "concept:name": "case.opened",
            "time:timestamp": T0,
            "org:resource": "ana",
            "org:role": "customer",
            "lifecycle:transition": "complete",
            "case_status": "RECEIVED",
            "version": 1,
        }
    ]


def test_a_trace_has_the_last_owner_and_the_cause() -> None:
    (trace,) = xes_of(played(ACKNOWLEDGE, commands.ReassignOwner(by=LEA, to=OTTO), caused_by(ec.Cause.OTHER)))
    found = {name: trace.case[f"escalation_{name}"] for name in ("owner", "cause", "cause_in_production")}
    assert found == {"owner": "otto", "cause": "other", "cause_in_production": True}


def test_an_xes_log_declares_its_extensions_and_global_attributes() -> None:
    log = ET.fromstring("".join(xes.export([played(MISUSE), played(case=problem(id="4712"))])))  # noqa: S314  # our own output
    assert (log.tag, log.attrib) == ("log", {"xes.version": "1849.2016"})
    order = ["extension", "global", "classifier", "string", "trace"]
    assert [child.tag for child in log] == sorted([child.tag for child in log], key=order.index)
    prefixes = {one.attrib["prefix"] for one in log.iter("extension")}
    assert {one.attrib["uri"] for one in log.iter("extension")} == {
        f"http://www.xes-standard.org/{prefix}.xesext" for prefix in ("concept", "time", "org", "lifecycle")
    }
    keys = {one.attrib["key"] for one in log.iter() if "key" in one.attrib}
    assert {key.partition(":")[0] for key in keys if ":" in key} == prefixes
    shared = {one.attrib["scope"]: attributes(one) for one in log.iter("global")}
    assert set(shared) == {"trace", "event"}
    for scope, declared in shared.items():
        for element in log.iter(scope):
            told = attributes(element)
            assert {key: type(told.get(key)) for key in declared} == {key: type(one) for key, one in declared.items()}
    for classifier in log.iter("classifier"):
        assert set(classifier.attrib["keys"].split()) <= set(shared[classifier.attrib["scope"]])
        assert classifier.attrib["name"].isidentifier()


def test_only_characters_that_xml_does_not_allow_are_replaced() -> None:
    control = "".join(chr(code) for code in range(0x20) if chr(code) not in "\t\n\r")
    case = problem(id="<4711> & \"'", customer=f"A{control}\ufffe\uffffZ\t\r\n\x7f\x85 <&>\"'\ufffd\U0001fffe")
    (trace,) = xes_of(played(case=case))
    assert trace.case["concept:name"] == case.id
    written = "".join(xes.export([played(case=case)]))
    assert written.count("<") == written.count(">")  # some readers take any > for the end of a tag
    assert trace.case["customer"] == "A" + 31 * "\ufffd" + "Z\t\r\n\x7f\x85 <&>\"'\ufffd\U0001fffe"
    assert values_of(objects_of(played(case=case))[f"case:{case.id}"], "customer") == [case.customer]


def test_an_instant_is_in_utc_and_in_xes_cut_to_milliseconds() -> None:
    odd = T0 + timedelta(microseconds=123_999)
    opened = PROCESS.open(emergency(), by=ANA, now=odd).events
    east = timezone(timedelta(hours=9))
    started = opened[1]
    assert isinstance(started, events.EscalationStarted)
    started = attrs.evolve(started, remind_at=(odd + MINUTE).astimezone(east))
    (trace,) = xes_of((opened[0], started))
    assert trace.events[1]["time:timestamp"] == T0 + timedelta(milliseconds=123)
    assert 'key="remind_at" value="2026-03-02T09:01:00.123+00:00"' in "".join(xes.export([(opened[0], started)]))
    event = ocel_of((opened[0], started))["events"][1]
    assert event["time"] == "2026-03-02T09:00:00.123999+00:00"
    assert values_of(event, "remind_at") == ["2026-03-02T09:01:00.123999+00:00"]


# OCEL


def test_an_event_is_related_to_its_objects_and_people() -> None:
    document = ocel_of(
        played(ACKNOWLEDGE, commands.ReassignOwner(by=LEA, to=OTTO), commands.AddParticipant(by=LEA, person=NINA))
    )
    opened, started, acknowledged, reassigned, added = (related(event) for event in document["events"])
    case, escalation = ("case", "case:4711"), ("escalation", "escalation:4711")
    ana, paul = "person:customer/ana", "person:partner/paul"
    assert opened == [case, ("requester", ana), ("participant", paul), ("by", ana)]
    assert started == [case, escalation, ("by", ana)]
    rita, otto, lea = "person:support rep/rita", "person:support rep/otto", "person:support lead/lea"
    assert acknowledged == [case, escalation, ("owner", rita), ("by", rita)]
    assert reassigned == [case, escalation, ("previous", rita), ("owner", otto), ("by", lea)]
    assert added == [case, ("person", "person:customer/nina"), ("by", lea)]


@pytest.mark.parametrize(
    ("contacted", "people"),
    [(LEA, [("contacted", "person:support lead/lea")]), (ec.Role.LEADERSHIP, []), ("the CEO", [])],
)
def test_a_contacted_person_is_exported_but_not_a_role_or_text(contacted: Any, people: list[tuple[str, str]]) -> None:  # noqa: ANN401
    report = commands.ReportSideChannelContact(by=LEA, contacted=contacted, channel="telephone")
    *_, event = ocel_of(played(report))["events"]
    assert related(event)[2:-1] == people


def test_a_proposal_is_related_to_each_event_about_it() -> None:
    history = played(ACKNOWLEDGE, PROPOSE, commands.AcceptSolution(by=ANA), PROPOSE, *YES)
    proposals = [
        (event["type"], [key for qualifier, key in related(event) if qualifier == "proposal"])
        for event in ocel_of(history)["events"][3:]
    ]
    first, second = "proposal:4711/4", "proposal:4711/6"
    assert proposals == [
        ("escalation.solution_proposed", [first]),
        ("escalation.solution_approved", [first]),
        ("escalation.solution_proposed", [first, second]),
        ("escalation.solution_approved", [second]),
        ("escalation.solution_approved", [second]),
        ("escalation.solution_accepted", [second]),
    ]
    objects = objects_of(history)
    assert values_of(objects[first], "status") == ["pending", "superseded"]
    assert values_of(objects[second], "status") == ["pending", "accepted"]
    assert related(objects[first]) == [("escalation", "escalation:4711")]
    waiting = played(ACKNOWLEDGE, PROPOSE)
    late = PROCESS.due(PROCESS.replay(waiting), now=T0 + timedelta(days=2)).events
    assert [type(event) for event in late] == [events.AnswerOverdue]
    assert ("proposal", first) in related(ocel_of((*waiting, *late))["events"][-1])


def test_the_status_of_a_follow_up_is_owed_held_done_or_withdrawn() -> None:
    history = played(
        *CLOSED,
        caused_by(ec.Cause.INFRASTRUCTURE),
        caused_by(ec.Cause.SOFTWARE),
        commands.DebriefStakeholders(by=RITA, notes="Everybody knows"),
        caused_by(ec.Cause.INFRASTRUCTURE),
        commands.HoldPostMortem(by=RITA, findings="No test"),
        commands.SharePostMortem(by=RITA, document="https://pm.example"),
    )
    objects = objects_of(history)
    debrief, post_mortem, analysis = (
        objects[f"follow-up:4711/{kind}"] for kind in ("debrief", "post mortem", "root cause analysis")
    )
    assert values_of(debrief, "status") == ["owed", "done"]
    assert values_of(post_mortem, "status") == ["owed", "held", "done"]
    assert values_of(analysis, "status") == ["owed", "withdrawn", "owed"]
    assert [one["time"] for one in analysis["attributes"] if one["name"] == "status"] == [at(6), at(7), at(9)]
    assert values_of(analysis, "kind") == ["root cause analysis"]
    assert related(analysis) == [("escalation", "escalation:4711")]
    follow_ups = [
        [key.rpartition("/")[2] for qualifier, key in related(event) if qualifier == "follow-up"]
        for event in ocel_of(history)["events"][7:]
    ]
    assert follow_ups == [
        ["debrief", "post mortem"],
        ["root cause analysis"],
        ["root cause analysis"],
        ["debrief"],
        ["root cause analysis"],
        ["post mortem"],
        ["post mortem"],
    ]


def test_a_reminder_is_related_to_its_follow_up() -> None:
    closed = played(*CLOSED)
    late = PROCESS.due(PROCESS.replay(closed), now=T0 + timedelta(days=99)).events
    reminders = ocel_of((*closed, *late))["events"][len(closed) :]
    assert [related(event)[2] for event in reminders] == [
        ("follow-up", "follow-up:4711/debrief"),
        ("follow-up", "follow-up:4711/post mortem"),
    ]


def test_an_object_has_a_new_value_for_each_changed_attribute() -> None:
    objects = objects_of(played(MISUSE, commands.StartDiagnosis(by=RITA)))
    changes = [(one["name"], one["time"], one["value"]) for one in objects["case:4711"]["attributes"]]
    assert changes == [
        ("customer", at(0), "Customer A"),
        ("kind", at(0), "software"),
        ("type", at(0), "emergency"),
        ("impact", at(0), "P1"),
        ("risk", at(0), "go-live"),
        ("production", at(0), True),
        ("priority", at(0), "urgent"),
        ("status", at(0), "RECEIVED"),
        ("type", at(1), "problem"),
        ("priority", at(1), "low"),
        ("status", at(2), "DIAGNOSIS"),
    ]
    assert values_of(objects["escalation:4711"], "cancel_reason") == ["misuse"]


def test_a_case_is_related_to_its_people_and_an_escalation_to_its_owners() -> None:
    contact = ec.Person(id="carl", role=ec.Role.CUSTOMER)
    story = (
        ACKNOWLEDGE,
        commands.ReassignOwner(by=LEA, to=OTTO),
        commands.ReassignOwner(by=LEA, to=RITA),
        commands.AddParticipant(by=LEA, person=LEA),
    )
    objects = objects_of(played(*story, case=emergency(additional_contact=contact)))
    assert related(objects["case:4711"]) == [
        ("requester", "person:customer/ana"),
        ("participant", "person:partner/paul"),
        ("participant", "person:support lead/lea"),
        ("additional contact", "person:customer/carl"),
    ]
    assert related(objects["escalation:4711"]) == [
        ("case", "case:4711"),
        ("owner", "person:support rep/rita"),
        ("owner", "person:support rep/otto"),
    ]
    assert values_of(objects["escalation:4711"], "owner") == ["rita", "otto", "rita"]


def test_a_person_is_one_object_of_a_log_for_each_role() -> None:
    promoted = commands.AddInternalNote(by=attrs.evolve(RITA, role=ec.Role.SUPPORT_LEAD), text="As I said")
    objects = objects_of(played(ACKNOWLEDGE), played(promoted, case=problem(id="4712")))
    people = {
        key: (values_of(one, "id"), values_of(one, "role")) for key, one in objects.items() if one["type"] == "person"
    }
    assert people == {
        "person:customer/ana": (["ana"], ["customer"]),
        "person:partner/paul": (["paul"], ["partner"]),
        "person:support rep/rita": (["rita"], ["support rep"]),
        "person:support lead/rita": (["rita"], ["support lead"]),
    }


def test_an_export_of_no_histories_is_an_empty_log() -> None:
    assert xes_of() == []
    document = ocel_of()
    assert (document["events"], document["objects"]) == ([], [])
    assert len(document["eventTypes"]) == len(EVENTS)


def test_an_attribute_name_has_one_type_in_a_whole_log() -> None:
    """Mining tools put all attributes with the same name into one column."""
    for kinds in ("eventTypes", "objectTypes"):
        types: dict[str, set[str]] = {}
        for kind in ocel_of()[kinds]:
            for attribute in kind["attributes"]:
                types.setdefault(attribute["name"], set()).add(attribute["type"])
        assert all(len(found) == 1 for found in types.values())
