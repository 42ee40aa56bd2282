"""A notification in words: readable templates, which a host can replace one by one, in any language.

Rule 1: a text uses only what its template offers, and ``to``, the name of the reader; it is refused otherwise.
Rule 2: the reader's locale chooses the text; where there is none in it, English is used.
Rule 3: a paragraph that uses a field without a value is left out; a subject uses none that may have no value.
Rule 4: what people wrote is put into a text, never read as one: not as a format, and not as control characters, which
move a cursor, or turn round what stands beside them.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import Any

from attrs import Attribute, field, frozen

from escalation_core.notifications.model import INSTANTS, OPTIONAL, Message, Notification, Template, Value, call
from escalation_core.people import Person
from escalation_core.values import a, identifier, must_be, text, tuple_of

_FALLBACK = "en"


#: Control characters other than line break and tab, and those that embed, override or isolate a direction of writing.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def without_controls(words: str) -> str:
    """Give a text as it may stand between others. Marks of direction and joiners stay: writing needs them."""
    return _CONTROLS.sub("", words)


def _used(words: str) -> tuple[tuple[str, str], ...]:
    """Give the fields that a text uses, each with its format."""
    return tuple((name, spec or "") for _, name, spec, _ in Formatter().parse(words) if name is not None)


def _fits(instance: "Text", attribute: "Attribute[Any]", value: str) -> None:
    offered = [name for name in ("to", *instance.template.offers) if attribute.name == "body" or name not in OPTIONAL]
    what = f"text with fields of {instance.template.name}: {', '.join(offered)}"
    try:
        parsed = [field for paragraph in value.split(_BLANK_LINE) for field in _used(paragraph)]
        value.format_map({name: _SAMPLE if name in INSTANTS else "" for name in offered})
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(must_be(attribute.name, what, value)) from error
    for name, spec in parsed:
        if name not in offered or "{" in spec:
            raise ValueError(must_be(attribute.name, what, name + spec))


_BLANK_LINE = "\n\n"
_SAMPLE = datetime(2026, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Text:
    """The words of one template in one language, with ``str.format`` fields such as ``{case_id}``.

    Paragraphs stand apart by a blank line; one that uses a field that has no value now is left out.

    Raises:
        ValueError: it uses a field that the template does not offer, or is no format string.
    """

    template: Template = field(validator=a(Template))
    locale: str = field(default=_FALLBACK, validator=identifier)  #: BCP 47 language tag.
    subject: str = field(validator=[text, _fits])
    body: str = field(validator=[text, _fits])
    _paragraphs: tuple[tuple[str, tuple[str, ...]], ...] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        paragraphs = tuple((words, tuple(name for name, _ in _used(words))) for words in self.body.split(_BLANK_LINE))
        object.__setattr__(self, "_paragraphs", paragraphs)

    def fill(self, values: Mapping[str, Value]) -> tuple[str, str]:
        """Give subject and body with these values in them."""
        told = [words for words, names in self._paragraphs if all(values[name] is not None for name in names)]
        return " ".join(self.subject.format_map(values).split()), _BLANK_LINE.join(told).format_map(values)


def _indexed(texts: Iterable[Text]) -> dict[tuple[str, Template], Text]:
    return {(text.locale.lower(), text.template): text for text in texts}


@frozen(kw_only=True)
class Catalog:
    """All texts that a host has; every template has one in English.

    Raises:
        ValueError: a template has no English text, or two in one language.
    """

    texts: tuple[Text, ...] = field(validator=tuple_of(Text))
    _index: dict[tuple[str, Template], Text] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_index", _indexed(self.texts))
        if len(self._index) < len(self.texts):
            raise ValueError("texts: must be one per template and locale, got two of one")
        missing = [template.name for template in Template if (_FALLBACK, template) not in self._index]
        if missing:
            raise ValueError(must_be("texts", "complete in English", missing))

    def replacing(self, texts: Iterable[Text]) -> "Catalog":
        """Give a catalog with these texts added, each in the place of one for the same template and locale."""
        return Catalog(texts=tuple({**self._index, **_indexed(texts)}.values()))

    def find(self, template: Template, locale: str) -> Text:
        """Give the text for a reader: in ``de-AT``, else in ``de``, else in English."""
        tag = locale.lower()
        while tag:
            text = self._index.get((tag, template))
            if text is not None:
                return text
            tag = tag.rpartition("-")[0]
        return self._index[_FALLBACK, template]


def render(notification: Notification, catalog: Catalog | None = None) -> Message:
    """Write a notification as a one-line subject and a plain-text body, in the reader's language.

    Args:
        notification: what to write.
        catalog: the host's texts; ``ENGLISH`` where none are given.
    """
    if catalog is None:
        from escalation_core.notifications.english import ENGLISH  # noqa: PLC0415  # hosts with texts of their own do without

        catalog = ENGLISH
    to = notification.to
    locale, name = (to.locale, call(to)) if isinstance(to, Person) else (_FALLBACK, f"{to.value} team")
    text = catalog.find(notification.template, locale)
    values = {**notification.data, "to": name}
    told = {field: without_controls(value) if isinstance(value, str) else value for field, value in values.items()}
    subject, body = text.fill(told)
    return Message(subject=subject, body=body, notification=notification)
