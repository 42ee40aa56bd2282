"""PM4Py reads the event logs, and the result agrees with the events."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import desk
import pytest
from host import Desk
from hypothesis import given, settings

from escalation_core.events import Event
from escalation_core.interchange import ocel, xes
from escalation_core.interchange.mining import activity
from escalation_core.testing.strategies import History, logs
from support.event_logs import REAL_LOG, ocel_of, related, xes_of

_REASON = "PM4Py is not installed; it comes with the extra `mining`"
pm4py: Any = pytest.importorskip("pm4py", reason=_REASON)
pandas: Any = pytest.importorskip("pandas", reason=_REASON)

Histories = list[tuple[Event, ...]]


def check_xes(file: Path, histories: Histories) -> None:
    """Compare the log that PM4Py reads with the events, and with the log that the standard library reads."""
    # Without a variant, PM4Py prefers a faster parser and warns if that parser is not installed.
    log = pm4py.read_xes(str(file), variant="iterparse", return_legacy_log_object=True)
    assert set(log.extensions) == {"Concept", "Time", "Organizational", "Lifecycle"}
    assert log.classifiers == {"Activity": ["concept:name"], "Role": ["org:role"]}
    assert set(log.omni_present) == {"trace", "event"}
    for found, trace, history in zip(log, xes_of(*histories), histories, strict=True):
        assert dict(found.attributes) == trace.case
        assert [dict(event) for event in found] == trace.events
        for event, happened in zip(found, history, strict=True):
            cut = happened.at.replace(microsecond=happened.at.microsecond // 1000 * 1000)
            assert (event["concept:name"], event["time:timestamp"]) == (activity(type(happened)), cut)
            assert (event["org:resource"], event["version"]) == (happened.by.id, happened.version)


def check_ocel(file: Path, histories: Histories) -> None:
    """Compare the log that PM4Py reads with the events, and with the log that the standard library reads."""
    log, document = pm4py.read_ocel2_json(str(file)), ocel_of(*histories)
    happened = {f"event:{event.id}": event for history in histories for event in history}
    found = {row.pop("ocel:eid"): row for row in _rows(log.events)}
    assert set(found) == set(happened)
    for event in document["events"]:
        row, one = found[event["id"]], happened[event["id"]]
        assert (row.pop("ocel:activity"), row.pop("ocel:timestamp")) == (activity(type(one)), one.at)
        assert row == {name: value for name, _, value in _attributes(document, "eventTypes", event)}
    pairs = {(row["ocel:eid"], row["ocel:oid"]): row["ocel:qualifier"] for row in _rows(log.relations)}
    assert pairs == {(event["id"], key): name for event in document["events"] for name, key in related(event)}
    by = {(event, f"person:{one.by.role}/{one.by.id}"): "by" for event, one in happened.items()}
    assert pairs.items() >= by.items()
    _check_objects(log, document)


def _check_objects(log: Any, document: dict[str, Any]) -> None:  # noqa: ANN401  # PM4Py has no types
    first: dict[str, dict[str, Any]] = {}
    changes: dict[tuple[str, str], list[tuple[datetime, Any]]] = {}
    for one in document["objects"]:
        row = first[one["id"]] = {"ocel:type": one["type"]}
        for name, time, value in _attributes(document, "objectTypes", one):
            if name in row:
                changes.setdefault((one["id"], name), []).append((datetime.fromisoformat(time), value))
            else:
                row[name] = value
    assert {row.pop("ocel:oid"): row for row in _rows(log.objects)} == first
    found_changes: dict[tuple[str, str], list[tuple[datetime, Any]]] = {}
    for row in _rows(log.object_changes):
        field = row["ocel:field"]
        found_changes.setdefault((row["ocel:oid"], field), []).append((row["ocel:timestamp"], row[field]))
    assert found_changes == changes
    pairs = [(row["ocel:oid"], row["ocel:qualifier"], row["ocel:oid_2"]) for row in _rows(log.o2o)]
    assert sorted(pairs) == sorted((one["id"], *pair) for one in document["objects"] for pair in related(one))


def _rows(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # PM4Py has no types
    """Return the rows of a table without missing values, which are NaN or NaT in PM4Py."""
    rows = table.to_dict("records")
    return [{name: value for name, value in row.items() if not pandas.isna(value)} for row in rows]


def _attributes(document: dict[str, Any], kinds: str, thing: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return the name, the start instant and the typed value of each attribute."""
    (kind,) = [kind for kind in document[kinds] if kind["name"] == thing["type"]]
    types = {attribute["name"]: attribute["type"] for attribute in kind["attributes"]}
    return [
        (
            one["name"],
            one.get("time", ""),
            datetime.fromisoformat(one["value"]) if types[one["name"]] == "time" else one["value"],
        )
        for one in thing["attributes"]
    ]


@settings(max_examples=25)
@given(logs())
def test_pm4py_reads_the_logs_of_generated_histories(log: list[History]) -> None:
    histories = [history.events for history in log]
    with TemporaryDirectory() as directory:
        file = Path(directory) / "log.xes"
        file.write_text("".join(xes.export(histories)), encoding="ascii")
        check_xes(file, histories)
        file = Path(directory) / "log.jsonocel"
        file.write_text("".join(ocel.export(lambda: histories)), encoding="ascii")
        check_ocel(file, histories)


@pytest.mark.parametrize("command", [["story"], ["replay", str(REAL_LOG)]], ids=["the story", "a real log"])
def test_pm4py_reads_the_logs_of_a_desk(command: list[str], tmp_path: Path) -> None:
    if command[-1] == str(REAL_LOG) and not REAL_LOG.exists():
        pytest.skip(f"the ServiceNow log is not part of this repository: no {REAL_LOG}")
    desk.main([*command, "--dir", str(tmp_path)])
    with Desk(tmp_path) as played:
        histories = list(played.histories())
    for name, check in (("log.xes", check_xes), ("log.json", check_ocel)):
        assert desk.main(["export", str(tmp_path / name), "--dir", str(tmp_path)]) == 0
        check(tmp_path / name, histories)
