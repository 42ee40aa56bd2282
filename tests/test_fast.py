"""The fast constructors and copies make the same values as attrs, and are typed and debuggable."""

import inspect
import linecache
import traceback
from typing import Any, get_type_hints

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands, events, fast
from escalation_core.steps.rows import step
from escalation_core.testing import ANA, RITA, T0, emergency, reach
from support.examples import escalation_of, fields_of

CLOSED = escalation_of(reach(ec.EscalationStatus.CLOSED))

#: Each copy with the declaration of its changes, a value, and some changes.
COPIES: dict[str, tuple[Any, type[Any], Any, dict[str, Any]]] = {
    "case": (fast.copy_case, fast.FramedCase, emergency(), {"subject": "Other", "version": 3, "updated_at": T0}),
    "escalation": (fast.copy_escalation, fast.FramedEscalation, CLOSED, {"level": 2, "owner": None}),
    "proposal": (fast.copy_proposal, fast.ProposalChanges, CLOSED.proposals[0], {"summary": "Another"}),
    "follow-up": (fast.copy_follow_up, fast.FollowUpChanges, CLOSED.follow_ups[0], {"done_at": T0}),
    "clock": (fast.copy_clock, fast.ClockChanges, CLOSED.clocks[0], {"remind_at": None}),
    "moved case": (fast.move_case, fast.FramedCase, emergency(), {"escalation": None, "version": 3, "updated_at": T0}),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_equals_the_copy_by_attrs(name: str) -> None:
    copy, _, value, changes = COPIES[name]
    made = copy(value, **changes)
    assert (made, type(made), hash(made)) == (attrs.evolve(value, **changes), type(value), hash(made))


@pytest.mark.parametrize("name", COPIES)
def test_the_changes_of_a_copy_are_declared_with_the_types_of_the_class(name: str) -> None:
    _, declared, value, _ = COPIES[name]
    assert get_type_hints(declared) == {field.name: field.type for field in fields_of(value)}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_refuses_an_unknown_field(name: str) -> None:
    copy, _, value, changes = COPIES[name]
    with pytest.raises(TypeError, match="real_tiem"):
        copy(value, **changes, real_tiem=3)


def test_a_move_needs_all_of_its_fields() -> None:
    with pytest.raises(TypeError, match="updated_at"):
        fast.move_case(emergency(), escalation=None, version=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_a_copy_is_as_frozen_as_its_original() -> None:
    copy = fast.copy_clock(CLOSED.clocks[0], remind_at=None)
    with pytest.raises(AttributeError):
        copy.remind_at = T0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    "value",
    [ANA, emergency(), events.DiagnosisStarted(case_id="4711", version=2, at=T0, by=RITA), ec.Misuse(), CLOSED],
    ids=lambda value: type(value).__name__,
)
def test_a_made_value_equals_one_from_the_constructor(value: Any) -> None:  # noqa: ANN401  # any value
    kind: type[Any] = value.__class__
    contents = {field.name: getattr(value, field.name) for field in fields_of(value) if field.init}
    if kind is ec.Case:
        with pytest.raises(TypeError, match=r"^Case: must have no factory as a default, got one for priority"):
            fast.maker(kind)
    else:
        made = fast.maker(kind)(**contents)
        assert (made, hash(made), type(made)) == (value, hash(value), kind)


def test_a_maker_fills_in_defaults() -> None:
    make = fast.maker(ec.Person)
    assert make(id="ana", role=ec.Role.CUSTOMER) == ec.Person(id="ana", role=ec.Role.CUSTOMER)


def test_a_maker_refuses_unknown_and_missing_fields() -> None:
    make = fast.maker(ec.Clock)
    with pytest.raises(TypeError, match="nonsense"):
        make(nonsense=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match="due_at"):
        make(kind=ec.ClockKind.UPDATE, remind_at=None)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_a_compiled_function_has_a_name_and_a_source() -> None:
    make: Any = fast.maker(ec.Breach)
    assert (make.__module__, make.__name__) == ("escalation_core.fast", "make_Breach")
    make(kind=ec.ClockKind.UPDATE, due_at=T0)
    assert "new.due_at = due_at" in inspect.getsource(make)
    assert linecache.getlines(make.__code__.co_filename)[0].startswith("def make_Breach(kind, due_at):\n")
    move: Any = fast.move_case
    assert move.__name__ == "move_Case"


def test_only_an_event_with_the_fields_of_its_command_needs_no_decision() -> None:
    with pytest.raises(TypeError, match=r"^ProposeSolution: must have a decision, since its event has other fields$"):
        step(commands.ProposeSolution)


def test_a_traceback_shows_the_line_of_a_compiled_function() -> None:
    copy: Any = fast.copy_clock
    try:
        copy("not a clock", remind_at=None)
    except AttributeError as error:
        printed = "".join(traceback.format_exception(error))
        assert "in copy_Clock" in printed
        assert "new.kind = value.kind if kind is KEPT else kind" in printed
    else:
        pytest.fail("a text has no fields of a clock")
