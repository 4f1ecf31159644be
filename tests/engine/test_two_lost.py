"""A pump falls silent once more, or another one does: leaving automatic is told each time (DESIGN 3.7)."""

from __future__ import annotations

from dataclasses import replace

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from simulators.campaign.engine.labels import PATIENT
from tests.engine.plans import REST
from tests.engine.test_switching import NEXT, OLD, bed, switching


def test_f10_the_pump_in_charge_lost_after_another_one_is_an_alarm_of_its_own() -> None:
    """F10: a person who has heard that the pump that stands is lost hears it of the one that runs."""
    world = switching(20_000)
    assert world.state.pump_name == NEXT
    world.give(inp.PumpSilent("no answer", long=True, pump=OLD))
    world.do(inp.Acknowledge, alarm="pump_lost")
    before = len(world.alarms())
    world.give(inp.PumpSilent("no answer", long=True, pump=NEXT))
    assert world.phase() is Phase.OBSERVING
    assert world.alarms()[before:] == ["observing"]
    assert NEXT in world.state.alarms["observing"].detail


def test_f10_a_pump_lost_again_within_seconds_is_told_though_somebody_has_acknowledged_it() -> None:
    """F10, (A) A12: cable out, heard, plugged in, confirmed running; out again before the alarm has faded."""
    world = bed()
    world.run(10_000)
    world.give(inp.PumpSilent("no answer", long=True, pump=OLD))
    world.do(inp.Acknowledge, alarm="pump_lost")
    world.give(inp.PumpIdentified(world.channel_of(OLD).identity, away_long=False, pump=OLD))
    world.run(2_000)
    world.do(inp.ConfirmPatient, patient=PATIENT)
    assert not world.do(inp.ConfirmRunning).startswith("no: "), world.why()
    assert world.phase() is Phase.INFUSING
    before = len(world.alarms())
    world.give(inp.PumpSilent("no answer", long=True, pump=OLD))
    assert world.phase() is Phase.OBSERVING
    assert world.alarms()[before:] == ["observing"]
    assert world.state.alarms["observing"].acknowledged_ms is None


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


def test_a12_a_latched_hold_that_comes_back_is_news() -> None:
    """(A) A12: only what may flap stays acknowledged: a hold for the same words sounds again."""
    world = bed()
    world.state = replace(world.state, latching=frozenset({"held_operator"}))
    world.run(10_000)
    for _ in range(2):
        world.do(inp.HoldNow, reason="")
        world.run(4_000)
        assert world.phase() is Phase.HELD
        assert world.state.alarms["held_operator"].acknowledged_ms is None
        world.do(inp.Acknowledge, alarm="held_operator")
        world.do(inp.ConfirmPatient, patient=PATIENT)
        assert not world.resume(REST).startswith("no: ")
        world.run(4_000)


def test_f31_one_pump_lost_is_one_alarm() -> None:
    """F31: one cause, one alarm."""
    world = bed()
    world.run(10_000)
    world.give(inp.PumpSilent("no answer", long=True, pump=OLD))
    assert world.phase() is Phase.OBSERVING
    assert world.alarms() == ["pump_lost"]
