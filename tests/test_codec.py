"""Stored data: every written value can be read, and every error names the damaged part."""

import copy
import json
import pickle
import sys
from collections.abc import Callable
from datetime import date, timedelta
from enum import Enum, StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import pytest

import escalation_core as ec
from escalation_core import codec, commands, events
from escalation_core.codec.documents import digest
from escalation_core.codec.fields import OMITTING, stored_fields
from escalation_core.codec.limits import OWN_DEPTH
from escalation_core.codec.names import KINDS, NAMES
from escalation_core.codec.plain import as_list, as_object
from escalation_core.notifications.mails import BY_TEMPLATE
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import ANA, LEA, PAUL, RITA, T0, after, emergency, later, opened, problem, reach, sample
from support.examples import PROCESS
from support.stories import whole_stories

S = ec.EscalationStatus
GOLDEN = Path(__file__).parent / "golden"
WORDS = GOLDEN / "words" / "closed_sets.json"
HOUR = timedelta(hours=1)


def all_outcomes() -> list[ec.Outcome]:
    """Return outcomes with events of every class."""
    cause = commands.AttributeCause(by=RITA, cause=ec.Cause.INFRASTRUCTURE, production=True, explanation="A disk")
    outcomes = [
        PROCESS.open(problem(known_bug_due=date(2026, 4, 1)), by=ANA, now=T0, command_id="open-1"),
        PROCESS.open(emergency(known_bug_due=T0, additional_contact=PAUL, related=("1", "2")), by=ANA, now=T0),
    ]
    for start, steps in (
        (
            opened(emergency()),
            (
                *(commands.RaiseLevel, commands.Acknowledge, commands.PostUpdate, commands.PostponeUpdate),
                *(commands.AddInternalNote, commands.RequestRealTimeCommunication, commands.EndRealTimeCommunication),
                *(commands.ReportSideChannelContact, commands.ReassignOwner, commands.AddParticipant),
                *(commands.ProposeSolution, commands.RejectSolution, commands.ProposeSolution),
            ),
        ),
        (opened(emergency()), (commands.CancelEscalation, commands.ReprioritizeCase)),
        (opened(problem()), (commands.DeclareEmergency,)),
        (
            after(reach(S.CLOSED), cause),
            (
                *(commands.DebriefStakeholders, commands.HoldPostMortem, commands.SharePostMortem),
                *(commands.ShareRootCauseAnalysis, commands.StartDiagnosis, commands.ProposeCaseSolution),
                commands.CloseCase,
            ),
        ),
    ):
        case = start
        for kind in steps:
            by = ANA if kind is commands.RejectSolution else RITA
            outcomes.append(
                PROCESS.handle(case, sample(kind, by, command_id=f"request-{case.version}"), now=later(case))
            )
            case = outcomes[-1].case
    case = reach(S.SOLUTION_PROPOSED)
    for command in (
        commands.AcceptSolution(by=ANA),
        commands.AcceptSolution(by=PAUL),
        commands.CloseEscalation(by=LEA),
        cause,
    ):
        outcomes.append(PROCESS.handle(case, command, now=later(case)))
        case = outcomes[-1].case
    waiting = [reach(S.STARTED), reach(S.ACKNOWLEDGED), reach(S.SOLUTION_PROPOSED), reach(S.CLOSED)]
    return [*outcomes, *(PROCESS.due(case, now=T0 + 1000 * HOUR) for case in waiting)]


OUTCOMES = all_outcomes()
_LIVED = [event for outcome in OUTCOMES for event in outcome.events]
_TRIED = {type(event) for event in _LIVED}
HAPPENED = _LIVED + [  # with the events of new commands and deadlines, which ``lived`` does not name
    event
    for outcome in (
        *(outcome for story in whole_stories("Some words") for outcome in story),
        *(PROCESS.due(reach(status), now=T0 + 1000 * HOUR) for status in S),
    )
    for event in outcome.events
    if type(event) not in _TRIED
]
CONTACTS = [commands.ReportSideChannelContact(by=RITA, contacted=who, channel="chat") for who in (PAUL, ec.Role.DEVOPS)]
VALUES: list[Any] = [
    *HAPPENED,
    *(outcome.case for outcome in OUTCOMES),
    *(notification for outcome in OUTCOMES for notification in outcome.notifications),
    *(sample(command, RITA) for command in COMMANDS),
    *CONTACTS,
    ec.Policy(),
    ec.Policy(
        permissions=ec.Permissions(
            granted={commands.Acknowledge: frozenset({ec.Role.SUPPORT_REP, ec.Role.SUPPORT_LEAD})}
        ),
        timing=ec.Timing(
            hours=ec.Calendar(zone=ZoneInfo("Europe/Berlin"), holidays={date(2026, 12, 25)}),
            ladder=(ec.Rung(after=HOUR, roles=frozenset({ec.Role.LEADERSHIP}), repeats=1, every=HOUR),),
        ),
    ),
]


def test_every_stored_type_has_one_name_and_a_value_in_this_test() -> None:
    assert set(NAMES) == {*EVENTS, *COMMANDS, ec.Case, ec.Notification, ec.Policy}
    assert len(KINDS) == len(NAMES)
    assert {type(value) for value in VALUES} == set(NAMES)


