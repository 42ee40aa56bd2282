"""A command that comes twice is done once, and one that only has the id of another is refused."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

import escalation_core as ec
from escalation_core import codec, commands, events
from escalation_core.case import REMEMBERED
from escalation_core.codec.documents import digest
from escalation_core.deduplication import digest_of
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, LEA, NINA, OTTO, PAUL, RITA, T0, emergency, later, opened, reach, sample
from support.examples import CLOCK, PROCESS, codes

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


@pytest.mark.parametrize("kind", COMMANDS)
def test_an_id_that_comes_with_other_content_is_refused(kind: type[commands.Command]) -> None:
    """Whatever the first command of this id was, and whatever field differs."""
    case = noted(reach(S.ACKNOWLEDGED), "key")
    by = ANA if kind in {commands.AcceptSolution, commands.RejectSolution} else RITA
    sent = attrs.evolve(sample(kind, by), command_id="key")
    refused = PROCESS.check(case, sent, now=later(case))
    assert codes(refused) == {"command_id_reused"}
    assert refused[0].message == f"cannot {kind.action} as 'key': another command of this id made 4711/4"
    with pytest.raises(ec.CommandRefusedError) as raised:
        PROCESS.handle(case, sent, now=later(case), expected_version=1)
    assert codes(raised.value.refusals) == {"command_id_reused"}
    for other in variants(sent):
        assert digest_of(other) != digest_of(sent)
    stranger = attrs.evolve(sent, by=CLOCK)
    assert "command_id_reused" not in codes(PROCESS.check(case, stranger, now=later(case)))
    with pytest.raises(ec.NotPermittedError):
        PROCESS.handle(case, stranger, now=later(case))


def test_what_a_command_says_has_one_digest_in_every_release() -> None:
    """These are stored: a digest that changes refuses what was sent before it changed."""
    assert digest_of(ACK) == "65171d83140ea88c"
    assert digest_of(attrs.evolve(ACK, command_id="other")) == digest_of(ACK)
    to_a_role = commands.ReportSideChannelContact(by=RITA, contacted=ec.Role.DEVOPS, channel="chat", command_id="k")
    assert digest_of(to_a_role) != digest_of(attrs.evolve(to_a_role, contacted="DevOps"))


DIGESTS: list[tuple[commands.Command, str]] = [
    (commands.PostUpdate(by=RITA, message="We are at it", command_id="k"), "c5e6074b78564cef"),
    (commands.ProposeSolution(by=RITA, summary="Restart it", command_id="k"), "ede6aab10f9a6496"),
    (commands.AddParticipant(by=RITA, person=NINA, command_id="k"), "7dc4631aa97db44a"),
    (commands.ReassignOwner(by=RITA, to=OTTO, command_id="k"), "0032edc0d869998d"),
]


@pytest.mark.parametrize(("command", "digest"), DIGESTS)
def test_a_digest_has_no_field_that_is_at_its_default(command: commands.Command, digest: str) -> None:
    """These are stored: a later release with one more field must take the stored command for the same."""
    case = reach(S.ACKNOWLEDGED)
    (event,) = PROCESS.handle(case, command, now=later(case)).events
    assert event.command_digest == digest


def test_a_record_of_the_sender_may_change_between_two_tries() -> None:
    first = PROCESS.handle(opened(emergency()), ACK, now=T0)
    moved = attrs.evolve(ACK, by=attrs.evolve(RITA, name="Rita R.", email="rita@desk.example"))
    assert PROCESS.handle(first.case, moved, now=T0).repeated
    other_role = attrs.evolve(ACK, by=attrs.evolve(RITA, role=ec.Role.SUPPORT_LEAD))
    assert digest_of(other_role) != digest_of(ACK)


class Word(StrEnum):
    HELLO = "hello"


def test_commands_that_are_equal_have_one_digest() -> None:
    said = commands.PostUpdate(by=RITA, message="hello", eta=T0, command_id="key")
    elsewhere = T0.astimezone(ZoneInfo("Asia/Tokyo"))
    same = commands.PostUpdate(by=RITA, message=Word.HELLO, eta=elsewhere, command_id="key")
    assert (same, digest_of(same)) == (said, digest_of(said))


def test_a_case_that_is_opened_again_is_the_same_only_with_the_same_description() -> None:
    first = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-1")
    case = PROCESS.handle(first.case, ACK, now=T0).case
    again = PROCESS.open(emergency(), by=ANA, now=T0 + HOUR, command_id="open-1", stored=case)
    assert (again.repeated, again.events, again.case) == (True, first.events, case)
    with pytest.raises(ec.CommandRefusedError, match="4711 was opened with another description") as raised:
        PROCESS.open(emergency(subject="Else"), by=ANA, now=T0, command_id="open-1", stored=case)
    assert codes(raised.value.refusals) == {"command_id_reused"}
    with pytest.raises(ec.IllegalTransitionError):
        PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-2", stored=case)


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


def notes(*keys: str) -> list[events.Event]:
    """Go on with a note for each id, and with an event of another kind where the id begins with a capital."""
    told = history()
    for key in keys:
        note = commands.AddInternalNote(by=RITA, text="A note", command_id=key.lower())
        event = attrs.evolve(PROCESS.handle(PROCESS.replay(history()), note, now=T0).events[0], version=len(told) + 1)
        if key[0].isupper():
            stamp = {field.name: getattr(event, field.name) for field in attrs.fields(events.Event)}
            told.append(events.ParticipantAdded(**stamp, person=OTTO))
        else:
            told.append(event)
    return told


def test_a_history_of_commands_that_were_done_once_is_sound() -> None:
    assert PROCESS.replay(notes("a", "b")).version == 5
    assert PROCESS.replay(notes("a", "A")).version == 5  # two kinds, one right after the other


@pytest.mark.parametrize("keys", [("a", "a"), ("a", "b", "A"), ("a", "A", "a"), ("a", "b", "a")])
def test_a_history_in_which_a_command_was_done_twice_is_damaged(keys: tuple[str, ...]) -> None:
    """A command makes one event, or two of two kinds, one right after the other."""
    with pytest.raises(ec.ReplayError, match=r"^4711/\d: the command '\w+' was done before"):
        PROCESS.replay(notes(*keys))


def test_the_second_event_of_a_command_says_the_same() -> None:
    *before, last = notes("a", "A")
    with pytest.raises(ec.ReplayError, match="was done before"):
        PROCESS.replay([*before, attrs.evolve(last, command_digest="0" * 16)])


Told = tuple[events.Event, ...]


def last(told: Told, **changes: Any) -> Told:  # noqa: ANN401  # fields of an event
    return (*told[:-1], attrs.evolve(told[-1], **changes))


IN_ORDER = "events up to version 5, oldest first"
ITS_OWN = "events of this case, from commands with an id"
STRANGE: list[tuple[Callable[[Told], Told], str]] = [
    (lambda told: told[::-1], IN_ORDER),
    (lambda told: last(told, version=6), IN_ORDER),
    (lambda told: (attrs.evolve(told[0], version=0), *told[1:]), IN_ORDER),
    (lambda told: last(told, case_id="x"), ITS_OWN),
    (lambda told: last(told, command_id=None, command_digest=None), ITS_OWN),
    (lambda told: last(told, command_id="open"), "of 16 commands at the most, each once"),
]


@pytest.mark.parametrize(("remembered", "message"), STRANGE)
def test_a_case_remembers_nothing_but_its_own_last_commands(remembered: Callable[[Told], Told], message: str) -> None:
    case = PROCESS.replay(notes("a", "b"))
    assert attrs.evolve(case, remembered=case.remembered[2:]) != case
    with pytest.raises(ValueError, match=f"remembered: must be {message}"):
        attrs.evolve(case, remembered=remembered(case.remembered))


def test_the_two_events_of_a_command_stand_right_after_each_other() -> None:
    case = PROCESS.replay(notes("a", "b"))
    first, second, *_ = case.remembered
    for apart in (attrs.evolve(second, version=3), attrs.evolve(second, command_digest="0" * 16)):
        with pytest.raises(ValueError, match=r"^remembered: must be of 16 commands at the most, each once"):
            attrs.evolve(case, remembered=(first, apart))


def test_a_case_remembers_no_more_commands_than_it_may() -> None:
    case = PROCESS.replay(notes(*(f"key-{n}" for n in range(20))))
    assert attrs.evolve(case) == case
    one_more = attrs.evolve(case.remembered[0], version=case.remembered[0].version - 1, command_id="more")
    with pytest.raises(ValueError, match=r"^remembered: must be of 16 commands at the most, each once, got 17"):
        attrs.evolve(case, remembered=(one_more, *case.remembered))


@pytest.mark.parametrize("changes", [{"command_digest": None}, {"command_id": None}])
def test_an_event_has_an_id_and_a_digest_of_its_command_or_neither(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="command_digest: must be there exactly where there is a command_id, got"):
        attrs.evolve(history()[0], **changes)


def test_an_event_that_stands_in_a_case_is_brought_up_to_date_with_it() -> None:
    case = PROCESS.replay(history())
    document = codec.to_dict(case)
    document["data"]["remembered"][2]["type"] = "escalation.confirmed/1"
    document["digest"] = digest(document["type"], document["data"])
    step = codec.Upcaster(source="escalation.confirmed/1", target="escalation.acknowledged/1", function=dict)
    assert codec.Codec(upcasters=(step,)).from_dict(document, ec.Case) == case
