"""What the fuzzers of this folder share: how they are started, and where they begin.

Rule 1: a target is a plain function of bytes, which needs no fuzzer: ``test_corpora.py`` gives it what is kept.
Rule 2: a fuzzer is bounded: in the size of an input, in memory, and in the seconds that one input may take.
Rule 3: it begins with what earlier runs found, merged (``-merge=1``): ``corpus`` has a folder for each of them.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"


def instrumented(name: str) -> AbstractContextManager[object]:
    """Let the fuzzer see which lines of this library run, where a module of this name is the program itself."""
    if name != "__main__":
        return nullcontext()
    ours, kit = "escalation_core", "escalation_core.testing"  # the kit judges; what it does leads nowhere
    found: AbstractContextManager[object] = import_module("atheris").instrument_imports(include=[ours], exclude=[kit])
    return found


def sayable(error: object, *, at_most: int = 2000) -> str:
    """Give a message; it has something to say, on one line that any terminal shows, and comes to an end."""
    message = str(error)
    assert message.isprintable(), ascii(message)
    assert 0 < len(message) <= at_most, message
    return message


def fuzz(one_input: Callable[[bytes], None], *seeds: Path, max_len: int, **setup: Any) -> None:  # noqa: ANN401  # of atheris
    """Fuzz, with libFuzzer's options from the command line; never to return.

    Args:
        one_input: the target.
        seeds: folders to begin with; nothing is written to them.
        max_len: the size of the largest input.
        setup: what else ``atheris.Setup`` takes.
    """
    atheris: Any = import_module("atheris")
    bounds = [f"-max_len={max_len}", "-len_control=0", "-rss_limit_mb=2048", "-timeout=20"]
    atheris.Setup([sys.argv[0], *bounds, *sys.argv[1:], *map(str, seeds)], one_input, **setup)
    atheris.Fuzz()
