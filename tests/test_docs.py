"""The pages are correct: their Python runs, their generated parts are up to date, and their links and paths exist."""

import doctest
import re
import runpy
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.example import Example
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_sybil = Sybil(parsers=[PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)], path=str(ROOT))


def _examples() -> list[Example]:
    return [example for page in PAGES for example in _sybil.parse(page).examples()]


def test_every_python_block_is_found_as_an_example() -> None:
    blocks = sum(page.read_text(encoding="utf-8").count("```python\n") for page in PAGES)
    assert len({(example.path, example.line) for example in _examples()}) >= blocks > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_python_block_runs_and_prints_its_output(page: Path) -> None:
    for example in _sybil.parse(page).examples():
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_python_or_shell_or_a_diagram(page: Path) -> None:
    """Python runs here, ``sh`` runs in ``.ci/run``, and diagrams are generated."""
    assert set(re.findall(r"^```(\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE)) <= {"python", "sh", "mermaid"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_generated_part_is_up_to_date(page: Path) -> None:
    refreshed = runpy.run_path(str(ROOT / "docs/generate.py"))["refreshed"]
    text = page.read_text(encoding="utf-8")
    assert refreshed(text) == text


def test_every_file_for_other_languages_is_up_to_date() -> None:
    written = runpy.run_path(str(ROOT / "docs/generate.py"))["for_other_languages"]()
    files = [path for path in (ROOT / "docs/reference").rglob("*") if path.is_file()]
    assert {path: path.read_text(encoding="utf-8") for path in files} == written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_local_link_points_to_a_file_and_a_heading(page: Path) -> None:
    for name, heading in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        target = page.parent / name if name else page
        assert target.exists(), name
        assert not heading or heading in _anchors(target), f"{name}#{heading}"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 110


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_script_and_test_that_a_page_runs_exists(page: Path) -> None:
    for command in re.findall(r"`([^`]*(?:pytest|python) [^`]+)`", page.read_text(encoding="utf-8")):
        for path in re.findall(r"(?:tests|docs)/[\w/.]+", command):
            assert (ROOT / path).exists(), path
