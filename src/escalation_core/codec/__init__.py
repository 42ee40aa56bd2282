"""Stored data: values of this library as plain data and as JSON, and back.

Rule 1: what is damaged is named and not guessed at: whatever the input, the only error is ``CodecError``.
Rule 2: a type has a stable name with a version. What may change in which release: ``docs/stored-format.md``.
Rule 3: this is the only package that imports ``cattrs``.
"""

from typing import Any, TypeVar

from escalation_core.case import Case
from escalation_core.codec.documents import Codec, Limits
from escalation_core.codec.problems import CodecError, ForeignSnapshotError, Problem
from escalation_core.codec.unknown import Unknown
from escalation_core.codec.upcasting import Upcaster

__all__ = [
    "Codec",
    "CodecError",
    "ForeignSnapshotError",
    "Limits",
    "Problem",
    "Unknown",
    "Upcaster",
    "from_dict",
    "from_json",
    "from_snapshot",
    "to_dict",
    "to_json",
    "to_snapshot",
]

T = TypeVar("T")

_STRICT = Codec()


def to_dict(value: object) -> dict[str, Any]:
    """Write a value as a document of plain data; see ``Codec.to_dict``."""
    return _STRICT.to_dict(value)


def from_dict(document: object, kind: type[T]) -> T:
    """Read a value of a class, or of one below it, from a document of plain data; see ``Codec.from_dict``."""
    return _STRICT.from_dict(document, kind)


def to_json(value: object) -> str:
    """Write a value as one line of JSON; see ``Codec.to_dict``."""
    return _STRICT.to_json(value)


def from_json(text: str | bytes, kind: type[T]) -> T:
    """Read a value of a class, or of one below it, from JSON; see ``Codec.from_dict``."""
    return _STRICT.from_json(text, kind)


def to_snapshot(case: Case) -> dict[str, Any]:
    """Write a case as it is kept beside its events; see ``Codec.to_snapshot``."""
    return _STRICT.to_snapshot(case)


def from_snapshot(document: object) -> Case:
    """Read a case as it is kept beside its events; see ``Codec.from_snapshot``."""
    return _STRICT.from_snapshot(document)
