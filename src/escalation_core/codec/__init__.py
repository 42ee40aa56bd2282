"""Stored data: values of this library as plain data and as JSON, and back.

Rule 1: what is damaged is named and not guessed at: whatever the input, the only error is ``CodecError``.
Rule 2: a type has a stable name with a version. What may change in which release: ``docs/stored-format.md``.
Rule 3: this is the only package that imports ``cattrs``.
"""

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

_STRICT = Codec()
to_dict = _STRICT.to_dict
from_dict = _STRICT.from_dict
to_json = _STRICT.to_json
from_json = _STRICT.from_json
to_snapshot = _STRICT.to_snapshot
from_snapshot = _STRICT.from_snapshot
