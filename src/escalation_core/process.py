"""The process: the outcome of a command on a case at a time, and of the deadlines that have passed.

Rule 1: it reads no clock, opens no file and keeps no state, so the same call returns an equal result.
Rule 2: a refused command changes nothing and emits nothing.
Rule 3: the host stores and delivers. It commits the outcome first, then publishes it.
"""

from collections.abc import Iterable
from datetime import datetime

import attrs
from attrs import NOTHING, field, fields

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.checks import a, must_be, utc
from escalation_core.commands import Command
from escalation_core.errors import (
    CommandRefusedError,
    IllegalTransitionError,
    NotPermittedError,
    Refusal,
    RefusalCode,
    StaleVersionError,
)
from escalation_core.events.base import Event
from escalation_core.fast import maker
from escalation_core.notifications.notification import Notification
from escalation_core.notifications.notify import notify
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.replay import replay
from escalation_core.steps.frame import decide, due, evolve, next_due
from escalation_core.steps.rows import Events, Refusals, refuse
from escalation_core.table import COMMANDS
from escalation_core.values import Value, frozen
from escalation_core.verdict import Verdict, allowed, judge, may


@frozen(kw_only=True)
class Outcome(Value):
    """The result of one step. Store case, events and notifications in one transaction, then publish and deliver."""

    case: Case  #: The case after the events.
    events: tuple[Event, ...]  #: Oldest first.
    notifications: tuple[Notification, ...]  #: In the order of the events.
    repeated: tuple[int, ...] = ()  #: The versions of the events that the command repeats; ``()`` for a new command. A
    #: repeat has no events and no notifications: there is nothing to store and nothing to publish.

    def __repr__(self) -> str:
        """Return the ids of events and the number of notifications, in place of their fields."""
        happened = ", ".join(f"{event.id} {type(event).__name__}" for event in self.events)
        repeated = f", repeats versions {self.repeated}" if self.repeated else ""
        return (
            f"Outcome(case {self.case.id} at version {self.case.version}, events: {happened or 'none'}, "
            f"notifications: {len(self.notifications)}{repeated})"
        )


_make_outcome = maker(Outcome)

#: The commands that require no field but ``by``. An option of such a command has the same refusals as ``check``.
_BARE = frozenset(
    command for command in COMMANDS if all(f.name == "by" or f.default is not NOTHING for f in fields(command))
)

_PERMISSION = {RefusalCode.ROLE_NOT_PERMITTED, RefusalCode.NOT_A_PARTICIPANT, RefusalCode.ROLE_MISMATCH}
_TRANSITION = {
    RefusalCode.ILLEGAL_TRANSITION,
    RefusalCode.NO_ESCALATION,
    RefusalCode.ESCALATION_EXISTS,
    RefusalCode.CASE_NOT_OPENED,
}


@frozen(kw_only=True)
class Option(Value):
    """Whether one person could send one class of commands now."""

    command: type[Command]
    refusals: tuple[Refusal, ...]  #: The unmet rules; ``()`` if the command is allowed.

    @property
    def allowed(self) -> bool:
        """Whether this command would be accepted, apart from errors in its own fields."""
        return not self.refusals


