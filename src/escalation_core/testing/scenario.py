"""Examples in three parts: given a case, when these commands are sent, then these events follow.

Rule 1: a scenario is an immutable value, so two stories can share their beginning.
Rule 2: time passes only by a ``timedelta``. Reminders happen at the instants at which they are due.
Rule 3: a failed expectation is an ``AssertionError`` with the expected and the actual result.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import evolve, frozen

import escalation_core as ec
from escalation_core.checks import must_be
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.testing.builders import T0


@frozen(kw_only=True)
class Scenario:
    """A case in the middle of a story, with the results of the last ``when``."""

    process: ec.Process
    case: ec.Case
    now: datetime
    events: tuple[Event, ...] = ()  #: The events of the last ``when``.
    notifications: tuple[ec.Notification, ...] = ()  #: The notifications of the last ``when``.
    refusals: tuple[ec.Refusal, ...] = ()  #: The refusals of its last command; empty if the command was accepted.

    def when(self, *steps: Command | timedelta) -> "Scenario":
        """Return the scenario after these commands and waiting times, one after the other.

        A repeated command has no effect.

        Raises:
            AssertionError: a command before the last step is refused.
            TypeError: a step is neither a command nor a ``timedelta``.
            ValueError: a waiting time is negative.
        """
        after = evolve(self, events=(), notifications=(), refusals=())
        for step in steps:
            if after.refusals:
                raise AssertionError(f"steps: only the last one may be refused, got {_listed(after.refusals)}")
            if isinstance(step, timedelta):
                after = _waited(after, step)
            elif isinstance(step, Command):
                after = _sent(after, step)
            else:
                raise TypeError(must_be("steps", "commands and timedeltas", step))
        return after

    def then(self, *kinds: type[Event]) -> "Scenario":
        """Return this scenario if its events have exactly these classes, in this order; without arguments, no events.

        Raises:
            AssertionError: the events are different, or the last command was refused.
            TypeError: an argument is not a class of events.
        """
        if odd := [kind for kind in kinds if not (isinstance(kind, type) and issubclass(kind, Event))]:
            raise TypeError(must_be("kinds", "classes of events", odd[0]))
        found = self._kinds()
        if found != kinds or self.refusals:
            refused = f"; refused: {_listed(self.refusals)}" if self.refusals else ""
            raise AssertionError(f"events: must be {_names(kinds)}, got {_names(found)}{refused}")
        return self

    def then_refused(self, code: str, *more: str) -> "Scenario":
        """Return this scenario if the last command was refused with exactly these codes, in any order.

        Args:
            code: one of ``RefusalCode``, or the code of a host's rule.
            more: further codes, if the command breaks several rules.

        Raises:
            AssertionError: the command was accepted, or refused with other codes.
        """
        expected = {code, *more}
        if {refusal.code for refusal in self.refusals} != expected:
            found = _listed(self.refusals) if self.refusals else f"nothing; events: {_names(self._kinds())}"
            raise AssertionError(f"refusals: must be {', '.join(sorted(expected))}, got {found}")
        return self

    def then_notified(self, to: ec.Person | ec.Role, *templates: ec.Template) -> "Scenario":
        """Return this scenario if a recipient got exactly these notifications, in this order; without templates, none.

        Args:
            to: a person, or a role that nobody on the case has.
            templates: the templates of the notifications.

        Raises:
            AssertionError: the recipient gets other notifications.
            TypeError: an argument is not a template.
        """
        if odd := [template for template in templates if not isinstance(template, ec.Template)]:
            raise TypeError(must_be("templates", "members of Template", odd[0]))
        found = tuple(each.template for each in self.notifications if each.to == to)
        if found != templates:
            who = to.value if isinstance(to, ec.Role) else to.name or to.id
            raise AssertionError(f"notifications to {who}: must be {_keys(templates)}, got {_keys(found)}")
        return self

    def _kinds(self) -> tuple[type[Event], ...]:
        return tuple(type(event) for event in self.events)


def given(before: ec.Case | Iterable[Event], *, process: ec.Process | None = None) -> Scenario:
    """Return a scenario that begins with a case, at the time of its last event.

    Args:
        before: a case, or its events. The requester opens a new case at ``T0``, and the scenario begins with the
            events and notifications of that opening.
        process: the process that handles the commands; by default the documented one.

    Raises:
        CommandRefusedError: the process refuses to open the case.
        ReplayError: the events cannot be replayed.
    """
    process = ec.Process() if process is None else process
    case = before if isinstance(before, ec.Case) else process.replay(before)
    if case.updated_at is not None:
        return Scenario(process=process, case=case, now=case.updated_at)
    start = Scenario(process=process, case=case, now=T0)
    return _with(start, process.open(case, by=case.requester, now=T0))


def _sent(scenario: Scenario, command: Command) -> Scenario:
    refusals = scenario.process.check(scenario.case, command, now=scenario.now)
    if refusals:
        return evolve(scenario, refusals=refusals)
    return _with(scenario, scenario.process.handle(scenario.case, command, now=scenario.now))


def _waited(scenario: Scenario, duration: timedelta) -> Scenario:
    if duration < timedelta():
        raise ValueError(must_be("steps", "waiting times of at least 0", duration))
    process, end = scenario.process, scenario.now + duration
    while (due := process.next_due(scenario.case)) is not None and due <= end:
        scenario = _with(scenario, process.due(scenario.case, now=due))
    return evolve(scenario, now=end)


def _with(scenario: Scenario, outcome: ec.Outcome) -> Scenario:
    if outcome.repeated:
        return scenario
    return evolve(
        scenario,
        case=outcome.case,
        events=(*scenario.events, *outcome.events),
        notifications=(*scenario.notifications, *outcome.notifications),
    )


def _listed(refusals: tuple[ec.Refusal, ...]) -> str:
    return "; ".join(f"{refusal.code} ({refusal.message})" for refusal in refusals)


def _names(kinds: tuple[type[Event], ...]) -> str:
    return ", ".join(kind.__name__ for kind in kinds) or "nothing"


def _keys(templates: tuple[ec.Template, ...]) -> str:
    return ", ".join(template.value for template in templates) or "nothing"
