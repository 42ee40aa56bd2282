"""Hooks: functions of the host that subscribe to events, and are called after an outcome is committed.

Rule 1: a subscriber runs when the host publishes, never while a command is handled, and cannot change what happened.
Rule 2: ``Hooks`` keeps strong references, and calls all subscribers of an event in the order of their registration.
Rule 3: a failing subscriber does not stop the others; the report names it, with the error.
Rule 4: an outcome that repeats an earlier command has no events, so nothing is published twice.
Rule 5: ``publish_async`` awaits coroutine functions; ``publish`` refuses them.
"""

from collections.abc import Awaitable, Callable
from inspect import isawaitable, iscoroutinefunction
from typing import Any, TypeVar

import attrs

from escalation_core.checks import brief, must_be
from escalation_core.events.base import Event
from escalation_core.process import Outcome
from escalation_core.values import Value, frozen

E = TypeVar("E", bound=Event)


@frozen(kw_only=True)
class Delivery(Value):
    """One event that one subscriber received."""

    subscriber: str
    event: Event


@frozen(kw_only=True)
class FailedDelivery(Value):
    """One event on which one subscriber failed."""

    subscriber: str
    event: Event
    error: Exception

    def __repr__(self) -> str:
        """Return subscriber, id of the event and error."""
        return f"FailedDelivery({self.subscriber} on {self.event.id} {type(self.event).__name__}: {self.error!r})"


@frozen(kw_only=True)
class PublishReport(Value):
    """Every delivery of an outcome, in order."""

    delivered: tuple[Delivery, ...]
    failed: tuple[FailedDelivery, ...]

    def raise_if_failed(self) -> None:
        """Raise the errors of all subscribers that failed, if there are any.

        Raises:
            ExceptionGroup: with the error of every failed delivery.
        """
        if self.failed:
            total = len(self.failed) + len(self.delivered)
            names = ", ".join(f"{failure.subscriber} on {failure.event.id}" for failure in self.failed)
            message = f"{len(self.failed)} of {total} deliveries failed: {names}"
            raise ExceptionGroup(brief(message), [failure.error for failure in self.failed])


@attrs.frozen(kw_only=True, eq=False, repr=False)
class _Subscriber:
    name: str
    kind: type[Event]
    function: Callable[[Any], object]
    is_async: bool


class Hooks:
    """The subscribers of one host."""

    def __init__(self) -> None:
        """Begin without subscribers."""
        self._subscribers: list[_Subscriber] = []

    def on(self, kind: type[E], function: Callable[[E], None], *, name: str | None = None) -> None:
        """Register a function that gets every published event of this class or a subclass.

        Args:
            kind: an event class; ``events.Event`` is all of them.
            function: takes the event; it is called, never awaited.
            name: the subscriber's name in reports; by default the function's own name.

        Raises:
            TypeError: the class is not an event class, or the function is a coroutine function.
        """
        if _is_async(function):
            raise TypeError(
                must_be("function", "a plain function (register coroutine functions with on_async)", function)
            )
        self._add(kind, function, name, is_async=False)

    def on_async(self, kind: type[E], function: Callable[[E], Awaitable[None]], *, name: str | None = None) -> None:
        """Register a coroutine function that gets every event of this class or a subclass from ``publish_async``.

        Args:
            kind: an event class; ``events.Event`` is all of them.
            function: a coroutine function that takes the event.
            name: the subscriber's name in reports; by default the function's own name.

        Raises:
            TypeError: the class is not an event class, or the function is not a coroutine function.
        """
        if not _is_async(function):
            raise TypeError(must_be("function", "a coroutine function", function))
        self._add(kind, function, name, is_async=True)

    def _add(self, kind: type[Event], function: Callable[[Any], object], name: str | None, *, is_async: bool) -> None:
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            raise TypeError(must_be("kind", "an event class", kind))
        if not callable(function):
            raise TypeError(must_be("function", "a function", function))
        name = name or str(getattr(function, "__qualname__", type(function).__qualname__))
        self._subscribers.append(_Subscriber(name=name, kind=kind, function=function, is_async=is_async))

    def publish(self, outcome: Outcome) -> PublishReport:
        """Return a report, after a call of every subscriber with each event of an outcome; publish after the commit.

        Raises:
            TypeError: a subscriber is a coroutine function, which only ``publish_async`` awaits; no subscriber is
                called then.
        """
        waiting = [subscriber.name for subscriber in self._subscribers if subscriber.is_async]
        if waiting:
            raise TypeError(
                must_be("outcome", "published with publish_async if there are coroutine functions", waiting)
            )
        report = _Report()
        for subscriber, event in self._deliveries(outcome):
            with report.of(subscriber, event):
                _refuse_awaitable(subscriber.function(event))
        return report.done()

    async def publish_async(self, outcome: Outcome) -> PublishReport:
        """Return a report, after the same calls as in ``publish``, one after the other; coroutines are awaited."""
        report = _Report()
        for subscriber, event in self._deliveries(outcome):
            with report.of(subscriber, event):
                answer = subscriber.function(event)
                if subscriber.is_async and isawaitable(answer):
                    await answer
                else:
                    _refuse_awaitable(answer)
        return report.done()

    def _deliveries(self, outcome: Outcome) -> list[tuple[_Subscriber, Event]]:
        return [
            (subscriber, event)
            for event in outcome.events
            for subscriber in self._subscribers
            if isinstance(event, subscriber.kind)
        ]


class _Report:
    """An unfinished report, and a context manager around each delivery, which records the result."""

    def __init__(self) -> None:
        self._delivered: list[Delivery] = []
        self._failed: list[FailedDelivery] = []

    def of(self, subscriber: _Subscriber, event: Event) -> "_Report":
        self._now = (subscriber.name, event)
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        name, event = self._now
        if error is None:
            self._delivered.append(Delivery(subscriber=name, event=event))
        elif isinstance(error, Exception):
            self._failed.append(FailedDelivery(subscriber=name, event=event, error=error))
        return isinstance(error, Exception)

    def done(self) -> PublishReport:
        return PublishReport(delivered=tuple(self._delivered), failed=tuple(self._failed))


def _is_async(function: object) -> bool:
    function = getattr(function, "func", function)  # of a functools.partial
    called = getattr(type(function), "__call__", None)  # noqa: B004  # its type, not whether it is callable
    return iscoroutinefunction(function) or iscoroutinefunction(called)


def _refuse_awaitable(answer: object) -> None:
    if isawaitable(answer):
        close = getattr(answer, "close", None)
        if close is not None:
            close()  # a coroutine that is never awaited warns; this error is reported instead
        raise TypeError(must_be("function", "a plain function, since its result is not awaited", answer))
