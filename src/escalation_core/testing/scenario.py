"""Examples in three steps: given a case, when somebody does something, then this happens.

Rule 1: a scenario is a value: every step gives a new one, so that two stories can share their beginning.
Rule 2: time moves where the example says so, and nowhere else. What becomes due meanwhile happens on time.
Rule 3: what is not as expected is an ``AssertionError`` that shows both, for a person who did not write the example.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import evolve, frozen

import escalation_core as ec
from escalation_core.commands import Command
from escalation_core.events import Event
from escalation_core.testing.builders import T0
from escalation_core.values import must_be


@frozen(kw_only=True)
class Scenario:
    """A case in the middle of a story, and what came of the last ``when``."""

    process: ec.Process
    case: ec.Case
    now: datetime
    events: tuple[Event, ...] = ()  #: What happened in the last ``when``.
    notifications: tuple[ec.Notification, ...] = ()  #: Who is told of it.
    refusals: tuple[ec.Refusal, ...] = ()  #: Why its last command was refused; ``()``: it was not.

    def when(self, *steps: Command | timedelta) -> "Scenario":
        """Send these commands, or let this much time pass, one after the other.

        A command that is a repeat happens no second time.

        Raises:
            AssertionError: a command that others follow is refused.
            TypeError, ValueError: a step is neither, or a time that runs backwards.
        """
        after = evolve(self, events=(), notifications=(), refusals=())
        for step in steps:
            if after.refusals:
                raise AssertionError(f"refused before the last step of this `when`: {_told(after.refusals)}")
            if isinstance(step, timedelta):
                after = _waited(after, step)
            elif isinstance(step, Command):
                after = _sent(after, step)
            else:
                raise TypeError(must_be("steps", "commands and timedeltas", step))
        return after

    def then(self, *happened: type[Event]) -> "Scenario":
        """Expect exactly these kinds of events, in this order; none at all where none are given.

        Raises:
            AssertionError: something else happened, or the last command was refused.
            TypeError: one of them is no class of events.
        """
        if odd := [kind for kind in happened if not (isinstance(kind, type) and issubclass(kind, Event))]:
            raise TypeError(must_be("happened", "classes of events", odd[0]))
        found = self._kinds()
        if found != happened or self.refusals:
            refused = f"; refused: {_told(self.refusals)}" if self.refusals else ""
            raise AssertionError(f"expected {_names(happened)}; happened: {_names(found)}{refused}")
        return self

    def then_refused(self, code: str, *more: str) -> "Scenario":
        """Expect that the last command is refused for exactly these reasons, in any order.

        Args:
            code: one of ``RefusalCode``, or of a rule of the host's own.
            more: where it fails several rules.

        Raises:
            AssertionError: it was accepted, or is refused for other reasons.
        """
        expected = {code, *more}
        if {refusal.code for refusal in self.refusals} != expected:
            found = f"refused: {_told(self.refusals)}" if self.refusals else f"happened: {_names(self._kinds())}"
            raise AssertionError(f"expected a refusal: {', '.join(sorted(expected))}; {found}")
        return self

    def then_told(self, to: ec.Person | ec.Role, *templates: ec.Template) -> "Scenario":
        """Expect that somebody is told exactly this, in this order; nothing where no template is given.

        Args:
            to: a person, or a role that nobody on the case has.
            templates: what they are told.

        Raises:
            AssertionError: they are told something else.
            TypeError: one of them is no template.
        """
        if odd := [template for template in templates if not isinstance(template, ec.Template)]:
            raise TypeError(must_be("templates", "of Template", odd[0]))
        found = tuple(told.template for told in self.notifications if told.to == to)
        if found != templates:
            who = to.value if isinstance(to, ec.Role) else to.name or to.id
            raise AssertionError(f"expected that {who} is told {_keys(templates)}; is told: {_keys(found)}")
        return self

    def _kinds(self) -> tuple[type[Event], ...]:
        return tuple(type(event) for event in self.events)


def given(before: ec.Case | Iterable[Event], *, process: ec.Process | None = None) -> Scenario:
    """Begin a scenario, at the time of what happened last.

    Args:
        before: a case, or the events that led to it. A case that is not opened yet is opened by its requester at
            ``T0``, and what comes of that is the scenario's first step.
        process: the process that everything goes through; the documented one where none is given.

    Raises:
        CommandRefusedError: the case cannot be opened.
        ReplayError: the history is damaged.
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


def _waited(scenario: Scenario, span: timedelta) -> Scenario:
    if span < timedelta():
        raise ValueError(must_be("steps", "a time that runs forward", span))
    process, end = scenario.process, scenario.now + span
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


def _told(refusals: tuple[ec.Refusal, ...]) -> str:
    return "; ".join(f"{refusal.code} ({refusal.message})" for refusal in refusals)


def _names(kinds: tuple[type[Event], ...]) -> str:
    return ", ".join(kind.__name__ for kind in kinds) or "nothing"


def _keys(templates: tuple[ec.Template, ...]) -> str:
    return ", ".join(template.value for template in templates) or "nothing"
