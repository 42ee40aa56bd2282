"""Small explorations have no violations and reach every row and code; planted faults are found."""

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
    assert model_check.main() == 1  # nearly everything is missing
    said = capsys.readouterr().out
    assert all(line in said for line in str(explored).splitlines())
    assert "not checked: a path to where an escalation is closed or canceled" in said
    assert "Acknowledge by support rep from STARTED to ACKNOWLEDGED" in said


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
    key: object = None  #: Of the entry, where it is a table.


def ours(name: str) -> Any:  # noqa: ANN401  # whatever is there, internals too
    """Find something in the library."""
    return resolve_name(f"escalation_core.{name}")


def row(
    command: type[Command], event: type[events.Event], *sources: ec.EscalationStatus, to: ec.EscalationStatus | None
) -> list[Change]:
    """Write other rows for a command: from these statuses, to that one."""
    return [
        Change("lifecycle.ESCALATION.sources", {**ec.ESCALATION.sources, command: sources}),
        Change("lifecycle.ESCALATION._after", (sources, to), key=event),
    ]


def routed(kind: type[events.Event], *routes: tuple[ec.Template, str]) -> list[Change]:
    """Let these people hear of an event, by these templates."""
    filler, mails = ours("notifications.notify._filler"), ours("notifications.mails.BY_TEMPLATE")
    filled = tuple((key, filler(mails[key]), ours(f"notifications.recipients.{who}")) for key, who in routes)
    return [Change("notifications.notify._ROUTES", filled, key=kind)]


def filled(kind: type[events.Event], change: Callable[[Any, dict[str, Any]], dict[str, Any]]) -> list[Change]:
    """Fill the templates of an event, and change what is told, given the event and what is right."""
    routes: tuple[Any, ...] = ours("notifications.notify._ROUTES")[kind]

    def wrongly(fill: Any) -> Any:  # noqa: ANN401  # a function of the library
        def told(event: events.Event, case: ec.Case) -> Any:  # noqa: ANN401  # the data
            right = fill(event, case)
            return attrs.evolve(right, contents=tuple(change(event, dict(right)).values()))

        return told

    wrong = tuple((template, wrongly(fill), who) for template, fill, who in routes)
    return [Change("notifications.notify._ROUTES", wrong, key=kind)]


def silent(kind: type[events.Event], when: Callable[[Any], bool]) -> list[Change]:
    """Tell nobody of an event by a support lead, where this is so of it."""
    routes: tuple[Any, ...] = ours("notifications.notify._ROUTES")[kind]

    def wrongly(who: Any) -> Any:  # noqa: ANN401  # a function of the library
        def heard(event: events.Event, case: ec.Case, policy: ec.Policy) -> Any:  # noqa: ANN401  # people and roles
            return () if event.by.role is LEAD and when(event) else who(event, case, policy)

        return heard

    wrong = tuple((template, fill, wrongly(who)) for template, fill, who in routes)
    return [Change("notifications.notify._ROUTES", wrong, key=kind)]


def always(_: object) -> bool:
    return True


def escalated(kind: type[events.Event], **keep: str) -> list[Change]:
    """Fold an event, and leave a field of the escalation as another one was, or still is."""

    def wrongly(before: ec.Case, after: ec.Case) -> ec.Case:
        was = escalation_of(before)
        kept = {name: getattr(was, other) for name, other in keep.items()}
        return attrs.evolve(after, escalation=attrs.evolve(escalation_of(after), **kept))

    return folded(kind, wrongly)


def folded(kind: type[events.Event], change: Callable[[ec.Case, ec.Case], ec.Case]) -> list[Change]:
    """Fold an event, and change what comes of it, given the case before and after."""
    fold = ours("evolve.folding.FOLDS")[kind]

    def wrongly(case: ec.Case, event: events.Event) -> ec.Case:
        return change(case, fold(case, event))

    return [Change("evolve.folding.FOLDS", wrongly, key=kind)]


