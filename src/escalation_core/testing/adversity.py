"""Anything that may come over a host, in any order: Hypothesis chooses what, and when the host ends."""

from datetime import datetime, timedelta

from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from escalation_core.testing import stories, strategies
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.tasks import Deliver, Open, Send, Task, Tick
from escalation_core.testing.trial import Running, Trial

_KINDS = ("send", "send", "send", "send", "wait", "deliver", "deliver in vain", "other", "open", "again", "restart")
_PHASES = (
    Phase.reuse,
    Phase.generate,
)  # to look for a shorter life would take minutes, with a host of its own for each
_PATIENCE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
_MISTAKE = "none by name: the directed promises say more where they are broken, too"


def whatever_comes_nothing_is_lost(adapter: AnyAdapter) -> None:
    """Commands, repeats, ticks, failing transports, crashes and restarts at random leave what the model has."""
    opening = next(task for task in stories.short(adapter) if isinstance(task, Open))

    @settings(
        max_examples=adapter.examples,
        deadline=None,
        phases=_PHASES,
        suppress_health_check=_PATIENCE,
        report_multiple_bugs=False,  # several would come as an ``ExceptionGroup``, which is no ``AssertionError``
    )
    @given(st.data())
    def live(data: st.DataObject) -> None:
        with Trial(adapter) as trial:
            life = _Life(trial, data, opening)
            for _ in range(data.draw(st.integers(10, 30))):
                life.go_on()
            life.end()

    live()


class _Life:
    """One storage in adversity."""

    def __init__(self, trial: Trial, data: st.DataObject, opening: Open) -> None:
        self._trial, self._data, self._opening = trial, data, opening
        self._host: Running = trial.start()
        self._other: Running = trial.start()
        self._now: datetime = opening.now
        self._asked: list[Open | Send] = []

    def go_on(self) -> None:
        """Let one thing happen; the first one is the opening of an emergency."""
        draw, model, key = self._data.draw, self._trial.model, f"command-{len(self._asked)}"
        if not self._asked:
            self._ask(self._opening)
            return
        kind = draw(st.sampled_from(_KINDS))
        if kind == "open":
            self._ask(Open(case=draw(strategies.cases()), by=draw(strategies.people()), now=self._now, command_id=key))
        elif kind == "send" and model.cases:
            case = draw(st.sampled_from(list(model.cases.values())))
            command = draw(strategies.next_commands(model.process, case, now=self._now))
            self._ask(Send(case_id=case.id, command=evolve(command, command_id=key), now=self._now))
        elif kind == "again":
            self._perform(evolve(draw(st.sampled_from(self._asked)), now=self._now))
        elif kind == "wait":
            self._wait(timedelta(seconds=draw(st.sampled_from([1, 60, 600, 86400]))))
        elif kind == "deliver":
            self._perform(Deliver())
        elif kind == "deliver in vain":
            self._trial.surroundings.takes = lambda _: False
            self._perform(Deliver())
            self._trial.surroundings.takes = lambda _: True
        elif kind == "restart":
            self._host = self._trial.restart(self._host)
        elif kind == "other":
            self._host, self._other = self._other, self._host

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
        trial, before = self._trial, self._trial.model
        if self._data.draw(st.integers(0, 2)):
            trial.do(self._host, task, mistake=_MISTAKE)
            return
        if not trial.crashes(self._host, task, self._data.draw(st.integers(1, 20)), mistake=_MISTAKE):
            return
        after = before if before.refusal(task) else before.after(task)
        self._host = trial.start()
        trial.expect_held(self._host, after, mistake=_MISTAKE)
        trial.expect_committed(self._host, mistake=_MISTAKE)
        if isinstance(task, Tick) or self._data.draw(st.booleans()):
            trial.do(self._host, task, mistake=_MISTAKE)
        elif not isinstance(task, Deliver):
            trial.settle(self._host, before, after, mistake=_MISTAKE)
