"""What the fuzzers have kept is gone through without one: whatever was found once is found again."""

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
def test_a_target_takes_all_that_is_kept(name: str) -> None:
    kept = sorted((CORPUS / name).iterdir())
    assert len(kept) > 100
    for path in kept:
        TARGETS[name](path.read_bytes())
