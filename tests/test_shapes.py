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
#: Classes with few instances at a time, so each may have the slot of a weak reference.
FEW = {ec.Move, ec.Process, Reminder}
POSITIONAL = {ec.Data, ec.Move}

DERIVED: dict[type[Any], tuple[str, ...]] = {
    ec.Calendar: ("_days", "always"),
    ec.Catalog: ("_index",),
    ec.Text: ("_paragraphs",),
    ec.Timing: ("alarms", "owner_alarms", "steady"),
    ec.Permissions: ("_roles",),
    ec.Audiences: ("_stakeholders",),
    ec.Policy: ("terms",),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_takes_keyword_arguments_and_is_frozen(kind: type[Any]) -> None:
    fields: tuple[Any, ...] = attrs.fields(kind)
    assert all(field.kw_only for field in fields if field.init) is (kind not in POSITIONAL)
    made = object.__new__(kind)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(made, fields[0].name, None)
    assert kind.__hash__ is not None


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_has_no_dict_and_seldom_a_weak_reference(kind: type[Any]) -> None:
    made = object.__new__(kind)
    assert not hasattr(made, "__dict__")
    assert hasattr(made, "__weakref__") is (kind in FEW)


@pytest.mark.parametrize("kind", VALUES)
def test_a_derived_field_is_not_in_init_repr_or_comparison(kind: type[Any]) -> None:
    for field in attrs.fields(kind):
        if field.name in DERIVED.get(kind, ()):
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
def test_an_instant_of_a_case_is_converted_to_utc(value: Any) -> None:  # noqa: ANN401
    there = ZoneInfo("Asia/Kolkata")
    kind: type[Any] = value.__class__
    instants = {field.name for field in attrs.fields(kind) if isinstance(getattr(value, field.name), datetime)}
    moved = attrs.evolve(value, **{name: getattr(value, name).astimezone(there) for name in instants})
    assert moved == value
    assert all(getattr(moved, name).tzinfo is UTC for name in instants)


def test_a_clock_is_not_postponed_by_default() -> None:
    assert ec.Clock(kind=ec.ClockKind.UPDATE, due_at=T0, remind_at=None).postponed is False