def owing(*kinds: ec.FollowUpKind) -> list[Change]:
    """Let this be owed after closing, whatever the cause."""

    def owed_after(*_: object, **__: object) -> tuple[ec.FollowUpKind, ...]:
        return kinds

    return [Change("decide.owed_after", owed_after), Change("evolve.of_follow_ups.owed_after", owed_after)]


def nothing(*_: object) -> tuple[()]:
    """Answer nothing: no refusal, nobody, no event."""
    return ()


def clocks_go_on(before: ec.Case, after: ec.Case) -> ec.Case:
    return attrs.evolve(after, escalation=attrs.evolve(escalation_of(after), clocks=escalation_of(before).clocks))


def no_record(_: ec.Case, after: ec.Case) -> ec.Case:
    return attrs.evolve(after, escalation=attrs.evolve(escalation_of(after), breaches=()))


def urgent(_: ec.Case, after: ec.Case) -> ec.Case:
    return attrs.evolve(after, priority=ec.Priority.URGENT)


def one_version_more(_: ec.Case, after: ec.Case) -> ec.Case:
    return attrs.evolve(after, version=after.version + 1)


def enough(proposal: ec.Proposal, approved_by: tuple[ec.Role, ...]) -> tuple[ec.Role, ...]:
    return () if approved_by else proposal.asked


def leaking(event: events.SideChannelContactReported, told: dict[str, Any]) -> dict[str, Any]:
    return told | ({} if event.by.role is REP else {"channel": event.channel + event.note})


def owned_by_nobody(_: object, told: dict[str, Any]) -> dict[str, Any]:
    return told | {"owner": "the requester"}


def rejected(_: ec.Case, after: ec.Case) -> ec.Case:
    proposals = escalation_of(after).proposals
    answered = attrs.evolve(proposals[-1], status=ec.ProposalStatus.REJECTED)
    return attrs.evolve(after, escalation=attrs.evolve(escalation_of(after), proposals=(*proposals[:-1], answered)))


def done_at_the_start(_: ec.Case, after: ec.Case) -> ec.Case:
    escalation = escalation_of(after)
    *others, last = escalation.follow_ups
    wrong = attrs.evolve(last, done_at=escalation.started_at)
    return attrs.evolve(after, escalation=attrs.evolve(escalation, follow_ups=(*others, wrong)))


def of_little_impact(_: ec.Case, after: ec.Case) -> ec.Case:
    case: ec.Case = ours("evolve.folding.case_with")(after, impact=ec.BusinessImpact.P2)
    return case


def partner_takes_part(case: ec.Case) -> bool:
    return R.PARTNER in case.sides


def without_eta(policy: ec.Policy, case: ec.Case, command: commands.PostUpdate, stamp: Any) -> Any:  # noqa: ANN401
    said = attrs.evolve(command, eta=None) if command.by.role is LEAD else command
    return post_update(policy, case, said, stamp)


def rung_below(timing: ec.Timing, level: int) -> Any:  # noqa: ANN401  # roles
    return roles_at(timing, level - 1)


def last_rung(timing: ec.Timing, *asked: Any, **known: Any) -> Any:  # noqa: ANN401  # a reminder
    said = reminder_of(timing, *asked, **known)
    return attrs.evolve(said, roles=roles_at(timing, said.rung))


def as_it_comes(clock: Any, at: datetime, breaches: tuple[Any, ...]) -> tuple[Any, ...]:  # noqa: ANN401  # clocks
    found = missed(clock, at, breaches)
    return (*breaches, *(one for one in found if one not in breaches))


def first_rule_alone(policy: ec.Policy, *asked: Any) -> Any:  # noqa: ANN401  # as unmet
    return unmet(attrs.evolve(policy, rules=policy.rules[:1]), *asked)


def not_clamped(case: ec.Case) -> datetime | None:
    clocks = () if case.escalation is None else case.escalation.clocks
    return min((clock.remind_at for clock in clocks if clock.remind_at is not None), default=None)


