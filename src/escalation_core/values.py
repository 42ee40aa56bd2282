"""The base, the class decorator and the field checks of all values of this package.

Rule 1: a wrong type is a ``TypeError``, a wrong value a ``ValueError``. Both name the field and show the value.
Rule 2: a field has its type in one place. The check, and the conversion of instants to UTC, follow from the annotation.
A field with another annotation must have its own validator, or its class cannot be defined.
Rule 3: nothing else is coerced.
Rule 4: a message is one printable line of bounded length. Text that UTF-8 cannot encode is refused, so that every value
can be stored, sent and shown.
Rule 5: this module contains nothing about support cases.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from reprlib import Repr
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, Union, cast, get_args, get_origin

from attrs import Attribute, define
from attrs.validators import and_, optional

if TYPE_CHECKING:
    from attrs import frozen as frozen  # noqa: PLC0414  # type checkers know its fields, copies and converters

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

#: The annotations of text: ``str`` may be empty, ``Text`` may not be blank, an ``Identifier`` is printable.
Text = Annotated[str, text]
Identifier = Annotated[str, identifier]
DerivedIdentifier = Annotated[str, derived_identifier]


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


def _text_unless_another(instance: object, attribute: "Attribute[Any]", value: object) -> None:
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


# Classes


class Value:
    """The base of every value: equality, hash, text form and pickling by field, defined once for all classes.

    attrs would compile these methods for each of about ninety classes, which takes a third of the import. A value has
    no subclasses outside the library, since copies, folds and the codec return the library's own class.
    """

    __slots__ = ()
    __compared__: ClassVar[Callable[[Any], object]]
    __shown__: ClassVar[tuple[str, ...]]
    __kept__: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        """Raise an error for a subclass outside this package.

        Raises:
            TypeError: the class is defined in a module of a host.
        """
        if cls.__module__.partition(".")[0] != __name__.partition(".")[0]:
            base = cls.__bases__[0].__name__
            message = f"{cls.__qualname__}: {base} cannot be subclassed, since every step returns the base class"
            raise TypeError(f"{message}; keep data of your own beside it")

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        compared = self.__class__.__compared__
        return compared(self) == compared(other)

    def __hash__(self) -> int:
        return hash(self.__class__.__compared__(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__shown__)
        return f"{self.__class__.__qualname__}({shown})"

    def __getstate__(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__kept__)

    def __setstate__(self, state: tuple[object, ...]) -> None:
        for name, content in zip(self.__kept__, state, strict=True):
            object.__setattr__(self, name, content)


def _checked(_: type, attributes: list["Attribute[Any]"]) -> list["Attribute[Any]"]:
    """Return the fields of a class with the checks and converters of their annotations, for attrs."""
    for attribute in attributes:
        if attribute.init and not getattr(attribute, "inherited", False):
            _derive(attribute)
    return attributes


def _derive(attribute: "Attribute[Any]") -> None:
    """Set the check, the converter and the bare type of a field, all from its annotation."""
    annotation: Any = attribute.type
    known, bare, converter, is_optional = _derived(annotation)
    own = attribute.validator
    if known is None and own is None:
        raise TypeError(must_be(attribute.name, "of a type with a known check, or have a validator", annotation))
    if own is not None:
        both = own if known is None else and_(known, own)
        known = optional(both) if is_optional else both
    elif is_optional:
        known = _or_none(known)
    # In place, since copies by ``Attribute.evolve`` take a tenth of the import. Nothing else has these attributes yet.
    object.__setattr__(attribute, "validator", known)
    object.__setattr__(attribute, "type", bare)
    if converter is not None and cast("Any", attribute).converter is None:
        object.__setattr__(attribute, "converter", converter)


@cache
def _or_none(check: Validator) -> Validator:
    return optional(check)


@cache
def _derived(annotation: Any) -> tuple[Validator | None, Any, Callable[[Any], Any] | None, bool]:  # noqa: ANN401
    """Return the check of an annotation, its type without checks, its converter, and whether None is valid.

    The results are cached, since there are about forty annotations, and ``typing`` is slow.
    """
    kinds: tuple[Any, ...] = get_args(annotation) if _is_union(annotation) else (annotation,)
    wanted = tuple(kind for kind in kinds if kind is not NoneType)
    check = _check_of(wanted[0]) if len(wanted) == 1 else and_(a(*wanted), _text_unless_another)
    converter = in_utc if wanted[0] in (datetime, date) else None
    return check, _bare(annotation), converter, len(kinds) > len(wanted)


#: Checks of annotations, in place of ``isinstance``.
_CHECKS: dict[object, Validator] = {str: any_text, int: whole_number, datetime: instant, date: day_or_instant}


def _check_of(kind: Any) -> Validator | None:  # noqa: ANN401  # any annotation
    """Return the check of an annotation; None if the annotation is not specific enough."""
    if get_origin(kind) is Annotated:
        return cast("Validator", kind.__metadata__[0])
    if kind in _CHECKS:
        return _CHECKS[kind]
    if get_origin(kind) is tuple:
        member = get_args(kind)[0]
        if member is Identifier:
            return identifiers
        member = tuple if get_origin(member) is tuple else member
        return tuple_of(member) if isinstance(member, type) else None
    if get_origin(kind) is frozenset:
        return frozenset_of(get_args(kind)[0])
    if get_origin(kind) is type:
        return a(type)
    return a(kind) if isinstance(kind, type) else None


def _is_union(kind: object) -> bool:
    return get_origin(kind) in (UnionType, Union)  # an annotated type and None make the older one


def _bare(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    """Return an annotation without the names of checks, for readers of the fields: the codec and the schemas."""
    if get_origin(kind) is Annotated:
        return get_args(kind)[0]
    if _is_union(kind):
        first, *others = map(_bare, get_args(kind))
        for other in others:
            first |= other
        return first
    return tuple[str, ...] if kind == tuple[Identifier, ...] else kind


if not TYPE_CHECKING:

    def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]:
        """Return a decorator that makes a subclass of ``Value`` a frozen, slotted attrs class.

        Type checkers see ``attrs.frozen`` instead.
        """

        def define_value(cls: type[T]) -> type[T]:
            made = define(
                cls,
                frozen=True,
                kw_only=kw_only,
                weakref_slot=False,
                eq=False,
                order=False,
                repr=False,
                match_args=False,
                getstate_setstate=False,
                field_transformer=_checked,
            )
            made.__attrs_types_resolved__ = made  # so that ``attrs.resolve_types`` leaves the bare types alone
            attributes = made.__attrs_attrs__
            made.__compared__ = attrgetter(*[one.name for one in attributes if one.eq])
            made.__shown__ = tuple(one.name for one in attributes if one.repr)
            made.__kept__ = tuple(one.name for one in attributes)
            return made

        return define_value
