"""What a tolerant reader does not know: kept aside with its place, and written back there."""

from collections.abc import Iterable
from typing import Any, get_args

from attrs import fields, frozen, has

from escalation_core.codec.converter import stored_fields
from escalation_core.codec.plain import as_list, as_object

Path = tuple[str | int, ...]


@frozen(kw_only=True)
class Unknown:
    """One field that a newer release wrote."""

    path: Path  #: From the data on: names of fields, and places in lists.
    value: Any  #: Plain data, as it was.


def parted(data: Any, kind: Any, path: Path = ()) -> tuple[Any, tuple[Unknown, ...]]:  # noqa: ANN401  # plain data, any annotation
    """Part plain data of a class into what it knows, and the rest."""
    listed, named = as_list(data), as_object(data)
    if listed is not None:
        members = [parted(member, _member_kind(kind), (*path, n)) for n, member in enumerate(listed)]
        return [known for known, _ in members], tuple(one for _, found in members for one in found)
    found = next((one for one in (kind, *get_args(kind)) if has(one)), None)
    if found is None or named is None:
        return data, ()
    known: dict[str, Any] = {}
    unknown: list[Unknown] = []
    types = {field.name: field.type for field in fields(found)}
    tagged = get_args(kind) and "person" in named and len(named) == 1
    for name, value in named.items():
        if tagged:
            known[name], rest = parted(value, found, (*path, name))
        elif name in stored_fields(found):
            known[name], rest = parted(value, types[name], (*path, name))
        else:
            rest = (Unknown(path=(*path, name), value=value),)
        unknown += rest
    return known, tuple(unknown)


def _member_kind(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    return next(iter(get_args(kind)), None)


def merged(data: dict[str, Any], unknown: Iterable[Unknown]) -> dict[str, Any]:
    """Give plain data with what was kept aside in its place; where that place is gone, it is gone too."""
    for one in unknown:
        place: object = data
        for step in one.path[:-1]:
            named, listed = as_object(place), as_list(place)
            if isinstance(step, int):
                place = listed[step] if listed is not None and step < len(listed) else None
            else:
                place = named.get(step) if named is not None else None
        named = as_object(place)
        if named is not None:
            named[str(one.path[-1])] = one.value
    return data
