"""Hooks run after the commit and in order; a failing subscriber does not stop the others."""

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
    """Return an outcome of two events: ``CaseOpened``, then ``EscalationStarted``."""
    return PROCESS.open(emergency(), by=ANA, now=T0)


def test_a_subscriber_receives_only_events_of_its_class(outcome: ec.Outcome) -> None:
    received: list[events.EscalationStarted] = []
    hooks = ec.Hooks()
    hooks.on(events.EscalationStarted, received.append, name="pager")
    report = hooks.publish(outcome)
    assert received == [outcome.events[1]]
    assert report.delivered == (ec.Delivery(subscriber="pager", event=outcome.events[1]),)
    assert report.failed == ()
    report.raise_if_failed()


@pytest.mark.parametrize(
    ("kind", "expected"), [(events.Event, [0, 1]), (events.CaseEvent, [0]), (events.EscalationEvent, [1])]
)
def test_a_base_class_subscribes_to_all_its_subclasses(
    outcome: ec.Outcome, kind: type[events.Event], expected: list[int]
) -> None:
    received: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on(kind, received.append)
    hooks.publish(outcome)
    assert received == [outcome.events[index] for index in expected]


def test_subscribers_run_in_order_of_event_and_registration(outcome: ec.Outcome) -> None:
    order: list[tuple[str, int]] = []
    hooks = ec.Hooks()
    hooks.on(events.Event, lambda event: order.append(("first", event.version)))
    hooks.on(events.EscalationStarted, lambda event: order.append(("second", event.version)))
    hooks.on(events.CaseOpened, lambda event: order.append(("third", event.version)))
    hooks.publish(outcome)
    assert order == [("first", 1), ("third", 1), ("first", 2), ("second", 2)]


def test_a_failing_subscriber_is_reported_and_stops_no_other(outcome: ec.Outcome) -> None:
    received: list[events.Event] = []
    error = RuntimeError("the pager is off")

    def fail(_: events.Event) -> None:
        raise error

    hooks = ec.Hooks()
    hooks.on(events.EscalationStarted, fail, name="pager")
    hooks.on(events.EscalationStarted, received.append, name="chat")
    report = hooks.publish(outcome)
    assert received == [outcome.events[1]]
    assert [delivery.subscriber for delivery in report.delivered] == ["chat"]
    assert report.failed == (ec.FailedDelivery(subscriber="pager", event=outcome.events[1], error=error),)
    assert repr(report.failed[0]) == (
        "FailedDelivery(pager on 4711/2 EscalationStarted: RuntimeError('the pager is off'))"
    )
    with pytest.raises(ExceptionGroup, match="1 of 2 deliveries failed: pager on 4711/2") as raised:
        report.raise_if_failed()
    assert raised.value.exceptions == (error,)


def test_raise_if_failed_raises_all_errors_in_order(outcome: ec.Outcome) -> None:
    errors: list[Exception] = []

    def fail(event: events.Event) -> None:
        errors.append(RuntimeError(event.id))
        raise errors[-1]

    hooks = ec.Hooks()
    hooks.on(events.Event, fail, name="pager")
    hooks.on(events.EscalationStarted, fail, name="chat")
    message = "3 of 3 deliveries failed: pager on 4711/1, pager on 4711/2, chat on 4711/2"
    with pytest.raises(ExceptionGroup, match=message) as raised:
        hooks.publish(outcome).raise_if_failed()
    assert raised.value.exceptions == tuple(errors)
    assert len(errors) == 3


def test_publish_does_not_catch_a_keyboard_interrupt(outcome: ec.Outcome) -> None:
    def interrupted(_: events.Event) -> None:
        raise KeyboardInterrupt

    hooks = ec.Hooks()
    hooks.on(events.Event, interrupted)
    with pytest.raises(KeyboardInterrupt):
        hooks.publish(outcome)


