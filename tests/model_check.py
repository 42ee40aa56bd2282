"""Explore the documented process, and others by every choice of a policy: ``python tests/model_check.py``.

It prints how many states and transitions there are, and fails with counterexamples, and where a figure is not the one
that is expected. What is explored together, and what is not:

- The documented process is explored whole: both lifecycles, every command, every kind of case that it begins with.
  All others are explored in part: with some commands, from some of the cases. What an end needs that is not among them
  is not looked for there, and each of them says so.
- Consent, closing after silence and updates while waiting all concern a proposal that waits: every combination of them
  is explored with everything that can happen to a proposal. Nothing about a proposal reads what is left out there:
  talks, causes, follow-ups, the status of the case. Who joins is explored with the choices farthest from the default,
  and with silence that ends before the answer is due.
- A ladder is read for its own clocks and by ``RaiseLevel``, an audience by the routes. Neither is read by the normal
  process of the case, which is left out with them. One ladder has a rung that hears again, one has two for the owner.
- A permission is read for its own command, and that of ``Acknowledge`` by ``ReassignOwner`` as well: one set that
  differs from the default nearly everywhere is explored, in two parts.
- A rule of a host's own may read anything. Here are two, one of which reads the cause, with office hours and updates
  in steps.
- Not explored: a policy that changes while an escalation runs. One policy decides from the beginning to the end.
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime, time, timedelta
from itertools import product
from time import perf_counter
from typing import NamedTuple
from zoneinfo import ZoneInfo

import escalation_core as ec
from escalation_core import commands
from escalation_core.commands import COMMANDS, Command
from escalation_core.events import EVENTS
from escalation_core.testing.model import CASES, Exploration, explore
from support.documented import differences, not_reached

R = ec.Role
HOUR = timedelta(hours=1)
BOTH, CUSTOMER_ALONE, PARTNER_ALONE, PROBLEM, REQUEST = CASES

Kinds = frozenset[type[Command]]
ALL: Kinds = frozenset(COMMANDS)
OF_THE_CASE: Kinds = frozenset({commands.StartDiagnosis, commands.ProposeCaseSolution, commands.CloseCase})
TO_THE_END: Kinds = frozenset(
    {commands.Acknowledge, commands.ProposeSolution, commands.AcceptSolution, commands.CloseEscalation}
)
OF_PROPOSALS: Kinds = TO_THE_END | {commands.PostUpdate, commands.PostponeUpdate, commands.RejectSolution}
OF_FOLLOW_UPS: Kinds = TO_THE_END | {
    commands.AttributeCause,
    commands.DebriefStakeholders,
    commands.HoldPostMortem,
    commands.SharePostMortem,
    commands.ShareRootCauseAnalysis,
}


class Model(NamedTuple):
    """A policy, where it begins, and the commands that are tried."""

    policy: ec.Policy = ec.Policy()
    cases: tuple[ec.Case, ...] = CASES
    kinds: Kinds = ALL
    apart: Callable[[ec.Case, datetime], Hashable] | None = None
    twins: int = 1

    def explored(self) -> Exploration:
        process = ec.Process(policy=self.policy)
        return explore(process, cases=self.cases, kinds=self.kinds, apart=self.apart, twins=self.twins)


def _waiting(consent: ec.Consent, *, silence: timedelta | None, updates: bool) -> ec.Policy:
    timing = ec.Timing(ladder=(), updates_while_waiting=updates, close_after_silence=silence)
    return ec.Policy(consent=consent, timing=timing)


LONG_AFTER, SOON = 48 * HOUR, 12 * HOUR  #: An answer is due after a day.
WAITING = _waiting(ec.Consent.ALL, silence=LONG_AFTER, updates=True)
LATE = ec.Rung(after=HOUR, roles=frozenset({R.SUPPORT_LEAD}))
LATER = ec.Rung(after=30 * HOUR, roles=frozenset({R.LEADERSHIP}))
TWICE = ec.Rung(after=HOUR / 4, roles=frozenset({R.SUPPORT_LEAD}), repeats=1, every=HOUR / 4)
HEARD = ec.Policy(
    audiences=ec.Audiences(
        acknowledgement_to_stakeholders=True, internal_notes=frozenset({R.LEADERSHIP, R.SUPPORT_LEAD})
    ),
    misuse=ec.Misuse(canceled_priority=ec.Priority.MEDIUM),
    timing=ec.Timing(ladder=(TWICE,)),
)


def _only(*roles: ec.Role) -> frozenset[ec.Role]:
    return frozenset(roles)


RESTRICTED = ec.Policy(
    permissions=ec.Permissions(
        open_case=_only(R.CUSTOMER),
        declare_emergency=_only(R.CUSTOMER),
        cancel_escalation=_only(),
        acknowledge=_only(R.SUPPORT_REP, R.SUPPORT_LEAD),
        close_escalation=_only(R.SUPPORT_LEAD),
        postpone_update=_only(),
        reassign_owner=_only(R.LEADERSHIP),
        add_internal_note=_only(),
        request_real_time_communication=_only(),
        end_real_time_communication=_only(),
        report_side_channel_contact=_only(),
        raise_level=_only(R.ACCOUNT_MANAGER),
        attribute_cause=_only(R.DEVOPS),
        hold_post_mortem=_only(R.DEVELOPMENT),
        share_root_cause_analysis=_only(R.DEVOPS),
        close_case=_only(R.SUPPORT_LEAD),
        reprioritize_case=_only(),
    ),
    timing=ec.Timing(ladder=ec.Timing().ladder[:1]),
)


def cause_first(case: ec.Case, command: Command, _: datetime) -> tuple[ec.Refusal, ...]:
    """Refuse, as a host may, to close an escalation before somebody has said what caused it."""
    if not isinstance(command, commands.CloseEscalation) or cause_is_known(case, _):
        return ()
    return (ec.Refusal(code="cause_first", message="cannot close an escalation before its cause is known"),)


def fixes_only(_: ec.Case, command: Command, __: datetime) -> tuple[ec.Refusal, ...]:
    """Refuse, as a host may, to propose what is no fix."""
    if not isinstance(command, commands.ProposeSolution) or command.kind is ec.SolutionKind.FIX:
        return ()
    return (ec.Refusal(code="fixes_only", message="cannot propose a mitigation: this host asks for fixes"),)


def cause_is_known(case: ec.Case, _: datetime) -> bool:
    """Tell what the rule reads, for cases to be told apart by it."""
    return case.escalation is not None and case.escalation.cause is not None


OFFICE = ec.WorkingHours(days=ec.MONDAY_TO_FRIDAY, opens=time(9), closes=time(17))
OWN_RULE = ec.Policy(
    rules=(fixes_only, cause_first),
    timing=ec.Timing(
        ladder=(),
        updates=(ec.CadenceStep(every=HOUR / 2, lasting=HOUR), ec.CadenceStep(every=4 * HOUR)),
        hours=ec.Calendar(hours=(OFFICE,), zone=ZoneInfo("Europe/Berlin")),
    ),
)

CHOICES = product(ec.Consent, (None, LONG_AFTER), (False, True))
MODELS: dict[str, Model] = {
    "the documented process": Model(),
    **{
        f"a proposal: consent of {consent.value}"
        f"{', closing after silence' if silence else ''}{', updates while it waits' if updates else ''}": Model(
            policy=_waiting(consent, silence=silence, updates=updates),
            cases=(BOTH, CUSTOMER_ALONE, PARTNER_ALONE),
            kinds=OF_PROPOSALS,
        )
        for consent, silence, updates in CHOICES
    },
    "a proposal, and somebody joins": Model(
        policy=_waiting(ec.Consent.CUSTOMER, silence=SOON, updates=True),
        cases=(BOTH, CUSTOMER_ALONE, PARTNER_ALONE),
        kinds=OF_PROPOSALS | {commands.AddParticipant},
        twins=4,
    ),
    "a short ladder; more people hear": Model(
        policy=HEARD, cases=(BOTH,), kinds=ALL - OF_THE_CASE - {commands.AddParticipant}, twins=2
    ),
    "an owner's ladder": Model(
        policy=ec.Policy(timing=ec.Timing(ladder=(), owner_ladder=(LATE,))), cases=(BOTH,), kinds=OF_FOLLOW_UPS
    ),
    "an owner's ladder, updates while a proposal waits": Model(
        policy=ec.Policy(timing=ec.Timing(ladder=(), owner_ladder=(LATE, LATER), updates_while_waiting=True)),
        cases=(BOTH,),
        kinds=OF_PROPOSALS,
    ),
    "restricted permissions": Model(policy=RESTRICTED, cases=(BOTH,), kinds=ALL - OF_THE_CASE),
    "restricted permissions, the case": Model(
        policy=RESTRICTED,
        cases=(PROBLEM,),
        kinds=OF_THE_CASE | {commands.DeclareEmergency, commands.ReprioritizeCase},
        twins=4,
    ),
    "rules of one's own": Model(
        policy=OWN_RULE, cases=(CUSTOMER_ALONE,), kinds=OF_PROPOSALS | OF_FOLLOW_UPS, apart=cause_is_known
    ),
}


class Figures(NamedTuple):
    """How much was explored and reached, together."""

    processes: int
    states: int
    transitions: int
    tried: int
    rows: int  #: Of the tables: a command, the status that it comes from, and the one that it leads to.
    codes: int  #: Of refusals, of the library.
    own_codes: int  #: Of refusals, of rules of a host's own.
    events: int  #: Classes that happened.
    templates: int  #: Told.


#: What is expected of the documented process, and of all. The pages that give figures are compared with these.
DOCUMENTED_STATES, DOCUMENTED_TRANSITIONS = 3_097, 252_526
EXPECTED = Figures(
    processes=20,
    states=7_497,
    transitions=338_178,
    tried=2_429_523,
    rows=sum(len(move.source) for table in (ec.ESCALATION, ec.CASE) for move in table.moves),
    codes=len(ec.RefusalCode),
    own_codes=2,
    events=len(EVENTS),
    templates=len(ec.Template),
)


def figures(explored: Iterable[Exploration]) -> Figures:
    """Count what was explored, and what was reached in any of them."""
    every = list(explored)
    rows = {row for exploration in every for row in exploration.rows if row[0] is not commands.OpenCase}
    codes = {code for exploration in every for code in exploration.refusals}
    known = codes & {str(code) for code in ec.RefusalCode}
    return Figures(
        processes=len(every),
        states=sum(exploration.states for exploration in every),
        transitions=sum(exploration.transitions for exploration in every),
        tried=sum(exploration.tried for exploration in every),
        rows=len(rows),
        codes=len(known),
        own_codes=len(codes - known),
        events=len({kind for exploration in every for kind in exploration.happened}),
        templates=len({template for exploration in every for template in exploration.told}),
    )


def problems(models: Mapping[Model, Exploration]) -> list[str]:
    """List what broke a rule, what the design says otherwise, and what was never reached."""
    broken = [str(problem) for exploration in models.values() for problem in exploration.problems]
    documented = [
        exploration
        for model, exploration in models.items()
        if model.policy.permissions == ec.Permissions() and not model.policy.rules
    ]
    return [*broken, *differences(documented), *not_reached(models.values())]


def main() -> int:
    """Explore every model; print the figures, and what should not be."""
    began = perf_counter()
    explored: dict[Model, Exploration] = {}
    for name, model in MODELS.items():
        start = perf_counter()
        explored[model] = model.explored()
        _print(f"{name}, in {perf_counter() - start:.0f} s", *str(explored[model]).splitlines())
    found, counted = problems(explored), figures(explored.values())
    first = next(iter(explored.values()))
    if (first.states, first.transitions) != (DOCUMENTED_STATES, DOCUMENTED_TRANSITIONS) or counted != EXPECTED:
        found.append(f"expected: {DOCUMENTED_STATES} states, {DOCUMENTED_TRANSITIONS} transitions first, {EXPECTED}")
    _print(
        f"{counted.processes} processes, in {perf_counter() - began:.0f} s",
        f"{counted.states} states, {counted.transitions} transitions, {counted.tried} commands tried",
        f"{counted.rows} rows of the tables taken, beside opening a case",
        f"{counted.codes} codes of refusals met, and {counted.own_codes} of the hosts' own rules",
        f"{counted.events} classes of events happened, {counted.templates} templates told",
        f"{len(found)} problems",
        *found,
    )
    return 1 if found else 0


def _print(title: str, *lines: str) -> None:
    sys.stdout.write("\n  ".join([title, *lines]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
