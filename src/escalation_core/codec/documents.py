"""Documents: values with the name and the version of their type, as plain data and as JSON."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, NoReturn, TypeVar, cast

from attrs import Attribute, field, frozen
from cattrs import Converter

from escalation_core import __version__
from escalation_core.case import Case
from escalation_core.codec.converter import make_converter, problems
from escalation_core.codec.names import KINDS, NAMES
from escalation_core.codec.plain import as_list, as_object
from escalation_core.codec.problems import CodecError, ForeignSnapshotError, Problem, refused
from escalation_core.codec.unknown import Unknown, merged, parted
from escalation_core.codec.upcasting import Upcaster, chained
from escalation_core.lifecycle import CASE, ESCALATION
from escalation_core.policy import Policy
from escalation_core.values import LARGEST, a, must_be, shown, tuple_of, whole_number

T = TypeVar("T")

_KEYS, _SEALED_KEYS = {"type", "data"}, {"type", "data", "digest"}
_SNAPSHOT_KEYS = {"format", "library", "lifecycle", "case"}
SNAPSHOT = "snapshot/1"
LIFECYCLE = f"{CASE.digest}-{ESCALATION.digest}"
_ATOMS = (str, bool, int, type(None))
_DEPTH_MAX = 200  # what goes through plain data by itself, calls itself


@cache
def _converter() -> Converter:
    return make_converter()


def _depth(_: object, attribute: "Attribute[Any]", value: int) -> None:
    whole_number(_, attribute, value)
    if value > _DEPTH_MAX:
        raise ValueError(must_be(attribute.name, f"{_DEPTH_MAX} at the most", value))


@frozen(kw_only=True)
class Limits:
    """How much a document may hold that comes from somebody who is not trusted."""

    size: int = field(default=4 * 1024 * 1024, validator=whole_number)  #: Bytes of JSON.
    depth: int = field(default=16, validator=_depth)  #: Objects and lists within each other; 200 at the most.
    values: int = field(default=200_000, validator=whole_number)  #: Texts, numbers, objects and lists.


@frozen(kw_only=True)
class Codec:
    """How documents are read and written.

    Raises:
        ValueError: the upcasters have a gap, a cycle or a duplicate.
    """

    upcasters: tuple[Upcaster, ...] = field(default=(), validator=tuple_of(Upcaster))
    limits: Limits = field(factory=Limits, validator=a(Limits))
    _steps: Mapping[str, Upcaster] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_steps", chained(self.upcasters))

    def to_dict(self, value: object, *, unknown: Iterable[Unknown] = ()) -> dict[str, Any]:
        """Write a value as ``{"type": "case/1", "data": {…}, "digest": "…"}``; commands and policies have no digest.

        Args:
            value: a case, an event, a command, a notification or a policy without rules of the host's.
            unknown: what a tolerant reader found beside it.

        Raises:
            CodecError: it is nothing that is stored.
        """
        name = NAMES.get(type(value))
        if name is None:
            raise refused(must_be("value", "something that is stored", value))
        if isinstance(value, Policy) and value.rules:
            raise refused("a policy with functions of the host's cannot be written", "$.data.rules")
        try:
            data = _converter().unstructure(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise refused(str(error), "$.data") from error
        data = merged(data, unknown)
        document = {"type": name, "data": data}
        return document | {"digest": digest(name, data)} if is_sealed(name) else document

    def from_dict(self, document: object, kind: type[T]) -> T:
        """Read a value of a class, or of one below it: ``Case``, ``Event``, ``Command``, ``Notification``, ``Policy``.

        Raises:
            CodecError: the document is none, or of something else; everything that is wrong is listed.
        """
        name, data = self._opened(document)
        return _structured(name, data, kind)

    def read(self, document: object, kind: type[T]) -> tuple[T, tuple[Unknown, ...]]:
        """Read tolerantly what a newer release may have written: fields that are not known are kept aside.

        For rolling deployments, where the old code still reads what the new code writes. A field that is missing is
        refused as ever.

        Raises:
            CodecError: as by ``from_dict``.
        """
        name, data = self._opened(document)
        known, unknown = parted(data, KINDS[name])
        return _structured(name, known, kind), unknown

    def to_json(self, value: object, *, unknown: Iterable[Unknown] = ()) -> str:
        """Write a value as one line of JSON. What is raised: as by ``to_dict``."""
        return json.dumps(self.to_dict(value, unknown=unknown), ensure_ascii=False, separators=(",", ":"))

    def from_json(self, text: str | bytes, kind: type[T]) -> T:
        """Read a value from JSON. What is raised: as by ``from_dict``."""
        return self.from_dict(self.parsed(text), kind)

    def to_snapshot(self, case: Case) -> dict[str, Any]:
        """Write a case as it is kept beside its events: with the library's version, and the tables it was made under.

        Raises:
            CodecError: it is no case, or its calendar cannot be written.
        """
        if not isinstance(case, Case):
            raise refused(must_be("case", "a Case", case))
        document = self.to_dict(case)
        data = {"format": document["type"], "library": __version__, "lifecycle": LIFECYCLE, "case": document["data"]}
        return {"type": SNAPSHOT, "data": data, "digest": digest(SNAPSHOT, data)}

    def from_snapshot(self, document: object) -> Case:
        """Read a case as it is kept beside its events. A snapshot saves the replay, and is worth no more than that.

        Raises:
            ForeignSnapshotError: it was made under other tables; the way out is to replay the events of the case.
            CodecError: it is damaged, or no snapshot.
        """
        self._refuse_excess(document)
        name = _typed(document)
        if name != SNAPSHOT:
            raise refused(must_be("type", SNAPSHOT, name).removeprefix("type: "), "$.type")
        data = as_object(_unsealed(document, name))
        if data is None or data.keys() != _SNAPSHOT_KEYS:
            raise refused(must_be("data", f"an object of {', '.join(sorted(_SNAPSHOT_KEYS))}", data), "$.data")
        if data["lifecycle"] != LIFECYCLE:
            message = f"made under other tables, by version {shown(data['library'])}; replay the events of the case"
            raise ForeignSnapshotError((Problem(path="$.data.lifecycle", message=message),))
        case = data["case"]
        return self.from_dict({"type": data["format"], "data": case, "digest": digest(data["format"], case)}, Case)

    def parsed(self, text: str | bytes) -> object:
        """Read JSON as plain data, within the limits.

        Raises:
            CodecError: it is no JSON in UTF-8, it says one key twice, or it is too large.
        """
        if not isinstance(text, str | bytes):
            raise refused(must_be("text", "JSON as a str or as bytes", text))
        try:
            written = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
            if len(written) > self.limits.size:
                raise refused(f"more than {self.limits.size} bytes")
            return json.loads(
                text if isinstance(text, str) else written.decode(),
                object_pairs_hook=_object,
                parse_constant=_no_number,
                parse_float=_no_number,
            )
        except CodecError:
            raise
        except (ValueError, RecursionError) as error:
            raise refused(f"no JSON: {error}") from error

    def _opened(self, document: object) -> tuple[str, Any]:
        """Give the name and the data of a document, brought up to date."""
        self._refuse_excess(document)
        name = _typed(document)
        if name not in KINDS and name not in self._steps:
            raise refused(_unreadable(name), "$.type")
        data = _unsealed(document, name)
        while name in self._steps:
            step = self._steps[name]
            try:
                name, data = step.target, step.function(data)
            except Exception as error:  # the host's function, on data that nobody has read yet
                raise refused(f"cannot be brought from {step.source} to {step.target}: {error!r}", "$.data") from error
        return name, data

    def _refuse_excess(self, document: object) -> None:
        """Refuse what is no plain data, or too much of it, before anything goes through it by itself."""
        waiting: list[tuple[object, int]] = [(document, 0)]
        values = 0
        while waiting:
            value, depth = waiting.pop()
            values += 1
            if values > self.limits.values:
                raise refused(f"more than {self.limits.values} values")
            if depth > self.limits.depth:
                raise refused(f"deeper than {self.limits.depth} objects and lists within each other")
            named, listed = as_object(value), as_list(value)
            if named is not None:
                if not all(type(key) is str for key in named):
                    raise refused("an object has a key that is no text")
                waiting += [(member, depth + 1) for member in named.values()]
            elif listed is not None:
                waiting += [(member, depth + 1) for member in listed]
            elif type(value) is int and abs(value) > LARGEST:
                raise refused(must_be("document", "of numbers of 64 bits", value))
            elif type(value) not in _ATOMS:
                raise refused(must_be("document", "plain data", value))


def _typed(document: object) -> str:
    """Give the name of a document's type."""
    name: object = (as_object(document) or {}).get("type")
    if not isinstance(name, str):
        raise refused(must_be("document", "an object with a type", document))
    return name


