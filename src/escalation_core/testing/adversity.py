"""Anything that may come over a host, in any order: Hypothesis chooses what, and when the host ends."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation_core.testing import strategies
from escalation_core.testing.builders import OTTO, T0
from escalation_core.testing.trial import Deliver, Open, Running, Send, Task, Tick, Trial

if TYPE_CHECKING:
    from escalation_core.testing.hosts import HostSuite

_MISTAKE = "none by name: the directed promises say more where they are broken, too"


def whatever_comes_nothing_is_lost(suite: "HostSuite[Any, Any]") -> None:
    """Random commands, repeats, ticks, deliveries, failing transports, crashes and restarts leave what the model has."""

    @settings(max_examples=suite.examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def live(data: st.DataObject) -> None:
        with Trial(suite) as trial:
            life = _Life(trial, data)
            for _ in range(data.draw(st.integers(1, 20))):
                life.go_on()
            life.end()

    live()


class _Life:
    """One storage in adversity."""

    def __init__(self, trial: Trial, data: st.DataObject) -> None:
        self._trial, self._data = trial, data
        self._host: Running = trial.start()
        self._now: datetime = T0
        self._asked: list[Open | Send] = []

    def go_on(self) -> None:
        """Let one thing happen."""
        draw, kinds = self._data.draw, ["open", "send", "send", "send", "again", "wait", "deliver", "no transport", "restart"]
        kind = draw(st.sampled_from(kinds))
        if kind == "open":
            case, by, key = draw(strategies.cases()), draw(strategies.people()), f"command-{len(self._asked)}"
            self._ask(Open(case=case, by=by, now=self._now, command_id=key))
        elif kind == "send" and self._trial.model.cases:
            case = draw(st.sampled_from(list(self._trial.model.cases.values())))
            command = draw(strategies.next_commands(self._trial.model.process, case, now=self._now))
            command = evolve(command, command_id=f"command-{len(self._asked)}")
            self._ask(Send(case_id=case.id, command=command, now=self._now))
        elif kind == "again" and self._asked:
            self._perform(evolve(draw(st.sampled_from(self._asked)), now=self._now))
        elif kind == "wait":
            self._wait(draw(st.sampled_from([1, 60, 600, 86400]).map(lambda seconds: timedelta(seconds=seconds))))
        elif kind == "deliver":
            self._perform(Deliver())
        elif kind == "no transport":
            self._trial.surroundings.takes = lambda _: False
            self._perform(Deliver())
            self._trial.surroundings.takes = lambda _: True
        elif kind == "restart":
            self._host = self._trial.restart(self._host)

    def end(self) -> None:
        """Deliver what waits, and compare."""
        self._trial.do(self._host, Deliver(), mistake=_MISTAKE)
        self._trial.expect_held(self._host, mistake=_MISTAKE)
        self._trial.expect_committed(self._host, mistake=_MISTAKE)
        self._trial.expect_told(mistake=_MISTAKE)
        self._trial.expect_recognized(mistake=_MISTAKE)

    def _ask(self, task: Open | Send) -> None:
        self._asked.append(task)
        self._perform(task)

    def _wait(self, span: timedelta) -> None:
        end = self._now + span
        while (due := self._trial.model.next_due()) is not None and due <= end:
            self._now = due
            self._perform(Tick(now=due))
        self._now = end

    def _perform(self, task: Task) -> None:
        """Do it, perhaps with a crash in the middle; then whoever asked for it asks again, or gives up."""
        number = self._data.draw(st.none() | st.integers(1, 15))
        if number is None:
            self._trial.do(self._host, task, mistake=_MISTAKE)
            return
        trial, before = self._trial, self._trial.model
        if not trial.crashes(self._host, task, number, mistake=_MISTAKE):
            return
        after = before if before.refusal(task) else before.after(task)
        self._host = trial.start()
        trial.expect_held(self._host, after, mistake=_MISTAKE)
        trial.expect_committed(self._host, mistake=_MISTAKE)
        if isinstance(task, Tick) or self._data.draw(st.booleans()):
            trial.do(self._host, task, mistake=_MISTAKE)
        elif not isinstance(task, Deliver):
            trial.settle(self._host, before, after, mistake=_MISTAKE)
