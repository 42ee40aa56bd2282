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
from escalation_core.due import due, next_due
from escalation_core.errors import (
    CommandRefusedError,
    IllegalTransitionError,
    NotPermittedError,
    Refusal,
    RefusalCode,
    StaleVersionError,
)
from escalation_core.events import CaseOpened, Event
from escalation_core.evolve import evolve
from escalation_core.notifications.notify import notify
from escalation_core.outcome import Outcome
from escalation_core.people import Person
from escalation_core.policy import Policy
from escalation_core.repeats import first_events
from escalation_core.replay import replay
from escalation_core.rules import may, unmet
from escalation_core.rules.refusing import refused
from escalation_core.values import a, maker, must_be, shown, utc

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


def _described(happened: tuple[Event, ...]) -> Case | None:
    """Give the case as it was described when these events opened it."""
    return next((event.case for event in happened if isinstance(event, CaseOpened)), None)


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
        self, case: Case, *, by: Person, now: datetime, command_id: str | None = None, stored: Case | None = None
    ) -> Outcome:
        """Open a case; an emergency case starts its escalation in the same step.

        Args:
            case: as the host describes it, at version 0.
            by: who opens it: somebody who takes part in it, or a rep on their behalf.
            now: an aware instant.
            command_id: the host's key of this command, by which it is known when it comes twice.
            stored: the case of this id as the host has stored it, if it has: opening it again is refused, unless it is
                the same command again, with the same description.

        Raises:
            CommandRefusedError: a rule is not met; the case is not opened.
            TypeError, ValueError: an argument is of the wrong type, or ``now`` is naive.
        """
        command = commands.OpenCase(by=by, command_id=command_id)
        outcome = self.handle(case if stored is None else stored, command, now=now)
        if stored is not None and _described(outcome.events) != case:
            message = f"cannot open a case as {shown(command_id)}: {stored.id} was opened with another description"
            raise self._error(stored, command, utc("now", now), refused(RefusalCode.COMMAND_ID_REUSED, message))
        return outcome

    def handle(self, case: Case, command: Command, *, now: datetime, expected_version: int | None = None) -> Outcome:
        """Do what a command asks for, if every rule allows it.

        A command whose ``command_id`` the case remembers is not done again: whatever the time, the status and the
        version by now, the outcome is ``repeated``, with the events of the first time and the case as it is.

        Args:
            case: as the host stored it; it is not changed.
            command: what is asked for.
            now: an aware instant, not before the last event of the case.
            expected_version: the version that the sender saw; None does not compare.

        Raises:
            StaleVersionError: the case is not at ``expected_version``.
            NotPermittedError: this person may not do it.
            IllegalTransitionError: the table has no such move.
            CommandRefusedError: another rule is not met, or another command of this ``command_id`` was done before.
            TypeError, ValueError: an argument is of the wrong type, or ``now`` is naive.
        """
        now = utc("now", now)
        refusals = unmet(self.policy, case, command, now)
        if expected_version is not None and type(expected_version) is not int:
            raise TypeError(must_be("expected_version", "an int", expected_version))
        first = None if command.command_id is None else first_events(case, command.command_id)
        if expected_version is not None and expected_version != case.version and not first:
            message = f"expected_version: case {case.id} is at version {case.version}, not at {expected_version}"
            refusals = (*refused(RefusalCode.STALE_VERSION, message), *refusals)
        if refusals:
            raise self._error(case, command, now, refusals)
        if first:
            return _outcome(case=case, events=first, notifications=(), repeated=True)
        return self._outcome(case, decide(self.policy, case, command, now))

    def check(self, case: Case, command: Command, *, now: datetime) -> tuple[Refusal, ...]:
        """List every rule that a command fails; ``()`` means that ``handle`` would accept it.

        Raises:
            TypeError, ValueError: an argument is of the wrong type, or ``now`` is naive.
        """
        return unmet(self.policy, case, command, utc("now", now))

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

    def _outcome(self, case: Case, happened: tuple[Event, ...]) -> Outcome:
        after = case
        for event in happened:
            after = evolve(after if after.version else None, event)
        notifications = notify(happened, after, self.policy)
        return _outcome(case=after, events=happened, notifications=notifications, repeated=False)

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
