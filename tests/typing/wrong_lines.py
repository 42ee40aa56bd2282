"""Compare the errors in pyright's JSON output, read from standard input, with the lines marked as wrong.

``pyright --project tests/typing --outputjson | python tests/typing/wrong_lines.py``
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent

found = {
    (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
    for one in json.load(sys.stdin)["generalDiagnostics"]
    if one["severity"] == "error"
}
marked = {
    (page.name, number)
    for page in HERE.glob("*.py")
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# wrong")
}
for name, number in sorted(found - marked):
    print(f"{name}:{number}: pyright finds an error in a line without a mark")
for name, number in sorted(marked - found):
    print(f"{name}:{number}: pyright finds no error in a line that is marked as wrong")
sys.exit(found != marked)
