"""A repeated command has no effect, and a different command with the same id is refused."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.case import REMEMBERED, Remembered
from escalation_core.deduplication import digest_of, remembering
from escalation_core.table import COMMANDS
from escalation_core.testing import (
    ANA,
    LEA,
    NINA,
    OTTO,
    PAUL,
    RITA,
    T0,
    emergency,
    later,
    opened,
    problem,
    reach,
    sample,
)
from support.examples import CLOCK, PROCESS, codes

S = ec.EscalationStatus
HOUR = timedelta(hours=1)
ACK = commands.Acknowledge(by=RITA, command_id="ack-1")


def noted(case: ec.Case, *keys: str) -> ec.Case:
    """Return the case with an internal note for each of these command ids."""
    for key in keys:
        note = commands.AddInternalNote(by=RITA, text=f"Note {key}", command_id=key)
        case = PROCESS.handle(case, note, now=later(case)).case
    return case


def test_a_repeated_command_returns_the_versions_of_its_events() -> None:
    first = PROCESS.handle(opened(emergency()), ACK, now=T0)
    again = PROCESS.handle(first.case, ACK, now=T0 + HOUR)
    assert (first.repeated, again.repeated) == ((), (3,))
    assert (again.case, again.events, again.notifications) == (first.case, (), ())


def test_a_repeat_is_recognized_in_any_status_and_at_any_time() -> None:
    case = noted(reach(S.STARTED), "other")
    version = case.version + 1
    case = PROCESS.handle(case, ACK, now=later(case)).case
    for command in (commands.ProposeSolution(by=OTTO, summary="Restart"), commands.AcceptSolution(by=ANA)):
        case = PROCESS.handle(case, command, now=later(case)).case
    for now in (T0 - HOUR, later(case)):
        assert PROCESS.check(case, ACK, now=now) == ()
        again = PROCESS.handle(case, ACK, now=now, expected_version=2)
        assert (again.repeated, again.case) == ((version,), case)


def test_a_repeat_names_all_events_of_its_command_in_order() -> None:
    start = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-1")
    assert PROCESS.open(start.case, by=ANA, now=T0 + HOUR, command_id="open-1").repeated == (1, 2)
    assert PROCESS.handle(start.case, commands.OpenCase(by=ANA, command_id="open-1"), now=T0).repeated == (1, 2)
    with pytest.raises(ec.CommandRefusedError, match="another command with this id made 4711/1"):
        PROCESS.handle(start.case, commands.OpenCase(by=RITA, command_id="open-1"), now=T0)
    cancel = commands.CancelEscalation(
        by=LEA, reason=ec.CancelReason.MISUSE, explanation="A regular bug", command_id="cancel-1"
    )
    canceled = PROCESS.handle(start.case, cancel, now=T0)
    assert [type(event) for event in canceled.events] == [events.EscalationCanceled, events.CaseReclassified]
    assert PROCESS.handle(canceled.case, cancel, now=T0).repeated == (3, 4)
    with pytest.raises(ec.CommandRefusedError, match="another command with this id made 4711/3"):
        PROCESS.handle(canceled.case, commands.OpenCase(by=ANA, command_id="cancel-1"), now=T0)


def test_a_command_without_an_id_is_never_a_repeat() -> None:
    post = commands.PostUpdate(by=RITA, message="We are at it")
    case = reach(S.ACKNOWLEDGED)
    once = PROCESS.handle(case, post, now=later(case)).case
    twice = PROCESS.handle(once, post, now=later(once))
    assert (twice.repeated, twice.case.version, twice.case.remembered) == ((), case.version + 2, ())


def variants(command: commands.Command) -> list[commands.Command]:
    """Return copies of a command, each with one changed field."""
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


def digest_in_an_emergency(command: commands.Command) -> str:
    return digest_of(command, emergency())


@pytest.mark.parametrize("kind", COMMANDS)
def test_an_id_with_other_content_is_refused(kind: type[commands.Command]) -> None:
    """The second command may have another class, or a difference in any field."""
    case = noted(reach(S.ACKNOWLEDGED), "key")
    by = ANA if kind in {commands.AcceptSolution, commands.RejectSolution} else RITA
    sent = attrs.evolve(sample(kind, by), command_id="key")
    refused = PROCESS.check(case, sent, now=later(case))
    assert codes(refused) == {"command_id_reused"}
    assert refused[0].message == f"cannot {kind.action} under the id 'key': another command with this id made 4711/4"
    with pytest.raises(ec.CommandRefusedError) as raised:
        PROCESS.handle(case, sent, now=later(case), expected_version=1)
    assert codes(raised.value.refusals) == {"command_id_reused"}
    for other in variants(sent):
        assert digest_in_an_emergency(other) != digest_in_an_emergency(sent)
    stranger = attrs.evolve(sent, by=CLOCK)
    assert "command_id_reused" not in codes(PROCESS.check(case, stranger, now=later(case)))
    with pytest.raises(ec.NotPermittedError):
        PROCESS.handle(case, stranger, now=later(case))


def test_a_command_has_the_same_digest_in_every_release() -> None:
    """Digests are stored, so a changed digest would refuse the repeat of an earlier command."""
    assert digest_in_an_emergency(ACK) == "65171d83140ea88c"
    assert digest_in_an_emergency(attrs.evolve(ACK, command_id="other")) == digest_in_an_emergency(ACK)
    assert digest_of(ACK, problem()) == digest_in_an_emergency(ACK)
    opening = commands.OpenCase(by=ANA)
    assert (digest_in_an_emergency(opening), digest_of(opening, problem())) == ("0b8a7279d028935f", "0b8a72797640abe0")


DIGESTS: list[tuple[commands.Command, str]] = [
    (commands.PostUpdate(by=RITA, message="We are at it", command_id="k"), "c5e6074b78564cef"),
    (commands.ProposeSolution(by=RITA, summary="Restart it", command_id="k"), "ede6aab10f9a6496"),
    (commands.AddParticipant(by=RITA, person=NINA, command_id="k"), "df1cb9b1c5153dcb"),
    (commands.ReassignOwner(by=RITA, to=OTTO, command_id="k"), "ce0d2cc890a1878b"),
]


@pytest.mark.parametrize(("command", "digest"), DIGESTS)
def test_a_digest_covers_no_field_at_its_default(command: commands.Command, digest: str) -> None:
    """A later release with one more field must recognize a repeat of a stored command."""
    case = reach(S.ACKNOWLEDGED)
    (event,) = PROCESS.handle(case, command, now=later(case)).events
    assert event.command_digest == digest


def test_the_digest_of_an_opening_covers_the_description() -> None:
    opening, case = commands.OpenCase(by=ANA), emergency(related=("1",))
    assert digest_of(opening, case) == digest_of(opening, attrs.evolve(case, tracking_id=None))
    changes: dict[str, Any] = {
        "id": "4712",
        "customer": "Customer C",
        "requester": attrs.evolve(ANA, id="anna"),
        "participants": (ANA,),
        "kind": ec.CaseKind.SECURITY,
        "risk": ec.Risk.SECURITY,
        "production": not case.production,
        "subject": "Else",
        "description": "Else",
        "partner": "Partner C",
        "related": ("1", "2"),
        "additional_contact": attrs.evolve(PAUL, id="pia"),
        "known_bug_due": T0,
        "earlier_misuses": 3,
        "tracking_id": "x",
    }
    digests = {digest_of(opening, attrs.evolve(case, **{name: value})) for name, value in changes.items()}
    assert len(digests | {digest_of(opening, case)}) == len(changes) + 1


def test_a_repeat_may_have_a_changed_record_of_its_sender() -> None:
    first = PROCESS.handle(opened(emergency()), ACK, now=T0)
    moved = attrs.evolve(ACK, by=attrs.evolve(RITA, name="Rita R.", email="rita@desk.example"))
    assert PROCESS.handle(first.case, moved, now=T0).repeated
    other_role = attrs.evolve(ACK, by=attrs.evolve(RITA, role=ec.Role.SUPPORT_LEAD))
    assert digest_in_an_emergency(other_role) != digest_in_an_emergency(ACK)


class Word(StrEnum):
    HELLO = "hello"


def test_equal_commands_have_the_same_digest() -> None:
    plain = commands.PostUpdate(by=RITA, message="hello", eta=T0, command_id="key")
    elsewhere = T0.astimezone(ZoneInfo("Asia/Tokyo"))
    same = commands.PostUpdate(by=RITA, message=Word.HELLO, eta=elsewhere, command_id="key")
    assert (same, digest_in_an_emergency(same)) == (plain, digest_in_an_emergency(plain))


def test_a_contacted_role_and_its_name_have_different_digests() -> None:
    role = commands.ReportSideChannelContact(by=RITA, contacted=ec.Role.DEVOPS, channel="chat")
    assert digest_in_an_emergency(role) != digest_in_an_emergency(attrs.evolve(role, contacted=ec.Role.DEVOPS.value))


def test_a_second_opening_is_a_repeat_only_with_the_same_description() -> None:
    first = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-1")
    case = PROCESS.handle(first.case, ACK, now=T0).case
    again = PROCESS.open(emergency(), by=ANA, now=T0 + HOUR, command_id="open-1", stored=case)
    assert (again.repeated, again.events, again.case) == ((1, 2), (), case)
    for other in (emergency(subject="Else"), case):
        with pytest.raises(ec.CommandRefusedError, match="another command with this id made 4711/1") as raised:
            PROCESS.open(other, by=ANA, now=T0, command_id="open-1", stored=case)
        assert codes(raised.value.refusals) == {"command_id_reused"}
    assert first.events[0].command_digest == digest_in_an_emergency(commands.OpenCase(by=ANA))
    with pytest.raises(ec.IllegalTransitionError):
        PROCESS.open(emergency(), by=ANA, now=T0, command_id="open-2", stored=case)


def test_a_case_remembers_its_last_commands_and_no_more() -> None:
    keys = [f"key-{n}" for n in range(REMEMBERED + 1)]
    start = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open").case
    case = noted(start, *keys[:-1])
    assert [entry.command_id for entry in case.remembered] == keys[:-1]
    case = noted(case, keys[-1])
    assert [entry.command_id for entry in case.remembered] == keys[1:]
    forgotten = commands.AddInternalNote(by=RITA, text="Another note", command_id=keys[0])
    assert not PROCESS.handle(case, forgotten, now=later(case)).repeated


def test_an_event_caused_by_time_is_not_remembered() -> None:
    case = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open").case
    outcome = PROCESS.due(case, now=T0 + HOUR)
    assert outcome.events
    assert not outcome.repeated
    assert outcome.case.remembered == case.remembered


def test_a_repeat_is_not_published_again() -> None:
    published: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on(events.Event, published.append)
    first = PROCESS.handle(opened(emergency()), ACK, now=T0)
    hooks.publish(first)
    report = hooks.publish(PROCESS.handle(first.case, ACK, now=T0))
    assert (report.delivered, report.failed, published) == ((), (), list(first.events))


def recorded(case: ec.Case, *keys: str) -> tuple[events.Event, ...]:
    """Return the events that notes with these command ids add to the case."""
    found: list[events.Event] = []
    for key in keys:
        note = commands.AddInternalNote(by=RITA, text=f"Note {key}", command_id=key)
        outcome = PROCESS.handle(case, note, now=later(case))
        case = outcome.case
        found += outcome.events
    return tuple(found)


KEYS = tuple(f"key-{n}" for n in range(REMEMBERED + 3))
NOTES = recorded(opened(emergency()), *KEYS)
LONG = noted(opened(emergency()), *KEYS)
OLD = commands.AddInternalNote(by=RITA, text="Note key-0", command_id="key-0")


def test_an_old_repeat_is_recognized_by_its_recorded_events() -> None:
    assert not PROCESS.handle(LONG, OLD, now=later(LONG)).repeated
    again = PROCESS.handle(LONG, OLD, now=T0, expected_version=1, recorded=iter(NOTES[:1]))
    assert again == ec.Outcome(case=LONG, events=(), notifications=(), repeated=(NOTES[0].version,))
    assert PROCESS.check(LONG, OLD, now=T0, recorded=NOTES[:1]) == ()


def test_recorded_events_of_another_command_refuse_the_id() -> None:
    other = attrs.evolve(OLD, text="Another note")
    message = (
        f"cannot add an internal note to a case under the id 'key-0': another command with this id made {NOTES[0].id}"
    )
    with pytest.raises(ec.CommandRefusedError, match=message):
        PROCESS.handle(LONG, other, now=later(LONG), recorded=NOTES[:1])
    assert codes(PROCESS.check(LONG, other, now=later(LONG), recorded=NOTES[:1])) == {"command_id_reused"}
    later_on = attrs.evolve(NOTES[1], command_id="key-0", command_digest=digest_in_an_emergency(other))
    assert PROCESS.handle(LONG, other, now=T0, recorded=(NOTES[0], later_on)).repeated == (later_on.version,)


def test_an_old_opening_is_recognized_by_its_recorded_events() -> None:
    start = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open")
    case = noted(start.case, *KEYS)
    again = partial(PROCESS.open, by=ANA, now=T0, command_id="open", recorded=start.events)
    assert again(emergency(), stored=case).repeated == (1, 2)
    with pytest.raises(ec.CommandRefusedError, match="another command with this id made 4711/1"):
        again(emergency(subject="Else"), stored=case)
    with pytest.raises(ValueError, match="recorded: must be events up to version 0, got 1"):
        again(emergency())


def test_recorded_events_are_ignored_if_the_case_remembers_the_id() -> None:
    misleading = attrs.evolve(NOTES[-1], version=1, command_digest="0" * 16)
    last = commands.AddInternalNote(by=RITA, text=f"Note {KEYS[-1]}", command_id=KEYS[-1])
    assert PROCESS.handle(LONG, last, now=T0, recorded=[misleading]).repeated == (NOTES[-1].version,)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (3, TypeError, "events of this library, got 3"),
        ([3], TypeError, "events of this library, got 3"),
        ([attrs.evolve(NOTES[0], case_id="x")], ValueError, "events of case '4711', got 'x'"),
        (NOTES[1:2], ValueError, "events of command 'key-0', got 'key-1'"),
        ([attrs.evolve(NOTES[0], version=99)], ValueError, "events up to version 21, got 99"),
    ],
)
def test_recorded_events_that_cannot_be_of_the_command_are_refused(
    given: Any,  # noqa: ANN401
    error: type[Exception],
    message: str,
) -> None:
    for ask in (PROCESS.handle, PROCESS.check):
        with pytest.raises(error, match=f"^recorded: must be {message}"):
            ask(LONG, OLD, now=later(LONG), recorded=given)


def test_a_command_without_an_id_has_no_recorded_events() -> None:
    plain = attrs.evolve(NOTES[0], command_id=None, command_digest=None)
    for events_given in (NOTES[:1], (plain,)):
        with pytest.raises(ValueError, match=r"^recorded: must be events of command None, got"):
            PROCESS.check(LONG, attrs.evolve(OLD, command_id=None), now=later(LONG), recorded=events_given)


def history() -> list[events.Event]:
    start = PROCESS.open(emergency(), by=ANA, now=T0, command_id="open")
    return [*start.events, *PROCESS.handle(start.case, ACK, now=T0).events]


def extended(*notes: str) -> list[events.Event]:
    """Return a history with one internal note for each of these command ids at its end."""
    start = history()
    note = recorded(PROCESS.replay(start), "any")[0]
    return start + [attrs.evolve(note, version=len(start) + n, command_id=key) for n, key in enumerate(notes, start=1)]


def test_a_history_without_repeated_commands_is_replayed() -> None:
    case = PROCESS.replay(extended("a", "b"))
    assert [(entry.command_id, entry.first_version, entry.last_version) for entry in case.remembered] == [
        ("open", 1, 2),
        ("ack-1", 3, 3),
        ("a", 4, 4),
        ("b", 5, 5),
    ]
    assert [entry.digest for entry in case.remembered[:2]] == [
        digest_in_an_emergency(commands.OpenCase(by=ANA)),
        digest_in_an_emergency(ACK),
    ]


@pytest.mark.parametrize("keys", [("a", "a"), ("a", "b", "a"), ("open",), ("ack-1",)])
def test_a_history_with_a_repeated_command_is_refused(keys: tuple[str, ...]) -> None:
    with pytest.raises(ec.ReplayError, match=r"^4711/\d: the command '[\w-]+' was accepted before"):
        PROCESS.replay(extended(*keys))


def test_two_events_of_a_command_are_adjacent_and_share_a_digest() -> None:
    opening, start, ack = history()
    with pytest.raises(ec.ReplayError, match="4711/2: the command 'open' was accepted before"):
        PROCESS.replay([opening, attrs.evolve(start, command_digest="0" * 16)])
    remembered = PROCESS.replay([opening, start]).remembered
    forged = attrs.evolve(start, version=3)
    with pytest.raises(ec.ReplayError, match="4711/3: the command 'open' was accepted before"):
        remembering(attrs.evolve(opened(emergency()), version=3, remembered=remembered), forged)
    apart = attrs.evolve(remembered[0], last_version=1)
    with pytest.raises(ec.ReplayError, match="4711/3: the command 'open' was accepted before"):
        remembering(attrs.evolve(opened(emergency()), version=3, remembered=(apart,)), forged)
    assert ack.command_id == "ack-1"


Entries = tuple[Remembered, ...]


def changed(entries: Entries, **changes: Any) -> Entries:  # noqa: ANN401  # fields of an entry
    return (*entries[:-1], attrs.evolve(entries[-1], **changes))


IN_ORDER = "commands whose versions go up, at most to 5, got"


STRANGE: list[tuple[Callable[[Entries], Entries], str]] = [
    (lambda entries: entries[::-1], rf"{IN_ORDER} \(4, 4\)"),
    (lambda entries: changed(entries, last_version=6), rf"{IN_ORDER} \(5, 6\)"),
    (lambda entries: changed(entries, first_version=4), rf"{IN_ORDER} \(4, 5\)"),
    (lambda entries: changed(entries, last_version=4), rf"{IN_ORDER} \(5, 4\)"),
    (lambda entries: (attrs.evolve(entries[0], first_version=0), *entries[1:]), rf"{IN_ORDER} \(0, 2\)"),
    (lambda entries: changed(entries, command_id="open"), "at most 16 commands, each once, got 4"),
]


@pytest.mark.parametrize(("remembered", "message"), STRANGE)
def test_a_case_refuses_invalid_remembered_commands(remembered: Callable[[Entries], Entries], message: str) -> None:
    case = PROCESS.replay(extended("a", "b"))
    assert attrs.evolve(case, remembered=case.remembered[2:]) != case
    with pytest.raises(ValueError, match=f"^remembered: must be {message}"):
        attrs.evolve(case, remembered=remembered(case.remembered))


def test_a_case_refuses_too_many_remembered_commands() -> None:
    case = PROCESS.replay(extended(*(f"key-{n}" for n in range(20))))
    assert attrs.evolve(case) == case
    version = case.remembered[0].first_version - 1
    one_more = attrs.evolve(case.remembered[0], first_version=version, last_version=version, command_id="more")
    with pytest.raises(ValueError, match=r"^remembered: must be at most 16 commands, each once, got 17"):
        attrs.evolve(case, remembered=(one_more, *case.remembered))


@pytest.mark.parametrize("wrong", [None, 3, "0" * 15, "0" * 17, "G" * 16])
def test_a_remembered_command_needs_a_valid_digest(wrong: Any) -> None:  # noqa: ANN401
    with pytest.raises((TypeError, ValueError), match=r"^digest: must be (a str|16 hexadecimal digits), got"):
        Remembered(command_id="a", digest=wrong, first_version=1, last_version=1)


@pytest.mark.parametrize("changes", [{"command_digest": None}, {"command_id": None}])
def test_an_event_has_both_command_id_and_digest_or_neither(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="command_digest: must be set if and only if there is a command_id, got"):
        attrs.evolve(history()[0], **changes)
