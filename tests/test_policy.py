"""The choices of a policy: every permission with every role, and the stakeholders of every kind of case."""

from datetime import date
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import Command
from escalation_core.table import COMMANDS
from escalation_core.testing import ANA, PAUL, emergency
from support.notified import stakeholders
from support.process import INTERNAL, ROWS

R = ec.Role
A_MAPPING = "must be a mapping of command classes to sets of roles"
#: Commands that a policy can give to roles.
CHOSEN = [command for command, row in ROWS.items() if row.possible]


def _permissions(command: type[Command], *roles: ec.Role) -> ec.Permissions:
    return ec.Permissions(granted={command: frozenset(roles)})


@pytest.mark.parametrize("command", COMMANDS)
def test_default_permissions_are_the_documented_ones(command: type[Command]) -> None:
    assert ec.Permissions().roles_for(command) == tuple(role for role in R if role in ROWS[command].who)


@pytest.mark.parametrize("command", CHOSEN)
def test_a_policy_can_give_a_command_only_to_its_possible_roles(command: type[Command]) -> None:
    possible = ROWS[command].possible
    for role in R:
        if role in possible:
            assert _permissions(command, role).roles_for(command) == (role,)
        else:
            some = sorted(role.value for role in possible)
            with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
                _permissions(command, role)
            message = f"granted[{command.__name__}]: must be some of {some}, got <Role.{role.name}"
            assert str(raised.value).startswith(message)
    assert _permissions(command, *possible).roles_for(command) == tuple(role for role in R if role in possible)


@pytest.mark.parametrize("command", CHOSEN)
def test_a_policy_can_turn_off_a_command_unless_it_is_needed(command: type[Command]) -> None:
    if ROWS[command].needed:
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
            _permissions(command)
        assert str(raised.value) == (
            f"granted[{command.__name__}]: must be at least one role, or the process cannot end, got frozenset()"
        )
    else:
        assert _permissions(command).roles_for(command) == ()


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in CHOSEN])
def test_a_policy_cannot_choose_the_roles_of_a_vote(command: type[Command]) -> None:
    message = rf"granted\[{command.__name__}\]: must be left out: a vote belongs to the sides"
    with pytest.raises(ValueError, match=message):
        _permissions(command, R.CUSTOMER, R.PARTNER)


WRONG: list[tuple[Any, str]] = [
    ([], f"granted: {A_MAPPING}, got []"),
    ({"acknowledge": frozenset()}, f"granted: {A_MAPPING}, got 'acknowledge'"),
    ({commands.Acknowledge: {R.SUPPORT_REP}}, "granted[Acknowledge]: must be a frozenset of Role, got {"),
    (
        {commands.Acknowledge: frozenset({"x"})},
        "granted[Acknowledge]: must be a frozenset of Role, got frozenset({'x'})",
    ),
]


