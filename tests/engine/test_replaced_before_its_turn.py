"""A pump replaced before its turn: what hung on the old one hangs nowhere (F23, F26)."""

from __future__ import annotations

from dataclasses import replace

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from simulators.campaign.engine.labels import PATIENT
from tests.engine.plans import REST
from tests.engine.test_switching import NEXT, bed


def test_f23_the_bag_of_a_pump_that_was_replaced_is_waited_for_at_its_turn() -> None:
    """F23, F26: the next pump is another one and nobody hung its bag there: the run waits for it, stopped."""
    world = bed()
    world.nurse_on = False
    world.run(10_000)
    channel = world.channel_of(NEXT)
    channel.identity = replace(channel.identity, serial="SPARE")
    world.give(inp.PumpIdentified(channel.identity, away_long=True, pump=NEXT))
    world.run(5_000)
    assert world.phase() is Phase.HELD
    world.do(inp.ConfirmPatient, patient=PATIENT)
    assert not world.do(inp.ReplacePump, serial="SPARE", witness="bob").startswith("no: ")
    assert not world.resume(REST).startswith("no: ")
    world.run_until(Phase.AWAITING_SOLUTION)
    assert not world.state.delivering
    assert world.state.step == 2
