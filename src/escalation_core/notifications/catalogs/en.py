"""The English texts.

Rule 1: the subjects follow the fixed patterns of the Spryker support pages, so that people can write mail rules.
Rule 2: a reader of a text may know nothing about this library.
"""

from escalation_core.notifications.mails import Template
from escalation_core.notifications.texts import Catalog, Text

_RECEIPT = "Case Receipt - Case ID: {case_id} - Customer: {customer} - Status: {case_status}. {tracking_id}"
_EMERGENCY = "Emergency {status} - Case ID: {case_id} - Customer: {customer} {tracking_id}"
_ETA = "Case ETA Update - Case ID: {case_id} - Customer: {customer} - ETA: {eta:%Y-%m-%d %H:%M %Z}. {tracking_id}"
_COMMENT = "Case Comment Notification - Case ID: {case_id} - Customer: {customer} - Status: {case_status} {tracking_id}"

_NEXT_UPDATE = "\n\nThe next update is due by {next_update_by:%Y-%m-%d %H:%M %Z}."
_VACANT = "\n\nNobody on this case has the role: {vacant}."
_REMIND = "\n\nThe next reminder is due at {remind_at:%Y-%m-%d %H:%M %Z}."

_BODIES = {
    Template.CASE_OPENED: (
        _RECEIPT,
        "We have received your case {case_id}: {case_subject}\n\nA support rep will look at it. We will tell you here.",
    ),
    Template.CASE_STATUS_CHANGED: (
        _RECEIPT,
        "Your case {case_id}, {case_subject}, is now in status {case_status}.",
    ),
    Template.CASE_CLOSED: (
        _RECEIPT,
        "Your case {case_id}, {case_subject}, is closed: {reason}",
    ),
    Template.PARTICIPANT_ADDED: (
        _COMMENT,
        "You now take part in the case {case_id} of {customer}: {case_subject}\n\n"
        "You will be notified of every change.",
    ),
    Template.STARTED: (
        _EMERGENCY,
        "An escalation has been started for the emergency case {case_id}: {case_subject}\n\n"
        "What happens next: we have informed everybody here who must know, and they are evaluating what you told us. "
        "A support rep will acknowledge the escalation by {acknowledge_by:%Y-%m-%d %H:%M %Z} and then keep you up to "
        "date.\n\n"
        "Please be available for immediate correspondence, and use only this case to talk to us about it. "
        "Turning to somebody else here as well slows all of us down.",
    ),
    Template.CANCELED: (
        _EMERGENCY,
        "The escalation of case {case_id}, {case_subject}, has been canceled. "
        "The case stays open and is handled in the normal support process.",
    ),
    Template.CANCELED_TO_REQUESTER: (
        _EMERGENCY,
        "The escalation of case {case_id}, {case_subject}, has been canceled. Reason: {reason}.\n\n"
        "{explanation}\n\n"
        "The case stays open and is handled in the normal support process.",
    ),
    Template.ACKNOWLEDGED: (
        _EMERGENCY,
        "{owner} has acknowledged the escalation of case {case_id}, {case_subject}, and takes care of it. "
        "You will hear from us at regular intervals." + _NEXT_UPDATE,
    ),
    Template.PROGRESS_UPDATE: (
        _COMMENT,
        "There is news on case {case_id}, {case_subject}:\n\n{message}" + _NEXT_UPDATE,
    ),
    Template.ETA_UPDATE: (
        _ETA,
        "There is news on case {case_id}, {case_subject}:\n\n{message}\n\n"
        "We expect a solution by {eta:%Y-%m-%d %H:%M %Z}." + _NEXT_UPDATE,
    ),
    Template.UPDATE_POSTPONED: (
        _COMMENT,
        "You will hear from us about case {case_id}, {case_subject}, later than we said: {reason}" + _NEXT_UPDATE,
    ),
    Template.SOLUTION_PROPOSED: (
        _EMERGENCY,
        "We propose a solution ({solution_kind}) for case {case_id}, {case_subject}:\n\n{summary}\n\n"
        "Please accept or reject it by {answer_by:%Y-%m-%d %H:%M %Z}. It is the proposal {proposal}.\n\n"
        "Without an answer we may close the escalation from {closable_at:%Y-%m-%d %H:%M %Z} on." + _NEXT_UPDATE,
    ),
    Template.SOLUTION_ANNOUNCED: (
        _EMERGENCY,
        "We have proposed a solution ({solution_kind}) for case {case_id}, {case_subject}:\n\n{summary}\n\n"
        "The {asked} is asked to accept or reject it." + _NEXT_UPDATE,
    ),
    Template.STILL_ASKED: (
        _COMMENT,
        "The {side} has accepted the solution proposed for case {case_id}, {case_subject}. "
        "Your answer is still needed: please accept or reject the proposal {proposal} "
        "by {answer_by:%Y-%m-%d %H:%M %Z}.",
    ),
    Template.SOLUTION_ACCEPTED: (
        _EMERGENCY,
        "The solution proposed for case {case_id}, {case_subject}, has been accepted. Thank you.",
    ),
    Template.SOLUTION_REJECTED: (
        _EMERGENCY,
        "The {side} has rejected the solution proposed for case {case_id}, {case_subject}:\n\n{reason}\n\n"
        "We are at work on another one." + _NEXT_UPDATE,
    ),
    Template.CLOSED: (
        _EMERGENCY,
        "The escalation of case {case_id}, {case_subject}, is closed. The case is not: "
        "it goes on in the normal support process.\n\nA post mortem will be held, and you will get its results "
        "by {post_mortem_by:%Y-%m-%d %H:%M %Z}.\n\n"
        "You will get a technical root cause analysis by {root_cause_analysis_by:%Y-%m-%d %H:%M %Z}.",
    ),
    Template.POST_MORTEM_SHARED: (
        _COMMENT,
        "These are the results of the post mortem of case {case_id}, {case_subject}:\n\n{document}",
    ),
    Template.RCA_SHARED: (
        _COMMENT,
        "This is the technical root cause analysis of case {case_id}, {case_subject}:\n\n{document}",
    ),
    Template.JOIN_REAL_TIME: (
        _COMMENT,
        "To speed up the solution of case {case_id}, {case_subject}, please join us here: {channel}\n\n{reason}",
    ),
    Template.USE_THE_CASE: (
        _COMMENT,
        "About case {case_id}, {case_subject}, somebody turned to {contacted} ({channel}).\n\n"
        "Please use the case, and nothing else, to talk to us about it: that way everybody who works on it knows "
        "the same.",
    ),
    Template.OWNER_REASSIGNED: (
        _COMMENT,
        "{owner} now takes care of the escalation of case {case_id}, {case_subject}.",
    ),
    Template.EVALUATE: (
        _EMERGENCY,
        "{customer} has declared an emergency: {case_subject}\n\n"
        "Kind: {kind}. Business impact: {impact}. At risk: {risk}. Production: {production}.\n\n"
        "{explanation}\n\nPlease evaluate it now, and bring what you know to case {case_id}. "
        "A support rep has to acknowledge it by {acknowledge_by:%Y-%m-%d %H:%M %Z}.",
    ),
    Template.STAND_DOWN: (
        _EMERGENCY,
        "The escalation of case {case_id}, {case_subject}, has been canceled ({reason}). Please stand down.\n\n"
        "{explanation}",
    ),
    Template.ACKNOWLEDGED_INTERNALLY: (
        _EMERGENCY,
        "{owner} has acknowledged the escalation of case {case_id}, {case_subject}, and takes care of it.",
    ),
    Template.OWNER_APPROVED: (
        _COMMENT,
        "The {side} has accepted your solution for case {case_id}. Still asked: {still_asked}.",
    ),
    Template.OWNER_ACCEPTED: (
        _EMERGENCY,
        "Your solution for case {case_id}, {case_subject}, has been accepted. The escalation can be closed.",
    ),
    Template.OWNER_REJECTED: (
        _EMERGENCY,
        "The {side} has rejected your solution for case {case_id}, {case_subject}:\n\n{reason}",
    ),
    Template.DEBRIEF: (
        _EMERGENCY,
        "The escalation of case {case_id}, {case_subject}, is closed; {owner} took care of it. "
        "You will be debriefed by {debrief_by:%Y-%m-%d %H:%M %Z}. Owed from now on: {follow_ups}.",
    ),
    Template.STAKEHOLDERS_POST_MORTEM: (
        _COMMENT,
        "The results of the post mortem of case {case_id} have been shared with customer and partner:\n\n{document}",
    ),
    Template.STAKEHOLDERS_RCA: (
        _COMMENT,
        "The root cause analysis of case {case_id} has been shared with customer and partner:\n\n{document}",
    ),
    Template.OWNER_REAL_TIME: (
        _COMMENT,
        "Customer and partner of case {case_id} have been asked to join: {channel}\n\n{reason}",
    ),
    Template.OWNER_SIDE_CHANNEL: (
        _COMMENT,
        "About case {case_id}, somebody turned to {contacted} ({channel}). "
        "The requester has been asked to use the case.\n\n{note}",
    ),
    Template.OWNERSHIP_CHANGED: (
        _COMMENT,
        "{owner} has taken over the escalation of case {case_id}, {case_subject}, from {previous_owner}.",
    ),
    Template.ACKNOWLEDGEMENT_OVERDUE: (
        _EMERGENCY,
        "Nobody has acknowledged the escalation of case {case_id}, {case_subject}. "
        "It has reached rung {rung} of its ladder, which was due at {due_at:%Y-%m-%d %H:%M %Z}. "
        "Please see to it that somebody takes care of it." + _VACANT + _REMIND,
    ),
    Template.LADDER_EXHAUSTED: (
        _EMERGENCY,
        "Nobody has acknowledged the escalation of case {case_id}, {case_subject}. "
        "It has reached rung {rung} of its ladder, which was due at {due_at:%Y-%m-%d %H:%M %Z}.\n\n"
        "That was the last time: nobody will hear of it again. Please see to it that somebody takes care of it."
        + _VACANT,
    ),
    Template.UPDATE_OVERDUE: (
        _COMMENT,
        "Customer and partner of case {case_id}, {case_subject}, were promised an update by "
        "{due_at:%Y-%m-%d %H:%M %Z}. It is overdue by {overdue_by}; {owner} takes care of the escalation."
        + _VACANT
        + _REMIND,
    ),
    Template.ANSWER_OVERDUE: (
        _COMMENT,
        "Customer and partner of case {case_id}, {case_subject}, were asked to answer the proposal {proposal} by "
        "{due_at:%Y-%m-%d %H:%M %Z}. {owner} takes care of the escalation: please ask after it." + _VACANT + _REMIND,
    ),
    Template.FOLLOW_UP_OVERDUE: (
        _COMMENT,
        "The {follow_up} of case {case_id}, {case_subject}, was promised by {due_at:%Y-%m-%d %H:%M %Z}. "
        "{owner} took care of the escalation." + _VACANT + _REMIND,
    ),
    Template.LEVEL_RAISED: (
        _EMERGENCY,
        "{author} has raised the escalation of case {case_id}, {case_subject}, to rung {rung}:\n\n{reason}" + _VACANT,
    ),
    Template.INTERNAL_NOTE: (
        _COMMENT,
        "{author} wrote an internal note on case {case_id}:\n\n{text}",
    ),
}

ENGLISH = Catalog(
    texts=tuple(
        Text(template=template, subject=subject, body=f"Hello {{to}},\n\n{body}")
        for template, (subject, body) in _BODIES.items()
    )
)
