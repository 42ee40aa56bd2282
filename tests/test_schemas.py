"""JSON Schemas: every document that the codec writes is valid, and the codec refuses every invalid document."""

import copy
import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry

import escalation_core as ec
from escalation_core import codec
from escalation_core.codec.documents import digest
from escalation_core.codec.names import NAMES
from escalation_core.interchange import schemas
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, LEA, MINUTE, PAUL, T0, emergency, opened
from support.examples import PROCESS

FILES = schemas.files()
REGISTRY: Any = cast("Any", Registry)().with_contents(FILES.items())
VALIDATORS: dict[str, Any] = {
    schema["title"]: Draft202012Validator(schema, registry=REGISTRY)
    for name, schema in FILES.items()
    if name != schemas.DEFINITIONS
}
SNAPSHOT = codec.to_snapshot(opened(emergency()))
GOLDEN = [json.loads(path.read_text(encoding="utf-8")) for path in (Path(__file__).parent / "golden").glob("*.json")]
REMEMBERING = codec.to_dict(PROCESS.open(emergency(), by=emergency().requester, now=T0, command_id="open-1").case)
DOCUMENTS: list[dict[str, Any]] = [*GOLDEN, REMEMBERING, SNAPSHOT]

ODD: list[Any] = [[], {}, "PT1S", "customer"]
odd = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(ODD)


def test_every_stored_type_has_a_valid_schema() -> None:
    assert set(VALIDATORS) == {*NAMES.values(), "snapshot/1"}
    assert FILES[schemas.DEFINITIONS] == schemas.definitions()
    for schema in FILES.values():
        Draft202012Validator.check_schema(schema)


def references(schema: dict[str, Any]) -> set[str]:
    """Return every reference in a schema."""
    return set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(schema)))


def test_shared_classes_are_defined_once() -> None:
    shared = set(FILES[schemas.DEFINITIONS]["$defs"])
    used = {name: references(schema) for name, schema in FILES.items()}
    assert used.pop(schemas.DEFINITIONS) <= {f"#/$defs/{name}" for name in shared}
    assert set().union(*used.values()) <= {f"{schemas.DEFINITIONS}#/$defs/{name}" for name in shared}
    assert not any("$defs" in schema for name, schema in FILES.items() if name != schemas.DEFINITIONS)


def test_a_role_and_a_command_name_are_in_few_schemas() -> None:
    """A new role or command then changes only the definitions and its own schema."""
    texts = {name: json.dumps(schema) for name, schema in FILES.items()}
    assert [name for name, schema in texts.items() if '"account manager"' in schema] == [schemas.DEFINITIONS]
    for command in COMMANDS:
        having = {
            name for name, schema in texts.items() if f'"{command.name}"' in schema or f".{command.name}/" in schema
        }
        assert having <= {schemas.DEFINITIONS, schemas.file_name(command)}


def test_an_enumeration_documents_that_members_may_be_added() -> None:
    enumerations = [schema for schema in FILES[schemas.DEFINITIONS]["$defs"].values() if "enum" in schema]
    assert len(enumerations) > 10
    assert all("a later release may add members" in schema["description"] for schema in enumerations)


def test_a_notification_with_a_field_without_a_value_is_valid() -> None:
    """No role of the rung is vacant, so the field of the vacant roles has no value."""
    case = opened(emergency(participants=(ANA, PAUL, LEA)))
    found = PROCESS.due(case, now=T0 + 15 * MINUTE).notifications
    assert [one.data["vacant"] for one in found] == [None]
    document = codec.to_dict(found[0])
    assert VALIDATORS[document["type"]].is_valid(document)


def test_a_class_that_is_not_stored_has_no_schema() -> None:
    with pytest.raises(ValueError, match=r"^kind: must be a class that is stored, got <class 'escalation_core\.people"):
        schemas.schema_of(ec.Person)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["type"])
def test_a_written_document_is_valid(document: dict[str, Any]) -> None:
    VALIDATORS[document["type"]].validate(document)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401  # plain data
    """Return the path of every part of plain data."""
    members: list[Any] = list(value.items()) if isinstance(value, dict) else []  # pyright: ignore[reportUnknownArgumentType]  # plain data
    members += enumerate(value) if isinstance(value, list) else []  # pyright: ignore[reportUnknownArgumentType]  # plain data
    return [path, *(found for key, member in members for found in places(member, (*path, key)))]


def changed(document: dict[str, Any], path: tuple[Any, ...], change: str, other: object) -> dict[str, Any]:
    """Return the document with one changed part and a valid digest, so that the digest is not the reason to refuse."""
    changed = copy.deepcopy(document)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if change == "remove":
        del place[path[-1]]
    elif change == "replace":
        place[path[-1]] = other
    elif isinstance(place[path[-1]], dict):
        place[path[-1]]["more"] = other
    elif isinstance(place[path[-1]], list):
        place[path[-1]].append(other)
    if "digest" in changed and "data" in changed and path[0] != "digest":
        changed["digest"] = digest(changed.get("type"), changed["data"])
    return changed


