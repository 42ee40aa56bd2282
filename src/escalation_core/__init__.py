"""Support-case escalations as plain objects: the host stores and delivers, the library decides."""

from escalation_core import commands, events
from escalation_core.calendars import ALWAYS, END, Calendar
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
from escalation_core.measures import Measures, Span, measure
from escalation_core.moves import Move
from escalation_core.notifications.email_message import to_email
from escalation_core.notifications.mails import Audience, Template
from escalation_core.notifications.notification import Data, Message, Notification
from escalation_core.notifications.rendering import render
from escalation_core.notifications.texts import Catalog, Text
from escalation_core.people import AUTOMATION, Person, Role
from escalation_core.policy import Audiences, Concern, ConcernKind, Misuse, Permissions, Policy, Rule
from escalation_core.process import Option, Outcome, Process
from escalation_core.summary import Distribution, Quantiles, Summary, summarize
from escalation_core.table import CASE, COMMANDS, ESCALATION, EVENTS, Lifecycle
from escalation_core.timing import CadenceStep, Rung, Terms, Timing
from escalation_core.working_hours import EVERY_DAY, MONDAY_TO_FRIDAY, Weekday, WorkingHours

__version__ = "0.3.0"

__all__ = [
    "ALWAYS",
    "AUTOMATION",
    "CASE",
    "COMMANDS",
    "END",
    "ESCALATION",
    "EVENTS",
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
