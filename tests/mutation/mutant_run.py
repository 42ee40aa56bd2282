"""The run of the tests on one mutant, in a process of its own.

Rule 1: a mutant is never written to a file. Its process imports the mutated text instead of the module, so an
interrupted run leaves nothing behind.
Rule 2: the process is a fork of a parent that has imported the dependencies of the tests, but not this package.
Rule 3: a mutant counts as killed if it never ends or needs too much memory.
Rule 4: the result is deterministic. Generated tests generate the same examples each time, and limits are CPU time, so
other programs on the machine do not matter.
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

os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"  # our own plugin would import the module too early
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # finding plugins takes longer than most runs

TESTS = Path(__file__).parents[1]
#: The imports of the tests, apart from this package.
_IMPORTED = ("cattrs", "holidays", "hypothesis.strategies", "statemachine", "transitions")
_OPTIONS = (
    *("-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:unraisableexception"),
    *("-o", "addopts="),  # pyproject.toml has options of plugins that are not loaded
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # for modules imported before the fork
)
_MEMORY = 4 * 2**30
_WAIT = 30  # wall-clock seconds for each second of allowed CPU time, for a mutant that sleeps or blocks
_FORK = get_context("fork")


@attrs.frozen(kw_only=True)
class MutantRun:
    """A text that replaces a module, and the groups of tests that run on it until one fails."""

    module: str  #: The name by which it is imported.
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
    """Yield the verdict of each named run, in the order in which the runs end; several run at a time."""
    for imported in _IMPORTED:
        import_module(imported)
    with redirect_stdout(StringIO()):
        pytest.main(["--version"])  # so that pytest imports its own modules
    if "escalation_core" in sys.modules:
        raise RuntimeError("escalation_core: must not be imported before the runs")
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
            return Verdict(killer="the run did not end, or the interpreter crashed", seconds=one.run.seconds)


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
    except Exception as error:  # noqa: BLE001  # a fault may raise anything
        return Verdict(killer=f"the import raises {error!r}", seconds=())
    known = tuple(dict.fromkeys(Path(killer.partition("::")[0]).name for killer in run.killers))
    asked: set[str] = set()
    for names in (known[:2], known[2:]):
        if killer := _killer(run, [path for group in run.tests for path in group if Path(path).name in names]):
            return Verdict(killer=killer, seconds=())
        asked.update(names)
    taken: list[float] = []
    for group, seconds in zip(run.tests, run.seconds, strict=True):
        _allow(seconds)
        began = process_time()
        killer = _killer(run, [path for path in group if Path(path).name not in asked])
        taken.append(process_time() - began)
        if killer:
            return Verdict(killer=killer, seconds=tuple(taken))
    return Verdict(killer=None, seconds=tuple(taken))


def _allow(seconds: float) -> None:
    """Set the CPU time that this process may use from now on."""
    limit = ceil(process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _killer(run: MutantRun, files: Sequence[str]) -> str | None:
    """Return the first test in these files that fails; None if all pass."""
    if not files:
        return None
    watch = _Watch(run.killers)
    status = pytest.main([*_OPTIONS, *(str(TESTS / file) for file in files)], plugins=[watch])
    return None if status == pytest.ExitCode.OK else watch.failed or f"pytest: {status!r}"


class _Finder:
    """A finder that returns the mutated text of one module."""

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
    """A plugin that runs the tests first that killed a similar mutant, and records the test that fails."""

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
    """The tests that killed earlier mutants, by place, so that they run first for the next mutant."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    def add(self, place: str, killer: str) -> None:
        """Record that a test killed a mutant in this place."""
        if "::" in killer:
            self.counts.setdefault(place, Counter())[killer] += 1

    def of(self, *places: str) -> tuple[str, ...]:
        """Return the most frequent killers in these places, in the order of the places."""
        found = [killer for place in places for killer, _ in self.counts.get(place, Counter[str]()).most_common(5)]
        return tuple(dict.fromkeys(found))
