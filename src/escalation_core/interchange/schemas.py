"""JSON Schemas, draft 2020-12, of stored documents: generated from the classes, for readers in other languages.

Rule 1: every document that the codec writes is valid, and the codec refuses every invalid document. It also refuses
some valid ones, since it checks digests, whether an instant exists, and conditions between fields.
Rule 2: classes that other classes contain are in one document, ``definitions-1.json``, to which each schema refers.
Rule 3: an enumeration is open to readers: a later release may add members without a new version of a type.
"""

from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin

from attrs import fields_dict

from escalation_core.case import Case
from escalation_core.checks import (
    DERIVED_IDENTIFIER_MAX,
    DIGEST,
    IDENTIFIER_MAX,
    LARGEST,
    TEXT_MAX,
    any_text,
    derived_identifier,
    digest,
    identifier,
    identifiers,
    must_be,
    text,
    whole_number,
)
from escalation_core.codec.converter import strict_converter
from escalation_core.codec.documents import SNAPSHOT, is_sealed
from escalation_core.codec.fields import GRANTABLE, UNIONS, key_of, required_fields, stored_fields
from escalation_core.codec.names import NAMES
from escalation_core.codec.scalars import DATE, DURATION, INSTANT, TIME
from escalation_core.events.base import command_digest
from escalation_core.notifications.mails import INSTANTS
from escalation_core.notifications.notification import Data
from escalation_core.people import ADDRESS, Role, address
from escalation_core.policy import Permissions

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: The name of the file with the shared definitions.
DEFINITIONS = "definitions-1.json"
_OPEN = "Open to readers: a later release may add members, so upgrade readers first."

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
_ID: Schema = {"minLength": 1, "maxLength": IDENTIFIER_MAX}
_CHECKS: tuple[tuple[Any, Schema], ...] = (
    (any_text, {"maxLength": TEXT_MAX}),
    (text, {"minLength": 1, "maxLength": TEXT_MAX}),
    (identifier, _ID),
    (derived_identifier, _ID | {"maxLength": DERIVED_IDENTIFIER_MAX}),
    (identifiers, {"items": {"type": "string", **_ID}}),
    (whole_number, {"minimum": 0, "maximum": LARGEST}),
    (address, {"pattern": f"^{ADDRESS}$"}),
    (command_digest, {"pattern": f"^{DIGEST}$"}),
    (digest, {"pattern": f"^{DIGEST}$"}),
)


class _Part:
    """One document of schemas, which collects the definitions to which its schemas refer."""

    def __init__(self, definitions: dict[str, Schema], base: str) -> None:
        self._definitions = definitions
        self._base = base

    def of(self, asked: Any) -> Schema:  # noqa: ANN401  # any annotation
        """Return the schema of an annotation."""
        if asked in _SCALARS:
            return _SCALARS[asked]
        if asked in _FORMS:
            name, schema = _FORMS[asked]
            self._definitions[name] = schema
            return self._reference(name)
        if get_origin(asked) in (tuple, frozenset):
            unique = {"uniqueItems": True} if get_origin(asked) is frozenset else {}
            return {"type": "array", "items": self.of(get_args(asked)[0]), **unique}
        for union, options in UNIONS:
            if asked == union:
                return {"oneOf": [closed({name: self.of(kind)}) for name, kind in options.items()]}
        if get_args(asked):
            return {"anyOf": [self.of(option) for option in get_args(asked)]}
        if asked.__name__ not in self._definitions:
            self._definitions[asked.__name__] = {}  # a class may contain itself
            self._definitions[asked.__name__] = _Part(self._definitions, "").of_class(asked)
        return self._reference(asked.__name__)

    def of_class(self, kind: Any) -> Schema:  # noqa: ANN401  # any class
        """Return the schema of a class, not a reference to it."""
        if kind is Data:
            return self._data()
        described = {"description": (kind.__doc__ or "").partition("\n")[0]}
        if issubclass(kind, Enum):
            described["description"] += f" {_OPEN}"
            return described | {"enum": [key_of(member) for member in kind]}
        if kind is Permissions:
            return described | closed(dict.fromkeys(sorted(GRANTABLE), self.of(frozenset[Role])), required=())
        attributes = fields_dict(kind)
        properties = {name: self._of_field(attributes[name]) for name in stored_fields(kind)}
        required = required_fields(kind)
        for name in properties.keys() - required:
            default = strict_converter().unstructure(attributes[name].default, attributes[name].type)
            properties[name] = properties[name] | {"default": default}
        return described | closed(properties, required=required)

    def _reference(self, name: str) -> Schema:
        return {"$ref": f"{self._base}#/$defs/{name}"}

    def _of_field(self, attribute: Any) -> Schema:  # noqa: ANN401  # Attribute of any type
        checks = list(_checks(attribute.validator))
        narrowed: Schema = {}
        for check, more in _CHECKS:
            if any(check is one for one in checks):
                narrowed |= more
        schema = self.of(attribute.type)
        if "anyOf" in schema:
            null = _SCALARS[NoneType]
            return {"anyOf": [option if option == null else option | narrowed for option in schema["anyOf"]]}
        return schema | narrowed

    def _data(self) -> Schema:
        """Return the schema of the data of a notification: instants in the fields ``INSTANTS``, texts in all others."""
        instant = {"anyOf": [self.of(datetime), {"type": "null"}]}
        return {
            "type": "object",
            "properties": dict.fromkeys(sorted(INSTANTS), instant),
            "additionalProperties": {"type": ["string", "null"]},
        }


