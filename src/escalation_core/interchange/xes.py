"""Histories as an event log for process mining: XES, IEEE 1849-2016.

Rule 1: a case is a trace, and each of its events is an event of the trace, in the order of the history.
Rule 2: a trace has the values of the case after its last event. An event has the statuses after this event.
Rule 3: an instant is cut to milliseconds, since OpenXES, which ProM uses, reads six digits as milliseconds.
Rule 4: the text is ASCII. A character that XML does not allow is written as U+FFFD; only the name of a customer can
have one.
Rule 5: there is no XML namespace, since the schema of the standard has none.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from escalation_core.case import Case
from escalation_core.checks import must_be
from escalation_core.events import Event
from escalation_core.interchange.mining import (
    CASE_COLUMNS,
    ESCALATION_COLUMNS,
    EVENT_COLUMNS,
    Value,
    activity,
    in_iso,
    values_of,
)
from escalation_core.replay import folded

#: Characters that XML does not allow, and characters that need a reference. XML reads a plain line break as a space.
_ESCAPED = dict.fromkeys([*range(0x20), 0xFFFE, 0xFFFF], "\ufffd") | {
    ord(one): f"&#{ord(one)};" for one in '\t\n\r&<>"'
}

_EXTENSIONS = {"Concept": "concept", "Time": "time", "Organizational": "org", "Lifecycle": "lifecycle"}
#: The default of each type in the declaration of the attributes that every trace or event has.
_UNKNOWN: dict[type[Value], Value] = {str: "UNKNOWN", bool: False, int: 0, datetime: datetime(1970, 1, 1, tzinfo=UTC)}


def export(histories: Iterable[Iterable[Event]]) -> Iterator[str]:
    """Yield histories as one XES document, in pieces of ASCII text, one for each case.

    At most two histories are in memory at a time. Each is read completely before it is written.

    Args:
        histories: for each case once, an iterable of all its events, oldest first.

    Raises:
        ReplayError: a history is damaged; the pieces before the error contain the previous histories.
        TypeError: an argument is not a history, or contains something that is not an event.
    """
    if not isinstance(histories, Iterable):
        raise TypeError(must_be("histories", "histories, each of them events", histories))
    yield _head()
    for history in histories:
        yield _trace(tuple(folded(history)))
    yield "</log>\n"


def _head() -> str:
    of_trace: dict[str, Value] = {"concept:name": "UNKNOWN"} | {
        key: _UNKNOWN[kind] for key, (kind, _) in CASE_COLUMNS.items()
    }
    of_event: dict[str, Value] = {
        "concept:name": "UNKNOWN",
        "time:timestamp": _UNKNOWN[datetime],
        "org:resource": "UNKNOWN",
        "org:role": "UNKNOWN",
        "lifecycle:transition": "complete",
        "case_status": "UNKNOWN",
        "version": 0,
    }
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<log xes.version="1849.2016">',
        *(
            f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>'
            for name, prefix in _EXTENSIONS.items()
        ),
        '<global scope="trace">',
        *_attributes(of_trace),
        "</global>",
        '<global scope="event">',
        *_attributes(of_event),
        "</global>",
        '<classifier name="Activity" scope="event" keys="concept:name"/>',
        '<classifier name="Role" scope="event" keys="org:role"/>',
        *_attributes({"concept:name": "support-case escalations", "lifecycle:model": "standard"}),
    ]
    return "\n".join(lines) + "\n"


def _trace(steps: tuple[tuple[Event, Case], ...]) -> str:
    _, case = steps[-1]
    lines = ["<trace>", *_attributes({"concept:name": case.id} | values_of(CASE_COLUMNS, case) | _of_escalation(case))]
    for event, after in steps:
        lines += ["<event>", *_attributes(_of_event(event, after)), "</event>"]
    return "\n".join([*lines, "</trace>\n"])


def _of_escalation(case: Case) -> dict[str, Value]:
    if case.escalation is None:
        return {}
    return {f"escalation_{name}": value for name, value in values_of(ESCALATION_COLUMNS, case.escalation).items()}


def _of_event(event: Event, after: Case) -> dict[str, Value]:
    of_all: dict[str, Value] = {
        "concept:name": activity(type(event)),
        "time:timestamp": event.at,
        "org:resource": event.by.id,
        "org:role": event.by.role.value,
        "lifecycle:transition": "complete",
        "case_status": after.status.value,
    }
    if after.escalation is not None:
        of_all["escalation_status"] = after.escalation.status.value
    return of_all | values_of(EVENT_COLUMNS[type(event)], event)


def _attributes(values: dict[str, Value]) -> Iterator[str]:
    for key, value in values.items():
        tag, text = _written(value)
        yield f'<{tag} key="{key}" value="{text}"/>'


def _written(value: Value) -> tuple[str, str]:
    if isinstance(value, bool):
        return "boolean", "true" if value else "false"
    if isinstance(value, int):
        return "int", str(value)
    if isinstance(value, datetime):
        return "date", in_iso(value, "milliseconds")
    return "string", value.translate(_ESCAPED).encode("ascii", "xmlcharrefreplace").decode()
