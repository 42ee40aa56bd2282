"""The conversion of every value of this library to plain data and back, with ``cattrs``.

Rule 1: plain data consists of objects, lists, texts, whole numbers, booleans and null.
Rule 2: nothing is coerced. Every required field is present, and every field that is present is known.
"""

from collections.abc import Callable, Container, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Any, cast

from attrs import AttrsInstance, evolve, fields, has
from cattrs import Converter
from cattrs.errors import ClassValidationError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from escalation_core.checks import shown
from escalation_core.codec.cattrs_hooks import (
    Hook,
    exactly,
    from_holidays,
    in_order,
    is_annotation,
    is_collection,
    list_of,
    plain_object,
    to_frozenset_of,
    to_holidays,
    to_member,
    to_tuple_of,
)
from escalation_core.codec.fields import (
    GRANTABLE,
    LEFT_OUT,
    OMITTING,
    UNIONS,
    enumerations,
    granted,
    key_of,
    permissions_of,
    required_fields,
    stored_fields,
)
from escalation_core.codec.paths import noted
from escalation_core.codec.scalars import (
    from_day,
    from_duration,
    from_instant,
    from_zone,
    it_must_be,
    to_day,
    to_duration,
    to_instant,
    to_time,
    to_zone,
)
from escalation_core.notifications.mails import BY_TEMPLATE, INSTANTS
from escalation_core.notifications.notification import Data, Notification
from escalation_core.people import Role
from escalation_core.policy import Permissions

_UNKNOWN = "is not known here"


@cache
def strict_converter() -> Converter:
    """Return the converter that all codecs share. The first call builds it."""
    converter = Converter(detailed_validation=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, exactly(kind))
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
    converter.register_unstructure_hook(str, str)  # a text of the host may be of a subclass, such as a StrEnum
    for enumeration in enumerations():  # one by one, since a StrEnum is also a str
        converter.register_unstructure_hook(enumeration, key_of)
        converter.register_structure_hook(enumeration, to_member)
    for collection, first in ((tuple, tuple), (frozenset, in_order)):
        converter.register_unstructure_hook_factory(is_collection(collection), list_of(converter, first))
    converter.register_structure_hook_factory(is_collection(tuple), to_tuple_of(converter))
    converter.register_structure_hook_factory(is_collection(frozenset), to_frozenset_of(converter))
    converter.register_unstructure_hook_func(is_annotation(Container[date]), from_holidays)
    converter.register_structure_hook_func(is_annotation(Container[date]), to_holidays(converter))
    for union, options in UNIONS:
        converter.register_unstructure_hook_func(is_annotation(union), _from_one_of(converter, options))
        converter.register_structure_hook_func(is_annotation(union), _to_one_of(converter, options))
    converter.register_unstructure_hook(Data, _from_data)
    converter.register_structure_hook(Data, _to_data)
    converter.register_unstructure_hook(Permissions, _from_permissions(converter))
    converter.register_unstructure_hook_factory(has, _from_fields(converter))
    converter.register_structure_hook_factory(has, _to_fields(converter))
    converter.register_structure_hook(Permissions, _to_permissions(converter))
    converter.register_structure_hook(Notification, _to_notification(converter))
    return converter


def _from_one_of(converter: Converter, options: dict[str, type]) -> Callable[[Any], dict[str, Any]]:
    def hook(value: Any) -> dict[str, Any]:  # noqa: ANN401  # one of these classes
        name = next(name for name, kind in options.items() if isinstance(value, kind))
        return {name: converter.unstructure(value, options[name])}

    return hook


def _to_one_of(converter: Converter, options: dict[str, type]) -> Hook:
    def hook(value: Any, _: Any) -> Any:  # noqa: ANN401  # plain data
        if len(plain_object(value)) != 1 or next(iter(plain_object(value))) not in options:
            raise ValueError(it_must_be(f"an object with one of {', '.join(options)}", value))
        ((name, content),) = plain_object(value).items()
        read: Hook = converter.get_structure_hook(options[name])
        return read(content, options[name])

    return hook


