"""The conversion of every value of this library to plain data and back, on ``cattrs``.

Rule 1: plain data is what JSON has, of numbers the whole ones only: objects, lists, texts, numbers, booleans, null.
Rule 2: nothing is coerced, every field is there, and nothing is there that is no field.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Any, cast, get_args, get_origin

from attrs import AttrsInstance, evolve, fields, has
from cattrs import Converter
from cattrs.errors import AttributeValidationNote, ClassValidationError, IterableValidationError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from escalation_core.calendars import Weekday
from escalation_core.codec.plain import as_object
from escalation_core.codec.problems import Problem
from escalation_core.codec.scalars import (
    from_day,
    from_duration,
    from_instant,
    from_zone,
    it_must_be,
    to_date,
    to_day,
    to_duration,
    to_instant,
    to_time,
    to_zone,
)
from escalation_core.notifications.model import INSTANTS, Data, Notification, Template
from escalation_core.people import Person, Role
from escalation_core.policy import Policy
from escalation_core.values import shown

Hook = Callable[[Any, Any], Any]

#: A name that stands in a path as it is: all of ours do, and others may be anything.
_NAME = re.compile(r"\w{1,80}")

#: Unions are written as an object with one key, which says what it is.
UNIONS: tuple[tuple[Any, dict[str, type]], ...] = (
    (Person | Role, {"person": Person, "role": Role}),
    (Person | Role | str, {"person": Person, "role": Role, "text": str}),
)
#: Not stored: functions of the host, which it gives to the policy that it reads.
_LEFT_OUT: dict[type, frozenset[str]] = {Policy: frozenset({"rules"})}


def stored_fields(kind: type[AttrsInstance]) -> tuple[str, ...]:
    """Give the names of the fields of a class that are written and read, in their order."""
    left_out = _LEFT_OUT.get(kind, frozenset())
    return tuple(field.name for field in fields(kind) if field.init and field.name not in left_out)


def key_of(member: Enum) -> str:
    """Give what a member of an enumeration is called in stored data."""
    if isinstance(member, Template):
        return member.key
    return member.name.lower() if isinstance(member, Weekday) else str(member.value)


def make_converter() -> Converter:
    """Make the strict converter."""
    converter = Converter(detailed_validation=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_unstructure_hook(datetime, from_instant)
    converter.register_structure_hook(datetime, to_instant)
    converter.register_unstructure_hook(date, from_day)
    converter.register_structure_hook(date, to_day)
    converter.register_unstructure_hook(time, time.isoformat)
    converter.register_structure_hook(time, to_time)
    converter.register_unstructure_hook(timedelta, from_duration)
    converter.register_structure_hook(timedelta, to_duration)
    converter.register_unstructure_hook(tzinfo, from_zone)
    converter.register_structure_hook(tzinfo, to_zone)
    converter.register_unstructure_hook_func(_is_enum, key_of)
    converter.register_structure_hook_func(_is_enum, _to_member)
    for collection, first in ((tuple, tuple), (frozenset, _in_order)):
        converter.register_unstructure_hook_factory(_is_a(collection), _list_of(converter, first))
    converter.register_structure_hook_factory(_is_a(tuple), _to_tuple_of(converter))
    converter.register_structure_hook_factory(_is_a(frozenset), _to_frozenset_of(converter))
    converter.register_unstructure_hook_func(_is(Container[date]), _from_holidays)
    converter.register_structure_hook_func(_is(Container[date]), _to_holidays(converter))
    for union, options in UNIONS:
        converter.register_unstructure_hook_func(_is(union), _from_one_of(converter, options))
        converter.register_structure_hook_func(_is(union), _to_one_of(converter, options))
    converter.register_unstructure_hook(Data, _from_data)
    converter.register_structure_hook(Data, _to_data)
    converter.register_unstructure_hook_factory(has, _from_fields(converter))
    converter.register_structure_hook_factory(has, _to_fields(converter))
    converter.register_structure_hook(Notification, _to_notification(converter))
    return converter


# Values


def _exactly(kind: type) -> Hook:
    def hook(value: Any, _: Any) -> Any:  # noqa: ANN401  # plain data
        if type(value) is not kind:
            raise TypeError(it_must_be(_PLAIN[kind], value))
        return value

    return hook


_PLAIN = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}


def _is_enum(asked: Any) -> bool:  # noqa: ANN401  # any annotation
    return isinstance(asked, type) and issubclass(asked, Enum)


def _to_member(value: Any, kind: type[Enum]) -> Enum:  # noqa: ANN401  # plain data
    if type(value) is str:
        for member in kind:
            if key_of(member) == value:
                return member
    raise ValueError(it_must_be(f"one of {', '.join(key_of(member) for member in kind)}", value))


# Collections


def _is(annotation: Any) -> Callable[[Any], bool]:  # noqa: ANN401  # any annotation
    return lambda asked: bool(asked == annotation)


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401  # plain data
    found = as_object(value)
    if found is None:
        raise TypeError(it_must_be("an object", value))
    return found


def _is_a(collection: type) -> Callable[[Any], bool]:
    return lambda asked: get_origin(asked) is collection


def _in_order(members: Iterable[Enum]) -> list[Enum]:
    """Put members of one enumeration into its order: a set has none."""
    found = list(members)
    return [member for member in type(found[0]) if member in found] if found else []


def _list_of(
    converter: Converter, first: Callable[[Any], Iterable[Any]]
) -> Callable[[Any], Callable[[Any], list[Any]]]:
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


def _to_tuple_of(converter: Converter) -> Callable[[Any], Hook]:
    def factory(asked: Any) -> Hook:  # noqa: ANN401  # any annotation
        read = _to_list(converter, get_args(asked)[0])
        return lambda value, _: tuple(read(value))

    return factory


def _to_frozenset_of(converter: Converter) -> Callable[[Any], Hook]:
    def factory(asked: Any) -> Hook:  # noqa: ANN401  # any annotation
        read = _to_list(converter, get_args(asked)[0])

        def hook(value: Any, _: Any) -> frozenset[Any]:  # noqa: ANN401  # plain data
            members = read(value)
            if len(set(members)) < len(members):
                raise ValueError(it_must_be("a list in which each stands once", value))
            return frozenset(members)

        return hook

    return factory


def _from_holidays(value: Container[date]) -> list[str]:
    if not isinstance(value, frozenset | set | tuple | list):
        raise TypeError(it_must_be("a set of dates (Calendar.fixed writes down those of some years)", value))
    return sorted(day.isoformat() for day in cast("Iterable[date]", value))


def _to_holidays(converter: Converter) -> Hook:
    def hook(value: Any, _: Any) -> frozenset[date]:  # noqa: ANN401  # plain data
        return frozenset(to_date(day) for day in converter.structure(value, tuple[str, ...]))

    return hook


# Objects


def _from_one_of(converter: Converter, options: dict[str, type]) -> Callable[[Any], dict[str, Any]]:
    def hook(value: Any) -> dict[str, Any]:  # noqa: ANN401  # one of these classes
        name = next(name for name, kind in options.items() if isinstance(value, kind))
        return {name: converter.unstructure(value, options[name])}

    return hook


def _to_one_of(converter: Converter, options: dict[str, type]) -> Hook:
    def hook(value: Any, _: Any) -> Any:  # noqa: ANN401  # plain data
        if len(_object(value)) != 1 or next(iter(_object(value))) not in options:
            raise ValueError(it_must_be(f"an object with one of {', '.join(options)}", value))
        ((name, content),) = _object(value).items()
        read: Hook = converter.get_structure_hook(options[name])
        return read(content, options[name])

    return hook


def _from_data(value: Data) -> dict[str, Any]:
    return {name: from_instant(one) if isinstance(one, datetime) else one for name, one in value.items()}


def _to_data(value: Any, kind: Any) -> Data:  # noqa: ANN401  # plain data
    contents: list[str | datetime | None] = []
    for name, one in _object(value).items():
        if one is not None and name in INSTANTS:
            contents.append(to_instant(one, kind))
        elif one is None or type(one) is str:
            contents.append(one)
        else:
            raise TypeError(it_must_be(f"a text at {shown(name)}", one))
    return Data(names=tuple(_object(value)), contents=tuple(contents))


def _to_notification(converter: Converter) -> Hook:
    read = _to_fields(converter)(Notification)

    def hook(value: Any, kind: Any) -> Notification:  # noqa: ANN401  # plain data
        found = cast("Notification", read(value, kind))
        offers = found.template.offers  # an object has no order of its own; the validators have compared the names
        return evolve(found, data=Data(names=offers, contents=tuple(found.data[name] for name in offers)))

    return hook


def _left_out(kind: type[AttrsInstance]) -> Any:  # noqa: ANN401  # keyword arguments of cattrs
    return {name: override(omit=True) for name in _LEFT_OUT.get(kind, ())}


def _from_fields(converter: Converter) -> Callable[[Any], Callable[[Any], dict[str, Any]]]:
    return lambda kind: make_dict_unstructure_fn(kind, converter, **_left_out(kind))


def _to_fields(converter: Converter) -> Callable[[Any], Hook]:
    def factory(kind: type[AttrsInstance]) -> Hook:
        names = frozenset(stored_fields(kind))
        build = make_dict_structure_fn(kind, converter, **_left_out(kind))

        def hook(value: Any, _: Any) -> Any:  # noqa: ANN401  # plain data
            found = _object(value)
            if found.keys() != names:
                errors = list(_wrong_fields(converter, kind, found))
                raise ClassValidationError("not its fields", errors, kind)  # pyright: ignore[reportCallIssue]  # as cattrs does
            return build(found, kind)

        return hook

    return factory


def _wrong_fields(converter: Converter, kind: type[AttrsInstance], value: dict[str, Any]) -> Iterator[Exception]:
    """Go through all that is wrong with an object that does not have the fields of its class."""
    types = {field.name: field.type for field in fields(kind) if field.name in stored_fields(kind)}
    for name in types:
        if name not in value:
            yield _noted(ValueError("is missing"), kind, name)
    for name, content in value.items():
        if name not in types:
            yield _noted(ValueError("is not known here"), kind, name)
            continue
        try:
            converter.structure(content, types[name])
        except Exception as error:  # noqa: BLE001  # it is listed with the others
            yield _noted(error, kind, name)


def _noted(error: Exception, kind: type, name: str) -> Exception:
    error.__notes__ = [*getattr(error, "__notes__", []), AttributeValidationNote(f"at {name}", name, kind)]
    return error


def problems(error: Exception, path: str) -> Iterator[Problem]:
    """List what is wrong, with the path of each."""
    if isinstance(error, ClassValidationError | IterableValidationError):
        for part in error.exceptions:
            yield from problems(part, path + _step(part))
    else:
        yield Problem(path=path, message=str(error))


def _step(error: BaseException) -> str:
    kinds = (AttributeValidationNote, IterableValidationNote)
    note = next((note for note in getattr(error, "__notes__", ()) if isinstance(note, kinds)), None)
    if isinstance(note, AttributeValidationNote):
        return f".{note.name}" if _NAME.fullmatch(note.name) else f"[{shown(note.name)}]"
    return "" if note is None else f"[{note.index}]"
