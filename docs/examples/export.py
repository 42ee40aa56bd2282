"""The histories of a desk as a file for process mining."""

from collections.abc import Callable, Iterator
from pathlib import Path

from host import Desk

from escalation_core.interchange import ocel, xes

_FORMATS: dict[str, Callable[[Desk], Iterator[str]]] = {
    ".xes": lambda desk: xes.export(desk.histories()),
    ".json": lambda desk: ocel.export(desk.histories),
    ".jsonocel": lambda desk: ocel.export(desk.histories),
}


def export(file: Path, directory: Path) -> int:
    """Return 0 after writing the histories of a desk to a file, in the format of its suffix.

    The name of an unfinished file ends in ``.part``.

    Raises:
        ValueError: the suffix is unknown, there is no desk, or a history is damaged.
        OSError: the file cannot be written.
    """
    written_as = _FORMATS.get(file.suffix)
    if written_as is None:
        raise ValueError(f"file: must end in {', '.join(_FORMATS)}, got {file}")
    if not (directory / "desk.sqlite").exists():
        raise ValueError(f"--dir: must be the directory of a desk, got {directory}")
    part = file.with_name(f"{file.name}.part")
    with Desk(directory) as desk, part.open("w", encoding="ascii") as text:
        text.writelines(written_as(desk))
        print(f"{desk.count('cases')} cases, {desk.count('events')} events: {file}")
    part.replace(file)
    return 0
