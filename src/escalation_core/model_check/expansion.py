"""All attempts of all senders on one case at one time, and the checks of their results.

Rule 1: the calls are those of a host: ``check``, ``handle``, ``options``, ``due``, ``next_due`` and ``replay``.
Rule 2: a step with a violation is reported, and its result is not explored.
Rule 3: several senders may cause the same case and the same notifications. Then only the first step gets all checks;
the others get the checks of the sender and of the events.
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
from escalation_core.model_check.abstraction import next_change
from escalation_core.model_check.attempts import Attempt, attempts
from escalation_core.model_check.audiences import with_partner
from escalation_core.model_check.checks import SENDER_CHECKS, violations
from escalation_core.model_check.invariants import invariant_7
from escalation_core.model_check.results import Counterexample, Notified, Place, TakenRow
from escalation_core.people import Role
from escalation_core.process import Outcome, Process
from escalation_core.table import CASE
from escalation_core.testing.history import Step, status_of

T = TypeVar("T")
Answer = frozenset[str] | tuple[tuple[str, ...], Hashable]  #: Refusal codes; or names of events, and the next state.
Answers = dict[tuple[str, str, str], Answer]  #: By sender, class of the command, and variant.

_CODES = {str(code) for code in RefusalCode}
_PERMISSION = {RefusalCode.ROLE_NOT_PERMITTED, RefusalCode.NOT_A_PARTICIPANT, RefusalCode.ROLE_MISMATCH}
_BY_THE_TABLE = {RefusalCode.CASE_NOT_OPENED, RefusalCode.NO_ESCALATION, RefusalCode.ILLEGAL_TRANSITION}
_FAILURE = frozenset({"a failure"})
_TIME = "time"


@define
class Findings:
    """The results so far, of all states."""

    taken: dict[TakenRow, tuple[str, ...]] = field(factory=dict[TakenRow, tuple[str, ...]])
    refused: set[tuple[type[Command], frozenset[str]]] = field(factory=set[tuple[type[Command], frozenset[str]]])
    notified: set[Notified] = field(factory=set[Notified])
    events: set[type[Event]] = field(factory=set[type[Event]])
    problems: dict[tuple[str, str], Counterexample] = field(factory=dict[tuple[str, str], Counterexample])

    def report(self, rule: str, what: str, place: Place | None = None, *did: str, other: tuple[str, ...] = ()) -> None:
        """Record the first occurrence of a violation, with its place; without a place if it concerns all states."""
        if (rule, what) not in self.problems:
            path = () if place is None else place.path
            found = Counterexample(rule=rule, what=what, path=(*path, *did), other_path=other)
            self.problems[rule, what] = found


@define
class Expansion:
    """One place, with each attempt on it."""

    process: Process
    kinds: tuple[type[Command], ...]
    signature: Callable[[Place], Hashable]
    place: Place
    findings: Findings
    turn: int  #: Selects the attempts that are also made at a wrong time and twice.
    reached: list[Place] = field(factory=list[Place])  #: The next places.
    accepted: list[Attempt] = field(factory=list[Attempt])
    judged: set[Hashable] = field(factory=set[Hashable])

    def run(self) -> Answers:
        """Return the answers to all attempts and to passing time."""
        case, fingerprint = self.place.case, hash(self.place.case)
        tried = attempts(case, self.place.now, self.process.policy.permissions, self.kinds)
        answers: Answers = {
            (attempt.who, type(attempt.command).__name__, attempt.what): self._try(attempt) for attempt in tried
        }
        chosen = tried[self.turn % len(tried)]
        self._safely(lambda: self._ask_for_options(chosen, answers), "options", "a person asks for the options")
        self._safely(lambda: self._try_at_a_wrong_time(chosen.command), "another time", description_of(chosen))
        if self.accepted:
            again = self.accepted[self.turn % len(self.accepted)]
            others = [one for one in tried if one.command != again.command and not one.what]
            other = others[self.turn % len(others)]
            name = f"{type(again.command).__name__} with an id"
            self._safely(lambda: self._try_twice(again.command, other.command), name, description_of(again))
        answers |= {(_TIME, what, ""): happened for what, happened in self._let_time_pass()}
        if hash(case) != fingerprint:
            self.findings.report("invariant 11", "a call changes its arguments", self.place)
        return answers

    def _try(self, attempt: Attempt) -> Answer:
        case, command, did = self.place.case, attempt.command, description_of(attempt)
        kind, now = type(command), self.place.now
        refusals = self._safely(lambda: self.process.check(case, command, now=now), kind.__name__, did)
        if refusals is None:
            return _FAILURE
        codes = frozenset(str(one.code) for one in refusals)
        # The fields of a variant are checked only where the table permits the move.
        refused_by_the_table = bool(attempt.what) and not _BY_THE_TABLE.isdisjoint(codes)
        if attempt.code is not None and attempt.code not in codes and not refused_by_the_table:
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
        state = self.signature(after)
        sent = tuple((one.template, one.to, one.data.contents) for one in outcome.notifications)
        if self._judge(command, outcome, did, (kind, attempt.what, hash(outcome.case), happened, sent)):
            self.reached.append(after)
            taken = TakenRow(kind, command.by.role, *_statuses(kind, case, outcome.case), happened)
            if taken not in self.findings.taken:
                self.findings.taken[taken] = after.path
        # Cases with the same signature may differ in the number of remaining rungs, so the state after ``RaiseLevel``
        # is not compared.
        return tuple(event.__name__ for event in happened), None if kind is commands.RaiseLevel else state

    def _safely(self, call: Callable[[], T], name: str, did: str) -> T | None:
        """Return the result of a call; report an error of the process, and return None."""
        try:
            return call()
        except Exception as error:  # noqa: BLE001  # a broken process may raise any error
            self.findings.report("answer", f"{name} raises {type(error).__name__}", self.place, f"{did} ({error})")
            return None

    def _judge(self, command: Command | None, outcome: Outcome | None, did: str, like: Hashable = None) -> bool:
        """Whether a step passes all checks; report each violation."""
        step = Step(process=self.process, before=self.place.case, command=command, now=self.place.now, outcome=outcome)
        try:
            if like in self.judged:
                found = list(violations(step, SENDER_CHECKS))
            else:
                history = (*self.place.history, *step.events)
                found = list(violations(step))
                found += [("invariant 7", what) for what in invariant_7(self.process, history, step.after)]
        except Exception as error:  # noqa: BLE001  # a broken outcome may fail a check with any error
            found = [("answer", f"{did}: the checks of the outcome raise {type(error).__name__}")]
        for rule, what in found:
            self.findings.report(rule, what, self.place, did)
        if like is not None and not found:
            self.judged.add(like)
        if outcome is not None:
            kind, partner = step.after.kind, with_partner(step.after)
            for one in outcome.notifications:
                self.findings.notified.add(
                    Notified(one.template, kind, partner, one.to if isinstance(one.to, Role) else one.to.role)
                )
            self.findings.events.update(type(event) for event in outcome.events)
        return not found

    def _let_time_pass(self) -> Iterator[tuple[str, Answer]]:
        case, now, did = self.place.case, self.place.now, "the host asks what is due"
        outcome = self._safely(lambda: self.process.due(case, now=now), "due", did)
        if outcome is not None:
            after = Place(case=outcome.case, now=now, before=self.place, did=did, events=outcome.events)
            if self._judge(None, outcome, did) and outcome.events:
                self.reached.append(after)
                names = sorted(type(event).__name__ for event in outcome.events)
                yield "due", (tuple(names), self.signature(after))
        at = next_change(case, now)
        if at is not None:
            self.reached.append(Place(case=case, now=at, before=self.place, did=f"{at - now} pass"))
            # Cases with the same signature may differ in the next clock, so the state after a wait is not compared.
            yield "passes", ((), None)

    def _ask_for_options(self, chosen: Attempt, answers: Answers) -> None:
        """Compare the options of a person with the answers to their commands, except for the rules of the host."""
        for option in self.process.options(self.place.case, by=chosen.command.by, now=self.place.now):
            name = option.command.__name__
            answer = answers.get((chosen.who, name, ""))
            refused = _CODES.intersection(answer) if isinstance(answer, frozenset) else set[str]()
            if option.command in self.kinds and {one.code for one in option.refusals} & _CODES != refused:
                self.findings.report("options", f"options and check disagree on {name} by a {chosen.who}", self.place)

    def _try_at_a_wrong_time(self, command: Command) -> None:
        """Send a command before the time of the last event, and with a wrong expected version."""
        case, kind = self.place.case, type(command)
        if case.updated_at is not None:
            refusals = self.process.check(case, command, now=case.updated_at - timedelta.resolution)
            self.findings.refused.add((kind, frozenset(str(one.code) for one in refusals)))
            if all(one.code != RefusalCode.TIME_RUNS_BACKWARDS for one in refusals):
                self.findings.report(
                    "refusals", f"{kind.__name__} is accepted before the time of the last event", self.place
                )
        try:
            self.process.handle(case, command, now=self.place.now, expected_version=case.version + 1)
            codes = frozenset[str]()
        except CommandRefusedError as error:
            codes = frozenset(str(one.code) for one in error.refusals)
        self.findings.refused.add((kind, codes))
        if RefusalCode.STALE_VERSION not in codes:
            self.findings.report("refusals", f"{kind.__name__} is accepted with a wrong expected version", self.place)

    def _try_twice(self, command: Command, another: Command) -> None:
        """Send a command with an id, repeat it, and send another command with the same id."""
        now, once = self.place.now, evolve(command, command_id="once")
        first = self.process.handle(self.place.case, once, now=now)
        again = self.process.handle(first.case, once, now=now)
        versions = tuple(event.version for event in first.events)
        if again != Outcome(case=first.case, events=(), notifications=(), repeated=versions):
            self.findings.report(
                "repeats", f"{type(command).__name__} has another answer when it is repeated", self.place
            )
        plain, with_id = (
            {str(one.code) for one in self.process.check(first.case, sent, now=now)}
            for sent in (another, evolve(another, command_id="once"))
        )
        self.findings.refused.add((type(another), frozenset(with_id)))
        # A sender without permission gets only that refusal.
        if with_id != (plain & _PERMISSION or {str(RefusalCode.COMMAND_ID_REUSED)}):
            what = f"{type(another).__name__} is accepted with the id of another command"
            self.findings.report("repeats", what, self.place)


def description_of(attempt: Attempt) -> str:
    """Return a description of an attempt in words."""
    particular = f" ({attempt.what})" if attempt.what else ""
    return f"{attempt.who}: {type(attempt.command).action}{particular}"


def _statuses(kind: type[Command], before: Case, after: Case) -> tuple[Enum | None, Enum | None]:
    """Return the statuses before and after a command: of the case or of the escalation."""
    if kind is commands.OpenCase:
        return None, after.status
    if kind in CASE.sources:
        return before.status, after.status
    return status_of(before), status_of(after)
