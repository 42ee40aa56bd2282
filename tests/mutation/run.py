"""Mutation testing: every small fault in what decides is noticed by a test, or listed with the reason why it is none.

    python tests/mutation/run.py                  every module, in the order of the table below
    python tests/mutation/run.py clocks due       these

Rule 1: a mutant that no test notices and that ``equivalent.toml`` does not list is a failure.
Rule 2: so is one that it lists and that a test notices, or that is not there any more.
"""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from mutants import PACKAGE, Mutant, mutants_of, name_of, path_of
from trial import Killers, Trial, verdicts

LISTED = Path(__file__).with_name("equivalent.toml")

#: The modules, and for each the tests that are asked first.
MODULES: dict[str, tuple[str, ...]] = {
    "lifecycle": ("test_lifecycle.py", "test_statecharts.py"),
    "policy": ("test_policy.py", "test_rules.py", "test_bad_input.py", "test_process_table.py"),
    "decide": ("test_rules.py", "test_time.py", "test_deduplication.py", "test_told.py"),
    "rules": ("test_rules.py", "test_refusals.py", "test_deduplication.py", "test_bad_input.py"),
    "rules.of_payload": ("test_refusals.py", "test_rules.py", "test_time.py"),
    "rules.of_state": ("test_refusals.py", "test_rules.py", "test_time.py"),
    "rules.refusing": ("test_refusals.py",),
    "evolve": ("test_bad_input.py", "test_deduplication.py"),
    "evolve.folding": ("test_bad_input.py", "test_time.py"),
    "evolve.of_case": ("test_bad_input.py", "test_rules.py"),
    "evolve.of_escalation": ("test_bad_input.py", "test_rules.py", "test_time.py"),
    "evolve.of_follow_ups": ("test_bad_input.py", "test_rules.py", "test_time.py"),
    "evolve.of_time": ("test_bad_input.py", "test_time.py"),
    "notifications.model": ("test_notifications.py", "test_told.py", "test_shapes.py", "test_bad_input.py"),
    "notifications.routing": ("test_notifications.py", "test_told.py", "test_time.py"),
    "notifications.rendering": ("test_rendering.py", "test_bad_input.py"),
    "notifications.mail": ("test_mail.py",),
    "clocks": ("test_time.py", "test_bad_input.py", "test_shapes.py"),
    "timing": ("test_time.py", "test_bad_input.py", "test_calendars.py"),
    "calendars": ("test_calendars.py", "test_bad_input.py"),
    "ladder": ("test_time.py",),
    "due": ("test_time.py",),
}
#: What is asked then: all other tests that take a second or two at the most, and look at what these modules decide.
OTHERS = (
    "test_shapes.py",
    "test_lifecycle.py",
    "test_refusals.py",
    "test_told.py",
    "test_rules.py",
    "test_deduplication.py",
    "test_rendering.py",
    "test_notifications.py",
    "test_bad_input.py",
    "test_time.py",
    "test_process_table.py",
    "test_codec.py",
)


def main(modules: Sequence[str]) -> int:
    """Try all mutants of these modules; 0 where each is noticed, or listed."""
    if foreign := [module for module in modules if module not in MODULES]:
        _print(f"module: must be one of {', '.join(MODULES)}, got {foreign[0]!r}")
        return 2
    all_listed = _listed()
    with get_context("spawn").Pool() as pool:  # which imports the package, as this process must not
        mutants = dict(zip(modules, pool.map(mutants_of, modules), strict=True))
    patience = 2 * _unharmed(modules)
    _print(_line("module", ("mutants", "killed", "equivalent", "survivors")))
    total, wrong = [0, 0, 0, 0], 0
    for module in modules:
        survived = {mutant.name for mutant in _survivors(mutants[module], patience)}
        listed = {name for name in all_listed if name.partition(":")[0] == module}
        count = len(mutants[module])
        row = [count, count - len(survived), len(survived & listed), len(survived - listed)]
        total = [sum(pair) for pair in zip(total, row, strict=True)]
        wrong += len(survived ^ listed)
        _print(_line(module, row))
        _print(*(f"\nsurvives: {name}" for name in sorted(survived - listed)))
        _print(*(f"\nlisted, but noticed or not there: {name}" for name in sorted(listed - survived)))
    _print(_line("all", total))
    return 1 if wrong else 0


def _listed() -> set[str]:
    """Give the names of those that are known to be no fault."""
    groups = tomllib.loads(LISTED.read_text(encoding="utf-8"))["because"]
    return {
        name_of(mutant["in"], mutant["was"], mutant["becomes"], mutant.get("again", 1))
        for group in groups
        for mutant in group["mutants"]
    }


def _print(*lines: str) -> None:
    sys.stdout.write("".join(line + "\n" for line in lines))
    sys.stdout.flush()


def _line(name: str, row: Sequence[object]) -> str:
    return f"{name:<24}" + "".join(f"{value!s:>12}" for value in row)


def _tests(module: str) -> tuple[tuple[str, ...], ...]:
    first = MODULES[module]
    return first, tuple(test for test in OTHERS if test not in first)


def _unharmed(modules: Sequence[str]) -> float:
    """Give the longest time that the tests of one of these modules take where there is no fault."""

    def trials() -> Iterator[tuple[str, Trial]]:
        for module in {_tests(module): module for module in modules}.values():
            path = path_of(module)
            text = path.read_text(encoding="utf-8")
            yield module, Trial(module=f"{PACKAGE}.{module}", path=path, text=text, tests=_tests(module), seconds=600)

    longest = 0.0
    for module, verdict in verdicts(trials(), at_a_time=cpu_count() or 1):
        if verdict.killer is not None:
            raise SystemExit(f"without any fault, {verdict.killer} fails the tests of {module}")
        longest = max(longest, verdict.seconds)
    return longest


def _survivors(mutants: Sequence[Mutant], patience: float) -> Iterator[Mutant]:
    killers = Killers()
    by_name = {mutant.name: mutant for mutant in mutants}

    def trials() -> Iterator[tuple[str, Trial]]:
        for mutant in mutants:
            yield (
                mutant.name,
                Trial(
                    module=f"{PACKAGE}.{mutant.module}",
                    path=path_of(mutant.module),
                    text=mutant.text,
                    tests=_tests(mutant.module),
                    killers=killers.of(mutant.scope, ""),
                    seconds=patience,
                ),
            )

    for name, verdict in verdicts(trials(), at_a_time=cpu_count() or 1):
        if verdict.killer is None:
            yield by_name[name]
        else:
            killers.add(by_name[name].scope, verdict.killer)
            killers.add("", verdict.killer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(MODULES)))
