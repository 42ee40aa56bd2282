"""The search through every state that a process can get into.

Rule 1: breadth first, so that the way to what is found is a shortest one.
Rule 2: a state is explored from the first case that looks like it, and again from twins: others that differ in detail,
any of them, by numbers that are the same every time. All must be answered alike, or a look leaves out what counts.
Rule 3: rules of a host's own, which may read anything, are asked about every case that differs in detail, twin or not.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime
from random import Random

from attrs import define, evolve, field

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.commands import COMMANDS, Command
from escalation_core.errors import Refusal
from escalation_core.model_check.abstraction import details, look
from escalation_core.model_check.attempts import CASES, attempts
from escalation_core.model_check.expansion import Answer, Answers, Findings, Trial, described
from escalation_core.model_check.reachability import ENDS, stuck
from escalation_core.model_check.results import Exploration, Place
from escalation_core.policy import Rule
from escalation_core.process import Process
from escalation_core.testing.history import status_of

#: When every case is opened: a Monday morning.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

Apart = Callable[[Case, datetime], Hashable]

_Following = dict[Hashable, set[Hashable]]


def explore(
    process: Process,
    *,
    cases: Iterable[Case] = CASES,
    kinds: Iterable[type[Command]] = COMMANDS,
    apart: Apart | None = None,
    twins: int = 1,
) -> Exploration:
    """Go through every state that these cases can get into, and check every rule in each.

    Args:
        process: of any policy, with rules of the host's own as well. A ladder with many moments makes many states.
        cases: where it begins, not opened yet; by default emergencies of both sides and of either, and two others.
        kinds: the commands that are tried; opening a case always is. Leave some out to look at a part of the process.
        apart: whatever rules of the host's own read of a case or its time that a look leaves out (see ``abstraction``):
            cases that differ in it are told apart. It is required for that. Where it is missing, the exploration may
            say that a rule refuses something in one case and not in another that looks the same; it may also never
            come to such a case.
        twins: how many further cases of every look are tried, to find that out. Each takes as long as the first.
    """
    chosen = {commands.OpenCase, *kinds}
    tried = tuple(kind for kind in COMMANDS if kind in chosen)
    rules = tuple(map(_OwnRule, process.policy.rules))
    noting = evolve(process, policy=evolve(process.policy, rules=rules))
    search = _Search(process=noting, rules=rules, kinds=tried, apart=apart, most=twins)
    for case in cases:
        search.arrive(Place(case=case, now=START, did=_described(case)))
    return search.run()


def _described(case: Case) -> str:
    people = ", ".join(sorted(person.role.value for person in case.participants))
    contact = "" if case.additional_contact is None else "; an additional contact"
    return f"a case of type {case.type.value}, about {case.kind.value}; on it: {people}{contact}"


@define
class _OwnRule:
    """A rule of the host's own, and whether it ever refused anything."""

    rule: Rule
    refused: bool = False

    def __call__(self, case: Case, command: Command, now: datetime) -> tuple[Refusal, ...]:
        """Ask it."""
        refusals = self.rule(case, command, now)
        self.refused = self.refused or bool(refusals)
        return refusals

    @property
    def name(self) -> str:
        """What to call it."""
        return getattr(self.rule, "__name__", repr(self.rule))


