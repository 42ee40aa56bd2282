"""What every value of this package shares: field validators, and a copy with changes.

Rule 1: a wrong type is a ``TypeError``, a wrong value a ``ValueError``; both name the field and show the value.
Rule 2: nothing is coerced.
Rule 3: a message is one printable line, and short, whatever the value. What UTF-8 cannot hold is refused, so that
whatever is taken can be stored, sent and shown.
Rule 4: this module knows nothing of support cases.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from reprlib import Repr
from typing import Any, TypeVar, cast

from attrs import Attribute, fields

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Validator = Callable[[Any, "Attribute[Any]", Any], None]

#: Instants that are taken. What follows from them by the longest time that a policy may name is still a ``datetime``.
FIRST_YEAR, LAST_YEAR = 2, 8999
_YEARS = f"from the year {FIRST_YEAR} to {LAST_YEAR}"
_BEFORE = f"from the year {FIRST_YEAR} to {LAST_YEAR - 1}"

#: What is stored and sent as a number is one of these; more does not fit into a database's integer.
LARGEST = 2**63 - 1


class _Short(Repr):
    def repr_int(self, x: int, level: int) -> str:
        """Show a number; not one that Python itself refuses to write down."""
        return super().repr_int(x, level) if abs(x) <= LARGEST else f"an int of {x.bit_length()} bits"


_SHOWN = _Short()
_SHOWN.maxstring = _SHOWN.maxother = 80


def shown(value: object) -> str:
    """Give a value's ``repr``, shortened so that a megabyte of input does not become a megabyte of message."""
    return _SHOWN.repr(value)


#: Characters of the longest message; a hundred would do, if identifiers were not as long as a host makes them.
_MESSAGE_MAX = 400


def brief(message: str) -> str:
    """Give a message, without its middle where identifiers make it overlong: that it is read by people is its point."""
    half = _MESSAGE_MAX // 2
    return message if len(message) <= _MESSAGE_MAX else f"{message[:half]}…{message[-half:]}"


def must_be(name: str, what: str, value: object) -> str:
    """Phrase the one sentence in which a value is refused."""
    return f"{name}: must be {what}, got {shown(value)}"


#: Characters (code points) of the longest text, and of the longest identifier: everything that is taken can be stored.
TEXT_MAX, IDENTIFIER_MAX = 32_768, 200
#: The same of an identifier with a slash and a number of 64 bits behind it.
DERIVED_IDENTIFIER_MAX = IDENTIFIER_MAX + 20


