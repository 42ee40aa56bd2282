"""People, a process and short names, beyond those of ``escalation_core.testing``."""

from typing import Any

import attrs

import escalation_core as ec
from escalation_core.testing import person

ARNO = person(ec.Role.ACCOUNT_MANAGER)
PIA = person(ec.Role.PARTNER_MANAGER)
SUE = person(ec.Role.CUSTOMER_SUCCESS_MANAGER)
BOSS = person(ec.Role.LEADERSHIP)
DEV = person(ec.Role.DEVELOPMENT)
OPS = person(ec.Role.DEVOPS)
SEC = person(ec.Role.SECURITY)
CLOCK = person(ec.Role.AUTOMATION)

PROCESS = ec.Process()


def escalation_of(case: ec.Case) -> ec.Escalation:
    """Return the escalation of a case that has one."""
    assert case.escalation is not None
    return case.escalation


def fields_of(value: attrs.AttrsInstance) -> tuple[Any, ...]:
    """Return the attrs fields of a value."""
    found: tuple[Any, ...] = attrs.fields(type(value))
    return found


def codes(refusals: tuple[ec.Refusal, ...]) -> set[str]:
    """Return the codes of refusals."""
    return {str(refusal.code) for refusal in refusals}
