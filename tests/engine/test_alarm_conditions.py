"""Table (A) A12, F31: what a run without fault raises, and what each single fault raises, counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion, PumpAlarm, PumpSetting, Signal
from simulators.campaign.engine.world import World
from tests.engine.plans import published, small
from tests.engine.stories import FAST, in_phase, infusing

MOST = 3
"""Alarms that one fault may raise (A12)."""
D = Decimal


@dataclass(frozen=True)
class Fault:
    """One thing goes wrong in a run; what it raises, in any order."""

    happens: Callable[[World], None]
    raises: frozenset[str]
    phase: Phase = Phase.INFUSING


def fault(happens: Callable[[World], None], *raises: str, phase: Phase = Phase.INFUSING) -> Fault:
    return Fault(happens, frozenset(raises), phase)


def sign(signal: Signal, value: int) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.vitals[signal] = D(value)
        world.measure()
        world.run(60_000)

    return happens


def given(one: inp.Input) -> Callable[[World], None]:
    return lambda world: world.give(one)


def pump_alarm(alarm: PumpAlarm, *, stands: bool) -> Callable[[World], None]:
    def happens(world: World) -> None:
        if stands:
            world.pump.motion = Motion.STOPPED
        world.pump.alarms.add(alarm)

    return happens


def no_monitor(world: World) -> None:
    world.give(inp.MonitorSilent("monitor-1", "unplugged"))
    world.monitor_on = False
    world.run(200_000)


def no_sensor(world: World) -> None:
    world.missing.add(Signal.SPO2)
    world.run(200_000)


def link_down(world: World) -> None:
    world.channel.link_up = False


def link_blinks(world: World) -> None:
    world.channel.link_up = False
    world.run(3_500)
    world.channel.link_up = True


def stop_unheard(world: World) -> None:
    world.channel.link_up = False
    world.do(inp.HoldNow, reason="")


def stops_by_hand(world: World) -> None:
    world.pump.motion = Motion.STOPPED


def slowed(world: World) -> None:
    world.pump.rate_ul_h //= 2


def faster(world: World) -> None:
    world.sound = False
    world.pump.rate_ul_h += 10_000


def no_limit(world: World) -> None:
    world.sound = False
    world.pump.set_limit(None)


def runs_before_the_start(world: World) -> None:
    world.pump.program(PumpSetting(D(10), D(5)))
    world.pump.start()


def counter_cleared(world: World) -> None:
    world.sound = False
    world.pump.counter = 0


def clamped(world: World) -> None:
    world.sound = False
    world.pump.counter_permille = 500
    world.run(200_000)


def refused(world: World) -> None:
    pending = world.state.pump.pending
    while pending is None:
        world.run(20)
        pending = world.state.pump.pending
    world.give(inp.OrderFailed(pending.order, "keys in use"))


def guarded(world: World) -> None:
    pending = world.state.pump.pending
    while pending is None:
        world.run(20)
        pending = world.state.pump.pending
    world.give(inp.GuardRefused(pending.order, "not in the plan"))


def another_pump(world: World) -> None:
    assert world.state.pump.identity is not None
    world.give(inp.PumpIdentified(world.channel.identity.__class__("dianet-star", "S2", "1", "1"), True))


def restarted(world: World) -> None:
    world.restart(2_000)


def restarted_under_an_order(world: World) -> None:
    while world.state.pump.pending is None:
        world.run(20)
    world.restart(2_000)


def aborted(world: World) -> None:
    world.do(inp.Abort, reason="enough")


FAULTS: Mapping[str, Fault] = {
    "spo2 low": fault(sign(Signal.SPO2, 80), "held_reaction"),
    "heart races": fault(sign(Signal.HR, 170), "held_vitals"),
    "monitor unplugged": fault(no_monitor, "monitor_silent", "held_monitor_lost"),
    "sensor off": fault(no_sensor, "held_monitor_lost"),
    "occlusion": fault(pump_alarm(PumpAlarm.OCCLUSION, stands=True), "held_pump_alarm"),
    "air": fault(pump_alarm(PumpAlarm.AIR, stands=True), "held_pump_alarm"),
    "battery low": fault(pump_alarm(PumpAlarm.BATTERY_LOW, stands=False), "pump_warning"),
    "link blinks": fault(link_blinks, "pump_silent"),
    "link down": fault(link_down, "pump_silent", "pump_lost"),
    "STOP unheard": fault(stop_unheard, "held_operator", "stop_not_confirmed"),
    "stopped by hand": fault(stops_by_hand, "held_hand_change"),
    "slowed by hand": fault(slowed, "hand_less"),
    "more by hand": fault(faster, "hand_more", "held_hand_change"),
    "limit removed": fault(no_limit, "unlimited", "held_hand_change"),
    "counter cleared": fault(counter_cleared, "counter_broken", "held_pump_alarm"),
    "line half shut": fault(clamped, "volume_time_differ"),
    "setting refused once": fault(refused, "order_failed"),
    "guard refuses": fault(guarded, "held_guard"),
    "another pump answers": fault(another_pump, "held_pump_lost"),
    "service restarted": fault(restarted, "observing"),
    "restarted under an order": fault(restarted_under_an_order, "held_restart"),
    "service told to stop": fault(given(inp.ServiceStopping("SIGTERM")), "service_stopping", "held_restart"),
    "disk full": fault(given(inp.JournalBroken("full")), "journal_broken", "held_journal"),
    "clock steps": fault(given(inp.ClockStepped(7_200_000)), "clock_stepped"),
    "no sound": fault(given(inp.SoundLost("no answer")), "sound_lost"),
    "no feed": fault(given(inp.FeedsLost("mqtt: no broker")), "feed_lost"),
    "no receipt": fault(given(inp.AlarmsUnconfirmed("held_vitals")), "feed_unconfirmed"),
    "aborted": fault(aborted, "aborted"),
    "runs before the start": fault(runs_before_the_start, "runs_unrecorded", phase=Phase.CHECKING),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_of_these_faults_raises_its_row(name: str) -> None:
    """F31, (A) A12: one fault raises the alarms that name it, at most three, and goes on raising nothing."""
    one = FAULTS[name]
    world = infusing() if one.phase is Phase.INFUSING else in_phase(one.phase)
    world.run(1_000)
    assert world.alarms() == []
    one.happens(world)
    world.run(20_000)
    raised = world.alarms()
    assert one.raises <= set(raised), raised
    assert len(raised) <= MOST, raised
    assert world.replayed()[0] == world.state


@pytest.mark.parametrize("name", ["small", "castells-12-step"])
def test_a12_a_run_without_fault_raises_nothing(name: str) -> None:
    """(A) A12: from the first check to the end of the after-watch."""
    world = World(small() if name == "small" else published(name), timing=FAST).start()
    world.run_until(Phase.COMPLETED, most_ms=60_000_000)
    assert world.alarms() == []