def any_text(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse anything but a ``str`` of at most ``TEXT_MAX`` characters that UTF-8 can hold. Empty text is fine."""
    if not isinstance(value, str):
        raise TypeError(must_be(attribute.name, "a str", value))
    if len(value) > TEXT_MAX:
        raise ValueError(must_be(attribute.name, f"text of at most {TEXT_MAX} characters", value))
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(must_be(attribute.name, "text that UTF-8 can hold", value)) from None


def text(_: object, attribute: "Attribute[Any]", value: str) -> None:
    """Refuse what is not a ``str`` with something to read in it."""
    any_text(_, attribute, value)
    if not value or value.isspace():
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


#: Refuse anything but printable, non-blank text of at most ``IDENTIFIER_MAX`` characters: for keys and mail headers.
identifier: Validator = _identifier_of(IDENTIFIER_MAX)
#: The same for an identifier that is made of another one, such as ``case_id/version``.
derived_identifier: Validator = _identifier_of(DERIVED_IDENTIFIER_MAX)


def instant(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is not an aware ``datetime``."""
    if not isinstance(value, datetime):
        raise TypeError(must_be(attribute.name, "a datetime", value))
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(must_be(attribute.name, "an aware datetime", value))
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(must_be(attribute.name, _YEARS, value))


def in_utc(value: datetime) -> datetime:
    """Give an instant in UTC, as a converter of fields. What is no instant goes to the validator as it is.

    Two times of one zone are compared by wall clock, which runs backwards once a year; in UTC, by instant.
    """
    if not isinstance(value, datetime) or value.tzinfo is UTC or value.tzinfo is None or value.utcoffset() is None:
        return value
    return value.astimezone(UTC) if FIRST_YEAR <= value.year <= LAST_YEAR else value


def in_utc_or_none(value: datetime | None) -> datetime | None:
    """Give an instant in UTC, where there is one."""
    return None if value is None else in_utc(value)


def day_or_instant(instance: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is neither a ``date`` nor an aware ``datetime``."""
    if type(value) is not date:
        instant(instance, attribute, value)


def whole_number(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is not an ``int`` from zero to ``LARGEST``; ``True`` is not a number."""
    if type(value) is not int:
        raise TypeError(must_be(attribute.name, "an int", value))
    if value < 0:
        raise ValueError(must_be(attribute.name, "zero or more", value))
    if value > LARGEST:
        raise ValueError(must_be(attribute.name, "a number of 64 bits", value))


def a(*kinds: type) -> Validator:
    """Refuse what is not an instance of one of these classes."""
    what = "a " + " or ".join(kind.__name__ for kind in kinds)

    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, kinds):
            raise TypeError(must_be(attribute.name, what, value))

    return validate


def whom(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse blank text, for a field that also takes people and roles."""
    if isinstance(value, str):
        text(_, attribute, value)


def _all(container: type[tuple[object, ...] | frozenset[object]], what: str) -> Callable[[type], Validator]:
    def of(kind: type) -> Validator:
        def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
            if not isinstance(value, container):
                raise TypeError(must_be(attribute.name, f"a {what} of {kind.__name__}", value))
            for member in cast("Iterable[object]", value):
                if not isinstance(member, kind):
                    raise TypeError(must_be(attribute.name, f"a {what} of {kind.__name__}", member))

        return validate

    return of


tuple_of: Callable[[type], Validator] = _all(tuple, "tuple")
frozenset_of: Callable[[type], Validator] = _all(frozenset, "frozenset")


def identifiers(_: object, attribute: "Attribute[Any]", value: tuple[str, ...]) -> None:
    """Refuse what is not a tuple of printable, non-blank texts."""
    if not isinstance(value, tuple):
        raise TypeError(must_be(attribute.name, "a tuple of str", value))
    for member in value:
        identifier(_, attribute, member)


def utc(name: str, value: datetime) -> datetime:
    """Give the same instant in UTC, for an argument: of a year before the last, so that promises can follow from it.

    Raises:
        TypeError: it is not a ``datetime``.
        ValueError: it is naive, or of a year that is not taken.
    """
    if not isinstance(value, datetime):
        raise TypeError(must_be(name, "a datetime", value))
    if value.tzinfo is not UTC and (value.tzinfo is None or value.utcoffset() is None):
        raise ValueError(must_be(name, "an aware datetime", value))
    if not FIRST_YEAR <= value.year < LAST_YEAR:
        raise ValueError(must_be(name, _BEFORE, value))
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _once(function: F) -> F:
    return cast("F", cache(function))  # typed: functools.cache forgets that the result depends on the argument


@_once
def maker(cls: type[T]) -> Callable[..., T]:
    """Compile ``make(**fields)`` for a frozen, slotted class: its constructor without defaults and validation.

    It is for values that are right by construction, and takes a third of the constructor's time.
    """
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # any attrs class
    return _compiled(cls, "*, " + ", ".join(names), {name: name for name in names})


@_once
def copier(cls: type[T], *changing: str) -> Callable[..., T]:
    """Compile ``copy(value, **changes)`` for a frozen, slotted class: the value with some fields changed.

    It validates as little as ``maker`` does. ``attrs.evolve`` validates every field anew, at several times the cost of
    everything else in a step.

    Args:
        cls: an attrs class.
        changing: the fields that every copy changes; without any, a copy changes those that it is given.
    """
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # any attrs class
    if changing:
        contents = {name: name if name in changing else f"value.{name}" for name in names}
        return _compiled(cls, "value, *, " + ", ".join(changing), contents)
    arguments = "value, *, " + ", ".join(f"{name}=KEPT" for name in names)
    return _compiled(cls, arguments, {name: f"value.{name} if {name} is KEPT else {name}" for name in names})


def _compiled(cls: type[T], arguments: str, contents: dict[str, str]) -> Callable[..., T]:
    # The fast way into a frozen instance: fill an instance of a twin class, which adds the same slots to the same base
    # and is not frozen, then give it its class. Python allows that between classes of one layout.
    own: dict[str, Any] = {"__slots__": cls.__dict__["__slots__"]}
    own |= {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}  # both, or it is slow
    scope: dict[str, Any] = {"KEPT": object(), "create": object.__new__, "cls": cls}
    scope["twin"] = twin = cast("Any", type(cls.__name__, cls.__bases__, own))
    twin.__abstractmethods__ = frozenset()  # it is never seen, so it need not be a whole Mapping
    body = [f"new.{name} = {content}" for name, content in contents.items()]
    lines = [f"def function({arguments}):", "new = create(twin)", *body, "new.__class__ = cls", "return new"]
    exec("\n    ".join(lines), scope)  # noqa: S102  # the names of our own fields, as attrs itself does it
    function: Callable[..., T] = scope["function"]
    return function
