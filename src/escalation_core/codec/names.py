"""What stored types are called: stable names, each with the version that this library writes.

Rule 1: a name is never given to anything else, and never derived from a class: classes may be renamed.
Rule 2: a version counts up when a reader of the one before could not read the new one. How: ``docs/stored-format.md``.
"""

from types import MappingProxyType

from escalation_core import commands, events
from escalation_core.case import Case
from escalation_core.notifications.notification import Notification
from escalation_core.policy import Policy

NAMES: MappingProxyType[type, str] = MappingProxyType(
    {
        Case: "case/1",
        Notification: "notification/1",
        Policy: "policy/1",
        events.CaseOpened: "case.opened/1",
        events.EscalationStarted: "escalation.started/1",
        events.EscalationCanceled: "escalation.canceled/1",
        events.CaseReclassified: "case.reclassified/1",
        events.EscalationAcknowledged: "escalation.acknowledged/1",
        events.ProgressUpdatePosted: "escalation.progress_update_posted/1",
        events.UpdatePostponed: "escalation.update_postponed/1",
        events.SolutionProposed: "escalation.solution_proposed/1",
        events.SolutionApproved: "escalation.solution_approved/1",
        events.SolutionAccepted: "escalation.solution_accepted/1",
        events.SolutionRejected: "escalation.solution_rejected/1",
        events.EscalationClosed: "escalation.closed/1",
        events.OwnerReassigned: "escalation.owner_reassigned/1",
        events.InternalNoteAdded: "case.internal_note_added/1",
        events.RealTimeCommunicationRequested: "escalation.real_time_communication_requested/1",
        events.RealTimeCommunicationEnded: "escalation.real_time_communication_ended/1",
        events.SideChannelContactReported: "escalation.side_channel_contact_reported/1",
        events.LevelRaised: "escalation.level_raised/1",
        events.CauseAttributed: "escalation.cause_attributed/1",
        events.ParticipantAdded: "case.participant_added/1",
        events.StakeholdersDebriefed: "escalation.stakeholders_debriefed/1",
        events.PostMortemHeld: "escalation.post_mortem_held/1",
        events.PostMortemShared: "escalation.post_mortem_shared/1",
        events.RootCauseAnalysisShared: "escalation.root_cause_analysis_shared/1",
        events.DiagnosisStarted: "case.diagnosis_started/1",
        events.CaseSolutionProposed: "case.solution_proposed/1",
        events.CaseClosed: "case.closed/1",
        events.CaseReprioritized: "case.reprioritized/1",
        events.AcknowledgementOverdue: "escalation.acknowledgement_overdue/1",
        events.UpdateOverdue: "escalation.update_overdue/1",
        events.AnswerOverdue: "escalation.answer_overdue/1",
        events.FollowUpOverdue: "escalation.follow_up_overdue/1",
        commands.OpenCase: "command.open_case/1",
        commands.DeclareEmergency: "command.declare_emergency/1",
        commands.CancelEscalation: "command.cancel_escalation/1",
        commands.Acknowledge: "command.acknowledge/1",
        commands.PostUpdate: "command.post_update/1",
        commands.PostponeUpdate: "command.postpone_update/1",
        commands.ProposeSolution: "command.propose_solution/1",
        commands.AcceptSolution: "command.accept_solution/1",
        commands.RejectSolution: "command.reject_solution/1",
        commands.CloseEscalation: "command.close_escalation/1",
        commands.ReassignOwner: "command.reassign_owner/1",
        commands.AddInternalNote: "command.add_internal_note/1",
        commands.RequestRealTimeCommunication: "command.request_real_time_communication/1",
        commands.EndRealTimeCommunication: "command.end_real_time_communication/1",
        commands.ReportSideChannelContact: "command.report_side_channel_contact/1",
        commands.RaiseLevel: "command.raise_level/1",
        commands.AttributeCause: "command.attribute_cause/1",
        commands.AddParticipant: "command.add_participant/1",
        commands.DebriefStakeholders: "command.debrief_stakeholders/1",
        commands.HoldPostMortem: "command.hold_post_mortem/1",
        commands.SharePostMortem: "command.share_post_mortem/1",
        commands.ShareRootCauseAnalysis: "command.share_root_cause_analysis/1",
        commands.StartDiagnosis: "command.start_diagnosis/1",
        commands.ProposeCaseSolution: "command.propose_case_solution/1",
        commands.CloseCase: "command.close_case/1",
        commands.ReprioritizeCase: "command.reprioritize_case/1",
    }
)
KINDS: MappingProxyType[str, type] = MappingProxyType({name: kind for kind, name in NAMES.items()})
