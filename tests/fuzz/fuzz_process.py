"""A fuzzer of the process: it looks for histories of a case in which the process gives a wrong result.

``python tests/fuzz/fuzz_process.py FOLDER -max_total_time=60`` takes libFuzzer's options, and stores in FOLDER the
inputs that reach new code.

Rule 1: the bytes of an input choose a process, a case, and then commands, repeats, ticks and damage until they run out.
Rule 2: only documented errors are raised. Their messages name the field, are printable, and are short.
Rule 3: every step keeps every invariant of ``model_check``, and its outcome can be rendered, mailed and stored.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import TypeVar
from xml.etree import ElementTree as ET

from fuzzing import CORPUS, fuzz, instrumented, printable

with instrumented(__name__):
    from choosing import ABSURD, CENTURY, HOUR, MINUTE, NO_TIMES, PEOPLE, PROCESSES, Choices, fields_of

    import escalation_core as ec
    from escalation_core import codec, commands, events
    from escalation_core.interchange import cloudevents, ocel, xes
    from escalation_core.model_check.checks import violations
    from escalation_core.model_check.invariants import invariant_7
    from escalation_core.people import EXTERNAL_ROLES
    from escalation_core.table import COMMANDS
    from escalation_core.testing import RITA, T0, sample
    from escalation_core.testing.history import Step
    from escalation_core.testing.strategies import AHEAD

T = TypeVar("T")
SPANS = (timedelta(0), MINUTE, 16 * MINUTE, HOUR, 25 * HOUR, 999 * HOUR, timedelta.resolution, CENTURY)
#: The commands that move an escalation and its case towards their ends.
MOVES = (*AHEAD, commands.StartDiagnosis, commands.ProposeCaseSolution, commands.CloseCase)
LAST = datetime(8998, 12, 31, 23, 59, tzinfo=UTC)
STEPS_MAX = 40
#: Control characters that no text of another person may bring into a message.
CONTROLS = re.compile("[^\n\t -~\x80-\U0010ffff]|[\x80-\x9f\u202a-\u202e\u2066-\u2069]")


def one_input(given: bytes) -> None:
    """Play the history that one input chooses."""
    choices = Choices(given)
    process = choices.one(PROCESSES)
    case = made(choices.case, ec.Case)
    if case is not None:
        History(choices, process, case).play()


def made(make: Callable[[], T], *kinds: type) -> T | None:
    """Return a value; None if a constructor raises an error that names a field."""
    try:
        return make()
    except (TypeError, ValueError) as error:
        names = {of.name for kind in kinds for of in fields_of(kind)}
        assert printable(error).partition(": must be ")[0] in names, error
        return None


class History:
    """One case, its events, and its next steps."""

    def __init__(self, choices: Choices, process: ec.Process, case: ec.Case) -> None:
        self.choices, self.process, self.case, self.now = choices, process, case, T0
        self.events: tuple[events.Event, ...] = ()
        self.shown: set[ec.Template] = set()
        self.last: commands.Command = commands.OpenCase(by=RITA)

    def play(self) -> None:
        """Open the case, take the chosen steps, and check the whole history at the end."""
        self.send(self.last)
        for _ in range(STEPS_MAX):
            if self.choices.left:
                self.choices.one(STEPS)(self)
        if self.events:
            self.store_and_export()

    def send_something(self) -> None:
        """Send any command, valid or absurd."""
        command = made(lambda: self.choices.command(self.process), *COMMANDS)
        if command is not None:
            self.send(command)

    def go_ahead(self) -> None:
        """Send a command that moves the case towards its end; otherwise few histories would get far."""
        people = [RITA, *(person for person in self.case.participants if person.role in EXTERNAL_ROLES)]
        moves = [sample(kind, by) for kind in MOVES for by in people]
        allowed = [move for move in moves if not self.process.check(self.case, move, now=self.now)]
        if allowed:
            self.send(self.choices.one(allowed))

    def send_again(self) -> None:
        """Send the last command once more."""
        self.send(self.last)

    def send(self, command: commands.Command) -> None:
        """Send a command, and check its outcome."""
        case, now, fingerprint = self.case, self.now, hash(self.case)
        refusals = self.process.check(case, command, now=now)
        try:
            outcome = self.process.handle(case, command, now=now, expected_version=case.version)
        except ec.CommandRefusedError as error:
            assert error.refusals == refusals != (), error
            assert hash(case) == fingerprint, error
            printable(error)
            return
        assert refusals == (), refusals
        self.last = command
        if outcome.repeated:
            assert outcome == ec.Outcome(case=case, events=(), notifications=(), repeated=outcome.repeated), outcome
            of_command = [event.version for event in self.events if event.command_id == command.command_id]
            assert set(outcome.repeated) <= set(of_command), outcome
        else:
            assert codec.from_json(codec.to_json(command), commands.Command) == command
            self.judge(Step(process=self.process, before=case, command=command, now=now, outcome=outcome), outcome)

    def run_due(self) -> None:
        """Run ``due`` and check its outcome."""
        outcome = self.process.due(self.case, now=self.now)
        self.judge(Step(process=self.process, before=self.case, command=None, now=self.now, outcome=outcome), outcome)

    def judge(self, step: Step, outcome: ec.Outcome) -> None:
        """Check a step by every invariant, store and render its outcome, and continue with its case."""
        faults = list(violations(step))
        assert not faults, faults
        self.case, self.events = outcome.case, (*self.events, *outcome.events)
        for event in outcome.events:
            assert codec.from_json(codec.to_json(event), events.Event) == event, event
            cloudevents.to_binary(event, source="https://desk.example")
        for notification in outcome.notifications:
            if notification.template not in self.shown:
                self.shown.add(notification.template)
                assert codec.from_json(codec.to_json(notification), ec.Notification) == notification
                show(ec.render(notification))

    def let_time_pass(self) -> None:
        """Let time pass: by a span, to the next deadline, to the moment before, or to the end of time."""
        due = self.process.next_due(self.case) or self.now
        then = self.choices.one((due, *(self.now + span for span in SPANS), LAST))
        if self.choices.byte() % 4 == 0:
            then -= timedelta.resolution
        self.now = min(max(self.now, then), LAST)

    def pass_absurd_arguments(self) -> None:
        """Call a method with an argument of a wrong type or an invalid value."""
        one, choices = self.process, self.choices
        case, command, by, now = self.case, self.last, self.last.by, self.now
        calls: tuple[tuple[str, Callable[[], object]], ...] = (
            ("now", lambda: one.handle(case, command, now=choices.one(NO_TIMES))),
            ("now", lambda: one.due(case, now=choices.one(NO_TIMES))),
            ("now", lambda: one.options(case, by=by, now=choices.one(NO_TIMES))),
            ("command", lambda: one.check(case, choices.one(ABSURD), now=now)),
            ("case", lambda: one.handle(choices.one(ABSURD), command, now=now)),
            ("case", lambda: one.due(choices.one(ABSURD), now=now)),
            ("by", lambda: one.options(case, by=choices.one(ABSURD), now=now)),
            ("expected_version", lambda: one.handle(case, command, now=now, expected_version=choices.one(ABSURD))),
        )
        name, call = choices.one(calls)
        try:
            call()
        except (TypeError, ValueError) as error:
            assert printable(error).startswith(f"{name}: must be "), error
        except ec.CommandRefusedError as error:
            printable(error)

    def ask_for_options(self) -> None:
        """Check that ``options`` and ``check`` agree on the commands that have no field but the sender."""
        by = self.choices.one(PEOPLE)
        for option in self.process.options(self.case, by=by, now=self.now):
            if all(of.name in {"by", "command_id"} for of in fields_of(option.command)):
                assert option.refusals == self.process.check(self.case, option.command(by=by), now=self.now)

    def replay_damaged(self) -> None:
        """Damage the history: ``replay`` refuses it, or returns a case that can be stored."""
        if not self.events:
            return
        n = self.choices.byte() % len(self.events)
        other = self.choices.one(self.events)
        changed = made(lambda: self.choices.changed(self.events[n]), type(self.events[n]))
        between = self.choices.one(((changed,), (), (other,), (self.events[n], other)))
        damaged = [one for one in (*self.events[:n], *between, *self.events[n + 1 :]) if one is not None]
        try:
            case = self.process.replay(damaged)
        except ec.ReplayError as error:
            printable(error)
        else:
            assert codec.from_snapshot(codec.to_snapshot(case)) == case

    def store_and_export(self) -> None:
        """Check that every written form of the case and its history can be read."""
        assert list(invariant_7(self.process, self.events, self.case)) == []
        assert codec.from_snapshot(codec.to_snapshot(self.case)) == self.case
        ET.fromstring("".join(xes.export([self.events])))  # noqa: S314  # our own output
        json.loads("".join(ocel.export(lambda: [self.events])))


def show(message: ec.Message) -> None:
    """Check a message and its mail for control characters and injected headers."""
    assert not CONTROLS.search(message.subject + message.body), ascii(message)
    mail = ec.to_email(message, sender="desk@support.example", to="reader@a.example")
    assert not {"bcc", "x"} & {name.lower() for name in message_from_bytes(mail.as_bytes())}, mail


STEPS: tuple[Callable[[History], None], ...] = (
    *(History.go_ahead,) * 3,
    *(History.send_something,) * 5,
    *(History.let_time_pass, History.let_time_pass, History.run_due, History.run_due),
    *(History.send_again, History.pass_absurd_arguments, History.ask_for_options, History.replay_damaged),
)

if __name__ == "__main__":
    fuzz(one_input, CORPUS / "process", max_len=300)
