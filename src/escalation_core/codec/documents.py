"""Documents: values with the name and the version of their type, as plain data and as JSON.

Rule 1: JSON is written in one canonical form, so that the digest can be made of the text of ``data``. The keys are in
the order of their code points, without whitespace between tokens. Characters beyond ASCII are not escaped.
Rule 2: what is written can be read. A value that exceeds the limits of its codec is refused when it is written.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, TypeVar, cast

from attrs import field, frozen

from escalation_core import __version__
from escalation_core.case import Case
from escalation_core.checks import a, must_be, shown, tuple_of
from escalation_core.codec.converter import strict_converter
from escalation_core.codec.limits import Limits
from escalation_core.codec.names import KINDS, NAMES
from escalation_core.codec.paths import problems
from escalation_core.codec.plain import as_object
from escalation_core.codec.problems import CodecError, ForeignSnapshotError, Problem, codec_error
from escalation_core.codec.unknown import Unknown, merged, parted
from escalation_core.codec.upcasting import Upcaster, chained
from escalation_core.policy import Policy
from escalation_core.table import CASE, ESCALATION

T = TypeVar("T")

_KEYS, _SEALED_KEYS = {"type", "data"}, {"type", "data", "digest"}
_SNAPSHOT_KEYS = {"format", "library", "lifecycle", "case"}
SNAPSHOT = "snapshot/1"
LIFECYCLE = f"{CASE.digest}-{ESCALATION.digest}"


@frozen(kw_only=True)
class Codec:
    """A reader and writer of documents.

    Raises:
        ValueError: the upcasters have a gap, a cycle or a duplicate.
    """

    upcasters: tuple[Upcaster, ...] = field(default=(), validator=tuple_of(Upcaster))
    limits: Limits = field(factory=Limits, validator=a(Limits))
    _steps: Mapping[str, Upcaster] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_steps", chained(self.upcasters))

    def to_dict(self, value: object, *, unknown: Iterable[Unknown] = ()) -> dict[str, Any]:
        """Return a value as ``{"data": {…}, "digest": "…", "type": "case/1"}``; commands and policies have no digest.

        Args:
            value: a case, an event, a command, a notification, or a policy without rules.
            unknown: fields that ``read`` returned, to write them back.

        Raises:
            CodecError: the value has no stored type, or exceeds the limits.
        """
        return self._written(*self._plain(value, unknown))[0]

    def to_json(self, value: object, *, unknown: Iterable[Unknown] = ()) -> str:
        """Return a value as one line of canonical JSON. Errors: as in ``to_dict``."""
        return self._written(*self._plain(value, unknown))[1]

    def to_snapshot(self, case: Case) -> dict[str, Any]:
        """Return a case as a snapshot, with the library's version and the digests of the lifecycle tables.

        Raises:
            CodecError: the argument is not a case, its calendar cannot be written, or it exceeds the limits.
        """
        return self._written(SNAPSHOT, self._snapshot(case))[0]

    def to_snapshot_json(self, case: Case) -> str:
        """Return a snapshot as one line of canonical JSON. Errors: as in ``to_snapshot``."""
        return self._written(SNAPSHOT, self._snapshot(case))[1]

    def from_dict(self, document: object, kind: type[T]) -> T:
        """Return a value of a class or a subclass: ``Case``, ``Event``, ``Command``, ``Notification``, ``Policy``.

        Raises:
            CodecError: the document is damaged, or of another class; every error is listed.
        """
        name, data = self._opened(document)
        return _structured(name, data, kind)

    def from_json(self, text: str | bytes, kind: type[T]) -> T:
        """Return a value of a class or a subclass from JSON. Errors: as in ``from_dict``."""
        return self.from_dict(self.parsed(text), kind)

    def read(self, document: object, kind: type[T]) -> tuple[T, tuple[Unknown, ...]]:
        """Return a value that a newer release may have written, and its fields that this release does not know.

        In a rolling deployment, an old release reads documents of the new one. A missing field is still an error.

        Raises:
            CodecError: as in ``from_dict``.
        """
        name, data = self._opened(document)
        known, unknown = parted(data, KINDS[name])
        return _structured(name, known, kind), unknown

    def from_snapshot(self, document: object) -> Case:
        """Return the case of a snapshot, which is faster than a replay of its events.

        Raises:
            ForeignSnapshotError: it was made with other lifecycle tables; replay the events of the case.
            CodecError: it is damaged, or not a snapshot.
        """
        self.limits.check(document)
        name = _typed(document)
        if name != SNAPSHOT:
            raise codec_error(must_be("type", SNAPSHOT, name).removeprefix("type: "), "$.type")
        data = as_object(_unsealed(document, name))
        if data is None or data.keys() != _SNAPSHOT_KEYS:
            raise codec_error(must_be("data", f"an object of {', '.join(sorted(_SNAPSHOT_KEYS))}", data), "$.data")
        if data["lifecycle"] != LIFECYCLE:
            message = f"made with other lifecycle tables, by version {shown(data['library'])}: replay the events"
            raise ForeignSnapshotError((Problem(path="$.data.lifecycle", message=message),))
        if not isinstance(data["format"], str):
            raise codec_error(must_be("format", "a text", data["format"]).removeprefix("format: "), "$.data.format")
        name = self._known(data["format"], "$.data.format")
        return _structured(*self._current(name, data["case"]), Case, "$.data.case")

    def from_snapshot_json(self, text: str | bytes) -> Case:
        """Return the case of a snapshot in JSON. Errors: as in ``from_snapshot``."""
        return self.from_snapshot(self.parsed(text))

    def parsed(self, text: str | bytes) -> object:
        """Return JSON as plain data.

        Raises:
            CodecError: it is not JSON in UTF-8, has a key twice in one object, or is too large.
        """
        return self.limits.parse(text)

    def _plain(self, value: object, unknown: Iterable[Unknown]) -> tuple[str, dict[str, Any]]:
        """Return the name of a value's type and its data."""
        name = NAMES.get(type(value))
        if name is None:
            raise codec_error(must_be("value", "of a stored type", value))
        if isinstance(value, Policy) and value.rules:
            raise codec_error(must_be("rules", "empty, since functions cannot be written", len(value.rules)), "$.data")
        try:
            data = strict_converter().unstructure(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise codec_error(str(error), "$.data") from error
        kept = tuple(unknown)
        if kept:
            data = merged(data, kept)
            self.limits.check({"data": data})
        return name, data

    def _snapshot(self, case: Case) -> dict[str, Any]:
        if not isinstance(case, Case):
            raise codec_error(must_be("case", "a Case", case))
        name, data = self._plain(case, ())
        return {"case": data, "format": name, "library": __version__, "lifecycle": LIFECYCLE}

    def _written(self, name: str, data: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return a document and its canonical text."""
        content = canonical(data)
        document, text = {"data": data, "type": name}, f'{{"data":{content},"type":"{name}"}}'
        if is_sealed(name):
            seal = _digest_of_text(name, content)
            document = {"data": data, "digest": seal, "type": name}
            text = f'{{"data":{content},"digest":"{seal}","type":"{name}"}}'
        self.limits.check_written(document, text)
        return document, text

    def _opened(self, document: object) -> tuple[str, Any]:
        """Return the name and the data of a document, in the version that this library reads."""
        self.limits.check(document)
        name = self._known(_typed(document), "$.type")
        return self._current(name, _unsealed(document, name))

    def _known(self, name: str, path: str) -> str:
        if name not in KINDS and name not in self._steps:
            raise codec_error(_unreadable(name), path)
        return name

    def _current(self, name: str, data: Any) -> tuple[str, Any]:  # noqa: ANN401  # plain data
        """Return the name and the data in the version that this library reads."""
        while name in self._steps:
            step = self._steps[name]
            try:
                name, data = step.target, step.function(data)
            except Exception as error:  # the host's function may raise any error on unchecked data
                raise codec_error(
                    f"the upcaster from {step.source} to {step.target} failed: {error!r}", "$.data"
                ) from error
        return name, data


def _typed(document: object) -> str:
    """Return the name of a document's type."""
    name: object = (as_object(document) or {}).get("type")
    if not isinstance(name, str):
        raise codec_error(must_be("document", "an object with a type", document))
    return name


def _unsealed(document: object, name: str) -> Any:  # noqa: ANN401  # plain data
    """Return the data of a document, after a check of its digest."""
    whole = cast("dict[str, Any]", document)
    keys = _SEALED_KEYS if is_sealed(name) else _KEYS
    if whole.keys() != keys:
        raise codec_error(must_be("document", f"an object of {', '.join(sorted(keys))}", sorted(whole)))
    if keys is _SEALED_KEYS and whole["digest"] != digest(name, whole["data"]):
        raise codec_error("the data was changed after it was written: its digest does not match", "$.digest")
    return whole["data"]


def is_sealed(name: str) -> bool:
    """Whether documents of a type have a digest: all types except commands and policies."""
    return not name.startswith(("command.", "policy/"))


def canonical(data: object) -> str:
    """Return plain data as canonical JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def digest(name: object, data: object) -> str:
    """Return the first 64 bits of the SHA-256 of ``[name, data]`` in canonical JSON, as 16 hexadecimal digits."""
    return _digest_of_text(name, canonical(data))


def _digest_of_text(name: object, content: str) -> str:
    return sha256(f"[{canonical(name)},{content}]".encode(errors="surrogatepass")).hexdigest()[:16]


def _structured(name: str, data: Any, kind: type[T], path: str = "$.data") -> T:  # noqa: ANN401  # plain data
    found = KINDS[name]
    if not issubclass(found, kind):
        raise codec_error(must_be("type", f"a stored {kind.__name__}", name).removeprefix("type: "), "$.type")
    try:
        return strict_converter().structure(data, found)
    except Exception as error:
        # Untrusted data may cause any error, and CodecError is the promised one.
        raise CodecError(tuple(problems(error, path))) from error


def _unreadable(name: str) -> str:
    """Return why a type cannot be read: it is newer, older, or unknown."""
    stem, _, version = name.partition("/")
    own = next((known for known in KINDS if known.partition("/")[0] == stem), None)
    if own is None or not (version.isascii() and version.isdecimal()):
        return must_be("type", "a type of this library", name).removeprefix("type: ")
    if int(version[:9]) > int(own.partition("/")[2]):
        return f"{shown(name)} is newer than {own}, which this library reads"
    return f"{shown(name)} is older than {own}, which this library reads, and there is no upcaster for it"
