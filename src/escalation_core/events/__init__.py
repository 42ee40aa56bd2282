"""Events: what happened to a case. Names are in the past tense, and an event is a fact.

Rule 1: an event holds everything that a fold needs. A fold uses no policy and no clock.
Rule 2: ``version`` counts the events of one case from 1 without a gap; ``id`` contains it.
Rule 3: ``at`` is an aware instant, and never before the event that precedes it.
Rule 4: every event class has a place in ``table``.
"""

from escalation_core.events.base import CaseEvent, EscalationEvent, Event
from escalation_core.events.case import (
    CaseClosed,
    CaseOpened,
    CaseReclassified,
    CaseReprioritized,
    CaseSolutionProposed,
    DiagnosisStarted,
    InternalNoteAdded,
    ParticipantAdded,
)
from escalation_core.events.escalation import (
    CauseAttributed,
    EscalationAcknowledged,
    EscalationCanceled,
    EscalationClosed,
    EscalationStarted,
    LevelRaised,
    OwnerReassigned,
    PostMortemHeld,
    PostMortemShared,
    ProgressUpdatePosted,
    RealTimeCommunicationEnded,
    RealTimeCommunicationRequested,
    RootCauseAnalysisShared,
    SideChannelContactReported,
    SolutionAccepted,
    SolutionApproved,
    SolutionProposed,
    SolutionRejected,
    StakeholdersDebriefed,
    UpdatePostponed,
)
from escalation_core.events.overdue import (
    AcknowledgementOverdue,
    AnswerOverdue,
    FollowUpOverdue,
    Overdue,
    UpdateOverdue,
)

__all__ = [
    "AcknowledgementOverdue",
    "AnswerOverdue",
    "CaseClosed",
    "CaseEvent",
    "CaseOpened",
    "CaseReclassified",
    "CaseReprioritized",
    "CaseSolutionProposed",
    "CauseAttributed",
    "DiagnosisStarted",
    "EscalationAcknowledged",
    "EscalationCanceled",
    "EscalationClosed",
    "EscalationEvent",
    "EscalationStarted",
    "Event",
    "FollowUpOverdue",
    "InternalNoteAdded",
    "LevelRaised",
    "Overdue",
    "OwnerReassigned",
    "ParticipantAdded",
    "PostMortemHeld",
    "PostMortemShared",
    "ProgressUpdatePosted",
    "RealTimeCommunicationEnded",
    "RealTimeCommunicationRequested",
    "RootCauseAnalysisShared",
    "SideChannelContactReported",
    "SolutionAccepted",
    "SolutionApproved",
    "SolutionProposed",
    "SolutionRejected",
    "StakeholdersDebriefed",
    "UpdateOverdue",
    "UpdatePostponed",
]