@pytest.mark.parametrize("kind", NAMES, ids=list(NAMES.values()))
def test_a_written_value_is_read_back_unchanged(kind: type[object]) -> None:
    for value in VALUES:
        if type(value) is kind:
            document = codec.to_dict(value)
            kept = copy.deepcopy(document)
            assert codec.from_dict(document, kind) == value
            assert document == kept
            assert codec.from_json(codec.to_json(value), object) == value
            assert codec.from_json(codec.to_json(value).encode(), kind) == value
            read: object = codec.from_dict(document, kind)
            assert codec.to_dict(read) == document


def test_notification_data_has_the_order_of_its_template() -> None:
    notification = OUTCOMES[1].notifications[0]
    document = codec.to_dict(notification)
    document["data"]["data"] = dict(reversed(document["data"]["data"].items()))
    assert tuple(codec.from_dict(document, ec.Notification).data) == BY_TEMPLATE[notification.template].fields


# Golden files


def golden() -> dict[str, Any]:
    """Return the longest document of every type, by the name of its file."""
    documents = sorted(map(codec.to_dict, VALUES), key=lambda document: len(json.dumps(document)))
    return {document["type"].replace("/", "-") + ".json": document for document in documents}


def test_the_golden_files_have_every_type_and_can_be_read() -> None:
    """``python tests/test_codec.py`` writes missing files; ``python tests/test_codec.py --anew`` writes all."""
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN.glob("*.json")}
    assert set(files) >= set(golden())
    for document in files.values():
        value = codec.from_dict(document, object)
        assert codec.to_dict(value)["type"].partition("/")[0] == document["type"].partition("/")[0]


@pytest.mark.parametrize("name", sorted(golden()))
def test_a_written_value_equals_its_golden_file(name: str) -> None:
    assert json.loads((GOLDEN / name).read_text(encoding="utf-8")) == golden()[name]


def words() -> dict[str, list[str]]:
    """Return the words of every closed set, which are stored, in order."""
    kinds = [kind for name in ec.__all__ if isinstance(kind := getattr(ec, name), type) and issubclass(kind, Enum)]
    return {kind.__name__: [member.value for member in kind] for kind in kinds}


def test_the_words_of_closed_sets_never_change() -> None:
    """``python tests/test_codec.py`` adds new words to the file, and never removes one."""
    assert json.loads(WORDS.read_text(encoding="utf-8")) == words()


def test_equal_codecs_have_equal_hashes() -> None:
    assert (codec.Codec(), hash(codec.Codec())) == (codec.Codec(), hash(codec.Codec()))


# Damage


def sealed(name: str, data: object) -> dict[str, Any]:
    return {"type": name, "data": data, "digest": digest(name, data)}


def edited(value: object, **data: object) -> dict[str, Any]:
    """Return the document of a value with changed data and a valid digest; ``...`` omits a field."""
    document = codec.to_dict(value)
    changed = {**document["data"], **data}
    changed = {name: content for name, content in changed.items() if content is not ...}
    return {**document, "data": changed} | (
        {"digest": digest(document["type"], changed)} if "digest" in document else {}
    )


ACK = next(event for event in HAPPENED if isinstance(event, events.EscalationAcknowledged))
STARTED = next(event for event in HAPPENED if isinstance(event, events.EscalationStarted))
CONTACT = next(value for value in VALUES if isinstance(value, commands.ReportSideChannelContact))
NOTIFICATION = OUTCOMES[1].notifications[0]


REMEMBERED = codec.to_dict(OUTCOMES[0].case)["data"]["remembered"][0]
_A = "an instant such as 2026-11-23T09:00:00Z"
_ZONE = "$.data.timing.hours.zone: must be the key of an IANA zone that this machine has, got {}"


def timing(**changes: object) -> dict[str, Any]:
    policy = codec.to_dict(ec.Policy())["data"]
    return edited(ec.Policy(), timing={**policy["timing"], **changes})


