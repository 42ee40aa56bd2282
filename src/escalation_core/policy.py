"""What a host may choose: who may do what, who hears of it, whose consent is needed, what looks like misuse.

Rule 1: a policy is one frozen value of small parts; the defaults are the documented process.
Rule 2: it is changed with ``attrs.evolve``, and refused when built if the process could not run with it.
Rule 3: it can restrict who makes a move, and add refusals. It can never add a move, or take a rule away.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any

from attrs import Attribute, field, frozen

from escalation_core.case import Case, CaseKind, CaseType, Priority, Risk
from escalation_core.commands import COMMANDS, Command
from escalation_core.errors import Refusal
from escalation_core.escalation import Consent
from escalation_core.people import EXTERNAL_ROLES, INTERNAL_ROLES, Role
from escalation_core.timing import Terms, Timing
from escalation_core.values import a, frozenset_of, identifier, must_be, shown, text, whole_number

#: A host's own rule: a pure function that answers with the refusals it adds, or ``()``. It is asked with real commands
#: only, and for ``options`` about those commands that need nothing but ``by``.
Rule = Callable[[Case, Command, datetime], tuple[Refusal, ...]]

_REP = frozenset({Role.SUPPORT_REP})
_SUPPORT = frozenset({Role.SUPPORT_REP, Role.SUPPORT_LEAD})
_REQUESTERS = frozenset({*EXTERNAL_ROLES, Role.SUPPORT_REP})
_INTERNAL = frozenset(INTERNAL_ROLES)


def _granted(default: frozenset[Role], *, within: frozenset[Role] = _INTERNAL, needed: bool = False) -> Any:  # noqa: ANN401  # as attrs.field
    """Make a field for the roles that may send a command: some of ``within``; ``needed`` ones must be some role's."""

    def validate(_: object, attribute: "Attribute[Any]", value: frozenset[Role]) -> None:
        for role in value - within:
            raise ValueError(must_be(attribute.name, f"some of {sorted(r.value for r in within)}", role))
        if needed and not value:
            raise ValueError(must_be(attribute.name, "at least one role, or the process cannot end", value))

    return field(default=default, validator=[frozenset_of(Role), validate])


_ANYBODY = _INTERNAL | frozenset(EXTERNAL_ROLES)


@frozen(kw_only=True, weakref_slot=False)
class Permissions:
    """The roles that may send each command; an external person must be on the case as well.

    Accepting and rejecting a solution is not here: it belongs to the sides that were asked, see ``Consent``. A command
    that writes internal text, or that makes somebody the owner, cannot be given to external roles. An empty set turns
    a command off where the process can do without it.
    """

    open_case: frozenset[Role] = _granted(_REQUESTERS, within=_ANYBODY, needed=True)
    declare_emergency: frozenset[Role] = _granted(_REQUESTERS, within=_ANYBODY)
    cancel_escalation: frozenset[Role] = _granted(_SUPPORT, within=_ANYBODY)
    acknowledge: frozenset[Role] = _granted(_REP, needed=True)
    post_update: frozenset[Role] = _granted(_SUPPORT)
    propose_solution: frozenset[Role] = _granted(_REP, needed=True)
    close_escalation: frozenset[Role] = _granted(_SUPPORT, needed=True)
    postpone_update: frozenset[Role] = _granted(_SUPPORT)
    reassign_owner: frozenset[Role] = _granted(_SUPPORT)
    add_internal_note: frozenset[Role] = _granted(_INTERNAL)
    request_real_time_communication: frozenset[Role] = _granted(_REP)
    end_real_time_communication: frozenset[Role] = _granted(_REP)
    report_side_channel_contact: frozenset[Role] = _granted(_INTERNAL)
    raise_level: frozenset[Role] = _granted(_SUPPORT)
    attribute_cause: frozenset[Role] = _granted(_SUPPORT | {Role.DEVOPS, Role.DEVELOPMENT})
    add_participant: frozenset[Role] = _granted(_SUPPORT, within=_ANYBODY)
    debrief_stakeholders: frozenset[Role] = _granted(_SUPPORT, needed=True)
    hold_post_mortem: frozenset[Role] = _granted(_SUPPORT, needed=True)
    share_post_mortem: frozenset[Role] = _granted(_SUPPORT, needed=True)
    share_root_cause_analysis: frozenset[Role] = _granted(_SUPPORT, needed=True)
    start_diagnosis: frozenset[Role] = _granted(_SUPPORT, needed=True)
    propose_case_solution: frozenset[Role] = _granted(_SUPPORT, needed=True)
    close_case: frozenset[Role] = _granted(_SUPPORT, needed=True)
    reprioritize_case: frozenset[Role] = _granted(_SUPPORT)

    _roles: dict[type[Command], tuple[Role, ...]] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        granted = {command: getattr(self, command.name, EXTERNAL_ROLES) for command in COMMANDS}
        ordered = {command: tuple(role for role in Role if role in roles) for command, roles in granted.items()}
        object.__setattr__(self, "_roles", ordered)

    def roles_for(self, command: type[Command]) -> tuple[Role, ...]:
        """Give the roles that may send this command, in the order of ``Role``: of a vote, both sides."""
        return self._roles[command]


