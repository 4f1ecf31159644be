"""A pump alarms before its START was sent: it goes on by a person, and never because the alarm went away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.decide import decide
from daemon.engine.phases import Phase
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpAlarm, Signal
from simulators.campaign.engine.pump import PumpSim
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.plans import REST, SAME, small
from tests.engine.stories import FAST, in_phase, infusing
from tests.engine.test_switching import NEXT, OLD, bed, switching

SLOW_DISK = Timing(300, disk_ms=8_000)


def alarm_comes_and_goes(world: World, pump: PumpSim, alarm: PumpAlarm = PumpAlarm.AIR) -> None:
    """Air passes the sensor, or the door is opened and closed."""
    pump.alarms.add(alarm)
    world.run(1_000)
    pump.alarms.discard(alarm)
    world.run(1_000)


def held_for_the_pump(world: World) -> bool:
    return world.state.hold is not None and HoldCause.PUMP_ALARM in world.state.hold.causes


@pytest.mark.parametrize("alarm", [PumpAlarm.AIR, PumpAlarm.DOOR_OPEN, PumpAlarm.SYRINGE])
def test_f33_an_alarm_between_resume_and_start_needs_another_resume(alarm: PumpAlarm) -> None:
    """F33: resumed; before the record of the START is on disk the door is opened and shut again."""
    world = World(small(), timing=SLOW_DISK).start()
    world.run(60_000)
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    assert not world.resume(REST).startswith("no: ")
    before = world.pump.starts
    world.run(2_000)
    alarm_comes_and_goes(world, world.pump, alarm)
    world.run(60_000)
    assert world.phase() is Phase.HELD, world.why()
    assert held_for_the_pump(world)
    assert world.alarms()[-1] == "held_pump_alarm"
    assert world.pump.starts == before
    assert not world.resume(SAME).startswith("no: ")
    world.run(20_000)
    assert world.motion() is Motion.INFUSING


def test_f33_an_alarm_between_a_start_that_failed_and_the_next_try_needs_a_person() -> None:
    """F15, F18: a START that is not taken is tried again, but not after the pump has alarmed."""
    world = infusing()
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    assert not world.resume(REST).startswith("no: ")
    world.channel.lose_requests = 3
    world.run(700)
    before = world.pump.starts
    alarm_comes_and_goes(world, world.pump)
    world.run(30_000)
    assert (world.phase(), world.pump.starts) == (Phase.HELD, before), world.why()


def test_f16_a_gate_that_opens_does_not_start_a_pump_that_has_alarmed() -> None:
    """F16: the gate goes on by itself only where no hold cause arose, and a pump alarm is one."""
    world = in_phase(Phase.WAITING_GATE)
    before = world.pump.starts
    alarm_comes_and_goes(world, world.pump, PumpAlarm.DOOR_OPEN)
    world.missing.clear()
    world.measure()
    world.run(20_000)
    assert (world.phase(), world.pump.starts) == (Phase.HELD, before), world.why()


def test_f16_a_limit_that_was_reached_is_history() -> None:
    """F16: the pump stands at its limit; that alarm is the end of a slice and holds nothing."""
    world = in_phase(Phase.WAITING_GATE)
    alarm_comes_and_goes(world, world.pump, PumpAlarm.LIMIT_REACHED)
    world.missing.clear()
    world.measure()
    world.run(20_000)
    assert world.phase() is Phase.INFUSING, world.why()


def test_f13_a_door_opened_to_hang_a_bag_holds_nothing_and_one_opened_after_it_does() -> None:
    """F13: who hangs a bag opens the door; once it is confirmed nobody touches the pump unnoticed."""
    world = in_phase(Phase.AWAITING_SOLUTION)
    alarm_comes_and_goes(world, world.pump, PumpAlarm.DOOR_OPEN)
    assert world.phase() is Phase.AWAITING_SOLUTION, world.why()
    world.missing.add(Signal.HR)
    world.measure()
    world.hang("B")
    before = world.pump.starts
    world.run(2_000)
    assert world.phase() is Phase.AWAITING_SOLUTION, world.why()
    alarm_comes_and_goes(world, world.pump, PumpAlarm.DOOR_OPEN)
    world.missing.clear()
    world.measure()
    world.run(10_000)
    assert (world.phase(), world.pump.starts) == (Phase.HELD, before), world.why()


def test_f23_an_alarm_of_the_pump_that_takes_over_holds_the_switch() -> None:
    """F23: in the seconds between two pumps the next one's door is opened: no START when it is shut."""
    world = switching(900)
    assert world.phase() is Phase.SWITCHING
    alarm_comes_and_goes(world, world.pumps[NEXT])
    world.run(20_000)
    assert world.phase() is Phase.HELD, world.why()
    assert world.pumps[NEXT].starts == 0


def test_f23_an_alarm_of_the_pump_that_is_done_stops_no_switch() -> None:
    """F23, F31: the bag just given is empty: that pump stands, and has nothing more to give."""
    world = switching(900)
    world.pumps[OLD].alarms.add(PumpAlarm.EMPTY)
    world.run(20_000)
    assert world.phase() is Phase.INFUSING, world.why()
    assert world.pumps[NEXT].motion is Motion.INFUSING
    assert all(ms <= 5_000 for ms in world.free_ms)


def test_f33_an_alarm_in_a_restart_for_a_new_setting_is_held() -> None:
    """F15: a pump that stands to be programmed alarms while it stands: it is not started over that."""
    world = infusing(100)
    caps = replace(world.caps, gapless=False)
    pump = world.state.pump
    order = ev.SettingOrdered(9, ev.OrderKind.RENEW, pump.approved or world.pump.stored(), 1, "A", "pump 1")
    state = replace(
        world.state,
        fitted=replace(world.state.fitted, caps=caps),
        pump=replace(pump, pending=order, pending_ms=world.now),
    )
    stands = replace(world.pump.reading(), motion=Motion.STOPPED)
    assert decide(state, inp.PumpRead(stands, world.now), world.now).state.phase is Phase.INFUSING
    blocked = replace(stands, alarms=frozenset({PumpAlarm.AIR}))
    assert decide(state, inp.PumpRead(blocked, world.now), world.now).state.phase is Phase.HELD


def test_f33_pumps_that_wait_for_their_turn_may_alarm() -> None:
    """F31: long before its turn a door is opened at the other pump: the drug runs on, the change follows."""
    world = bed(FAST)
    world.run(10_000)
    alarm_comes_and_goes(world, world.pumps[NEXT], PumpAlarm.DOOR_OPEN)
    world.run(90_000)
    assert world.state.pump_name == NEXT
    assert world.phase() is Phase.INFUSING, world.why()
