"""The model check on small parts: no violations, everything is reached, and planted faults are found."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pkgutil import resolve_name
from typing import Any, NamedTuple

import attrs
import pytest

import escalation_core as ec
import model_check
from escalation_core import commands, events
from escalation_core.commands import Command
from escalation_core.model_check import explore
from escalation_core.table import EVENTS
from model_check import (
    ALL,
    BOTH,
    CUSTOMER_ALONE,
    OF_FOLLOW_UPS,
    OF_PROPOSALS,
    OF_THE_CASE,
    PARTNER_ALONE,
    PROBLEM,
    REQUEST,
    TO_THE_END,
    WAITING,
    WIDER_AUDIENCE,
    Scope,
    cause_first,
    fixes_only,
)
from support.documented import differences
from support.examples import escalation_of

S, R, T = ec.EscalationStatus, ec.Role, ec.Template
REP, LEAD = R.SUPPORT_REP, R.SUPPORT_LEAD
OF_THE_START = frozenset(
    {
        commands.DeclareEmergency,
        commands.CancelEscalation,
        commands.Acknowledge,
        commands.AddInternalNote,
        commands.ReprioritizeCase,
    }
)
OF_THE_WORK = frozenset(
    {
        commands.AddInternalNote,
        commands.AttributeCause,
        commands.EndRealTimeCommunication,
        commands.RaiseLevel,
        commands.ReassignOwner,
        commands.ReportSideChannelContact,
        commands.RequestRealTimeCommunication,
    }
)

LADDERLESS = ec.Policy(timing=ec.Timing(ladder=()))
FOR_THE_CUSTOMER = attrs.evolve(LADDERLESS, consent=ec.Consent.CUSTOMER)
#: Small parts of the process that together take every row by every role.
PARTS: dict[str, Scope] = {
    "the start": Scope(kinds=OF_THE_START | {commands.RaiseLevel, commands.ReportSideChannelContact}),
    "the work": Scope(
        policy=WIDER_AUDIENCE,
        cases=(CUSTOMER_ALONE,),
        kinds=(TO_THE_END | OF_THE_WORK | {commands.RejectSolution}) - {commands.CloseEscalation},
    ),
    "a proposal": Scope(policy=WAITING, cases=(BOTH,), kinds=OF_PROPOSALS),
    "the end": Scope(
        policy=FOR_THE_CUSTOMER,
        cases=(BOTH,),
        kinds=OF_FOLLOW_UPS | {commands.PostponeUpdate, commands.RejectSolution},
    ),
    "no escalation": Scope(cases=(PROBLEM,), kinds=ALL - {commands.DeclareEmergency}),
    "the case": Scope(
        cases=(BOTH, PARTNER_ALONE, PROBLEM, REQUEST),
        kinds=OF_THE_CASE | OF_THE_START - {commands.Acknowledge} | {commands.AddParticipant},
    ),
}


@pytest.mark.thorough
def test_the_parts_pass_all_checks_and_reach_every_row_and_code() -> None:
    assert model_check.problems({scope: scope.explored() for scope in PARTS.values()}) == []


def test_the_script_prints_the_figures_and_the_problems(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = Scope(cases=(REQUEST,), kinds=OF_THE_CASE)
    explored = small.explored()
    assert (explored.states, explored.twins, explored.problems) == (5, 4, ())
    monkeypatch.setattr(model_check, "SCOPES", {"a request": small})
    assert model_check.main() == 1  # the small parts do not reach most rows
    output = capsys.readouterr().out
    assert all(line in output for line in str(explored).splitlines())
    assert "not checked: a path to where an escalation is closed or canceled" in output
    assert "Acknowledge by support rep from STARTED to ACKNOWLEDGED" in output


def test_explore_begins_with_every_kind_of_case_by_default() -> None:
    explored = explore(ec.Process(), kinds=[commands.CancelEscalation])
    assert {command for command, _, _ in explored.rows} == {commands.OpenCase, commands.CancelEscalation}
    assert explored.problems == ()


def test_the_check_expects_every_row_code_event_and_template() -> None:
    every = model_check.EXPECTED
    assert every.rows == sum(len(move.source) for table in (ec.ESCALATION, ec.CASE) for move in table.moves)
    assert (every.codes, every.events) == (len(ec.RefusalCode), len(EVENTS))
    assert every.templates == len(ec.Template)


# ---- faults

START = Scope(policy=LADDERLESS, cases=(BOTH, PROBLEM), kinds=OF_THE_START)
PROPOSAL = Scope(policy=LADDERLESS, cases=(BOTH,), kinds=TO_THE_END | {commands.RejectSolution, commands.PostUpdate})
END = Scope(policy=LADDERLESS, cases=(CUSTOMER_ALONE,), kinds=OF_FOLLOW_UPS)
LADDER = Scope(cases=(CUSTOMER_ALONE,), kinds=frozenset({commands.RaiseLevel, commands.AddInternalNote}))
CASE = Scope(policy=LADDERLESS, cases=(BOTH,), kinds=OF_THE_CASE | {commands.CancelEscalation})

Refusals = tuple[ec.Refusal, ...]


class Change(NamedTuple):
    """A replacement of a part of the library."""

    at: str  #: Its name below ``escalation_core``.
    put: Any
    key: object = None  #: Of the entry, if the part is a mapping.


def ours(name: str) -> Any:  # noqa: ANN401  # any part of the library, also an internal one
    """Return a part of the library by its name."""
    return resolve_name(f"escalation_core.{name}")


def row(
    command: type[Command], event: type[events.Event], *sources: ec.EscalationStatus, to: ec.EscalationStatus | None
) -> list[Change]:
    """Replace the moves of a command by moves from these statuses to that one."""
    return [
        Change("table.ESCALATION.sources", {**ec.ESCALATION.sources, command: sources}),
        Change("table.ESCALATION._after", (sources, to), key=event),
    ]


def stepped(kind: type[Command], **changes: Any) -> list[Change]:  # noqa: ANN401  # fields of a row
    """Change the row of a command: its rules or its decision."""
    return [Change("steps.frame.STEPS", attrs.evolve(STEPS[kind], **changes), key=kind)]


def folded(kind: type[events.Event], change: Callable[[ec.Case, dict[str, Any]], dict[str, Any]]) -> list[Change]:
    """Replace some changes of an event, given the case before the event and the right changes."""
    right = ours("steps.frame._FOLDS")[kind]

    def wrongly(case: ec.Case, *arguments: Any) -> dict[str, Any]:  # noqa: ANN401  # the arguments of any fold
        changes: dict[str, Any] = right.how(case, *arguments)
        return changes | change(case, changes)

    return [Change("steps.frame._FOLDS", attrs.evolve(right, how=wrongly), key=kind)]


def route(mail: Any, who: Any, **finders: Any) -> Any:  # noqa: ANN401  # an internal row
    """Return the route of a mail to these recipients, with other values for some fields."""
    finder = ours("notifications.fields.finder")
    return mail.template, who, mail.fields, tuple([finders.get(name) or finder(name) for name in mail.own])


def routed(kind: type[events.Event], *mails: tuple[ec.Template, str]) -> list[Change]:
    """Send other mails about an event, to other recipients."""
    known, people = ours("notifications.mails.BY_TEMPLATE"), "notifications.recipients."
    wrong = tuple(route(known[template], ours(people + who)) for template, who in mails)
    return [Change("notifications.notify._ROUTES", wrong, key=kind)]


def filled(kind: type[events.Event], **finders: Callable[[Any, ec.Case], object]) -> list[Change]:
    """Fill some fields of the mails about an event with other values."""
    wrong = tuple(route(mail, mail.recipients, **finders) for mail in ours("notifications.mails.BY_EVENT")[kind])
    return [Change("notifications.notify._ROUTES", wrong, key=kind)]


def silent(kind: type[events.Event], when: Callable[[Any], bool]) -> list[Change]:
    """Notify nobody of some events that a support lead caused."""

    def wrongly(who: Any) -> Any:  # noqa: ANN401  # a function of the library
        def recipients(event: events.Event, case: ec.Case, policy: ec.Policy) -> Any:  # noqa: ANN401  # people and roles
            return () if event.by.role is LEAD and when(event) else who(event, case, policy)

        return recipients

    wrong = tuple(route(mail, wrongly(mail.recipients)) for mail in ours("notifications.mails.BY_EVENT")[kind])
    return [Change("notifications.notify._ROUTES", wrong, key=kind)]


def always(_: object) -> bool:
    return True


def owing(*kinds: ec.FollowUpKind) -> list[Change]:
    """Owe these follow-ups after closing, for any cause."""

    def owed_after(*_: object, **__: object) -> tuple[ec.FollowUpKind, ...]:
        return kinds

    return [Change("steps.follow_ups.owed_after", owed_after)]


def nothing(*_: object) -> tuple[()]:
    """Return no refusals, no recipients or no events."""
    return ()


def keep_the_clocks(before: ec.Case, _: dict[str, Any]) -> dict[str, Any]:
    return {"clocks": escalation_of(before).clocks}


def keep_the_owner(before: ec.Case, _: dict[str, Any]) -> dict[str, Any]:
    return {"owner": escalation_of(before).owner}


def keep_real_time(before: ec.Case, _: dict[str, Any]) -> dict[str, Any]:
    return {"real_time": escalation_of(before).real_time}


def acknowledged_at_the_start(before: ec.Case, _: dict[str, Any]) -> dict[str, Any]:
    return {"acknowledged_at": escalation_of(before).started_at}


def no_breaches(*_: object) -> dict[str, Any]:
    return {"breaches": ()}


def urgent(*_: object) -> dict[str, Any]:
    return {"priority": ec.Priority.URGENT}


def of_little_impact(*_: object) -> dict[str, Any]:
    return {"impact": ec.BusinessImpact.P2}


def rejected(_: ec.Case, right: dict[str, Any]) -> dict[str, Any]:
    *others, last = right["proposals"]
    return {"proposals": (*others, attrs.evolve(last, status=ec.ProposalStatus.REJECTED))}


def done_at_the_start(before: ec.Case, right: dict[str, Any]) -> dict[str, Any]:
    *others, last = right["follow_ups"]
    return {"follow_ups": (*others, attrs.evolve(last, done_at=escalation_of(before).started_at))}


def one_version_more(case: ec.Case, event: events.Event, fold: Any) -> ec.Case:  # noqa: ANN401  # an internal row
    after: ec.Case = case_after(case, event, fold)
    return attrs.evolve(after, version=after.version + isinstance(event, events.InternalNoteAdded))


def enough(proposal: ec.Proposal, approved_by: tuple[ec.Role, ...]) -> tuple[ec.Role, ...]:
    return () if approved_by else proposal.asked


def leaking(event: events.SideChannelContactReported, _: ec.Case) -> str:
    return event.channel if event.by.role is REP else event.channel + event.note


def owned_by_nobody(*_: object) -> str:
    return "the requester"


def partner_takes_part(case: ec.Case) -> bool:
    return R.PARTNER in case.sides


def without_eta(*arguments: Any) -> Any:  # noqa: ANN401  # the arguments of a decision; the last are command and stamp
    *first, command, stamp = arguments
    changed = attrs.evolve(command, eta=None) if command.by.role is LEAD else command
    return STEPS[commands.PostUpdate].decide(*first, changed, stamp)


def rung_below(timing: ec.Timing, level: int) -> Any:  # noqa: ANN401  # roles
    return roles_at(timing, level - 1)


def last_rung(timing: ec.Timing, *arguments: Any, **known: Any) -> Any:  # noqa: ANN401  # a reminder
    right = reminder_of(timing, *arguments, **known)
    return attrs.evolve(right, roles=roles_at(timing, right.rung))


def in_order_of_arrival(clock: Any, at: datetime, breaches: tuple[Any, ...]) -> tuple[Any, ...]:  # noqa: ANN401  # clocks
    found = missed(clock, at, breaches)
    return (*breaches, *(one for one in found if one not in breaches))


def first_rule_alone(policy: ec.Policy, *arguments: Any) -> Any:  # noqa: ANN401  # as judge
    return judge(attrs.evolve(policy, rules=policy.rules[:1]), *arguments)


def not_clamped(case: ec.Case) -> datetime | None:
    clocks = () if case.escalation is None else case.escalation.clocks
    return min((clock.remind_at for clock in clocks if clock.remind_at is not None), default=None)


def not_above(policy: ec.Policy, case: ec.Case, escalation: ec.Escalation, command: commands.RaiseLevel) -> Refusals:
    refusals: Refusals = STEPS[commands.RaiseLevel].payload(policy, case, escalation, command)
    return refusals if command.from_level > escalation.level else ()


def customer_alone(*_: object) -> tuple[ec.Role, ...]:
    return (R.CUSTOMER,)


def only_opened(_: object, case: ec.Case, __: object, stamp: dict[str, Any]) -> tuple[events.Event, ...]:
    return (events.CaseOpened(**stamp, case=case),)


#: A copy, since the faults change the original.
STEPS: dict[type[Command], Any] = dict(ours("steps.frame.STEPS"))
case_after, roles_at, reminder_of = map(
    ours, ("steps.frame._case_after", "steps.reminders.roles_at", "steps.reminders.reminder_of")
)
missed, earlier, judge, may = map(ours, ("clocks.missed", "deduplication.earlier", "verdict.judge", "verdict.may"))
handle = ec.Process.handle


def half_of_it(case: ec.Case, command: Command, recorded: Iterable[events.Event], **known: Any) -> Any:  # noqa: ANN401
    before = earlier(case, command, recorded, **known)
    return before and attrs.evolve(before, versions=before.versions[:1])


def always_new(*_: object, **__: object) -> None:
    """Recognize no repeated command."""


def at_any_time(*arguments: object) -> Refusals:
    refusals: Refusals = may(*arguments[:-1], datetime(2030, 1, 1, tzinfo=UTC))
    return refusals


def at_any_version(
    process: ec.Process, case: ec.Case, command: Command, *, now: datetime, expected_version: int | None = None
) -> ec.Outcome:
    assert expected_version is None or expected_version > case.version
    return handle(process, case, command, now=now)


_calls = count()


def never_the_same(_: ec.Case, command: Command, __: datetime) -> Refusals:
    """Refuse every second call; a rule of a host must not do that."""
    refuses = isinstance(command, commands.PostUpdate) and next(_calls) % 2
    return (ec.Refusal(code="again", message="not now"),) if refuses else ()


def two_at_most(case: ec.Case, command: Command, _: datetime) -> Refusals:
    """Refuse a third proposal; a rule of a host may do that."""
    refuses = isinstance(command, commands.ProposeSolution) and len(escalation_of(case).proposals) > 1
    return (ec.Refusal(code="enough", message="two were proposed"),) if refuses else ()


def writing(case: ec.Case, command: Command, _: datetime) -> Refusals:
    """Change a case; a rule of a host must not do that."""
    if isinstance(command, commands.RejectSolution):
        object.__setattr__(case, "earlier_misuses", case.earlier_misuses + 1)
    return ()


def failing(*_: object) -> Refusals:
    raise LookupError


def under(**changes: Any) -> Scope:  # noqa: ANN401  # fields of a policy
    """Return the exploration of a proposal with another policy."""
    return PROPOSAL._replace(policy=attrs.evolve(LADDERLESS, **changes))


class Fault(NamedTuple):
    """A fault: the words of its violation, the exploration that finds it, and its changes of the library."""

    found: str
    scope: Scope
    changes: list[Change] = []  # noqa: RUF012  # the list is never changed


FAULTS: dict[str, Fault] = {
    "a row is removed": Fault(
        "PostUpdate by support lead from SOLUTION ACCEPTED to SOLUTION ACCEPTED, with ProgressUpdatePosted: never",
        PROPOSAL,
        row(commands.PostUpdate, events.ProgressUpdatePosted, S.ACKNOWLEDGED, S.SOLUTION_REJECTED, to=None),
    ),
    "the only row to an end is removed": Fault(
        "invariant 9: a case in RECEIVED, its escalation SOLUTION ACCEPTED, has no path to where an escalation is",
        PROPOSAL,
        row(commands.CloseEscalation, events.EscalationClosed, S.SOLUTION_PROPOSED, to=S.CLOSED),
    ),
    "a row is added": Fault(
        "invariant 2: Acknowledge moves an escalation from SOLUTION REJECTED to ACKNOWLEDGED",
        PROPOSAL,
        row(commands.Acknowledge, events.EscalationAcknowledged, S.STARTED, S.SOLUTION_REJECTED, to=S.ACKNOWLEDGED),
    ),
    "a row leads elsewhere": Fault(
        "invariant 2: RejectSolution moves an escalation from SOLUTION PROPOSED to ACKNOWLEDGED",
        PROPOSAL,
        row(commands.RejectSolution, events.SolutionRejected, S.SOLUTION_PROPOSED, to=S.ACKNOWLEDGED),
    ),
    "a permission is added": Fault(
        "CloseEscalation by DevOps from SOLUTION ACCEPTED to CLOSED, with EscalationClosed: the design has no such row",
        under(permissions=ec.Permissions(granted={commands.CloseEscalation: frozenset({REP, LEAD, R.DEVOPS})})),
    ),
    "a permission is removed": Fault(
        "PostUpdate by support lead from ACKNOWLEDGED to ACKNOWLEDGED, with ProgressUpdatePosted: never reached",
        under(permissions=ec.Permissions(granted={commands.PostUpdate: frozenset({REP})})),
    ),
    "permissions are not checked": Fault(
        "authority: CancelEscalation is accepted from a leadership, who may not send it",
        START,
        [Change("verdict._permission", nothing)],
    ),
    "external people need not participate": Fault(
        "authority: RejectSolution is accepted from a customer who is not on the case",
        PROPOSAL,
        [Change("verdict.EXTERNAL_ROLES", frozenset[ec.Role]())],
    ),
    "an external text goes to internal people": Fault(
        "invariant 8: escalation_closed is for customer and partner, and is sent to a account manager",
        PROPOSAL,
        routed(events.EscalationClosed, (T.CLOSED, "stakeholders")),
    ),
    "an internal text goes to customer and partner": Fault(
        "invariant 8: internal_note_added shows internal text to a customer",
        START,
        routed(events.InternalNoteAdded, (T.INTERNAL_NOTE, "external")),
    ),
    "customer and partner are not notified": Fault(
        "invariant 3: a customer gets no notification of a status change",
        PROPOSAL,
        routed(events.SolutionRejected, (T.OWNER_REJECTED, "owner")),
    ),
    "an audience is wrong": Fault(
        "audience: stakeholders_debrief is not sent to a account manager, its audience is stakeholders",
        PROPOSAL,
        routed(events.EscalationClosed, (T.CLOSED, "external"), (T.DEBRIEF, "owner")),
    ),
    "a person is notified twice": Fault(
        "invariant 3: a partner gets 2 notifications of one step",
        START,
        routed(events.EscalationAcknowledged, (T.ACKNOWLEDGED, "external"), (T.OWNER_REASSIGNED, "external")),
    ),
    "a post mortem is not owed": Fault(
        "invariant 6: an escalation in CLOSED, of cause unknown, has the follow-ups: debrief",
        END,
        [*owing(ec.FollowUpKind.DEBRIEF), *routed(events.EscalationClosed)],  # its mails need a post mortem
    ),
    "a root cause analysis is owed for any cause": Fault(
        "invariant 6: an escalation in CLOSED, of cause software in production, has the follow-ups: debrief, post mo",
        END,
        owing(*ec.FollowUpKind),
    ),
    "a clock is not stopped": Fault(
        "invariant 12: SOLUTION ACCEPTED: the running clocks must be nothing, got answer",
        PROPOSAL,
        folded(events.SolutionAccepted, keep_the_clocks),
    ),
    "a missed deadline leaves no record": Fault(
        "invariant 12: the breaches must be update, got nothing",
        PROPOSAL,
        folded(events.ProgressUpdatePosted, no_breaches),
    ),
    "nothing is ever due": Fault("invariant 12: nothing is due at next_due", START, [Change("process.due", nothing)]),
    "finding what is due fails": Fault("answer: due raises LookupError", START, [Change("process.due", failing)]),
    "a rule of the state is dropped": Fault(
        "invariant 5: an escalation is closed by silence against the policy, or too early",
        PROPOSAL,
        stepped(commands.CloseEscalation, state=None),
    ),
    "a rule of the state is dropped that a fold has as well": Fault(
        "answer: CloseCase raises ReplayError", CASE, stepped(commands.CloseCase, state=None)
    ),
    "a rule of the fields is dropped": Fault(
        "(of an unknown proposal) is not refused with unknown_proposal",
        PROPOSAL,
        stepped(commands.AcceptSolution, payload=None),
    ),
    "the approval of one side is enough": Fault(
        "record: AcceptSolution leaves a wrong proposals of the escalation",
        PROPOSAL,
        [Change("escalation.Proposal.still_asked", enough)],
    ),
    "a side is not asked": Fault(
        "invariant 5: a proposal asks customer, with the consent of all",
        PROPOSAL,
        [Change("policy.Policy.asked", customer_alone)],
    ),
    "a canceled emergency keeps its priority": Fault(
        "invariant 4: a canceled escalation leaves a case in RECEIVED, of priority urgent",
        CASE,
        folded(events.CaseReclassified, urgent),
    ),
    "an emergency starts no escalation": Fault(
        "invariant 1: opening a case of type emergency starts no escalation",
        START,
        stepped(commands.OpenCase, decide=only_opened),
    ),
    "a version is skipped": Fault(
        "invariant 7: the versions of the events are not 1, 2, 3 and so on",
        START,
        [Change("steps.frame._case_after", one_version_more)],
    ),
    "a repeated command is not recognized": Fault(
        "answer: Acknowledge with an id raises IllegalTransitionError",
        START,
        [Change("verdict.earlier", always_new)],
    ),
    "a repeated command returns only the first event": Fault(
        "repeats: OpenCase has another answer when it is repeated",
        START,
        [Change("verdict.earlier", half_of_it)],
    ),
    "an id of two commands is not noticed": Fault(
        "is accepted with the id of another command", START, [Change("verdict._reused", nothing)]
    ),
    "time may run backwards": Fault(
        "refusals: Acknowledge is accepted before the time of the last event",
        START,
        [Change("verdict.may", at_any_time)],
    ),
    "a stale version is not noticed": Fault(
        "refusals: Acknowledge is accepted with a wrong expected version",
        START,
        [Change("process.Process.handle", at_any_version)],
    ),
    "options offer too much": Fault(
        "options: options and check disagree on CancelEscalation by a", START, [Change("process.may", nothing)]
    ),
    "an internal note of a lead leaks": Fault(
        "invariant 8: side_channel_contact_reported shows internal text to a customer",
        START._replace(kinds=OF_THE_START | {commands.ReportSideChannelContact}),
        filled(events.SideChannelContactReported, channel=leaking),
    ),
    "nobody is notified when a lead cancels": Fault(
        "invariant 3: a customer gets no notification of a status change",
        START,
        silent(events.EscalationCanceled, always),
    ),
    "nobody is notified when a lead closes": Fault(
        "audience: escalation_closed is not sent to a customer, its audience is external",
        PROPOSAL,
        silent(events.EscalationClosed, always),
    ),
    "nobody is notified of a lead's update without an eta": Fault(
        "audience: progress_update is not sent to a customer, its audience is external, without an eta",
        PROPOSAL,
        silent(events.ProgressUpdatePosted, lambda event: event.eta is None),
    ),
    "the eta of a lead's update is dropped": Fault(
        "event contents: ProgressUpdatePosted has a different eta than PostUpdate",
        PROPOSAL,
        stepped(commands.PostUpdate, decide=without_eta),
    ),
    "a mail names another owner": Fault(
        "notification contents: escalation_acknowledged has a wrong owner",
        START,
        filled(events.EscalationAcknowledged, owner=owned_by_nobody),
    ),
    "a kind of case has fewer stakeholders": Fault(
        "a case about security, with a partner: the leadership is not asked to evaluate it",
        START._replace(
            policy=attrs.evolve(LADDERLESS, audiences=ec.Audiences(security=frozenset({R.SECURITY}))),
            cases=(PARTNER_ALONE,),
        ),
    ),
    "a named partner is ignored": Fault(
        "audience: stakeholders_evaluate is not sent to a partner manager, its audience is stakeholders of the kind",
        START._replace(cases=(CUSTOMER_ALONE,)),
        [Change("case.Case.has_partner", property(partner_takes_part))],
    ),
    "the rung below is notified": Fault(
        "audience: level_raised is not sent to a support lead, its audience is rung of the raised level",
        LADDER,
        [Change("steps.ladder.roles_at", rung_below)],
    ),
    "a late call notifies only the last rung": Fault(
        "invariant 12: AcknowledgementOverdue reaches other rungs than those whose time has come",
        LADDER,
        [Change("steps.reminders.reminder_of", last_rung)],
    ),
    "an earlier level is raised again": Fault(
        "(from a level below the current one) is not refused with level_moved",
        LADDER,
        stepped(commands.RaiseLevel, payload=not_above),
    ),
    "something is due before the last event": Fault(
        "invariant 12: next_due is before the last event",
        LADDER,
        [Change("steps.frame.next_due", not_clamped), Change("process.next_due", not_clamped)],
    ),
    "the previous owner stays": Fault(
        "record: ReassignOwner leaves a wrong owner of the escalation",
        PROPOSAL._replace(kinds=frozenset({commands.Acknowledge, commands.ReassignOwner})),
        folded(events.OwnerReassigned, keep_the_owner),
    ),
    "an emergency has little impact": Fault(
        "record: DeclareEmergency leaves a wrong impact of the case",
        START,
        folded(events.EscalationStarted, of_little_impact),
    ),
    "an accepted proposal is recorded as rejected": Fault(
        "record: AcceptSolution leaves a wrong proposals of the escalation",
        PROPOSAL,
        folded(events.SolutionAccepted, rejected),
    ),
    "the time of the acknowledgement is wrong": Fault(
        "record: Acknowledge leaves a wrong acknowledged_at of the escalation",
        START,
        folded(events.EscalationAcknowledged, acknowledged_at_the_start),
    ),
    "real-time communication outlasts the escalation": Fault(
        "record: CloseEscalation leaves a wrong real_time of the escalation",
        PROPOSAL._replace(kinds=TO_THE_END | {commands.RequestRealTimeCommunication}, cases=(CUSTOMER_ALONE,)),
        folded(events.EscalationClosed, keep_real_time),
    ),
    "the time of sharing an analysis is wrong": Fault(
        "record: ShareRootCauseAnalysis leaves a wrong follow_ups of the escalation",
        END,
        folded(events.RootCauseAnalysisShared, done_at_the_start),
    ),
    "breaches are not in order": Fault(
        "invariant 12: the breaches are not in the order of time",
        END,
        [Change("steps.deadlines.missed", in_order_of_arrival)],
    ),
    "only the first rule of a host is asked": Fault(
        "rules: the host's cause_first refuses nothing",
        under(rules=(fixes_only, cause_first)),
        [Change("process.judge", first_rule_alone)],
    ),
    "a rule of a host counts proposals": Fault(
        "is answered with nothing by the host's rules, and with enough in another case",
        under(rules=(two_at_most,)),
    ),
    "a rule of a host reads a part that no signature keeps": Fault(
        "abstraction: CloseEscalation by a support rep is answered with",
        END._replace(policy=attrs.evolve(LADDERLESS, rules=(cause_first,))),
    ),
    "a rule of a host is not deterministic": Fault(
        "answer: PostUpdate raises CommandRefusedError", under(rules=(never_the_same,))
    ),
    "a rule of a host changes the case": Fault("invariant 11: a call changes its arguments", under(rules=(writing,))),
    "a rule of a host fails": Fault("answer: OpenCase raises LookupError", under(rules=(failing,))),
}


@cache
def messages_without_fault(kinds: model_check.Kinds, cases: tuple[ec.Case, ...]) -> frozenset[str]:
    """Return the messages of the process without a fault, since small explorations do not reach everything."""
    return messages(Scope(policy=LADDERLESS, cases=cases, kinds=kinds))


def messages(scope: Scope) -> frozenset[str]:
    explored = scope.explored()
    return frozenset([*map(str, explored.problems), *differences([explored])])


def plant(monkeypatch: pytest.MonkeyPatch, changes: list[Change]) -> None:
    for at, put, key in changes:
        if key is None:
            monkeypatch.setattr(f"escalation_core.{at}", put)
        else:
            monkeypatch.setitem(ours(at), key, put)


@pytest.mark.thorough
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words, scope, changes = FAULTS[name]
    before = messages_without_fault(scope.kinds, scope.cases)
    plant(monkeypatch, changes)
    found = sorted(messages(scope) - before)
    about = [one for one in found if words in one]
    assert about, "\n".join(one.splitlines()[0] for one in found)
    # The message of a violation has a path; the message about something missing everywhere has none.
    missing = ("never reached", "refuses nothing", "asked to evaluate it")
    assert all("\n  1. a case of type " in one or any(word in one for word in missing) for one in about)


@pytest.mark.thorough
@pytest.mark.parametrize("part", ["_level", "_progress", "_vote"])
def test_a_signature_that_leaves_out_too_much_is_found(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With such a signature, two equal cases have different answers or lead to different states."""
    policy = ec.Policy(timing=ec.Timing(ladder=ec.Timing().ladder[:1]))
    kinds = PROPOSAL.kinds | {commands.PostponeUpdate, commands.RaiseLevel}
    scope = Scope(policy=policy, cases=(BOTH,), kinds=kinds, twins=5)
    monkeypatch.setattr(f"escalation_core.model_check.abstraction.{part}", nothing)
    found = [problem for problem in scope.explored().problems if problem.rule == "abstraction"]
    assert found
    assert all(problem.path != problem.other_path and "another case:" in str(problem) for problem in found)


def test_a_counterexample_has_a_shortest_path_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, stepped(commands.CloseCase, state=None))
    assert (
        str(CASE.explored().problems[0])
        == """\
answer: CloseCase raises ReplayError
  1. a case of type emergency, about software; on it: customer, development, partner, support lead
  2. support rep: open a case
  3. support rep: start the diagnosis of a case
  4. support rep: propose a solution for a case
  5. support rep: close a case (model/5: CaseClosed is impossible on case model, since the escalation is active)"""
    )
