"""Desks with one typical mistake each, which the suite must find."""

import json
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import evolve
from host import Desk, StaleCaseError

import escalation_core as ec
from escalation_core import codec, commands
from escalation_core.events import Event


class KeepsEverythingInMemory(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        on_disk, self._db = self._db, sqlite3.connect(":memory:")
        on_disk.backup(self._db)
        on_disk.close()


class SharesItsMemory(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        on_disk, self._db = self._db, sqlite3.connect(f"file:{directory.name}?mode=memory&cache=shared", uri=True)
        if not self._db.execute("select 1 from sqlite_master").fetchone():
            on_disk.backup(self._db)
        on_disk.close()


class CommitsEveryStatement(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        self._db.isolation_level = None


class StoresHalfAnOutcome(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        super()._write(evolve(outcome, events=outcome.events[:1]))


class StoresAnOldCase(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        row = self._db.execute("select state from cases where id = ?", (outcome.case.id,)).fetchone()
        super()._write(outcome)
        if row is not None:
            self._db.execute("update cases set state = ? where id = ?", (*row, outcome.case.id))


class ForgetsTheOutbox(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        super()._write(evolve(outcome, notifications=()))


class DropsNotificationsToRoles(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        known = tuple(one for one in outcome.notifications if isinstance(one.to, ec.Person))
        super()._write(evolve(outcome, notifications=known))


class ChangesNotifications(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        changed = tuple(evolve(one, at=one.at + timedelta(hours=1)) for one in outcome.notifications)
        super()._write(evolve(outcome, notifications=changed))


class WritesTheOutboxAfterTheCommit(Desk):
    def commit(self, outcome: ec.Outcome) -> None:
        super().commit(evolve(outcome, notifications=()))
        if not outcome.repeated:
            _write_outbox(self._db, outcome)


class ContinuesAfterItsCrash(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        super()._write(evolve(outcome, notifications=()))

    def _publish(self, outcome: ec.Outcome) -> None:
        try:
            _write_outbox(self._db, outcome)
        except BaseException:  # noqa: BLE001  # the mistake: a crashed process cannot retry
            _write_outbox(self._db, outcome)
        super()._publish(outcome)


def _write_outbox(db: sqlite3.Connection, outcome: ec.Outcome) -> None:
    with db:
        rows = [(notification.id, codec.to_json(notification)) for notification in outcome.notifications]
        db.executemany("insert into outbox (id, body) values (?, ?)", rows)


class SendsBeforeTheCommit(Desk):
    def commit(self, outcome: ec.Outcome) -> None:
        for notification in outcome.notifications:
            self._write_mail(notification)
        super().commit(outcome)


class SendsWithinTheCommand(Desk):
    def _publish(self, outcome: ec.Outcome) -> None:
        for notification in outcome.notifications:
            self._write_mail(notification)
        super()._publish(outcome)


class RollsBackIfMailFails(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        super()._write(outcome)
        for notification in outcome.notifications:
            self._write_mail(notification)

    def commit(self, outcome: ec.Outcome) -> None:
        with suppress(OSError):
            super().commit(outcome)


class MarksBeforeItSends(Desk):
    def deliver(self) -> int:
        rows = self._db.execute("select id, body from outbox where delivered = 0").fetchall()
        with self._db:
            self._db.executemany("update outbox set delivered = 1 where id = ?", [(key,) for key, _ in rows])
        return sum(self._is_written(key, body) for key, body in rows)


class NeverMarks(Desk):
    def deliver(self) -> int:
        rows = self._db.execute("select id, body from outbox").fetchall()
        return sum(self._is_written(key, body) for key, body in rows)


class DropsUndeliverableMails(Desk):
    def _is_written(self, key: str, body: str) -> bool:
        super()._is_written(key, body)
        return True


class GivesUp(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        self._attempts = Counter[str]()

    def _is_written(self, key: str, body: str) -> bool:
        self._attempts[key] += 1
        return super()._is_written(key, body) or self._attempts[key] == 5


class StopsAtTheFirstUndeliverableMail(Desk):
    def _is_written(self, key: str, body: str) -> bool:
        self._write_mail(codec.from_json(body, ec.Notification))
        return bool(key)


class NewMessageIdForEachAttempt(Desk):
    def _write_mail(self, notification: ec.Notification) -> Path:
        return _with_message_id(super()._write_mail(notification), f"<{uuid4()}@desk.example>")


class OneMessageIdForEachCase(Desk):
    def _write_mail(self, notification: ec.Notification) -> Path:
        return _with_message_id(super()._write_mail(notification), f"<{notification.case_id}@desk.example>")


def _with_message_id(path: Path, message_id: str) -> Path:
    mail = message_from_bytes(path.read_bytes())
    mail.replace_header("Message-ID", message_id)
    path.write_bytes(bytes(mail))
    return path


class PublishesBeforeTheCommit(Desk):
    def commit(self, outcome: ec.Outcome) -> None:
        self._publish(outcome)
        super().commit(outcome)


class NeverPublishes(Desk):
    def _publish(self, outcome: ec.Outcome) -> None:
        pass


class PublishesWithinTheTransaction(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        super()._write(outcome)
        self.hooks.publish(outcome).raise_if_failed()

    def _publish(self, outcome: ec.Outcome) -> None:
        pass


class RollsBackIfAHookFails(PublishesWithinTheTransaction):
    def commit(self, outcome: ec.Outcome) -> None:
        with suppress(ExceptionGroup):
            super().commit(outcome)


class WritesTheOutboxAfterTheHooks(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        super()._write(evolve(outcome, notifications=()))

    def _publish(self, outcome: ec.Outcome) -> None:
        with suppress(ExceptionGroup):
            self.hooks.publish(outcome).raise_if_failed()
            _write_outbox(self._db, outcome)


class RaisesTheErrorsOfHooks(Desk):
    def _publish(self, outcome: ec.Outcome) -> None:
        self.hooks.publish(outcome).raise_if_failed()


class StopsAtTheFirstFailedHook(Desk):
    def _publish(self, outcome: ec.Outcome) -> None:
        for event in outcome.events:
            if self.hooks.publish(evolve(outcome, events=(event,))).failed:
                return


class LosesTheIdsOfCommands(Desk):
    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        return super().send(case_id, evolve(command, command_id=None), now=now)


def _events_again(desk: Desk, outcome: ec.Outcome) -> tuple[Event, ...]:
    """Return the events of an outcome, or those that it repeats."""
    repeated = {(outcome.case.id, version) for version in outcome.repeated}
    stored = (event for history in desk.histories() for event in history)
    return tuple(event for event in stored if (event.case_id, event.version) in repeated) or outcome.events


class StoresRepeatsAgain(Desk):
    def commit(self, outcome: ec.Outcome) -> None:
        super().commit(evolve(outcome, events=_events_again(self, outcome), repeated=()))


class PublishesRepeatsAgain(Desk):
    def commit(self, outcome: ec.Outcome) -> None:
        if outcome.repeated:
            self._publish(evolve(outcome, events=_events_again(self, outcome), repeated=()))
        super().commit(outcome)


class NotifiesOfRepeatsAgain(Desk):
    def commit(self, outcome: ec.Outcome) -> None:
        if outcome.repeated:
            with self._db:
                ids = [(f"{outcome.case.id}/{version}/%",) for version in outcome.repeated]
                self._db.executemany("update outbox set delivered = 0 where id like ?", ids)
        super().commit(outcome)


class OpensWithoutReading(Desk):
    def open(self, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str | None = None) -> ec.Outcome:
        outcome = self.process.open(case, by=by, now=now, command_id=command_id)
        self.commit(outcome)
        return outcome


class RemembersTheIdBeforeTheCommit(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        self._db.execute("create table if not exists seen (id text primary key)")

    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        statement = "insert into seen values (?) on conflict do nothing"
        with self._db:
            is_new = self._db.execute(statement, (command.command_id,)).rowcount == 1
        return super().send(case_id, command, now=now) if is_new else _without_effect(self, case_id)


class ComparesTheIdAlone(Desk):
    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        remembered = _without_effect(self, case_id).case.remembered
        if any(event.command_id == command.command_id for event in remembered):
            return _without_effect(self, case_id)
        return super().send(case_id, command, now=now)


class IgnoresTheVersion(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        """Restore the stored version that the outcome expects, so that the write succeeds."""
        read, case_id = outcome.events[0].version - 1, outcome.case.id
        if self.ignores(outcome):
            self._db.execute("update cases set version = ? where id = ?", (read, case_id))
            self._db.execute("delete from cases where id = ? and version = 0", (case_id,))
            self._db.execute("delete from events where case_id = ? and version > ?", (case_id, read))
            self._db.executemany("delete from outbox where id like ?", [(f"{event.id}/%",) for event in outcome.events])
        super()._write(outcome)

    def ignores(self, outcome: ec.Outcome) -> bool:  # noqa: ARG002  # subclasses use it
        return True


class IgnoresTheVersionAtTheOpening(IgnoresTheVersion):
    def ignores(self, outcome: ec.Outcome) -> bool:
        return outcome.events[0].version == 1


class IgnoresTheVersionInATick(IgnoresTheVersion):
    def ignores(self, outcome: ec.Outcome) -> bool:
        return _is_by_automation(outcome)


class IgnoresChangesByATick(IgnoresTheVersion):
    def ignores(self, outcome: ec.Outcome) -> bool:
        statement = "select body from events where case_id = ? order by version desc limit 1"
        row = self._db.execute(statement, (outcome.case.id,)).fetchone()
        return row is not None and codec.from_json(row[0], Event).by.role is ec.Role.AUTOMATION


class ComparesTheVersionTooLate(IgnoresTheVersion):
    """A desk that compares the version with one that it reads only after the decision of the process."""

    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        self._file = directory / "desk.sqlite"
        self._found = 0

    def commit(self, outcome: ec.Outcome) -> None:
        with closing(sqlite3.connect(self._file)) as unmarked:
            row = unmarked.execute("select version from cases where id = ?", (outcome.case.id,)).fetchone()
        self._found = row[0] if row else 0
        super().commit(outcome)

    def ignores(self, outcome: ec.Outcome) -> bool:
        return not _is_by_automation(outcome) and self.has_the_found_version(outcome)

    def has_the_found_version(self, outcome: ec.Outcome) -> bool:
        """Compare and lock in one statement, as the desk does."""
        statement = "update cases set version = version where id = ? and version = ?"
        return self._db.execute(statement, (outcome.case.id, self._found)).rowcount == 1


class ComparesTheVersionTooLateInATick(ComparesTheVersionTooLate):
    def ignores(self, outcome: ec.Outcome) -> bool:
        return _is_by_automation(outcome) and self.has_the_found_version(outcome)


def _is_by_automation(outcome: ec.Outcome) -> bool:
    return outcome.events[0].by.role is ec.Role.AUTOMATION


class NeverReadsAgain(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        self._known: dict[str, ec.Case] = {}

    def find(self, case_id: str) -> ec.Case | None:
        found = self._known.get(case_id) or super().find(case_id)
        if found is not None:
            self._known[case_id] = found
        return found

    def commit(self, outcome: ec.Outcome) -> None:
        super().commit(outcome)
        self._known[outcome.case.id] = outcome.case


class SwallowsRefusals(Desk):
    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        try:
            return super().send(case_id, command, now=now)
        except ec.CommandRefusedError:
            return _without_effect(self, case_id)


class StoresRefusedCases(Desk):
    def open(self, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str | None = None) -> ec.Outcome:
        try:
            return super().open(case, by=by, now=now, command_id=command_id)
        except ec.CommandRefusedError:
            with self._db:
                state = json.dumps(codec.to_snapshot(case))
                self._db.execute("insert into cases values (?, 0, null, ?)", (case.id, state))
            raise


class NotifiesOfRefusals(Desk):
    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        try:
            return super().send(case_id, command, now=now)
        except ec.CommandRefusedError:
            body = self._db.execute("select body from outbox").fetchone()[0]
            self._write_mail(evolve(codec.from_json(body, ec.Notification), event_id=f"{case_id}/99"))
            raise


class DoesNotStoreATick(Desk):
    def tick(self, *, now: datetime) -> int:
        return sum(bool(self.process.due(case, now=now).events) for case in self.cases())


class SendsRemindersWithEveryTick(Desk):
    def tick(self, *, now: datetime) -> int:
        found = [one for case in self.cases() for one in self.process.due(case, now=now).notifications]
        for notification in found:
            self._write_mail(notification)
        return len(found)


class RepeatsRemindersWithEveryTick(Desk):
    def tick(self, *, now: datetime) -> int:
        with self._db:
            self._db.execute("update outbox set delivered = 0 where id like '%overdue%'")
        return super().tick(now=now)


class FindsOnlyWhatIsDueExactlyNow(Desk):
    def tick(self, *, now: datetime) -> int:
        cases = [case for case in self.cases() if self.due(case.id) == now]
        return sum(self._tick(case.id, now) for case in cases)


class TicksOnlyOneCase(Desk):
    def tick(self, *, now: datetime) -> int:
        waiting = [case for case in self.cases() if (due := self.due(case.id)) is not None and due <= now]
        return sum(self._tick(case.id, now) for case in waiting[:1])


class StoresNextDueOnlyAtTheOpening(Desk):
    def _write(self, outcome: ec.Outcome) -> None:
        due = self._db.execute("select next_due from cases where id = ?", (outcome.case.id,)).fetchone()
        super()._write(outcome)
        if due == (None,):
            self._db.execute("update cases set next_due = null where id = ?", (outcome.case.id,))


class RoundsTime(Desk):
    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        return super().send(case_id, command, now=now + timedelta(microseconds=-now.microsecond % 1000))


class DropsTheZone(Desk):
    def open(self, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str | None = None) -> ec.Outcome:
        return super().open(case, by=by, now=now.replace(tzinfo=UTC), command_id=command_id)


class TreatsCommandsWithoutIdAsRepeats(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        self._db.execute("create table if not exists seen (id text)")

    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        if command.command_id is None:
            with self._db:
                seen = self._db.execute("select 1 from seen where id is null").fetchone()
                self._db.execute("insert into seen values (null)")
            if seen:
                return _without_effect(self, case_id)
        return super().send(case_id, command, now=now)


class OpensWithoutComparing(Desk):
    def open(self, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str | None = None) -> ec.Outcome:
        stored = self.find(case.id)
        outcome = self.process.open(case if stored is None else stored, by=by, now=now, command_id=command_id)
        self.commit(outcome)
        return outcome


class MailsAllAgainAfterARestart(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        with self._db:
            self._db.execute("update outbox set delivered = 0")


class PublishesAllAgainAfterARestart(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        for history in self.histories():
            case = self.process.replay(history)
            self.hooks.publish(ec.Outcome(case=case, events=history, notifications=()))


class MarksAllNotificationsOfOneEvent(Desk):
    def _is_written(self, key: str, body: str) -> bool:
        if not super()._is_written(key, body):
            return False
        with self._db:
            event_id = codec.from_json(body, ec.Notification).event_id
            self._db.execute("update outbox set delivered = 1 where id like ?", (f"{event_id}%",))
        return True


class MarksTheWholeOutbox(Desk):
    def deliver(self) -> int:
        rows = self._db.execute("select id, body from outbox where delivered = 0").fetchall()
        failed = [key for key, body in rows if not self._is_written(key, body)]
        with self._db:
            self._db.execute("update outbox set delivered = 1")
            self._db.executemany("update outbox set delivered = 0 where id = ?", [(key,) for key in failed])
        return len(rows) - len(failed)


class RepairsInTwoTransactions(Desk):
    def deliver(self) -> int:
        with self._db:
            self._db.execute("update outbox set delivered = 2 where delivered = 0")
        rows = self._db.execute("select id, body from outbox where delivered = 2").fetchall()
        written = [(key,) for key, body in rows if self._is_written(key, body)]
        with self._db:
            self._db.executemany("update outbox set delivered = 1 where id = ?", written)
            self._db.execute("update outbox set delivered = 0 where delivered = 2")
        return len(written)

    def recover(self) -> None:
        rows = self._db.execute("select id, body from outbox where delivered = 2").fetchall()
        with self._db:
            self._db.execute("delete from outbox where delivered = 2")
        with self._db:
            self._db.executemany("insert into outbox (id, body) values (?, ?)", rows)


class RetriesWithoutReadingAgain(Desk):
    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        case = self.find(case_id)
        assert case is not None
        while True:
            outcome = self.process.handle(case, command, now=now)
            with suppress(StaleCaseError):
                self.commit(outcome)
                return outcome


class HidesConflicts(Desk):
    def commit(self, outcome: ec.Outcome) -> None:
        with suppress(StaleCaseError):
            super().commit(outcome)


class PublishesAllAgainIfOneFails(Desk):
    def _publish(self, outcome: ec.Outcome) -> None:
        if self.hooks.publish(outcome).failed:
            self.hooks.publish(outcome)


class StopsATickIfAHookFails(Desk):
    def tick(self, *, now: datetime) -> int:
        with suppress(ExceptionGroup):
            return super().tick(now=now)
        return 0

    def _publish(self, outcome: ec.Outcome) -> None:
        failed = self.hooks.publish(outcome).failed
        if failed and _is_by_automation(outcome):
            raise ExceptionGroup("hooks failed", [failure.error for failure in failed])


class CannotStartAfterACrash(Desk):
    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        with self._db:
            self._db.execute("create table if not exists running (id integer primary key)")
            self._db.execute("insert into running values (1)")

    def commit(self, outcome: ec.Outcome) -> None:
        super().commit(outcome)
        with self._db:
            self._db.execute("delete from running")


class CannotReadTheCase(Desk):
    def find(self, case_id: str) -> ec.Case | None:
        case = super().find(case_id)
        if case is not None and case.version > 4:
            raise LookupError("case 4711 cannot be found")
        return case


class RefusesForAnotherReason(Desk):
    def send(self, case_id: str, command: commands.Command, *, now: datetime) -> ec.Outcome:
        try:
            return super().send(case_id, command, now=now)
        except ec.CommandRefusedError as error:
            refusal = ec.Refusal(code="invalid", message="this is not possible")
            raise ec.CommandRefusedError((refusal,), error.command, error.status, error.allowed) from error


class CountsClaimedMailsAsDelivered(Desk):
    """A desk that claims mails, and counts mails as delivered if another delivery has claimed them."""

    def __init__(self, directory: Path, **parts: Any) -> None:  # noqa: ANN401  # of a desk
        super().__init__(directory, **parts)
        with self._db:
            self._db.execute("update outbox set delivered = 0 where delivered = 2")

    def deliver(self) -> int:
        with self._db:
            self._db.execute("update outbox set delivered = iif(delivered = 2, 1, 2) where delivered <> 1")
        delivered = 0
        for key, body in self._db.execute("select id, body from outbox where delivered = 2").fetchall():
            (state,) = self._db.execute("select delivered from outbox where id = ?", (key,)).fetchone()
            if state == 2:  # otherwise the other delivery has counted the mail as delivered
                is_written = self._is_written(key, body)
                delivered += is_written
                with self._db:
                    self._db.execute("update outbox set delivered = ? where id = ?", (int(is_written), key))
        return delivered


def _without_effect(desk: Desk, case_id: str) -> ec.Outcome:
    case = desk.find(case_id)
    assert case is not None
    return ec.Outcome(case=case, events=(), notifications=())
