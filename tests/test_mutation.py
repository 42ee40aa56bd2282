"""The list of equivalent mutants: each changes existing lines, is listed once, and has a reason."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
LISTED: list[dict[str, Any]] = tomllib.loads((HERE / "mutation/equivalent.toml").read_text(encoding="utf-8"))["because"]
MUTANTS = [(mutant["in"], mutant["was"], mutant["becomes"]) for group in LISTED for mutant in group["mutants"]]


@pytest.mark.parametrize(("place", "was", "becomes"), MUTANTS)
def test_an_equivalent_mutant_changes_lines_that_exist(place: str, was: str, becomes: str) -> None:
    module = place.partition(":")[0].split(".")
    path = (HERE.parent / "docs" if module[0] == "examples" else HERE.parent / "src/escalation_core").joinpath(*module)
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    assert was in " ".join(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    assert becomes != was


def test_an_equivalent_mutant_is_listed_once_with_a_reason() -> None:
    found = [tuple(mutant.items()) for group in LISTED for mutant in group["mutants"]]
    assert len(found) == len(set(found))
    assert all(group["reason"].endswith(".") for group in LISTED)
