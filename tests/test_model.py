"""The search through all states, in small: nothing is wrong, all is reached, and planted faults are found."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pkgutil import resolve_name
from typing import Any, NamedTuple

import attrs
import pytest

import escalation_core as ec
import model_check
from documented import differences
from escalation_core import commands, events
from escalation_core.commands import Command
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
)

S, R, T = ec.EscalationStatus, ec.Role, ec.Template
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
    assert str(explored) in said
    assert "Acknowledge by support rep from STARTED to ACKNOWLEDGED" in said


def test_a_policy_of_any_host_is_explored_by_default_from_every_kind_of_case() -> None:
    explored = explore(ec.Process(), kinds=[commands.CancelEscalation])
    assert {command for command, _, _ in explored.rows} == {commands.OpenCase, commands.CancelEscalation}
    assert explored.problems == ()


# ---- faults

START = Model(policy=LADDERLESS, cases=(BOTH, PROBLEM), kinds=OF_THE_START)
PROPOSAL = Model(policy=LADDERLESS, cases=(BOTH,), kinds=TO_THE_END | {commands.RejectSolution, commands.PostUpdate})
END = Model(policy=LADDERLESS, cases=(CUSTOMER_ALONE,), kinds=OF_FOLLOW_UPS)
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


def customer_alone(*_: object) -> tuple[ec.Role, ...]:
    return (R.CUSTOMER,)


def only_opened(_: object, case: ec.Case, __: object, stamp: dict[str, Any]) -> tuple[events.Event, ...]:
    return (events.CaseOpened(**stamp, case=case),)


first_events, may, handle = ours("repeats.first_events"), ours("rules.may"), ec.Process.handle


def half_of_it(case: ec.Case, command: Command) -> tuple[events.Event, ...]:
    happened: tuple[events.Event, ...] = first_events(case, command)
    return happened[:1]


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


REP, LEAD = R.SUPPORT_REP, R.SUPPORT_LEAD
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
        "invariant 5: an escalation is closed without a yes of partner",
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
        "answer: Acknowledge with an id raises ReplayError", START, [Change("process.first_events", nothing)]
    ),
    "a repeated command is answered with half of what it did": Fault(
        "repeats: OpenCase is answered otherwise when it comes twice",
        START,
        [Change("process.first_events", half_of_it)],
    ),
    "an id that is used twice is not noticed": Fault(
        "may come with the id of another command", START, [Change("rules._as_before", nothing)]
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
    assert any(words in one for one in found), "\n".join(one.splitlines()[0] for one in found)


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
