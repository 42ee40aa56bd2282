"""Constructors and copies of values that are right by construction, compiled for each class at the first call.

Rule 1: these functions validate nothing and convert nothing, so instants must be in UTC already.
Rule 2: these functions are typed, so mypy and pyright find a wrong name and a wrong type. Defaults are used.
Rule 3: a function has a name and, once compiled, a source that tracebacks and debuggers show.

A constructor takes a third of the time of that of attrs, and a copy a tenth of that of ``attrs.evolve``, which
validates every field again; compiling all of them takes a twentieth of the import. ``docs/benchmarks.md`` measures
whole steps.
"""

import linecache
from collections.abc import Callable, Iterable
from datetime import date, datetime
from types import FunctionType
from typing import Any, ParamSpec, Protocol, TypedDict, TypeVar, Unpack, cast

from attrs import NOTHING, Attribute, Factory, fields

from escalation_core.case import BusinessImpact, Case, CaseKind, CaseStatus, CaseType, Priority, Remembered, Risk
from escalation_core.clocks import Breach, Clock, ClockKind
from escalation_core.escalation import (
    CancelReason,
    Cause,
    Consent,
    Escalation,
    EscalationStatus,
    FollowUp,
    FollowUpKind,
    Proposal,
    ProposalStatus,
    SolutionKind,
)
from escalation_core.people import Person, Role
from escalation_core.timing import Terms

P = ParamSpec("P")
T = TypeVar("T")

_KEPT = object()


def maker(kind: Callable[P, T]) -> Callable[P, T]:
    """Return a function that makes values of a frozen, slotted class from keyword arguments.

    Args:
        kind: the class. The default of a field must not be a factory.

    Raises:
        TypeError: a default is a factory.
    """
    cls = cast("Any", kind)
    required: list[str] = []
    defaulted: list[str] = []
    scope: dict[str, Any] = {}
    for attribute in _fields(cls):
        if isinstance(attribute.default, Factory):  # type: ignore[arg-type]  # mypy takes Factory for a function
            raise TypeError(f"{cls.__name__}: must have no factory as a default, got one for {attribute.name}")
        if attribute.default is NOTHING:
            required.append(attribute.name)
        else:
            scope[f"default_{attribute.name}"] = attribute.default
            defaulted.append(f"{attribute.name}=default_{attribute.name}")
    names = [attribute.name for attribute in _fields(cls)]
    arguments = ", ".join([*required, *defaulted])
    made = _compiled(cls, "make", arguments, {name: name for name in names}, scope)
    return cast("Callable[P, T]", made)


def _copier(cls: type[T], *changing: str) -> Callable[..., T]:
    """Return a function that copies a value with the fields ``changing``, or any fields that a call names, changed."""
    names = [attribute.name for attribute in _fields(cls)]
    if changing:
        contents = {name: name if name in changing else f"value.{name}" for name in names}
        return _compiled(cls, "move", "value, /, *, " + ", ".join(changing), contents, {})
    # Not keyword-only: CPython fills the defaults of positional parameters from a tuple, those of others from a dict.
    arguments = "value, /, " + ", ".join(f"{name}=KEPT" for name in names)
    contents = {name: f"value.{name} if {name} is KEPT else {name}" for name in names}
    return _compiled(cls, "copy", arguments, contents, {"KEPT": _KEPT})


def _fields(cls: Any) -> Iterable["Attribute[Any]"]:  # noqa: ANN401  # any attrs class
    return cast("Iterable[Attribute[Any]]", fields(cls))


def _compiled(
    cls: type[T], verb: str, arguments: str, contents: dict[str, str], scope: dict[str, Any]
) -> Callable[..., T]:
    name = f"{verb}_{cls.__name__}"
    body = [f"new.{field} = {content}" for field, content in contents.items()]
    lines = [f"def {name}({arguments}):", "new = create(twin)", *body, "new.__class__ = cls", "return new"]
    scope["__name__"] = __name__  # the module of the function, for tracebacks, debuggers and the measuring of coverage
    first_call = FunctionType(_compile_first.__code__, scope, name)
    scope |= {"cls": cls, "lines": lines, "compiled": _compiled_source, "this": first_call}
    return cast("Callable[..., T]", first_call)


def _compile_first(*arguments: object, **fields: object) -> object:
    # The code of every function here until its first call; the names that it reads are those of its own scope. The code
    # changes last, so that a call of another thread in between finds the defaults of either code.
    this: Any = globals()["this"]
    found = globals()["compiled"](globals())
    this.__defaults__, this.__kwdefaults__ = found.__defaults__, found.__kwdefaults__
    this.__code__ = found.__code__
    return this(*arguments, **fields)