def not_above(policy: ec.Policy, case: ec.Case, command: commands.RaiseLevel) -> Refusals:
    refusals: Refusals = from_the_level_that_is(policy, case, command)
    return refusals if command.from_level > escalation_of(case).level else ()


def customer_alone(*_: object) -> tuple[ec.Role, ...]:
    return (R.CUSTOMER,)


def only_opened(_: object, case: ec.Case, __: object, stamp: dict[str, Any]) -> tuple[events.Event, ...]:
    return (events.CaseOpened(**stamp, case=case),)


post_update = ours("decide._DECISIONS")[commands.PostUpdate]
roles_at, reminder, missed, unmet = map(ours, ("ladder.roles_at", "ladder.reminder", "clocks.missed", "rules.unmet"))
from_the_level_that_is = ours("rules.PAYLOAD_RULES")[commands.RaiseLevel]
may, handle = ours("rules.may"), ec.Process.handle


def always_new(*_: object, **__: object) -> None:
    """Recognize no repeated command."""


def half_of_it(case: ec.Case, command: Command, recorded: Iterable[events.Event] = ()) -> Earlier | None:
    before = earlier(case, command, recorded)
    return before and attrs.evolve(before, versions=before.versions[:1])


def at_any_time(*asked: object) -> Refusals:
    refusals: Refusals = may(*asked[:-1], datetime(2030, 1, 1, tzinfo=UTC))
    return refusals


def at_any_version(
    process: ec.Process, case: ec.Case, command: Command, *, now: datetime, expected_version: int | None = None
) -> ec.Outcome:
    assert expected_version is None or expected_version > case.version
    return handle(process, case, command, now=now)


_asked_before = count()


def never_the_same(_: ec.Case, command: Command, __: datetime) -> Refusals:
    """Refuse, as no host may, every second time."""
    refuses = isinstance(command, commands.PostUpdate) and next(_asked_before) % 2
    return (ec.Refusal(code="again", message="not now"),) if refuses else ()


def two_at_most(case: ec.Case, command: Command, _: datetime) -> Refusals:
    """Refuse, as a host may, a third proposal."""
    refuses = isinstance(command, commands.ProposeSolution) and len(escalation_of(case).proposals) > 1
    return (ec.Refusal(code="enough", message="two were proposed"),) if refuses else ()


def writing(case: ec.Case, command: Command, _: datetime) -> Refusals:
    """Change a case, as no rule may."""
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
    changes: list[Change] = []  # noqa: RUF012  # nobody changes it


