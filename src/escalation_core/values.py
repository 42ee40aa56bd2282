"""What every value of this package shares: field validators, and a copy with changes.

Rule 1: a wrong type is a ``TypeError``, a wrong value a ``ValueError``; both name the field and show the value.
Rule 2: nothing is coerced.
Rule 3: this module knows nothing of support cases.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from reprlib import Repr
from typing import Any, TypeVar

from attrs import Attribute, fields

T = TypeVar("T")
Validator = Callable[[Any, "Attribute[Any]", Any], None]

_SHOWN = Repr()
_SHOWN.maxstring = _SHOWN.maxother = 80


def shown(value: object) -> str:
    """Give a value's ``repr``, shortened so that a megabyte of input does not become a megabyte of message."""
    return _SHOWN.repr(value)


def must_be(name: str, what: str, value: object) -> str:
    """Phrase the one sentence in which a value is refused."""
    return f"{name}: must be {what}, got {shown(value)}"


def _encodable(name: str, value: str) -> None:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(must_be(name, "text that UTF-8 can hold", value)) from None


def any_text(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is not a ``str``, or cannot be written as UTF-8 (a lone surrogate). Empty text is fine."""
    if not isinstance(value, str):
        raise TypeError(must_be(attribute.name, "a str", value))
    _encodable(attribute.name, value)


def text(instance: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is not a ``str`` with something to read in it."""
    any_text(instance, attribute, value)
    if not value or value.isspace():  # type: ignore[attr-defined]  # any_text has just refused all but str
        raise ValueError(must_be(attribute.name, "text that is not blank", value))


def identifier(instance: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is not a printable, non-blank ``str``: it ends up in keys, file names and mail headers."""
    text(instance, attribute, value)
    if not value.isprintable():  # type: ignore[attr-defined]  # as above
        raise ValueError(must_be(attribute.name, "printable text", value))


def instant(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is not an aware ``datetime``."""
    if not isinstance(value, datetime):
        raise TypeError(must_be(attribute.name, "a datetime", value))
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(must_be(attribute.name, "an aware datetime", value))


def day_or_instant(instance: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is neither a ``date`` nor an aware ``datetime``."""
    if type(value) is not date:
        instant(instance, attribute, value)


def whole_number(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is not an ``int`` of zero or more; ``True`` is not a number."""
    if type(value) is not int:
        raise TypeError(must_be(attribute.name, "an int", value))
    if value < 0:
        raise ValueError(must_be(attribute.name, "zero or more", value))


def a(*kinds: type) -> Validator:
    """Refuse what is not an instance of one of these classes."""
    what = "a " + " or ".join(kind.__name__ for kind in kinds)

    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, kinds):
            raise TypeError(must_be(attribute.name, what, value))

    return validate


def _all(container: type, what: str) -> Callable[[type], Validator]:
    def of(kind: type) -> Validator:
        def validate(_: object, attribute: "Attribute[Any]", value: Any) -> None:  # noqa: ANN401  # the check is the point
            if type(value) is not container:
                raise TypeError(must_be(attribute.name, f"a {what} of {kind.__name__}", value))
            for member in value:
                if not isinstance(member, kind):
                    raise TypeError(must_be(attribute.name, f"a {what} of {kind.__name__}", member))

        return validate

    return of


tuple_of = _all(tuple, "tuple")
frozenset_of = _all(frozenset, "frozenset")


def utc(name: str, value: datetime) -> datetime:
    """Give the same instant in UTC.

    Two aware times of one zone compare by wall clock, which runs backwards once a year; in UTC they compare by instant.

    Raises:
        TypeError: it is not a ``datetime``.
        ValueError: it is naive.
    """
    if not isinstance(value, datetime):
        raise TypeError(must_be(name, "a datetime", value))
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(must_be(name, "an aware datetime", value))
    return value.astimezone(UTC)


def copier(cls: type[T]) -> Callable[..., T]:
    """Compile ``copy(value, **changes)`` for a frozen, slotted class.

    The copy shares every field that is not changed and validates nothing: it is for changes that are right by
    construction. ``attrs.evolve`` validates every field anew, at five times the cost of the whole fold.
    """
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # any attrs class
    source = [f"def copy(value, *, {', '.join(f'{name}=KEEP' for name in names)}):", "    new = create(cls)"]
    source += [f"    set_{name}(new, value.{name} if {name} is KEEP else {name})" for name in names]
    scope: dict[str, Any] = {"KEEP": object(), "create": object.__new__, "cls": cls}
    scope |= {f"set_{name}": getattr(cls, name).__set__ for name in names}
    exec("\n".join([*source, "    return new"]), scope)  # noqa: S102  # field names of our own classes, as attrs does it
    copy: Callable[..., T] = scope["copy"]
    return copy
