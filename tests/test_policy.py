"""What a policy may choose: every field with every role, and every stakeholder of every kind of case, by hand."""

from datetime import date
from typing import Any

import attrs
import pytest

import escalation_core as ec
from escalation_core import commands
from escalation_core.testing import ANA, PAUL, RITA, emergency

R = ec.Role
INTERNAL = set(R) - {R.CUSTOMER, R.PARTNER, R.AUTOMATION}

#: What may be given to customers and partners too.
OPEN_TO_ALL = {"open_case", "declare_emergency", "cancel_escalation", "add_participant"}
#: What the process can do without, so that nobody need be allowed to.
DISPENSABLE = {
    *("declare_emergency", "cancel_escalation", "post_update", "postpone_update", "reassign_owner"),
    *("add_internal_note", "request_real_time_communication", "end_real_time_communication"),
    *("report_side_channel_contact", "raise_level", "attribute_cause", "add_participant", "reprioritize_case"),
}
PERMISSIONS = sorted({command.name for command in commands.COMMANDS} - {"accept_solution", "reject_solution"})


def _permissions(name: str, *roles: ec.Role) -> ec.Permissions:
    chosen: dict[str, Any] = {name: frozenset(roles)}
    return ec.Permissions(**chosen)


@pytest.mark.parametrize("name", PERMISSIONS)
def test_a_command_may_be_given_to_every_internal_role_and_to_others_where_nothing_internal_is_in_it(name: str) -> None:
    grantable = INTERNAL | {R.CUSTOMER, R.PARTNER} if name in OPEN_TO_ALL else INTERNAL
    command = next(command for command in commands.COMMANDS if command.name == name)
    for role in R:
        if role in grantable:
            assert _permissions(name, role).roles_for(command) == (role,)
        else:
            some = sorted(role.value for role in grantable)
            with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
                _permissions(name, role)
            assert str(raised.value).startswith(f"{name}: must be some of {some}, got <Role.{role.name}")
    assert _permissions(name, *grantable).roles_for(command) == tuple(role for role in R if role in grantable)


@pytest.mark.parametrize("name", PERMISSIONS)
def test_a_command_is_turned_off_where_the_process_can_do_without_it(name: str) -> None:
    if name in DISPENSABLE:
        assert getattr(_permissions(name), name) == frozenset()
    else:
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # the message is compared below
            _permissions(name)
        assert str(raised.value) == f"{name}: must be at least one role, or the process cannot end, got frozenset()"


@pytest.mark.parametrize("kind", ec.CaseKind)
@pytest.mark.parametrize("partner", ["named", "takes part", "none"])
def test_the_stakeholders_of_a_case_stand_in_the_order_of_roles(kind: ec.CaseKind, partner: str) -> None:
    case = emergency(
        kind=kind,
        partner="P" if partner == "named" else None,
        participants=(ANA, PAUL) if partner == "takes part" else (ANA,),
    )
    expected = {R.ACCOUNT_MANAGER, R.CUSTOMER_SUCCESS_MANAGER} | {
        ec.CaseKind.SOFTWARE: {R.DEVELOPMENT},
        ec.CaseKind.INFRASTRUCTURE: {R.DEVOPS},
        ec.CaseKind.SECURITY: {R.SECURITY, R.LEADERSHIP},
    }[kind]
    if partner != "none":
        expected |= {R.PARTNER_MANAGER}
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


def test_what_is_not_urgent_may_become_of_a_canceled_emergency() -> None:
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
def test_the_sides_that_are_asked(
    consent: ec.Consent, people: tuple[ec.Person, ...], asked: tuple[ec.Role, ...]
) -> None:
    case = emergency(requester=people[0], participants=people)
    assert ec.Policy(consent=consent).asked(case) == asked


def test_a_concern_says_what_looks_like_misuse() -> None:
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
def test_of_wrong_fields_of_a_policy_the_first_is_named(field: str) -> None:
    names = [one.name for one in attrs.fields(ec.Policy) if one.init]
    wrong: dict[str, Any] = dict.fromkeys(names[names.index(field) :])
    with pytest.raises(TypeError, match=f"^{field}: must be a"):
        ec.Policy(**wrong)


def test_rules_are_functions() -> None:
    wrong: list[tuple[Any, str]] = [([], "[]"), ((len, "x"), "'x'"), (None, "None")]
    for rules, got in wrong:
        with pytest.raises(TypeError) as raised:
            ec.Policy(rules=rules)
        assert str(raised.value) == f"rules: must be a tuple of functions, got {got}"


@pytest.mark.parametrize("by", [ANA, RITA])
def test_votes_are_permitted_to_the_sides_alone(by: ec.Person) -> None:
    for vote in (commands.AcceptSolution, commands.RejectSolution):
        assert (by.role in ec.Permissions().roles_for(vote)) is (by is ANA)
        assert ec.Permissions().roles_for(vote) == (R.CUSTOMER, R.PARTNER)
