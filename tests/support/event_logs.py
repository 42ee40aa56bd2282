"""Readers of the mining exports that use only the standard library."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from escalation_core.events import Event
from escalation_core.interchange import ocel, xes

#: A real log; it is not part of the repository.
REAL_LOG = Path(__file__).parents[3] / "shared/data/uci498_servicenow/p1_critical_352.csv.gz"
_VALUES: dict[str, Any] = {
    "string": str,
    "int": int,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": datetime.fromisoformat,
}


class Trace(NamedTuple):
    """One case of an XES document."""

    case: dict[str, Any]
    events: list[dict[str, Any]]


def xes_of(*histories: Iterable[Event]) -> list[Trace]:
    """Write histories as XES, and read them."""
    log = ET.fromstring("".join(xes.export(histories)))  # noqa: S314  # our own output
    return [
        Trace(attributes(trace), [attributes(event) for event in trace.iter("event")]) for trace in log.iter("trace")
    ]


def attributes(element: ET.Element) -> dict[str, Any]:
    """Return the XES attributes of an element; a key must occur only once."""
    found = [
        (child.attrib["key"], _VALUES[child.tag](child.attrib["value"])) for child in element if child.tag in _VALUES
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def ocel_of(*histories: Iterable[Event]) -> dict[str, Any]:
    """Write histories as OCEL, and read them."""
    document: dict[str, Any] = json.loads("".join(ocel.export(lambda: histories)))
    return document


def objects_of(*histories: Iterable[Event]) -> dict[str, dict[str, Any]]:
    """Return the objects of histories by their ids; an id must occur only once."""
    found = ocel_of(*histories)["objects"]
    by_id = {one["id"]: one for one in found}
    assert len(by_id) == len(found)
    return by_id


def values_of(thing: dict[str, Any], name: str) -> list[Any]:
    """Return the values of one attribute, in their order."""
    return [one["value"] for one in thing["attributes"] if one["name"] == name]


def related(thing: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the relationships of an event or object: the name of each, and its target."""
    return [(one["qualifier"], one["objectId"]) for one in thing["relationships"]]
