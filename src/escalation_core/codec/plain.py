"""Plain data, told apart by its exact type: subclasses are nothing that JSON gives."""

from typing import Any, cast


def as_object(value: object) -> dict[str, Any] | None:
    """Give an object, or None for anything else."""
    return cast("dict[str, Any]", value) if type(value) is dict else None


def as_list(value: Any) -> list[Any] | None:  # noqa: ANN401  # plain data
    """Give a list, or None for anything else."""
    return cast("list[Any]", value) if type(value) is list else None  # type: ignore[redundant-cast]  # not for pyright
