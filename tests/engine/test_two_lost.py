"""A pump falls silent once more, or another one does: leaving automatic is told each time (DESIGN 3.7)."""

from __future__ import annotations

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from simulators.campaign.engine.labels import PATIENT
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


def test_f31_one_pump_lost_is_one_alarm() -> None:
    """F31: one cause, one alarm."""
    world = bed()
    world.run(10_000)
    world.give(inp.PumpSilent("no answer", long=True, pump=OLD))
    assert world.phase() is Phase.OBSERVING
    assert world.alarms() == ["pump_lost"]
