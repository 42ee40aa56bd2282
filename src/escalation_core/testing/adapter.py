"""The description of a host for the suite.

Rule 1: an adapter describes how this host performs each task. The suite computes the expected result.
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
from escalation_core.testing.probe import Probe

S = TypeVar("S")
H = TypeVar("H")


class HostAdapter(ABC, Generic[S, H]):
    """The methods of a host; ``S`` is the type of its storage, and ``H`` is the type of the host.

    The suite ignores the results of ``open``, ``send``, ``tick`` and ``deliver``.
    """

    process: ClassVar[ec.Process] = ec.Process()  #: Replace it by a process with the policy of the host.
    emergency: ClassVar[ec.Case] = emergency()  #: Replace it by an emergency that the policy permits somebody to open.
    examples: int = 50  #: The number of lives in ``test_random_lives_lose_nothing``.

    @abstractmethod
    def storage(self) -> AbstractContextManager[S]:
        """Return an empty storage, such as a directory or a database; the suite enters it before a host starts."""

    @abstractmethod
    def host(self, storage: S, probe: Probe) -> AbstractContextManager[H]:
        """Return a host on a storage. Several hosts may run at once, and each must see the commits of the others.

        Build the host with ``probe.process`` and ``probe.hooks``, deliver through ``probe.transport``, and call
        ``probe.step`` before each single change of the storage, and before the commit. Leaving the context is the end
        of the program: open resources are closed, and uncommitted changes are lost.
        """

    @abstractmethod
    def open(self, host: H, case: ec.Case, *, by: ec.Person, now: datetime, command_id: str) -> object:
        """Open a case, like ``Process.open``. A ``CommandRefusedError`` must propagate."""

    @abstractmethod
    def send(self, host: H, case_id: str, command: commands.Command, *, now: datetime) -> object:
        """Send a command to a stored case. A ``CommandRefusedError`` must propagate."""

    @abstractmethod
    def tick(self, host: H, *, now: datetime) -> object:
        """Handle everything that is due now, in all cases."""

    @abstractmethod
    def deliver(self, host: H) -> object:
        """Try once to deliver each pending notification, even if its last delivery failed."""

    @abstractmethod
    def find(self, host: H, case_id: str) -> ec.Case | None:
        """Return a stored case; None if the case does not exist."""

    @abstractmethod
    def events(self, host: H, case_id: str) -> Sequence[Event]:
        """Return the stored events of a case, oldest first; empty if the case does not exist."""


#: An adapter of any host. The suite does not use the storage itself.
AnyAdapter = HostAdapter[Any, Any]