def schema_of(kind: type) -> Schema:
    """Return the schema of the documents of a stored class: a case, an event, a command, a notification or a policy.

    Raises:
        ValueError: the class is not stored.
    """
    if kind not in NAMES:
        raise ValueError(must_be("kind", "a class that is stored", kind))
    return _schema_of(kind, {})


def of_snapshot() -> Schema:
    """Return the schema of a snapshot."""
    data = {
        "format": {"const": NAMES[Case]},
        "library": {"description": "The version that made it."},
        "lifecycle": {"type": "string", "pattern": "^[0-9a-f]{16}-[0-9a-f]{16}$"},
        "case": _Part({}, DEFINITIONS).of(Case),
    }
    return _document(SNAPSHOT, closed(data))


def definitions() -> Schema:
    """Return the document with the schemas of all classes that other classes contain."""
    found: dict[str, Schema] = {}
    for kind in NAMES:
        _schema_of(kind, found)
    return {"$schema": DIALECT, "title": "definitions/1", "$defs": dict(sorted(found.items()))}


def file_name(kind: type) -> str:
    """Return the name of the file of a schema: ``escalation.acknowledged-1.json``."""
    return _file_name(NAMES[kind])


def files() -> dict[str, Schema]:
    """Return every schema and the definitions, by the name of the file."""
    schemas = (*map(schema_of, NAMES), of_snapshot(), definitions())
    return {_file_name(schema["title"]): schema for schema in schemas}


def closed(properties: Schema, *, required: Iterable[str] | None = None) -> Schema:
    """Return the schema of an object with these properties and no others; by default, all of them are required."""
    names = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _file_name(name: str) -> str:
    return name.replace("/", "-") + ".json"


def _schema_of(kind: type, found: dict[str, Schema]) -> Schema:
    part = _Part(found, DEFINITIONS)
    data = part.of(Case) if kind is Case else part.of_class(kind)
    return _document(NAMES[kind], data)


def _document(name: str, data: Schema) -> Schema:
    properties: Schema = {"type": {"const": name}, "data": data}
    if is_sealed(name):
        properties["digest"] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
    return {"$schema": DIALECT, "title": name, **closed(properties)}


def _checks(validator: Any) -> Iterator[Any]:  # noqa: ANN401  # attrs composes validators
    """Yield a validator and all validators of which it is composed."""
    inner = getattr(validator, "validator", None)  # of attrs.validators.optional
    if inner is not None:
        yield from _checks(inner)
    for one in getattr(validator, "_validators", ()):
        yield from _checks(one)
    yield validator
