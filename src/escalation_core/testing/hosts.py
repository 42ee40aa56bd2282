"""A suite that a host fulfils with a small adapter, and which then proves how it stores and delivers.

Rule 1: the adapter says how this host does what every host does. What must come of it, the suite knows.
Rule 2: each promise is a test of its own, for pytest, for unittest, or for whoever calls it.
Rule 3: what is proved, and what is not, is written down in ``docs/testing.md``.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

import escalation_core as ec
from escalation_core import commands
from escalation_core.events import Event
from escalation_core.testing import adversity, promises
from escalation_core.testing.rig import Rig

S = TypeVar("S")
H = TypeVar("H")


class HostSuite(ABC, Generic[S, H]):
    """What a host must keep; ``S`` is what it stores in, and ``H`` is the host itself.

    Whatever the methods of an adapter return beside what is asked for here is not looked at.
    """

    process: ClassVar[ec.Process] = ec.Process()  #: Put a process of the host's own policy in its place.
    examples: int = 50  #: How many lives ``test_whatever_comes_nothing_is_lost`` lives through.

    @abstractmethod
    def storage(self) -> AbstractContextManager[S]:
        """Make an empty storage: a directory, a database, a value. It is entered before the first host starts."""

    @abstractmethod
    def host(self, storage: S, rig: Rig) -> AbstractContextManager[H]:
        """Start a host on a storage; several may run at once, and each must see what the others have committed.

        Build it with ``rig.process`` and ``rig.hooks``, let it deliver through ``rig.transport``, and have it call
        ``rig.step`` before each single change of the storage, and before the commit. Leaving the context does what the
        end of a program does: what is open is closed, and what is not committed is gone.
        """

    @abstractmethod
    def open(self, host: H, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str) -> object:
        """Open a case, as ``Process.open`` does. A refusal is raised as the process raised it."""

    @abstractmethod
    def send(self, host: H, case_id: str, command: commands.Command, *, now: datetime) -> object:
        """Send a command to a case that is stored. A refusal is raised as the process raised it."""

    @abstractmethod
    def tick(self, host: H, *, now: datetime) -> object:
        """Do what is due now, in all cases."""

    @abstractmethod
    def deliver(self, host: H) -> object:
        """Try once to deliver each notification that waits, without regard to how long it must wait after a failure."""

    @abstractmethod
    def find(self, host: H, case_id: str) -> ec.Case | None:
        """Give a case as it is stored; None where there is none."""

    @abstractmethod
    def events(self, host: H, case_id: str) -> Sequence[Event]:
        """Give the events of a case as they are stored, oldest first; none where there is no such case."""

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
    test_two_writers_never_overwrite_each_other: ClassVar[promises.Promise] = (
        promises.two_writers_never_overwrite_each_other
    )
    test_a_failing_hook_harms_nobody: ClassVar[promises.Promise] = promises.a_failing_hook_harms_nobody
    test_whatever_comes_nothing_is_lost: ClassVar[promises.Promise] = adversity.whatever_comes_nothing_is_lost
