"""Keep-vein-open is drug: it counts, and while held it is running while held (F24)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign.engine.world import World
from tests.engine.stories import in_phase, infusing
from tests.engine.truth import Truth

D = Decimal


def kvo(world: World, rate_ml_h: int = 3) -> None:
    """The pump keeps the vein open by itself, without a limit of its own."""
    world.pump.rate_ul_h = rate_ml_h * 1_000
    world.pump.set_limit(None)
    world.pump.motion = Motion.KVO


@pytest.mark.parametrize(
    "phase", [Phase.HELD, Phase.AWAITING_SOLUTION, Phase.WAITING_GATE, Phase.AFTER_WATCH]
)
def test_f24_keep_vein_open_while_the_pump_should_stand_is_running_while_held(phase: Phase) -> None:
    """F24, F8, (A) D12: STOP once, HIGH alarm, whatever the small rate."""
    world = in_phase(phase)
    world.nurse_on = False
    world.run(5_000)
    before = len(world.seen(ev.HandOverruled))
    kvo(world)
    world.run(4_000)
    assert world.motion() is Motion.STOPPED
    assert len(world.seen(ev.HandOverruled)) == before + 1
    assert "hand_more" in world.alarms()


def test_f24_a_pump_that_goes_on_at_its_limit_is_held() -> None:
    """F24: the end of a limit that is no stop: STOP and held, never taken for the plan's rate."""
    world = infusing(60)
    kvo(world)
    world.run(3_000)
    assert world.phase() is Phase.HELD
    assert world.motion() is Motion.STOPPED


def test_f24_what_keep_vein_open_gives_is_dose() -> None:
    """F24, (A) D11: two hours at 3 mL/h with the hand in charge: inside the bounds, and counted."""
    world = infusing(60)
    world.do(inp.GoManual, reason="")
    truth = Truth(world)
    before = world.state.dose_given()
    kvo(world)
    for _ in range(24):
        world.run(5 * 60_000)
        truth.inside()
    after = world.state.dose_given()
    assert after.low - before.low >= D("5.5")
    assert after.high - before.high <= D("6.5")
