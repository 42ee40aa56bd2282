"""Mutation testing: a test fails for every small fault in the library, or the fault is listed with its reason.

    python tests/mutation/run.py                        every module, the modules in SAMPLED by a sample
    python tests/mutation/run.py clocks codec.scalars   these modules alone
    python tests/mutation/run.py --share 0.01           a hundredth of all mutants
    python tests/mutation/run.py --share 0.01 --whole clocks    the same, and every mutant of this module

Rule 1: the command fails if a mutant survives the tests and ``equivalent.toml`` does not list it.
Rule 2: the command fails if ``equivalent.toml`` lists a mutant that the tests kill twice or that does not exist. One
failure may be the fault of a busy machine.
Rule 3: every module is mutated, a new one too, unless LEFT_OUT names it.
Rule 4: a sample depends on nothing but the names of the mutants and the seed, so an edit elsewhere does not change it.
Rule 5: the tests of a module run first, then the fast tests, then the slow ones, so that most mutants are killed soon.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from mutant_run import TESTS, Killers, MutantRun, verdicts
from mutants import Mutant, imported_as, modules, mutants_of, name_of, path_of

LISTED = Path(__file__).with_name("equivalent.toml")
SEED = 12

#: Modules that are not mutated, together with their submodules, and the reason.
LEFT_OUT = {
    "testing": "hosts with one planted mistake each test the kit",
    "model_check": "planted faults test the model check",
    "notifications.catalogs": "they contain only prose",
}
#: Modules, together with their submodules, of which only a sample is mutated: they decide nothing of the process.
SAMPLED = ("codec", "examples", "hooks", "interchange", "measures", "summary")
SHARE_OF_SAMPLED = 0.1

#: Tests that need other tools, take too long, or test no behavior of the mutated modules.
LEFT_OUT_TESTS = {
    *("test_desk.py", "test_docs.py", "test_host_suite.py", "test_model_check.py"),
    *("test_model_check_invariants.py", "test_mutation.py", "test_public.py", "test_size.py"),
    *("test_cloudevents.py", "test_engines.py", "test_generated.py", "test_mining_by_pm4py.py"),
}
#: Tests that run only for these modules and their submodules.
ONLY_FOR = {
    "test_mining_of_histories.py": ("interchange", "measures"),
    "test_schemas.py": ("codec", "interchange"),
}
#: Tests that run first for these modules and their submodules, like those that import the module or have its name.
FIRST = {
    "steps": ("test_rules.py", "test_lifecycle.py", "test_refusals.py", "test_facts.py"),
    "verdict": ("test_rules.py", "test_refusals.py", "test_process_table.py"),
    "table": ("test_process_table.py", "test_lifecycle.py"),
    "moves": ("test_process_table.py", "test_lifecycle.py"),
    "checks": ("test_values.py", "test_bad_input.py"),
    "working_hours": ("test_calendars.py",),
    "notifications": ("test_notifications.py", "test_rendering.py"),
}
OF_THE_DESK = ("test_desk.py",)
OF_THE_HOST = ("test_host_suite.py::TestDesk",)
#: CPU seconds; tests that take less run as one group.
FAST = 1.0

Tests = tuple[str, ...]


def main(arguments: Sequence[str]) -> int:
    """Run the tests on these mutants; return 0 if each is killed or listed."""
    known = [module for module in modules() if not _is_below(module, LEFT_OUT)]
    parser = argparse.ArgumentParser(description="Run the tests on modules with one small fault each.")
    parser.add_argument("modules", nargs="*", metavar="module", help="without the package's name; all by default")
    parser.add_argument("--share", type=float, default=1.0, help="the largest share of a module's mutants that run")
    parser.add_argument("--whole", nargs="+", default=[], metavar="module", help="modules of which every mutant runs")
    given = parser.parse_args(arguments)
    if foreign := [module for module in (*given.modules, *given.whole) if module not in known]:
        parser.error(f"module: must be one of {', '.join(known)}, got {foreign[0]!r}")
    chosen = [*dict.fromkeys((*given.modules, *given.whole))] if given.modules else known
    with get_context("spawn").Pool() as pool:  # this process must not import the package
        found = dict(zip(chosen, pool.map(mutants_of, chosen), strict=True))
    all_listed = _listed()
    seconds = _unharmed({test for module in found for test in _tests(module)})
    _print(_line("module", ("mutants", "share", "tried", "killed", "equivalent", "survivors")))
    total, wrong = [0, 0, 0, 0, 0], 0
    for module, mutants in found.items():
        share = min(given.share, SHARE_OF_SAMPLED if _is_below(module, SAMPLED) else 1.0)
        share = 1.0 if module in given.whole else share
        tried = [mutant for mutant in mutants if mutant.is_in_sample(share, SEED)]
        survived = {mutant.name for mutant in _survivors(tried, seconds)}
        doubted = [mutant for mutant in tried if mutant.name in all_listed - survived]
        survived |= {mutant.name for mutant in _survivors(doubted, seconds)}
        left = {mutant.name for mutant in mutants} - {mutant.name for mutant in tried}
        listed = {name for name in all_listed if name.partition(":")[0] == module} - left
        row = [len(mutants), len(tried), len(tried) - len(survived), len(survived & listed), len(survived - listed)]
        total = [sum(pair) for pair in zip(total, row, strict=True)]
        wrong += len(survived ^ listed)
        _print(_line(module, (row[0], share, *row[1:])))
        _print(*(f"\nsurvives: {name}" for name in sorted(survived - listed)))
        _print(*(f"\nlisted, but killed or missing: {name}" for name in sorted(listed - survived)))
    _print(_line("all", (total[0], "", *total[1:])), f"A mutant is in a sample by the digest of its name, seed {SEED}.")
    return 1 if wrong else 0


def _is_below(module: str, names: Sequence[str] | dict[str, str]) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for name in names)


def _listed() -> set[str]:
    """Return the names of the mutants that are known to change nothing."""
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
    return f"{name:<28}" + "".join(f"{value!s:>11}" for value in row)


def _tests(module: str) -> Tests:
    """Return the tests of a module."""
    if _is_below(module, ("examples",)):
        return (*OF_THE_DESK, *OF_THE_HOST) if module == "examples.host" else OF_THE_DESK
    found = [path for folder in (".", "property") for path in sorted((TESTS / folder).glob("test_*.py"))]
    return tuple(
        str(path.relative_to(TESTS))
        for path in found
        if path.name not in LEFT_OUT_TESTS and _is_below(module, ONLY_FOR.get(path.name, (module,)))
    )


def _groups(module: str, seconds: dict[str, float]) -> tuple[Tests, ...]:
    """Return the tests of a module in the order in which they run: those about it, fast ones, and each slow one."""
    tests = _tests(module)
    first = [test for names, near in FIRST.items() if _is_below(module, (names,)) for test in near]
    nearest = tuple(test for test in tests if test in first or _is_about(module, test))
    others = sorted(set(tests) - set(nearest), key=lambda test: (seconds[test], test))
    fast = tuple(test for test in others if seconds[test] < FAST)
    return (nearest, fast, *((test,) for test in others if test not in fast))


def _is_about(module: str, test: str) -> bool:
    """Whether a test imports the module or has its name."""
    path = TESTS / test.partition("::")[0]
    named = path.stem == f"test_{module.rpartition('.')[2]}"
    return named or f"{imported_as(module)} import" in path.read_text(encoding="utf-8")


def _unharmed(tests: set[str]) -> dict[str, float]:
    """Return the CPU time of each test without a fault."""
    path = path_of("people")
    text = path.read_text(encoding="utf-8")

    def run(test: str) -> MutantRun:
        return MutantRun(module=imported_as("people"), path=path, text=text, tests=((test,),), seconds=(3600.0,))

    found: dict[str, float] = {}
    for test, verdict in verdicts([(test, run(test)) for test in sorted(tests)], at_a_time=cpu_count() or 1):
        if verdict.killer is not None:
            raise SystemExit(f"without any fault, the run fails: {verdict.killer}")
        found[test] = verdict.seconds[0]
    return found


def _survivors(mutants: Sequence[Mutant], seconds: dict[str, float]) -> Iterator[Mutant]:
    killers = Killers()
    by_name = {mutant.name: mutant for mutant in mutants}

    def runs() -> Iterator[tuple[str, MutantRun]]:
        for mutant in mutants:
            groups = _groups(mutant.module, seconds)
            yield (
                mutant.name,
                MutantRun(
                    module=imported_as(mutant.module),
                    path=path_of(mutant.module),
                    text=mutant.text,
                    tests=groups,
                    killers=killers.of(mutant.scope, ""),
                    seconds=tuple(2 * sum(seconds[test] for test in tests) + 5 for tests in groups),
                ),
            )

    for name, verdict in verdicts(runs(), at_a_time=cpu_count() or 1):
        if verdict.killer is None:
            yield by_name[name]
        else:
            killers.add(by_name[name].scope, verdict.killer)
            killers.add("", verdict.killer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
