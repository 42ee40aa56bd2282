"""The public surface is what it says, sorted and complete, and costs little to import."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import escalation_core as ec
from escalation_core import commands, events, model_check, testing
from escalation_core.testing import hosts, strategies

ROOT = Path(__file__).parent.parent
LAZY = [ec]  #: Packages that import a name when it is first asked for.
LAZY_NAMES = [(package, name) for package in LAZY for name in package.__all__]
EAGER = [testing, hosts, strategies, model_check]
NAMES = [*LAZY_NAMES, *[(package, name) for package in EAGER for name in package.__all__]]


def _imported_for_checkers(package: ModuleType) -> dict[str, str]:
    """Give every name that ``__init__`` imports for type checkers, with its module."""
    tree = ast.parse(Path(f"{package.__file__}").read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: f"{node.module}"
        for node in found
        if f"{node.module}".startswith("escalation_core")
        for alias in node.names
    }


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_all_lists_every_name_that_checkers_see(package: ModuleType) -> None:
    assert set(package.__all__) == set(_imported_for_checkers(package))


@pytest.mark.parametrize(("package", "name"), LAZY_NAMES)
def test_every_name_is_at_run_time_what_checkers_see(
    monkeypatch: pytest.MonkeyPatch, package: ModuleType, name: str
) -> None:
    monkeypatch.delattr(package, name, raising=False)  # as before it was first asked for
    module = _imported_for_checkers(package)[name]
    is_module = module == package.__name__
    home = importlib.import_module(f"{module}.{name}" if is_module else module)
    assert getattr(package, name) is (home if is_module else getattr(home, name))


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_dir_lists_names_that_are_not_imported_yet(package: ModuleType) -> None:
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_an_unknown_name_is_an_attribute_error_that_names_it(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no attribute 'Pigeon'"):
        package.Pigeon  # noqa: B018  # asking for it is the point


@pytest.mark.parametrize("package", EAGER, ids=lambda package: package.__name__)
def test_all_of_an_eager_package_is_sorted_and_names_what_it_imports(package: ModuleType) -> None:
    constants = sorted(name for name in package.__all__ if name.isupper())
    classes = sorted(name for name in package.__all__ if name[0].isupper() and name not in constants)
    others = sorted(name for name in package.__all__ if name[0].islower())
    assert package.__all__ == [*constants, *classes, *others]
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_public_name_has_a_docstring(package: ModuleType, name: str) -> None:
    value = getattr(package, name)
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.ismodule(value):
        assert (inspect.getdoc(value) or "").strip()


@pytest.mark.parametrize("kind", [*commands.COMMANDS, *events.EVENTS])
def test_every_command_and_event_says_what_it_is_for(kind: type) -> None:
    assert "__doc__" in vars(kind)
    assert kind.__doc__


def test_a_process_needs_neither_mail_nor_the_english_texts_nor_extras() -> None:
    program = "import sys, escalation_core as ec; ec.Process(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"email.message", "cattrs", "hypothesis", "escalation_core.notifications.english"} & set(loaded)


def test_importing_the_package_loads_no_module_of_it_yet() -> None:
    program = "import sys, escalation_core; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert [name for name in loaded if name.startswith("escalation_core")] == ["escalation_core"]


@pytest.mark.parametrize(
    "module", ["testing", "testing.builders", "testing.scenario", "testing.guarantees", "model_check"]
)
def test_what_needs_no_test_runner_needs_no_hypothesis(module: str) -> None:
    program = f"import sys, escalation_core.{module}; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"hypothesis", "pytest", "cattrs", "escalation_core.interchange"} & set(loaded)


def test_a_callbacks_event_has_its_class_for_a_checker() -> None:
    """Mypy accepts ``typing/good.py``, and finds exactly the marked lines wrong in ``typing/bad.py``."""
    run = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"]
    good = subprocess.run([*run, "tests/typing/good.py"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (good.stdout, good.returncode) == ("", 0)
    bad = subprocess.run([*run, "tests/typing/bad.py"], capture_output=True, text=True, cwd=ROOT, check=False)
    found = {int(line.split(":")[1]) for line in bad.stdout.splitlines() if ": error:" in line}
    lines = (ROOT / "tests/typing/bad.py").read_text(encoding="utf-8").splitlines()
    assert found == {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
