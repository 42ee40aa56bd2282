"""The process: given a case, a command and a time, what happens, and who must hear of it.

Rule 1: it reads no clock, opens nothing and remembers nothing: the same call gives an equal answer.
Rule 2: a refused command changes nothing and emits nothing.
Rule 3: the host stores and delivers. It commits the outcome first, and publishes after that.
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import NOTHING, field, fields, frozen

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.commands import COMMANDS, Command
from escalation_core.decide import decide
from escalation_core.deduplication import Earlier, earlier
from escalation_core.due import due, next_due
from escalation_core.errors import (
    CommandRefusedError,
    IllegalTransitionError,
    NotPermittedError,
    Refusal,
    RefusalCode,
    StaleVersionError,
)
from escalation_core.events import Event
from escalation_core.evolve import evolve
from escalation_core.notifications.routing import notify
from escalation_core.outcome import Outcome
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.replay import replay
from escalation_core.rules import check_types, may, unmet
from escalation_core.rules.refusing import refused
from escalation_core.values import a, maker, must_be, utc

_outcome = maker(Outcome)

#: Commands that need nothing but ``by``: about these, an option knows everything that a check knows.
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
class Option:
    """Whether one kind of command could be sent by one person now."""

    command: type[Command]
    refusals: tuple[Refusal, ...]  #: Why not; ``()`` when it could.

    @property
    def allowed(self) -> bool:
        """Whether nothing stands against it, short of what the command itself may say wrong."""
        return not self.refusals


@frozen(kw_only=True)
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
        """Open a case; an emergency case starts its escalation in the same step.

        Args:
            case: as the host describes it, at version 0.
            by: who opens it: somebody who takes part in it, or a rep on their behalf.
            now: an aware instant.
            command_id: the host's key of this command, by which it is known when it comes twice.
            stored: the case of this id as the host has stored it, if it has: opening it again is refused, unless it is
                the same command again, with the same description.
            recorded: the stored events of this ``command_id``; see ``handle``.

        Raises:
            CommandRefusedError: a rule is not met; the case is not opened.
            TypeError, ValueError: an argument is of the wrong type, ``now`` is naive, or ``recorded`` is wrong.
        """
        command = commands.OpenCase(by=by, command_id=command_id)
        now, at = utc("now", now), case if stored is None else stored
        check_types(at, command)
        before = earlier(at, command, recorded, described=None if stored is None else case)
        return self._done(at, command, now, unmet(self.policy, at, command, now, before), before)

    def handle(
        self,
        case: Case,
        command: Command,
        *,
        now: datetime,
        expected_version: int | None = None,
        recorded: Iterable[Event] = (),
    ) -> Outcome:
        """Do what a command asks for, if every rule allows it.

        Commands with an id are idempotent: if the case or ``recorded`` shows that the command was done before, the
        outcome has the unchanged case and, in ``repeated``, the versions of the earlier events. This holds at any
        time, in any status and for any ``expected_version``.

        Args:
            case: as the host stored it; it is not changed.
            command: what is asked for.
            now: an aware instant, not before the last event of the case.
            expected_version: the version that the sender saw; None does not compare.
            recorded: the stored events of this ``command_id``, of this case up to its version. They count if the case
                does not remember the id, so that a repeat of any age is recognized.

        Raises:
            StaleVersionError: the case is not at ``expected_version``.
            NotPermittedError: this person may not do it.
            IllegalTransitionError: the table has no such move.
            CommandRefusedError: another rule is not met, or another command of this ``command_id`` was done before.
            TypeError, ValueError: an argument is of the wrong type, ``now`` is naive, or ``recorded`` is wrong.
        """
        now = utc("now", now)
        check_types(case, command)
        before = earlier(case, command, recorded)
        refusals = unmet(self.policy, case, command, now, before)
        if expected_version is not None and type(expected_version) is not int:
            raise TypeError(must_be("expected_version", "an int", expected_version))
        if expected_version is not None and expected_version != case.version and before is None:
            message = f"expected_version: case {case.id} is at version {case.version}, not at {expected_version}"
            refusals = (*refused(RefusalCode.STALE_VERSION, message), *refusals)
        return self._done(case, command, now, refusals, before)

    def check(
        self, case: Case, command: Command, *, now: datetime, recorded: Iterable[Event] = ()
    ) -> tuple[Refusal, ...]:
        """Return a refusal for every rule that a command fails; ``()`` means that ``handle`` would accept it.

        Args:
            case: as the host stored it.
            command: what is asked for.
            now: an aware instant.
            recorded: the stored events of this ``command_id``; see ``handle``.

        Raises:
            TypeError, ValueError: an argument is of the wrong type, ``now`` is naive, or ``recorded`` is wrong.
        """
        now = utc("now", now)
        check_types(case, command)
        return unmet(self.policy, case, command, now, earlier(case, command, recorded))

    def options(self, case: Case, *, by: Person, now: datetime) -> tuple[Option, ...]:
        """Tell for every kind of command, in the order of the process table, whether this person could send it now.

        What a command itself says, such as the id of a proposal, can still be refused. The host's own rules are asked
        about those commands that need nothing but ``by``.

        Raises:
            TypeError, ValueError: an argument is of the wrong type, or ``now`` is naive.
        """
        if not isinstance(case, Case):
            raise TypeError(must_be("case", "a Case", case))
        if not isinstance(by, Person):
            raise TypeError(must_be("by", "a Person", by))
        now = utc("now", now)
        return tuple(self._option(case, command, by, now) for command in COMMANDS)

    def next_due(self, case: Case) -> datetime | None:
        """Give the instant from which ``due`` has something to say, in constant time; None while no clock runs.

        It changes with the case and with nothing else: keep it beside the case, in a column with an index.
        """
        if not isinstance(case, Case):
            raise TypeError(must_be("case", "a Case", case))
        return next_due(case)

    def due(self, case: Case, *, now: datetime) -> Outcome:
        """Do what time has caused up to now. The outcome has no events when that is nothing.

        Args:
            case: as the host stored it; it is not changed.
            now: an aware instant. One before the last event of the case yields nothing.

        Raises:
            TypeError, ValueError: an argument is of the wrong type, or ``now`` is naive.
        """
        if not isinstance(case, Case):
            raise TypeError(must_be("case", "a Case", case))
        happened = due(case, utc("now", now))
        return self._outcome(case, happened)

    def replay(self, events: Iterable[Event]) -> Case:
        """Rebuild a case from all of its events, oldest first; no policy is asked.

        Raises:
            ReplayError: the history is empty, has a gap, a duplicate, a step back in time, an event of another case or
                a step that the process does not have, or ends in the middle of one.
            TypeError: something in it is not an event.
        """
        return replay(events)

    def _done(
        self, case: Case, command: Command, now: datetime, refusals: tuple[Refusal, ...], before: Earlier | None
    ) -> Outcome:
        if refusals:
            raise self._error(case, command, now, refusals)
        if before is not None:
            return _outcome(case=case, events=(), notifications=(), repeated=before.versions)
        return self._outcome(case, decide(self.policy, case, command, now))

    def _outcome(self, case: Case, happened: tuple[Event, ...]) -> Outcome:
        after = case
        for event in happened:
            after = evolve(after if after.version else None, event)
        notifications = notify(happened, after, self.policy)
        return _outcome(case=after, events=happened, notifications=notifications, repeated=())

    def _option(self, case: Case, command: type[Command], by: Person, now: datetime) -> Option:
        if command in _BARE:
            return Option(command=command, refusals=unmet(self.policy, case, command(by=by), now))
        return Option(command=command, refusals=may(self.policy, case, command, by, now))

    def _error(self, case: Case, command: Command, now: datetime, refusals: tuple[Refusal, ...]) -> CommandRefusedError:
        codes = {refusal.code for refusal in refusals}
        kind = CommandRefusedError
        if RefusalCode.STALE_VERSION in codes:
            kind = StaleVersionError
        elif codes & _PERMISSION:
            kind = NotPermittedError
        elif codes & _TRANSITION:
            kind = IllegalTransitionError
        allowed = tuple(option.command for option in self.options(case, by=command.by, now=now) if option.allowed)
        status = None if case.escalation is None else case.escalation.status
        return kind(refusals, command, status, allowed)
