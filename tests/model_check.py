"""Explore the documented process, and others with every choice of a policy: ``python tests/model_check.py``.

The script prints the figures of every exploration. It fails with counterexamples, and if a figure is unexpected.

- The documented process is explored completely: both lifecycles, every command, every kind of first case. The others
  are explored in part, with some commands and some of the cases. An end that needs another command is not checked
  there, and the output says so.
- Consent, closing after silence, and updates while waiting concern a pending proposal. Each combination is explored
  with every command that concerns a proposal. The rules of proposals read no talks, causes, follow-ups or status of
  the case, so these are left out. New participants are explored with the choices farthest from the default, and with
  silence that ends before the answer is due.
- Only the clocks of a ladder and ``RaiseLevel`` read a ladder, and only the routes read an audience. Both are explored
  without the commands of the case. One ladder has a repeated rung, and one has two rungs for the owner.
- A permission is read for its own command; ``ReassignOwner`` reads the permission of ``Acknowledge`` too. One set of
  permissions that differs from the default nearly everywhere is explored, in two parts.
- A rule of a host may read anything. Two rules are explored, with office hours and a cadence of updates; one rule
  reads the cause.
- A policy that changes during an escalation is not explored. Each exploration has one policy.
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
from escalation_core.commands import Command
from escalation_core.model_check import CASES, Exploration, explore
from escalation_core.table import COMMANDS, EVENTS
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


class Scope(NamedTuple):
    """One exploration: a policy, the first cases, and the commands to try."""

    policy: ec.Policy = ec.Policy()
    cases: tuple[ec.Case, ...] = CASES
    kinds: Kinds = ALL
    distinguish: Callable[[ec.Case, datetime], Hashable] | None = None
    twins: int = 1

    def explored(self) -> Exploration:
        process = ec.Process(policy=self.policy)
        return explore(process, cases=self.cases, kinds=self.kinds, distinguish=self.distinguish, twins=self.twins)


def _waiting(consent: ec.Consent, *, silence: timedelta | None, updates: bool) -> ec.Policy:
    timing = ec.Timing(ladder=(), updates_while_waiting=updates, close_after_silence=silence)
    return ec.Policy(consent=consent, timing=timing)


LONG_AFTER, SOON = 48 * HOUR, 12 * HOUR  #: An answer is due after a day.
WAITING = _waiting(ec.Consent.ALL, silence=LONG_AFTER, updates=True)
LATE = ec.Rung(after=HOUR, roles=frozenset({R.SUPPORT_LEAD}))
LATER = ec.Rung(after=30 * HOUR, roles=frozenset({R.LEADERSHIP}))
TWICE = ec.Rung(after=HOUR / 4, roles=frozenset({R.SUPPORT_LEAD}), repeats=1, every=HOUR / 4)
WIDER_AUDIENCE = ec.Policy(
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
        granted={
            commands.OpenCase: _only(R.CUSTOMER),
            commands.DeclareEmergency: _only(R.CUSTOMER),
            commands.CancelEscalation: _only(),
            commands.Acknowledge: _only(R.SUPPORT_REP, R.SUPPORT_LEAD),
            commands.CloseEscalation: _only(R.SUPPORT_LEAD),
            commands.PostponeUpdate: _only(),
            commands.ReassignOwner: _only(R.LEADERSHIP),
            commands.AddInternalNote: _only(),
            commands.RequestRealTimeCommunication: _only(),
            commands.EndRealTimeCommunication: _only(),
            commands.ReportSideChannelContact: _only(),
            commands.RaiseLevel: _only(R.ACCOUNT_MANAGER),
            commands.AttributeCause: _only(R.DEVOPS),
            commands.HoldPostMortem: _only(R.DEVELOPMENT),
            commands.ShareRootCauseAnalysis: _only(R.DEVOPS),
            commands.CloseCase: _only(R.SUPPORT_LEAD),
            commands.ReprioritizeCase: _only(),
        }
    ),
    timing=ec.Timing(ladder=ec.Timing().ladder[:1]),
)


def cause_first(case: ec.Case, command: Command, _: datetime) -> tuple[ec.Refusal, ...]:
    """Refuse to close an escalation before its cause is known, as a rule of a host."""
    if not isinstance(command, commands.CloseEscalation) or cause_is_known(case, _):
        return ()
    return (ec.Refusal(code="cause_first", message="cannot close an escalation before its cause is known"),)


def fixes_only(_: ec.Case, command: Command, __: datetime) -> tuple[ec.Refusal, ...]:
    """Refuse a proposal that is not a fix, as a rule of a host."""
    if not isinstance(command, commands.ProposeSolution) or command.kind is ec.SolutionKind.FIX:
        return ()
    return (ec.Refusal(code="fixes_only", message="cannot propose a mitigation: this host asks for fixes"),)


def cause_is_known(case: ec.Case, _: datetime) -> bool:
    """Whether the cause is known: the part of a case that the rule reads."""
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
SCOPES: dict[str, Scope] = {
    "the documented process": Scope(),
    **{
        f"a proposal: consent of {consent}"
        f"{', closing after silence' if silence else ''}{', updates while it waits' if updates else ''}": Scope(
            policy=_waiting(consent, silence=silence, updates=updates),
            cases=(BOTH, CUSTOMER_ALONE, PARTNER_ALONE),
            kinds=OF_PROPOSALS,
        )
        for consent, silence, updates in CHOICES
    },
    "a proposal and new participants": Scope(
        policy=_waiting(ec.Consent.CUSTOMER, silence=SOON, updates=True),
        cases=(BOTH, CUSTOMER_ALONE, PARTNER_ALONE),
        kinds=OF_PROPOSALS | {commands.AddParticipant},
        twins=4,
    ),
    "a short ladder and wider audiences": Scope(
        policy=WIDER_AUDIENCE, cases=(BOTH,), kinds=ALL - OF_THE_CASE - {commands.AddParticipant}, twins=2
    ),
    "an owner's ladder": Scope(
        policy=ec.Policy(timing=ec.Timing(ladder=(), owner_ladder=(LATE,))), cases=(BOTH,), kinds=OF_FOLLOW_UPS
    ),
    "an owner's ladder, updates while a proposal waits": Scope(
        policy=ec.Policy(timing=ec.Timing(ladder=(), owner_ladder=(LATE, LATER), updates_while_waiting=True)),
        cases=(BOTH,),
        kinds=OF_PROPOSALS,
    ),
    "restricted permissions": Scope(policy=RESTRICTED, cases=(BOTH,), kinds=ALL - OF_THE_CASE),
    "restricted permissions, the case": Scope(
        policy=RESTRICTED,
        cases=(PROBLEM,),
        kinds=OF_THE_CASE | {commands.DeclareEmergency, commands.ReprioritizeCase},
        twins=4,
    ),
    "rules of a host": Scope(
        policy=OWN_RULE, cases=(CUSTOMER_ALONE,), kinds=OF_PROPOSALS | OF_FOLLOW_UPS, distinguish=cause_is_known
    ),
}


class Figures(NamedTuple):
    """The figures of all explorations together."""

    processes: int
    states: int
    transitions: int
    tried: int
    rows: int  #: Of the process table: a command, the status before and after.
    codes: int  #: Refusal codes of the library.
    own_codes: int  #: Refusal codes of the rules of a host.
    events: int  #: Classes of events.
    templates: int  #: Templates of notifications.


#: The expected figures of the documented process, and of all. Tests compare the documentation with them.
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
    """Return the figures of all explorations together."""
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
        events=len({kind for exploration in every for kind in exploration.events}),
        templates=len({template for exploration in every for template in exploration.templates}),
    )


def problems(explored: Mapping[Scope, Exploration]) -> list[str]:
    """Return all violations, the differences from the design, and everything that was never reached."""
    broken = [str(problem) for exploration in explored.values() for problem in exploration.problems]
    documented = [
        exploration
        for scope, exploration in explored.items()
        if scope.policy.permissions == ec.Permissions() and not scope.policy.rules
    ]
    return [*broken, *differences(documented), *not_reached(explored.values())]


def main() -> int:
    """Run every exploration, and print the figures and the problems."""
    began = perf_counter()
    explored: dict[Scope, Exploration] = {}
    for name, scope in SCOPES.items():
        start = perf_counter()
        explored[scope] = scope.explored()
        _print(f"{name}, in {perf_counter() - start:.0f} s", *str(explored[scope]).splitlines())
    found, counted = problems(explored), figures(explored.values())
    first = next(iter(explored.values()))
    if (first.states, first.transitions) != (DOCUMENTED_STATES, DOCUMENTED_TRANSITIONS) or counted != EXPECTED:
        found.append(f"expected: {DOCUMENTED_STATES} states, {DOCUMENTED_TRANSITIONS} transitions first, {EXPECTED}")
    _print(
        f"{counted.processes} processes, in {perf_counter() - began:.0f} s",
        f"{counted.states} states, {counted.transitions} transitions, {counted.tried} commands tried",
        f"{counted.rows} rows of the process table taken, except opening a case",
        f"{counted.codes} refusal codes of the library reached, and {counted.own_codes} of the rules of hosts",
        f"{counted.events} classes of events and {counted.templates} templates reached",
        f"{len(found)} problems",
        *found,
    )
    return 1 if found else 0


def _print(title: str, *lines: str) -> None:
    sys.stdout.write("\n  ".join([title, *lines]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