FAULTS: dict[str, Fault] = {
    "a row is removed": Fault(
        "PostUpdate by support lead from SOLUTION ACCEPTED to SOLUTION ACCEPTED, with ProgressUpdatePosted: nobody",
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
        "PostUpdate by support lead from ACKNOWLEDGED to ACKNOWLEDGED, with ProgressUpdatePosted: nobody gets there",
        under(permissions=ec.Permissions(granted={commands.PostUpdate: frozenset({REP})})),
    ),
    "permissions are not asked": Fault(
        "authority: CancelEscalation is accepted from a leadership, who may not send it",
        START,
        [Change("rules._permission", nothing)],
    ),
    "who is not on the case is let in": Fault(
        "authority: RejectSolution is accepted from a customer who is not on the case",
        PROPOSAL,
        [Change("rules.EXTERNAL_ROLES", frozenset[ec.Role]())],
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
    "customer and partner are not told": Fault(
        "invariant 3: a customer gets no notification of a status change",
        PROPOSAL,
        routed(events.SolutionRejected, (T.OWNER_REJECTED, "owner")),
    ),
    "an audience is another": Fault(
        "audience: stakeholders_debrief is not sent to a account manager, its audience is stakeholders",
        PROPOSAL,
        routed(events.EscalationClosed, (T.CLOSED, "external"), (T.DEBRIEF, "owner")),
    ),
    "somebody is told twice": Fault(
        "invariant 3: a partner gets 2 notifications of one step",
        START,
        routed(events.EscalationAcknowledged, (T.ACKNOWLEDGED, "external"), (T.OWNER_REASSIGNED, "external")),
    ),
    "a post mortem is not owed": Fault(
        "invariant 6: an escalation in CLOSED, of cause unknown, has the follow-ups: debrief",
        END,
        [*owing(ec.FollowUpKind.DEBRIEF), *routed(events.EscalationClosed)],  # its mails need a post mortem
    ),
    "an analysis is owed whatever the cause": Fault(
        "invariant 6: an escalation in CLOSED, of cause software in production, has the follow-ups: debrief, post mo",
        END,
        owing(*ec.FollowUpKind),
    ),
    "a clock is not stopped": Fault(
        "invariant 12: SOLUTION ACCEPTED: the running clocks must be nothing, got answer",
        PROPOSAL,
        folded(events.SolutionAccepted, clocks_go_on),
    ),
    "a promise that is missed leaves no record": Fault(
        "invariant 12: the breaches must be update, got nothing",
        PROPOSAL,
        folded(events.ProgressUpdatePosted, no_record),
    ),
    "what is due never comes": Fault(
        "invariant 12: nothing is due at next_due", START, [Change("process.due", nothing)]
    ),
    "asking what is due fails": Fault("answer: due raises LookupError", START, [Change("process.due", failing)]),
    "a guard is dropped": Fault(
        "invariant 5: an escalation is closed by silence against the policy, or too early",
        PROPOSAL,
        [Change("rules.STATE_RULES", nothing, key=commands.CloseEscalation)],
    ),
    "a guard is dropped that folds have as well": Fault(
        "answer: CloseCase raises ReplayError", CASE, [Change("rules.STATE_RULES", nothing, key=commands.CloseCase)]
    ),
    "what a command says is not looked at": Fault(
        "(of an unknown proposal) is not refused with unknown_proposal",
        PROPOSAL,
        [Change("rules.PAYLOAD_RULES", nothing, key=commands.AcceptSolution)],
    ),
    "one yes is enough": Fault(
        "record: AcceptSolution leaves a wrong proposals of the escalation",
        PROPOSAL,
        [Change("escalation.Proposal.still_asked", enough)],
    ),
    "a side is not asked": Fault(
        "invariant 5: a proposal asks customer, with the consent of all",
        PROPOSAL,
        [Change("policy.Policy.asked", customer_alone)],
    ),
    "misuse leaves the priority as it was": Fault(
        "invariant 4: a canceled escalation leaves a case in RECEIVED, of priority urgent",
        CASE,
        folded(events.CaseReclassified, urgent),
    ),
    "an emergency starts nothing": Fault(
        "invariant 1: opening a case of type emergency starts no escalation",
        START,
        [Change("decide._DECISIONS", only_opened, key=commands.OpenCase)],
    ),
    "a version is left out": Fault(
        "invariant 7: the versions of the events are not 1, 2, 3 and so on",
        START,
        folded(events.InternalNoteAdded, one_version_more),
    ),
    "a repeated command is done again": Fault(
        "answer: AddInternalNote with an id raises ReplayError", START, [Change("process.earlier", always_new)]
    ),
    "a repeated command is answered with half of what it did": Fault(
        "repeats: OpenCase has another answer when it is repeated",
        START,
        [Change("process.earlier", half_of_it)],
    ),
    "an id that is used twice is not noticed": Fault(
        "is accepted with the id of another command", START, [Change("verdict._reused", nothing)]
    ),
    "time may run backwards": Fault(
        "refusals: Acknowledge is accepted before the time of the last event", START, [Change("rules.may", at_any_time)]
    ),
    "a stale version is not noticed": Fault(
        "refusals: Acknowledge is accepted with a wrong expected version",
        START,
        [Change("process.Process.handle", at_any_version)],
    ),
    "options offer too much": Fault(
        "options: options and check disagree on CancelEscalation by a", START, [Change("process.may", nothing)]
    ),
    "an internal note leaks where a lead sends it": Fault(
        "invariant 8: side_channel_contact_reported shows internal text to a customer",
        START._replace(kinds=OF_THE_START | {commands.ReportSideChannelContact}),
        filled(events.SideChannelContactReported, leaking),
    ),
    "nobody hears of what a lead cancels": Fault(
        "invariant 3: a customer gets no notification of a status change",
        START,
        silent(events.EscalationCanceled, always),
    ),
    "nobody hears of what a lead closes": Fault(
        "audience: escalation_closed is not sent to a customer, its audience is external",
        PROPOSAL,
        silent(events.EscalationClosed, always),
    ),
    "nobody hears of a lead's update without an eta": Fault(
        "audience: progress_update is not sent to a customer, its audience is external, without an eta",
        PROPOSAL,
        silent(events.ProgressUpdatePosted, lambda event: event.eta is None),
    ),
    "the eta of a lead's update is dropped": Fault(
        "event contents: ProgressUpdatePosted has a different eta than PostUpdate",
        PROPOSAL,
        [Change("decide._DECISIONS", without_eta, key=commands.PostUpdate)],
    ),
    "texts name another owner": Fault(
        "notification contents: escalation_acknowledged has a wrong owner",
        START,
        filled(events.EscalationAcknowledged, owned_by_nobody),
    ),
    "a kind of case has fewer stakeholders": Fault(
        "a case about security, with a partner: the leadership is not asked to evaluate it",
        START._replace(
            policy=attrs.evolve(LADDERLESS, audiences=ec.Audiences(security=frozenset({R.SECURITY}))),
            cases=(PARTNER_ALONE,),
        ),
    ),
    "a partner who is named counts as none": Fault(
        "audience: stakeholders_evaluate is not sent to a partner manager, its audience is stakeholders of the kind",
        START._replace(cases=(CUSTOMER_ALONE,)),
        [Change("case.Case.has_partner", property(partner_takes_part))],
    ),
    "the rung below hears": Fault(
        "audience: level_raised is not sent to a support lead, its audience is rung of the raised level",
        LADDER,
        [Change("decide.roles_at", rung_below)],
    ),
    "a late call tells the last rung alone": Fault(
        "invariant 12: AcknowledgementOverdue reaches other rungs than those whose time has come",
        LADDER,
        [Change("due.reminder", last_rung)],
    ),
    "a level that was left is raised again": Fault(
        "(from a level below the current one) is not refused with level_moved",
        LADDER,
        [Change("rules.PAYLOAD_RULES", not_above, key=commands.RaiseLevel)],
    ),
    "something is due before the last event": Fault(
        "invariant 12: next_due is before the last event",
        LADDER,
        [Change("due.next_due", not_clamped), Change("process.next_due", not_clamped)],
    ),
    "the old owner stays": Fault(
        "record: ReassignOwner leaves a wrong owner of the escalation",
        PROPOSAL._replace(kinds=frozenset({commands.Acknowledge, commands.ReassignOwner})),
        escalated(events.OwnerReassigned, owner="owner"),
    ),
    "an emergency has little impact": Fault(
        "record: DeclareEmergency leaves a wrong impact of the case",
        START,
        folded(events.EscalationStarted, of_little_impact),
    ),
    "a proposal that is accepted counts as rejected": Fault(
        "record: AcceptSolution leaves a wrong proposals of the escalation",
        PROPOSAL,
        folded(events.SolutionAccepted, rejected),
    ),
    "it is acknowledged when it started": Fault(
        "record: Acknowledge leaves a wrong acknowledged_at of the escalation",
        START,
        escalated(events.EscalationAcknowledged, acknowledged_at="started_at"),
    ),
    "people still talk after the end": Fault(
        "record: CloseEscalation leaves a wrong real_time of the escalation",
        PROPOSAL._replace(kinds=TO_THE_END | {commands.RequestRealTimeCommunication}, cases=(CUSTOMER_ALONE,)),
        escalated(events.EscalationClosed, real_time="real_time"),
    ),
    "an analysis is shared at another time": Fault(
        "record: ShareRootCauseAnalysis leaves a wrong follow_ups of the escalation",
        END,
        folded(events.RootCauseAnalysisShared, done_at_the_start),
    ),
    "what was missed is not in order": Fault(
        "invariant 12: the breaches are not in the order of time",
        END,
        [Change("evolve.folding.missed", as_it_comes)],
    ),
    "the first rule of one's own is asked alone": Fault(
        "rules: the host's cause_first refuses nothing",
        under(rules=(fixes_only, cause_first)),
        [Change("process.unmet", first_rule_alone)],
    ),
    "a rule of one's own counts proposals": Fault(
        "is answered with nothing by the host's rules, and with enough in another case",
        under(rules=(two_at_most,)),
    ),
    "a rule of one's own reads what others do not": Fault(
        "abstraction: CloseEscalation by a support rep is answered with",
        END._replace(policy=attrs.evolve(LADDERLESS, rules=(cause_first,))),
    ),
    "a rule of one's own is not the same twice": Fault(
        "answer: PostUpdate raises CommandRefusedError", under(rules=(never_the_same,))
    ),
    "a rule of one's own changes the case": Fault(
        "invariant 11: a call changes its arguments", under(rules=(writing,))
    ),
    "a rule of one's own fails": Fault("answer: OpenCase raises LookupError", under(rules=(failing,))),
}


@cache
def said_of(kinds: model_check.Kinds, cases: tuple[ec.Case, ...]) -> frozenset[str]:
    """Return the messages without any fault, since small explorations do not reach everything."""
    return said(Scope(policy=LADDERLESS, cases=cases, kinds=kinds))


def said(scope: Scope) -> frozenset[str]:
    explored = scope.explored()
    return frozenset([*map(str, explored.problems), *differences([explored])])


@pytest.mark.thorough
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words, scope, changes = FAULTS[name]
    before = said_of(scope.kinds, scope.cases)
    for at, put, key in changes:
        if key is None:
            monkeypatch.setattr(f"escalation_core.{at}", put)
        else:
            monkeypatch.setitem(ours(at), key, put)
    found = sorted(said(scope) - before)
    about = [one for one in found if words in one]
    assert about, "\n".join(one.splitlines()[0] for one in found)
    # A violation has a path to it; something that is missing everywhere has none.
    missing = ("nobody gets there", "refuses nothing", "asked to evaluate it")
    assert all("\n  1. a case of type " in one or any(word in one for word in missing) for one in about)


@pytest.mark.thorough
@pytest.mark.parametrize("part", ["_level", "_progress", "_vote"])
def test_a_signature_that_leaves_out_too_much_is_found(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cases with the same signature then have different answers, or lead to different states."""
    policy = ec.Policy(timing=ec.Timing(ladder=ec.Timing().ladder[:1]))
    kinds = PROPOSAL.kinds | {commands.PostponeUpdate, commands.RaiseLevel}
    scope = Scope(policy=policy, cases=(BOTH,), kinds=kinds, twins=5)
    monkeypatch.setattr(f"escalation_core.model_check.abstraction.{part}", nothing)
    found = [problem for problem in scope.explored().problems if problem.rule == "abstraction"]
    assert found
    assert all(problem.path != problem.other_path and "another case:" in str(problem) for problem in found)


def test_a_counterexample_has_a_shortest_path_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ours("rules.STATE_RULES"), commands.CloseCase, nothing)
    assert (
        str(CASE.explored().problems[0])
        == """\
answer: CloseCase raises ReplayError
  1. a case of type emergency, about software; on it: customer, development, partner, support lead
  2. support rep: open a case
  3. support rep: start the diagnosis of a case
  4. support rep: propose a solution for a case
  5. support rep: close a case (model/5: CaseClosed is impossible, since the escalation is active on case model)"""
    )
