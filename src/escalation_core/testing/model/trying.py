"""What happens when everybody tries everything in one place, and whether all of it is right.

Rule 1: a process is asked as a host asks it: ``check``, ``handle``, ``options``, ``due``, ``next_due``, ``replay``.
Rule 2: a step that breaks a rule is reported and not followed: what comes after it is no news.
Rule 3: of steps that leave the same case and tell the same people the same, the first is judged for all, whoever sent
the command, but for whether each of them may send it, and for what each event says.
"""

from collections.abc import Callable, Hashable, Iterator
from datetime import timedelta
from enum import Enum
from typing import TypeVar

from attrs import define, evolve, field

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.errors import CommandRefusedError, RefusalCode
from escalation_core.events import Event
from escalation_core.lifecycle import CASE
from escalation_core.outcome import Outcome
from escalation_core.people import Role
from escalation_core.process import Process
from escalation_core.testing.model.abstraction import ahead
from escalation_core.testing.model.attempts import Attempt, attempts
from escalation_core.testing.model.audiences import with_partner
from escalation_core.testing.model.checks import OF_THE_SENDER, broken
from escalation_core.testing.model.exploration import Counterexample, Heard, Place, Taken
from escalation_core.testing.model.invariants import invariant_7
from escalation_core.testing.model.steps import Step, status_of

T = TypeVar("T")
Answer = frozenset[str] | tuple[tuple[str, ...], Hashable]  #: Codes of refusals; or names of events, and where it led.
Answers = dict[tuple[str, str, str], Answer]  #: By who tries which command, and what is particular about it.

_CODES = {str(code) for code in RefusalCode}
_PERMISSION = {RefusalCode.ROLE_NOT_PERMITTED, RefusalCode.NOT_A_PARTICIPANT, RefusalCode.ROLE_MISMATCH}
_FAILURE = frozenset({"a failure"})
_TIME = "time"


@define
class Findings:
    """What was found so far, everywhere."""

    taken: dict[Taken, tuple[str, ...]] = field(factory=dict[Taken, tuple[str, ...]])
    refused: set[tuple[type[Command], frozenset[str]]] = field(factory=set[tuple[type[Command], frozenset[str]]])
    heard: set[Heard] = field(factory=set[Heard])
    happened: set[type[Event]] = field(factory=set[type[Event]])
    problems: dict[tuple[str, str], Counterexample] = field(factory=dict[tuple[str, str], Counterexample])

    def report(self, rule: str, what: str, place: Place | None = None, *did: str, other: tuple[str, ...] = ()) -> None:
        """Note what should not be, the first time that it is found, and the place, unless it is everywhere."""
        if (rule, what) not in self.problems:
            way = () if place is None else place.way
            found = Counterexample(rule=rule, what=what, way=(*way, *did), other=other)
            self.problems[rule, what] = found


