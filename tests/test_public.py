"""The public surface is what it says, sorted and complete, and costs little to import."""

import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import escalation_core as ec
from escalation_core import commands, events

ROOT = Path(__file__).parent.parent


def _imported() -> set[str]:
    return {name for name, value in vars(ec).items() if not name.startswith("_") and not isinstance(value, ModuleType)}


def test_all_lists_every_public_name_and_both_namespaces() -> None:
    assert set(ec.__all__) == _imported() | {"commands", "events"}


@pytest.mark.parametrize("name", ec.__all__)
def test_every_public_name_has_a_docstring(name: str) -> None:
    value = getattr(ec, name)
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.ismodule(value):
        assert (inspect.getdoc(value) or "").strip()


@pytest.mark.parametrize("kind", [*commands.COMMANDS, *events.EVENTS])
def test_every_command_and_event_says_what_it_is_for(kind: type) -> None:
    assert "__doc__" in vars(kind)
    assert kind.__doc__


def test_importing_loads_neither_mail_nor_the_english_texts_nor_extras() -> None:
    program = "import sys, escalation_core; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"email.message", "cattrs", "hypothesis", "escalation_core.notifications.english"} & set(loaded)


def test_a_callbacks_event_has_its_class_for_a_checker() -> None:
    """Mypy accepts ``typing/good.py``, and finds exactly the marked lines wrong in ``typing/bad.py``."""
    run = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"]
    good = subprocess.run([*run, "tests/typing/good.py"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (good.stdout, good.returncode) == ("", 0)
    bad = subprocess.run([*run, "tests/typing/bad.py"], capture_output=True, text=True, cwd=ROOT, check=False)
    found = {int(line.split(":")[1]) for line in bad.stdout.splitlines() if ": error:" in line}
    lines = (ROOT / "tests/typing/bad.py").read_text(encoding="utf-8").splitlines()
    assert found == {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
