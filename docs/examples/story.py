"""The story of Customer A: the example of the Spryker page on escalations, with a possible continuation."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from host import Desk

import escalation_core as ec
from escalation_core import commands, events

_ANA = ec.Person(id="ana", role=ec.Role.CUSTOMER, name="Ana", email="ana@customer-a.example")
_PAUL = ec.Person(id="paul", role=ec.Role.PARTNER, name="Paul", email="paul@partner.example")
_LEA = ec.Person(id="lea", role=ec.Role.SUPPORT_LEAD, name="Lea", email="lea@desk.example")
_RITA = ec.Person(id="rita", role=ec.Role.SUPPORT_REP, name="Rita", email="rita@desk.example")
_MAX = ec.Person(id="max", role=ec.Role.ACCOUNT_MANAGER, name="Max", email="max@desk.example")
_DORA = ec.Person(id="dora", role=ec.Role.DEVELOPMENT, name="Dora", email="dora@desk.example")
_MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def _at(day: int, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return _MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


_FIRST = ec.Case(
    id="4711",
    customer="Customer A",
    partner="Partner P",
    requester=_ANA,
    participants=(_ANA, _PAUL, _LEA, _MAX),
    type=ec.CaseType.PROBLEM,
    impact=ec.BusinessImpact.P2,
    subject="Volume discounts are rounded wrongly",
    description="Our new price lists go live on Monday.",
)
_SECOND = ec.Case(
    id="4712",
    customer="Customer A",
    partner="Partner P",
    requester=_ANA,
    participants=(_ANA, _PAUL, _LEA, _MAX),
    type=ec.CaseType.EMERGENCY,
    impact=ec.BusinessImpact.P1,
    subject="The discount label is not aligned",
    related=("4711",),
    known_bug_due=date(2026, 4, 1),
)

Scene = tuple[int, str, str, commands.Command | ec.Case]  # day, clock, case id, and a command or a case to open

_STORY: tuple[Scene, ...] = (
    (0, "09:00", "4711", _FIRST),
    (0, "09:40", "4711", commands.StartDiagnosis(by=_RITA)),
    (1, "10:00", "4711", commands.AddInternalNote(by=_RITA, text="Verified: bug 88. Fix in 3-4 weeks; Ana knows.")),
    (2, "07:45", "4711", commands.Acknowledge(by=_RITA)),
    (
        *(2, "08:00", "4711"),
        commands.DeclareEmergency(by=_ANA, risk=ec.Risk.GO_LIVE, explanation="3-4 weeks? We go live on Monday."),
    ),
    (2, "08:05", "4711", commands.Acknowledge(by=_ANA)),
    (2, "08:10", "4711", commands.ProposeSolution(by=_RITA, summary="Wait for the fix")),
    (2, "08:40", "4711", commands.Acknowledge(by=_RITA)),
    (
        *(2, "09:00", "4711"),
        commands.ReportSideChannelContact(by=_MAX, contacted=_MAX, channel="telephone", note="Ana is upset."),
    ),
    (2, "09:20", "4711", commands.PostUpdate(by=_RITA, message="We can see it here, too.")),
    (2, "10:00", "4711", commands.PostUpdate(by=_RITA, message="Dora is on it.", eta=_at(3, "12:00"))),
    (
        *(2, "10:30", "4711"),
        commands.RequestRealTimeCommunication(by=_RITA, channel="https://meet.example/4711", reason="See it together."),
    ),
    (2, "11:30", "4711", commands.EndRealTimeCommunication(by=_RITA)),
    (2, "16:00", "4711", commands.ProposeSolution(by=_RITA, summary="Install the hotfix 88-1.")),
    (2, "16:30", "4711", commands.CloseEscalation(by=_RITA)),
    (2, "17:00", "4711", commands.RejectSolution(by=_PAUL, reason="The hotfix breaks our tax module.")),
    (
        *(2, "17:30", "4711"),
        commands.PostponeUpdate(by=_RITA, until=_at(3, "09:30"), reason="We go on at nine tomorrow."),
    ),
    (3, "09:00", "4711", commands.PostUpdate(by=_RITA, message="We look for a way around.", eta=_at(3, "12:00"))),
    (
        *(3, "11:00", "4711"),
        commands.ProposeSolution(by=_RITA, summary="Round in the price import.", kind=ec.SolutionKind.MITIGATION),
    ),
    (3, "11:10", "4711", commands.AcceptSolution(by=_ANA, proposal="4711/14")),
    (3, "11:15", "4711", commands.AcceptSolution(by=_ANA)),
    (3, "11:20", "4711", commands.CloseEscalation(by=_RITA)),
    (3, "12:00", "4711", commands.AcceptSolution(by=_PAUL)),
    (3, "13:00", "4711", commands.CloseEscalation(by=_RITA)),
    (3, "13:10", "4711", commands.ReprioritizeCase(by=_RITA, priority=ec.Priority.HIGH)),
    (
        *(3, "14:00", "4711"),
        commands.AttributeCause(by=_DORA, cause=ec.Cause.SOFTWARE, production=False, explanation="Bug 88."),
    ),
    (3, "16:00", "4711", commands.DebriefStakeholders(by=_RITA, notes="Ana was right to call it an emergency.")),
    (4, "09:00", "4711", commands.SharePostMortem(by=_RITA, document="https://desk.example/pm/4711")),
    (4, "10:00", "4711", commands.HoldPostMortem(by=_RITA, findings="No go-live date was asked for on day one.")),
    (7, "09:00", "4711", commands.SharePostMortem(by=_RITA, document="https://desk.example/pm/4711")),
    (8, "09:00", "4712", _SECOND),
    (
        *(8, "09:20", "4712"),
        commands.CancelEscalation(by=_RITA, reason=ec.CancelReason.MISUSE, explanation="A known bug."),
    ),
    (8, "09:30", "4712", commands.DeclareEmergency(by=_ANA, risk=None, explanation="It is ugly.")),
    (8, "10:00", "4712", commands.StartDiagnosis(by=_RITA)),
    (22, "09:00", "4711", commands.ProposeCaseSolution(by=_RITA)),
    (23, "09:00", "4711", commands.CloseCase(by=_RITA, reason="The fix is in place.")),
)


def story(directory: Path) -> int:
    """Return 0 after playing the story of Customer A and printing a summary for people."""
    rung: list[str] = []
    refused: list[tuple[datetime, str, ec.CommandRefusedError]] = []
    hooks = ec.Hooks()
    hooks.on(
        events.EscalationStarted, lambda event: rung.append(f"{_when(event.at)}  case {event.case_id}"), name="pager"
    )
    with Desk(directory, hooks=hooks) as desk:
        for day, clock, case_id, wanted in _STORY:
            now = _at(day, clock)
            while (due := desk.next_due()) is not None and due <= now:
                desk.tick(now=due)
            try:
                if isinstance(wanted, ec.Case):
                    desk.open(wanted, by=wanted.requester, now=now)
                else:
                    desk.send(case_id, wanted, now=now)
            except ec.CommandRefusedError as error:
                refused.append((now, case_id, error))
            desk.deliver()
        _print_timeline(desk)
        _print_refused(refused)
        print("\nSigns of misuse when case 4712 was opened (advice for Rita, who decides)")
        for concern in desk.process.policy.concerns(_SECOND):
            print(f"  {concern.kind}: {concern.message}")
        print("\nCalls of the pager hook after the commit")
        print("\n".join(f"  {line}" for line in rung))
        print("\nMeasures")
        for history in desk.histories():
            _print_measures(ec.measure(history, now=history[-1].at))
        print("\nFinal states")
        for case, history in zip(desk.cases(), desk.histories(), strict=True):
            same = "equal to" if desk.process.replay(history) == case else "NOT EQUAL TO"
            print(f"  {_state(case)}; {same} the replay of its {case.version} events")
        print(f"\nMail: {desk.mails()} files for {desk.count('outbox')} notifications in {desk.maildir / 'new'}")
        print(f"Cases, events and outbox: {directory / 'desk.sqlite'}")
    return 0


def _print_measures(found: ec.Measures) -> None:
    if found.to_acknowledge is not None and found.longest_silence is not None:
        print(f"  case {found.case.id}: acknowledged after {found.to_acknowledge.elapsed}, ", end="")
        print(f"updates kept {found.updates_kept} of {found.updates_promised}, ", end="")
        print(f"longest silence {found.longest_silence.elapsed}")
    for breach in found.breaches:
        print(f"  case {found.case.id}: missed the {breach.kind} that was due {_when(breach.due_at)}")


def _print_refused(refused: list[tuple[datetime, str, ec.CommandRefusedError]]) -> None:
    print("\nRefused commands, with the reasons")
    for now, case_id, error in refused:
        print(f"  {_when(now)}  case {case_id}  {error.command.by.name}: {type(error.command).__name__}")
        for refusal in error.refusals:
            print(f"      {refusal.code}: {refusal.message}")


def _print_timeline(desk: Desk) -> None:
    told: dict[str, dict[str, list[str]]] = {}
    for notification in desk.outbox():
        to = notification.to
        name = to.name if isinstance(to, ec.Person) else f"{to} team"
        told.setdefault(notification.event_id, {}).setdefault(notification.template.value, []).append(name)
    for history in desk.histories():
        print(f"\nCase {history[0].case_id}: events and notifications")
        for event in history:
            print(f"  {_when(event.at)}  {event.by.name:<10} {_what(event)}")
            for template, names in told.get(event.id, {}).items():
                print(f"      notified {', '.join(names)}: {template}")


def _what(event: events.Event) -> str:
    """Return the name of an event with its texts."""
    names = ("explanation", "message", "summary", "reason", "text", "note", "notes", "findings", "document")
    said = [getattr(event, name) for name in names if isinstance(getattr(event, name, None), str)]
    if isinstance(event, events.Overdue):
        said.append(f"rung {event.rung}, due {_when(event.due_at)}" if event.rung else f"due {_when(event.due_at)}")
    return " - ".join([type(event).__name__, *filter(None, said)])


def _state(case: ec.Case) -> str:
    escalation = case.escalation
    if escalation is None:
        return f"case {case.id} is {case.status}, without an escalation"
    settled = "settled" if escalation.settled else "not settled"
    kind = f"{case.type}, priority {case.priority}"
    return f"case {case.id} ({kind}) is {case.status}, its escalation {escalation.status}, {settled}"


def _when(instant: datetime) -> str:
    return f"{instant:%a %d %b %H:%M}"
