"""Hooks of the converter for single values, enumerations and collections."""

from collections.abc import Callable, Container, Iterable
from datetime import date
from enum import Enum
from typing import Any, cast, get_args, get_origin

from cattrs import Converter

from escalation_core.codec.fields import key_of
from escalation_core.codec.plain import as_object
from escalation_core.codec.scalars import it_must_be, to_date

Hook = Callable[[Any, Any], Any]


def exactly(kind: type) -> Hook:
    """Return a hook that accepts only values of exactly this class, and returns them unchanged."""

    def hook(value: Any, _: Any) -> Any:  # noqa: ANN401  # plain data
        if type(value) is not kind:
            raise TypeError(it_must_be(_PLAIN[kind], value))
        return value

    return hook


_PLAIN = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}


def to_member(value: Any, kind: type[Enum]) -> Enum:  # noqa: ANN401  # plain data
    """Return the member of an enumeration for its stored text."""
    if type(value) is str:
        for member in kind:
            if key_of(member) == value:
                return member
    raise ValueError(it_must_be(f"one of {', '.join(key_of(member) for member in kind)}", value))


def is_annotation(annotation: Any) -> Callable[[Any], bool]:  # noqa: ANN401  # any annotation
    """Return a predicate for exactly this annotation."""
    return lambda asked: bool(asked == annotation)


def plain_object(value: Any) -> dict[str, Any]:  # noqa: ANN401  # plain data
    """Return a value that is an object; raise a TypeError for anything else."""
    found = as_object(value)
    if found is None:
        raise TypeError(it_must_be("an object", value))
    return found


def is_collection(collection: type) -> Callable[[Any], bool]:
    """Return a predicate for annotations such as ``tuple[str, ...]``."""
    return lambda asked: get_origin(asked) is collection


def in_order(members: Iterable[Enum]) -> list[Enum]:
    """Return members of one enumeration in its order, since a set has no order."""
    found = list(members)
    return [member for member in type(found[0]) if member in found] if found else []


def list_of(converter: Converter, first: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Callable[[Any], list[Any]]]:
    """Return a hook factory that writes collections as lists; ``first`` puts the members in order."""

    def factory(asked: Any) -> Callable[[Any], list[Any]]:  # noqa: ANN401  # any annotation
        write = converter.get_unstructure_hook(get_args(asked)[0])
        return lambda value: [write(member) for member in first(value)]

    return factory


def _to_list(converter: Converter, member: Any) -> Callable[[Any], list[Any]]:  # noqa: ANN401  # any annotation
    structure = converter.get_structure_hook(list[member])

    def read(value: Any) -> list[Any]:  # noqa: ANN401  # plain data
        if type(value) is not list:
            raise TypeError(it_must_be("a list", value))
        return cast("list[Any]", structure(value, list[member]))

    return read


def to_tuple_of(converter: Converter) -> Callable[[Any], Hook]:
    """Return a hook factory that reads tuples."""

    def factory(asked: Any) -> Hook:  # noqa: ANN401  # any annotation
        read = _to_list(converter, get_args(asked)[0])
        return lambda value, _: tuple(read(value))

    return factory


def to_frozenset_of(converter: Converter) -> Callable[[Any], Hook]:
    """Return a hook factory that reads frozensets."""

    def factory(asked: Any) -> Hook:  # noqa: ANN401  # any annotation
        read = _to_list(converter, get_args(asked)[0])

        def hook(value: Any, _: Any) -> frozenset[Any]:  # noqa: ANN401  # plain data
            members = read(value)
            if len(set(members)) < len(members):
                raise ValueError(it_must_be("a list without duplicates", value))
            return frozenset(members)

        return hook

    return factory


def from_holidays(value: Container[date]) -> list[str]:
    """Return dates as a sorted list."""
    if not isinstance(value, frozenset | set | tuple | list):
        raise TypeError(it_must_be("a set of dates (Calendar.fixed writes down those of some years)", value))
    return sorted(day.isoformat() for day in cast("Iterable[date]", value))


def to_holidays(converter: Converter) -> Hook:
    """Return a hook that reads dates."""

    def hook(value: Any, _: Any) -> frozenset[date]:  # noqa: ANN401  # plain data
        return frozenset(to_date(day) for day in converter.structure(value, tuple[str, ...]))

    return hook
