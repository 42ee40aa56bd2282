"""The public names are sorted, complete, documented and typed, and an import loads no optional dependency."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import escalation_core as ec
from escalation_core import model_check, testing
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import hosts, strategies

ROOT = Path(__file__).parent.parent
PACKAGES = [ec, testing, strategies, model_check]
NAMES = [(package, name) for package in (*PACKAGES, hosts) for name in package.__all__]


def _imported(package: ModuleType) -> set[str]:
    """Return every name of this library that a package imports, and every public name that it defines."""
    tree = ast.parse(Path(f"{package.__file__}").read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in found if f"{node.module}".startswith("escalation_core") for alias in node.names}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_all_is_sorted_and_complete(package: ModuleType) -> None:
    constants = sorted(name for name in package.__all__ if name.isupper())
    classes = sorted(name for name in package.__all__ if name[0].isupper() and name not in constants)
    others = sorted(name for name in package.__all__ if name[0].islower())
    assert package.__all__ == [*constants, *classes, *others]
    assert set(package.__all__) == _imported(package)


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_public_name_has_a_docstring(package: ModuleType, name: str) -> None:
    value = getattr(package, name)
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.ismodule(value):
        assert (inspect.getdoc(value) or "").strip()


@pytest.mark.parametrize("kind", [*COMMANDS, *EVENTS])
def test_every_command_and_event_has_its_own_docstring(kind: type) -> None:
    assert "__doc__" in vars(kind)
    assert kind.__doc__


def test_the_package_imports_neither_email_nor_extras() -> None:
    program = "import sys, escalation_core; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    optional = {"escalation_core.codec", "escalation_core.interchange", "escalation_core.testing"}
    assert not {"email.message", "cattrs", "hypothesis", *optional} & set(loaded)


@pytest.mark.parametrize(
    "module", ["testing", "testing.builders", "testing.scenario", "testing.guarantees", "model_check"]
)
def test_a_module_without_generated_tests_does_not_import_hypothesis(module: str) -> None:
    program = f"import sys, escalation_core.{module}; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"hypothesis", "pytest", "cattrs", "escalation_core.interchange"} & set(loaded)


def test_mypy_finds_exactly_the_wrong_lines_of_user_code() -> None:
    """Mypy accepts ``typing/good.py``, and finds errors in exactly the marked lines of ``typing/bad.py``."""
    run = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"]
    good = subprocess.run([*run, "tests/typing/good.py"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (good.stdout, good.returncode) == ("", 0)
    bad = subprocess.run([*run, "tests/typing/bad.py"], capture_output=True, text=True, cwd=ROOT, check=False)
    found = {int(line.split(":")[1]) for line in bad.stdout.splitlines() if ": error:" in line}
    lines = (ROOT / "tests/typing/bad.py").read_text(encoding="utf-8").splitlines()
    assert found == {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
