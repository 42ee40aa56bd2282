"""Generate the tables and diagrams of the pages, and the files for other languages, from the library's own tables.

Run ``python docs/generate.py`` after a change of a table. A test fails while a generated part is out of date.

Rule 1: a part of a page is generated between ``<!-- name -->`` and ``<!-- end of name -->``.
Rule 2: the meaning of a field or a member is the ``#:`` comment of its source line. It is written nowhere else.
"""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

import escalation_core as ec
from escalation_core import commands
from escalation_core.calendars import Calendar
from escalation_core.clocks import DEADLINE
from escalation_core.interchange import asyncapi, schemas, statecharts
from escalation_core.notifications.mails import BY_EVENT, BY_TEMPLATE, Audience
from escalation_core.people import INTERNAL_ROLES
from escalation_core.table import EVENTS

DOCS = Path(__file__).parent
ROOT = DOCS.parent
LIFECYCLES: dict[str, ec.Lifecycle[Any]] = {"case": ec.CASE, "escalation": ec.ESCALATION}


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def source_of(module: str) -> str:
    """Return the source text of a module of the library."""
    return (ROOT / f"src/escalation_core/{module}.py").read_text(encoding="utf-8")


def roles_of(command: type[commands.Command]) -> str:
    """Return the roles that may send a command by default, as one text."""
    granted = ec.Policy().permissions.roles_for(command)
    if set(granted) == set(INTERNAL_ROLES):
        return "every internal role"
    return ", ".join(role.value for role in granted)


def moves() -> str:
    """Return the table of all moves of the case and of the escalation."""
    rows = [("`OpenCase`", "–", "case RECEIVED; an emergency STARTED", roles_of(commands.OpenCase), "`CaseOpened`")]
    for title, lifecycle in LIFECYCLES.items():
        for move in lifecycle.moves:
            guard = f" ({move.guard.__name__.replace('_', ' ')})" if move.guard else ""
            sources = ", ".join(source.value for source in move.source)
            target = "same" if move.dest is None else move.dest.value
            cells = (f"`{move.command.__name__}`", f"{title} {sources}", target + guard, roles_of(move.command))
            rows.append((*cells, f"`{move.event.__name__}`"))
    return table(("command", "from", "to", "who by default", "event"), rows)


def audiences() -> str:
    """Return the table of all events with their templates and recipients."""
    rows: list[tuple[str, ...]] = []
    for event in EVENTS:
        found: dict[Audience, list[str]] = {audience: [] for audience in Audience}
        for mail in BY_EVENT[event]:
            found[mail.audience].append(f"{mail.template} → {mail.recipients.__name__.replace('_', ' ')}")
        cells = ("; ".join(found[audience]) or "–" for audience in Audience)
        rows.append((f"`{event.__name__}`", *cells))
    return table(("event", "customer and partner", "internal"), rows)


def diagram() -> str:
    """Return the diagram of the statuses of an escalation."""
    return f"```mermaid\n{statecharts.to_mermaid(ec.ESCALATION)}```"


def refusals() -> str:
    """Return the table of all refusal codes with their meanings."""
    meanings = dict(re.findall(r'\n    \w+ = "(\w+)"  #: (.*)', source_of("errors")))
    return table(("code", "meaning"), [(f"`{code}`", meanings[code]) for code in ec.RefusalCode])


def templates() -> str:
    """Return the table of all templates with the fields that their texts may use."""
    mails = [BY_TEMPLATE[template] for template in ec.Template]
    rows = [(f"`{m.template.name}`", m.audience, ", ".join(f"`{name}`" for name in m.own) or "–") for m in mails]
    return table(("template", "audience", "fields beyond those of every template"), rows)


def clocks() -> str:
    """Return the table of all kinds of deadlines with their meanings."""
    meanings = dict(re.findall(r'\n    (\w+) = "[\w ]+"  #: (.*)', source_of("clocks")))
    rows = [(f"`{DEADLINE[kind]}`", f"`{kind.name}`", meanings[kind.name]) for kind in ec.ClockKind]
    return table(("field of `deadlines`", "kind of a breach", "meaning"), rows)


def timing() -> str:
    """Return the table of all fields of ``Timing`` with their defaults and meanings."""
    source = re.split(r"\nclass Timing\b", source_of("timing"))[1]
    meanings = dict(re.findall(r"\n    (\w+): [^#]*?#: (.*)", source))
    names = [part.name for part in attrs.fields(ec.Timing) if part.init]
    rows = [(f"`{name}`", default(getattr(ec.Timing(), name)), meanings[name]) for name in names]
    return table(("field", "default", "meaning"), rows)


def default(value: Any) -> str:  # noqa: ANN401  # the default of any field
    """Return the default of a field of ``Timing`` in words."""
    if isinstance(value, timedelta):
        minutes = value // timedelta(minutes=1)
        return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
    if isinstance(value, Calendar):
        return "around the clock" if value.always else "Monday to Friday, all day, UTC"
    if isinstance(value, ec.Rung):
        return f"{default(value.after)}: {', '.join(role.value for role in ec.Role if role in value.roles)}"
    if isinstance(value, ec.CadenceStep):
        return f"every {default(value.every)}"
    if isinstance(value, tuple):
        return "; ".join(map(default, value)) or "nobody"  # pyright: ignore[reportUnknownArgumentType]
    return {None: "never", False: "no", 1: "1 business day"}.get(value, f"{value} business days")


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
    """Return a page with every generated part written anew."""
    for name, part in PARTS.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        if begin in text:
            head, rest = text.split(begin)
            text = head + begin + part() + end + rest.split(end)[1]
    return text


def pages() -> list[Path]:
    """Return the pages that may have generated parts."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def charts() -> dict[Path, str]:
    """Return both lifecycles in every chart format, by file."""
    formats = {
        "scxml": statecharts.to_scxml,
        "xstate.json": statecharts.to_xstate,
        "mmd": statecharts.to_mermaid,
        "dot": statecharts.to_dot,
    }
    folder = DOCS / "reference/statecharts"
    return {folder / f"{name}.{end}": to(part) for name, part in LIFECYCLES.items() for end, to in formats.items()}


def for_other_languages() -> dict[Path, str]:
    """Return the content of every generated file: JSON Schemas, the AsyncAPI document and the charts."""
    documents = {DOCS / "reference/schemas" / name: schema for name, schema in schemas.files().items()}
    documents[DOCS / "reference/asyncapi.json"] = asyncapi.document()
    texts = {file: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for file, content in documents.items()}
    return texts | charts()


def main() -> None:
    """Write every generated file and every page with generated parts."""
    for file, text in for_other_languages().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for page in pages():
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
