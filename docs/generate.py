"""Write the process tables, the diagram and the charts, from the tables that the library itself runs on.

Run ``python docs/generate.py`` after changing one of them; a test fails while a document is stale.
"""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from escalation_core import commands, events, lifecycle
from escalation_core.calendars import Calendar
from escalation_core.clocks import DEADLINE, ClockKind
from escalation_core.errors import RefusalCode
from escalation_core.interchange import asyncapi, schemas, statecharts
from escalation_core.notifications.mails import BY_EVENT, BY_TEMPLATE, Audience, Template
from escalation_core.people import Role
from escalation_core.policy import Policy
from escalation_core.timing import CadenceStep, Rung, Timing

DOCS = Path(__file__).parent
PERMISSIONS = Policy().permissions


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Lay rows out as a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def who(command: type[commands.Command]) -> str:
    """Name the roles that may send a command by default."""
    granted = PERMISSIONS.roles_for(command)
    if len(granted) == len(lifecycle_roles()):
        return "every internal role"
    return ", ".join(role.value for role in Role if role in granted)


def lifecycle_roles() -> frozenset[Role]:
    """Give the widest grant there is by default: all internal roles."""
    return PERMISSIONS.add_internal_note


def moves() -> str:
    """Lay out every move of the escalation and of the case."""
    rows = [("`OpenCase`", "–", "case RECEIVED; an emergency STARTED", who(commands.OpenCase), "`CaseOpened`")]
    for title, part in (("case", lifecycle.CASE), ("escalation", lifecycle.ESCALATION)):
        for move in part.moves:
            guard = f" ({move.guard.__name__.replace('_', ' ')})" if move.guard else ""
            sources = ", ".join(source.value for source in move.source)
            dest = "same" if move.dest is None else move.dest.value
            event = f"`{move.event.__name__}`"
            rows.append((f"`{move.command.__name__}`", f"{title} {sources}", dest + guard, who(move.command), event))
    return table(("command", "from", "to", "who by default", "event"), rows)


def audiences() -> str:
    """Lay out what is told to whom about every event."""
    rows: list[tuple[str, ...]] = []
    for event in events.EVENTS:
        told: dict[Audience, list[str]] = {Audience.EXTERNAL: [], Audience.INTERNAL: []}
        for mail in BY_EVENT[event]:
            told[mail.audience].append(f"{mail.template.value} → {mail.recipients.__name__.replace('_', ' ')}")
        cells = ("; ".join(told[audience]) or "–" for audience in Audience)
        rows.append((f"`{event.__name__}`", *cells))
    return table(("event", "customer and partner", "internal"), rows)


def diagram() -> str:
    """Draw the escalation's statuses and the moves between them."""
    return f"```mermaid\n{statecharts.to_mermaid(lifecycle.ESCALATION)}```"


def charts() -> dict[Path, str]:
    """Write both lifecycles in every format, as files for software that runs no Python."""
    formats = {
        "scxml": statecharts.to_scxml,
        "xstate.json": statecharts.to_xstate,
        "mmd": statecharts.to_mermaid,
        "dot": statecharts.to_dot,
    }
    parts: dict[str, lifecycle.Lifecycle[Any]] = {"case": lifecycle.CASE, "escalation": lifecycle.ESCALATION}
    folder = DOCS / "reference/statecharts"
    return {folder / f"{name}.{end}": write(part) for name, part in parts.items() for end, write in formats.items()}


def refusals() -> str:
    """Lay out every code of a refusal with its meaning, as the source states it."""
    source = (DOCS.parent / "src/escalation_core/errors.py").read_text(encoding="utf-8")
    meanings = dict(line.strip().split('"  #: ', 1) for line in source.splitlines() if '"  #: ' in line)
    rows = [(f"`{code}`", meanings[f'{code.name} = "{code}']) for code in RefusalCode]
    return table(("code", "meaning"), rows)


def shown(value: Any) -> str:  # noqa: ANN401  # the default of any field
    """Write the default of a field of ``Timing`` as a person would say it."""
    if isinstance(value, timedelta):
        minutes = value // timedelta(minutes=1)
        return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
    if isinstance(value, Calendar):
        return "around the clock" if value.always else "Monday to Friday, all day, UTC"
    if isinstance(value, Rung):
        return f"{shown(value.after)}: {', '.join(role.value for role in Role if role in value.roles)}"
    if isinstance(value, CadenceStep):
        return f"every {shown(value.every)}"
    if isinstance(value, tuple):
        return "; ".join(map(shown, value)) or "nobody"  # pyright: ignore[reportUnknownArgumentType]
    return {None: "never", False: "no", 1: "1 business day"}.get(value, f"{value} business days")


def timing() -> str:
    """Lay out what ``Timing`` says, field by field, with its default and its meaning, as the source states it."""
    source = (DOCS.parent / "src/escalation_core/timing.py").read_text(encoding="utf-8").split("class Timing:")[1]
    meanings = dict(re.findall(r"\n    (\w+): [^#]*?#: (.*)", source))
    fields = [part.name for part in attrs.fields(Timing) if part.init]
    rows = [(f"`{name}`", shown(getattr(Timing(), name)), meanings[name]) for name in fields]
    return table(("field", "default", "meaning"), rows)


def clocks() -> str:
    """Lay out every promise: where it is read, and what it is."""
    source = (DOCS.parent / "src/escalation_core/clocks.py").read_text(encoding="utf-8")
    meanings = dict(re.findall(r'    (\w+) = "[\w ]+"  #: (.*)', source))
    rows = [(f"`{DEADLINE[kind]}`", f"`{kind.name}`", meanings[kind.name]) for kind in ClockKind]
    return table(("field of `deadlines`", "kind of a breach", "what is promised"), rows)


def templates() -> str:
    """Lay out every template with the fields that its text may use."""
    mails = [BY_TEMPLATE[template] for template in Template]
    rows = [
        (f"`{mail.template.name}`", mail.audience.value, ", ".join(f"`{name}`" for name in mail.own) or "–")
        for mail in mails
    ]
    return table(("template", "audience", "fields beyond those that all have"), rows)


PARTS = {
    "moves": moves,
    "audiences": audiences,
    "diagram": diagram,
    "refusals": refusals,
    "templates": templates,
    "timing": timing,
    "clocks": clocks,
}


def refreshed(text: str) -> str:
    """Give a document with every generated part written anew."""
    for name, part in PARTS.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        if begin in text:
            head, rest = text.split(begin)
            text = head + begin + part() + end + rest.split(end)[1]
    return text


def documents() -> list[Path]:
    """List the documents that may have generated parts."""
    return [DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md"))]


def for_other_languages() -> dict[Path, str]:
    """Write what other software reads, each by its file: schemas, the document of the stream, and charts."""
    plain = {DOCS / "reference/schemas" / name: schema for name, schema in schemas.files().items()}
    plain[DOCS / "reference/asyncapi.json"] = asyncapi.document()
    written = {file: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for file, content in plain.items()}
    return written | charts()


if __name__ == "__main__":
    for file, written in for_other_languages().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written, encoding="utf-8")
    for document in documents():
        document.write_text(refreshed(document.read_text(encoding="utf-8")), encoding="utf-8")
