"""Upcasters: functions that convert the plain data of an earlier version to the next version.

Rule 1: a chain of upcasters leads from every named version to a version that this library reads.
Rule 2: an upcaster gets the unchecked data of a document, and returns new data. It must not change its input.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import Attribute, field, frozen

from escalation_core.checks import must_be
from escalation_core.codec.names import KINDS

_NAME = re.compile(r"[a-z][a-z_.]*/(0|[1-9]\d{0,5})", re.ASCII)


def _type_name(_: object, attribute: "Attribute[Any]", value: str) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(must_be(attribute.name, "the name of a type with a version, such as case/1", value))


def _function(_: object, attribute: "Attribute[Any]", value: Callable[..., object]) -> None:
    if not callable(value):
        raise TypeError(must_be(attribute.name, "a function of plain data", value))


@frozen(kw_only=True)
class Upcaster:
    """A conversion from a version of a type to the next version, or to the type that replaced it."""

    source: str = field(validator=_type_name)
    target: str = field(validator=_type_name)
    function: Callable[[dict[str, Any]], dict[str, Any]] = field(validator=_function)


def chained(upcasters: Iterable[Upcaster]) -> Mapping[str, Upcaster]:
    """Return the upcasters by the version that they read.

    Raises:
        ValueError: two read the same version, one reads a version of the library, or a chain has a gap or a cycle.
    """
    steps: dict[str, Upcaster] = {}
    for step in upcasters:
        if step.source in steps or step.source in KINDS:
            raise ValueError(must_be("upcasters", "one for each version that the library does not read", step.source))
        steps[step.source] = step
    for step in steps.values():
        passed, target = {step.source}, step.target
        while target in steps:
            if target in passed:
                raise ValueError(must_be("upcasters", f"a chain from {step.source} without a cycle", target))
            passed.add(target)
            target = steps[target].target
        if target not in KINDS:
            raise ValueError(
                must_be("upcasters", f"a chain from {step.source} to a version that the library reads", target)
            )
    return steps
