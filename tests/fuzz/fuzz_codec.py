"""Look for input that the codec answers with anything but a value or a ``CodecError``, guided by coverage.

``python tests/fuzz/fuzz_codec.py FOLDER -max_total_time=60`` takes libFuzzer's options, and keeps in FOLDER what led
somewhere new.

Rule 1: what is read can be written, and is then read as the same value.
Rule 2: a document is tried as it is, and sealed again, so that the digest does not keep the fuzzer out.
Rule 3: an error is one printable line, whatever the input.
Rule 4: it begins with the golden files, and with what earlier runs found.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# Atheris has no types, and plain data is of any.

import copy
import json
import random
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from fuzzing import CORPUS, fuzz, instrumented, sayable

with instrumented(__name__):
    import escalation_core as ec
    from escalation_core import codec, commands, events
    from escalation_core.codec.documents import digest, is_sealed

GOLDEN = CORPUS.parents[1] / "golden"
KINDS: tuple[type, ...] = (object, ec.Case, events.Event, commands.Command, ec.Notification, ec.Policy)
SMALL = codec.Codec(limits=codec.Limits(size=1 << 16, depth=12, values=2000))
ODD: tuple[Any, ...] = (None, True, 0, -1, 2**70, "", "\ud800", "x" * 99, "P1", "PT0S", "9999-12-31T23:59:59Z", [], {})


def one_input(given: bytes) -> None:
    """Read one input in every way there is."""
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
    """Give JSON as plain data; None for what is none, or is too deep to go through."""
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
        sayable(error, at_most=20_000)  # of twenty things that are wrong
        return
    assert codec.from_dict(codec.to_dict(value), object) == value, value


def mutated(given: bytes, size: int, seed: int) -> bytes:
    """Change one part of JSON; half of the time, and where it is none, some bytes."""
    chance = random.Random(seed)  # noqa: S311  # nothing is secret here
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
    """Give every part of plain data, as what it stands in and by what name."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield value, key
        yield from _places(member)


if __name__ == "__main__":
    fuzz(one_input, CORPUS / "codec", GOLDEN, max_len=20_000, custom_mutator=mutated)
