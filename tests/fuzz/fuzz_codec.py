"""A fuzzer of the codec: every input gives a value or a ``CodecError``, never another error.

``python tests/fuzz/fuzz_codec.py FOLDER -max_total_time=60`` takes libFuzzer's options, and stores in FOLDER the inputs
that reach new code.

Rule 1: a value that was read can be written, and is then read as an equal value.
Rule 2: each document is read unchanged, and again with a valid digest, so that the digest does not stop the fuzzer.
Rule 3: every error is one printable line.
Rule 4: the fuzzer begins with the golden files and with the inputs that earlier runs found.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# Atheris is not typed, and plain data has any type.

import copy
import json
import random
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from fuzzing import CORPUS, fuzz, instrumented, printable

with instrumented(__name__):
    import escalation_core as ec
    from escalation_core import codec, commands, events
    from escalation_core.codec.documents import digest, is_sealed

GOLDEN = CORPUS.parents[1] / "golden"
KINDS: tuple[type, ...] = (object, ec.Case, events.Event, commands.Command, ec.Notification, ec.Policy)
SMALL = codec.Codec(limits=codec.Limits(size=1 << 16, depth=12, values=2000))
ODD: tuple[Any, ...] = (None, True, 0, -1, 2**70, "", "\ud800", "x" * 99, "P1", "PT0S", "9999-12-31T23:59:59Z", [], {})


def one_input(given: bytes) -> None:
    """Read one input in every way that the codec offers."""
    kind: Any = KINDS[len(given) % len(KINDS)]
    _try(lambda: codec.from_json(given, kind))
    document = _parsed(given)
    _try(lambda: SMALL.from_snapshot(document))
    if isinstance(document, dict) and isinstance(document.get("type"), str) and "data" in document:
        sealed = {"type": document["type"], "data": document["data"]}
        if is_sealed(sealed["type"]):
            sealed["digest"] = digest(sealed["type"], sealed["data"])
        _try(lambda: codec.from_dict(sealed, object))
        _try(lambda: SMALL.read(sealed, object)[0])


def _parsed(given: bytes) -> Any:  # noqa: ANN401  # plain data
    """Return JSON as plain data; None for input that is not JSON, or is nested too deep."""
    try:
        document = SMALL.parsed(given)
    except codec.CodecError:
        return None
    try:
        SMALL.from_dict(document, object)
    except codec.CodecError as error:
        return None if "deeper than" in str(error) else document
    return document


def _try(read: Callable[[], object]) -> None:
    try:
        value = read()
    except codec.CodecError as error:
        printable(error, at_most=20_000)  # up to twenty problems
        return
    assert codec.from_dict(codec.to_dict(value), object) == value, value


def mutated(given: bytes, size: int, seed: int) -> bytes:
    """Return the input with one changed part of JSON; half of the time, or if it is not JSON, with changed bytes."""
    chance = random.Random(seed)  # noqa: S311  # no secrets here
    document: Any = None
    places: list[Any] = []
    with suppress(ValueError, RecursionError):
        document = json.loads(given)
        places = list(_places(document))
    if not places or chance.random() < 0.5:
        return bytes(import_module("atheris").Mutate(given, size))
    place, key = chance.choice(places)
    other_place, other_key = chance.choice(places)
    place[key] = copy.deepcopy(chance.choice((*ODD, other_place[other_key])))
    return json.dumps(document).encode()[:size]


def _places(value: Any) -> Any:  # noqa: ANN401  # plain data
    """Yield the container and the key of every part of plain data."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield value, key
        yield from _places(member)


if __name__ == "__main__":
    fuzz(one_input, CORPUS / "codec", GOLDEN, max_len=20_000, custom_mutator=mutated)
