"""A command that comes twice is done once, and one that only has the id of another is refused."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import codec, commands, events
from escalation_core.codec.documents import digest
from escalation_core.repeats import REMEMBERED, digest_of
from escalation_core.testing import ANA, LEA, OTTO, PAUL, RITA, T0, emergency, later, opened, reach, sample
from examples import PROCESS, codes

S = ec.EscalationStatus
HOUR = timedelta(hours=1)
ACK = commands.Acknowledge(by=RITA, command_id="ack-1")


def noted(case: ec.Case, *keys: str) -> ec.Case:
    """Add an internal note for each of these ids."""
    for key in keys:
        note = commands.AddInternalNote(by=RITA, text=f"Note {key}", command_id=key)
        case = PROCESS.handle(case, note, now=later(case)).case
    return case


def test_the_same_command_again_gives_the_first_events_and_changes_nothing() -> None:
    first = PROCESS.handle(opened(emergency()), ACK, now=T0)
    again = PROCESS.handle(first.case, ACK, now=T0 + HOUR)
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.case, again.events, again.notifications) == (first.case, first.events, ())


def test_a_repeat_is_known_whatever_happened_since_and_whatever_the_clock_says() -> None:
    first = PROCESS.handle(opened(emergency()), ACK, now=T0 + HOUR)
    case = noted(reach(S.STARTED), "other")
    case = PROCESS.handle(case, ACK, now=later(case)).case
    for command in (commands.ProposeSolution(by=OTTO, summary="Restart"), commands.AcceptSolution(by=ANA)):
        case = PROCESS.handle(case, command, now=later(case)).case
    for now in (T0 - HOUR, later(case)):
        assert PROCESS.check(case, ACK, now=now) == ()
        again = PROCESS.handle(case, ACK, now=now, expected_version=2)
        assert (again.repeated, again.case) == (True, case)
        assert [type(event) for event in again.events] == [type(event) for event in first.events]


def test_all_events_of_a_command_come_again_in_their_order() -> None:
    start = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-1")
    assert PROCESS.open(start.case, by=ANA, now=T0 + HOUR, command_id="open-1").events == start.events
    cancel = commands.CancelEscalation(
        by=LEA, reason=ec.CancelReason.MISUSE, explanation="A regular bug", command_id="cancel-1"
    )
    canceled = PROCESS.handle(start.case, cancel, now=T0)
    assert [type(event) for event in canceled.events] == [events.EscalationCanceled, events.CaseReclassified]
    assert PROCESS.handle(canceled.case, cancel, now=T0).events == canceled.events


def test_a_command_without_an_id_is_never_known() -> None:
    post = commands.PostUpdate(by=RITA, message="We are at it")
    case = reach(S.ACKNOWLEDGED)
    once = PROCESS.handle(case, post, now=later(case)).case
    twice = PROCESS.handle(once, post, now=later(once))
    assert (twice.repeated, twice.case.version, twice.case.remembered) == (False, case.version + 2, ())


def variants(command: commands.Command) -> list[commands.Command]:
    """Change what a command says, field by field."""
    others: dict[str, Any] = {
        "by": LEA,
        "reason": "Another reason",
        "risk": ec.Risk.SECURITY,
        "eta": T0 + 9 * HOUR,
        "until": T0 + 99 * HOUR,
        "kind": ec.SolutionKind.MITIGATION,
        "proposal": "4711/4",
        "to": LEA,
        "contacted": ec.Role.LEADERSHIP,
        "from_level": 1,
        "cause": ec.Cause.OTHER,
        "production": False,
        "person": PAUL,
        "priority": ec.Priority.HIGH,
    }
    if isinstance(command, commands.CancelEscalation):
        others["reason"] = ec.CancelReason.WITHDRAWN
    names = [field.name for field in attrs.fields(type(command)) if field.name != "command_id"]
    return [attrs.evolve(command, **{name: others.get(name, "Something else")}) for name in names]


@pytest.mark.parametrize("kind", commands.COMMANDS)
def test_an_id_that_comes_with_other_content_is_refused(kind: type[commands.Command]) -> None:
    """Whatever the first command of this id was, and whatever field differs."""
    case = noted(reach(S.ACKNOWLEDGED), "key")
    sent = attrs.evolve(sample(kind, RITA), command_id="key")
    refused = PROCESS.check(case, sent, now=later(case))
    assert codes(refused) == {"command_id_reused"}
    assert refused[0].message == f"cannot {kind.action} as 'key': another command of this id made 4711/4"
    with pytest.raises(ec.CommandRefusedError) as raised:
        PROCESS.handle(case, sent, now=later(case), expected_version=1)
    assert codes(raised.value.refusals) == {"command_id_reused"}
    for other in variants(sent):
        assert digest_of(other) != digest_of(sent)


def test_what_a_command_says_has_one_digest_in_every_release() -> None:
    """These are stored: a digest that changes refuses what was sent before it changed."""
    assert digest_of(ACK) == "2d4059e18bf32dc9"
    assert digest_of(attrs.evolve(ACK, command_id="other")) == digest_of(ACK)
    assert digest_of(commands.Acknowledge(by=RITA)) is None
    to_a_role = commands.ReportSideChannelContact(by=RITA, contacted=ec.Role.DEVOPS, channel="chat", command_id="k")
    assert digest_of(to_a_role) != digest_of(attrs.evolve(to_a_role, contacted="DevOps"))


def test_a_case_remembers_its_last_commands_and_no_more() -> None:
    keys = [f"key-{n}" for n in range(REMEMBERED + 1)]
    start = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open").case
    case = noted(start, *keys[:-1])
    assert [event.command_id for event in case.remembered] == keys[:-1]
    case = noted(case, keys[-1])
    assert [event.command_id for event in case.remembered] == keys[1:]
    forgotten = commands.AddInternalNote(by=RITA, text="Another note", command_id=keys[0])
    assert not PROCESS.handle(case, forgotten, now=later(case)).repeated


def test_what_time_causes_has_no_id_and_is_not_remembered() -> None:
    case = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open").case
    outcome = PROCESS.due(case, now=T0 + HOUR)
    assert outcome.events
    assert not outcome.repeated
    assert outcome.case.remembered == case.remembered


def test_a_repeat_tells_no_subscriber_again() -> None:
    told: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on(events.Event, told.append)
    first = PROCESS.handle(opened(emergency()), ACK, now=T0)
    hooks.publish(first)
    report = hooks.publish(PROCESS.handle(first.case, ACK, now=T0))
    assert (report.delivered, report.failed, told) == ((), (), list(first.events))


def history() -> list[events.Event]:
    start = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open")
    return [*start.events, *PROCESS.handle(start.case, ACK, now=T0).events]


@pytest.mark.parametrize(
    "changes",
    [
        {"command_id": "open", "command_digest": history()[0].command_digest},
        {"command_id": "note"},
        {"command_id": "note", "command_digest": "0" * 16},
    ],
)
def test_a_history_in_which_a_command_was_done_twice_is_damaged(changes: dict[str, Any]) -> None:
    """A command makes one event, or two of two kinds, one right after the other."""
    note = commands.AddInternalNote(by=RITA, text="A note", command_id="note")
    noted_once = PROCESS.handle(PROCESS.replay(history()), note, now=T0).events[0]
    other = attrs.evolve(noted_once, version=5, command_id="other")
    assert PROCESS.replay([*history(), noted_once, other]).version == 5
    with pytest.raises(ec.ReplayError, match=r"^4711/5: the command '\w+' was done before"):
        PROCESS.replay([*history(), noted_once, attrs.evolve(other, **changes)])


@pytest.mark.parametrize("changes", [{"command_digest": None}, {"command_id": None}])
def test_an_event_has_an_id_and_a_digest_of_its_command_or_neither(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="command_digest: must be there exactly where there is a command_id, got"):
        attrs.evolve(history()[0], **changes)


def test_an_event_that_stands_in_a_case_is_brought_up_to_date_with_it() -> None:
    case = PROCESS.replay(history())
    document = codec.to_dict(case)
    document["data"]["remembered"][2]["type"] = "escalation.confirmed/1"
    document["digest"] = digest(document["data"])
    step = codec.Upcaster(source="escalation.confirmed/1", target="escalation.acknowledged/1", function=dict)
    assert codec.Codec(upcasters=(step,)).from_dict(document, ec.Case) == case
