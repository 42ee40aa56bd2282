"""A small help desk around ``escalation_core``, on the standard library.

Run ``desk.py story`` to see a case from its opening to its end, or ``desk.py replay LOG.csv.gz`` to see what the
process makes of a real ServiceNow log. ``desk.py verify FILE`` reads a desk's database and says what is damaged.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from host import Desk
from replay import replay
from story import story


def verify(database: Path) -> int:
    """Replay every case of a database, compare it with its state, and print what is damaged; 1 where something is."""
    with Desk(database.parent) as desk:
        damages = 0
        for damage in desk.damages():
            damages += 1
            print(damage)
        print(
            f"{desk.count('cases')} cases, {desk.count('events')} events, {desk.count('outbox')} notifications: ",
            end="",
        )
        print(f"{damages} damages" if damages else "all as they were written")
    return 1 if damages else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands, and give the exit status."""
    parser = argparse.ArgumentParser(prog="desk.py", description="A small help desk around escalation_core.")
    subparsers = parser.add_subparsers(dest="command", required=True)
    tell = subparsers.add_parser("story", help="play the story of Customer A")
    run = subparsers.add_parser("replay", help="run a ServiceNow incident log (UCI 498) through the desk")
    run.add_argument("log", type=Path, help="a gzipped CSV file")
    check = subparsers.add_parser("verify", help="read the whole database of a desk, and say what is damaged")
    check.add_argument("database", type=Path, help="desk.sqlite of a desk's directory")
    for subparser in (tell, run):
        subparser.add_argument("--dir", type=Path, help="a new directory for the desk; a temporary one if not given")
    options = parser.parse_args(arguments)
    if options.command == "verify":
        return verify(options.database) if options.database.is_file() else parser.error(f"no file: {options.database}")
    directory = Path(tempfile.mkdtemp(prefix="desk-")) if options.dir is None else options.dir
    if (directory / "desk.sqlite").exists():
        parser.error(f"--dir: must be a directory without a desk, got {directory}")
    try:
        return story(directory) if options.command == "story" else replay(options.log, directory)
    except (ValueError, OSError, EOFError) as error:
        print(f"desk.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
