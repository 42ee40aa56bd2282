"""Errors of the codec, with the problems of a document and their paths."""

from attrs import frozen

from escalation_core.errors import EscalationCoreError

_SHOWN_MAX = 20


@frozen(kw_only=True)
class Problem:
    """One error in a document."""

    path: str  #: The place in the document, such as ``$.data.owner.role`` or ``$.data.participants[1]``.
    message: str

    def __str__(self) -> str:
        """Return path and message."""
        return f"{self.path}: {self.message}"


class CodecError(EscalationCoreError, ValueError):
    """A document cannot be read, or a value cannot be written; ``problems`` has every error."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems."""
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """Return at most the first 20 problems, and the number of the others."""
        shown = [str(problem) for problem in self.problems[:_SHOWN_MAX]]
        more = len(self.problems) - len(shown)
        return "; ".join([*shown, f"and {more} more"] if more else shown)


class ForeignSnapshotError(CodecError):
    """A snapshot was made with other lifecycle tables than those of this library: replay the events of the case."""


def codec_error(message: str, path: str = "$") -> CodecError:
    """Return an error with one problem."""
    return CodecError((Problem(path=path, message=message),))