def is_read(document: dict[str, Any], kind: str) -> bool:
    try:
        if kind == "snapshot/1":
            codec.from_snapshot(document)
        else:
            codec.from_dict(document, next(stored for stored, name in NAMES.items() if name == kind))
    except codec.CodecError:
        return False
    return True


@given(st.sampled_from(DOCUMENTS), st.data(), st.sampled_from(["remove", "replace", "add"]), odd)
def test_the_codec_refuses_an_invalid_document(
    document: dict[str, Any], data: st.DataObject, change: str, other: object
) -> None:
    path = data.draw(st.sampled_from([path for path in places(document) if path]))
    other_document = changed(document, path, change, other)
    valid = VALIDATORS[document["type"]].is_valid(other_document)
    assert valid or not is_read(other_document, document["type"])


#: Fields whose parts are omitted at their default.
OMITTED = {"timing", "permissions"}


def of_type(name: str) -> dict[str, Any]:
    return next(document for document in GOLDEN if document["type"] == name)


#: An invalid value for each keyword of the schemas, so that the effect of each keyword is tested.
BROKEN: list[tuple[str, tuple[Any, ...], Any]] = [
    ("escalation.acknowledged/1", ("type",), "escalation.acknowledged/2"),
    ("escalation.acknowledged/1", ("digest",), "0123456789abcdef0"),
    ("escalation.acknowledged/1", ("digest",), "0123456789ABCDEF"),
    ("escalation.acknowledged/1", ("data", "version"), -1),
    ("escalation.acknowledged/1", ("data", "version"), 2**63),
    ("escalation.acknowledged/1", ("data", "version"), True),
    ("escalation.acknowledged/1", ("data", "case_id"), ""),
    ("escalation.acknowledged/1", ("data", "at"), "2026-03-02 09:00:00Z"),
    ("escalation.acknowledged/1", ("data", "at"), "2026-03-02T09:00:00"),
    ("escalation.acknowledged/1", ("data", "by", "id"), ""),
    ("escalation.acknowledged/1", ("data", "by", "role"), "king"),
    ("escalation.acknowledged/1", ("data", "by", "email"), "nobody"),
    ("escalation.acknowledged/1", ("data", "command_digest"), "x"),
    ("case/1", ("data", "subject"), ""),
    ("case/1", ("data", "related"), [""]),
    ("case/1", ("data", "known_bug_due"), "soon"),
    ("case/1", ("data", "impact"), "P5"),
    ("case/1", ("data", "remembered", 0, "digest"), "x"),
    ("case/1", ("data", "remembered", 0, "first_version"), -1),
    ("policy/1", ("data", "timing", "acknowledge_within"), "1h"),
    ("policy/1", ("data", "timing", "hours"), {"holidays": ["2026-12"]}),
    ("policy/1", ("data", "timing", "hours"), {"hours": [{"opens": "9:00"}]}),
    ("policy/1", ("data", "timing", "hours"), {"hours": [{"days": ["monday", "monday"]}]}),
    ("policy/1", ("data", "timing", "ladder"), [{"roles": []}]),
    ("policy/1", ("data", "permissions"), {"acknowledge": ["support rep", "support rep"]}),
    ("policy/1", ("data", "permissions"), {"accept_solution": ["customer"]}),
    ("case/1", ("data", "description"), "x" * 32_769),
    ("case/1", ("data", "subject"), "x" * 32_769),
    ("case/1", ("data", "tracking_id"), "x" * 201),
    ("command.accept_solution/1", ("data", "proposal"), "x" * 221),
    ("command.report_side_channel_contact/1", ("data", "contacted"), {"role": "king"}),
    ("command.report_side_channel_contact/1", ("data", "contacted"), {"text": "a", "role": "DevOps"}),
    ("notification/1", ("data", "data", "next_update_by"), "soon"),
    ("notification/1", ("data", "data", "status"), 3),
    ("notification/1", ("data", "template"), "pigeon"),
]


@pytest.mark.parametrize(("name", "path", "wrong"), BROKEN)
def test_a_broken_rule_makes_a_document_invalid_and_unreadable(name: str, path: tuple[Any, ...], wrong: Any) -> None:  # noqa: ANN401
    broken = changed(of_type(name), path, "replace", wrong)
    assert not VALIDATORS[name].is_valid(broken)
    assert not is_read(broken, name)


@pytest.mark.parametrize("document", GOLDEN, ids=lambda document: document["type"])
def test_a_document_without_a_required_field_is_invalid(document: dict[str, Any]) -> None:
    """The schemas are not so permissive that they accept every document."""
    for path in places(document):
        named = path and isinstance(path[-1], str) and path[:2] != ("data", "data")
        if named and not OMITTED & set(path[:-1]):
            assert not VALIDATORS[document["type"]].is_valid(changed(document, path, "remove", None)), path
