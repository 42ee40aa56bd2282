"""Texts: the subject and body of each mail in each language. A host can replace each text.

Rule 1: a text uses only the fields of its mail, and ``to``, the name of the reader. Any other field is refused.
Rule 2: a body omits each paragraph that uses a field without a value. A subject uses no field that may be None.
Rule 3: values are inserted into a text, and are never read as a format string.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import Any

from attrs import Attribute, field

from escalation_core.checks import Identifier, must_be
from escalation_core.checks import Text as Words
from escalation_core.notifications.fields import Content
from escalation_core.notifications.mails import BY_TEMPLATE, INSTANTS, OPTIONAL, Template
from escalation_core.values import Value, frozen

FALLBACK = "en"  #: The language of a reader whose own language has no text.
_BLANK_LINE = "\n\n"
_SAMPLE = datetime(2026, 1, 1, tzinfo=UTC)


def _used(words: str) -> tuple[tuple[str, str], ...]:
    """Return the fields that a text uses, each with its format."""
    return tuple((name, spec or "") for _, name, spec, _ in Formatter().parse(words) if name is not None)


def _fits(instance: "Text", attribute: "Attribute[Any]", value: str) -> None:
    names = ("to", *BY_TEMPLATE[instance.template].fields)
    offered = [name for name in names if attribute.name == "body" or name not in OPTIONAL]
    what = f"text with fields of {instance.template.name}: {', '.join(offered)}"
    try:
        parsed = [field for paragraph in value.split(_BLANK_LINE) for field in _used(paragraph)]
        value.format_map({name: _SAMPLE if name in INSTANTS else "" for name in offered})
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(must_be(attribute.name, what, value)) from error
    for name, spec in parsed:
        if name not in offered or "{" in spec:
            raise ValueError(must_be(attribute.name, what, name + spec))


@frozen(kw_only=True)
class Text(Value):
    """The subject and body of one mail in one language, with ``str.format`` fields such as ``{case_id}``.

    A blank line separates paragraphs. A paragraph that uses a field without a value is omitted.

    Raises:
        ValueError: the subject or body uses a field that the mail does not have, or is not a format string.
    """

    template: Template
    locale: Identifier = FALLBACK  #: BCP 47 language tag.
    subject: Words = field(validator=_fits)
    body: Words = field(validator=_fits)
    _paragraphs: tuple[tuple[str, tuple[str, ...]], ...] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        paragraphs = tuple((words, tuple(name for name, _ in _used(words))) for words in self.body.split(_BLANK_LINE))
        object.__setattr__(self, "_paragraphs", paragraphs)

    def fill(self, values: Mapping[str, Content]) -> tuple[str, str]:
        """Return the subject, as one line, and the body, with these values in place of the fields."""
        kept = [words for words, names in self._paragraphs if all(values[name] is not None for name in names)]
        return " ".join(self.subject.format_map(values).split()), _BLANK_LINE.join(kept).format_map(values)


def _indexed(texts: Iterable[Text]) -> dict[tuple[str, Template], Text]:
    return {(text.locale.lower(), text.template): text for text in texts}


@frozen(kw_only=True)
class Catalog(Value):
    """All texts of a host, with an English text for every template.

    Raises:
        ValueError: a template has no English text, or two texts in one language.
    """

    texts: tuple[Text, ...]
    _index: dict[tuple[str, Template], Text] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_index", _indexed(self.texts))
        if len(self._index) < len(self.texts):
            raise ValueError("texts: must be one per template and locale, got two of one")
        missing = [template.name for template in Template if (FALLBACK, template) not in self._index]
        if missing:
            raise ValueError(must_be("texts", "complete in English", missing))

    def replacing(self, texts: Iterable[Text]) -> "Catalog":
        """Return a catalog with these texts. Each replaces the text of the same template and locale."""
        return Catalog(texts=tuple({**self._index, **_indexed(texts)}.values()))

    def find(self, template: Template, locale: str) -> Text:
        """Return the text for a reader's locale. For ``de-AT``, it is the text in ``de-AT``, or ``de``, or English."""
        tag = locale.lower()
        while tag:
            text = self._index.get((tag, template))
            if text is not None:
                return text
            tag = tag.rpartition("-")[0]
        return self._index[FALLBACK, template]
