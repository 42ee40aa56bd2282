"""Errors of ``cattrs`` as problems with paths."""

import re
from collections.abc import Iterator

from cattrs.errors import AttributeValidationNote, ClassValidationError, IterableValidationError, IterableValidationNote

from escalation_core.checks import shown
from escalation_core.codec.problems import Problem

#: A name that needs no quotes in a path; the name of an unknown field may be any text.
_NAME = re.compile(r"\w{1,80}")


def noted(error: Exception, kind: type, name: str) -> Exception:
    """Return an error with a note that names its field."""
    error.__notes__ = [*getattr(error, "__notes__", []), AttributeValidationNote(f"at {name}", name, kind)]
    return error


def problems(error: Exception, path: str) -> Iterator[Problem]:
    """Yield every error with its path."""
    if isinstance(error, ClassValidationError | IterableValidationError):
        for part in error.exceptions:
            yield from problems(part, path + _step(part))
    else:
        yield Problem(path=path, message=str(error))


def _step(error: BaseException) -> str:
    kinds = (AttributeValidationNote, IterableValidationNote)
    note = next((note for note in getattr(error, "__notes__", ()) if isinstance(note, kinds)), None)
    if isinstance(note, AttributeValidationNote):
        return f".{note.name}" if _NAME.fullmatch(note.name) else f"[{shown(note.name)}]"
    return "" if note is None else f"[{note.index}]"
