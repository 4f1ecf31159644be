"""From one pump to the next, break before make: the whole engine with a pump for every solution (F23)."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from daemon.engine import beside
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.doubts import Explanation
from daemon.engine.line import Handling
from daemon.engine.phases import Mode, Phase
from daemon.engine.state import RunState
from daemon.guard import guard
from daemon.protocols.rules import Choice, ChoiceKind, HoldCause
from drivers.values import Motion
from simulators.campaign.engine.channel import Lost
from simulators.campaign.engine.several import Several
from simulators.campaign.engine.timing import Timing
from tests.engine.plans import SMALL_BAGS, bag, plan_of, small

D = Decimal
FAST = Timing(300)
LIMIT_MS = 5_000
STRETCH_MS = 4_000
"""A switch without a fault is over in less than this."""
OLD, NEXT = "pump-1", "pump-2"
REST, SAME = Choice(ChoiceKind.REST_OF_STEP), Choice(ChoiceKind.SAME_STEP)


def bed(timing: Timing = FAST) -> Several:
    """One minute of A, then B for five, each from a pump of its own."""
    plan = plan_of((("A", "40", "1"), ("B", "10", "5")), SMALL_BAGS)
    world = Several(plan, timing=timing)
    world.start()
    return world


@cache
def _programmed() -> Several:
    return at_switch(bed())


def switching(after_ms: int) -> Several:
    """A bed of its own so long after the coming pump was ordered to be programmed."""
    world = copy.deepcopy(_programmed())
    world.run(after_ms)
    return world


def at_switch(world: Several, *, after_ms: int = 0) -> Several:
    """So long after the coming pump was ordered to be programmed."""
    while not any(isinstance(event, ev.SettingOrdered) and _programs(event) for _, event in world.events):
        world.run(20)
    world.run(after_ms)
    return world


def _programs(event: ev.SettingOrdered) -> bool:
    return event.kind is ev.OrderKind.PROGRAM


def settled(world: Several, ms: int = 40_000) -> Several:
    """Some time later: nothing was ever given by two at once, and replay says what was lived."""
    world.run(ms)
    assert world.overlap_ms == 0, f"F23: {world.overlap_ms} ms of two pumps at once"
    assert world.replayed()[0] == world.state
    return world


TOLD = (ev.SettingOrdered, ev.SwitchBegun, ev.StopOrdered, ev.StopConfirmed, ev.TookOver)


def test_f23_one_after_the_other() -> None:
    """F23: program the next; stop the old, it alone; stand for a second, disarm; take over; START."""
    world = settled(at_switch(bed()))
    told = [
        (type(event).__name__, str(getattr(event, "kind", "")), str(getattr(event, "pump", "")))
        for _, event in world.events
        if isinstance(
            event, ev.SettingOrdered | ev.SwitchBegun | ev.StopOrdered | ev.StopConfirmed | ev.TookOver
        )
    ]
    first = told.index(("SettingOrdered", "program", NEXT))
    assert told[first:] == [
        ("SettingOrdered", "program", NEXT),
        ("SwitchBegun", "", NEXT),
        ("StopOrdered", "", OLD),
        ("StopConfirmed", "", OLD),
        ("SettingOrdered", "disarm", OLD),
        ("TookOver", "", NEXT),
        ("SettingOrdered", "start", NEXT),
    ]
    (free_ms,) = world.free_ms
    assert 1_000 <= free_ms <= LIMIT_MS
    assert world.alarms() == []


def test_f23_a_switch_in_time_is_no_gap() -> None:
    """F19, F23: the drug-free time of a switch is told as one, and not summed up."""
    world = at_switch(bed())
    world.run_until(Phase.AFTER_WATCH)
    (closed,) = world.seen(ev.GapClosed)
    assert isinstance(closed, ev.GapClosed)
    assert closed.switch
    assert closed.to_ms - closed.from_ms <= LIMIT_MS
    assert world.state.gap.closed == ()


@pytest.mark.parametrize("timing", [Timing(100, 20), Timing(300, 40), Timing(300, 40, 700), Timing(350, 300)])
def test_f23_drug_free_time_and_volume_over_wires_and_disks(timing: Timing) -> None:
    """F23, F38: at most 5 s, the volume of each step within a counter unit and the way of an order."""
    world = settled(at_switch(bed(timing)), 400_000)
    assert world.phase() is Phase.AFTER_WATCH, world.why()
    assert all(ms <= LIMIT_MS for ms in world.free_ms)
    way = D(timing.poll_ms + 3 * timing.latency_ms + timing.disk_ms) / 3_600_000
    for solution, rate, volume in (("A", 40, D(40) / 60), ("B", 10, D(50) / 60)):
        error = abs(world.flowed_ml(solution) - volume)
        assert error <= D("0.15") + 2 * rate * way, f"F38: {solution} is off by {error} mL"


def _cut(name: str, ms: int) -> Callable[[Several], None]:
    def fault(world: Several) -> None:
        world.channels[name].link_up = False
        world.run(ms)
        world.channels[name].link_up = True

    return fault


def _lose(name: str, *, replies: int = 0, requests: int = 0) -> Callable[[Several], None]:
    def fault(world: Several) -> None:
        world.channels[name].lose_replies += replies
        world.channels[name].lose_requests += requests

    return fault


def _kill(ms: int) -> Callable[[Several], None]:
    return lambda world: world.restart(ms)


def _power(name: str) -> Callable[[Several], None]:
    def fault(world: Several) -> None:
        world.pumps[name].motion = Motion.STOPPED
        world.pumps[name].set_limit(D("0.1"))
        world.pumps[name].rate_ul_h = 0

    return fault


FAULTS: dict[str, Callable[[Several], None]] = {
    **{f"{name} silent for {ms} ms": _cut(name, ms) for name in (OLD, NEXT) for ms in (700, 3_000, 9_000)},
    **{f"{name} loses {n} replies": _lose(name, replies=n) for name in (OLD, NEXT) for n in (1, 3)},
    **{f"{name} loses {n} requests": _lose(name, requests=n) for name in (OLD, NEXT) for n in (1, 4)},
    **{f"{name} forgets what it was set to": _power(name) for name in (OLD, NEXT)},
    "the daemon is killed": _kill(3_000),
}


@pytest.mark.parametrize("name", FAULTS)
def test_f23_two_pumps_never_deliver_at_once(name: str) -> None:
    """F23, F38: each fault all through a switch; overlap 0, and what follows is held or goes on."""
    rng = random.Random(name)
    for after_ms in range(0, STRETCH_MS, 1_000):
        world = switching(after_ms + rng.randrange(1_000))
        FAULTS[name](world)
        settled(world, 8_000)
        assert world.phase() in (Phase.INFUSING, Phase.HELD, Phase.OBSERVING, Phase.WAITING_GATE), world.why()
        if world.phase() is Phase.HELD:
            assert all(pump.motion is Motion.STOPPED for pump in world.pumps.values())
            assert any(alarm.startswith("held_") for alarm in world.alarms())


def test_f23_a_pump_that_does_not_stop_is_not_followed_by_another() -> None:
    """F10, F23: no START while the old pump is not verified; after 5 s every pump has been sent STOP."""
    world = bed()
    world.channels[OLD].refuse_stop = True
    settled_not = at_switch(world, after_ms=20_000)
    assert settled_not.phase() is Phase.HELD
    assert settled_not.state.mode is Mode.STOP_NOT_CONFIRMED
    assert settled_not.pumps[NEXT].starts == 0
    assert "stop_not_confirmed" in settled_not.state.alarms
    assert settled_not.channels[NEXT].stops_decided > 0
    world.channels[OLD].refuse_stop = False
    world.pumps[OLD].stop()
    world.run(5_000)
    assert not world.state.stop_awaited


def test_f10_a_person_says_which_pump_he_stopped() -> None:
    """F10: STOP stands for each pump by itself; with two unconfirmed it must be said which one."""
    world = bed()
    for channel in world.channels.values():
        channel.refuse_stop = True
        channel.link_up = False
    world.do(inp.HoldNow, reason="test")
    world.run(4_000)
    assert "say which one" in world.do(inp.ConfirmStopped)
    assert world.do(inp.ConfirmStopped, pump=OLD).startswith("stopped by hand") or world.state.stop_ms
    assert world.state.view(OLD).stop_ms is None
    assert world.state.mode is Mode.STOP_NOT_CONFIRMED
    world.do(inp.ConfirmStopped)
    assert not world.state.stop_awaited


def test_f15_a_next_pump_that_refuses_is_a_hold_with_both_stopped() -> None:
    """F18, F23, (A) D4: what it is set to is never read back; asked three times, then every pump is
    stopped."""

    def refuse(point: str) -> None:
        if point == "programmed":
            raise Lost

    world = bed()
    world.run(5_000)
    world.channels[NEXT].at = refuse
    at_switch(world, after_ms=30_000)
    assert world.phase() is Phase.HELD, world.why()
    assert world.motion() is Motion.STOPPED
    assert world.pumps[NEXT].starts == 0
    assert world.flowed_ml("A") <= D(40) / 60 + D(40) * 31 / 3600 + D("0.1"), "F38: the stated margin"
    assert "held_pump_alarm" in world.state.alarms


@pytest.mark.parametrize("motion", [Motion.INFUSING, Motion.BOLUS, Motion.KVO])
@pytest.mark.parametrize("phase", ["old runs", "in the switch", "next runs"])
def test_f8_f24_a_pump_that_delivers_out_of_turn_stops_every_pump(motion: Motion, phase: str) -> None:
    """F8, F23, F24: KVO, bolus, a START by hand: HIGH alarm and STOP to all, whichever it is."""
    world = bed()
    wrong = NEXT if phase == "old runs" else OLD
    if phase == "old runs":
        world.run(20_000)
    else:
        at_switch(world, after_ms=900 if phase == "in the switch" else 20_000)
    world.sound = False
    if phase == "in the switch":
        assert world.phase() is Phase.SWITCHING
    world.pumps[wrong].motion = motion
    world.run(2_600)
    assert all(pump.motion is Motion.STOPPED for pump in world.pumps.values()), world.why()
    assert world.phase() is Phase.HELD
    assert "hand_more" in world.state.alarms
    assert all(channel.stops_decided for channel in world.channels.values())
    given = world.state.bag_given("B" if wrong == NEXT else "A")
    assert given.high >= world.flowed_ml("B" if wrong == NEXT else "A"), "F26: what flowed is in the account"


def test_f8_a_second_start_by_hand_at_the_other_pump_is_manual() -> None:
    """F8: more by hand is stopped once, at each pump."""
    world = bed()
    world.run(20_000)
    for _ in range(2):
        world.pumps[NEXT].start()
        world.run(8_000)
    assert world.phase() is Phase.MANUAL
    assert world.pumps[NEXT].motion is Motion.INFUSING


def test_f26_a_counter_that_jumps_at_the_other_pump_is_held_and_bounded() -> None:
    """F11, F26: it moved while it should have stood; a person says what it was."""
    world = bed()
    world.run(20_000)
    world.sound = False
    world.pumps[NEXT].counter += 3 * 3_600_000_000_000
    world.run(1_000)
    assert world.phase() is Phase.HELD
    assert world.state.doubts.jumps[0].solution == "B"
    assert world.state.bag_given("B").high >= 3
    before = world.state.bag_given("A")
    told = world.do(inp.ClassifyCounter, how=Explanation.PRIMED_OFF_PATIENT, text="primed into a cup")
    assert not told.startswith("no: "), told
    assert world.state.bag_given("B").high < 1
    assert world.state.bag_given("A") == before


def test_f5_the_gate_is_shut_while_another_pump_is_silent() -> None:
    """F23, DESIGN 3.6: it could be started unseen; nothing is renewed, the drug stops at its slice's end."""
    plan = plan_of((("A", "60", "20"), ("B", "30", "5")), (bag("A", "40", "1"), bag("B", "10", "10")))
    world = Several(plan, timing=FAST)
    world.start()
    world.run(30_000)
    world.channels[NEXT].link_up = False
    world.run(8_000)
    assert world.phase() is Phase.INFUSING
    assert world.state.gate_shut == ("other_pump:silent",)
    assert "pump_lost" in world.state.alarms
    world.run(400_000)
    assert world.motion() is Motion.STOPPED
    assert world.pump.limit_ends == 0, "F16"
    world.channels[NEXT].link_up = True
    world.run(20_000)
    assert "pump_lost" not in world.state.alarms