def calendar(**changes: object) -> dict[str, Any]:
    return timing(hours=changes)


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ([], ["$: document: must be an object with a type, got []"]),
        ({"type": 3}, ["$: document: must be an object with a type, got {'type': 3}"]),
        ({"type": "x/1"}, ["$.type: must be a type of this library, got 'x/1'"]),
        ({"type": "case/x"}, ["$.type: must be a type of this library, got 'case/x'"]),
        *(
            ({"type": name}, [f"$.type: '{name}' is newer than case/1, which this library reads"])
            for name in ("case/2", "case/10", "case/11", "case/100")
        ),
        (
            {"type": "case/9999999999999"},
            ["$.type: 'case/9999999999999' is newer than case/1, which this library reads"],
        ),
        (
            {"type": "case/0"},
            ["$.type: 'case/0' is older than case/1, which this library reads, and there is no upcaster for it"],
        ),
        ({"type": "policy/1"}, ["$: document: must be an object of data, type, got ['type']"]),
        (
            {"type": "case/1", "data": {}},
            ["$: document: must be an object of data, digest, type, got ['data', 'type']"],
        ),
        (
            {**codec.to_dict(ACK), "digest": "0" * 16},
            ["$.digest: the data was changed after it was written: its digest does not match"],
        ),
        (sealed("case/1", 3), ["$.data: must be an object, got 3"]),
        (edited(ACK, version="3"), ["$.data.version: must be a whole number, got '3'"]),
        (edited(ACK, version=True), ["$.data.version: must be a whole number, got True"]),
        (edited(ACK, case_id=3), ["$.data.case_id: must be a text, got 3"]),
        (edited(ACK, at="2026-03-02T09:00:00"), [f"$.data.at: must be {_A}, got '2026-03-02T09:00:00'"]),
        (edited(ACK, at="2026-13-02T09:00:00Z"), [f"$.data.at: must be {_A}, got '2026-13-02T09:00:00Z'"]),
        (edited(ACK, at="0001-01-01T00:00:00+23:00"), [f"$.data.at: must be {_A}, got '0001-01-01T00:00:00+23:00'"]),
        (
            edited(ACK, version=..., x=1, owner={"id": "rita"}, at=0),
            [
                "$.data.version: is missing",
                f"$.data.at: must be {_A}, got 0",
                "$.data.owner.role: is missing",
                "$.data.owner.name: is missing",
                "$.data.owner.email: is missing",
                "$.data.owner.locale: is missing",
                "$.data.x: is not known here",
            ],
        ),
        (
            edited(emergency(), impact="P2"),
            ["$.data: impact: must be P1 for an emergency, got <BusinessImpact.P2: 'P2'>"],
        ),
        (edited(emergency(), impact=3), ["$.data.impact: must be one of P1, P2, P3, P4, got 3"]),
        (edited(emergency(), related="x"), ["$.data.related: must be a list, got 'x'"]),
        (edited(emergency(), related=["a", 3]), ["$.data.related[1]: must be a text, got 3"]),
        (edited(emergency(), known_bug_due="x"), ["$.data.known_bug_due: must be a date such as 2026-11-23, got 'x'"]),
        (
            edited(emergency(), known_bug_due="2026-02-30"),
            ["$.data.known_bug_due: must be a date such as 2026-11-23, got '2026-02-30'"],
        ),
        (
            edited(CONTACT, contacted={"cat": 1}),
            ["$.data.contacted: must be an object with one of person, role, text, got {'cat': 1}"],
        ),
        (edited(CONTACT, contacted="x"), ["$.data.contacted: must be an object, got 'x'"]),
        (edited(NOTIFICATION, template="x"), None),
        (edited(NOTIFICATION, data=3), ["$.data.data: must be an object, got 3"]),
        (
            edited(NOTIFICATION, data={**codec.to_dict(NOTIFICATION)["data"]["data"], "status": 3}),
            ["$.data.data: must be a text at 'status', got 3"],
        ),
        (
            timing(answer_within="1h"),
            ["$.data.timing.answer_within: must be a duration in seconds such as PT3600S, got '1h'"],
        ),
        (timing(answer_within="PT99999999999999S"), None),
        (timing(ladder=["x"]), None),
        (calendar(zone="Mars/Olympus"), [_ZONE.format("'Mars/Olympus'")]),
        (calendar(zone="../etc/passwd"), [_ZONE.format("'../etc/passwd'")]),
        (calendar(zone=3), [_ZONE.format("3")]),
        (calendar(holidays=["x"]), ["$.data.timing.hours.holidays: must be a date such as 2026-11-23, got 'x'"]),
        (calendar(hours=[{"days": ["monday", "monday"], "opens": "09:00:00", "closes": "17:00:00"}]), None),
        (calendar(hours=[{"days": ["monday"], "opens": "9", "closes": "25:00:00"}]), None),
        (edited(OUTCOMES[0].case, remembered=3), ["$.data.remembered: must be a list, got 3"]),
        (edited(OUTCOMES[0].case, remembered=[3]), ["$.data.remembered[0]: must be an object, got 3"]),
        (
            edited(OUTCOMES[0].case, remembered=[{**REMEMBERED, "digest": "x"}]),
            ["$.data.remembered[0]: digest: must be 16 hexadecimal digits, got 'x'"],
        ),
        (
            edited(OUTCOMES[0].case, remembered=[{**REMEMBERED, "last_version": 2}]),
            ["$.data: remembered: must be commands whose versions go up, at most to 1, got (1, 2)"],
        ),
        (edited(STARTED, stakeholders=None), ["$.data.stakeholders: must be a list, got None"]),
    ],
)
def test_every_error_of_a_document_is_listed_with_its_path(document: object, problems: list[str] | None) -> None:
    with pytest.raises(codec.CodecError) as raised:
        codec.from_dict(document, object)
    if problems is not None:
        assert [str(problem) for problem in raised.value.problems] == problems
    assert str(raised.value) == "; ".join(str(problem) for problem in raised.value.problems)
    assert pickle.loads(pickle.dumps(raised.value)).problems == raised.value.problems  # noqa: S301  # our own bytes