def test_a_subscriber_is_kept_alive_and_named_after_its_function(outcome: ec.Outcome) -> None:
    class Pager:
        def __call__(self, event: events.Event) -> None:
            pass

    hooks = ec.Hooks()
    hooks.on(events.CaseOpened, lambda _: None)
    hooks.on(events.CaseOpened, Pager())
    first, second = hooks.publish(outcome).delivered
    assert first.subscriber.endswith("<lambda>")
    assert second.subscriber.endswith("Pager")


def test_a_subscriber_registered_during_publish_runs_next_time(outcome: ec.Outcome) -> None:
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
def test_on_refuses_a_coroutine_function(function: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="function: must be a plain function"):
        ec.Hooks().on(events.Event, function)


def test_on_async_refuses_a_plain_function() -> None:
    with pytest.raises(TypeError, match="function: must be a coroutine function"):
        ec.Hooks().on_async(events.Event, print)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_on_refuses_a_value_that_is_not_callable() -> None:
    with pytest.raises(TypeError, match="function: must be a function, got 3"):
        ec.Hooks().on(events.Event, 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("kind", [object, ec.Case, "EscalationStarted", None])
def test_on_refuses_a_class_that_is_not_an_event(kind: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="kind: must be an event class"):
        ec.Hooks().on(kind, print)


@pytest.mark.parametrize("function", COROUTINE_FUNCTIONS)
def test_publish_async_awaits_coroutine_functions_and_calls_others(
    outcome: ec.Outcome, function: Callable[[Any], Awaitable[None]]
) -> None:
    received: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on_async(events.EscalationStarted, function, name="async")
    hooks.on(events.EscalationStarted, received.append, name="sync")
    report = asyncio.run(hooks.publish_async(outcome))
    assert [delivery.subscriber for delivery in report.delivered] == ["async", "sync"]
    assert received == [outcome.events[1]]


def test_a_failing_coroutine_stops_no_other_subscriber(outcome: ec.Outcome) -> None:
    async def fail(_: events.Event) -> None:
        raise LookupError("no such room")

    hooks = ec.Hooks()
    hooks.on_async(events.EscalationStarted, fail, name="chat")
    hooks.on_async(events.EscalationStarted, _sleep, name="pager")
    report = asyncio.run(hooks.publish_async(outcome))
    assert [failure.subscriber for failure in report.failed] == ["chat"]
    assert [delivery.subscriber for delivery in report.delivered] == ["pager"]


def test_publish_calls_nobody_if_a_subscriber_must_be_awaited(outcome: ec.Outcome) -> None:
    received: list[events.Event] = []
    hooks = ec.Hooks()
    hooks.on(events.Event, received.append)
    hooks.on_async(events.EscalationClosed, _sleep, name="chat")
    with pytest.raises(
        TypeError, match=r"published with publish_async if there are coroutine functions, got \['chat'\]"
    ):
        hooks.publish(outcome)
    assert received == []


@pytest.mark.parametrize("publish", ["sync", "async"])
def test_a_plain_function_that_returns_a_coroutine_is_reported(outcome: ec.Outcome, publish: str) -> None:
    hooks = ec.Hooks()
    hooks.on(events.CaseOpened, lambda event: _sleep(event), name="sly")  # type: ignore[arg-type]  # noqa: PLW0108  # pyright: ignore[reportArgumentType]
    report = hooks.publish(outcome) if publish == "sync" else asyncio.run(hooks.publish_async(outcome))
    assert [(failure.subscriber, type(failure.error)) for failure in report.failed] == [("sly", TypeError)]


def test_an_awaitable_without_close_is_reported(outcome: ec.Outcome) -> None:
    class Later:
        def __await__(self) -> Any:  # noqa: ANN401
            return iter(())

    hooks = ec.Hooks()
    hooks.on(events.CaseOpened, lambda _: Later(), name="sly")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert len(hooks.publish(outcome).failed) == 1
