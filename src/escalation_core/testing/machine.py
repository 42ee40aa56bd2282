"""Some people at work on some cases, for Hypothesis to drive.

Rule 1: what happens is decided by ``process`` alone; the machine chooses who asks for what, and when.
Rule 2: what holds of every outcome is checked here. A subclass checks what is its own: storage, display, export.
Rule 3: time never runs backwards, over all cases.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.people import EXTERNAL_ROLES
from escalation_core.testing import strategies
from escalation_core.testing.builders import RITA, T0, emergency
from escalation_core.values import must_be


class ProcessMachine(RuleBasedStateMachine):
    """The life of up to three cases, step by step. Subclass it to follow it with code of your own.

    Attributes:
        now: the time.
        cases: the cases as they are now, by id.
        histories: all of their events, oldest first, by the id of the case.
    """

    process: ClassVar[ec.Process] = ec.Process()  #: Put a process of your own policy in its place.

    def __init__(self) -> None:
        """Begin at ``T0``, without a case."""
        super().__init__()
        self.now: datetime = T0
        self.cases: dict[str, ec.Case] = {}
        self.histories: dict[str, tuple[events.Event, ...]] = {}

    def on_outcome(self, outcome: ec.Outcome) -> None:
        """Follow what happened: store it, and compare. It has at least one event, and is never a repeated one."""

    def on_refusal(self, error: ec.CommandRefusedError) -> None:
        """Follow what was refused: see that nothing is stored."""

    @initialize()
    def somebody_declares_an_emergency(self) -> None:
        """Begin with something that time has a say in."""
        self.send(emergency(), commands.OpenCase(by=RITA))

    @rule(case=strategies.cases(), by=st.just(RITA) | strategies.people())  # others may seldom
    def somebody_opens_a_case(self, case: ec.Case, by: ec.Person) -> None:
        """Open a case, which may be there already."""
        self.send(self.cases.get(case.id, case), commands.OpenCase(by=by))

    @precondition(lambda self: self.cases)
    @rule(data=st.data())
    def somebody_sends_a_command(self, data: st.DataObject) -> None:
        """Ask for something that may be allowed."""
        case = data.draw(st.sampled_from(list(self.cases.values())))
        self.send(case, data.draw(strategies.next_commands(self.process, case, now=self.now)))

    @rule(span=st.sampled_from([60, 900, 3600, 86400]).map(lambda seconds: timedelta(seconds=seconds)))
    def time_passes(self, span: timedelta) -> None:
        """Let time pass; nobody looks."""
        self.now += span

    @rule()
    def somebody_looks_what_is_due(self) -> None:
        """Do what time has caused since somebody looked last."""
        for case in list(self.cases.values()):
            outcome = self.process.due(case, now=self.now)
            if outcome.events:
                self._take(outcome)
            _expect(not self.process.due(outcome.case, now=self.now).events, "what is due is due twice", outcome.events)

    def send(self, case: ec.Case, command: commands.Command) -> None:
        """Send a command to a case, and follow what comes of it; for rules of a subclass, too.

        Raises:
            ValueError: it is opened, and this machine does not know it.
        """
        if case.version and self.cases.get(case.id) != case:
            raise ValueError(must_be("case", f"one of this machine's, {sorted(self.cases)}, or one to open", case.id))
        try:
            outcome = self.process.handle(case, command, now=self.now)
        except ec.CommandRefusedError as error:
            _expect(error.refusals == self.process.check(case, command, now=self.now), "check says otherwise", [error])
            self.on_refusal(error)
            return
        if outcome.repeated:
            same = ec.Outcome(case=case, events=(), notifications=(), repeated=outcome.repeated)
            _expect(outcome == same, "a repeat does something", [outcome])
        else:
            self._take(outcome)

    def _take(self, outcome: ec.Outcome) -> None:
        case_id = outcome.case.id
        self.cases[case_id] = outcome.case
        self.histories[case_id] = (*self.histories.get(case_id, ()), *outcome.events)
        _expect_told_right(outcome)
        self.on_outcome(outcome)

    @invariant()
    def every_case_is_what_its_events_say(self) -> None:
        """Replay every case."""
        for case_id, case in self.cases.items():
            _expect(self.process.replay(self.histories[case_id]) == case, "the replay is another case", [case])


def _expect_told_right(outcome: ec.Outcome) -> None:
    told = outcome.notifications
    _expect(len({notification.id for notification in told}) == len(told), "two notifications have one id", told)
    for notification in told:
        if notification.audience is ec.Audience.EXTERNAL:
            outside = isinstance(notification.to, ec.Person) and notification.to.role in EXTERNAL_ROLES
            _expect(outside, "an external text goes to somebody internal", [notification])
            message = ec.render(notification)
            _expect(strategies.TAINT not in message.subject + message.body, "internal text is told", [notification])


def _expect(so: object, otherwise: str, of: Sequence[object]) -> None:
    if not so:
        raise AssertionError(f"{otherwise}: {', '.join(map(repr, of))}")
