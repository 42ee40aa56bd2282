"""Support-case escalations as plain objects: the host stores and delivers, the library decides.

A name is imported from its module when it is first asked for (PEP 562): a program that imports this package and has no
case to handle today does not wait for the classes of one.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalation_core import commands, events
    from escalation_core.calendars import ALWAYS, END, EVERY_DAY, MONDAY_TO_FRIDAY, Calendar, Weekday, WorkingHours
    from escalation_core.case import BusinessImpact, Case, CaseKind, CaseStatus, CaseType, Priority, Risk
    from escalation_core.clocks import Breach, Clock, ClockKind, Deadlines
    from escalation_core.errors import (
        CommandRefusedError,
        EscalationCoreError,
        IllegalTransitionError,
        NotPermittedError,
        Refusal,
        RefusalCode,
        ReplayError,
        StaleVersionError,
    )
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
    from escalation_core.hooks import Delivery, FailedDelivery, Hooks, PublishReport
    from escalation_core.lifecycle import CASE, ESCALATION, Lifecycle, Move
    from escalation_core.measures import Measures, Span, measure
    from escalation_core.notifications.email_message import to_email
    from escalation_core.notifications.mails import Audience, Template
    from escalation_core.notifications.notification import Data, Message, Notification
    from escalation_core.notifications.rendering import render
    from escalation_core.notifications.texts import Catalog, Text
    from escalation_core.outcome import Outcome
    from escalation_core.people import AUTOMATION, Person, Role
    from escalation_core.policy import Audiences, Concern, ConcernKind, Misuse, Permissions, Policy, Rule
    from escalation_core.process import Option, Process
    from escalation_core.summary import Distribution, Quantiles, Summary, summarize
    from escalation_core.timing import CadenceStep, Rung, Terms, Timing

__version__ = "0.3.0"

__all__ = [
    "ALWAYS",
    "AUTOMATION",
    "CASE",
    "END",
    "ESCALATION",
    "EVERY_DAY",
    "MONDAY_TO_FRIDAY",
    "Audience",
    "Audiences",
    "Breach",
    "BusinessImpact",
    "CadenceStep",
    "Calendar",
    "CancelReason",
    "Case",
    "CaseKind",
    "CaseStatus",
    "CaseType",
    "Catalog",
    "Cause",
    "Clock",
    "ClockKind",
    "CommandRefusedError",
    "Concern",
    "ConcernKind",
    "Consent",
    "Data",
    "Deadlines",
    "Delivery",
    "Distribution",
    "Escalation",
    "EscalationCoreError",
    "EscalationStatus",
    "FailedDelivery",
    "FollowUp",
    "FollowUpKind",
    "Hooks",
    "IllegalTransitionError",
    "Lifecycle",
    "Measures",
    "Message",
    "Misuse",
    "Move",
    "NotPermittedError",
    "Notification",
    "Option",
    "Outcome",
    "Permissions",
    "Person",
    "Policy",
    "Priority",
    "Process",
    "Proposal",
    "ProposalStatus",
    "PublishReport",
    "Quantiles",
    "Refusal",
    "RefusalCode",
    "ReplayError",
    "Risk",
    "Role",
    "Rule",
    "Rung",
    "SolutionKind",
    "Span",
    "StaleVersionError",
    "Summary",
    "Template",
    "Terms",
    "Text",
    "Timing",
    "Weekday",
    "WorkingHours",
    "commands",
    "events",
    "measure",
    "render",
    "summarize",
    "to_email",
]

_HOMES = {
    "calendars": (
        "ALWAYS",
        "END",
        "EVERY_DAY",
        "MONDAY_TO_FRIDAY",
        "Calendar",
        "Weekday",
        "WorkingHours",
    ),
    "case": (
        "BusinessImpact",
        "Case",
        "CaseKind",
        "CaseStatus",
        "CaseType",
        "Priority",
        "Risk",
    ),
    "clocks": (
        "Breach",
        "Clock",
        "ClockKind",
        "Deadlines",
    ),
    "errors": (
        "CommandRefusedError",
        "EscalationCoreError",
        "IllegalTransitionError",
        "NotPermittedError",
        "Refusal",
        "RefusalCode",
        "ReplayError",
        "StaleVersionError",
    ),
    "escalation": (
        "CancelReason",
        "Cause",
        "Consent",
        "Escalation",
        "EscalationStatus",
        "FollowUp",
        "FollowUpKind",
        "Proposal",
        "ProposalStatus",
        "SolutionKind",
    ),
    "hooks": (
        "Delivery",
        "FailedDelivery",
        "Hooks",
        "PublishReport",
    ),
    "lifecycle": (
        "CASE",
        "ESCALATION",
        "Lifecycle",
        "Move",
    ),
    "measures": (
        "Measures",
        "Span",
        "measure",
    ),
    "notifications.email_message": ("to_email",),
    "notifications.mails": (
        "Audience",
        "Template",
    ),
    "notifications.notification": (
        "Data",
        "Message",
        "Notification",
    ),
    "notifications.rendering": ("render",),
    "notifications.texts": (
        "Catalog",
        "Text",
    ),
    "outcome": ("Outcome",),
    "people": (
        "AUTOMATION",
        "Person",
        "Role",
    ),
    "policy": (
        "Audiences",
        "Concern",
        "ConcernKind",
        "Misuse",
        "Permissions",
        "Policy",
        "Rule",
    ),
    "process": (
        "Option",
        "Process",
    ),
    "summary": (
        "Distribution",
        "Quantiles",
        "Summary",
        "summarize",
    ),
    "timing": (
        "CadenceStep",
        "Rung",
        "Terms",
        "Timing",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name in {"commands", "events"}:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