def _from_content(value: str | datetime | None) -> str | None:
    if isinstance(value, datetime):
        return from_instant(value)
    return None if value is None else str(value)


def _from_data(value: Data) -> dict[str, Any]:
    return {name: _from_content(one) for name, one in value.items()}


def _to_data(value: Any, kind: Any) -> Data:  # noqa: ANN401  # plain data
    contents: list[str | datetime | None] = []
    for name, one in plain_object(value).items():
        if one is not None and name in INSTANTS:
            contents.append(to_instant(one, kind))
        elif one is None or type(one) is str:
            contents.append(one)
        else:
            raise TypeError(it_must_be(f"a text at {shown(name)}", one))
    return Data(names=tuple(plain_object(value)), contents=tuple(contents))


def _to_notification(converter: Converter) -> Hook:
    read = _to_fields(converter)(Notification)

    def hook(value: Any, kind: Any) -> Notification:  # noqa: ANN401  # plain data
        found = cast("Notification", read(value, kind))
        names = BY_TEMPLATE[found.template].fields  # an object has no order; the validators have compared the names
        return evolve(found, data=Data(names=names, contents=tuple(found.data[name] for name in names)))

    return hook


def _from_permissions(converter: Converter) -> Callable[[Permissions], dict[str, Any]]:
    def hook(value: Permissions) -> dict[str, Any]:
        return {name: converter.unstructure(roles, frozenset[Role]) for name, roles in granted(value).items()}

    return hook


def _to_permissions(converter: Converter) -> Hook:
    def hook(value: Any, kind: Any) -> Permissions:  # noqa: ANN401  # plain data
        found: dict[str, frozenset[Role]] = {}
        errors: list[Exception] = []
        for name, roles in plain_object(value).items():
            try:
                if name not in GRANTABLE:
                    raise ValueError(_UNKNOWN)  # noqa: TRY301  # it is listed with the others
                found[name] = converter.structure(roles, frozenset[Role])
            except Exception as error:  # noqa: BLE001  # it is listed with the others
                errors.append(noted(error, kind, name))
        if errors:
            raise ClassValidationError("not permissions", errors, kind)  # pyright: ignore[reportCallIssue]  # as cattrs does
        return permissions_of(found)

    return hook


def _left_out(kind: type[AttrsInstance]) -> Any:  # noqa: ANN401  # keyword arguments of cattrs
    return {name: override(omit=True) for name in LEFT_OUT.get(kind, ())}


def _from_fields(converter: Converter) -> Callable[[Any], Callable[[Any], dict[str, Any]]]:
    return lambda kind: make_dict_unstructure_fn(
        kind, converter, _cattrs_omit_if_default=kind in OMITTING, **_left_out(kind)
    )


def _to_fields(converter: Converter) -> Callable[[Any], Hook]:
    def factory(kind: type[AttrsInstance]) -> Hook:
        names, required = frozenset(stored_fields(kind)), frozenset(required_fields(kind))
        build = make_dict_structure_fn(kind, converter, **_left_out(kind))

        def hook(value: Any, _: Any) -> Any:  # noqa: ANN401  # plain data
            found = plain_object(value)
            if not required <= found.keys() <= names:
                errors = list(_wrong_fields(converter, kind, found))
                raise ClassValidationError("not its fields", errors, kind)  # pyright: ignore[reportCallIssue]  # as cattrs does
            return build(found, kind)

        return hook

    return factory


def _wrong_fields(converter: Converter, kind: type[AttrsInstance], value: dict[str, Any]) -> Iterator[Exception]:
    """Yield every error of an object that does not have the fields of its class."""
    types = {field.name: field.type for field in fields(kind) if field.name in stored_fields(kind)}
    for name in required_fields(kind):
        if name not in value:
            yield noted(ValueError("is missing"), kind, name)
    for name, content in value.items():
        if name not in types:
            yield noted(ValueError(_UNKNOWN), kind, name)
            continue
        try:
            converter.structure(content, types[name])
        except Exception as error:  # noqa: BLE001  # it is listed with the others
            yield noted(error, kind, name)
