"""Twice as much takes twice as long: counted in calls of functions, which are the same on every machine.

Rule 1: what depends on how many people there are grows with them, and no faster.
Rule 2: a case after many events is as large, and a step on it as long, as after few; what was missed and what was
proposed stays on record, and is found without going through it.
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
    """Count the calls of functions, those of the interpreter's own among them."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    gc.disable()  # it calls back whoever has asked it to
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
#: What is done, and to which case.
OF_PEOPLE: dict[str, tuple[Callable[[ec.Case], object], Prepare]] = {
    "described": (lambda case: emergency(participants=case.participants), crowded),
    "opened": (lambda case: CUSTOMERS_ALONE.open(case, by=RITA, now=T0), crowded),
    "acknowledged": (lambda case: CUSTOMERS_ALONE.handle(case, ACK, now=T0), opened),
    "proposed to": (lambda case: CUSTOMERS_ALONE.handle(case, PROPOSE, now=T0), acknowledged),
    "joined": (lambda case: CUSTOMERS_ALONE.handle(case, NEW, now=T0), opened),
    "reminded": (lambda case: CUSTOMERS_ALONE.due(case, now=T0 + HOUR), opened),
    "asked": (lambda case: CUSTOMERS_ALONE.options(case, by=case.participants[-1], now=T0), opened),
    "stored": (lambda case: codec.from_json(codec.to_json(case), ec.Case), opened),
}


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_twice_the_people_take_twice_the_work(name: str) -> None:
    work, prepare = OF_PEOPLE[name]
    few, many = (calls(partial(work, prepare(size))) for size in (300, 600))
    assert many <= 2.1 * few


def from_a_newer_release(size: int) -> dict[str, Any]:
    """Give a document of a case in which something is known of everybody that this release does not know."""
    document = codec.to_dict(opened(size))
    for person in document["data"]["participants"]:
        person["mood"] = "good"
    return document | {"digest": digest(document["type"], document["data"])}


def test_what_a_newer_release_knows_of_twice_the_people_is_kept_with_twice_the_work() -> None:
    counted: list[int] = []
    for size in (300, 600):
        document = from_a_newer_release(size)
        case, unknown = codec.Codec().read(document, ec.Case)
        assert codec.Codec().to_dict(case, unknown=unknown) == document
        counted.append(calls(partial(codec.Codec().to_dict, case, unknown=unknown)))
    assert counted[1] <= 2.1 * counted[0]


def updated(every: timedelta) -> Iterator[ec.Outcome]:
    """Post an update every so often, each with an id that the case remembers."""
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


def test_a_case_after_many_updates_is_as_large_and_a_step_as_short_as_after_few() -> None:
    few, many = after_updates(20, MINUTE), after_updates(400, MINUTE)
    assert abs(len(codec.to_json(many)) - len(codec.to_json(few))) < 100
    steps = [calls(partial(PROCESS.handle, case, UPDATE, now=T0 + 99 * HOUR)) for case in (few, many)]
    assert steps[0] == steps[1]


def test_an_update_after_many_that_were_missed_goes_through_none_of_them() -> None:
    few, many = after_updates(20, 2 * HOUR), after_updates(400, 2 * HOUR)
    assert [len(case.escalation.breaches) for case in (few, many) if case.escalation] == [20, 400]
    steps = [calls(partial(PROCESS.handle, case, UPDATE, now=T0 + 999 * HOUR)) for case in (few, many)]
    assert steps[1] - steps[0] <= 20  # a search by halves


def test_a_proposal_after_many_goes_through_none_of_them() -> None:
    case = reach(ec.EscalationStatus.ACKNOWLEDGED)
    steps: list[int] = []
    for _ in range(200):
        steps.append(calls(partial(PROCESS.handle, case, PROPOSE, now=T0 + HOUR)))
        case = PROCESS.handle(case, PROPOSE, now=T0 + HOUR).case
    assert set(steps[2:]) == {steps[2]}


def test_a_text_is_one_however_many_are_told_it() -> None:
    case = acknowledged(300)
    outcome = CUSTOMERS_ALONE.handle(case, UPDATE, now=T0 + MINUTE)
    assert len(outcome.notifications) == 202
    assert {id(told.data["message"]) for told in outcome.notifications} == {id(UPDATE.message)}
