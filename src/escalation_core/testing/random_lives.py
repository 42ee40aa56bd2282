"""Random tasks, crashes and restarts of two hosts on one storage; Hypothesis chooses them."""

from datetime import datetime, timedelta

from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from escalation_core.testing import stories, strategies
from escalation_core.testing.adapter import AnyAdapter
from escalation_core.testing.experiment import Experiment, Running
from escalation_core.testing.tasks import Deliver, Open, Send, Task, Tick

_KINDS = ("send", "send", "send", "send", "wait", "deliver", "fail to deliver", "switch", "open", "repeat", "restart")
#: Without shrinking, which would take minutes, with a new host for each shorter life.
_PHASES = (Phase.reuse, Phase.generate)
_ACCEPTED_CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
_MISTAKE = "unknown: run the other tests, which name a mistake"


def random_lives_lose_nothing(adapter: AnyAdapter) -> None:
    """Random commands, repeats, ticks, failing transports, crashes and restarts lose nothing."""
    opening = next(task for task in stories.short(adapter) if isinstance(task, Open))

    @settings(
        max_examples=adapter.examples,
        deadline=None,
        phases=_PHASES,
        suppress_health_check=_ACCEPTED_CHECKS,
        report_multiple_bugs=False,  # an ``ExceptionGroup`` of several errors is not an ``AssertionError``
    )
    @given(st.data())
    def live(data: st.DataObject) -> None:
        with Experiment(adapter) as experiment:
            life = _Life(experiment, data, opening)
            for _ in range(data.draw(st.integers(10, 30))):
                life.advance()
            life.end()

    live()


class _Life:
    """One storage with random tasks on it."""

    def __init__(self, experiment: Experiment, data: st.DataObject, opening: Open) -> None:
        self._experiment, self._data, self._opening = experiment, data, opening
        self._host: Running = experiment.start()
        self._other: Running = experiment.start()
        self._now: datetime = opening.now
        self._sent: list[Open | Send] = []

    def advance(self) -> None:
        """Perform one random task; the first task opens an emergency."""
        draw, reference, key = self._data.draw, self._experiment.reference, f"command-{len(self._sent)}"
        if not self._sent:
            self._send(self._opening)
            return
        kind = draw(st.sampled_from(_KINDS))
        if kind == "open":
            self._send(Open(case=draw(strategies.cases()), by=draw(strategies.people()), now=self._now, command_id=key))
        elif kind == "send" and reference.cases:
            case = draw(st.sampled_from(list(reference.cases.values())))
            command = draw(strategies.next_commands(reference.process, case, now=self._now))
            self._send(Send(case_id=case.id, command=evolve(command, command_id=key), now=self._now))
        elif kind == "repeat":
            self._perform(evolve(draw(st.sampled_from(self._sent)), now=self._now))
        elif kind == "wait":
            self._wait(timedelta(seconds=draw(st.sampled_from([1, 60, 600, 86400]))))
        elif kind == "deliver":
            self._perform(Deliver())
        elif kind == "fail to deliver":
            self._experiment.environment.accepts = lambda _: False
            self._perform(Deliver())
            self._experiment.environment.accepts = lambda _: True
        elif kind == "restart":
            self._host = self._experiment.restart(self._host)
        elif kind == "switch":
            self._host, self._other = self._other, self._host

    def end(self) -> None:
        """Deliver all pending notifications, and compare."""
        self._experiment.do(self._host, Deliver(), mistake=_MISTAKE)
        self._experiment.expect_stored(self._host, mistake=_MISTAKE)
        self._experiment.expect_committed(self._host, mistake=_MISTAKE)
        self._experiment.expect_delivered(mistake=_MISTAKE)
        self._experiment.expect_stable_keys(mistake=_MISTAKE)

    def _send(self, task: Open | Send) -> None:
        self._sent.append(task)
        self._perform(task)

    def _wait(self, duration: timedelta) -> None:
        end = self._now + duration
        while (due := self._experiment.reference.next_due()) is not None and due <= end:
            self._now = due
            self._perform(Tick(now=due))
        self._now = end

    def _perform(self, task: Task) -> None:
        """Perform a task, perhaps with a crash in the middle. After a crash, repeat the task or continue without it."""
        experiment, before = self._experiment, self._experiment.reference
        if self._data.draw(st.integers(0, 2)):
            experiment.do(self._host, task, mistake=_MISTAKE)
            return
        if not experiment.crash(self._host, task, self._data.draw(st.integers(1, 20)), mistake=_MISTAKE):
            return
        after = before if before.refusal_codes(task) else before.after(task)
        self._host = experiment.start()
        experiment.expect_stored(self._host, after, mistake=_MISTAKE)
        experiment.expect_committed(self._host, mistake=_MISTAKE)
        if isinstance(task, Tick) or self._data.draw(st.booleans()):
            experiment.do(self._host, task, mistake=_MISTAKE)
        elif not isinstance(task, Deliver):
            experiment.settle(self._host, before, after, mistake=_MISTAKE)
