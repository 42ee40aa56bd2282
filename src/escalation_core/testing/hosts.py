"""A test suite for a host: with a small adapter, it tests the storage and the delivery of the host.

Rule 1: each guarantee is one test, for pytest, for unittest or for a direct call.
Rule 2: ``docs/testing.md`` lists what the suite proves, and what it does not prove.
"""

from typing import ClassVar

from escalation_core.testing import guarantees, random_lives
from escalation_core.testing.adapter import H, HostAdapter, S
from escalation_core.testing.experiment import BrokenGuaranteeError
from escalation_core.testing.guarantees import Guarantee
from escalation_core.testing.probe import Probe, SimulatedCrash, TransportDownError

__all__ = [
    "BrokenGuaranteeError",
    "Guarantee",
    "HostAdapter",
    "HostSuite",
    "Probe",
    "SimulatedCrash",
    "TransportDownError",
    "guarantees",
]


class HostSuite(HostAdapter[S, H]):
    """An adapter to a host, with one test for each guarantee."""

    def __init_subclass__(cls, **rest: object) -> None:
        """Raise a TypeError for an incomplete class named ``Test…``, since pytest silently skips abstract classes.

        Raises:
            TypeError: the class is named ``Test…``, and a method is missing.
        """
        super().__init_subclass__(**rest)
        needed = sorted(HostAdapter.__abstractmethods__)
        missing = [name for name in needed if getattr(cls, name) is getattr(HostAdapter, name)]
        if missing and cls.__name__.startswith("Test"):
            raise TypeError(f"{cls.__name__}: must have every method of an adapter, lacks {', '.join(missing)}")

    test_storage_steps_are_marked: ClassVar[Guarantee] = guarantees.storage_steps_are_marked
    test_outcomes_are_stored_completely: ClassVar[Guarantee] = guarantees.outcomes_are_stored_completely
    test_a_refused_command_changes_nothing: ClassVar[Guarantee] = guarantees.a_refused_command_changes_nothing
    test_notifications_are_delivered_once: ClassVar[Guarantee] = guarantees.notifications_are_delivered_once
    test_nothing_is_sent_before_the_commit: ClassVar[Guarantee] = guarantees.nothing_is_sent_before_the_commit
    test_a_crash_at_any_step_loses_nothing: ClassVar[Guarantee] = guarantees.a_crash_at_any_step_loses_nothing
    test_a_failing_transport_loses_nothing: ClassVar[Guarantee] = guarantees.a_failing_transport_loses_nothing
    test_an_unreachable_recipient_blocks_nobody: ClassVar[Guarantee] = guarantees.an_unreachable_recipient_blocks_nobody
    test_a_repeated_delivery_keeps_its_key: ClassVar[Guarantee] = guarantees.a_repeated_delivery_keeps_its_key
    test_a_repeated_command_is_done_once: ClassVar[Guarantee] = guarantees.a_repeated_command_is_done_once
    test_a_repeated_tick_notifies_once: ClassVar[Guarantee] = guarantees.a_repeated_tick_notifies_once
    test_a_late_tick_finds_everything_due: ClassVar[Guarantee] = guarantees.a_late_tick_finds_everything_due
    test_concurrent_writers_never_overwrite_each_other: ClassVar[Guarantee] = (
        guarantees.concurrent_writers_never_overwrite_each_other
    )
    test_changes_during_a_delivery_are_delivered: ClassVar[Guarantee] = (
        guarantees.changes_during_a_delivery_are_delivered
    )
    test_a_failing_hook_affects_nothing_else: ClassVar[Guarantee] = guarantees.a_failing_hook_affects_nothing_else
    test_random_lives_lose_nothing: ClassVar[Guarantee] = random_lives.random_lives_lose_nothing
