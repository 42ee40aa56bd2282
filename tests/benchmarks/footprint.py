"""The memory, the import time and the lines of code of ``escalation_core``."""

import compileall
import gc
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
from enum import Enum
from itertools import repeat
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import attrs
from workload import FRESH, OPENED, PROCESS, STORY

import escalation_core as ec
from escalation_core.testing import ANA, PAUL, later

IMPORT_ROUNDS = 21
PACKAGE = Path(f"{ec.__file__}").parent
BASE = "import attrs, transitions"
PROCESS_ALONE = "from escalation_core import Process"
EVERY_NAME = "from escalation_core import *"
#: Modules and packages that are not part of the core.
NOT_CORE = frozenset({"codec", "interchange", "hosting", "views", "cli.py", "testing", "model_check", "catalogs"})

SHARED_BY_ALL = (Enum, type, ModuleType, FunctionType, BuiltinFunctionType)


def _reachable(root: object) -> dict[int, int]:
    """Return the bytes of every reachable object, by the identity of the object; code is left out."""
    seen: dict[int, int] = {}
    waiting: list[object] = [root]
    while waiting:
        value = waiting.pop()
        if id(value) not in seen and not isinstance(value, SHARED_BY_ALL):
            seen[id(value)] = sys.getsizeof(value)
            waiting += gc.get_referents(value)
    return seen


def bytes_of_case() -> int:
    """Return the bytes that are reachable from a case and not from another case under the same policy."""
    one, other = _six_events(), _six_events()
    shared = _reachable(other)
    return sum(size for key, size in _reachable(one).items() if key not in shared)


def _six_events() -> ec.Case:
    """Make an active case with six events: opened, started, acknowledged, updated, proposed, approved by one side.

    It has its own copies of people and texts, as if each command came from a request.
    """
    ana = _own(ANA)
    described = _own(FRESH, requester=ana, participants=(ana, _own(PAUL)), description="Nobody can buy anything.")
    case = PROCESS.open(described, by=ana, now=later(FRESH)).case
    for command in STORY[:4]:
        case = PROCESS.handle(case, _own(command, by=_own(command.by)), now=later(case)).case
    assert case.version == 6
    return case


def _own(value: Any, **parts: Any) -> Any:  # noqa: ANN401  # a value of any class
    """Return a copy with its own texts; the library's defaults stay shared."""
    copy = pickle.loads(pickle.dumps(value))  # noqa: S301  # our own bytes
    return attrs.evolve(copy, locale=ANA.locale) if isinstance(value, ec.Person) else attrs.evolve(copy, **parts)


def traced_bytes_of_case(count: int = 200) -> float:
    """Return the bytes that the allocator uses per case; shared objects count once."""
    _six_events()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [_six_events() for _ in range(count)]
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] - before - sys.getsizeof(kept)
    tracemalloc.stop()
    return held / count


def peak_of_next_due() -> int:
    """Return the peak of the bytes that a thousand calls of ``next_due`` allocate."""
    PROCESS.next_due(OPENED)
    tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    for _ in repeat(None, 1000):
        PROCESS.next_due(OPENED)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak


def seconds_of_imports() -> dict[str, float]:
    """Return the shortest seconds of each import; a copy of the package with bytecode is imported."""
    codes = (BASE, PROCESS_ALONE, EVERY_NAME)
    times: dict[str, list[float]] = {code: [] for code in codes}
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(PACKAGE, Path(folder) / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(copy, quiet=1)
        for _ in range(IMPORT_ROUNDS):
            for code in codes:
                program = f"from time import process_time as now; a = now(); exec({code!r}); print(now() - a)"
                run = subprocess.run(  # noqa: S603  # our own lines
                    [sys.executable, "-c", program],
                    check=True,
                    capture_output=True,
                    text=True,
                    env={**os.environ, "PYTHONPATH": folder},
                )
                times[code].append(float(run.stdout))
    return {code: min(taken) for code, taken in times.items()}


def lines() -> tuple[int, int]:
    """Return the number of lines of the core, and of the whole package."""
    core = whole = 0
    for path in PACKAGE.rglob("*.py"):
        count = len(path.read_text(encoding="utf-8").splitlines())
        whole += count
        core += 0 if NOT_CORE & {*path.relative_to(PACKAGE).parts} else count
    return core, whole
