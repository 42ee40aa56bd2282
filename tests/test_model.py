"""The search through all states, in small: nothing is wrong, all is reached, and planted faults are found."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple

import attrs
import pytest

import escalation_core as ec
import model_check
from documented import differences
from escalation_core import commands, events
from escalation_core.commands import Command
from escalation_core.deduplication import Earlier, earlier
from escalation_core.testing.model import explore
from examples import escalation_of
from model_check import (
    ALL,
    BOTH,
    CUSTOMER_ALONE,
    HEARD,
    OF_FOLLOW_UPS,
    OF_PROPOSALS,
    OF_THE_CASE,
    PARTNER_ALONE,
    PROBLEM,
    REQUEST,
    TO_THE_END,
    WAITING,
    Model,
    cause_first,
    fixes_only,
)

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
#: Small parts of the process, which together take every row by every role.
PARTS: dict[str, Model] = {
    "the start": Model(kinds=OF_THE_START | {commands.RaiseLevel, commands.ReportSideChannelContact}),
    "the work": Model(
        policy=HEARD,
        cases=(CUSTOMER_ALONE,),
        kinds=(TO_THE_END | OF_THE_WORK | {commands.RejectSolution}) - {commands.CloseEscalation},
    ),
    "a proposal": Model(policy=WAITING, cases=(BOTH,), kinds=OF_PROPOSALS),
    "the end": Model(
        policy=FOR_THE_CUSTOMER,
        cases=(BOTH,),
        kinds=OF_FOLLOW_UPS | {commands.PostponeUpdate, commands.RejectSolution},
    ),
    "no escalation": Model(cases=(PROBLEM,), kinds=ALL - {commands.DeclareEmergency}),
    "the case": Model(
        cases=(BOTH, PARTNER_ALONE, PROBLEM, REQUEST),
        kinds=OF_THE_CASE | OF_THE_START - {commands.Acknowledge} | {commands.AddParticipant},
    ),
}


def test_every_part_keeps_every_rule_and_together_they_take_every_row_and_meet_every_code() -> None:
    assert model_check.problems({model: model.explored() for model in PARTS.values()}) == []


def test_an_exploration_tells_its_figures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    small = Model(cases=(REQUEST,), kinds=OF_THE_CASE)
    explored = small.explored()
    assert (explored.states, explored.twins, explored.problems) == (5, 4, ())
    monkeypatch.setattr(model_check, "MODELS", {"a request": small})
    assert model_check.main() == 1  # nearly everything is missing
    said = capsys.readouterr().out
    assert all(line in said for line in str(explored).splitlines())
    assert "not looked for: a way to where an escalation is closed or canceled" in said
    assert "Acknowledge by support rep from STARTED to ACKNOWLEDGED" in said


def test_a_policy_of_any_host_is_explored_by_default_from_every_kind_of_case() -> None:
    explored = explore(ec.Process(), kinds=[commands.CancelEscalation])
    assert {command for command, _, _ in explored.rows} == {commands.OpenCase, commands.CancelEscalation}
    assert explored.problems == ()


def test_the_page_gives_the_figures_that_the_check_expects() -> None:
    page = " ".join(
        (Path(__file__).parent.parent / "docs/explanation/how-we-know.md").read_text(encoding="utf-8").split()
    )
    every = model_check.EXPECTED
    states, transitions = model_check.DOCUMENTED_STATES, model_check.DOCUMENTED_TRANSITIONS
    for said in (
        f"documented process alone has {states:,} states and {transitions:,} transitions",
        f"Each of {every.processes - 1} others is explored in part",
        f"All {every.processes} together have {every.states:,} states, {every.transitions:,} transitions",
        f"and {every.tried / 1_000_000:.1f} million commands tried",
        f"All {every.rows} rows of the tables, {every.codes} refusal codes, {every.events} classes of events",
        f"and {every.templates} templates are reached",
        f"plants {len(FAULTS)} faults",
    ):
        assert said in page
    assert every.rows == sum(len(move.source) for table in (ec.ESCALATION, ec.CASE) for move in table.moves)
    assert (every.codes, every.events) == (len(ec.RefusalCode), len(events.EVENTS))
    assert every.templates == len(ec.Template)


# ---- faults

START = Model(policy=LADDERLESS, cases=(BOTH, PROBLEM), kinds=OF_THE_START)
PROPOSAL = Model(policy=LADDERLESS, cases=(BOTH,), kinds=TO_THE_END | {commands.RejectSolution, commands.PostUpdate})
END = Model(policy=LADDERLESS, cases=(CUSTOMER_ALONE,), kinds=OF_FOLLOW_UPS)
LADDER = Model(cases=(CUSTOMER_ALONE,), kinds=frozenset({commands.RaiseLevel, commands.AddInternalNote}))
CASE = Model(policy=LADDERLESS, cases=(BOTH,), kinds=OF_THE_CASE | {commands.CancelEscalation})

Refusals = tuple[ec.Refusal, ...]


class Change(NamedTuple):
    """Something that is put in the place of what the library has."""

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
    filler, people = ours("notifications.routing._filler"), "notifications.routing."
    filled = tuple((template, filler(template), ours(people + who)) for template, who in routes)
    return [Change("notifications.routing._FILLED", filled, key=kind)]


def filled(kind: type[events.Event], change: Callable[[Any, dict[str, Any]], dict[str, Any]]) -> list[Change]:
    """Fill the templates of an event, and change what is told, given the event and what is right."""
    routes: tuple[Any, ...] = ours("notifications.routing._FILLED")[kind]

    def wrongly(fill: Any) -> Any:  # noqa: ANN401  # a function of the library
        def told(event: events.Event, case: ec.Case) -> Any:  # noqa: ANN401  # the data
            right = fill(event, case)
            return attrs.evolve(right, contents=tuple(change(event, dict(right)).values()))

        return told

    wrong = tuple((template, wrongly(fill), who) for template, fill, who in routes)
    return [Change("notifications.routing._FILLED", wrong, key=kind)]


def silent(kind: type[events.Event], when: Callable[[Any], bool]) -> list[Change]:
    """Tell nobody of an event by a support lead, where this is so of it."""
    routes: tuple[Any, ...] = ours("notifications.routing._FILLED")[kind]

    def wrongly(who: Any) -> Any:  # noqa: ANN401  # a function of the library
        def heard(event: events.Event, case: ec.Case, policy: ec.Policy) -> Any:  # noqa: ANN401  # people and roles
            return () if event.by.role is LEAD and when(event) else who(event, case, policy)

        return heard

    wrong = tuple((template, fill, wrongly(who)) for template, fill, who in routes)
    return [Change("notifications.routing._FILLED", wrong, key=kind)]


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
    said = reminder(timing, *asked, **known)
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


def under(**changes: Any) -> Model:  # noqa: ANN401  # fields of a policy
    """Choose otherwise; what the design says stays as it is."""
    return PROPOSAL._replace(policy=attrs.evolve(LADDERLESS, **changes))


class Fault(NamedTuple):
    """What is wrong, where it is looked for, and the words that it is found with."""

    found: str
    model: Model
    changes: list[Change] = []  # noqa: RUF012  # nobody changes it


FAULTS: dict[str, Fault] = {
    "a row is removed": Fault(
        "PostUpdate by support lead from SOLUTION ACCEPTED to SOLUTION ACCEPTED, with ProgressUpdatePosted: nobody",
        PROPOSAL,
        row(commands.PostUpdate, events.ProgressUpdatePosted, S.ACKNOWLEDGED, S.SOLUTION_REJECTED, to=None),
    ),
    "the only row to an end is removed": Fault(
        "invariant 9: a case that is RECEIVED, its escalation SOLUTION ACCEPTED, has no way to where an escalation is",
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
        under(permissions=ec.Permissions(close_escalation=frozenset({REP, LEAD, R.DEVOPS}))),
    ),
    "a permission is removed": Fault(
        "PostUpdate by support lead from ACKNOWLEDGED to ACKNOWLEDGED, with ProgressUpdatePosted: nobody gets there",
        under(permissions=ec.Permissions(post_update=frozenset({REP}))),
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
        "invariant 8: escalation_closed is for customer and partner, and is told to a account manager",
        PROPOSAL,
        routed(events.EscalationClosed, (T.CLOSED, "_stakeholders")),
    ),
    "an internal text goes to customer and partner": Fault(
        "invariant 8: internal_note_added shows internal text to a customer",
        START,
        routed(events.InternalNoteAdded, (T.INTERNAL_NOTE, "_external")),
    ),
    "customer and partner are not told": Fault(
        "invariant 3: a customer hears nothing of a change of a status",
        PROPOSAL,
        routed(events.SolutionRejected, (T.OWNER_REJECTED, "_owner")),
    ),
    "an audience is another": Fault(
        "audience: stakeholders_debrief does not reach a account manager: it is for stakeholders",
        PROPOSAL,
        routed(events.EscalationClosed, (T.CLOSED, "_external"), (T.DEBRIEF, "_owner")),
    ),
    "somebody is told twice": Fault(
        "invariant 3: a partner is told 2 times of one step",
        START,
        routed(events.EscalationAcknowledged, (T.ACKNOWLEDGED, "_external"), (T.CLOSED, "_external")),
    ),
    "a post mortem is not owed": Fault(
        "invariant 6: an escalation that is CLOSED, of cause unknown, owes debrief",
        END,
        owing(ec.FollowUpKind.DEBRIEF),
    ),
    "an analysis is owed whatever the cause": Fault(
        "invariant 6: an escalation that is CLOSED, of cause software in production, owes debrief, post mortem, root",
        END,
        owing(*ec.FollowUpKind),
    ),
    "a clock is not stopped": Fault(
        "invariant 12: in SOLUTION ACCEPTED runs the clock of answer; promised is nothing",
        PROPOSAL,
        folded(events.SolutionAccepted, clocks_go_on),
    ),
    "a promise that is missed leaves no record": Fault(
        "invariant 12: on record as missed is nothing; missed is update",
        PROPOSAL,
        folded(events.ProgressUpdatePosted, no_record),
    ),
    "what is due never comes": Fault(
        "invariant 12: nothing is due at next_due", START, [Change("process.due", nothing)]
    ),
    "asking what is due fails": Fault("answer: due raises LookupError", START, [Change("process.due", failing)]),
    "a guard is dropped": Fault(
        "invariant 5: an escalation is closed by silence, which the policy does not allow, or not yet",
        PROPOSAL,
        [Change("rules.STATE_RULES", nothing, key=commands.CloseEscalation)],
    ),
    "a guard is dropped that folds have as well": Fault(
        "answer: CloseCase raises ReplayError", CASE, [Change("rules.STATE_RULES", nothing, key=commands.CloseCase)]
    ),
    "what a command says is not looked at": Fault(
        "(of a proposal that there is not) is not refused with unknown_proposal",
        PROPOSAL,
        [Change("rules.PAYLOAD_RULES", nothing, key=commands.AcceptSolution)],
    ),
    "one yes is enough": Fault(
        "record: AcceptSolution leaves the proposals of the escalation otherwise than it should",
        PROPOSAL,
        [Change("escalation.Proposal.still_asked", enough)],
    ),
    "a side is not asked": Fault(
        "invariant 5: a proposal asks customer, with the consent of all",
        PROPOSAL,
        [Change("policy.Policy.asked", customer_alone)],
    ),
    "misuse leaves the priority as it was": Fault(
        "invariant 4: canceling leaves a case that is RECEIVED, of priority urgent",
        CASE,
        folded(events.CaseReclassified, urgent),
    ),
    "an emergency starts nothing": Fault(
        "invariant 1: opening a case of type emergency starts no escalation",
        START,
        [Change("decide._DECISIONS", only_opened, key=commands.OpenCase)],
    ),
    "a version is left out": Fault(
        "invariant 7: the versions of the events do not count them",
        START,
        folded(events.InternalNoteAdded, one_version_more),
    ),
    "a repeated command is done again": Fault(
        "answer: AddInternalNote with an id raises ReplayError", START, [Change("process.earlier", always_new)]
    ),
    "a repeated command is answered with half of what it did": Fault(
        "repeats: OpenCase is answered otherwise when it comes twice",
        START,
        [Change("process.earlier", half_of_it)],
    ),
    "an id that is used twice is not noticed": Fault(
        "may come with the id of another command", START, [Change("rules._reused", nothing)]
    ),
    "time may run backwards": Fault(
        "refusals: Acknowledge may come before the last event", START, [Change("rules.may", at_any_time)]
    ),
    "a stale version is not noticed": Fault(
        "refusals: Acknowledge may come from another version", START, [Change("process.Process.handle", at_any_version)]
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
        "invariant 3: a customer hears nothing of a change of a status",
        START,
        silent(events.EscalationCanceled, always),
    ),
    "nobody hears of what a lead closes": Fault(
        "audience: escalation_closed does not reach a customer: it is for external",
        PROPOSAL,
        silent(events.EscalationClosed, always),
    ),
    "nobody hears of a lead's update without an eta": Fault(
        "audience: progress_update does not reach a customer: it is for external, without an eta",
        PROPOSAL,
        silent(events.ProgressUpdatePosted, lambda event: event.eta is None),
    ),
    "the eta of a lead's update is dropped": Fault(
        "event: ProgressUpdatePosted has another eta than PostUpdate",
        PROPOSAL,
        [Change("decide._DECISIONS", without_eta, key=commands.PostUpdate)],
    ),
    "texts name another owner": Fault(
        "words: escalation_acknowledged tells another owner than there is",
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
        "audience: stakeholders_evaluate does not reach a partner manager: it is for stakeholders of the kind",
        START._replace(cases=(CUSTOMER_ALONE,)),
        [Change("case.Case.has_partner", property(partner_takes_part))],
    ),
    "the rung below hears": Fault(
        "audience: level_raised does not reach a support lead: it is for rung that was climbed to",
        LADDER,
        [Change("decide.roles_at", rung_below)],
    ),
    "a late call tells the last rung alone": Fault(
        "invariant 12: AcknowledgementOverdue reaches other rungs than those whose moment has come",
        LADDER,
        [Change("due.reminder", last_rung)],
    ),
    "a level that was left is raised again": Fault(
        "(from a level that it has left) is not refused with level_moved",
        LADDER,
        [Change("rules.PAYLOAD_RULES", not_above, key=commands.RaiseLevel)],
    ),
    "something is due before the last event": Fault(
        "invariant 12: next_due is before the last event",
        LADDER,
        [Change("due.next_due", not_clamped), Change("process.next_due", not_clamped)],
    ),
    "the old owner stays": Fault(
        "record: ReassignOwner leaves the owner of the escalation otherwise than it should",
        PROPOSAL._replace(kinds=frozenset({commands.Acknowledge, commands.ReassignOwner})),
        escalated(events.OwnerReassigned, owner="owner"),
    ),
    "an emergency has little impact": Fault(
        "record: DeclareEmergency leaves the impact of the case otherwise than it should",
        START,
        folded(events.EscalationStarted, of_little_impact),
    ),
    "a proposal that is accepted counts as rejected": Fault(
        "record: AcceptSolution leaves the proposals of the escalation otherwise than it should",
        PROPOSAL,
        folded(events.SolutionAccepted, rejected),
    ),
    "it is acknowledged when it started": Fault(
        "record: Acknowledge leaves the acknowledged_at of the escalation otherwise than it should",
        START,
        escalated(events.EscalationAcknowledged, acknowledged_at="started_at"),
    ),
    "people still talk after the end": Fault(
        "record: CloseEscalation leaves the real_time of the escalation otherwise than it should",
        PROPOSAL._replace(kinds=TO_THE_END | {commands.RequestRealTimeCommunication}, cases=(CUSTOMER_ALONE,)),
        escalated(events.EscalationClosed, real_time="real_time"),
    ),
    "an analysis is shared at another time": Fault(
        "record: ShareRootCauseAnalysis leaves the follow_ups of the escalation otherwise than it should",
        END,
        folded(events.RootCauseAnalysisShared, done_at_the_start),
    ),
    "what was missed is not in order": Fault(
        "invariant 12: what was missed is not on record oldest first",
        END,
        [Change("evolve.folding.missed", as_it_comes)],
    ),
    "the first rule of one's own is asked alone": Fault(
        "rules: the host's cause_first refuses nothing that was tried",
        under(rules=(fixes_only, cause_first)),
        [Change("process.unmet", first_rule_alone)],
    ),
    "a rule of one's own counts proposals": Fault(
        "is answered with nothing by the host's own rules, and with enough for a case that looks",
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
    """Say what there is to say where nothing is changed: parts do not get everywhere."""
    return said(Model(policy=LADDERLESS, cases=cases, kinds=kinds))


def said(model: Model) -> frozenset[str]:
    explored = model.explored()
    return frozenset([*map(str, explored.problems), *differences([explored])])


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_is_planted_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words, model, changes = FAULTS[name]
    before = said_of(model.kinds, model.cases)
    for at, put, key in changes:
        if key is None:
            monkeypatch.setattr(f"escalation_core.{at}", put)
        else:
            monkeypatch.setitem(ours(at), key, put)
    found = sorted(said(model) - before)
    about = [one for one in found if words in one]
    assert about, "\n".join(one.splitlines()[0] for one in found)
    # What happens and must not is told with a way to it; what is missing everywhere has none.
    missing = ("nobody gets there", "refuses nothing", "asked to evaluate it")
    assert all("\n  1. a case of type " in one or any(word in one for word in missing) for one in about)


@pytest.mark.parametrize("part", ["_level", "_progress", "_vote"])
def test_a_look_that_leaves_out_what_counts_is_found(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cases look the same then, and are answered differently, or lead elsewhere."""
    policy = ec.Policy(timing=ec.Timing(ladder=ec.Timing().ladder[:1]))
    kinds = PROPOSAL.kinds | {commands.PostponeUpdate, commands.RaiseLevel}
    model = Model(policy=policy, cases=(BOTH,), kinds=kinds, twins=5)
    monkeypatch.setattr(f"escalation_core.testing.model.abstraction.{part}", nothing)
    found = [problem for problem in model.explored().problems if problem.rule == "abstraction"]
    assert found
    assert all(problem.way != problem.other and "another case:" in str(problem) for problem in found)


def test_a_counterexample_is_a_shortest_way_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
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
