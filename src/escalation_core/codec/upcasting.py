"""How documents of earlier versions become those of today: functions from one version to the next, on plain data.

Rule 1: a chain leads from every version that is named to one that this library reads; nothing else is accepted.
Rule 2: an upcaster sees the data of the document, unread, and gives new data; it may not change what it was given.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import Attribute, field, frozen

from escalation_core.codec.names import KINDS
from escalation_core.values import must_be

_NAME = re.compile(r"[a-z][a-z_.]*/(0|[1-9]\d{0,5})", re.ASCII)


def _type_name(_: object, attribute: "Attribute[Any]", value: str) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(must_be(attribute.name, "a type's name with its version, such as case/1", value))


def _function(_: object, attribute: "Attribute[Any]", value: Callable[..., object]) -> None:
    if not callable(value):
        raise TypeError(must_be(attribute.name, "a function of plain data", value))


@frozen(kw_only=True)
class Upcaster:
    """One step from a version of a type to the next, or to the type that took its place."""

    source: str = field(validator=_type_name)
    target: str = field(validator=_type_name)
    function: Callable[[dict[str, Any]], dict[str, Any]] = field(validator=_function)


def chained(upcasters: Iterable[Upcaster]) -> Mapping[str, Upcaster]:
    """Index upcasters by what they read.

    Raises:
        ValueError: two read the same, one reads what the library itself reads, or a chain has a gap or goes round.
    """
    steps: dict[str, Upcaster] = {}
    for step in upcasters:
        if step.source in steps or step.source in KINDS:
            raise ValueError(must_be("upcasters", "one for each version that is not read as it is", step.source))
        steps[step.source] = step
    for step in steps.values():
        passed, target = {step.source}, step.target
        while target in steps:
            if target in passed:
                raise ValueError(must_be("upcasters", f"a way on from {step.source}, and not round", target))
            passed.add(target)
            target = steps[target].target
        if target not in KINDS:
            raise ValueError(must_be("upcasters", f"a way from {step.source} to a version that is read", target))
    return steps
