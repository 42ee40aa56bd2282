"""A small help desk around ``escalation_core``, on the standard library.

``desk.py story`` plays one story from the opening of a case to its end. ``desk.py replay LOG.csv.gz`` runs a real
ServiceNow log through the desk. ``desk.py verify FILE`` reads the database of a desk and prints each problem.
``desk.py export FILE --dir DIR`` writes the histories of a desk for process mining.
"""

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from export import export
from replay import replay
from story import story
from verify import verify


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status of the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="desk.py", description="A small help desk around escalation_core.")
    subparsers = parser.add_subparsers(dest="command", required=True)
    tell = subparsers.add_parser("story", help="play the story of Customer A")
    run = subparsers.add_parser("replay", help="run a ServiceNow incident log (UCI 498) through the desk")
    run.add_argument("log", type=Path, help="a gzipped CSV file")
    check = subparsers.add_parser("verify", help="check the whole database of a desk and print each problem")
    check.add_argument("database", type=Path, help="the database of a desk, or a copy of it")
    for subparser in (tell, run):
        subparser.add_argument("--dir", type=Path, help="a new directory for the desk; by default a temporary one")
    mine = subparsers.add_parser("export", help="write the histories of a desk for process mining")
    mine.add_argument("file", type=Path, help="the file to write: .xes for XES, .json or .jsonocel for OCEL 2.0")
    mine.add_argument("--dir", type=Path, required=True, help="the directory of the desk")
    options = parser.parse_args(arguments)
    if options.command == "verify":
        try:
            return verify(options.database)
        except sqlite3.DatabaseError as error:
            print(f"desk.py: {options.database} is not the database of a desk: {error}", file=sys.stderr)
            return 1
    directory = Path(tempfile.mkdtemp(prefix="desk-")) if options.dir is None else options.dir
    if options.command != "export" and (directory / "desk.sqlite").exists():
        parser.error(f"--dir: must be a directory without a desk, got {directory}")
    try:
        if options.command == "export":
            return export(options.file, directory)
        return story(directory) if options.command == "story" else replay(options.log, directory)
    except (ValueError, OSError, EOFError, sqlite3.DatabaseError) as error:
        print(f"desk.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
