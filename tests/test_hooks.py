"""Hooks run after the commit, in order, and one that fails stops nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

import escalation_core as ec
from escalation_core import events
from escalation_core.testing import ANA, T0, emergency
from support.examples import PROCESS


@pytest.fixture
def outcome() -> ec.Outcome:
    """Give an outcome of two events: ``CaseOpened``, then ``EscalationStarted``."""
    return PROCESS.open(emergency(), by=ANA, now=T0)


def test_a_subscriber_hears_of_its_class_of_event_and_no_other(outcome: ec.Outcome) -> None:
    heard: list[events.EscalationStarted] = []
    hooks = ec.Hooks()
    hooks.on(events.EscalationStarted, heard.append, name="pager")
    report = hooks.publish(outcome)
    assert heard == [outcome.events[1]]
    assert report.delivered == (ec.Delivery(subscriber="pager", event=outcome.events[1]),)
    assert report.failed == ()
    report.raise_if_failed()


@pytest.mark.parametrize(
    ("kind", "heard_of"), [(events.Event, [0, 1]), (events.CaseEvent, [0]), (events.EscalationEvent, [1])]
)
def test_a_base_class_subscribes_to_all_below_it(
    outcome: ec.Outcome, kind: type[events.Event], heard_of: list[int]
) -> None:
    heard: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on(kind, heard.append)
    hooks.publish(outcome)
    assert heard == [outcome.events[index] for index in heard_of]


def test_events_come_in_order_and_subscribers_in_the_order_of_their_registration(outcome: ec.Outcome) -> None:
    order: list[tuple[str, int]] = []
    hooks = ec.Hooks()
    hooks.on(events.Event, lambda event: order.append(("first", event.version)))
    hooks.on(events.EscalationStarted, lambda event: order.append(("second", event.version)))
    hooks.on(events.CaseOpened, lambda event: order.append(("third", event.version)))
    hooks.publish(outcome)
    assert order == [("first", 1), ("third", 1), ("first", 2), ("second", 2)]


def test_one_that_fails_stops_nobody_else_and_is_reported_with_its_error(outcome: ec.Outcome) -> None:
    heard: list[events.Event] = []
    error = RuntimeError("the pager is off")

    def fail(_: events.Event) -> None:
        raise error

    hooks = ec.Hooks()
    hooks.on(events.EscalationStarted, fail, name="pager")
    hooks.on(events.EscalationStarted, heard.append, name="chat")
    report = hooks.publish(outcome)
    assert heard == [outcome.events[1]]
    assert [delivery.subscriber for delivery in report.delivered] == ["chat"]
    assert report.failed == (ec.FailedDelivery(subscriber="pager", event=outcome.events[1], error=error),)
    assert repr(report.failed[0]) == (
        "FailedDelivery(pager on 4711/2 EscalationStarted: RuntimeError('the pager is off'))"
    )
    with pytest.raises(ExceptionGroup, match="1 of 2 deliveries failed: pager on 4711/2") as raised:
        report.raise_if_failed()
    assert raised.value.exceptions == (error,)


def test_the_errors_of_all_failed_deliveries_are_raised_in_order(outcome: ec.Outcome) -> None:
    raised_before: list[Exception] = []

    def fail(event: events.Event) -> None:
        raised_before.append(RuntimeError(event.id))
        raise raised_before[-1]

    hooks = ec.Hooks()
    hooks.on(events.Event, fail, name="pager")
    hooks.on(events.EscalationStarted, fail, name="chat")
    message = "3 of 3 deliveries failed: pager on 4711/1, pager on 4711/2, chat on 4711/2"
    with pytest.raises(ExceptionGroup, match=message) as raised:
        hooks.publish(outcome).raise_if_failed()
    assert raised.value.exceptions == tuple(raised_before)
    assert len(raised_before) == 3


def test_what_is_no_error_is_not_swallowed(outcome: ec.Outcome) -> None:
    def interrupted(_: events.Event) -> None:
        raise KeyboardInterrupt

    hooks = ec.Hooks()
    hooks.on(events.Event, interrupted)
    with pytest.raises(KeyboardInterrupt):
        hooks.publish(outcome)


def test_a_subscriber_is_held_strongly_and_named_after_its_function(outcome: ec.Outcome) -> None:
    class Pager:
        def __call__(self, event: events.Event) -> None:
            pass

    hooks = ec.Hooks()
    hooks.on(events.CaseOpened, lambda _: None)
    hooks.on(events.CaseOpened, Pager())
    first, second = hooks.publish(outcome).delivered
    assert first.subscriber.endswith("<lambda>")
    assert second.subscriber.endswith("Pager")


def test_a_subscriber_that_registers_another_does_not_disturb_the_round(outcome: ec.Outcome) -> None:
    hooks = ec.Hooks()
    hooks.on(events.Event, lambda _: hooks.on(events.Event, lambda _: None))
    assert len(hooks.publish(outcome).delivered) == 2
    assert len(hooks.publish(outcome).delivered) == 6


async def _sleep(_: events.Event) -> None:
    await asyncio.sleep(0)


class _Sleeper:
    async def __call__(self, event: events.Event) -> None:
        await _sleep(event)


COROUTINE_FUNCTIONS: list[Callable[[Any], Awaitable[None]]] = [_sleep, partial(_sleep), _Sleeper(), _Sleeper().__call__]


@pytest.mark.parametrize("function", COROUTINE_FUNCTIONS)
def test_a_coroutine_function_is_refused_where_nobody_would_await_it(function: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="function: must be a plain function"):
        ec.Hooks().on(events.Event, function)


def test_a_plain_function_is_refused_where_it_would_be_awaited() -> None:
    with pytest.raises(TypeError, match="function: must be a coroutine function"):
        ec.Hooks().on_async(events.Event, print)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="function: must be a function, got 3"):
        ec.Hooks().on(events.Event, 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("kind", [object, ec.Case, "EscalationStarted", None])
def test_a_class_that_is_no_event_is_refused(kind: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="kind: must be an event class"):
        ec.Hooks().on(kind, print)


@pytest.mark.parametrize("function", COROUTINE_FUNCTIONS)
def test_publish_async_awaits_coroutine_functions_and_calls_the_others(
    outcome: ec.Outcome, function: Callable[[Any], Awaitable[None]]
) -> None:
    heard: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on_async(events.EscalationStarted, function, name="async")
    hooks.on(events.EscalationStarted, heard.append, name="sync")
    report = asyncio.run(hooks.publish_async(outcome))
    assert [delivery.subscriber for delivery in report.delivered] == ["async", "sync"]
    assert heard == [outcome.events[1]]


def test_a_coroutine_that_fails_stops_nobody_else(outcome: ec.Outcome) -> None:
    async def fail(_: events.Event) -> None:
        raise LookupError("no such room")

    hooks = ec.Hooks()
    hooks.on_async(events.EscalationStarted, fail, name="chat")
    hooks.on_async(events.EscalationStarted, _sleep, name="pager")
    report = asyncio.run(hooks.publish_async(outcome))
    assert [failure.subscriber for failure in report.failed] == ["chat"]
    assert [delivery.subscriber for delivery in report.delivered] == ["pager"]


def test_publish_tells_nobody_when_somebody_would_have_to_be_awaited(outcome: ec.Outcome) -> None:
    heard: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on(events.Event, heard.append)
    hooks.on_async(events.EscalationClosed, _sleep, name="chat")
    with pytest.raises(TypeError, match=r"published with publish_async, which awaits these, got \['chat'\]"):
        hooks.publish(outcome)
    assert heard == []


@pytest.mark.parametrize("publish", ["sync", "async"])
def test_a_plain_function_that_answers_with_a_coroutine_is_reported_as_failed(
    outcome: ec.Outcome, publish: str
) -> None:
    hooks = ec.Hooks()
    hooks.on(events.CaseOpened, lambda event: _sleep(event), name="sly")  # type: ignore[arg-type]  # noqa: PLW0108  # pyright: ignore[reportArgumentType]
    report = hooks.publish(outcome) if publish == "sync" else asyncio.run(hooks.publish_async(outcome))
    assert [(failure.subscriber, type(failure.error)) for failure in report.failed] == [("sly", TypeError)]


def test_an_awaitable_that_cannot_be_closed_is_reported_too(outcome: ec.Outcome) -> None:
    class Later:
        def __await__(self) -> Any:  # noqa: ANN401
            return iter(())

    hooks = ec.Hooks()
    hooks.on(events.CaseOpened, lambda _: Later(), name="sly")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert len(hooks.publish(outcome).failed) == 1
