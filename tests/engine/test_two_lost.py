"""Both pumps of a bed fall silent, one after the other: the second is told as well (DESIGN 3.7)."""

from __future__ import annotations

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
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


def test_f31_one_pump_lost_is_one_alarm() -> None:
    """F31: one cause, one alarm."""
    world = bed()
    world.run(10_000)
    world.give(inp.PumpSilent("no answer", long=True, pump=OLD))
    assert world.phase() is Phase.OBSERVING
    assert world.alarms() == ["pump_lost"]
