"""Whether the tests notice a mutant.

Rule 1: a mutant is never written to a file. Each is tried in a process of its own, which imports the mutated text in
the place of the module; so nothing is left behind, whenever it ends.
Rule 2: that process is a fork of one that has imported what the tests need, and nothing of this package.
Rule 3: a mutant that never ends, or that needs too much memory, is noticed.
Rule 4: chance decides nothing: generated tests generate the same each time. Nor does how busy the machine is.
"""

import gc
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from io import StringIO
from math import ceil
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from time import monotonic, process_time
from types import CodeType, ModuleType
from typing import NamedTuple

import attrs
import pytest

os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"  # one is ours, and would import what is to be mutated
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # finding them takes longer than most mutants live

TESTS = Path(__file__).parents[1]
#: What the tests import, beside this package.
_IMPORTED = ("cattrs", "holidays", "hypothesis.strategies", "statemachine", "transitions")
_OPTIONS = (
    *("-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:unraisableexception"),
    *("-o", "addopts="),  # the plugins that they need are not loaded
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # what was imported before the fork was not rewritten
)
_MEMORY = 4 * 2**30
_WAIT = 30  # times as long, by the wall clock, is waited for what waits itself
_FORK = get_context("fork")


@attrs.frozen(kw_only=True)
class MutantRun:
    """A text that replaces a module, and the groups of tests that run on it until one fails."""

    module: str  #: As it is imported.
    path: Path
    text: str
    tests: tuple[tuple[str, ...], ...]
    killers: tuple[str, ...] = ()  #: Tests that run first, with their files.
    seconds: tuple[float, ...]  #: CPU time that each group may take.


@attrs.frozen(kw_only=True)
class Verdict:
    """The result of a run."""

    killer: str | None  #: The test that failed, or another reason for the end; None for a survivor.
    seconds: tuple[float, ...]  #: CPU time of each group that ran.


class _Running(NamedTuple):
    name: str
    run: MutantRun
    process: ForkProcess
    answer: "Connection[None, Verdict]"
    since: float


def verdicts(runs: Iterable[tuple[str, MutantRun]], *, at_a_time: int) -> Iterator[tuple[str, Verdict]]:
    """Try all of these, by name, several at a time; in the order in which they end."""
    for imported in _IMPORTED:
        import_module(imported)
    with redirect_stdout(StringIO()):
        pytest.main(["--version"])  # which imports what it needs itself
    if "escalation_core" in sys.modules:
        raise RuntimeError("what is to be mutated has been imported already")
    gc.freeze()
    waiting = iter(runs)
    running: list[_Running] = []
    while True:
        while len(running) < at_a_time and (following := next(waiting, None)):
            running.append(_started(*following))
        if not running:
            return
        wait([one.process.sentinel for one in running], timeout=1)
        for one in [*running]:
            if not one.process.is_alive() or monotonic() - one.since > _WAIT * sum(one.run.seconds):
                running.remove(one)
                yield one.name, _ended(one)


def _started(name: str, run: MutantRun) -> _Running:
    here, there = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_try, args=(run, there))
    process.start()
    there.close()
    return _Running(name, run, process, here, monotonic())


def _ended(one: _Running) -> Verdict:
    if one.process.is_alive() and one.process.pid is not None:
        os.killpg(one.process.pid, signal.SIGKILL)
    one.process.join()
    one.process.close()
    with one.answer:
        try:
            return one.answer.recv()
        except EOFError:
            return Verdict(killer="it did not end, or broke the interpreter", seconds=one.run.seconds)


def _try(run: MutantRun, answer: "Connection[Verdict, None]") -> None:
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.meta_path.insert(0, _Finder(run))
    answer.send(_verdict(run))
    answer.close()
    os._exit(0)


def _verdict(run: MutantRun) -> Verdict:
    _allow(2 * max(run.seconds))
    try:
        import_module("escalation_core.testing.registration").register()
    except Exception as error:  # noqa: BLE001  # whatever the fault raises
        return Verdict(killer=f"importing it: {error!r}", seconds=())
    likely = tuple(dict.fromkeys(Path(killer.partition("::")[0]).name for killer in run.killers[:2]))
    if likely and (
        killer := _killer(run, [path for group in run.tests for path in group if Path(path).name in likely])
    ):
        return Verdict(killer=killer, seconds=())
    taken: list[float] = []
    for group, seconds in zip(run.tests, run.seconds, strict=True):
        _allow(seconds)
        began = process_time()
        killer = _killer(run, [path for path in group if Path(path).name not in likely])
        taken.append(process_time() - began)
        if killer:
            return Verdict(killer=killer, seconds=tuple(taken))
    return Verdict(killer=None, seconds=tuple(taken))


def _allow(seconds: float) -> None:
    """Allow this process so much more CPU time."""
    limit = ceil(process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _killer(run: MutantRun, files: Sequence[str]) -> str | None:
    """Return the first test in these files that fails."""
    if not files:
        return None
    watch = _Watch(run.killers)
    status = pytest.main([*_OPTIONS, *(str(TESTS / file) for file in files)], plugins=[watch])
    return None if status == pytest.ExitCode.OK else watch.failed or f"pytest: {status!r}"


class _Finder:
    """Finds one module, with another text than its file has."""

    def __init__(self, run: MutantRun) -> None:
        self.run = run

    def find_spec(self, name: str, _path: Sequence[str] | None, _: ModuleType | None = None, /) -> ModuleSpec | None:
        if name != self.run.module:
            return None
        file = self.run.path
        inside = [str(file.parent)] if file.name == "__init__.py" else None
        loader = _Text(name, str(file), self.run.text)
        return spec_from_file_location(name, file, loader=loader, submodule_search_locations=inside)


class _Text(SourceFileLoader):
    def __init__(self, fullname: str, path: str, text: str) -> None:
        super().__init__(fullname, path)
        self.text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.get_filename(fullname), "exec", dont_inherit=True)


class _Watch:
    """Asks those tests first that noticed a similar mutant, and says which one fails."""

    def __init__(self, killers: tuple[str, ...]) -> None:
        self.rank = {killer: n for n, killer in enumerate(killers)}
        self.failed = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        hypothesis = import_module("hypothesis")
        hypothesis.settings.register_profile(
            "mutants",
            parent=hypothesis.settings.get_profile("quick"),
            derandomize=True,
            database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        )
        hypothesis.settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self.rank.get(item.nodeid, len(self.rank)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = report.nodeid


class Killers:
    """Which tests noticed what, so that they are asked first the next time."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    def add(self, place: str, killer: str) -> None:
        """Remember what noticed a mutant of this place."""
        if "::" in killer:
            self.counts.setdefault(place, Counter())[killer] += 1

    def of(self, *places: str) -> tuple[str, ...]:
        """Give those of these places, those of the first one first."""
        found = [killer for place in places for killer, _ in self.counts.get(place, Counter[str]()).most_common(5)]
        return tuple(dict.fromkeys(found))
