"""How stored data is refused."""

from attrs import frozen

from escalation_core.errors import EscalationCoreError

_TOLD_MAX = 20


@frozen(kw_only=True)
class Problem:
    """One thing that is wrong in a document."""

    path: str  #: Where, from the top: ``$.data.owner.role``, ``$.data.participants[1]``.
    message: str

    def __str__(self) -> str:
        """Say where, and what."""
        return f"{self.path}: {self.message}"


class CodecError(EscalationCoreError, ValueError):
    """A document cannot be read, or a value cannot be written. Everything that is wrong with it is listed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep what is wrong."""
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """Join what is wrong into sentences; the first of them, where it is too much to read."""
        told = [str(problem) for problem in self.problems[:_TOLD_MAX]]
        more = len(self.problems) - len(told)
        return "; ".join([*told, f"and {more} more"] if more else told)


class ForeignSnapshotError(CodecError):
    """A snapshot was made under other rules than those of this library. The way out: replay the events of the case."""


def refused(message: str, path: str = "$") -> CodecError:
    """Refuse for one reason."""
    return CodecError((Problem(path=path, message=message),))