@pytest.mark.parametrize("key", ["Europe", "Europe/"])
def test_a_zone_key_that_is_a_directory_is_refused(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ``tzdata`` package has directories of zones, which cannot be opened as files."""
    folder = tmp_path / "tzdata" / "zoneinfo"
    (folder / "Europe").mkdir(parents=True)
    for package in (folder.parent, folder):
        (package / "__init__.py").touch()
        monkeypatch.delitem(sys.modules, ".".join(package.relative_to(tmp_path).parts), raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(codec.CodecError) as raised:
        codec.from_dict(calendar(zone=key), ec.Policy)
    assert str(raised.value) == _ZONE.format(repr(key))


def test_a_document_of_another_class_than_requested_is_refused() -> None:
    with pytest.raises(codec.CodecError, match=r"^\$\.type: must be a stored Command, got 'escalation.acknowledged/1'"):
        codec.from_dict(codec.to_dict(ACK), commands.Command)
    assert codec.from_dict(codec.to_dict(ACK), events.EscalationEvent) == ACK


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "text: must be JSON, got an error: "),
        (b"\xff", "text: must be JSON"),
        ('{"type":"case/1","type":"case/1"}', "an object has one key twice"),
        ("[NaN]", "'NaN' is not a whole number"),
        ("[1.0]", "'1.0' is not a whole number"),
        ("[" * 100_000, "text: must be JSON"),
        ("[" * 30 + "]" * 30, "document: must be of at most 16 levels, got more"),
        ("1" * 5000, "text: must be JSON"),
        (None, "text: must be JSON as a str or as bytes, got None"),
        (" " * (4 * 1024 * 1024 + 1), "document: must be of at most 4194304 bytes, got 4194305"),
        ("[" + "0," * 200_000 + "0]", "document: must be of at most 200000 values, got more"),
    ],
)
def test_from_json_refuses_text_that_is_not_a_document(text: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(codec.CodecError) as raised:
        codec.from_json(text, object)
    assert message in str(raised.value)


@pytest.mark.parametrize("value", [1.5, b"x", {1: "x"}, {"type": (1,)}, object(), {"type": "case/1", "data": 3j}])
def test_from_dict_refuses_a_value_that_is_not_plain_data(value: object) -> None:
    with pytest.raises(codec.CodecError):
        codec.from_dict(value, object)


class AnyDay:
    """A container of dates that cannot be written, since it is not finite."""

    def __contains__(self, day: object) -> bool:
        return False


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", "$: value: must be of a stored type, got 'x'"),
        (
            ec.Policy(rules=(lambda _, __, ___: (),)),
            "$.data: rules: must be empty, since functions cannot be written, got 1",
        ),
        (
            ec.Policy(timing=ec.Timing(hours=ec.Calendar(holidays=AnyDay()))),
            "$.data: must be a set of dates (Calendar.fixed writes down those of some years), got",
        ),
    ],
)
def test_to_dict_refuses_a_value_that_cannot_be_written(value: object, message: str) -> None:
    with pytest.raises(codec.CodecError) as raised:
        codec.to_dict(value)
    assert str(raised.value).startswith(message)


def test_a_number_of_more_than_64_bits_is_refused() -> None:
    """Python itself refuses to convert some of these numbers to text."""
    documents: list[object] = [
        10**5000,
        {"type": 10**5000},
        {"type": "case/1", "data": 10**5000, "digest": "x"},
        {"type": "snapshot/1", "data": 10**5000, "digest": "x"},
        {"type": "command.raise_level/1", "data": {"from_level": 10**5000}},
        {"type": "command.raise_level/1", "data": {"from_level": -(2**63)}},
    ]
    for document in documents:
        with pytest.raises(codec.CodecError, match=r"64 bits, got (an int of \d+ bits|-9223372036854775808)"):
            codec.from_dict(document, object)
        with pytest.raises(codec.CodecError, match="64 bits"):
            codec.from_snapshot(document)


def test_a_command_refuses_a_number_of_more_than_64_bits() -> None:
    with pytest.raises(ValueError, match=r"^from_level: must be a number of 64 bits, got an int of 16610 bits$"):
        commands.RaiseLevel(by=RITA, from_level=10**5000, reason="x")
    largest = commands.RaiseLevel(by=RITA, from_level=2**63 - 1, reason="x")
    assert codec.from_json(codec.to_json(largest), commands.Command) == largest


def test_the_limits_of_depth_and_size_are_exact() -> None:
    nested: Any = []
    for _ in range(14):
        nested = [nested]
    document = {"type": "command.close_case/1", "data": [nested]}
    with pytest.raises(codec.CodecError, match=r"^\$\.data: must be an object"):
        codec.from_dict(document, object)
    with pytest.raises(codec.CodecError, match="at most 16 levels"):
        codec.from_dict({**document, "data": [[nested]]}, object)
    assert codec.Limits(depth=200).depth == 200
    with pytest.raises(ValueError, match="depth: must be at most 200, got 201"):
        codec.Limits(depth=201)
    text = '["ä"]'
    assert codec.Codec(limits=codec.Limits(size=6)).parsed(text) == ["ä"]
    with pytest.raises(codec.CodecError, match="at most 5 bytes, got 6"):
        codec.Codec(limits=codec.Limits(size=5)).parsed(text)
    with pytest.raises(codec.CodecError, match="text: must be JSON"):
        codec.from_json(text.encode("utf-16"), object)


def test_a_digest_covers_the_type_and_text_beyond_utf_8() -> None:
    assert digest("case/1", "\ud800") != digest("case/1", "?")
    started = next(event for event in HAPPENED if isinstance(event, events.DiagnosisStarted))
    for other in ("case.solution_proposed/1", "escalation.real_time_communication_ended/1"):
        with pytest.raises(codec.CodecError, match="its digest does not match"):
            codec.from_dict({**codec.to_dict(started), "type": other}, object)
    step = codec.Upcaster(source="case.diagnosis_started/0", target="case.diagnosis_started/1", function=dict)
    one_byte = codec.to_json(started).replace("_started/1", "_started/0", 1)
    with pytest.raises(codec.CodecError, match="its digest does not match"):
        codec.Codec(upcasters=(step,)).from_json(one_byte, object)


@pytest.mark.parametrize("related", [["\ud800"], [""], ["a\nb"]])
def test_an_id_in_a_list_is_validated(related: list[str]) -> None:
    with pytest.raises(codec.CodecError, match="related: must be printable text that is not blank"):
        codec.from_dict(edited(emergency(), related=related), ec.Case)


def test_notification_data_must_be_encodable_as_utf_8() -> None:
    data = {**codec.to_dict(NOTIFICATION)["data"]["data"], "customer": "\ud800"}
    with pytest.raises(codec.CodecError, match="data: must be text that UTF-8 can hold"):
        codec.from_dict(edited(NOTIFICATION, data=data), ec.Notification)


@pytest.mark.parametrize("event_id", ["/5", "4711/-3", "4711/1_0", "4711/0", "4711/\uff15", "4711", "4711/"])
def test_a_notification_needs_a_valid_event_id(event_id: str) -> None:
    with pytest.raises(codec.CodecError, match="event_id: must be the id of a case, a slash and a version"):
        codec.from_dict(edited(NOTIFICATION, event_id=event_id), ec.Notification)


def test_holidays_are_written_in_order() -> None:
    holidays = frozenset(date(2026, month, 1) for month in range(1, 13))
    policy = ec.Policy(timing=ec.Timing(hours=ec.Calendar(zone=ZoneInfo("Europe/Berlin"), holidays=holidays)))
    written = codec.to_dict(policy)["data"]["timing"]["hours"]["holidays"]
    assert written == sorted(written)


# Evolution


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda data: {new if name == old else name: content for name, content in data.items()}


def upcaster(source: str, target: str, function: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> codec.Upcaster:
    return codec.Upcaster(source=source, target=target, function=function)


OLD = codec.Codec(
    upcasters=(
        upcaster("escalation.confirmed/1", "escalation.confirmed/2", renamed("rep", "owner")),
        upcaster("escalation.confirmed/2", "escalation.acknowledged/1"),
    )
)


def test_an_old_document_passes_all_upcasters_in_order() -> None:
    data = renamed("owner", "rep")(codec.to_dict(ACK)["data"])
    document = sealed("escalation.confirmed/1", data)
    kept = copy.deepcopy(document)
    assert OLD.from_dict(document, events.Event) == ACK
    assert document == kept
    with pytest.raises(codec.CodecError, match="must be a type of this library"):
        codec.from_dict(document, events.Event)


def test_a_failing_upcaster_is_named() -> None:
    broken = codec.Codec(upcasters=(upcaster("case/0", "case/1", lambda data: data["x"]),))
    with pytest.raises(
        codec.CodecError, match=r"^\$\.data: the upcaster from case/0 to case/1 failed: KeyError\('x'\)"
    ):
        broken.from_dict(sealed("case/0", {}), ec.Case)
    careless = codec.Codec(upcasters=(upcaster("case/0", "case/1", lambda data: {**data, "x": data.popitem()}),))
    with pytest.raises(codec.CodecError, match="the upcaster from case/0 to case/1 failed: TypeError"):
        careless.from_dict(sealed("case/0", []), ec.Case)
    grasping = codec.Codec(upcasters=(upcaster("case/0", "case/1", lambda data: dict(data.items())),))
    with pytest.raises(codec.CodecError, match="the upcaster from case/0 to case/1 failed: AttributeError"):
        grasping.from_dict(sealed("case/0", []), ec.Case)


@pytest.mark.parametrize(
    ("upcasters", "message"),
    [
        (
            (upcaster("a/1", "case/1"), upcaster("a/1", "case/1")),
            "one for each version that the library does not read, got 'a/1'",
        ),
        ((upcaster("case/1", "policy/1"),), "one for each version that the library does not read, got 'case/1'"),
        ((upcaster("a/1", "a/2"),), "a chain from a/1 to a version that the library reads, got 'a/2'"),
        ((upcaster("a/1", "a/2"), upcaster("a/2", "a/1")), "a chain from a/1 without a cycle, got 'a/1'"),
    ],
)
def test_upcasters_must_lead_to_a_current_version(upcasters: tuple[codec.Upcaster, ...], message: str) -> None:
    with pytest.raises(ValueError, match=f"upcasters: must be {message}"):
        codec.Codec(upcasters=upcasters)


@pytest.mark.parametrize(
    ("name", "error"), [("case", ValueError), ("Case/1", ValueError), ("case/01", ValueError), (3, ValueError)]
)
def test_an_upcaster_needs_type_names_and_a_function(name: Any, error: type[Exception]) -> None:  # noqa: ANN401
    with pytest.raises(error, match="source: must be the name of a type with a version"):
        upcaster(name, "case/1")
    with pytest.raises(TypeError, match="function: must be a function of plain data, got 3"):
        upcaster("case/0", "case/1", 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_tolerant_reader_writes_unknown_fields_back() -> None:
    reader = codec.Codec()
    case = reach(S.SOLUTION_PROPOSED)
    data = codec.to_dict(case)["data"]
    data["mood"] = {"today": "grim"}
    data["requester"]["pronoun"] = "she"
    data["escalation"]["proposals"][0]["price"] = [1, 2]
    newer = sealed("case/1", data)
    with pytest.raises(codec.CodecError, match="is not known here"):
        reader.from_dict(newer, ec.Case)
    read, unknown = reader.read(newer, ec.Case)
    assert read == case
    assert reader.to_dict(read, unknown=unknown) == newer
    assert json.loads(reader.to_json(read, unknown=unknown)) == newer
    later_on = PROCESS.handle(read, commands.RejectSolution(by=ANA, reason="no"), now=later(read)).case
    kept = reader.to_dict(later_on, unknown=unknown)["data"]
    assert (kept["mood"], kept["escalation"]["proposals"][0]["price"]) == ({"today": "grim"}, [1, 2])


def test_an_unknown_field_is_dropped_with_its_object() -> None:
    data = codec.to_dict(emergency())["data"]
    data["participants"][1]["pronoun"] = "he"
    case, unknown = codec.Codec().read(sealed("case/1", data), ec.Case)
    alone = attrs.evolve(case, participants=(ANA,))
    assert codec.Codec().to_dict(alone, unknown=unknown) == codec.to_dict(alone)
    escalated = codec.to_dict(opened(emergency()))["data"]
    escalated["escalation"]["terms"]["mood"] = "grim"
    _, unknown = codec.Codec().read(sealed("case/1", escalated), ec.Case)
    assert [one.path for one in unknown] == [("escalation", "terms", "mood")]
    regular = opened(problem())
    assert codec.Codec().to_dict(regular, unknown=unknown) == codec.to_dict(regular)


def test_an_unknown_field_moves_with_its_list_member() -> None:
    """Lists grow and lose their first members, so an index does not identify a member."""
    case = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-1").case
    data = codec.to_dict(case)["data"]
    data["escalation"]["clocks"][0]["hint"] = "first"
    data["remembered"][0]["hint"] = "second"
    read, unknown = codec.Codec().read(sealed("case/1", data), ec.Case)
    assert (read, len(unknown)) == (case, 2)
    assert codec.Codec().to_dict(read, unknown=unknown)["data"] == data
    data["participants"][0]["hint"] = "third"
    read, unknown = codec.Codec().read(sealed("case/1", data), ec.Case)
    shifted = codec.Codec().to_dict(attrs.evolve(read, participants=read.participants[::-1]), unknown=unknown)
    assert [one.get("hint") for one in shifted["data"]["participants"]] == [None, "third"]
    assert shifted["data"]["remembered"][0]["hint"] == "second"
    acknowledged = PROCESS.handle(case, commands.Acknowledge(by=RITA), now=later(case)).case
    kept = codec.Codec().to_dict(acknowledged, unknown=unknown)["data"]["escalation"]
    assert "hint" not in kept["clocks"][0]


def test_a_tolerant_reader_keeps_unknown_fields_of_a_contacted_person() -> None:
    document = codec.to_dict(CONTACTS[0])
    document["data"]["contacted"]["person"]["pronoun"] = "he"
    command, unknown = codec.Codec().read(document, commands.Command)
    assert command == CONTACTS[0]
    assert codec.Codec().to_dict(command, unknown=unknown) == document


def test_a_tolerant_reader_refuses_missing_and_wrong_fields() -> None:
    for wrong in (edited(emergency(), subject=...), edited(emergency(), requester=[]), edited(emergency(), related={})):
        with pytest.raises(codec.CodecError):
            codec.Codec().read(wrong, ec.Case)


# Snapshots


def test_a_snapshot_has_the_case_and_the_version_of_the_library() -> None:
    case = reach(S.SOLUTION_PROPOSED)
    document = codec.to_snapshot(case)
    assert codec.from_snapshot(document) == case
    assert document["data"]["library"] == ec.__version__
    with pytest.raises(codec.CodecError, match="case: must be a Case, got 3"):
        codec.to_snapshot(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"lifecycle": "0-0"},
            codec.ForeignSnapshotError,
            f"with other lifecycle tables, by version '{ec.__version__}': replay the events",
        ),
        ({"format": "case/2"}, codec.CodecError, "'case/2' is newer than case/1"),
        ({"format": 3}, codec.CodecError, "$.data.format: must be a text, got 3"),
        ({"more": 1}, codec.CodecError, "data: must be an object of case, format, library, lifecycle, got"),
    ],
)
def test_a_foreign_or_damaged_snapshot_is_refused(
    change: dict[str, object], error: type[Exception], message: str
) -> None:
    data = codec.to_snapshot(opened(emergency()))["data"] | change
    with pytest.raises(error) as raised:
        codec.from_snapshot(sealed("snapshot/1", data))
    assert message in str(raised.value)


def test_a_foreign_snapshot_names_the_path_of_its_lifecycle() -> None:
    data = codec.to_snapshot(opened(emergency()))["data"] | {"lifecycle": "0-0"}
    with pytest.raises(codec.ForeignSnapshotError) as raised:
        codec.from_snapshot(sealed("snapshot/1", data))
    assert [problem.path for problem in raised.value.problems] == ["$.data.lifecycle"]


def test_from_snapshot_refuses_a_document_that_is_not_a_snapshot() -> None:
    for document in (
        codec.to_dict(emergency()),
        sealed("snapshot/1", 3),
        {**codec.to_snapshot(emergency()), "digest": "x"},
    ):
        with pytest.raises(codec.CodecError):
            codec.from_snapshot(document)


def test_the_digest_of_a_lifecycle_changes_with_a_row() -> None:
    other = ec.Lifecycle(
        ec.CaseStatus,
        initial=ec.CASE.initial,
        terminal=ec.CASE.terminal,
        started_by=events.CaseOpened,
        moves=(*ec.CASE.moves, ec.Move(commands.CloseCase, (ec.CaseStatus.DIAGNOSIS,), None, events.CaseClosed)),
    )
    assert other.digest != ec.CASE.digest == ec.CASE.digest


# Canonical JSON


def members_of(value: object) -> list[object]:
    """Return the members of an object or a list of plain data."""
    named, listed = as_object(value), as_list(value)
    return list(named.values()) if named is not None else listed or []


def ordered(value: object) -> bool:
    """Whether every object in plain data has its keys in order."""
    named = list(as_object(value) or ())
    return named == sorted(named) and all(map(ordered, members_of(value)))


def test_json_has_sorted_keys_and_its_text_has_the_digest() -> None:
    for value in VALUES:
        text = codec.to_json(value)
        document = json.loads(text)
        assert ordered(document)
        assert document == codec.to_dict(value)
        assert text == json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        if "digest" in document:
            content = text.removeprefix('{"data":').rpartition(',"digest":')[0]
            said = f'["{document["type"]}",{content}]'
            assert sha256(said.encode()).hexdigest()[:16] == document["digest"]


def test_text_is_written_as_utf_8_with_few_escapes() -> None:
    words = 'é😀\u2028\x7f/"\\\b\f\n\r\t\x01\x1f'
    text = codec.to_json(commands.PostUpdate(by=RITA, message=words))
    assert '"message":"é😀\u2028\x7f/\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f"' in text


def busy(**changes: Any) -> ec.Case:  # noqa: ANN401  # fields of a case
    """Return an emergency after three commands with ids."""
    case = PROCESS.open(emergency(**changes), by=ANA, now=T0, command_id=str(UUID(int=1))).case
    for command in (
        commands.Acknowledge(by=RITA, command_id=str(UUID(int=2))),
        commands.PostUpdate(by=RITA, message="We are at it", command_id=str(UUID(int=3))),
    ):
        case = PROCESS.handle(case, command, now=later(case)).case
    return case


def test_a_snapshot_in_json_is_small_and_is_read_back() -> None:
    case = busy(description="It is down. " * 16 + "Help us!")
    assert len(case.description) == 200
    text = codec.to_snapshot_json(case)
    assert len(text.encode()) <= 2500
    assert json.loads(text) == codec.to_snapshot(case)
    assert ordered(json.loads(text))
    assert codec.from_snapshot_json(text) == codec.from_snapshot_json(text.encode()) == case
    with pytest.raises(codec.CodecError, match="text: must be JSON"):
        codec.from_snapshot_json(text[:-1])


def test_an_error_in_a_snapshot_has_its_path() -> None:
    data = codec.to_snapshot(busy())["data"]
    data["case"]["impact"] = "P9"
    with pytest.raises(codec.CodecError, match=r"^\$\.data\.case\.impact: must be one of P1"):
        codec.from_snapshot(sealed("snapshot/1", data))


class Word(StrEnum):
    """A closed set of a host."""

    NEWS = "news"


def test_a_text_of_a_subclass_is_written_as_plain_text() -> None:
    """A document is plain data, and a snapshot, which is read from that data, is read back."""
    step = PROCESS.open(emergency(subject=Word.NEWS, customer=Word.NEWS, tracking_id=Word.NEWS), by=ANA, now=T0)
    assert codec.from_snapshot(codec.to_snapshot(step.case)) == step.case
    for one in (*step.events, *step.notifications):
        assert codec.from_dict(codec.to_dict(one), type(one)) == one


# Defaults


def test_the_defaults_of_timing_are_pinned_as_part_of_version_1() -> None:
    """A changed default changes the meaning of stored data, so each type with a timing needs a new version."""
    explicit = json.loads((GOLDEN / "defaults/timing-1.json").read_text(encoding="utf-8"))
    assert codec.from_dict(timing(**explicit), ec.Policy).timing == ec.Timing()
    for kind, part in (
        (ec.Timing, explicit),
        (ec.Rung, explicit["ladder"][0]),
        (ec.CadenceStep, explicit["updates"][0]),
        (ec.Calendar, explicit["hours"]),
        (ec.WorkingHours, explicit["hours"]["hours"][0]),
    ):
        assert set(part) == set(stored_fields(kind))
    assert {ec.Timing, ec.Rung, ec.CadenceStep, ec.Calendar, ec.WorkingHours} == OMITTING


def test_timing_at_its_default_is_omitted() -> None:
    written = codec.to_dict(ec.Policy())["data"]
    assert (written["timing"], written["permissions"]) == ({}, {})
    timing = ec.Timing(debrief_within=2, hours=ec.Calendar(zone=ZoneInfo("Europe/Berlin")))
    written = codec.to_dict(ec.Policy(timing=timing))["data"]
    assert written["timing"] == {"debrief_within": 2, "hours": {"zone": "Europe/Berlin"}}


def test_permissions_are_stored_by_the_name_of_the_command() -> None:
    for command in COMMANDS:
        document = edited(ec.Policy(), permissions={command.name: ["support lead"]})
        if command in {commands.AcceptSolution, commands.RejectSolution}:
            with pytest.raises(codec.CodecError, match=rf"^\$\.data\.permissions\.{command.name}: is not known here$"):
                codec.from_dict(document, ec.Policy)
        else:
            policy = codec.from_dict(document, ec.Policy)
            assert policy.permissions.roles_for(command) == (ec.Role.SUPPORT_LEAD,)
            assert codec.to_dict(policy) == document


def test_every_error_of_permissions_is_listed() -> None:
    permissions = {"acknowledge": ["king"], "post_update": "x", "y": [], "open_case": ["customer"] * 2}
    with pytest.raises(codec.CodecError) as raised:
        codec.from_dict(edited(ec.Policy(), permissions=permissions), ec.Policy)
    assert [problem.path for problem in raised.value.problems] == [
        *("$.data.permissions.acknowledge[0]", "$.data.permissions.post_update"),
        *("$.data.permissions.y", "$.data.permissions.open_case"),
    ]
    with pytest.raises(codec.CodecError, match=r"^\$\.data\.permissions: must be an object, got 3"):
        codec.from_dict(edited(ec.Policy(), permissions=3), ec.Policy)
    with pytest.raises(codec.CodecError, match=r"^\$\.data\.permissions: granted\[Acknowledge\]: must be at least one"):
        codec.from_dict(edited(ec.Policy(), permissions={"acknowledge": []}), ec.Policy)


def test_a_tolerant_reader_keeps_the_permissions_of_unknown_commands() -> None:
    newer = edited(ec.Policy(), permissions={"acknowledge": ["support lead"], "dance": ["customer"]})
    policy, unknown = codec.Codec().read(newer, ec.Policy)
    assert policy.permissions.roles_for(commands.Acknowledge) == (ec.Role.SUPPORT_LEAD,)
    assert codec.Codec().to_dict(policy, unknown=unknown) == newer


# Limits


def test_a_document_beyond_the_limits_is_refused_when_written() -> None:
    case = busy()
    size = len(codec.to_json(case).encode())
    depth = deepest(codec.to_snapshot(case))
    for limits, message in (
        (codec.Limits(size=size - 1), rf"^\$: document: must be of at most {size - 1} bytes, got {size}$"),
        (codec.Limits(depth=3), r"^\$: document: must be of at most 3 levels, got more$"),
        (codec.Limits(values=50), r"^\$: document: must be of at most 50 values, got more$"),
    ):
        strict = codec.Codec(limits=limits)
        for write in (strict.to_dict, strict.to_json, strict.to_snapshot, strict.to_snapshot_json):
            if "bytes" not in message or "snapshot" not in write.__name__:
                with pytest.raises(codec.CodecError, match=message):
                    write(case)
            else:
                with pytest.raises(codec.CodecError, match="bytes"):
                    write(case)
    exact = codec.Codec(limits=codec.Limits(size=size, depth=depth))
    assert exact.from_json(exact.to_json(case), ec.Case) == case


def deepest(value: object) -> int:
    return max((1 + deepest(member) for member in members_of(value)), default=0)


def test_no_document_of_the_library_is_deeper_than_documented() -> None:
    days = ec.Calendar(hours=(ec.WorkingHours(days=frozenset({ec.Weekday.MONDAY})),))
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(hours=days, business_days=days)))
    case = process.open(emergency(), by=ANA, now=T0).case
    assert deepest(codec.to_snapshot(case)) == OWN_DEPTH
    assert max(map(deepest, golden().values())) <= OWN_DEPTH


def test_unknown_fields_must_be_within_the_limits() -> None:
    nested: Any = 1
    for _ in range(20):
        nested = [nested]
    for value, message in (
        (nested, "at most 16 levels"),
        ({1: 2}, "text as keys"),
        (1.5, "plain data"),
        ("\ud800", "UTF-8 can hold"),
    ):
        with pytest.raises(codec.CodecError, match=message):
            codec.Codec().to_json(busy(), unknown=[codec.Unknown(path=("mood",), value=value)])


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name, document in golden().items():
        if "--anew" in sys.argv or not (GOLDEN / name).exists():
            _write(GOLDEN / name, document)
    stored: dict[str, list[str]] = json.loads(WORDS.read_text(encoding="utf-8")) if WORDS.exists() else {}
    lost = {name: [word for word in had if word not in words().get(name, ())] for name, had in stored.items()}
    if any(lost.values()) and "--anew" not in sys.argv:
        raise SystemExit(f"{WORDS}: words must never change, lost {lost}")
    _write(WORDS, words())
