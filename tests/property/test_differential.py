"""The machine that ``transitions`` runs, and the process that runs the compiled table, side by side."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from transitions import MachineError

import escalation_core as ec
from escalation_core import commands
from escalation_core.testing import ANA, PAUL, RITA, T0, emergency, sample

SILENCE = timedelta(hours=1)
MOVES = [move.command for move in ec.ESCALATION.moves]
ILLEGAL = {ec.RefusalCode.ILLEGAL_TRANSITION, ec.RefusalCode.ANSWER_PENDING}


class Model:
    """What ``transitions`` moves."""

    state: Any = None


def _sender(kind: type[commands.Command], *, partner: bool) -> ec.Person:
    if kind in {commands.AcceptSolution, commands.RejectSolution}:
        return PAUL if partner else ANA
    return RITA


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.booleans(), st.integers(0, 40)), max_size=25))
def test_the_machine_and_the_process_agree_on_every_move(
    script: list[tuple[type[commands.Command], bool, int]],
) -> None:
    process = ec.Process(policy=ec.Policy(timing=ec.Timing(close_after_silence=SILENCE)))
    machine, model = ec.ESCALATION.machine(), Model()
    machine.add_model(model)
    now = T0
    case = process.open(emergency(), by=ANA, now=now).case
    for kind, partner, minutes in script:
        now += timedelta(minutes=minutes)
        escalation = case.escalation
        assert escalation is not None
        assert model.state is escalation.status
        pending = escalation.pending_proposal
        said = set(pending.approved_by) if pending else set[ec.Role]()
        by = _sender(kind, partner=partner)
        complete = {ec.Role.CUSTOMER, ec.Role.PARTNER} <= said | {by.role}
        silent = pending is not None and now >= pending.proposed_at + SILENCE
        refused = process.check(case, sample(kind, by), now=now)
        # What moves no status may be refused by rules that the table does not know; then neither is asked.
        if refused and not ILLEGAL & {refusal.code for refusal in refused}:
            continue
        guards: dict[type[commands.Command], dict[str, bool]] = {
            commands.AcceptSolution: {"complete": complete},
            commands.CloseEscalation: {"silent": silent},
        }
        asked = guards.get(kind, {})
        try:
            moved = bool(model.trigger(kind.name, **asked))  # type: ignore[attr-defined]
        except MachineError:
            moved = False
        assert moved is (refused == ())
        if moved:
            case = process.handle(case, sample(kind, by), now=now).case
    assert case.escalation is not None
    assert model.state is case.escalation.status