@pytest.mark.parametrize(("granted", "message"), WRONG)
def test_permissions_of_a_wrong_type_are_refused(granted: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(TypeError) as raised:
        ec.Permissions(granted=granted)
    assert str(raised.value).startswith(message)


def test_permissions_equal_to_the_default_are_the_default() -> None:
    default = ec.Permissions(granted={commands.Acknowledge: frozenset({R.SUPPORT_REP})})
    assert (default, hash(default), dict(default.granted)) == (ec.Permissions(), hash(ec.Permissions()), {})


def test_different_permissions_have_different_hashes() -> None:
    chosen = [_permissions(commands.CancelEscalation, role) for role in (R.SUPPORT_LEAD, R.LEADERSHIP)]
    assert len({hash(permissions) for permissions in (*chosen, ec.Permissions())}) == 3


def test_permissions_cannot_be_changed() -> None:
    own: dict[type[Command], frozenset[ec.Role]] = {commands.Acknowledge: frozenset({R.SUPPORT_LEAD})}
    permissions = ec.Permissions(granted=own)
    own.clear()
    assert permissions.roles_for(commands.Acknowledge) == (R.SUPPORT_LEAD,)
    with pytest.raises(TypeError):
        permissions.granted[commands.Acknowledge] = frozenset()  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


@pytest.mark.parametrize("kind", ec.CaseKind)
@pytest.mark.parametrize("partner", ["named", "takes part", "none"])
def test_the_stakeholders_of_a_case_are_in_the_order_of_roles(kind: ec.CaseKind, partner: str) -> None:
    case = emergency(
        kind=kind,
        partner="P" if partner == "named" else None,
        participants=(ANA, PAUL) if partner == "takes part" else (ANA,),
    )
    expected = stakeholders(kind, partner=partner != "none")
    assert ec.Audiences().stakeholders(case) == tuple(role for role in R if role in expected)


@pytest.mark.parametrize("name", ["software", "infrastructure", "security", "always", "with_partner", "internal_notes"])
def test_an_audience_is_of_internal_roles(name: str) -> None:
    for role in R:
        chosen: dict[str, Any] = {name: frozenset({role})}
        if role in INTERNAL:
            assert getattr(ec.Audiences(**chosen), name) == {role}
        else:
            with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
                ec.Audiences(**chosen)
            assert str(raised.value).startswith(f"{name}: must be internal roles only, got <Role.{role.name}")


def test_a_canceled_emergency_gets_any_priority_below_urgent() -> None:
    for priority in set(ec.Priority) - {ec.Priority.URGENT}:
        assert ec.Misuse(canceled_priority=priority).canceled_priority is priority
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
        ec.Misuse(canceled_priority=ec.Priority.URGENT)
    assert str(raised.value) == "canceled_priority: must be below URGENT, got <Priority.URGENT: 'urgent'>"


@pytest.mark.parametrize(
    ("consent", "people", "asked"),
    [
        (ec.Consent.ALL, (ANA, PAUL), (R.CUSTOMER, R.PARTNER)),
        (ec.Consent.ANY, (ANA, PAUL), (R.CUSTOMER, R.PARTNER)),
        (ec.Consent.CUSTOMER, (ANA, PAUL), (R.CUSTOMER,)),
        (ec.Consent.CUSTOMER, (PAUL,), (R.PARTNER,)),
        (ec.Consent.ALL, (ANA,), (R.CUSTOMER,)),
    ],
)
def test_consent_and_people_decide_which_sides_are_asked(
    consent: ec.Consent, people: tuple[ec.Person, ...], asked: tuple[ec.Role, ...]
) -> None:
    case = emergency(requester=people[0], participants=people)
    assert ec.Policy(consent=consent).asked(case) == asked


def test_a_concern_names_its_sign_of_misuse() -> None:
    case = emergency(risk=None, production=False, known_bug_due=date(2026, 4, 1), earlier_misuses=3)
    assert [(concern.kind, concern.message) for concern in ec.Policy().concerns(case)] == [
        (ec.ConcernKind.NO_RISK_NAMED, "no revenue, security, go-live or outage is named as at risk"),
        (ec.ConcernKind.NOT_PRODUCTION, "no production system is affected and no go-live is at risk"),
        (ec.ConcernKind.KNOWN_BUG, "the bug is known and its fix is committed for 2026-04-01"),
        (ec.ConcernKind.EARLIER_MISUSE, "emergencies of 'Customer A' canceled as misuse before: 3"),
    ]


def test_a_default_policy_is_the_documented_process() -> None:
    policy = ec.Policy()
    assert (policy.name, policy.version, policy.consent, policy.rules) == ("handbook", 1, ec.Consent.ALL, ())
    assert policy.misuse == ec.Misuse(canceled_priority=ec.Priority.LOW, tolerated=0)
    assert policy.terms == ec.Terms(policy="handbook", policy_version=1, timing=ec.Timing())
    assert policy.audiences.acknowledgement_to_stakeholders is False
    assert policy.audiences.internal_notes == frozenset()


@pytest.mark.parametrize(
    "field", ["name", "version", "permissions", "audiences", "consent", "timing", "misuse", "rules"]
)
def test_a_policy_names_the_first_wrong_field(field: str) -> None:
    names = [one.name for one in attrs.fields(ec.Policy) if one.init]
    wrong: dict[str, Any] = dict.fromkeys(names[names.index(field) :])
    with pytest.raises(TypeError, match=f"^{field}: must be a"):
        ec.Policy(**wrong)


def test_rules_must_be_functions() -> None:
    wrong: list[tuple[Any, str]] = [([], "[]"), ((len, "x"), "'x'"), (None, "None")]
    for rules, got in wrong:
        with pytest.raises(TypeError) as raised:
            ec.Policy(rules=rules)
        assert str(raised.value) == f"rules: must be a tuple of functions, got {got}"
