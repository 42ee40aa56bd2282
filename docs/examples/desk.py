"""A small help desk around ``escalation_core``, on the standard library.

Run ``desk.py story`` to see a case from its opening to its end, or ``desk.py replay LOG.csv.gz`` to see what the
process makes of a real ServiceNow log. ``desk.py verify FILE`` reads a desk's database and says what is damaged.
``desk.py export FILE --dir DIR`` writes what happened in a desk for process mining.
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
    """Run one of the commands, and give the exit status."""
    parser = argparse.ArgumentParser(prog="desk.py", description="A small help desk around escalation_core.")
    subparsers = parser.add_subparsers(dest="command", required=True)
    tell = subparsers.add_parser("story", help="play the story of Customer A")
    run = subparsers.add_parser("replay", help="run a ServiceNow incident log (UCI 498) through the desk")
    run.add_argument("log", type=Path, help="a gzipped CSV file")
    check = subparsers.add_parser("verify", help="read the whole database of a desk, and say what is damaged")
    check.add_argument("database", type=Path, help="a desk's database, or a copy of one")
    for subparser in (tell, run):
        subparser.add_argument("--dir", type=Path, help="a new directory for the desk; a temporary one if not given")
    mine = subparsers.add_parser("export", help="write the histories of a desk for process mining")
    mine.add_argument(
        "file", type=Path, help="to be written: XES where it ends in .xes, OCEL 2.0 in .json or .jsonocel"
    )
    mine.add_argument("--dir", type=Path, required=True, help="the directory of the desk")
    options = parser.parse_args(arguments)
    if options.command == "verify":
        try:
            return verify(options.database)
        except sqlite3.DatabaseError as error:
            print(f"desk.py: {options.database} is no database of a desk: {error}", file=sys.stderr)
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
