"""The example desk loses no event or notification, sends no mail twice, and plays its story."""

import gzip
import hashlib
import importlib
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.interchange import ocel, xes
from support.event_logs import REAL_LOG

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana")
RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita")
CASE = ec.Case(
    id="1",
    customer="Customer A",
    requester=ANA,
    type=ec.CaseType.EMERGENCY,
    impact=ec.BusinessImpact.P1,
    subject="Down",
)


def _modules(*names: str) -> list[Any]:
    """Import scripts as modules."""
    examples = str(ROOT / "docs/examples")
    sys.path.insert(0, examples)
    try:
        return [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(examples)


desk_py, host_py = _modules("desk", "host")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Any]:
    with host_py.Desk(tmp_path) as desk:
        yield desk


def _mails(directory: Path) -> list[Path]:
    return sorted((directory / "Maildir/new").iterdir())


def test_the_story_prints_events_notifications_and_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk_py.main(["story", "--dir", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    for line in (
        "Ana        EscalationStarted - 3-4 weeks? We go live on Monday.",
        "notified Ana, Paul: escalation_acknowledged",
        "role_not_permitted: cannot acknowledge an escalation as customer",
        "answer_pending: cannot close an escalation that is SOLUTION PROPOSED",
        "proposal_not_pending: cannot answer the proposal 4711/14, which is rejected",
        "Paul       SolutionRejected - The hotfix breaks our tax module.",
        "notified Ana: escalation_canceled_to_requester",
        "a known bug with a committed date",
        "case 4711 (emergency, priority high) is CLOSED, its escalation CLOSED, settled; equal to the replay",
        "case 4712 (problem, priority low) is DIAGNOSIS, its escalation CANCELED, settled; equal to the replay",
        f"in {tmp_path / 'Maildir/new'}",
        "Automation AcknowledgementOverdue - rung 1, due Wed 04 Mar 08:15\n      notified Lea: acknowledgement_overdue",
        "Automation AcknowledgementOverdue - rung 2, due Wed 04 Mar 08:30",
        "Automation UpdateOverdue - due Wed 04 Mar 11:00\n      notified Rita: update_overdue",
        "Rita       UpdatePostponed - We go on at nine tomorrow.",
        "case 4711: acknowledged after 0:40:00, updates kept 3 of 5, longest silence 15:30:00",
        "case 4711: missed the update that was due Wed 04 Mar 11:00",
    ):
        assert line in printed
    evaluating = "notified Max, partner manager team, customer success manager team, development team: stakeholders_"
    assert printed.count(f"{evaluating}evaluate") == 2, "Max takes part in both cases"
    assert "NOT EQUAL" not in printed


def test_every_notification_of_the_story_is_a_valid_mail(tmp_path: Path) -> None:
    desk_py.main(["story", "--dir", str(tmp_path)])
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in _mails(tmp_path)]
    with host_py.Desk(tmp_path) as desk:
        assert len(mails) == desk.count("outbox") == len(list(desk.outbox()))
    assert not any(mail.defects for mail in mails)
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    assert {mail["From"] for mail in mails} == {"support@desk.example"}
    assert {"Paul <paul@partner.example>", "development team <development@desk.example>"} <= {m["To"] for m in mails}
    assert "Emergency CANCELED - Case ID: 4712 - Customer: Customer A" in {mail["Subject"] for mail in mails}


def test_a_second_story_in_one_directory_is_refused(tmp_path: Path) -> None:
    desk_py.main(["story", "--dir", str(tmp_path)])
    before = [path.read_bytes() for path in _mails(tmp_path)]
    with pytest.raises(SystemExit, match="2"):
        desk_py.main(["story", "--dir", str(tmp_path)])
    assert [path.read_bytes() for path in _mails(tmp_path)] == before


def test_a_mail_is_written_only_by_deliver_and_only_once(tmp_path: Path, desk: Any) -> None:  # noqa: ANN401
    desk.open(CASE, by=ANA, now=NOW)
    assert _mails(tmp_path) == []
    waiting = desk.count("outbox")
    assert desk.deliver() == waiting > 0
    assert desk.deliver() == 0
    assert len(_mails(tmp_path)) == desk.mails() == waiting


def test_a_mail_has_the_same_file_after_a_second_delivery(
    tmp_path: Path,
    desk: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The desk crashes within a batch: mails are written, but the outbox does not mark them as delivered."""
    notifications = desk.open(CASE, by=ANA, now=NOW).notifications
    write, written = host_py.Desk._write_mail, list[ec.Notification]()  # noqa: SLF001  # the place of the crash

    def write_two(self: object, notification: ec.Notification) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(notification)
        write(self, notification)

    monkeypatch.setattr(host_py.Desk, "_write_mail", write_two)
    with pytest.raises(KeyboardInterrupt):
        desk.deliver()
    assert len(_mails(tmp_path)) == 2
    monkeypatch.undo()
    assert desk.deliver() == len(notifications)
    names = sorted(hashlib.sha256(notification.id.encode()).hexdigest() for notification in notifications)
    assert [path.name for path in _mails(tmp_path)] == names


def test_a_crash_between_commit_and_delivery_loses_nothing(tmp_path: Path) -> None:
    with host_py.Desk(tmp_path) as desk:
        notifications = desk.open(CASE, by=ANA, now=NOW).notifications
    assert _mails(tmp_path) == []
    with host_py.Desk(tmp_path) as desk:
        assert desk.deliver() == len(notifications)
    assert len(_mails(tmp_path)) == len(notifications)


def test_a_writer_with_a_stale_version_is_refused(tmp_path: Path) -> None:
    with host_py.Desk(tmp_path) as one, host_py.Desk(tmp_path) as other:
        read = one.open(CASE, by=ANA, now=NOW).case
        assert other.find("1") == read
        first = one.process.handle(read, commands.Acknowledge(by=RITA), now=NOW)
        misuse = commands.CancelEscalation(by=RITA, reason=ec.CancelReason.MISUSE, explanation="No.")
        second = other.process.handle(read, misuse, now=NOW)
        one.commit(first)
        before = (other.count("events"), other.count("outbox"))
        with pytest.raises(host_py.StaleCaseError, match="case 1 is not at version 2 any more"):
            other.commit(second)
        assert (one.count("events"), one.count("outbox")) == before
        assert one.find("1") == other.find("1") == first.case


def test_a_second_opening_of_a_case_is_refused(desk: Any) -> None:  # noqa: ANN401
    outcome = desk.process.open(CASE, by=ANA, now=NOW)
    desk.commit(outcome)
    with pytest.raises(host_py.StaleCaseError, match="case 1 is not at version 0 any more"):
        desk.commit(outcome)
    with pytest.raises(ec.IllegalTransitionError, match="cannot open a case that is RECEIVED"):
        desk.open(CASE, by=ANA, now=NOW)
    assert desk.count("events") == 2


def test_a_repeated_command_is_stored_and_published_once(desk: Any) -> None:  # noqa: ANN401
    published: list[events.Event] = []
    desk.hooks.on(events.Event, published.append)
    acknowledge = commands.Acknowledge(by=RITA, command_id="ack-1")
    start = desk.open(CASE, by=ANA, now=NOW, command_id="open-1")
    done = desk.send("1", acknowledge, now=NOW)
    assert desk.open(CASE, by=ANA, now=NOW, command_id="open-1").repeated
    again = desk.send("1", acknowledge, now=NOW)
    assert (again.repeated, again.events) == ((done.events[0].version,), ())
    assert (published, done.case) == ([*start.events, *done.events], desk.find("1"))
    assert (desk.count("events"), desk.find("1").version) == (3, 3)
    with pytest.raises(ec.CommandRefusedError, match="another command with this id made 1/3"):
        desk.send("1", commands.PostUpdate(by=RITA, message="We are at it", command_id="ack-1"), now=NOW)


def test_a_repeated_command_is_recognized_after_many_others(desk: Any) -> None:  # noqa: ANN401
    desk.open(CASE, by=ANA, now=NOW, command_id="open-1")
    notes = [commands.AddInternalNote(by=RITA, text=f"Note {n}", command_id=f"note-{n}") for n in range(20)]
    for note in notes:
        desk.send("1", note, now=NOW)
    case = desk.find("1")
    assert not {"open-1", "note-0"} & {entry.command_id for entry in case.remembered}
    assert desk.send("1", notes[0], now=NOW).repeated == (3,)
    assert desk.open(CASE, by=ANA, now=NOW, command_id="open-1").repeated == (1, 2)
    assert (desk.find("1"), desk.count("events")) == (case, 22)
    with pytest.raises(ec.CommandRefusedError, match="another command with this id made 1/3"):
        desk.send("1", commands.PostUpdate(by=RITA, message="We are at it", command_id="note-0"), now=NOW)


def test_a_refused_command_writes_nothing(desk: Any) -> None:  # noqa: ANN401
    opened = desk.open(CASE, by=ANA, now=NOW)
    with pytest.raises(ec.NotPermittedError):
        desk.send("1", commands.Acknowledge(by=ANA), now=NOW)
    assert desk.find("1") == opened.case
    assert (desk.count("events"), desk.count("outbox")) == (len(opened.events), len(opened.notifications))


@pytest.fixture
def started(desk: Any) -> ec.Case:  # noqa: ANN401
    case: ec.Case = desk.open(CASE, by=ANA, now=NOW).case
    return case


def test_a_tick_stores_what_is_due_only_once(desk: Any, started: ec.Case) -> None:  # noqa: ANN401
    first = NOW + timedelta(minutes=15)
    assert desk.next_due() == desk.due(started.id) == first
    before = (desk.count("events"), desk.count("outbox"))
    assert desk.tick(now=first - timedelta.resolution) == 0
    assert (desk.count("events"), desk.count("outbox")) == before
    assert desk.tick(now=first) == 1
    assert desk.tick(now=first) == 0
    assert (desk.count("events"), desk.count("outbox")) == (before[0] + 1, before[1] + 1)
    assert desk.next_due() == NOW + timedelta(minutes=30)
    assert desk.find(started.id) == desk.process.replay(next(desk.histories()))


def test_the_next_tick_is_exact_to_the_microsecond(desk: Any) -> None:  # noqa: ANN401
    opened_at = NOW + timedelta(microseconds=654_321)
    desk.open(CASE, by=ANA, now=opened_at)
    due = opened_at + timedelta(minutes=15)
    assert desk.next_due() == desk.due("1") == due
    assert desk.tick(now=due - timedelta.resolution) == 0
    assert desk.tick(now=due) == 1


def test_a_tick_after_a_long_stop_sends_one_reminder_for_each_case(tmp_path: Path) -> None:
    with host_py.Desk(tmp_path) as desk:
        for number in range(5):
            desk.open(attrs.evolve(CASE, id=str(number)), by=ANA, now=NOW)
        before = desk.count("events")
    with host_py.Desk(tmp_path) as desk:
        assert desk.tick(now=NOW + timedelta(days=9)) == 5
        assert desk.count("events") == before + 5
        assert desk.next_due() is None


def test_a_tick_ignores_an_acknowledged_case(desk: Any, started: ec.Case) -> None:  # noqa: ANN401
    desk.send(started.id, commands.Acknowledge(by=RITA), now=NOW + timedelta(minutes=14))
    assert desk.tick(now=NOW + timedelta(minutes=70)) == 0


def test_a_tick_reads_a_case_again_that_changed_meanwhile(
    tmp_path: Path,
    desk: Any,  # noqa: ANN401
    started: ec.Case,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody adds a note after the tick has read the case, and before the tick writes it."""
    note = commands.AddInternalNote(by=RITA, text="I am on the phone with her")
    commit, now = host_py.Desk.commit, NOW + timedelta(minutes=20)

    def too_late(self: object, outcome: ec.Outcome) -> None:
        monkeypatch.setattr(host_py.Desk, "commit", commit)
        with host_py.Desk(tmp_path) as other:
            other.send(started.id, note, now=now)
        commit(self, outcome)

    monkeypatch.setattr(host_py.Desk, "commit", too_late)
    assert desk.tick(now=now) == 1
    kinds = [type(event).__name__ for event in next(desk.histories())]
    assert kinds == ["CaseOpened", "EscalationStarted", "InternalNoteAdded", "AcknowledgementOverdue"]


def test_a_tick_finds_due_cases_by_an_index(desk: Any, started: ec.Case) -> None:  # noqa: ANN401
    assert started.version
    statements: list[str] = []
    desk._db.set_trace_callback(statements.append)  # noqa: SLF001  # the desk's own statements
    desk.tick(now=NOW)
    desk._db.set_trace_callback(None)  # noqa: SLF001
    (statement,) = statements
    plan = " ".join(row[3] for row in desk._db.execute(f"explain query plan {statement}"))  # noqa: SLF001
    assert "USING INDEX due (next_due<?)" in plan
    assert "SCAN" not in plan


def test_send_names_an_unknown_case(desk: Any) -> None:  # noqa: ANN401
    with pytest.raises(LookupError, match="there is no case '2'"):
        desk.send("2", commands.Acknowledge(by=RITA), now=NOW)


def test_a_failing_hook_is_logged_and_the_commit_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: events.EscalationStarted) -> None:
        raise RuntimeError("no line")

    hooks = ec.Hooks()
    hooks.on(events.EscalationStarted, fail, name="pager")
    with host_py.Desk(tmp_path, hooks=hooks) as desk:
        assert desk.open(CASE, by=ANA, now=NOW).case == desk.find("1")
    assert "hook pager on 1/2" in caplog.text


@pytest.fixture
def desk_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the database of a desk that has played the story."""
    desk_py.main(["story", "--dir", str(tmp_path)])
    capsys.readouterr()
    return tmp_path / "desk.sqlite"


def test_verify_accepts_an_undamaged_database(desk_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk_py.main(["verify", str(desk_file)]) == 0
    assert capsys.readouterr().out.endswith("notifications: no problems\n")


DAMAGES = {
    "update cases set state = replace(state, 'Volume', 'volume') where id = '4711'": (
        "case 4711: its snapshot is damaged: $.digest"
    ),
    "update cases set state = (select state from cases where id = '4712') where id = '4711'": (
        "case 4711: its snapshot differs from its events"
    ),
    "update cases set next_due = 1 where id = '4712'": "4712: its column version or next_due differs from its events",
    "update events set body = replace(body, 'Rita', 'Rosa') where version = 7": "event 4711/7: $.digest: ",
    "delete from events where case_id = '4711' and version = 9": (
        "case 4711: its history is damaged: version: the next event must be 4711/9, got 4711/10"
    ),
    "delete from cases where id = '4712'": "case 4712: it has events but no snapshot",
    "update outbox set body = (select body from outbox where rowid = 2) where rowid = 1": (
        "notification 4711/1/ana/case_opened: its id is 4711/1/paul/case_opened"
    ),
    "update outbox set body = '{' where rowid = 2": "notification 4711/1/paul/case_opened: $: text: must be JSON",
}


def test_verify_names_every_damage(desk_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for statement, problem in DAMAGES.items():
        damaged = desk_file.parent / "damaged"
        damaged.mkdir(exist_ok=True)
        copy = damaged / "desk.sqlite"
        copy.write_bytes(desk_file.read_bytes())
        with closing(host_py.sqlite3.connect(copy)) as database, database:
            database.execute(statement)
        assert desk_py.main(["verify", str(copy)]) == 1, statement
        assert problem in capsys.readouterr().out, statement
    with closing(host_py.sqlite3.connect(desk_file)) as database, database:
        for statement in list(DAMAGES)[4:]:
            database.execute(statement)
    desk_py.main(["verify", str(desk_file)])
    printed = capsys.readouterr().out
    assert [problem for problem in list(DAMAGES.values())[4:] if problem not in printed] == []


def test_verify_refuses_a_file_that_is_not_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.sqlite").write_text("no database, but long enough to be taken for one" * 100)
    for name in ("nothing.sqlite", "text.sqlite"):
        assert desk_py.main(["verify", str(tmp_path / name)]) == 1
        assert f"{name} is not the database of a desk" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["text.sqlite"]


def test_an_unreadable_case_does_not_delay_other_cases(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with host_py.Desk(tmp_path) as desk:
        for number in range(3):
            desk.open(attrs.evolve(CASE, id=str(number)), by=ANA, now=NOW)
        with closing(host_py.sqlite3.connect(tmp_path / "desk.sqlite")) as database, database:
            database.execute("update cases set state = '{' where id <> '2'")
            database.execute("update events set body = '{' where case_id = '1'")
        assert desk.tick(now=NOW + timedelta(minutes=15)) == 2
        assert desk.find("0").version == 3
    assert "case 0 is rebuilt from its events" in caplog.text
    assert "case 1 cannot be read" in caplog.text


@pytest.mark.parametrize(
    "damage",
    [
        "update events set body = '{' where case_id = '1' and version = 2",
        "delete from events where case_id = '1' and version = 1",
        "delete from events where case_id = '1'",
        "update events set body = (select body from events where case_id = '0' and version = 2) where case_id = '1'",
    ],
)
def test_a_damaged_history_does_not_stop_a_tick(tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str) -> None:
    with host_py.Desk(tmp_path) as desk:
        for number in range(3):
            desk.open(attrs.evolve(CASE, id=str(number)), by=ANA, now=NOW)
        with closing(host_py.sqlite3.connect(tmp_path / "desk.sqlite")) as database, database:
            database.execute("update cases set state = '{' where id = '1'")
            database.execute(damage)
        assert desk.tick(now=NOW + timedelta(minutes=15)) == 2
        assert [desk.find(case_id).version for case_id in ("0", "2")] == [3, 3]
    assert "case 1 cannot be read" in caplog.text


def test_every_mail_of_a_long_outbox_is_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_py, "BATCH", 3)
    with host_py.Desk(tmp_path) as desk:
        for number in (5, 3, 9, 1, 7):  # so notifications are not in the order of their ids
            desk.open(attrs.evolve(CASE, id=str(number)), by=ANA, now=NOW)
        waiting = desk.count("outbox")
        assert waiting > 3 * 3
        assert desk.deliver() == waiting == desk.mails()
        assert desk.deliver() == 0


def test_an_undeliverable_mail_does_not_delay_later_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(host_py, "BATCH", 3)
    with host_py.Desk(tmp_path) as desk:
        for number in (5, 3, 9, 1, 7):
            desk.open(attrs.evolve(CASE, id=str(number)), by=ANA, now=NOW)
        waiting = desk.count("outbox")
        with closing(host_py.sqlite3.connect(tmp_path / "desk.sqlite")) as database, database:
            database.execute("update outbox set body = '{' where rowid in (2, 3, 4, 5, 6, 7)")
        assert desk.deliver() == waiting - 6 == desk.mails()
        assert desk.deliver() == 0
    assert caplog.text.count("cannot be delivered") == 2 * 6


def test_verify_names_every_damaged_event_of_a_case(desk_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(host_py.sqlite3.connect(desk_file)) as database, database:
        database.execute("update events set body = '{' where case_id = '4711' and version in (3, 4, 9)")
        database.execute("update events set body = '{' where case_id = '4712' and version = 2")
    assert desk_py.main(["verify", str(desk_file)]) == 1
    printed = capsys.readouterr().out
    named = [line.partition(": ")[0] for line in printed.splitlines() if line.startswith("event ")]
    assert named == ["event 4711/3", "event 4711/4", "event 4711/9", "event 4712/2"]


def test_verify_reads_a_copy_with_another_name(desk_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = desk_file.parent / "copy" / "backup.sqlite"
    copy.parent.mkdir()
    copy.write_bytes(desk_file.read_bytes())
    assert desk_py.main(["verify", str(copy)]) == 0
    assert capsys.readouterr().out.startswith("2 cases, 36 events, ")
    assert not (copy.parent / "Maildir").exists()


@pytest.mark.parametrize("name", ["log.xes", "log.json", "log.jsonocel"])
def test_export_writes_the_format_of_the_file_ending(
    desk_file: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = desk_file.parent / name
    assert desk_py.main(["export", str(file), "--dir", str(desk_file.parent)]) == 0
    assert capsys.readouterr().out == f"2 cases, 36 events: {file}\n"
    with host_py.Desk(desk_file.parent) as desk:
        pieces = xes.export(desk.histories()) if name == "log.xes" else ocel.export(desk.histories)
        assert file.read_text(encoding="ascii") == "".join(pieces)


def test_export_refuses_an_unknown_ending_and_a_missing_desk(
    desk_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted(desk_file.parent.iterdir())
    assert desk_py.main(["export", str(desk_file.parent / "log.csv"), "--dir", str(desk_file.parent)]) == 1
    assert "file: must end in .xes, .json, .jsonocel, got" in capsys.readouterr().err
    nowhere = desk_file.parent / "nowhere"
    assert desk_py.main(["export", str(desk_file.parent / "log.xes"), "--dir", str(nowhere)]) == 1
    assert f"--dir: must be the directory of a desk, got {nowhere}" in capsys.readouterr().err
    assert sorted(desk_file.parent.iterdir()) == files


@pytest.mark.parametrize("name", ["log.xes", "log.json"])
def test_export_of_a_damaged_desk_keeps_the_earlier_file(
    desk_file: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = desk_file.parent / name
    desk_py.main(["export", str(file), "--dir", str(desk_file.parent)])
    before = file.read_bytes()
    with closing(host_py.sqlite3.connect(desk_file)) as database, database:
        database.execute("delete from events where case_id = '4712' and version = 2")
    assert desk_py.main(["export", str(file), "--dir", str(desk_file.parent)]) == 1
    assert "desk.py: version: the next event must be 4712/2, got 4712/3" in capsys.readouterr().err
    assert file.read_bytes() == before
    desk_file.write_text("no database, but long enough to be taken for one" * 100)
    assert desk_py.main(["export", str(file), "--dir", str(desk_file.parent)]) == 1
    assert "desk.py: file is not a database" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"", "line 1: columns number, "), (b"number,incident_state\n", "line 1: columns priority, ")],
)
def test_replay_names_the_missing_column_of_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, complaint: str
) -> None:
    log = tmp_path / "log.csv.gz"
    log.write_bytes(gzip.compress(content))
    assert desk_py.main(["replay", str(log), "--dir", str(tmp_path / "desk")]) == 1
    assert complaint in capsys.readouterr().err


def test_replay_runs_what_is_due_at_the_instant_of_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An emergency is acknowledged an hour after its start, when the last rung of its ladder is due."""
    lines = (
        "number,incident_state,priority,caller_id,opened_by,opened_at,sys_updated_by,sys_updated_at,problem_id,category",
        "INC1,New,1 - Critical,Caller 1,Opened by 1,2/3/2026 09:00,Updated by 1,2/3/2026 09:00,?,Crash",
        "INC1,Active,1 - Critical,Caller 1,Opened by 1,2/3/2026 09:00,Updated by 1,2/3/2026 10:00,?,Crash",
    )
    log = tmp_path / "log.csv.gz"
    log.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert desk_py.main(["replay", str(log), "--dir", str(tmp_path / "desk")]) == 0
    with host_py.Desk(tmp_path / "desk") as desk:
        (history,) = desk.histories()
    overdue = [event.due_at for event in history if isinstance(event, events.AcknowledgementOverdue)]
    assert overdue == [NOW + timedelta(minutes=minutes) for minutes in (15, 30, 60)]
    assert "3  AcknowledgementOverdue" in capsys.readouterr().out


def test_replay_accepts_a_confirmed_solution_and_counts_refusals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The caller of the first incident confirms; the second is closed after silence, which the policy refuses."""
    lines = [
        "number,incident_state,priority,caller_id,opened_by,opened_at,sys_updated_by,sys_updated_at,problem_id,category"
    ]
    for number, by in (("INC1", "Updated by 1"), ("INC2", "Updated by 908")):
        for hour, state in enumerate(("New", "Active", "Resolved", "Closed"), start=9):
            when = f"2/3/2026 {hour:02}:00"
            lines.append(f"{number},{state},1 - Critical,Caller 1,Opened by 1,2/3/2026 09:00,{by},{when},?,Crash")
    log = tmp_path / "log.csv.gz"
    log.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert desk_py.main(["replay", str(log), "--dir", str(tmp_path / "desk")]) == 0
    with host_py.Desk(tmp_path / "desk") as desk:
        first, second = desk.cases()
    assert first.escalation.status is ec.EscalationStatus.CLOSED
    assert second.escalation.status is ec.EscalationStatus.SOLUTION_PROPOSED
    printed = capsys.readouterr().out
    assert "     1  answer_pending  CloseEscalation" in printed
    assert "yes  cases equal to the replay of their events = cases: 2 = 2" in printed


def test_the_help_of_the_desk_says_what_each_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        desk_py.main(["--help"])
    assert "check the whole database of a desk and print each problem" in " ".join(capsys.readouterr().out.split())


def test_replay_refuses_a_file_that_is_missing_or_not_gzipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text("number\n")
    for name in ("log.csv", "nowhere.csv.gz"):
        assert desk_py.main(["replay", str(tmp_path / name), "--dir", str(tmp_path / f"desk of {name}")]) == 1
    errors = capsys.readouterr().err
    assert "Not a gzipped file" in errors
    assert "nowhere.csv.gz" in errors


@pytest.mark.thorough
@pytest.mark.skipif(not REAL_LOG.exists(), reason=f"the ServiceNow log is not part of this repository: no {REAL_LOG}")
def test_replay_of_a_real_log_loses_no_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    emitted = 0
    assert desk_py.main(["replay", str(REAL_LOG), "--dir", str(tmp_path)]) == 0
    with host_py.Desk(tmp_path) as desk:
        for case, history in zip(desk.cases(), desk.histories(), strict=True):
            assert desk.process.replay(history) == case
            assert len(history) == case.version
            emitted += len(history)
        assert emitted == desk.count("events")
        assert desk.mails() == desk.count("outbox") == len({notification.id for notification in desk.outbox()})
        started = sum(isinstance(e, events.EscalationStarted) for history in desk.histories() for e in history)
        assert started == desk.count("cases") == 352
    printed = capsys.readouterr().out
    assert "rows read                3181" in printed
    assert "emergencies               352" in printed
    assert "acknowledgements overdue (within one hour)" in printed
    assert "330  rows by 'Updated by 908'" in printed
    assert "answer_pending  CloseEscalation" in printed
    assert f"yes  events stored = events emitted: {emitted} = {emitted}" in printed
    assert "NO " not in printed.rpartition("Nothing is lost")[2]