def _compiled_source(scope: dict[str, Any]) -> FunctionType:
    # The fast way into a frozen instance: fill an instance of a twin class, which adds the same slots to the same base
    # and is not frozen, then change its class. Python allows that between classes of one layout.
    cls, lines = scope["cls"], scope["lines"]
    own: dict[str, Any] = {"__slots__": cls.__dict__["__slots__"], "__module__": __name__}
    own |= {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}  # with one of them alone it is slow
    twin: Any = type(cls.__name__, cls.__bases__, own)
    twin.__abstractmethods__ = frozenset()  # no instance keeps this class, so it need not be a complete Mapping
    scope |= {"create": object.__new__, "twin": twin}
    name = scope["this"].__name__
    file, source = f"<escalation_core: {name}>", "\n    ".join(lines) + "\n"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), scope)  # noqa: S102  # the names of our own fields, as attrs itself does it
    return cast("FunctionType", scope[name])


class CaseChanges(TypedDict, total=False):
    """The fields of a case that a fold may change. ``steps.frame`` sets status, version and time."""

    id: str
    customer: str
    requester: Person
    participants: tuple[Person, ...]
    type: CaseType
    impact: BusinessImpact
    kind: CaseKind
    risk: Risk | None
    production: bool
    subject: str
    description: str
    partner: str | None
    related: tuple[str, ...]
    additional_contact: Person | None
    known_bug_due: date | None
    earlier_misuses: int
    tracking_id: str | None
    priority: Priority
    escalation: Escalation | None


class FramedCase(CaseChanges, total=False):
    """All fields of a case."""

    status: CaseStatus
    version: int
    updated_at: datetime | None
    remembered: tuple[Remembered, ...]


class EscalationChanges(TypedDict, total=False):
    """The fields of an escalation that a fold may change. ``steps.frame`` sets the status."""

    started_at: datetime
    stakeholders: tuple[Role, ...]
    owner: Person | None
    acknowledged_at: datetime | None
    proposals: tuple[Proposal, ...]
    real_time: str | None
    cause: Cause | None
    cause_in_production: bool
    cancel_reason: CancelReason | None
    ended_at: datetime | None
    follow_ups: tuple[FollowUp, ...]
    terms: Terms
    level: int
    clocks: tuple[Clock, ...]
    breaches: tuple[Breach, ...]


class FramedEscalation(EscalationChanges, total=False):
    """All fields of an escalation."""

    status: EscalationStatus


class ProposalChanges(TypedDict, total=False):
    """The fields of a proposal."""

    id: str
    summary: str
    kind: SolutionKind
    proposed_at: datetime
    asked: tuple[Role, ...]
    consent: Consent
    closable_at: datetime | None
    approved_by: tuple[Role, ...]
    status: ProposalStatus


class FollowUpChanges(TypedDict, total=False):
    """The fields of a follow-up."""

    kind: FollowUpKind
    due_at: datetime
    held_at: datetime | None
    done_at: datetime | None


class ClockChanges(TypedDict, total=False):
    """The fields of a clock."""

    kind: ClockKind
    due_at: datetime
    remind_at: datetime | None
    postponed: bool


class _CopyCase(Protocol):
    def __call__(self, value: Case, /, **changes: Unpack[FramedCase]) -> Case: ...


class _CopyEscalation(Protocol):
    def __call__(self, value: Escalation, /, **changes: Unpack[FramedEscalation]) -> Escalation: ...


class _CopyProposal(Protocol):
    def __call__(self, value: Proposal, /, **changes: Unpack[ProposalChanges]) -> Proposal: ...


class _CopyFollowUp(Protocol):
    def __call__(self, value: FollowUp, /, **changes: Unpack[FollowUpChanges]) -> FollowUp: ...


class _CopyClock(Protocol):
    def __call__(self, value: Clock, /, **changes: Unpack[ClockChanges]) -> Clock: ...


class _MoveCase(Protocol):
    def __call__(
        self, value: Case, /, *, escalation: Escalation | None, version: int, updated_at: datetime | None
    ) -> Case: ...


copy_case: _CopyCase = _copier(Case)
#: The copy for events of an escalation. It takes half the time of ``copy_case``, since it changes three fields only.
move_case: _MoveCase = _copier(Case, "escalation", "version", "updated_at")
copy_escalation: _CopyEscalation = _copier(Escalation)
copy_proposal: _CopyProposal = _copier(Proposal)
copy_follow_up: _CopyFollowUp = _copier(FollowUp)
copy_clock: _CopyClock = _copier(Clock)
