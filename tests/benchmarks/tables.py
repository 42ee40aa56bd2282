"""The tables of ``docs/benchmarks.md``: each benchmark prints its table, and ``--write`` updates the page."""

import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import escalation_core as ec

PAGE = Path(__file__).parents[2] / "docs/benchmarks.md"


def publish(name: str, lines: Sequence[str], *packages: str) -> None:
    """Print the lines and the versions; with ``--write`` replace the part of the page with this name as well.

    Args:
        name: the part between ``<!-- name -->`` and ``<!-- end of name -->``.
        lines: Markdown.
        packages: distributions whose version matters to the figures.
    """
    used = [f"escalation_core {ec.__version__}", f"CPython {platform.python_version()}"]
    used += [f"{package} {version(package)}" for package in packages]
    text = "\n".join([*lines, "", f"Measured with {', '.join(used)}."])
    sys.stdout.write(text + "\n")
    if "--write" in sys.argv[1:]:
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        head, rest = PAGE.read_text(encoding="utf-8").split(begin)
        PAGE.write_text(head + begin + text + end + rest.split(end)[1], encoding="utf-8")
