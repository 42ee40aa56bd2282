"""The stored inputs of the fuzzers run without a fuzzer, so that every earlier finding stays fixed."""

from collections.abc import Callable

import fuzz_codec
import fuzz_process
import pytest
from fuzzing import CORPUS

TARGETS: dict[str, Callable[[bytes], None]] = {"codec": fuzz_codec.one_input, "process": fuzz_process.one_input}


def test_every_corpus_has_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)


@pytest.mark.thorough
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_passes_with_all_stored_inputs(name: str) -> None:
    stored = sorted((CORPUS / name).iterdir())
    assert len(stored) > 100
    for path in stored:
        TARGETS[name](path.read_bytes())
