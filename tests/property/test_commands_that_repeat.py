"""Commands that come twice, over generated histories."""

from datetime import datetime

import attrs
from hypothesis import given

from escalation_core import commands
from escalation_core.case import REMEMBERED
from escalation_core.deduplication import digest_of
from escalation_core.testing.strategies import History, any_command, histories, instants


@given(histories(), instants())
def test_a_command_that_is_remembered_is_done_once_whenever_it_comes_again(history: History, now: datetime) -> None:
    remembered = {event.command_id for event in history.case.remembered}
    for step in history.steps:
        done, command = step.outcome, step.command
        if done is None or command is None or command.command_id not in remembered:
            continue
        first = tuple(event for event in done.events if event in history.case.remembered)
        if not first:  # a later command of this id took its place, once this one was forgotten
            continue
        assert history.process.check(history.case, command, now=now) == ()
        again = history.process.handle(history.case, command, now=now, expected_version=step.before.version)
        assert (again.case, again.events, again.notifications) == (history.case, done.events, ())
        assert again.repeated


@given(histories())
def test_no_case_remembers_more_than_it_may_nor_half_of_a_command(history: History) -> None:
    for outcome in history.outcomes:
        kept = outcome.case.remembered
        assert len({event.command_id for event in kept}) <= REMEMBERED
        told = [event for event in history.events if event.version <= outcome.case.version]
        assert list(kept) == [event for event in told if event.command_id and event in kept]
        since = min((event.version for event in kept), default=outcome.case.version + 1)
        assert {event.version for event in told if event.command_id and event.version >= since} == {
            event.version for event in kept
        }


@given(any_command(), any_command())
def test_two_commands_have_one_digest_exactly_when_they_say_the_same(
    one: commands.Command, other: commands.Command
) -> None:
    one, other = attrs.evolve(one, command_id="key"), attrs.evolve(other, command_id="key")
    assert (digest_of(one) == digest_of(other)) == (one == other)
    assert digest_of(attrs.evolve(one, command_id="another")) == digest_of(one)