def _unsealed(document: object, name: str) -> Any:  # noqa: ANN401  # plain data
    """Give the data of a document that is whole."""
    whole = cast("dict[str, Any]", document)
    keys = _SEALED_KEYS if is_sealed(name) else _KEYS
    if whole.keys() != keys:
        raise refused(must_be("document", f"an object of {', '.join(sorted(keys))}", sorted(whole)))
    if keys is _SEALED_KEYS and whole["digest"] != digest(name, whole["data"]):
        raise refused("it is not what was written: the digest is of other data", "$.digest")
    return whole["data"]


def is_sealed(name: str) -> bool:
    """Tell whether documents of a type carry the digest of their data: what the library wrote, and a host keeps."""
    return not name.startswith(("command.", "policy/"))


def digest(name: object, data: object) -> str:
    """Give 64 bits of the SHA-256 of ``[name, data]`` as canonical JSON: keys in order, no spaces."""
    canonical = json.dumps([name, data], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256(canonical.encode(errors="surrogatepass")).hexdigest()[:16]


def _structured(name: str, data: Any, kind: type[T]) -> T:  # noqa: ANN401  # plain data
    found = KINDS[name]
    if not issubclass(found, kind):
        raise refused(must_be("it", f"a stored {kind.__name__}", name).removeprefix("it: "), "$.type")
    try:
        return _converter().structure(data, found)
    except Exception as error:
        # Whatever it is: this reads what is not trusted, and promises one kind of error.
        raise CodecError(tuple(problems(error, "$.data"))) from error


def _unreadable(name: str) -> str:
    """Say why a type cannot be read: it is newer, or older, or unknown."""
    stem, _, version = name.partition("/")
    own = next((known for known in KINDS if known.partition("/")[0] == stem), None)
    if own is None or not (version.isascii() and version.isdecimal()):
        return must_be("type", "one of this library", name).removeprefix("type: ")
    if int(version[:9]) > int(own.partition("/")[2]):
        return f"{shown(name)} is newer than {own}, which this library reads"
    return f"{shown(name)} is older than {own}, which this library reads, and no upcaster leads there"


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("an object has one key twice")
    return found


def _no_number(number: str) -> NoReturn:
    raise ValueError(f"{shown(number)} is no whole number")