@define
class _Search:
    """The search while it goes on."""

    process: Process
    rules: tuple[_OwnRule, ...]
    kinds: tuple[type[Command], ...]
    apart: Apart | None
    most: int  #: How many twins a state has at the most.
    #: Per state, the first case that looked like it, some of the others, and the details of all of them.
    first: dict[Hashable, Place] = field(factory=dict[Hashable, Place])
    twins: dict[Hashable, list[Place]] = field(factory=dict[Hashable, list[Place]])
    seen: dict[Hashable, set[int]] = field(factory=dict[Hashable, set[int]])
    chance: Random = field(factory=lambda: Random(0))  # noqa: S311  # nothing is to be kept secret
    following: _Following = field(factory=_Following)
    waiting: deque[Hashable] = field(factory=deque[Hashable])
    findings: Findings = field(factory=Findings)
    trials: int = 0
    #: What the host's own rules say of each attempt, in the first case of a look.
    own: dict[Hashable, dict[str, tuple[str, ...]]] = field(factory=dict[Hashable, dict[str, tuple[str, ...]]])

    def run(self) -> Exploration:
        digests: dict[Hashable, _Digest] = {}
        compared: set[Hashable] = set()
        tried = transitions = twins = 0
        while self.waiting:
            while self.waiting:
                state = self.waiting.popleft()
                answers = self._expand(state, self.first[state])
                digests[state] = _digest(answers)
                tried += len(answers)
                transitions += sum(isinstance(answer, tuple) for answer in answers.values())
            for state in [state for state in self.twins if state not in compared]:
                compared.add(state)
                twins += len(self.twins[state])
                for twin in tuple(self.twins[state]):
                    answers = self._expand(state, twin)
                    digest = _digest(answers)
                    if any(digest[asked] != digests[state][asked] for asked in digest.keys() & digests[state].keys()):
                        self._compare(state, twin, answers)
        cases = {state: place.case for state, place in self.first.items()}
        sought = [end for end in ENDS if set(end.needs) <= set(self.kinds)]
        for end in sought:
            for state in stuck(end, cases, self.following):
                what = f"a case that is {_status(cases[state])} has no way to where {end.name}"
                self.findings.report("invariant 9", what, self.first[state])
        for rule in [rule for rule in self.rules if not rule.refused]:
            self.findings.report("rules", f"the host's {rule.name} refuses nothing that was tried")
        return Exploration(
            states=len(self.first),
            ends=tuple(end.name for end in sought),
            unsought=tuple(end.name for end in ENDS if end not in sought),
            twins=twins,
            transitions=transitions,
            tried=tried,
            taken=self.findings.taken,
            refused=frozenset((kind, code) for kind, codes in self.findings.refused for code in codes),
            heard=frozenset(self.findings.heard),
            happened=frozenset(self.findings.happened),
            problems=tuple(self.findings.problems.values()),
        )

    def arrive(self, place: Place) -> Hashable:
        """Give the state of a place; it is explored, if none like it was."""
        state, detail = self._look(place), hash(details(place.case, place.now))
        seen = self.seen.setdefault(state, set())
        fresh = detail not in seen
        seen.add(detail)
        if fresh and self.rules:
            self._ask_own_rules(state, place)
        if state not in self.first:
            self.first[state] = place
            self.following[state] = set()
            self.waiting.append(state)
        elif fresh or state not in self.twins:
            twins, turn = self.twins.setdefault(state, []), self.chance.randrange(len(seen))
            if len(twins) < self.most:
                twins.append(place)
            elif turn < self.most:
                twins[turn] = place
        return state

    def _look(self, place: Place) -> Hashable:
        return look(place.case, place.now), self.apart and self.apart(place.case, place.now)

    def _ask_own_rules(self, state: Hashable, place: Place) -> None:
        """Report where rules of the host's own tell cases apart that look the same."""
        said: dict[str, tuple[str, ...]] = {}
        for attempt in attempts(place.case, place.now, self.process.policy.permissions, self.kinds):
            try:
                refusals = [one for own in self.rules for one in own.rule(place.case, attempt.command, place.now)]
            except Exception as error:  # noqa: BLE001  # what a host's rule raises is reported
                what = f"a rule of the host's own raises {type(error).__name__}"
                self.findings.report("answer", what, place, described(attempt))
                continue
            said[described(attempt)] = tuple(str(one.code) for one in refusals)
        known = self.own.setdefault(state, said)
        for what in [what for what in said if said[what] != known.get(what, said[what])]:
            one, other = (" and ".join(answers[what]) or "nothing" for answers in (known, said))
            answered = f"{what} is answered with {one} by the host's own rules, and with {other} for a case that looks"
            self.findings.report("abstraction", f"{answered} the same", self.first[state], other=place.way)

    def _expand(self, state: Hashable, place: Place) -> Answers:
        self.trials += 1
        trial = Trial(self.process, self.kinds, self._look, place, self.findings, self.trials)
        answers = trial.run()
        self.following[state].update(map(self.arrive, trial.reached))
        return answers

    def _compare(self, state: Hashable, twin: Place, others: Answers) -> None:
        """Report where two cases that look the same are answered differently, in what both can be asked."""
        answers = self._expand(state, self.first[state])
        for label in [label for label in answers if answers[label] != others.get(label, answers[label])]:
            who, kind, particular = label
            said = f"{kind} by a {who}{f' ({particular})' if particular else ''}"
            one, other = _words(answers[label]), _words(others[label])
            otherwise = "leads elsewhere" if one == other else f"is answered with {other}"
            what = f"{said} is answered with {one}, and {otherwise} for a case that looks the same"
            self.findings.report("abstraction", what, self.first[state], other=twin.way)


_Digest = dict[tuple[str, str], int]


def _digest(answers: Answers) -> _Digest:
    """Keep of answers, by who asked and what was particular, as much as tells whether others are the same."""
    digest: _Digest = {}
    for (who, kind, what), answer in answers.items():
        digest[who, what] = digest.get((who, what), 0) ^ hash((kind, answer))
    return digest


def _words(answer: Answer) -> str:
    return " and ".join(answer[0] if isinstance(answer, tuple) else sorted(answer)) or "nothing"


def _status(case: Case) -> str:
    status = status_of(case)
    return f"{case.status.value}, {'without an escalation' if status is None else f'its escalation {status.value}'},"
