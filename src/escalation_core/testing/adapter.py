"""What a host says of itself, so that it can be put to the test.

Rule 1: an adapter says how this host does what every host does. What must come of it, the suite knows.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import escalation_core as ec
from escalation_core import commands
from escalation_core.events import Event
from escalation_core.testing.builders import emergency
from escalation_core.testing.rig import Rig

S = TypeVar("S")
H = TypeVar("H")


class HostAdapter(ABC, Generic[S, H]):
    """How a host stores and delivers; ``S`` is what it stores in, and ``H`` is the host itself.

    Whatever the methods of an adapter return beside what is asked for here is not looked at.
    """

    process: ClassVar[ec.Process] = ec.Process()  #: Put a process of the host's own policy in its place.
    emergency: ClassVar[ec.Case] = emergency()  #: Put one in its place that the host's policy lets somebody open.
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


#: Of any host; what is tried does not look at what it stores in.
AnyAdapter = HostAdapter[Any, Any]
