"""The search through every state that a process can reach.

Rule 1: the search is breadth-first, so each path is a shortest one.
Rule 2: each state is explored from its first case, and again from its *twins*. These are cases with the same signature
and different details, chosen by a seeded generator. Different answers show that the signature leaves out too much.
Rule 3: rules of the host may read anything, so they are called for each case with different details.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime
from random import Random

from attrs import define, evolve, field

from escalation_core import commands
from escalation_core.case import Case
from escalation_core.commands import Command
from escalation_core.errors import Refusal
from escalation_core.model_check.abstraction import details, signature
from escalation_core.model_check.attempts import CASES, attempts
from escalation_core.model_check.expansion import Answer, Answers, Expansion, Findings, description_of
from escalation_core.model_check.reachability import ENDS, without_path
from escalation_core.model_check.results import Exploration, Place
from escalation_core.policy import Rule
from escalation_core.process import Process
from escalation_core.table import COMMANDS
from escalation_core.testing.history import status_of

#: The time of each opening: a Monday morning.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

Distinguish = Callable[[Case, datetime], Hashable]

_Following = dict[Hashable, set[Hashable]]


def explore(
    process: Process,
    *,
    cases: Iterable[Case] = CASES,
    kinds: Iterable[type[Command]] = COMMANDS,
    distinguish: Distinguish | None = None,
    twins: int = 1,
) -> Exploration:
    """Return the results of all checks in every state that these cases can reach.

    Args:
        process: a process with any policy and any rules. A ladder with many reminders makes many states.
        cases: the first cases, not opened yet; by default emergencies of both sides and of each, and two others.
        kinds: the classes of commands to try; ``OpenCase`` is always tried. Fewer classes explore only a part.
        distinguish: required if a rule of the host reads a part of a case or the time that a signature leaves out (see
            ``abstraction``). Cases with different results of this function are different states. Without it, the
            exploration may report different refusals for one signature, or may miss such a case.
        twins: the number of further cases to try for each signature. Each takes as long as the first one.

    Example:
        >>> from escalation_core import Process, commands
        >>> explored = explore(Process(), cases=CASES[-1:], kinds=[commands.StartDiagnosis])
        >>> explored.states, explored.problems
        (3, ())
    """
    chosen = {commands.OpenCase, *kinds}
    tried = tuple(kind for kind in COMMANDS if kind in chosen)
    rules = tuple(map(_OwnRule, process.policy.rules))
    noting = evolve(process, policy=evolve(process.policy, rules=rules))
    search = _Search(process=noting, rules=rules, kinds=tried, distinguish=distinguish, most=twins)
    for case in cases:
        search.arrive(Place(case=case, now=START, did=_in_words(case)))
    return search.run()


def _in_words(case: Case) -> str:
    people = ", ".join(sorted(person.role.value for person in case.participants))
    contact = "" if case.additional_contact is None else "; an additional contact"
    return f"a case of type {case.type}, about {case.kind}; on it: {people}{contact}"


@define
class _OwnRule:
    """A rule of the host, which records whether it has refused a command."""

    rule: Rule
    refused: bool = False

    def __call__(self, case: Case, command: Command, now: datetime) -> tuple[Refusal, ...]:
        """Return the refusals of the rule."""
        refusals = self.rule(case, command, now)
        self.refused = self.refused or bool(refusals)
        return refusals

    @property
    def name(self) -> str:
        """The name of the rule for messages."""
        return getattr(self.rule, "__name__", repr(self.rule))


@define
class _Search:
    """The state of the search."""

    process: Process
    rules: tuple[_OwnRule, ...]
    kinds: tuple[type[Command], ...]
    distinguish: Distinguish | None
    most: int  #: The largest number of twins of a state.
    #: For each state: its first case, its twins, and the details of all its cases.
    first: dict[Hashable, Place] = field(factory=dict[Hashable, Place])
    twins: dict[Hashable, list[Place]] = field(factory=dict[Hashable, list[Place]])
    seen: dict[Hashable, set[int]] = field(factory=dict[Hashable, set[int]])
    chance: Random = field(factory=lambda: Random(0))  # noqa: S311  # not for security
    following: _Following = field(factory=_Following)
    waiting: deque[Hashable] = field(factory=deque[Hashable])
    findings: Findings = field(factory=Findings)
    expansions: int = 0
    #: The refusal codes of the host's rules for each attempt, in the first case of a state.
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
            for state in without_path(end, cases, self.following):
                what = f"a case in {_status(cases[state])} has no path to where {end.name}"
                self.findings.report("invariant 9", what, self.first[state])
        for rule in [rule for rule in self.rules if not rule.refused]:
            self.findings.report("rules", f"the host's {rule.name} refuses nothing")
        return Exploration(
            states=len(self.first),
            ends=tuple(end.name for end in sought),
            unchecked_ends=tuple(end.name for end in ENDS if end not in sought),
            twins=twins,
            transitions=transitions,
            tried=tried,
            taken=self.findings.taken,
            refused=frozenset((kind, code) for kind, codes in self.findings.refused for code in codes),
            notified=frozenset(self.findings.notified),
            events=frozenset(self.findings.events),
            problems=tuple(self.findings.problems.values()),
        )

    def arrive(self, place: Place) -> Hashable:
        """Return the state of a place, and queue the place if the state or its details are new."""
        state, detail = self._state_of(place), hash(details(place.case, place.now))
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

    def _state_of(self, place: Place) -> Hashable:
        return signature(place.case, place.now), self.distinguish and self.distinguish(place.case, place.now)

    def _ask_own_rules(self, state: Hashable, place: Place) -> None:
        """Report different answers of the host's rules for one signature."""
        found: dict[str, tuple[str, ...]] = {}
        for attempt in attempts(place.case, place.now, self.process.policy.permissions, self.kinds):
            try:
                refusals = [one for own in self.rules for one in own.rule(place.case, attempt.command, place.now)]
            except Exception as error:  # noqa: BLE001  # a rule of a host may raise any error
                what = f"a rule of the host raises {type(error).__name__}"
                self.findings.report("answer", what, place, description_of(attempt))
                continue
            found[description_of(attempt)] = tuple(str(one.code) for one in refusals)
        known = self.own.setdefault(state, found)
        for what in [what for what in found if found[what] != known.get(what, found[what])]:
            one, other = (" and ".join(answers[what]) or "nothing" for answers in (known, found))
            answered = f"{what} is answered with {one} by the host's rules, and with {other} in another case"
            self.findings.report(
                "abstraction", f"{answered} of the same signature", self.first[state], other=place.path
            )

    def _expand(self, state: Hashable, place: Place) -> Answers:
        self.expansions += 1
        expansion = Expansion(self.process, self.kinds, self._state_of, place, self.findings, self.expansions)
        answers = expansion.run()
        self.following[state].update(map(self.arrive, expansion.reached))
        return answers

    def _compare(self, state: Hashable, twin: Place, others: Answers) -> None:
        """Report different answers to the common attempts on two cases with the same signature."""
        answers = self._expand(state, self.first[state])
        for label in [label for label in answers if answers[label] != others.get(label, answers[label])]:
            who, kind, particular = label
            asked = f"{kind} by a {who}{f' ({particular})' if particular else ''}"
            one, other = _words(answers[label]), _words(others[label])
            difference = "leads to another state" if one == other else f"is answered with {other}"
            what = f"{asked} is answered with {one}, and {difference} in another case of the same signature"
            self.findings.report("abstraction", what, self.first[state], other=twin.path)


_Digest = dict[tuple[str, str], int]


def _digest(answers: Answers) -> _Digest:
    """Return a digest of the answers for each sender and variant, for comparison."""
    digest: _Digest = {}
    for (who, kind, what), answer in answers.items():
        digest[who, what] = digest.get((who, what), 0) ^ hash((kind, answer))
    return digest


def _words(answer: Answer) -> str:
    return " and ".join(answer[0] if isinstance(answer, tuple) else sorted(answer)) or "nothing"


def _status(case: Case) -> str:
    status = status_of(case)
    return f"{case.status}, {'without an escalation' if status is None else f'its escalation {status}'},"
