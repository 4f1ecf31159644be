"""The hand wins: less by hand is left alone, more by hand is stopped once (F8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE
from daemon.engine.phases import Mode, Phase
from drivers.values import Motion, PumpSetting
from simulators.campaign.engine.world import World
from tests.engine.plans import SAME, published
from tests.engine.stories import in_phase, infusing

D = Decimal


def hand_stops(world: World) -> int:
    """Commands to stop that the engine decided so far."""
    return len(world.seen(ev.StopOrdered))


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.AWAITING_SOLUTION, Phase.WAITING_GATE])
def test_f8_start_by_hand_is_stopped_once_then_the_hand_has_won(phase: Phase) -> None:
    """F8: first START while standing: one STOP, HIGH; second START: manual, nothing sent any more."""
    world = in_phase(phase)
    world.nurse_on = False
    world.run(2_000)
    before = hand_stops(world)
    world.pump.program(PumpSetting(D(60), D(10)))
    world.pump.start()
    world.run(5_000)
    assert world.phase() is Phase.HELD
    assert hand_stops(world) == before + 1
    assert "hand_more" in world.state.alarms
    world.pump.program(PumpSetting(D(60), D(10)))
    world.pump.start()
    world.run(5_000)
    assert world.phase() is Phase.MANUAL
    assert world.state.mode is Mode.MANUAL
    sent = len(world.channel.sent)
    world.run(60_000)
    assert hand_stops(world) == before + 1
    assert len(world.channel.sent) == sent
    assert world.motion() is Motion.INFUSING
    given = world.state.bag_given(world.state.hung or "")
    assert given.high > D(1), "manual: what flows is still counted"


@pytest.mark.parametrize("change", ["rate", "limit", "bolus"])
def test_f8_more_by_hand_while_infusing_is_stopped(change: str) -> None:
    """F8: a higher rate, a larger limit or a bolus: STOP once, HIGH, held."""
    world = infusing()
    before = hand_stops(world)
    match change:
        case "rate":
            world.pump.rate_ul_h += 10_000
        case "limit":
            world.pump.set_limit(D(50))
        case _:
            world.pump.motion = Motion.BOLUS
            world.pump.bolus_ul_h = 70_000
    world.run(11_000)
    assert world.phase() is Phase.HELD
    assert hand_stops(world) == before + 1
    assert CATALOGUE["hand_more"].priority == "HIGH"
    assert "hand_more" in world.state.alarms
    assert world.motion() is Motion.STOPPED


def test_f8_a_larger_limit_by_hand_is_seen_within_two_polls() -> None:
    """F8, F38: two polls + 2 s, also where the counter does not move between them."""
    world = World(published("castells-12-step")).start()
    world.run(20_000)
    while world.now - world.state.pump.read_ms > 1_500:
        world.run(500)
    world.pump.set_limit(D(50))
    world.run(4_000)
    assert world.motion() is Motion.STOPPED


def test_f8_less_by_hand_is_left_alone() -> None:
    """F8: slowed: observing, nothing but STOP is sent; stopped: held."""
    world = infusing()
    before = hand_stops(world)
    world.pump.rate_ul_h = 30_000
    world.run(5_000)
    assert world.phase() is Phase.OBSERVING
    assert hand_stops(world) == before
    assert world.motion() is Motion.INFUSING
    sent = len(world.channel.sent)
    world.run(60_000)
    assert len(world.channel.sent) == sent
    world = infusing()
    world.pump.stop()
    world.run(3_000)
    assert world.phase() is Phase.HELD


@pytest.mark.parametrize("why", ["stopped", "back from manual"])
def test_f8_a_hand_start_after_a_hand_stop_is_stopped_once(why: str) -> None:
    """F8: a stop by hand is less, not a first strike: the first START is stopped, with a HIGH alarm."""
    world = infusing()
    if why == "stopped":
        world.pump.stop()
    else:
        world.do(inp.GoManual, reason="")
        world.do(inp.GoAutomatic, witness="bob")
    world.run(4_000)
    assert world.phase() is Phase.HELD
    world.pump.start()
    world.run(3_000)
    assert world.motion() is Motion.STOPPED
    assert world.phase() is Phase.HELD
    assert "hand_more" in world.state.alarms


def test_f8_in_after_watch_the_hand_wins_as_well() -> None:
    """F8: count of STOPs = 1, whenever the hand starts again."""
    world = in_phase(Phase.AFTER_WATCH)
    world.run(5_000)
    before = hand_stops(world)
    for _ in range(4):
        world.pump.program(PumpSetting(D(20), D(5)))
        world.pump.start()
        world.run(5_000)
    assert hand_stops(world) <= before + 1


def test_f8_manual_sends_nothing_but_a_persons_stop() -> None:
    """F8: hours in manual: no order, no STOP; HoldNow is one STOP and the run stays manual."""
    world = in_phase(Phase.MANUAL)
    sent, stops = len(world.channel.sent), hand_stops(world)
    for rate in (120, 300, 10):
        world.pump.program(PumpSetting(D(rate), None if rate == 10 else D(10)))
        world.pump.start()
        world.run(60_000)
    assert (len(world.channel.sent), hand_stops(world)) == (sent, stops)
    world.do(inp.HoldNow, reason="")
    assert hand_stops(world) == stops + 1
    world.run(2_000)
    assert world.motion() is Motion.STOPPED
    assert world.phase() is Phase.MANUAL


def test_f8_out_of_manual_needs_two_names_and_the_rules() -> None:
    """F8, F33: back to automatic = held, by two persons, then resume by the rules."""
    world = in_phase(Phase.MANUAL)
    assert world.do(inp.GoAutomatic, witness="Ann").startswith("no: ")
    assert not world.do(inp.GoAutomatic, witness="bob").startswith("no: ")
    assert world.phase() is Phase.HELD
    world.run(4_000)
    assert not world.resume(SAME).startswith("no: ")


@pytest.mark.parametrize("how", ["manual", "slowed"])
def test_f8_an_order_on_its_way_does_not_outlive_automatic(how: str) -> None:
    """F8: in observing and manual nothing but STOP is sent, also not what was ordered just before."""
    world = infusing(50)
    world.disk_on = False
    while world.state.pump.pending is None:
        world.run(500)
    sent = len(world.channel.sent)
    if how == "manual":
        world.do(inp.GoManual, reason="")
    else:
        world.pump.rate_ul_h = 30_000
        world.run(3_000)
        assert world.phase() is Phase.OBSERVING
    world.disk_on = True
    world.run(3_000)
    assert len(world.channel.sent) == sent


@pytest.mark.parametrize("rate", [30, 100])
def test_f18_a_start_read_back_at_another_rate_is_stopped(rate: int) -> None:
    """F18, F15, DESIGN 3.3: not verified = STOP and an alarm; never a pump running unapproved."""
    world = World(in_phase(Phase.PLANNED).state.plan)

    def meddle(point: str) -> None:
        if point == "started":
            world.pump.rate_ul_h = rate * 1000

    world.channel.at = meddle
    world.sound = False
    world.start()
    world.run(4_000)
    world.channel.at = lambda _point: None
    world.run(10_000)
    running_wrong = world.motion() is Motion.INFUSING and world.pump.rate_ul_h != 60_000
    assert not running_wrong, world.why()


def test_f15_a_pump_that_runs_while_nothing_is_approved_is_not_started_twice() -> None:
    """F15: a START whose last reply is lost is asked again, never doubled unseen; the account holds."""
    world = World(in_phase(Phase.PLANNED).state.plan)
    done: list[object] = []

    def lose(point: str) -> None:
        if point == "started" and not done:
            done.append(point)
            world.channel.lose_replies = 1

    world.channel.at = lose
    world.start().run(20_000)
    assert world.phase() in (Phase.INFUSING, Phase.HELD)
    if world.motion() is Motion.INFUSING:
        assert world.state.pump.approved == PumpSetting(D(60), world.pump.stored().limit_ml)


@pytest.mark.parametrize("kind", ["renew", "change"])
def test_f18_one_lost_reply_to_a_setting_is_no_hand_and_no_hold(kind: str) -> None:
    """F17, F18: a write that took but whose readback was lost is asked again; the run goes on."""
    world = infusing(40)
    done: list[object] = []

    def lose(point: str) -> None:
        order = world.channel.order
        if point == "programmed" and order is not None and order.kind.value == kind and not done:
            done.append(order)
            world.channel.lose_replies = 1

    world.channel.at = lose
    world.run(400_000)
    assert done
    assert world.phase() is Phase.INFUSING, world.why()
    assert "hand_more" not in world.alarms()
