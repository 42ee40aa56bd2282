"""What all values of this library have in common."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

import escalation_core as ec
from escalation_core.steps.reminders import Reminder
from escalation_core.table import COMMANDS, EVENTS
from escalation_core.testing import T0, reach
from escalation_core.timing import Alarm
from support.examples import escalation_of

VALUES: list[type[Any]] = [
    *(kind for name in ec.__all__ if isinstance(kind := getattr(ec, name), type) and attrs.has(kind)),
    *COMMANDS,
    *EVENTS,
    *(Alarm, Reminder),
]
#: Nobody keeps many of these, so each may have the slot of a weak reference.
FEW = {ec.Move, ec.Process, Reminder}
POSITIONAL = {ec.Data, ec.Move}

WORKED_OUT: dict[type[Any], tuple[str, ...]] = {
    ec.Calendar: ("_days", "always"),
    ec.Catalog: ("_index",),
    ec.Text: ("_paragraphs",),
    ec.Timing: ("alarms", "owner_alarms", "steady"),
    ec.Permissions: ("_roles",),
    ec.Audiences: ("_stakeholders",),
    ec.Policy: ("terms",),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_is_made_by_the_names_of_its_fields_and_cannot_be_changed(kind: type[Any]) -> None:
    fields: tuple[Any, ...] = attrs.fields(kind)
    assert all(field.kw_only for field in fields if field.init) is (kind not in POSITIONAL)
    made = object.__new__(kind)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(made, fields[0].name, None)
    assert kind.__hash__ is not None


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_takes_no_more_memory_than_its_fields(kind: type[Any]) -> None:
    made = object.__new__(kind)
    assert not hasattr(made, "__dict__")
    assert hasattr(made, "__weakref__") is (kind in FEW)


@pytest.mark.parametrize("kind", VALUES)
def test_what_a_value_works_out_is_neither_taken_nor_shown_nor_compared(kind: type[Any]) -> None:
    for field in attrs.fields(kind):
        if field.name in WORKED_OUT.get(kind, ()):
            assert (field.init, field.repr, field.eq) == (False, False, False), field.name
        else:
            assert field.init, field.name


@pytest.mark.parametrize(
    "value",
    [
        ec.Clock(kind=ec.ClockKind.UPDATE, due_at=T0, remind_at=T0),
        ec.Breach(kind=ec.ClockKind.UPDATE, due_at=T0),
        ec.FollowUp(kind=ec.FollowUpKind.POST_MORTEM, due_at=T0, held_at=T0, done_at=T0),
        escalation_of(reach(ec.EscalationStatus.CLOSED)),
        attrs.evolve(escalation_of(reach(ec.EscalationStatus.CLOSED)).proposals[0], closable_at=T0),
        reach(None),
    ],
)
def test_an_instant_of_a_case_is_kept_in_utc(value: Any) -> None:  # noqa: ANN401
    there = ZoneInfo("Asia/Kolkata")
    kind: type[Any] = value.__class__
    instants = {field.name for field in attrs.fields(kind) if isinstance(getattr(value, field.name), datetime)}
    moved = attrs.evolve(value, **{name: getattr(value, name).astimezone(there) for name in instants})
    assert moved == value
    assert all(getattr(moved, name).tzinfo is UTC for name in instants)


def test_a_clock_was_not_postponed_unless_it_says_so() -> None:
    assert ec.Clock(kind=ec.ClockKind.UPDATE, due_at=T0, remind_at=None).postponed is False
