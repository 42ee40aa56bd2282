"""A Hypothesis state machine of several people at work on several cases.

Rule 1: the machine chooses senders, commands and times; ``process`` decides everything else.
Rule 2: the machine checks what is true of every outcome. A subclass checks its own storage, display or export.
Rule 3: time never runs backwards, across all cases.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import escalation_core as ec
from escalation_core import commands, events
from escalation_core.checks import must_be
from escalation_core.people import EXTERNAL_ROLES
from escalation_core.testing import strategies
from escalation_core.testing.builders import RITA, T0, emergency


class ProcessMachine(RuleBasedStateMachine):
    """The life of up to three cases, step by step. A subclass can run its own code after each step.

    Attributes:
        now: the current time.
        cases: the current cases, by id.
        histories: all events of each case, oldest first, by the id of the case.
    """

    process: ClassVar[ec.Process] = ec.Process()  #: Replace it by a process with your own policy.

    def __init__(self) -> None:
        """Begin at ``T0``, without a case."""
        super().__init__()
        self.now: datetime = T0
        self.cases: dict[str, ec.Case] = {}
        self.histories: dict[str, tuple[events.Event, ...]] = {}

    def on_outcome(self, outcome: ec.Outcome) -> None:
        """Run after each new outcome, which has at least one event and is no repeat. A subclass can override this."""

    def on_refusal(self, error: ec.CommandRefusedError) -> None:
        """Run after each refused command. A subclass can override this."""

    @initialize()
    def open_an_emergency(self) -> None:
        """Begin with a case that has deadlines."""
        self.send(emergency(), commands.OpenCase(by=RITA))

    @rule(case=strategies.cases(), by=st.just(RITA) | strategies.people())  # most other people may not open a case
    def open_a_case(self, case: ec.Case, by: ec.Person) -> None:
        """Open a case, perhaps for the second time."""
        self.send(self.cases.get(case.id, case), commands.OpenCase(by=by))

    @precondition(lambda self: self.cases)
    @rule(data=st.data())
    def send_a_command(self, data: st.DataObject) -> None:
        """Send a command that the process may refuse."""
        case = data.draw(st.sampled_from(list(self.cases.values())))
        self.send(case, data.draw(strategies.next_commands(self.process, case, now=self.now)))

    @rule(duration=st.sampled_from([60, 900, 3600, 86400]).map(lambda seconds: timedelta(seconds=seconds)))
    def wait(self, duration: timedelta) -> None:
        """Advance the time without a call of ``Process.due``."""
        self.now += duration

    @rule()
    def handle_what_is_due(self) -> None:
        """Call ``Process.due`` for every case."""
        for case in list(self.cases.values()):
            outcome = self.process.due(case, now=self.now)
            if outcome.events:
                self._take(outcome)
            again = self.process.due(outcome.case, now=self.now).events
            _expect(not again, "Process.due returns the same events twice", again)

    def send(self, case: ec.Case, command: commands.Command) -> None:
        """Send a command to a case, and check the outcome. The rules of a subclass may also call this method.

        Raises:
            ValueError: the case is opened, and is not a current case of this machine.
        """
        if case.version and self.cases.get(case.id) != case:
            raise ValueError(must_be("case", f"one of this machine's, {sorted(self.cases)}, or one to open", case.id))
        try:
            outcome = self.process.handle(case, command, now=self.now)
        except ec.CommandRefusedError as error:
            refusals = self.process.check(case, command, now=self.now)
            _expect(error.refusals == refusals, "handle and check refuse for different reasons", [error])
            self.on_refusal(error)
            return
        if outcome.repeated:
            same = ec.Outcome(case=case, events=(), notifications=(), repeated=outcome.repeated)
            _expect(outcome == same, "a repeated command has an effect", [outcome])
        else:
            self._take(outcome)

    def _take(self, outcome: ec.Outcome) -> None:
        case_id = outcome.case.id
        self.cases[case_id] = outcome.case
        self.histories[case_id] = (*self.histories.get(case_id, ()), *outcome.events)
        _expect_right_recipients(outcome)
        self.on_outcome(outcome)

    @invariant()
    def replays_give_the_cases(self) -> None:
        """Compare every case with the replay of its events."""
        for case_id, case in self.cases.items():
            _expect(self.process.replay(self.histories[case_id]) == case, "the replay gives a different case", [case])


def _expect_right_recipients(outcome: ec.Outcome) -> None:
    sent = outcome.notifications
    _expect(len({notification.id for notification in sent}) == len(sent), "two notifications have the same id", sent)
    for notification in sent:
        if notification.audience is ec.Audience.EXTERNAL:
            is_external = isinstance(notification.to, ec.Person) and notification.to.role in EXTERNAL_ROLES
            _expect(is_external, "an internal person gets an external notification", [notification])
            message = ec.render(notification)
            leaks = strategies.TAINT in message.subject + message.body
            _expect(not leaks, "an external notification shows internal text", [notification])


def _expect(condition: object, problem: str, values: Sequence[object]) -> None:
    if not condition:
        raise AssertionError(f"{problem}: {', '.join(map(repr, values))}")
