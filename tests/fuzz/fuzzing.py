"""The common start of the fuzzers in this folder.

Rule 1: a target is a plain function of bytes and needs no fuzzer; ``test_corpora.py`` calls it with the stored inputs.
Rule 2: a fuzzer limits the size of an input, the memory, and the seconds for one input.
Rule 3: a fuzzer begins with the inputs that earlier runs found, merged by ``-merge=1``. ``corpus`` has a folder for
each fuzzer.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"


def instrumented(name: str) -> AbstractContextManager[object]:
    """Return a context in which imports of this library are instrumented, if the module of this name is the program."""
    if name != "__main__":
        return nullcontext()
    ours, kit = "escalation_core", "escalation_core.testing"  # the kit only checks, so its coverage leads nowhere
    found: AbstractContextManager[object] = import_module("atheris").instrument_imports(include=[ours], exclude=[kit])
    return found


def printable(error: object, *, at_most: int = 2000) -> str:
    """Return the message of an error; assert that it is one printable line, not empty and not too long."""
    message = str(error)
    assert message.isprintable(), ascii(message)
    assert 0 < len(message) <= at_most, message
    return message


def fuzz(one_input: Callable[[bytes], None], *seeds: Path, max_len: int, **setup: Any) -> None:  # noqa: ANN401  # of atheris
    """Run the fuzzer with libFuzzer's options from the command line. The call never returns.

    Args:
        one_input: the target.
        seeds: folders of inputs to begin with; nothing is written to them.
        max_len: the size of the largest input, in bytes.
        setup: other arguments for ``atheris.Setup``.
    """
    atheris: Any = import_module("atheris")
    bounds = [f"-max_len={max_len}", "-len_control=0", "-rss_limit_mb=2048", "-timeout=20"]
    atheris.Setup([sys.argv[0], *bounds, *sys.argv[1:], *map(str, seeds)], one_input, **setup)
    atheris.Fuzz()
