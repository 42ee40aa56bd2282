"""Values: their base class, their class decorator, and the checks that follow from annotations.

Rule 1: a field has its type in one place. The check, and the conversion of instants to UTC, follow from the annotation.
A field with another annotation must have its own validator, or its class cannot be defined.
Rule 2: nothing else is coerced.
Rule 3: this module contains nothing about support cases.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, Union, cast, get_args, get_origin

from attrs import Attribute, define
from attrs.validators import and_, optional

from escalation_core.checks import (
    Identifier,
    Validator,
    a,
    any_text,
    day_or_instant,
    frozenset_of,
    identifiers,
    in_utc,
    instant,
    must_be,
    text_unless_another,
    tuple_of,
    whole_number,
)

if TYPE_CHECKING:
    from attrs import frozen as frozen  # noqa: PLC0414  # type checkers know its fields, copies and converters

T = TypeVar("T")


class Value:
    """The base of every value: equality, hash, text form and pickling by field, defined once for all classes.

    attrs would compile these methods for each of about ninety classes, which takes a third of the import. A value has
    no subclasses outside the library, since copies, folds and the codec return the library's own class.
    """

    __slots__ = ()
    __compared__: ClassVar[Callable[[Any], object]]
    __shown__: ClassVar[tuple[str, ...]]
    __kept__: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        """Raise an error for a subclass outside this package.

        Raises:
            TypeError: the class is defined in a module of a host.
        """
        if cls.__module__.partition(".")[0] != __name__.partition(".")[0]:
            base = cls.__bases__[0].__name__
            message = f"{cls.__qualname__}: {base} cannot be subclassed, since every step returns the base class"
            raise TypeError(f"{message}; keep data of your own beside it")

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        compared = self.__class__.__compared__
        return compared(self) == compared(other)

    def __hash__(self) -> int:
        return hash(self.__class__.__compared__(self))

    def __repr__(self) -> str:
        contents = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__shown__)
        return f"{self.__class__.__qualname__}({contents})"

    def __getstate__(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__kept__)

    def __setstate__(self, state: tuple[object, ...]) -> None:
        for name, content in zip(self.__kept__, state, strict=True):
            object.__setattr__(self, name, content)


def _checked(_: type, attributes: list["Attribute[Any]"]) -> list["Attribute[Any]"]:
    """Return the fields of a class with the checks and converters of their annotations, for attrs."""
    for attribute in attributes:
        if attribute.init and not getattr(attribute, "inherited", False):
            _derive(attribute)
    return attributes


def _derive(attribute: "Attribute[Any]") -> None:
    """Set the check, the converter and the bare type of a field, all from its annotation."""
    annotation: Any = attribute.type
    known, bare, converter, is_optional = _derived(annotation)
    own = attribute.validator
    if known is None and own is None:
        raise TypeError(must_be(attribute.name, "of a type with a known check, or have a validator", annotation))
    if own is not None:
        both = own if known is None else and_(known, own)
        known = optional(both) if is_optional else both
    elif is_optional:
        known = _or_none(known)
    # In place, since copies by ``Attribute.evolve`` take a tenth of the import. Nothing else has these attributes yet.
    object.__setattr__(attribute, "validator", known)
    object.__setattr__(attribute, "type", bare)
    if converter is not None and cast("Any", attribute).converter is None:
        object.__setattr__(attribute, "converter", converter)


@cache
def _or_none(check: Validator) -> Validator:
    return optional(check)


@cache
def _derived(annotation: Any) -> tuple[Validator | None, Any, Callable[[Any], Any] | None, bool]:  # noqa: ANN401
    """Return the check of an annotation, its type without checks, its converter, and whether None is valid.

    The results are cached, since there are about forty annotations, and ``typing`` is slow.
    """
    kinds: tuple[Any, ...] = get_args(annotation) if _is_union(annotation) else (annotation,)
    wanted = tuple(kind for kind in kinds if kind is not NoneType)
    check = _check_of(wanted[0]) if len(wanted) == 1 else and_(a(*wanted), text_unless_another)
    converter = in_utc if wanted[0] in (datetime, date) else None
    return check, _bare(annotation), converter, len(kinds) > len(wanted)


#: Checks of annotations, in place of ``isinstance``.
_CHECKS: dict[object, Validator] = {
    str: any_text,
    int: whole_number,
    datetime: instant,
    date: day_or_instant,
    tuple[Identifier, ...]: identifiers,
}


def _check_of(kind: Any) -> Validator | None:  # noqa: ANN401  # any annotation
    """Return the check of an annotation; None for one that says too little."""
    origin = get_origin(kind)
    if origin is Annotated:
        return cast("Validator", kind.__metadata__[0])
    if kind in _CHECKS:
        return _CHECKS[kind]
    if origin is tuple:
        member: Any = get_args(kind)[0]
        member = tuple if get_origin(member) is tuple else member
        return tuple_of(member) if isinstance(member, type) else None
    if origin is frozenset:
        return frozenset_of(get_args(kind)[0])
    kind = type if origin is type else kind
    return a(kind) if isinstance(kind, type) else None


def _is_union(kind: object) -> bool:
    return get_origin(kind) in (UnionType, Union)  # an annotated type and None make the older one


def _bare(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    """Return an annotation without the names of checks, for readers of the fields: the codec and the schemas."""
    if get_origin(kind) is Annotated:
        return get_args(kind)[0]
    if _is_union(kind):
        first, *others = map(_bare, get_args(kind))
        for other in others:
            first |= other
        return first
    return tuple[str, ...] if kind == tuple[Identifier, ...] else kind


if not TYPE_CHECKING:

    def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]:
        """Return a decorator that makes a subclass of ``Value`` a frozen, slotted attrs class.

        Type checkers see ``attrs.frozen`` instead.
        """

        def define_value(cls: type[T]) -> type[T]:
            made = define(
                cls,
                frozen=True,
                kw_only=kw_only,
                weakref_slot=False,
                eq=False,
                order=False,
                repr=False,
                match_args=False,
                getstate_setstate=False,
                field_transformer=_checked,
            )
            made.__attrs_types_resolved__ = made  # so that ``attrs.resolve_types`` leaves the bare types alone
            attributes = made.__attrs_attrs__
            made.__compared__ = attrgetter(*[one.name for one in attributes if one.eq])
            made.__shown__ = tuple(one.name for one in attributes if one.repr)
            made.__kept__ = tuple(one.name for one in attributes)
            return made

        return define_value
