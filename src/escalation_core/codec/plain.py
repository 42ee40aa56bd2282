"""Plain data, recognized by its exact type: JSON yields no subclasses."""

from typing import Any, cast


def as_object(value: object) -> dict[str, Any] | None:
    """Return a value that is an object of JSON, or None."""
    return cast("dict[str, Any]", value) if type(value) is dict else None


def as_list(value: Any) -> list[Any] | None:  # noqa: ANN401  # plain data
    """Return a value that is a list, or None."""
    return cast("list[Any]", value) if type(value) is list else None  # type: ignore[redundant-cast]  # not for pyright
