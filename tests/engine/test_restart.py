"""After a restart or a silence: observed, stopped, or on automatically (F17, F35, DESIGN 3.10)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade
from drivers.values import Motion, Signal
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.engine.stories import FAST, in_phase, infusing

D = Decimal


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_f17_lost_replies_below_five_seconds_go_on_with_a_low_alarm_at_most(lost: int) -> None:
    """F17: 1-4 lost exchanges: automatic goes on; the account holds."""
    world = infusing(40)
    world.channel.lose_requests = lost
    world.run(10_000)
    assert world.phase() is Phase.INFUSING
    assert set(world.state.alarms) <= {"pump_silent"}
    world.run(60_000)
    assert world.phase() is Phase.INFUSING
    assert world.state.account.proven_ms > 90_000


@pytest.mark.parametrize("seconds", [1, 3, 4])
def test_f17_a_link_lost_for_less_than_five_seconds_is_not_the_end_of_automatic(seconds: int) -> None:
    """F17: link lost <= 5 s, counter proves delivery, nothing pending: automatic, LOW alarm."""
    world = infusing(40)
    world.channel.link_up = False
    world.run(seconds * 1_000)
    world.channel.link_up = True
    world.run(3_000)
    assert world.phase() is Phase.INFUSING
    assert set(world.alarms()) <= {"pump_silent"}


def test_f17_a_link_lost_while_a_setting_is_on_its_way_is_stopped() -> None:
    """F17: nothing may be pending: what the pump has is not known."""
    world = infusing(58)
    while world.state.pump.pending is None:
        world.run(20)
    world.channel.link_up = False
    world.run(3_000)
    world.channel.link_up = True
    world.run(3_000)
    assert world.phase() is Phase.HELD
    assert world.motion() is Motion.STOPPED


@pytest.mark.parametrize("seconds", [7, 20, 60])
def test_f17_longer_is_observed_never_renewed_until_a_person_confirms(seconds: int) -> None:
    """F17, F8: observing: no order leaves; a person confirms and automatic goes on."""
    world = infusing(30)
    sent = len(world.channel.sent)
    world.channel.link_up = False
    world.run(seconds * 1_000)
    assert world.phase() is Phase.OBSERVING
    assert "pump_lost" in world.state.alarms
    world.channel.link_up = True
    world.run(3_000)
    assert world.phase() is Phase.OBSERVING
    assert len(world.channel.sent) == sent
    assert not world.do(inp.ConfirmRunning).startswith("no: ")
    assert world.phase() is Phase.INFUSING
    world.run(60_000)
    assert len(world.channel.sent) > sent


def test_f17_a_pump_away_long_is_observed_even_if_nobody_told_the_silence() -> None:
    """F17: the fresh connection itself says it was longer than 5 s."""
    world = infusing(60)
    world.give(inp.PumpIdentified(world.channel.identity, away_long=True))
    world.run(2_000)
    assert world.phase() is Phase.OBSERVING


@pytest.mark.parametrize(
    "change", ["rate", "faster", "limit", "no limit", "stopped", "counter back", "ran more"]
)
@pytest.mark.parametrize("how", ["link", "restart"])
def test_f17_any_difference_is_stopped(change: str, how: str) -> None:
    """F17, DESIGN 3.10: found in any way other than recorded: STOP and held."""
    world = infusing(30)
    world.sound = False
    if how == "link":
        world.channel.link_up = False
        world.run(2_000)
    match change:
        case "rate":
            world.pump.rate_ul_h = 50_000
        case "faster":
            world.pump.rate_ul_h = 70_000
        case "limit":
            world.pump.set_limit(D(2))
        case "no limit":
            world.pump.limit_set = None
        case "stopped":
            world.pump.motion = Motion.STOPPED
        case "counter back":
            world.pump.counter = 0
        case _:
            world.pump.counter *= 3
    if how == "link":
        world.channel.link_up = True
    else:
        world.restart(2_000)
    world.run(3_000)
    assert world.phase() is Phase.HELD, change
    assert world.motion() is Motion.STOPPED


def test_f35_a_restart_is_observed_to_the_end_of_the_slice_and_then_held() -> None:
    """DESIGN 3.10: exactly as recorded: observed, not renewed, held at the slice's end, no limit end."""
    world = infusing(30)
    world.restart(2_000)
    world.run(3_000)
    assert world.phase() is Phase.OBSERVING
    assert "observing" in world.state.alarms
    sent = len(world.channel.sent)
    world.run(180_000)
    assert world.phase() is Phase.HELD
    assert world.pump.limit_ends == 0
    assert all(order.kind.value == "disarm" for order in world.channel.sent[sent:])


