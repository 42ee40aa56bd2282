"""Histories as an object-centric event log for process mining: OCEL 2.0, in JSON.

Rule 1: an object is a case, its escalation, a proposal, a follow-up or a person. Its id begins with its type.
Rule 2: an event is related to its case, to the escalation that it is about, to the objects that it changes or names,
and to the people that it names. The relationship to a person has the name of the event's field, any other relationship
the type of the object.
Rule 3: if an event changes an attribute of an object, the attribute is written again with the instant of the event. A
follow-up that is no longer owed has the status ``withdrawn``.
Rule 4: a person is identified by id and role, and is one object of a log.
Rule 5: ``by`` is the last relationship of an event, since PM4Py keeps only the last of several to one object.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, get_args

from attrs import fields

from escalation_core import events
from escalation_core.case import Case
from escalation_core.checks import must_be
from escalation_core.escalation import FollowUpKind
from escalation_core.events import EscalationEvent, Event
from escalation_core.interchange.mining import (
    CASE_COLUMNS,
    ESCALATION_COLUMNS,
    EVENT_COLUMNS,
    FOLLOW_UP_COLUMNS,
    PERSON_COLUMNS,
    PROPOSAL_COLUMNS,
    Columns,
    Value,
    activity,
    in_iso,
    values_of,
)
from escalation_core.people import Person
from escalation_core.replay import folded
from escalation_core.table import EVENTS

_Item = dict[str, Any]  # an object of JSON
_Steps = tuple[tuple[Event, Case], ...]
_Values = dict[str, Value]

_ON_A_PROPOSAL = (events.SolutionApproved, events.SolutionAccepted, events.SolutionRejected, events.AnswerOverdue)
_TYPES: dict[type[Value], str] = {str: "string", bool: "boolean", int: "integer", datetime: "time"}
_ALWAYS = "1970-01-01T00:00:00+00:00"  # the instant that the specification has for a value that never changes

#: The fields of each event that may contain a person, ``by`` last.
_PEOPLE: dict[type[Event], tuple[str, ...]] = {
    kind: tuple(field.name for field in reversed(fields(kind)) if Person in (field.type, *get_args(field.type)))
    for kind in EVENTS
}


def export(histories: Callable[[], Iterable[Iterable[Event]]]) -> Iterator[str]:
    """Yield histories as one OCEL 2.0 document, in pieces of ASCII text.

    The events of a document come before its objects, so the histories are read twice. At most two histories are in
    memory at a time, and in the second round also the id of every person, with about 150 bytes each.

    Args:
        histories: a function that returns the same histories at each call: for each case once, an iterable of all its
            events, oldest first.

    Raises:
        ReplayError: a history is damaged; the pieces before the error contain the previous histories.
        ValueError: the second round has other events, or another order.
        TypeError: the argument is not a function, or it returns something that is not a history of events.
    """
    if not callable(histories):
        raise TypeError(must_be("histories", "a function that returns all histories", histories))
    yield f'{{"objectTypes":[{_lines(_object_types())}],\n"eventTypes":[{_lines(_event_types())}],\n"events":['
    written, first = 0, 0
    for history in histories():
        steps = tuple(folded(history))
        yield _lines(_events(steps), following=written > 0)
        written, first = written + len(steps), _mixed(first, steps)
    yield '],\n"objects":['
    again, second, people = 0, 0, set[str]()
    for history in histories():
        steps = tuple(folded(history))
        yield _lines(_objects(steps, people), following=again > 0)
        again, second = again + len(steps), _mixed(second, steps)
    if (again, second) != (written, first):
        raise ValueError(must_be("histories", f"the same {written} events in the second round", again))
    yield "]}\n"


def _mixed(before: int, steps: _Steps) -> int:
    """Return a number that depends on the events and their order."""
    return hash((before, *(event.id for event, _ in steps)))


def _lines(items: Iterable[_Item], *, following: bool = False) -> str:
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
    return f",\n{lines}" if following else f"\n{lines}"


# Types


def _object_types() -> Iterator[_Item]:
    yield _type("case", CASE_COLUMNS)
    yield _type("escalation", ESCALATION_COLUMNS)
    yield _type("proposal", PROPOSAL_COLUMNS)
    yield _type("follow-up", FOLLOW_UP_COLUMNS)
    yield _type("person", PERSON_COLUMNS)


def _event_types() -> Iterator[_Item]:
    return (_type(activity(kind), columns) for kind, columns in EVENT_COLUMNS.items())


def _type(name: str, columns: Columns[Any]) -> _Item:
    return {
        "name": name,
        "attributes": [{"name": column, "type": _TYPES[kind]} for column, (kind, _) in columns.items()],
    }


# Events


def _events(steps: _Steps) -> Iterator[_Item]:
    for event, changed in _changes(steps):
        related = [(_type_of(key), key) for key in dict.fromkeys([*_named(event), *changed])]
        related += [(field, _person(person)) for field, person in _people(event)]
        yield {
            "id": f"event:{event.id}",
            "type": activity(type(event)),
            "time": in_iso(event.at),
            "attributes": [_attribute(*one) for one in values_of(EVENT_COLUMNS[type(event)], event).items()],
            "relationships": [_relationship(*one) for one in related],
        }


def _named(event: Event) -> Iterator[str]:
    """Yield the objects that an event is about, by its class or by a field."""
    yield f"case:{event.case_id}"
    if isinstance(event, EscalationEvent):
        yield f"escalation:{event.case_id}"
    if isinstance(event, _ON_A_PROPOSAL):
        yield f"proposal:{event.proposal}"
    if isinstance(event, events.FollowUpOverdue):
        yield _follow_up(event.case_id, event.kind)


def _people(event: Event) -> Iterator[tuple[str, Person]]:
    if isinstance(event, events.CaseOpened):
        yield from _people_on(event.case)
    for field in _PEOPLE[type(event)]:
        person = getattr(event, field)
        if isinstance(person, Person):
            yield field, person


def _people_on(case: Case) -> Iterator[tuple[str, Person]]:
    yield "requester", case.requester
    yield from (("participant", person) for person in case.participants if person != case.requester)
    if case.additional_contact is not None:
        yield "additional contact", case.additional_contact


# Objects


def _changes(steps: _Steps) -> Iterator[tuple[Event, dict[str, _Values]]]:
    """Yield each event with the changed values of each object that it changed or added."""
    known: dict[str, _Values] = {}
    for event, case in steps:
        now = _values_of_objects(case)
        gone = [key for key in known if key not in now]
        now |= {key: known[key] | {"status": "withdrawn"} for key in gone}
        news = {key: _news(known.get(key, {}), values) for key, values in now.items()}
        yield event, {key: values for key, values in news.items() if values}
        known = now


def _news(before: _Values, after: _Values) -> _Values:
    return {name: value for name, value in after.items() if before.get(name) != value}


def _values_of_objects(case: Case) -> dict[str, _Values]:
    """Return the exported values of every object of a case."""
    found = {f"case:{case.id}": values_of(CASE_COLUMNS, case)}
    escalation = case.escalation
    if escalation is not None:
        found[f"escalation:{case.id}"] = values_of(ESCALATION_COLUMNS, escalation)
        found |= {f"proposal:{proposal.id}": values_of(PROPOSAL_COLUMNS, proposal) for proposal in escalation.proposals}
        found |= {_follow_up(case.id, one.kind): values_of(FOLLOW_UP_COLUMNS, one) for one in escalation.follow_ups}
    return found


def _objects(steps: _Steps, known: set[str]) -> Iterator[_Item]:
    """Yield the objects of a case and then the people who are not in ``known``; add these people to ``known``.

    A person on the case is named by its opening or by a later event, so that all people are related to events, which
    PM4Py requires.
    """
    attributes: dict[str, list[_Item]] = {}
    people: list[tuple[str, Person]] = []
    for event, changed in _changes(steps):
        people += _people(event)
        for key, values in changed.items():
            news = (_attribute(name, value, time=in_iso(event.at)) for name, value in values.items())
            attributes.setdefault(key, []).extend(news)
    case = steps[-1][1]
    owners = [(field, person) for field, person in people if field == "owner"]
    relationships = {
        "case": _to_people(_people_on(case)),
        "escalation": [_relationship("case", f"case:{case.id}"), *_to_people(owners)],
    }
    of_the_escalation = [_relationship("escalation", f"escalation:{case.id}")]
    for key, own in attributes.items():
        yield _object(key, own, relationships.get(_type_of(key), of_the_escalation))
    for _, person in people:
        key = _person(person)
        if key not in known:
            known.add(key)
            yield _object(
                key, [_attribute(*one, time=_ALWAYS) for one in values_of(PERSON_COLUMNS, person).items()], []
            )


def _to_people(people: Iterable[tuple[str, Person]]) -> list[_Item]:
    return [_relationship(*one) for one in dict.fromkeys((qualifier, _person(person)) for qualifier, person in people)]


# JSON


def _object(key: str, attributes: list[_Item], relationships: list[_Item]) -> _Item:
    return {"id": key, "type": _type_of(key), "attributes": attributes, "relationships": relationships}


def _attribute(name: str, value: Value, **since: str) -> _Item:
    return {"name": name, **since, "value": in_iso(value) if isinstance(value, datetime) else value}


def _relationship(qualifier: str, key: str) -> _Item:
    return {"objectId": key, "qualifier": qualifier}


def _type_of(key: str) -> str:
    return key.partition(":")[0]


def _follow_up(case_id: str, kind: FollowUpKind) -> str:
    return f"follow-up:{case_id}/{kind}"


def _person(person: Person) -> str:
    return f"person:{person.role}/{person.id}"
