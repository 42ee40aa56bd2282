"""Limits of a document, for reading and for writing: a document that was written can be read with the same limits.

Rule 1: the limits are checked before anything walks through a document recursively.
"""

import json
from typing import Any, NoReturn

from attrs import Attribute, field, frozen

from escalation_core.checks import LARGEST, must_be, shown, whole_number
from escalation_core.codec.plain import as_list, as_object
from escalation_core.codec.problems import CodecError, codec_error

_ATOMS = (str, bool, int, type(None))
_DEPTH_MAX = 200  # cattrs and json call themselves for each level
#: The depth of the deepest document that the library itself writes, without fields of a newer release.
OWN_DEPTH = 10


def _depth(_: object, attribute: "Attribute[Any]", value: int) -> None:
    whole_number(_, attribute, value)
    if value > _DEPTH_MAX:
        raise ValueError(must_be(attribute.name, f"at most {_DEPTH_MAX}", value))


@frozen(kw_only=True)
class Limits:
    """The largest size, depth and number of values of a document."""

    size: int = field(default=4 * 1024 * 1024, validator=whole_number)  #: Bytes of JSON in UTF-8.
    depth: int = field(default=16, validator=_depth)  #: Levels of objects and lists within each other; at most 200.
    values: int = field(default=200_000, validator=whole_number)  #: Texts, numbers, booleans, nulls, objects and lists.

    def check(self, document: object) -> None:
        """Raise a CodecError for a document that is not plain data, or exceeds the depth or the number of values."""
        waiting: list[tuple[object, int]] = [(document, 0)]
        values = 0
        while waiting:
            value, depth = waiting.pop()
            values += 1
            if values > self.values:
                raise codec_error(f"document: must be of at most {self.values} values, got more")
            if depth > self.depth:
                raise codec_error(f"document: must be of at most {self.depth} levels, got more")
            named, listed = as_object(value), as_list(value)
            if named is not None:
                if not all(type(key) is str for key in named):
                    raise codec_error("document: must have text as keys, got something else")
                waiting += [(member, depth + 1) for member in named.values()]
            elif listed is not None:
                waiting += [(member, depth + 1) for member in listed]
            elif type(value) is int and abs(value) > LARGEST:
                raise codec_error(must_be("document", "of numbers of at most 64 bits", value))
            elif type(value) not in _ATOMS:
                raise codec_error(must_be("document", "plain data", value))

    def check_size(self, written: bytes) -> None:
        """Raise a CodecError for JSON that is too large."""
        if len(written) > self.size:
            raise codec_error(f"document: must be of at most {self.size} bytes, got {len(written)}")

    def check_written(self, document: object, text: str) -> None:
        """Raise a CodecError for a written document that could not be read with these limits.

        Args:
            document: the document.
            text: its JSON. A document has at most one value more than its JSON has commas and opening brackets.
        """
        try:
            written = text.encode()
        except UnicodeEncodeError:
            raise codec_error("document: must be text that UTF-8 can hold, got a lone surrogate") from None
        self.check_size(written)
        values = text.count(",") + text.count("[") + text.count("{") + 1
        if self.depth < OWN_DEPTH or values > self.values:
            self.check(document)

    def parse(self, text: str | bytes) -> object:
        """Return JSON as plain data.

        Raises:
            CodecError: it is not JSON in UTF-8, has a key twice in one object, or is too large.
        """
        if not isinstance(text, str | bytes):
            raise codec_error(must_be("text", "JSON as a str or as bytes", text))
        try:
            written = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
            self.check_size(written)
            return json.loads(
                text if isinstance(text, str) else written.decode(),
                object_pairs_hook=_object,
                parse_constant=_not_whole,
                parse_float=_not_whole,
            )
        except CodecError:
            raise
        except (ValueError, RecursionError) as error:
            raise codec_error(f"text: must be JSON, got an error: {error}") from error


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("an object has one key twice")
    return found


def _not_whole(number: str) -> NoReturn:
    raise ValueError(f"{shown(number)} is not a whole number")
