"""What all rules answer with."""

from escalation_core.case import Case
from escalation_core.errors import Refusal, RefusalCode
from escalation_core.people import Person
from escalation_core.values import brief, shown

Refusals = tuple[Refusal, ...]

NONE: Refusals = ()


def refused(code: RefusalCode, message: str) -> Refusals:
    """Refuse for one reason."""
    return (Refusal(code=code, message=brief(message)),)


def mismatch(case: Case, known: Person, person: Person) -> Refusals:
    """Refuse somebody whom the case knows in another role."""
    message = f"case {case.id} knows {shown(person.id)} as {known.role.value}, not as {person.role.value}"
    return refused(RefusalCode.ROLE_MISMATCH, message)