def test_f6_every_standing_pump_is_disarmed() -> None:
    """F6: from the start on, also one whose turn is far away, and again after its cable was out."""
    world = bed()
    world.run(5_000)
    assert world.state.view(NEXT).disarmed
    _cut(NEXT, 2_000)(world)
    assert not world.state.view(NEXT).disarmed
    world.run(3_000)
    assert world.state.view(NEXT).disarmed


def test_f4_back_to_the_weaker_pump_needs_the_line_cleared() -> None:
    """F4: what the strong bag left behind the Y-site would come first, at the weak bag's rate."""
    bags = tuple(replace(one, y_site_ml=D("0.5")) for one in SMALL_BAGS)
    world = Several(plan_of((("A", "40", "1"), ("B", "10", "5")), bags), timing=FAST)
    world.start()
    at_switch(world, after_ms=60_000)
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    world.nurse_on = False
    answer = world.resume(Choice(ChoiceKind.BACK, 1), witness="bob")
    assert not answer.startswith("no: "), answer
    assert world.state.pump_name == OLD
    world.run(10_000)
    assert world.phase() is Phase.AWAITING_SOLUTION, "the line may hold B"
    assert "line:stronger" in world.state.gate_shut
    world.side.replace()
    world.do(inp.ConfirmLine, handling=Handling.REPLACED, valves=True)
    world.match()
    world.run(10_000)
    assert world.phase() is Phase.INFUSING, world.why()
    assert world.pumps[OLD].motion is Motion.INFUSING
    settled(world)