@pytest.mark.parametrize("story", ["limit crossed", "pending", "stop", "no baseline"])
def test_f35_what_may_not_be_observed_is_stopped(story: str) -> None:
    """F35: a stop cause in the last second, an order on its way, no baseline: the pump is stopped."""
    world = infusing(30)
    match story:
        case "limit crossed":
            world.vitals[Signal.HR] = D(140)
            world.measure()
        case "pending":
            world.disk_on = False
            while world.state.pump.pending is None:
                world.run(500)
        case "stop":
            world.channel.refuse_stop = True
            world.do(inp.HoldNow, reason="")
            world.channel.refuse_stop = False
        case _:
            world.events = [
                (at, replace(event, values={}) if isinstance(event, ev.BaselineCaptured) else event)
                for at, event in world.events
            ]
    world.restart(1_000)
    world.run(2_000)
    assert world.phase() is Phase.HELD
    assert world.motion() is Motion.STOPPED


def test_f35_observing_needs_eyes() -> None:
    """F35: no fresh vitals within missing_hold_s after the restart: held."""
    world = infusing(10)
    world.monitor_on = False
    world.restart(2_000)
    world.run(59_000)
    assert world.phase() is Phase.OBSERVING
    world.run(3_000)
    assert world.phase() is Phase.HELD


def test_f35_the_first_bad_value_after_a_restart_stops_without_waiting() -> None:
    """F35: windows start as 'worst not excluded'."""
    world = infusing(30)
    world.run(5_000)
    world.restart(1_000)
    world.vitals[Signal.SPO2] = D(90)
    world.measure()
    assert world.phase() is Phase.HELD
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.SEVERE
    world = infusing(30)
    world.vitals[Signal.SPO2] = D(90)
    world.measure()
    assert world.phase() is Phase.INFUSING, "without a restart for_s is waited for"


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.HELD])
def test_what_stood_before_a_restart_stands_held_after_it(phase: Phase) -> None:
    """DESIGN 3.10: nothing starts by itself after a restart."""
    world = in_phase(phase)
    world.missing.clear()
    world.restart(2_000)
    assert world.phase() is Phase.HELD
    starts = world.pump.starts
    world.nurse_on = True
    world.run(120_000)
    assert world.pump.starts == starts
    assert world.motion() is Motion.STOPPED


def test_manual_and_done_stay_what_they_are_over_a_restart() -> None:
    """F8: a restart does not take the pump from the hand."""
    for phase in (Phase.MANUAL, Phase.AFTER_WATCH, Phase.COMPLETED, Phase.ABORTED):
        world = in_phase(phase)
        world.run(3_000)
        world.restart(2_000)
        world.run(5_000)
        assert world.phase() is phase


def test_f35_missing_holds_at_its_ordered_second_and_not_before() -> None:
    """F31, F35, DESIGN 3.6: stale shuts the gate at fresh_s, missing holds after missing_hold_s."""
    world: World = infusing(62)
    last = world.state.signals[Signal.HR].measured_ms
    assert last is not None
    world.missing = {Signal.HR}
    world.run(last + 14_000 - world.now)
    world.run(last + 59_500 - world.now)
    assert world.phase() is Phase.INFUSING
    assert world.state.gate_shut
    world.run(2_000)
    assert world.phase() is Phase.HELD
    assert "held_monitor_lost" in world.state.alarms


def failed_start() -> World:
    """A START whose readback never comes and whose STOP the pump refuses: infusing, STOP pending."""
    world = World(small(), timing=FAST, sound=False)
    world.channel.at = lambda point: setattr(world.channel, "lose_replies", 1 if point == "started" else 0)
    world.channel.refuse_stop = True
    world.start()
    while world.state.pump.stop_ms is None:
        world.run(20)
    return world


def test_f18_a_start_not_read_back_is_stopped_in_the_same_decision() -> None:
    """F18, DESIGN 3.3: asked is not given: the failed START is answered by STOP at once."""
    world = failed_start()
    names = [type(event) for _, event in world.events]
    assert ev.StopOrdered in names[names.index(ev.SettingFailed) :][:4]
    assert world.events[-1][0] <= world.now
    failed_at = next(at for at, event in world.events if isinstance(event, ev.SettingFailed))
    stopped_at = next(at for at, event in world.events if isinstance(event, ev.StopOrdered))
    assert stopped_at == failed_at


def test_f10_a_running_pump_with_a_pending_stop_is_never_observed() -> None:
    """F10: STOP pending in `infusing`, then a restart: held and stopped, not observed."""
    world = failed_start()
    assert world.phase() is Phase.INFUSING
    world.restart(1_000)
    assert world.phase() is Phase.HELD
    assert world.channel.stop_since is not None
