"""Twice the input takes at most twice the work, counted in function calls, which are equal on every machine.

Rule 1: the work for the people on a case grows no faster than their number.
Rule 2: the size of a case and the work of a step do not grow with the number of events. Breaches and proposals stay on
record, but no step iterates over all of them.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

import pytest

import escalation_core as ec
from escalation_core import codec, commands
from escalation_core.codec.documents import digest
from escalation_core.testing import MINUTE, RITA, T0, emergency, reach
from support.examples import PROCESS

HOUR = timedelta(hours=1)
CUSTOMERS_ALONE = ec.Process(policy=ec.Policy(consent=ec.Consent.CUSTOMER))
ACK, PROPOSE = commands.Acknowledge(by=RITA), commands.ProposeSolution(by=RITA, summary="Restart it")
UPDATE = commands.PostUpdate(by=RITA, message="We are at it")
ROLES = (ec.Role.CUSTOMER, ec.Role.PARTNER, ec.Role.DEVELOPMENT)


def calls(work: Callable[[], object]) -> int:
    """Return the number of function calls, including those of built-in functions."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    gc.disable()  # its callbacks would be counted too
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return counted


def crowded(size: int) -> ec.Case:
    people = tuple(ec.Person(id=f"p{n}", role=ROLES[n % 3]) for n in range(size))
    return emergency(participants=people, additional_contact=ec.Person(id="x", role=ec.Role.PARTNER))


def opened(size: int) -> ec.Case:
    return CUSTOMERS_ALONE.open(crowded(size), by=RITA, now=T0).case


def acknowledged(size: int) -> ec.Case:
    return CUSTOMERS_ALONE.handle(opened(size), ACK, now=T0).case


NEW = commands.AddParticipant(by=RITA, person=ec.Person(id="new", role=ec.Role.CUSTOMER))
Prepare = Callable[[int], ec.Case]
#: The measured work, and the case that it needs.
OF_PEOPLE: dict[str, tuple[Callable[[ec.Case], object], Prepare]] = {
    "make the case": (lambda case: emergency(participants=case.participants), crowded),
    "open the case": (lambda case: CUSTOMERS_ALONE.open(case, by=RITA, now=T0), crowded),
    "acknowledge": (lambda case: CUSTOMERS_ALONE.handle(case, ACK, now=T0), opened),
    "propose a solution": (lambda case: CUSTOMERS_ALONE.handle(case, PROPOSE, now=T0), acknowledged),
    "add a participant": (lambda case: CUSTOMERS_ALONE.handle(case, NEW, now=T0), opened),
    "send reminders": (lambda case: CUSTOMERS_ALONE.due(case, now=T0 + HOUR), opened),
    "list the options": (lambda case: CUSTOMERS_ALONE.options(case, by=case.participants[-1], now=T0), opened),
    "store and read": (lambda case: codec.from_json(codec.to_json(case), ec.Case), opened),
}


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_work_is_linear_in_the_number_of_people(name: str) -> None:
    work, prepare = OF_PEOPLE[name]
    few, many = (calls(partial(work, prepare(size))) for size in (300, 600))
    assert many <= 2.1 * few


def from_a_newer_release(size: int) -> dict[str, Any]:
    """Return the document of a case in which every person has a field that this release does not know."""
    document = codec.to_dict(opened(size))
    for person in document["data"]["participants"]:
        person["mood"] = "good"
    return document | {"digest": digest(document["type"], document["data"])}


def test_work_is_linear_in_the_number_of_unknown_fields() -> None:
    counted: list[int] = []
    for size in (300, 600):
        document = from_a_newer_release(size)
        case, unknown = codec.Codec().read(document, ec.Case)
        assert codec.Codec().to_dict(case, unknown=unknown) == document
        counted.append(calls(partial(codec.Codec().to_dict, case, unknown=unknown)))
    assert counted[1] <= 2.1 * counted[0]


def updated(every: timedelta) -> Iterator[ec.Outcome]:
    """Yield the outcomes of updates at this interval, each with a command id."""
    case, now = reach(ec.EscalationStatus.ACKNOWLEDGED), T0 + MINUTE
    while True:
        now += every
        update = commands.PostUpdate(by=RITA, message="We are at it", command_id=f"update at {now}")
        outcome = PROCESS.handle(case, update, now=now)
        yield outcome
        case = outcome.case


def after_updates(size: int, every: timedelta) -> ec.Case:
    *_, last = islice(updated(every), size)
    return last.case


def test_a_case_and_its_steps_do_not_grow_with_the_updates() -> None:
    few, many = after_updates(20, MINUTE), after_updates(400, MINUTE)
    assert abs(len(codec.to_json(many)) - len(codec.to_json(few))) < 100
    steps = [calls(partial(PROCESS.handle, case, UPDATE, now=T0 + 99 * HOUR)) for case in (few, many)]
    assert steps[0] == steps[1]


def test_an_update_does_not_iterate_over_all_missed_updates() -> None:
    few, many = after_updates(20, 2 * HOUR), after_updates(400, 2 * HOUR)
    assert [len(case.escalation.breaches) for case in (few, many) if case.escalation] == [20, 400]
    steps = [calls(partial(PROCESS.handle, case, UPDATE, now=T0 + 999 * HOUR)) for case in (few, many)]
    assert steps[1] - steps[0] <= 20  # a binary search


def test_a_proposal_does_not_iterate_over_earlier_proposals() -> None:
    case = reach(ec.EscalationStatus.ACKNOWLEDGED)
    steps: list[int] = []
    for _ in range(200):
        steps.append(calls(partial(PROCESS.handle, case, PROPOSE, now=T0 + HOUR)))
        case = PROCESS.handle(case, PROPOSE, now=T0 + HOUR).case
    assert set(steps[2:]) == {steps[2]}


def test_notifications_of_one_event_share_one_text_object() -> None:
    case = acknowledged(300)
    outcome = CUSTOMERS_ALONE.handle(case, UPDATE, now=T0 + MINUTE)
    assert len(outcome.notifications) == 202
    assert {id(one.data["message"]) for one in outcome.notifications} == {id(UPDATE.message)}