_CUSTOMER_ALONE = (Role.CUSTOMER,)


def _heard(default: set[Role]) -> Any:  # noqa: ANN401  # as attrs.field
    """Make a field for the internal roles that hear of something."""

    def validate(_: object, attribute: "Attribute[Any]", value: frozenset[Role]) -> None:
        for role in value - _INTERNAL:
            raise ValueError(must_be(attribute.name, "internal roles only", role))

    return field(default=frozenset(default), validator=[frozenset_of(Role), validate])


@frozen(kw_only=True, weakref_slot=False)
class Audiences:
    """The internal roles that hear of what. Who is external hears of every change; that is no choice."""

    software: frozenset[Role] = _heard({Role.DEVELOPMENT})  #: Stakeholders of a case of this kind.
    infrastructure: frozenset[Role] = _heard({Role.DEVOPS})  #: The same.
    security: frozenset[Role] = _heard({Role.SECURITY, Role.LEADERSHIP})  #: The same.
    always: frozenset[Role] = _heard({Role.ACCOUNT_MANAGER, Role.CUSTOMER_SUCCESS_MANAGER})  #: Of every emergency.
    with_partner: frozenset[Role] = _heard({Role.PARTNER_MANAGER})  #: Too, where a partner is on the case.
    acknowledgement_to_stakeholders: bool = field(default=False, validator=a(bool))  #: The handbook: they know already.
    internal_notes: frozenset[Role] = _heard(set())  #: Who is told of an internal note.

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
        """Give the internal roles that evaluate an emergency on this case, in the order of ``Role``."""
        return self._stakeholders[case.kind, case.has_partner]


@frozen(kw_only=True, weakref_slot=False)
class Misuse:
    """What becomes of an emergency that is none, and how many of them raise no concern about the next."""

    canceled_priority: Priority = field(default=Priority.LOW, validator=a(Priority))
    tolerated: int = field(default=0, validator=whole_number)  #: Earlier misuses of a customer that raise no concern.

    def __attrs_post_init__(self) -> None:
        if self.canceled_priority is Priority.URGENT:
            raise ValueError(must_be("canceled_priority", "below URGENT", self.canceled_priority))


class ConcernKind(Enum):
    """What makes an emergency look like misuse."""

    NO_RISK_NAMED = "no risk named"
    NOT_PRODUCTION = "no production system and no go-live"
    KNOWN_BUG = "a known bug with a committed date"
    EARLIER_MISUSE = "earlier misuse by the same customer"


@frozen(kw_only=True, weakref_slot=False)
class Concern:
    """One thing that looks like misuse: advice to the rep, never a refusal. Assume good intent, handle first."""

    kind: ConcernKind = field(validator=a(ConcernKind))
    message: str = field(validator=text)


def _functions(_: object, attribute: "Attribute[Any]", value: tuple[object, ...]) -> None:
    if not isinstance(value, tuple):
        raise TypeError(must_be(attribute.name, "a tuple of functions", value))
    for rule in value:
        if not callable(rule):
            raise TypeError(must_be(attribute.name, "a tuple of functions", rule))


@frozen(kw_only=True, weakref_slot=False)
class Policy:
    """The host's choices; ``Policy()`` is the documented process.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: the process could not run with this policy.
    """

    name: str = field(default="handbook", validator=identifier)  #: An escalation keeps it on record,
    version: int = field(default=1, validator=whole_number)  #: and this; count it up with every change.
    permissions: Permissions = field(factory=Permissions, validator=a(Permissions))
    audiences: Audiences = field(factory=Audiences, validator=a(Audiences))
    consent: Consent = field(default=Consent.ALL, validator=a(Consent))
    timing: Timing = field(factory=Timing, validator=a(Timing))
    terms: Terms = field(init=False, repr=False, eq=False)  #: What an escalation keeps of it.
    misuse: Misuse = field(factory=Misuse, validator=a(Misuse))
    rules: tuple[Rule, ...] = field(default=(), validator=_functions)

    def __attrs_post_init__(self) -> None:
        terms = Terms(policy=self.name, policy_version=self.version, timing=self.timing)
        object.__setattr__(self, "terms", terms)

    def asked(self, case: Case) -> tuple[Role, ...]:
        """Give the sides that a proposal on this case is put to, customer first."""
        if self.consent is Consent.CUSTOMER and Role.CUSTOMER in case.sides:
            return _CUSTOMER_ALONE
        return case.sides

    def concerns(self, case: Case) -> tuple[Concern, ...]:
        """List what makes this emergency look like misuse; nothing for a case that is no emergency."""
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
