"""Support-case escalations as plain objects: the host stores and delivers, the library decides."""

from escalation_core import commands, events
from escalation_core.case import BusinessImpact, Case, CaseKind, CaseStatus, CaseType, Priority, Risk
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
from escalation_core.notifications.mail import to_email
from escalation_core.notifications.model import Audience, Data, Message, Notification, Template
from escalation_core.notifications.rendering import Catalog, Text, render
from escalation_core.outcome import Outcome
from escalation_core.people import Person, Role
from escalation_core.policy import Audiences, Concern, ConcernKind, Misuse, Permissions, Policy, Rule
from escalation_core.process import Option, Process

__all__ = [
    "CASE",
    "ESCALATION",
    "Audience",
    "Audiences",
    "BusinessImpact",
    "CancelReason",
    "Case",
    "CaseKind",
    "CaseStatus",
    "CaseType",
    "Catalog",
    "Cause",
    "CommandRefusedError",
    "Concern",
    "ConcernKind",
    "Consent",
    "Data",
    "Delivery",
    "Escalation",
    "EscalationCoreError",
    "EscalationStatus",
    "FailedDelivery",
    "FollowUp",
    "FollowUpKind",
    "Hooks",
    "IllegalTransitionError",
    "Lifecycle",
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
    "Refusal",
    "RefusalCode",
    "ReplayError",
    "Risk",
    "Role",
    "Rule",
    "SolutionKind",
    "StaleVersionError",
    "Template",
    "Text",
    "commands",
    "events",
    "render",
    "to_email",
]
