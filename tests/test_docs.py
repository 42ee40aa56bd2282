"""Every page shows what is so: its Python runs, its generated parts are fresh, its links lead somewhere."""

import doctest
import re
import runpy
import subprocess
import sys
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


def test_every_page_has_its_examples_found() -> None:
    blocks = sum(page.read_text(encoding="utf-8").count("```python\n") for page in PAGES)
    assert len({(example.path, example.line) for example in _examples()}) >= blocks > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_python_block_runs_and_prints_what_it_says(page: Path) -> None:
    for example in _sybil.parse(page).examples():
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_of_a_kind_that_is_run_or_generated(page: Path) -> None:
    """Python runs here, ``sh`` in ``.ci/run``, and diagrams are generated."""
    assert set(re.findall(r"^```(\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE)) <= {"python", "sh", "mermaid"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_generated_part_is_stale(page: Path) -> None:
    refreshed = runpy.run_path(str(ROOT / "docs/generate.py"))["refreshed"]
    text = page.read_text(encoding="utf-8")
    assert refreshed(text) == text


def test_every_file_for_other_languages_is_there_and_none_is_stale() -> None:
    written = runpy.run_path(str(ROOT / "docs/generate.py"))["for_other_languages"]()
    files = [path for path in (ROOT / "docs/reference").rglob("*") if path.is_file()]
    assert {path: path.read_text(encoding="utf-8") for path in files} == written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_local_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


CLAIMS = re.findall(
    r"`[^`|]*python -m pytest ([^`]+)` \| (\d+) passed",
    (ROOT / "docs/explanation/how-we-know.md").read_text(encoding="utf-8"),
)


@pytest.fixture(scope="module")
def collected() -> dict[str, int]:
    """Count the tests of every module that can be imported with what is installed."""
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=thorough"]
    collect = [sys.executable, "-m", "pytest", *options, "tests"]
    found = subprocess.run(collect, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {path: int(number) for path, number in re.findall(r"^(tests/\S+): (\d+)$", found, re.MULTILINE)}


def test_every_claim_that_tests_show_says_how_many_pass() -> None:
    page = (ROOT / "docs/explanation/how-we-know.md").read_text(encoding="utf-8")
    assert len(CLAIMS) == page.count("python -m pytest ") > 0


@pytest.mark.thorough
@pytest.mark.parametrize(("modules", "passed"), CLAIMS)
def test_a_claim_is_shown_by_as_many_tests_as_it_says(collected: dict[str, int], modules: str, passed: str) -> None:
    counts = [sum(n for path, n in collected.items() if path.startswith(module)) for module in modules.split()]
    if 0 in counts:
        pytest.skip("a tool that reads our formats is not installed; it comes with the extra `mining`")
    assert sum(counts) == int(passed)
