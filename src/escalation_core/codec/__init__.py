"""Stored data: the conversion of values to plain data and JSON, and back.

Rule 1: for any input, the only error is ``CodecError``. It lists every problem with its path; nothing is guessed.
Rule 2: a type has a stable name with a version. ``docs/stored-format.md`` lists the changes that a release may make.
Rule 3: this is the only package that imports ``cattrs``.
"""

from typing import Any, TypeVar

from escalation_core.case import Case
from escalation_core.codec.documents import Codec
from escalation_core.codec.limits import Limits
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
    "from_snapshot_json",
    "to_dict",
    "to_json",
    "to_snapshot",
    "to_snapshot_json",
]

T = TypeVar("T")

_STRICT = Codec()


def to_dict(value: object) -> dict[str, Any]:
    """Return a value as a document of plain data; see ``Codec.to_dict``."""
    return _STRICT.to_dict(value)


def from_dict(document: object, kind: type[T]) -> T:
    """Return a value of a class or a subclass from a document of plain data; see ``Codec.from_dict``."""
    return _STRICT.from_dict(document, kind)


def to_json(value: object) -> str:
    """Return a value as one line of canonical JSON; see ``Codec.to_dict``."""
    return _STRICT.to_json(value)


def from_json(text: str | bytes, kind: type[T]) -> T:
    """Return a value of a class or a subclass from JSON; see ``Codec.from_dict``."""
    return _STRICT.from_json(text, kind)


def to_snapshot(case: Case) -> dict[str, Any]:
    """Return a case as a snapshot, which is stored beside its events; see ``Codec.to_snapshot``."""
    return _STRICT.to_snapshot(case)


def to_snapshot_json(case: Case) -> str:
    """Return a snapshot as one line of canonical JSON; see ``Codec.to_snapshot``."""
    return _STRICT.to_snapshot_json(case)


def from_snapshot(document: object) -> Case:
    """Return the case of a snapshot; see ``Codec.from_snapshot``."""
    return _STRICT.from_snapshot(document)


def from_snapshot_json(text: str | bytes) -> Case:
    """Return the case of a snapshot in JSON; see ``Codec.from_snapshot``."""
    return _STRICT.from_snapshot_json(text)
