"""Checks: the validators of fields, their messages and their limits.

Rule 1: a wrong type is a ``TypeError``, a wrong value a ``ValueError``. Both name the field and show the value.
Rule 2: a message is one printable line of bounded length. Text that UTF-8 cannot encode is refused, so that every value
can be stored, sent and shown.
Rule 3: this module contains nothing about support cases.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import Enum
from reprlib import Repr
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

if TYPE_CHECKING:
    from attrs import Attribute

T = TypeVar("T")
Validator = Callable[[Any, "Attribute[Any]", Any], object]

#: The years of accepted instants. Adding the longest duration of a policy to one of them still gives a ``datetime``.
FIRST_YEAR, LAST_YEAR = 2, 8999
_YEARS = f"from the year {FIRST_YEAR} to {LAST_YEAR}"
_BEFORE = f"from the year {FIRST_YEAR} to {LAST_YEAR - 1}"

#: The largest number that is stored and sent; larger ones do not fit into an integer column of a database.
LARGEST = 2**63 - 1
#: Maximum numbers of characters (code points) of a text and of an identifier, so that every value can be stored.
TEXT_MAX, IDENTIFIER_MAX = 32_768, 200
#: The same for an identifier that ends in a slash and a number of 64 bits.
DERIVED_IDENTIFIER_MAX = IDENTIFIER_MAX + 20

#: The pattern of the digest of a command.
DIGEST = "[0-9a-f]{16}"


class _Short(Repr):
    def repr_int(self, x: int, level: int) -> str:
        """Return a number as text, or the size of a number that Python may refuse to write."""
        return super().repr_int(x, level) if abs(x) <= LARGEST else f"an int of {x.bit_length()} bits"


_SHOWN = _Short()
_SHOWN.maxstring = _SHOWN.maxother = 80


def shown(value: object) -> str:
    """Return the ``repr`` of a value, shortened, so that a megabyte of input does not become a megabyte of message."""
    return _SHOWN.repr(value)


#: The maximum number of characters of a message, which may contain several identifiers.
_MESSAGE_MAX = 400


def brief(message: str) -> str:
    """Return a message without its middle if long identifiers make it too long to read."""
    half = _MESSAGE_MAX // 2
    return message if len(message) <= _MESSAGE_MAX else f"{message[:half]}…{message[-half:]}"


def must_be(name: str, what: str, value: object) -> str:
    """Return the message of every refused value: ``field: must be …, got …``."""
    return f"{name}: must be {what}, got {shown(value)}"


def any_text(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but a ``str`` that UTF-8 can encode, of at most ``TEXT_MAX`` characters."""
    if not isinstance(value, str):
        raise TypeError(must_be(attribute.name, "a str", value))
    if len(value) > TEXT_MAX:
        raise ValueError(must_be(attribute.name, f"text of at most {TEXT_MAX} characters", value))
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(must_be(attribute.name, "text that UTF-8 can hold", value)) from None


def text(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but text with at least one character that is not white space."""
    any_text(_, attribute, value)
    if not value or cast("str", value).isspace():
        raise ValueError(must_be(attribute.name, "text that is not blank", value))


def _identifier_of(length: int) -> Validator:
    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, str):
            raise TypeError(must_be(attribute.name, "a str", value))
        if len(value) > length:
            raise ValueError(must_be(attribute.name, f"an identifier of at most {length} characters", value))
        if not value or value.isspace() or not value.isprintable():
            raise ValueError(must_be(attribute.name, "printable text that is not blank", value))

    return validate


#: The check of identifiers: printable, non-blank text of at most ``IDENTIFIER_MAX`` characters.
identifier: Validator = _identifier_of(IDENTIFIER_MAX)
#: The same for an identifier that contains another one, such as ``case_id/version``.
derived_identifier: Validator = _identifier_of(DERIVED_IDENTIFIER_MAX)


def digest(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but the digest of a command."""
    if not isinstance(value, str):
        raise TypeError(must_be(attribute.name, "a str", value))
    if not re.fullmatch(DIGEST, value):
        raise ValueError(must_be(attribute.name, "16 hexadecimal digits", value))


#: The annotations of text: ``str`` may be empty, ``Text`` may not be blank, an ``Identifier`` is printable.
Text = Annotated[str, text]
Identifier = Annotated[str, identifier]
DerivedIdentifier = Annotated[str, derived_identifier]
Digest = Annotated[str, digest]


def instant(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but an aware ``datetime`` in an accepted year."""
    if not isinstance(value, datetime):
        raise TypeError(must_be(attribute.name, "a datetime", value))
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(must_be(attribute.name, "an aware datetime", value))
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(must_be(attribute.name, _YEARS, value))


def in_utc(value: T) -> T:
    """Return an instant in UTC, and anything else unchanged, for the validator to refuse.

    Python compares two times of one zone by wall clock, which runs backwards once a year; in UTC, by instant.
    """
    if not isinstance(value, datetime) or value.tzinfo is UTC or value.tzinfo is None or value.utcoffset() is None:
        return value
    return value.astimezone(UTC) if FIRST_YEAR <= value.year <= LAST_YEAR else value


def day_or_instant(instance: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but a ``date`` or an aware ``datetime``."""
    if type(value) is not date:
        instant(instance, attribute, value)


def whole_number(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but an ``int`` from zero to ``LARGEST``; ``True`` is not a number."""
    if type(value) is not int:
        raise TypeError(must_be(attribute.name, "an int", value))
    if value < 0:
        raise ValueError(must_be(attribute.name, "zero or more", value))
    if value > LARGEST:
        raise ValueError(must_be(attribute.name, "a number of 64 bits", value))


def a(*kinds: type) -> Validator:
    """Return a validator that raises an error for anything but an instance of one of these classes."""
    what = "a " + " or ".join(kind.__name__ for kind in kinds)

    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, kinds):
            raise TypeError(must_be(attribute.name, what, value))

    return validate


def text_unless_another(instance: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for blank text in a field that also accepts values of other classes."""
    if isinstance(value, str) and not isinstance(value, Enum):
        text(instance, attribute, value)


def _all(container: type[tuple[object, ...] | frozenset[object]]) -> Callable[[type], Validator]:
    def of(kind: type) -> Validator:
        what = f"a {container.__name__} of {kind.__name__}"

        def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
            if not isinstance(value, container):
                raise TypeError(must_be(attribute.name, what, value))
            for member in cast("Iterable[object]", value):
                if not isinstance(member, kind):
                    raise TypeError(must_be(attribute.name, what, member))

        return validate

    return of


tuple_of: Callable[[type], Validator] = _all(tuple)
frozenset_of: Callable[[type], Validator] = _all(frozenset)


def identifiers(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Raise an error for anything but a tuple of identifiers."""
    if not isinstance(value, tuple):
        raise TypeError(must_be(attribute.name, "a tuple of str", value))
    for member in cast("tuple[object, ...]", value):
        identifier(_, attribute, member)


def utc(name: str, value: datetime) -> datetime:
    """Return an argument in UTC; its year is before the last accepted one, so that deadlines can be later.

    Raises:
        TypeError: the argument is not a ``datetime``.
        ValueError: the argument is naive, or its year is not accepted.
    """
    if not isinstance(value, datetime):
        raise TypeError(must_be(name, "a datetime", value))
    if value.tzinfo is not UTC and (value.tzinfo is None or value.utcoffset() is None):
        raise ValueError(must_be(name, "an aware datetime", value))
    if not FIRST_YEAR <= value.year < LAST_YEAR:
        raise ValueError(must_be(name, _BEFORE, value))
    return value if value.tzinfo is UTC else value.astimezone(UTC)
