"""JSON Schemas, draft 2020-12, of what is stored: generated from the classes, for readers in other languages.

Rule 1: what the codec writes is valid, and what is not valid the codec refuses. It refuses more: it knows whether an
instant exists, whether a digest is right, and what fields say of each other.
Rule 2: a schema stands by itself; its parts are under ``$defs``, each by the name of its class.
"""

from collections.abc import Container, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin

from attrs import fields_dict

from escalation_core.case import Case
from escalation_core.codec.converter import UNIONS, key_of, stored_fields
from escalation_core.codec.documents import LIFECYCLE, SNAPSHOT, is_sealed
from escalation_core.codec.names import NAMES
from escalation_core.codec.scalars import DATE, DURATION, INSTANT, TIME
from escalation_core.event import COMMAND_DIGEST, command_digest, digest
from escalation_core.notifications.model import INSTANTS, Data
from escalation_core.people import ADDRESS, address
from escalation_core.values import (
    DERIVED_ID_MAX,
    ID_MAX,
    LARGEST,
    TEXT_MAX,
    any_text,
    derived_identifier,
    identifier,
    identifiers,
    must_be,
    text,
    whole_number,
)

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    tzinfo: {"type": "string", "description": "The key of an IANA zone."},
}
_FORMS: dict[Any, tuple[str, Schema]] = {
    datetime: ("Instant", {"type": "string", "format": "date-time", "pattern": f"^{INSTANT}$"}),
    time: ("Time", {"type": "string", "pattern": f"^{TIME}$"}),
    timedelta: ("Duration", {"type": "string", "pattern": f"^{DURATION}$"}),
    date: ("Day", {"type": "string", "pattern": f"^({DATE}|{INSTANT})$"}),
    Container[date]: (
        "Dates",
        {"type": "array", "items": {"type": "string", "format": "date", "pattern": f"^{DATE}$"}},
    ),
}
_ID: Schema = {"minLength": 1, "maxLength": ID_MAX}
_CHECKS: tuple[tuple[Any, Schema], ...] = (
    (any_text, {"maxLength": TEXT_MAX}),
    (text, {"minLength": 1, "maxLength": TEXT_MAX}),
    (identifier, _ID),
    (derived_identifier, _ID | {"maxLength": DERIVED_ID_MAX}),
    (identifiers, {"items": {"type": "string", **_ID}}),
    (whole_number, {"minimum": 0, "maximum": LARGEST}),
    (address, {"pattern": f"^{ADDRESS}$"}),
    (command_digest, {"pattern": f"^{COMMAND_DIGEST}$"}),
    (digest, {"pattern": f"^{COMMAND_DIGEST}$"}),
)


def schema_of(kind: type) -> Schema:
    """Give the schema of the documents of a stored class: a case, an event, a command, a notification or a policy.

    Raises:
        ValueError: nothing of this class is stored.
    """
    if kind not in NAMES:
        raise ValueError(must_be("kind", "a class that is stored", kind))
    parts = dict[str, Schema]()
    return _document(NAMES[kind], _of(kind, parts), parts, sealed=is_sealed(NAMES[kind]))


def of_snapshot() -> Schema:
    """Give the schema of a case as it is kept beside its events."""
    parts = dict[str, Schema]()
    data = {
        "format": {"const": NAMES[Case]},
        "library": {"description": "The version that made it."},
        "lifecycle": {"const": LIFECYCLE},
        "case": _of(Case, parts),
    }
    return _document(SNAPSHOT, closed(data), parts, sealed=True)


def file_name(kind: type) -> str:
    """Give what the file of a schema is called: ``escalation.acknowledged-1.json``."""
    return _file_name(NAMES[kind])


def _file_name(name: str) -> str:
    return name.replace("/", "-") + ".json"


def files() -> dict[str, Schema]:
    """Give the schema of everything that is stored, by the name of its file."""
    return {_file_name(schema["title"]): schema for schema in (*map(schema_of, NAMES), of_snapshot())}


def _document(name: str, data: Schema, parts: dict[str, Schema], *, sealed: bool) -> Schema:
    properties: Schema = {"type": {"const": name}, "data": data}
    if sealed:
        properties["digest"] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
    return {"$schema": DIALECT, "title": name, **closed(properties), "$defs": dict(sorted(parts.items()))}


def closed(properties: Schema) -> Schema:
    """Give the schema of an object that has all of these properties, and no other."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _of(asked: Any, parts: dict[str, Schema]) -> Schema:  # noqa: ANN401  # any annotation
    """Give the schema of an annotation; what has a name of its own is put with the parts."""
    if asked in _SCALARS:
        return _SCALARS[asked]
    if asked in _FORMS:
        name, schema = _FORMS[asked]
        return _part(name, parts, schema)
    if get_origin(asked) in (tuple, frozenset):
        unique = {"uniqueItems": True} if get_origin(asked) is frozenset else {}
        return {"type": "array", "items": _of(get_args(asked)[0], parts), **unique}
    for union, options in UNIONS:
        if asked == union:
            return {"oneOf": [closed({name: _of(kind, parts)}) for name, kind in options.items()]}
    if get_args(asked):
        return {"anyOf": [_of(option, parts) for option in get_args(asked)]}
    return _of_class(asked, parts)


def _of_class(kind: Any, parts: dict[str, Schema]) -> Schema:  # noqa: ANN401  # any class
    if issubclass(kind, Enum):
        return _part(kind.__name__, parts, {"enum": [key_of(member) for member in kind]})
    if kind is Data:
        return _part("Data", parts, _data(parts))
    if kind.__name__ not in parts:
        parts[kind.__name__] = {}  # a class may come up within itself
        parts[kind.__name__] = _of_fields(kind, parts)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _part(name: str, parts: dict[str, Schema], schema: Schema) -> Schema:
    parts[name] = schema
    return {"$ref": f"#/$defs/{name}"}


def _of_fields(kind: Any, parts: dict[str, Schema]) -> Schema:  # noqa: ANN401  # any attrs class
    attributes = fields_dict(kind)
    properties = {name: _of_field(attributes[name], parts) for name in stored_fields(kind)}
    return {"description": (kind.__doc__ or "").partition("\n")[0], **closed(properties)}


def _of_field(attribute: Any, parts: dict[str, Schema]) -> Schema:  # noqa: ANN401  # Attribute of any type
    checks = list(_checks(attribute.validator))
    narrowed: Schema = {}
    for check, more in _CHECKS:
        if any(check is one for one in checks):
            narrowed |= more
    schema = _of(attribute.type, parts)
    if "anyOf" in schema:
        return {"anyOf": [option if option == _SCALARS[NoneType] else option | narrowed for option in schema["anyOf"]]}
    return schema | narrowed


def _checks(validator: Any) -> Iterator[Any]:  # noqa: ANN401  # attrs composes validators
    """Give the plain validators that a validator is composed of."""
    inner = getattr(validator, "validator", None)  # of attrs.validators.optional
    if inner is not None:
        yield from _checks(inner)
    for one in getattr(validator, "_validators", ()):
        yield from _checks(one)
    yield validator


def _data(parts: dict[str, Schema]) -> Schema:
    """Give the schema of what a notification tells: texts, and instants where these are named so."""
    instant = {"anyOf": [_of(datetime, parts), {"type": "null"}]}
    return {
        "type": "object",
        "properties": dict.fromkeys(sorted(INSTANTS), instant),
        "additionalProperties": {"type": ["string", "null"]},
    }