def test_f23_a_hold_in_the_switch_goes_on_with_the_next_pump() -> None:
    """F23: held between two pumps, resumed: the one whose turn it is takes over."""
    world = switching(900)
    assert world.phase() is Phase.SWITCHING
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    assert not world.resume(REST, witness="bob").startswith("no: ")
    settled(world)
    assert world.state.pump_name == NEXT
    assert world.pumps[NEXT].motion is Motion.INFUSING


def test_f23_f34_the_guard_alone_lets_no_pump_start_beside_one_that_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F34: an engine that believes every pump to stand is refused by a guard that has watched by itself."""
    monkeypatch.setattr(beside, "still", lambda _state, _pump: True)
    monkeypatch.setattr("daemon.engine.pump_view.PumpView.seen_still_ms", lambda _pump: 10_000)
    world = settled(at_switch(bed()))
    assert world.phase() is Phase.HELD
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.GUARD}
    monkeypatch.setattr(guard, "STILL_MS", 0)
    sooner = settled(at_switch(bed()))
    assert sooner.phase() is Phase.INFUSING, "without its second the guard lets it pass: it is the guard"


def test_f40_every_input_may_come_in_a_switch() -> None:
    """F40: whatever comes while one pump hands over to the next, the table knows where it leads."""
    told: tuple[inp.Input, ...] = (
        inp.TimePassed(),
        inp.PumpSilent("x", long=False, pump=NEXT),
        inp.PumpSilent("x", long=True, pump=OLD),
        inp.OrderUnsent(99, "x", pump=OLD),
        inp.StopUnverified("x", pump=OLD),
        inp.GuardRefused(99, "x", pump=NEXT),
        inp.MonitorSilent("monitor-1", "x"),
        inp.SoundLost("x"),
        inp.JournalBroken("x"),
        inp.JournalMended(),
        inp.ClockStepped(3_000),
        inp.ServiceStopping("x"),
        inp.DaemonRestarted(gap_known=False),
        inp.HoldNow("a", "", "x"),
        inp.Abort("b", "ann", "x"),
        inp.GoManual("c", "ann", "x"),
    )
    for given in told:
        world = switching(900)
        assert world.phase() is Phase.SWITCHING
        world.give(given)
        settled(world, 3_000)


def test_f23_three_pumps_over_the_small_plan() -> None:
    """F23: two changes, a step of the same pump between them; no alarm, no gap, every bag within a unit."""
    world = Several(small(), timing=FAST)
    world.start()
    world.run_until(Phase.AFTER_WATCH)
    settled(world, 1_000)
    assert world.alarms() == []
    assert len(world.free_ms) == 1
    state: RunState = world.state
    for solution in state.plan.solutions:
        planned = sum((s.volume_ml for s in state.plan.steps if s.solution == solution.id), D(0))
        assert abs(world.flowed_ml(solution.id) - planned) <= planned / 100 + D("0.1")


def test_f39_lines_of_their_own_and_the_part_they_share_are_in_the_books() -> None:
    """F4, F39: three pumps with lines of 2 mL and 0.5 mL behind the Y-site; truth inside the bounds at each
    reading, nothing stronger in the way at the start, and each line full of its own bag all the while."""
    plain = (*SMALL_BAGS, bag("C", "60", "12"))
    bags = tuple(replace(one, dead_volume_ml=D(2), y_site_ml=D("0.5")) for one in plain)
    steps = (("A", "40", "3"), ("B", "10", "6"), ("C", "10", "6"))
    world = Several(plan_of(steps, bags), timing=FAST)
    world.start()
    world.run_until(Phase.AFTER_WATCH)
    settled(world, 1_000)
    assert world.alarms() == []
    assert {one.own.hung.solution for one in world.state.others.values() if one.own.hung} == {"A", "B"}
    assert all(plug.fluid.solution == "A" for plug in world.state.others[OLD].own.low.plugs)