@define
class Trial:
    """One place, where everything is tried once."""

    process: Process
    kinds: tuple[type[Command], ...]
    look: Callable[[Place], Hashable]
    place: Place
    findings: Findings
    turn: int  #: Which of all attempts is the one that is also made at a wrong time, and twice.
    reached: list[Place] = field(factory=list[Place])  #: Where it leads.
    accepted: list[Attempt] = field(factory=list[Attempt])
    judged: set[Hashable] = field(factory=set[Hashable])

    def run(self) -> Answers:
        """Try everything that anybody can try, and let time pass."""
        case, fingerprint = self.place.case, hash(self.place.case)
        tried = attempts(case, self.place.now, self.process.policy.permissions, self.kinds)
        answers: Answers = {
            (attempt.who, type(attempt.command).__name__, attempt.what): self._try(attempt) for attempt in tried
        }
        chosen = tried[self.turn % len(tried)]
        self._safely(lambda: self._ask_for_options(chosen, answers), "options", "somebody asks what can be done")
        self._safely(lambda: self._try_at_a_wrong_time(chosen.command), "another time", described(chosen))
        if self.accepted:
            again = self.accepted[self.turn % len(self.accepted)]
            others = [one for one in tried if one.command != again.command and not one.what]
            other = others[self.turn % len(others)]
            name = f"{type(again.command).__name__} with an id"
            self._safely(lambda: self._try_twice(again.command, other.command), name, described(again))
        answers |= {(_TIME, what, ""): happened for what, happened in self._let_time_pass()}
        if hash(case) != fingerprint:
            self.findings.report("invariant 11", "a call changes its arguments", self.place)
        return answers

    def _try(self, attempt: Attempt) -> Answer:
        case, command, did = self.place.case, attempt.command, described(attempt)
        kind, now = type(command), self.place.now
        refusals = self._safely(lambda: self.process.check(case, command, now=now), kind.__name__, did)
        if refusals is None:
            return _FAILURE
        codes = frozenset(str(one.code) for one in refusals)
        if attempt.code is not None and attempt.code not in codes:
            self.findings.report("refusals", f"{did} is not refused with {attempt.code}", self.place, did)
        if codes:
            if (kind, codes) not in self.findings.refused:
                self.findings.refused.add((kind, codes))
                self._judge(command, None, did)
            return codes
        outcome = self._safely(lambda: self.process.handle(case, command, now=now), kind.__name__, did)
        if outcome is None:
            return _FAILURE
        self.accepted.append(attempt)
        happened = tuple(type(event) for event in outcome.events)
        after = Place(case=outcome.case, now=now, before=self.place, did=did, events=outcome.events)
        state = self.look(after)
        told = tuple((one.template, one.to, one.data.contents) for one in outcome.notifications)
        if self._judge(command, outcome, did, (kind, attempt.what, hash(outcome.case), happened, told)):
            self.reached.append(after)
            taken = Taken(kind, command.by.role, *_statuses(kind, case, outcome.case), happened)
            if taken not in self.findings.taken:
                self.findings.taken[taken] = after.way
        # Cases that look the same may differ in how many rungs are left: where raising a level leads is not compared.
        return tuple(event.__name__ for event in happened), None if kind is commands.RaiseLevel else state

    def _safely(self, call: Callable[[], T], name: str, did: str) -> T | None:
        """Ask the process, and report it where it fails."""
        try:
            return call()
        except Exception as error:  # noqa: BLE001  # whatever a broken process raises is what we look for
            self.findings.report("answer", f"{name} raises {type(error).__name__}", self.place, f"{did} ({error})")
            return None

    def _judge(self, command: Command | None, outcome: Outcome | None, did: str, like: Hashable = None) -> bool:
        """Check every rule of one step; tell whether it keeps them all."""
        step = Step(process=self.process, before=self.place.case, command=command, now=self.place.now, outcome=outcome)
        try:
            if like in self.judged:
                found = list(broken(step, OF_THE_SENDER))
            else:
                history = (*self.place.history, *step.happened)
                found = list(broken(step))
                found += [("invariant 7", what) for what in invariant_7(self.process, history, step.after)]
        except Exception as error:  # noqa: BLE001  # as above: what cannot be judged is no answer
            found = [("answer", f"{did} gives what cannot be judged: {type(error).__name__}")]
        for rule, what in found:
            self.findings.report(rule, what, self.place, did)
        if like is not None and not found:
            self.judged.add(like)
        if outcome is not None:
            kind, partner = step.after.kind, with_partner(step.after)
            for one in outcome.notifications:
                self.findings.heard.add(
                    Heard(one.template, kind, partner, one.to if isinstance(one.to, Role) else one.to.role)
                )
            self.findings.happened.update(type(event) for event in outcome.events)
        return not found

    def _let_time_pass(self) -> Iterator[tuple[str, Answer]]:
        case, now, did = self.place.case, self.place.now, "somebody asks what is due"
        outcome = self._safely(lambda: self.process.due(case, now=now), "due", did)
        if outcome is not None:
            after = Place(case=outcome.case, now=now, before=self.place, did=did, events=outcome.events)
            if self._judge(None, outcome, did) and outcome.events:
                self.reached.append(after)
                names = sorted(type(event).__name__ for event in outcome.events)
                yield "is looked at", (tuple(names), self.look(after))
        at = ahead(case, now)
        if at is not None:
            self.reached.append(Place(case=case, now=at, before=self.place, did=f"{at - now} pass"))
            # Cases that look the same may differ in which clock comes first: where this leads is not compared.
            yield "passes", ((), None)

    def _ask_for_options(self, chosen: Attempt, answers: Answers) -> None:
        """Compare what a person is offered with what is accepted from them; a host's own rules are not always asked."""
        for option in self.process.options(self.place.case, by=chosen.command.by, now=self.place.now):
            name = option.command.__name__
            answer = answers.get((chosen.who, name, ""))
            refused = _CODES.intersection(answer) if isinstance(answer, frozenset) else set[str]()
            if option.command in self.kinds and {one.code for one in option.refusals} & _CODES != refused:
                self.findings.report("options", f"options and check disagree on {name} by a {chosen.who}", self.place)

    def _try_at_a_wrong_time(self, command: Command) -> None:
        """Send a command before the last event, and from a version that is not the case's."""
        case, kind = self.place.case, type(command)
        if case.updated_at is not None:
            refusals = self.process.check(case, command, now=case.updated_at - timedelta.resolution)
            self.findings.refused.add((kind, frozenset(str(one.code) for one in refusals)))
            if all(one.code != RefusalCode.TIME_RUNS_BACKWARDS for one in refusals):
                self.findings.report("refusals", f"{kind.__name__} may come before the last event", self.place)
        try:
            self.process.handle(case, command, now=self.place.now, expected_version=case.version + 1)
            codes = frozenset[str]()
        except CommandRefusedError as error:
            codes = frozenset(str(one.code) for one in error.refusals)
        self.findings.refused.add((kind, codes))
        if RefusalCode.STALE_VERSION not in codes:
            self.findings.report("refusals", f"{kind.__name__} may come from another version", self.place)

    def _try_twice(self, command: Command, another: Command) -> None:
        """Send a command that has an id, send it again, and send another one under that id."""
        now, once = self.place.now, evolve(command, command_id="once")
        first = self.process.handle(self.place.case, once, now=now)
        again = self.process.handle(first.case, once, now=now)
        versions = tuple(event.version for event in first.events)
        if again != Outcome(case=first.case, events=(), notifications=(), repeated=versions):
            self.findings.report(
                "repeats", f"{type(command).__name__} is answered otherwise when it comes twice", self.place
            )
        plain, with_id = (
            {str(one.code) for one in self.process.check(first.case, sent, now=now)}
            for sent in (another, evolve(another, command_id="once"))
        )
        self.findings.refused.add((type(another), frozenset(with_id)))
        # Who may not send it at all hears of that alone.
        if with_id != (plain & _PERMISSION or {str(RefusalCode.COMMAND_ID_REUSED)}):
            what = f"{type(another).__name__} may come with the id of another command"
            self.findings.report("repeats", what, self.place)


def described(attempt: Attempt) -> str:
    """Tell an attempt in words."""
    particular = f" ({attempt.what})" if attempt.what else ""
    return f"{attempt.who}: {type(attempt.command).action}{particular}"


def _statuses(kind: type[Command], before: Case, after: Case) -> tuple[Enum | None, Enum | None]:
    """Give the statuses that a command is judged by and leads to: of the escalation, or of the case."""
    if kind is commands.OpenCase:
        return None, after.status
    if kind in CASE.sources:
        return before.status, after.status
    return status_of(before), status_of(after)
