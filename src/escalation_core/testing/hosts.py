"""A suite that a host fulfils with a small adapter, and which then proves how it stores and delivers.

Rule 1: each promise is a test of its own, for pytest, for unittest, or for whoever calls it.
Rule 2: what is proved, and what is not, is written down in ``docs/testing.md``.
"""

from typing import ClassVar

from escalation_core.testing import adversity, promises
from escalation_core.testing.adapter import H, HostAdapter, S


class HostSuite(HostAdapter[S, H]):
    """What a host must keep: an adapter, and a test for each promise."""

    def __init_subclass__(cls, **rest: object) -> None:
        """See that a class that pytest takes for tests has a whole adapter: it passes over others without a word.

        Raises:
            TypeError: it is named ``Test…``, and a method is missing.
        """
        super().__init_subclass__(**rest)
        needed = sorted(HostAdapter.__abstractmethods__)
        missing = [name for name in needed if getattr(cls, name) is getattr(HostAdapter, name)]
        if missing and cls.__name__.startswith("Test"):
            raise TypeError(f"{cls.__name__}: must have every method of an adapter, lacks {', '.join(missing)}")

    test_the_steps_of_the_storage_are_marked: ClassVar[promises.Promise] = promises.the_steps_of_the_storage_are_marked
    test_what_happened_is_stored_and_found_again: ClassVar[promises.Promise] = (
        promises.what_happened_is_stored_and_found_again
    )
    test_a_refused_command_changes_nothing: ClassVar[promises.Promise] = promises.a_refused_command_changes_nothing
    test_everybody_is_told_and_told_once: ClassVar[promises.Promise] = promises.everybody_is_told_and_told_once
    test_nobody_is_told_before_the_commit: ClassVar[promises.Promise] = promises.nobody_is_told_before_the_commit
    test_a_crash_between_any_two_steps_heals: ClassVar[promises.Promise] = promises.a_crash_between_any_two_steps_heals
    test_a_transport_that_is_down_loses_nothing: ClassVar[promises.Promise] = (
        promises.a_transport_that_is_down_loses_nothing
    )
    test_one_who_cannot_be_reached_keeps_nobody_waiting: ClassVar[promises.Promise] = (
        promises.one_who_cannot_be_reached_keeps_nobody_waiting
    )
    test_a_repeated_delivery_is_recognized: ClassVar[promises.Promise] = promises.a_repeated_delivery_is_recognized
    test_a_command_that_comes_twice_is_done_once: ClassVar[promises.Promise] = (
        promises.a_command_that_comes_twice_is_done_once
    )
    test_a_tick_tells_once: ClassVar[promises.Promise] = promises.a_tick_tells_once
    test_a_tick_that_comes_late_finds_all_that_is_due: ClassVar[promises.Promise] = (
        promises.a_tick_that_comes_late_finds_all_that_is_due
    )
    test_two_writers_never_overwrite_each_other: ClassVar[promises.Promise] = (
        promises.two_writers_never_overwrite_each_other
    )
    test_what_comes_during_a_delivery_is_delivered: ClassVar[promises.Promise] = (
        promises.what_comes_during_a_delivery_is_delivered
    )
    test_a_failing_hook_harms_nobody: ClassVar[promises.Promise] = promises.a_failing_hook_harms_nobody
    test_whatever_comes_nothing_is_lost: ClassVar[promises.Promise] = adversity.whatever_comes_nothing_is_lost
