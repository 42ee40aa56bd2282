"""Fields of a newer release, which ``Codec.read`` returns with their places, and ``to_dict`` writes back there.

Rule 1: a member of a list is found again by its id, or by its whole content if it has no id, even if it has moved.
Rule 2: a field whose place no longer exists is dropped.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any, get_args

from attrs import evolve, fields, frozen, has

from escalation_core.codec.fields import GRANTABLE, stored_fields
from escalation_core.codec.plain import as_list, as_object
from escalation_core.people import Role
from escalation_core.policy import Permissions

Path = tuple[str | int, ...]


@frozen(kw_only=True)
class Unknown:
    """One field of a newer release."""

    path: Path  #: The path from the data: names of fields, and indexes in lists.
    value: Any  #: Plain data.
    members: tuple[Any, ...] = ()  #: The known content of each member of a list on the path, as plain data.


def parted(data: Any, kind: Any, path: Path = ()) -> tuple[Any, tuple[Unknown, ...]]:  # noqa: ANN401  # plain data, any annotation
    """Return plain data without unknown fields, and the unknown fields."""
    listed, named = as_list(data), as_object(data)
    if listed is not None:
        return _parted_list(listed, next(iter(get_args(kind)), None), path)
    types = {} if named is None else _types(named, kind)
    if not types or named is None:
        return data, ()
    known: dict[str, Any] = {}
    unknown: list[Unknown] = []
    for name, value in named.items():
        if name in types:
            known[name], rest = parted(value, types[name], (*path, name))
            unknown += rest
        else:
            unknown.append(Unknown(path=(*path, name), value=value))
    return known, tuple(unknown)


def _parted_list(listed: list[Any], kind: Any, path: Path) -> tuple[list[Any], tuple[Unknown, ...]]:  # noqa: ANN401  # any annotation
    parts = [parted(member, kind, (*path, n)) for n, member in enumerate(listed)]
    unknown = (evolve(one, members=(known, *one.members)) for known, found in parts for one in found)
    return [known for known, _ in parts], tuple(unknown)


def _types(named: dict[str, Any], kind: Any) -> dict[str, Any]:  # noqa: ANN401  # any annotation
    """Return the type of each field of an object; nothing for an object without fields."""
    if kind is Permissions:
        return dict.fromkeys(GRANTABLE, frozenset[Role])
    found = next((one for one in (kind, *get_args(kind)) if has(one)), None)
    if found is None:
        return {}
    if get_args(kind) and named.keys() == {"person"}:
        return {"person": found}
    return {part.name: part.type for part in fields(found) if part.name in stored_fields(found)}


def merged(data: dict[str, Any], unknown: Iterable[Unknown]) -> dict[str, Any]:
    """Return plain data with the unknown fields in their places."""
    for one in unknown:
        place: object = data
        members = iter(one.members)
        for step in one.path[:-1]:
            if isinstance(step, int):
                member = _identity(next(members))
                listed = as_list(place) or []
                others = chain(listed[step : step + 1], listed)  # usually, it is in its old place
                place = next((other for other in others if _identity(other) == member), None)
            else:
                place = (as_object(place) or {}).get(step)
        named = as_object(place)
        if named is not None:
            named[str(one.path[-1])] = one.value
    return data


def _identity(member: object) -> object:
    return (as_object(member) or {}).get("id", member)
