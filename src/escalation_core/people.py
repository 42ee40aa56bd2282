"""Who takes part in a case.

Rule 1: a person has exactly one role; its ``id`` is the host's, and is what makes two records the same person.
Rule 2: the host authenticates. A ``Person`` is who the host says it is.
"""

import re
from enum import Enum
from typing import Any

from attrs import Attribute, field, frozen
from attrs.validators import optional

from escalation_core.values import a, any_text, identifier, must_be


class Role(Enum):
    """What a person is to the case."""

    CUSTOMER = "customer"  #: Works for the customer.
    PARTNER = "partner"  #: Works for the partner through whom the customer is served.
    SUPPORT_REP = "support rep"  #: Handles cases; owns the escalations they acknowledge.
    SUPPORT_LEAD = "support lead"  #: Leads the support reps.
    ACCOUNT_MANAGER = "account manager"  #: Answers for the customer's contract.
    PARTNER_MANAGER = "partner manager"  #: Answers for the partner.
    CUSTOMER_SUCCESS_MANAGER = "customer success manager"  #: Answers for the customer's success with the product.
    LEADERSHIP = "leadership"  #: Senior management.
    DEVELOPMENT = "development"  #: Develops the product.
    DEVOPS = "DevOps"  #: Runs the infrastructure.
    SECURITY = "security"  #: Handles security incidents.
    AUTOMATION = "automation"  #: What time itself causes; nobody logs in with it.


#: The sides that are asked to accept a solution, in this order. Tuples, since membership is tested by identity in them.
EXTERNAL_ROLES = (Role.CUSTOMER, Role.PARTNER)
INTERNAL_ROLES = tuple(role for role in Role if role not in {*EXTERNAL_ROLES, Role.AUTOMATION})

#: RFC 5322 dot-atom on both sides, ASCII, which every mail relay takes (an international domain goes in as punycode).
ADDRESS = r"[A-Za-z0-9_.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*"
_ADDRESS_MAX = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets


def mail_address(name: str, value: str) -> str:
    """Give a plain ASCII mail address, ``local@domain``, back.

    Raises:
        TypeError: it is not a ``str``.
        ValueError: it is no such address.
    """
    if not isinstance(value, str):
        raise TypeError(must_be(name, "a str", value))
    local = value.partition("@")[0]
    odd = local.startswith(".") or local.endswith(".") or ".." in local or "=?" in local  # =? begins an encoded word
    if len(value) > _ADDRESS_MAX or odd or not re.fullmatch(ADDRESS, value):
        raise ValueError(must_be(name, "a plain address local@domain", value))
    return value


def address(_: object, attribute: "Attribute[Any]", value: str) -> None:
    """Refuse what is no plain mail address."""
    mail_address(attribute.name, value)


@frozen(kw_only=True, weakref_slot=False)
class Person:
    """Somebody who acts on a case or hears of it."""

    id: str = field(validator=identifier)  #: The host's key for this person.
    role: Role = field(validator=a(Role))
    name: str = field(default="", validator=any_text)  #: What to call them; the id where it is empty.
    email: str | None = field(default=None, validator=optional(address))
    locale: str = field(default="en", validator=identifier)  #: BCP 47 language tag; chooses the text of notifications.


#: Who does what time itself causes.
AUTOMATION = Person(id="automation", role=Role.AUTOMATION, name="Automation")
