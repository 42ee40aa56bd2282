"""Repeated commands over generated histories."""

from datetime import datetime

import attrs
from hypothesis import given

import escalation_core as ec
from escalation_core import commands
from escalation_core.case import REMEMBERED
from escalation_core.deduplication import digest_of
from escalation_core.testing import emergency
from escalation_core.testing.strategies import History, any_command, histories, instants


@given(histories(), instants())
def test_a_repeated_command_has_no_effect_at_any_later_time(history: History, now: datetime) -> None:
    """The case remembers the command, or the host passes the recorded events of the command."""
    remembered = {entry.command_id: entry.first_version for entry in history.case.remembered}
    for step in history.steps:
        done, command = step.outcome, step.command
        if done is None or command is None or command.command_id is None:
            continue
        versions = tuple(event.version for event in done.events)
        if remembered.get(command.command_id, versions[0]) != versions[0]:
            continue  # a later command has reused the id, after the case had forgotten this command
        assert history.process.check(history.case, command, now=now, recorded=done.events) == ()
        again = history.process.handle(
            history.case, command, now=now, expected_version=step.before.version, recorded=done.events
        )
        assert again == ec.Outcome(case=history.case, events=(), notifications=(), repeated=versions)
        if command.command_id in remembered:
            assert history.process.handle(history.case, command, now=now) == again


@given(histories())
def test_a_case_remembers_its_last_commands_with_an_id(history: History) -> None:
    for outcome in history.outcomes:
        steps: dict[str | None, list[int]] = {}
        for event in history.events[: outcome.case.version]:
            if event.command_id is not None:
                steps.setdefault(f"{event.command_id} {event.command_digest} {event.at}", []).append(event.version)
        remembered = [(entry.first_version, entry.last_version) for entry in outcome.case.remembered]
        assert remembered == [(versions[0], versions[-1]) for versions in steps.values()][-REMEMBERED:]


@given(any_command(), any_command())
def test_two_commands_have_the_same_digest_exactly_if_they_are_equal(
    one: commands.Command, other: commands.Command
) -> None:
    one, other, case = attrs.evolve(one, command_id="key"), attrs.evolve(other, command_id="key"), emergency()
    assert (digest_of(one, case) == digest_of(other, case)) == (one == other)
    assert digest_of(attrs.evolve(one, command_id="another"), case) == digest_of(one, case)
