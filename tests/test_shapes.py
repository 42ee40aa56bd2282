"""What all values of this library have in common, and the words that are stored of its closed sets, written by hand."""

from datetime import UTC, datetime
from enum import Enum
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

STORED: dict[type[Enum], tuple[str, ...]] = {
    ec.ClockKind: ("acknowledgement", "update", "answer", "debrief", "post mortem", "root cause analysis"),
    ec.Weekday: ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ec.Audience: ("external", "internal"),
    ec.ConcernKind: (
        "no risk named",
        "no production system and no go-live",
        "a known bug with a committed date",
        "earlier misuse by the same customer",
    ),
}

KEYS = [
    "case_opened",
    "case_status_changed",
    "case_closed",
    "participant_added",
    "escalation_started",
    "escalation_canceled",
    "escalation_canceled_to_requester",
    "escalation_acknowledged",
    "progress_update",
    "eta_update",
    "update_postponed",
    "solution_proposed",
    "solution_announced",
    "solution_still_asked",
    "solution_accepted",
    "solution_rejected",
    "escalation_closed",
    "post_mortem_shared",
    "root_cause_analysis_shared",
    "real_time_communication_requested",
    "side_channel_contact_reported",
    "owner_reassigned",
    "stakeholders_evaluate",
    "stakeholders_stand_down",
    "stakeholders_acknowledged",
    "owner_solution_approved",
    "owner_solution_accepted",
    "owner_solution_rejected",
    "stakeholders_debrief",
    "stakeholders_post_mortem_shared",
    "stakeholders_root_cause_analysis_shared",
    "owner_real_time_communication",
    "owner_side_channel_contact",
    "owner_changed",
    "acknowledgement_overdue",
    "acknowledgement_overdue_last_rung",
    "update_overdue",
    "answer_overdue",
    "follow_up_overdue",
    "level_raised",
    "internal_note_added",
]


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


@pytest.mark.parametrize("kind", STORED)
def test_the_words_that_are_stored_never_change(kind: type[Enum]) -> None:
    assert tuple(member.value for member in kind) == STORED[kind]


def test_the_keys_of_templates_never_change() -> None:
    assert [template.value for template in ec.Template] == KEYS
