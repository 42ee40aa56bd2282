"""The people of a case and their roles.

Rule 1: a person has exactly one role. The host chooses the ``id``; two records with one id are the same person.
Rule 2: the host authenticates. The library trusts the ``Person`` that the host names.
"""

import re
from enum import StrEnum
from typing import Any

from attrs import Attribute, field

from escalation_core.checks import Identifier, must_be
from escalation_core.values import Value, frozen


class Role(StrEnum):
    """The role of a person on a case."""

    CUSTOMER = "customer"  #: Works for the customer.
    PARTNER = "partner"  #: Works for the partner through whom the customer is served.
    SUPPORT_REP = "support rep"  #: Handles cases; owns the escalations they acknowledge.
    SUPPORT_LEAD = "support lead"  #: Leads the support reps.
    ACCOUNT_MANAGER = "account manager"  #: Is responsible for the customer's contract.
    PARTNER_MANAGER = "partner manager"  #: Is responsible for the partner.
    CUSTOMER_SUCCESS_MANAGER = "customer success manager"  #: Is responsible for the customer's success.
    LEADERSHIP = "leadership"  #: Senior management.
    DEVELOPMENT = "development"  #: Develops the product.
    DEVOPS = "DevOps"  #: Runs the infrastructure.
    SECURITY = "security"  #: Handles security incidents.
    AUTOMATION = "automation"  #: The author of events that time causes; no person has this role.


#: The sides that are asked to accept a solution, in this order. A tuple, since ``in`` compares identities first.
EXTERNAL_ROLES = (Role.CUSTOMER, Role.PARTNER)
INTERNAL_ROLES = tuple(role for role in Role if role not in {*EXTERNAL_ROLES, Role.AUTOMATION})

#: RFC 5322 dot-atom on both sides, in ASCII, which every mail relay accepts. An international domain is punycode.
ADDRESS = r"[A-Za-z0-9_.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*"
_ADDRESS_MAX = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets


def mail_address(name: str, value: str) -> str:
    """Return a plain ASCII mail address, ``local@domain``, unchanged; ``name`` is the field in an error.

    Raises:
        TypeError: the value is not a ``str``.
        ValueError: the value is not such an address.
    """
    if not isinstance(value, str):
        raise TypeError(must_be(name, "a str", value))
    local = value.partition("@")[0]
    odd = local.startswith(".") or local.endswith(".") or ".." in local or "=?" in local  # =? begins an encoded word
    if len(value) > _ADDRESS_MAX or odd or not re.fullmatch(ADDRESS, value):
        raise ValueError(must_be(name, "a plain address local@domain", value))
    return value


def address(_: object, attribute: "Attribute[Any]", value: str) -> None:
    """Raise an error for anything but a plain mail address."""
    mail_address(attribute.name, value)


@frozen(kw_only=True)
class Person(Value):
    """Somebody who acts on a case or is notified about it."""

    id: Identifier  #: The host's key for this person.
    role: Role
    name: str = ""  #: The name to show; if it is empty, the id is shown.
    email: str | None = field(default=None, validator=address)
    locale: Identifier = "en"  #: BCP 47 language tag; it chooses the language of notifications.


#: The author of events that time causes.
AUTOMATION = Person(id="automation", role=Role.AUTOMATION, name="Automation")
