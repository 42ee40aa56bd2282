"""A policy: the host's choice of roles, audiences, consent, timing, and signs of misuse.

Rule 1: a policy is one frozen value of small parts; the defaults are the documented process.
Rule 2: ``attrs.evolve`` copies a policy with changes. A policy under which the process could not end is an error.
Rule 3: a policy can restrict who makes a move, and add refusals. It can never add a move or remove a rule.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from attrs import Attribute, field

from escalation_core.case import Case, CaseKind, CaseType, Priority, Risk
from escalation_core.checks import Identifier, Text, must_be, shown
from escalation_core.commands import Command
from escalation_core.errors import Refusal
from escalation_core.escalation import Consent
from escalation_core.people import INTERNAL_ROLES, Role
from escalation_core.table import ENTRIES, TABLE
from escalation_core.timing import InternalRoles, Terms, Timing
from escalation_core.values import Value, frozen

#: A host's own rule: a pure function that returns the refusals that it adds, or ``()``. ``options`` calls it with the
#: commands that need no field but ``by``.
Rule = Callable[[Case, Command, datetime], tuple[Refusal, ...]]


def _copied(granted: Mapping[type[Command], frozenset[Role]]) -> Mapping[type[Command], frozenset[Role]]:
    """Return a copy of a mapping, since its owner may change it. The validator refuses anything else."""
    return dict(granted) if isinstance(granted, Mapping) else granted


def _possible(_: object, attribute: "Attribute[Any]", granted: Mapping[type[Command], frozenset[Role]]) -> None:
    if not isinstance(granted, Mapping):
        raise TypeError(must_be(attribute.name, "a mapping of command classes to sets of roles", granted))
    for command, roles in granted.items():
        entry = ENTRIES.get(command)
        if entry is None:
            raise TypeError(must_be(attribute.name, "a mapping of command classes to sets of roles", command))
        name = f"{attribute.name}[{command.__name__}]"
        if type(roles) is not frozenset or not all(isinstance(role, Role) for role in roles):
            raise TypeError(must_be(name, "a frozenset of Role", roles))
        if not entry.within:
            raise ValueError(must_be(name, "left out: a vote belongs to the sides, see Consent", roles))
        for role in sorted(roles.difference(entry.within)):
            raise ValueError(must_be(name, f"some of {sorted(map(str, entry.within))}", role))
        if entry.needed and not roles:
            raise ValueError(must_be(name, "at least one role, or the process cannot end", roles))


@frozen(kw_only=True)
class Permissions(Value):
    """The roles that may send each command; an external person must participate in the case as well.

    ``Permissions(granted={commands.CancelEscalation: frozenset({Role.SUPPORT_LEAD})})`` changes one command; the others
    keep the default of the table. A command that writes internal text, or that makes a person the owner, cannot be
    granted to external roles. An empty set turns a command off, if the process can end without it. Only the sides that
    were asked can accept and reject: see ``Consent``.

    Raises:
        TypeError: the permissions are not a mapping of command classes to sets of roles.
        ValueError: a role may not send the command, or the process could not end.
    """

    granted: Mapping[type[Command], frozenset[Role]] = field(
        factory=dict[type[Command], frozenset[Role]], converter=_copied, validator=_possible
    )  #: The commands whose roles differ from the default.
    _roles: dict[type[Command], tuple[Role, ...]] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        changed = {
            entry.command: self.granted[entry.command]
            for entry in TABLE
            if self.granted.get(entry.command, frozenset(entry.by)) != frozenset(entry.by)
        }
        object.__setattr__(self, "granted", MappingProxyType(changed))
        roles = {entry.command: self.granted.get(entry.command, entry.by) for entry in TABLE}
        ordered = {command: tuple(role for role in Role if role in some) for command, some in roles.items()}
        object.__setattr__(self, "_roles", ordered)

    def __hash__(self) -> int:
        return hash(tuple(self.granted.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _granting, (dict(self.granted),)  # a read-only view cannot be pickled

    def roles_for(self, command: type[Command]) -> tuple[Role, ...]:
        """Return the roles that may send this command, in the order of ``Role``."""
        return self._roles[command]


def _granting(granted: dict[type[Command], frozenset[Role]]) -> Permissions:
    return Permissions(granted=granted)


_CUSTOMER_ALONE = (Role.CUSTOMER,)


@frozen(kw_only=True)
class Audiences(Value):
    """The internal roles that are notified. A policy cannot choose the notifications of external people."""

    software: InternalRoles = frozenset({Role.DEVELOPMENT})  #: Stakeholders of a software case.
    infrastructure: InternalRoles = frozenset({Role.DEVOPS})  #: Stakeholders of an infrastructure case.
    security: InternalRoles = frozenset({Role.SECURITY, Role.LEADERSHIP})  #: Stakeholders of a security case.
    always: InternalRoles = frozenset(
        {Role.ACCOUNT_MANAGER, Role.CUSTOMER_SUCCESS_MANAGER}
    )  #: Stakeholders of every emergency.
    with_partner: InternalRoles = frozenset({Role.PARTNER_MANAGER})  #: Stakeholders of a case with a partner.
    acknowledgement_to_stakeholders: bool = False  #: Whether stakeholders are notified of the acknowledgement.
    internal_notes: InternalRoles = frozenset[Role]()  #: Roles that are notified of internal notes.

    _stakeholders: dict[tuple[CaseKind, bool], tuple[Role, ...]] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        kinds = {
            CaseKind.SOFTWARE: self.software,
            CaseKind.INFRASTRUCTURE: self.infrastructure,
            CaseKind.SECURITY: self.security,
        }
        without = {kind: roles | self.always for kind, roles in kinds.items()}
        audiences = {(kind, False): roles for kind, roles in without.items()}
        audiences |= {(kind, True): roles | self.with_partner for kind, roles in without.items()}
        ordered = {key: tuple(role for role in INTERNAL_ROLES if role in roles) for key, roles in audiences.items()}
        object.__setattr__(self, "_stakeholders", ordered)

    def stakeholders(self, case: Case) -> tuple[Role, ...]:
        """Return the internal roles that evaluate an emergency on this case, in the order of ``Role``."""
        return self._stakeholders[case.kind, case.has_partner]


@frozen(kw_only=True)
class Misuse(Value):
    """The priority of a canceled emergency, and the number of misuses that raise no concern."""

    canceled_priority: Priority = Priority.LOW
    tolerated: int = 0  #: Earlier misuses of a customer that raise no concern.

    def __attrs_post_init__(self) -> None:
        if self.canceled_priority is Priority.URGENT:
            raise ValueError(must_be("canceled_priority", "below URGENT", self.canceled_priority))


class ConcernKind(StrEnum):
    """The signs of misuse."""

    NO_RISK_NAMED = "no risk named"
    NOT_PRODUCTION = "no production system and no go-live"
    KNOWN_BUG = "a known bug with a committed date"
    EARLIER_MISUSE = "earlier misuse by the same customer"


@frozen(kw_only=True)
class Concern(Value):
    """One sign of misuse: advice to the rep, never a refusal. Assume good intent, and handle the emergency first."""

    kind: ConcernKind
    message: Text


def _functions(_: object, attribute: "Attribute[Any]", value: tuple[object, ...]) -> None:
    if not isinstance(value, tuple):
        raise TypeError(must_be(attribute.name, "a tuple of functions", value))
    for rule in value:
        if not callable(rule):
            raise TypeError(must_be(attribute.name, "a tuple of functions", rule))


@frozen(kw_only=True)
class Policy(Value):
    """The host's choices; ``Policy()`` is the documented process.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: the process could not end under this policy.
    """

    name: Identifier = "handbook"  #: The name that an escalation records.
    version: int = 1  #: The version that an escalation records. Increase it with every change.
    permissions: Permissions = Permissions()
    audiences: Audiences = Audiences()
    consent: Consent = Consent.ALL
    timing: Timing = Timing()
    terms: Terms = field(init=False, repr=False, eq=False)  #: The part that an escalation keeps.
    misuse: Misuse = Misuse()
    rules: tuple[Rule, ...] = field(default=(), validator=_functions)

    def __attrs_post_init__(self) -> None:
        terms = Terms(policy=self.name, policy_version=self.version, timing=self.timing)
        object.__setattr__(self, "terms", terms)

    def asked(self, case: Case) -> tuple[Role, ...]:
        """Return the sides that are asked about a proposal on this case, customer first."""
        if self.consent is Consent.CUSTOMER and Role.CUSTOMER in case.sides:
            return _CUSTOMER_ALONE
        return case.sides

    def concerns(self, case: Case) -> tuple[Concern, ...]:
        """Return the signs of misuse of this emergency; ``()`` for any other case."""
        if case.type is not CaseType.EMERGENCY:
            return ()
        found: list[tuple[ConcernKind, str]] = []
        if case.risk is None:
            found.append((ConcernKind.NO_RISK_NAMED, "no revenue, security, go-live or outage is named as at risk"))
        if not case.production and case.risk is not Risk.GO_LIVE:
            found.append((ConcernKind.NOT_PRODUCTION, "no production system is affected and no go-live is at risk"))
        if case.known_bug_due is not None:
            found.append((ConcernKind.KNOWN_BUG, f"the bug is known and its fix is committed for {case.known_bug_due}"))
        if case.earlier_misuses > self.misuse.tolerated:
            message = f"emergencies of {shown(case.customer)} canceled as misuse before: {case.earlier_misuses}"
            found.append((ConcernKind.EARLIER_MISUSE, message))
        return tuple(Concern(kind=kind, message=message) for kind, message in found)