@attrs.frozen(kw_only=True)
class Process:
    """The documented escalation process under one policy."""

    policy: Policy = field(factory=Policy, validator=a(Policy))

    def open(
        self,
        case: Case,
        *,
        by: Person,
        now: datetime,
        command_id: str | None = None,
        stored: Case | None = None,
        recorded: Iterable[Event] = (),
    ) -> Outcome:
        """Return the outcome of opening a case. An emergency case starts its escalation in the same step.

        Args:
            case: as the host describes it, at version 0.
            by: the person who opens it: a participant, or a rep on their behalf.
            now: an aware instant.
            command_id: the host's key of this command, which makes it idempotent.
            stored: the stored case with this id; None if there is none. A stored case cannot be opened again, so the
                command is refused unless it repeats the opening of that case, with the same description.
            recorded: the stored events of this ``command_id``; see ``handle``.

        Raises:
            CommandRefusedError: a rule is not met; the case is not opened.
            TypeError, ValueError: an argument has the wrong type, ``now`` is naive, or ``recorded`` is wrong.
        """
        now, command = utc("now", now), commands.OpenCase(by=by, command_id=command_id)
        at, described = (case, None) if stored is None else (stored, case)
        return self._done(at, command, now, judge(self.policy, at, command, now, recorded, described))

    def handle(
        self,
        case: Case,
        command: Command,
        *,
        now: datetime,
        expected_version: int | None = None,
        recorded: Iterable[Event] = (),
    ) -> Outcome:
        """Return the outcome of a command, if every rule accepts it.

        Commands with an id are idempotent: if the case or ``recorded`` shows that the command was accepted before, the
        outcome has the unchanged case and, in ``repeated``, the versions of the earlier events. This holds at any time,
        in any status and for any ``expected_version``.

        Args:
            case: as the host stored it; it is not changed.
            command: the request.
            now: an aware instant, not before the last event of the case.
            expected_version: the version that the sender saw; None compares nothing.
            recorded: the stored events of this ``command_id``, of this case up to its version. They are used if the
                case does not remember the id, so that a repeat of any age is recognized.

        Raises:
            StaleVersionError: the case is not at ``expected_version``.
            NotPermittedError: this person may not send the command.
            IllegalTransitionError: the table has no such move.
            CommandRefusedError: another rule is not met, or another command with this ``command_id`` was accepted.
            TypeError, ValueError: an argument has the wrong type, ``now`` is naive, or ``recorded`` is wrong.
        """
        now = utc("now", now)
        refusals, repeated = judge(self.policy, case, command, now, recorded)
        if expected_version is not None:
            if type(expected_version) is not int:
                raise TypeError(must_be("expected_version", "an int", expected_version))
            if expected_version != case.version and not repeated:
                message = f"expected_version: case {case.id} is at version {case.version}, not at {expected_version}"
                refusals = (*refuse(RefusalCode.STALE_VERSION, message), *refusals)
        return self._done(case, command, now, (refusals, repeated))

    def check(
        self, case: Case, command: Command, *, now: datetime, recorded: Iterable[Event] = ()
    ) -> tuple[Refusal, ...]:
        """Return every unmet rule of a command; ``()`` means that ``handle`` would accept it.

        Args:
            case: as the host stored it.
            command: the request.
            now: an aware instant.
            recorded: the stored events of this ``command_id``; see ``handle``.

        Raises:
            TypeError, ValueError: an argument has the wrong type, ``now`` is naive, or ``recorded`` is wrong.
        """
        refusals, _ = judge(self.policy, case, command, utc("now", now), recorded)
        return refusals

    def options(self, case: Case, *, by: Person, now: datetime) -> tuple[Option, ...]:
        """Return for every class of commands, in the order of the process table, whether this person could send it.

        The fields of a command, such as the id of a proposal, can still be refused. The host's own rules are checked
        only for commands that require no field but ``by``.

        Raises:
            TypeError, ValueError: an argument has the wrong type, or ``now`` is naive.
        """
        if not isinstance(case, Case):
            raise TypeError(must_be("case", "a Case", case))
        if not isinstance(by, Person):
            raise TypeError(must_be("by", "a Person", by))
        now = utc("now", now)
        return tuple(self._option(case, command, by, now) for command in COMMANDS)

    def next_due(self, case: Case) -> datetime | None:
        """Return the instant from which ``due`` returns an event, in constant time; None if no reminder follows.

        The instant depends on the case alone, so a host can store it beside the case, in a column with an index.
        """
        if not isinstance(case, Case):
            raise TypeError(must_be("case", "a Case", case))
        return next_due(case)

    def due(self, case: Case, *, now: datetime) -> Outcome:
        """Return the outcome of all reminders that are due at ``now``. It has no events if nothing is due.

        Args:
            case: as the host stored it; it is not changed.
            now: an aware instant. One before the last event of the case yields no events.

        Raises:
            TypeError, ValueError: an argument has the wrong type, or ``now`` is naive.
        """
        if not isinstance(case, Case):
            raise TypeError(must_be("case", "a Case", case))
        return self._outcome(case, due(case, utc("now", now)))

    def replay(self, events: Iterable[Event]) -> Case:
        """Return a case rebuilt from all of its events, oldest first. The policy of the process is not used.

        Raises:
            ReplayError: the history is empty, has a gap, a duplicate, a step back in time, an event of another case or
                a step that the process does not have, or ends in the middle of one.
            TypeError: something in it is not an event.
        """
        return replay(events)

    def _done(self, case: Case, command: Command, now: datetime, verdict: Verdict) -> Outcome:
        refusals, repeated = verdict
        if refusals:
            raise self._error(case, command, now, refusals)
        if repeated:
            return _make_outcome(case=case, events=(), notifications=(), repeated=repeated)
        return self._outcome(case, decide(self.policy, case, command, now))

    def _outcome(self, case: Case, happened: Events) -> Outcome:
        after = case
        for event in happened:
            after = evolve(after if after.version else None, event)
        notifications = notify(happened, after, self.policy) if happened else ()
        return _make_outcome(case=after, events=happened, notifications=notifications)

    def _option(self, case: Case, command: type[Command], by: Person, now: datetime) -> Option:
        if command in _BARE:
            refusals, _ = judge(self.policy, case, command(by=by), now)
            return Option(command=command, refusals=refusals)
        return Option(command=command, refusals=may(self.policy, case, command, by, now))

    def _error(self, case: Case, command: Command, now: datetime, refusals: Refusals) -> CommandRefusedError:
        codes = {refusal.code for refusal in refusals}
        kind = CommandRefusedError
        if RefusalCode.STALE_VERSION in codes:
            kind = StaleVersionError
        elif codes & _PERMISSION:
            kind = NotPermittedError
        elif codes & _TRANSITION:
            kind = IllegalTransitionError
        status = None if case.escalation is None else case.escalation.status
        return kind(refusals, command, status, self._allowed(case, command.by, now))

    def _allowed(self, case: Case, by: Person, now: datetime) -> tuple[type[Command], ...]:
        """Return the commands that a person could send now, as ``options`` has them."""
        found = allowed(self.policy, case, by, now)
        if not self.policy.rules:
            return found
        return tuple(command for command in found if self._option(case, command, by, now).allowed)
