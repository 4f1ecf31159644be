"""A pump that stands disarmed is set by hand: it is told, and set back to its smallest limit (F6, F7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign.engine.odd_pump import OddPump
from simulators.campaign.engine.pump import whole
from simulators.campaign.engine.world import DIANET, World
from tests.engine.plans import small
from tests.engine.stories import FAST, in_phase

D = Decimal
SEEN_MS = 2_000
"""Two readings and the exchanges of a setting."""


@pytest.mark.parametrize(
    "phase", [Phase.HELD, Phase.AWAITING_SOLUTION, Phase.WAITING_GATE, Phase.AFTER_WATCH]
)
@pytest.mark.parametrize("limit_ml", [D("0.2"), D(50), None])
def test_f6_a_disarmed_pump_that_is_set_by_hand_is_disarmed_again(
    phase: Phase, limit_ml: Decimal | None
) -> None:
    """F6, F7, (A) D8: START on it gives no more than the smallest limit again, and the setting is told."""
    world = disarmed(phase)
    world.pump.rate_ul_h = 300_000
    world.pump.set_limit(limit_ml)
    world.run(SEEN_MS)
    assert world.alarms().count("not_disarmed") == 1
    assert world.pump.limit_set == whole(DIANET.limit_min_ml)
    assert world.phase() is phase
    assert world.motion() is Motion.STOPPED
    assert "not_disarmed" not in world.state.alarms


def test_a_pump_that_is_left_alone_is_disarmed_once() -> None:
    world = disarmed(Phase.HELD)
    before = len(disarms(world))
    world.run(60_000)
    assert len(disarms(world)) == before
    assert "not_disarmed" not in world.alarms()


def test_f6_a_pump_that_rounds_its_limit_up_is_disarmed_once_and_a_hand_is_seen_all_the_same() -> None:
    """F6, F18: a millilitre is the least it takes; what it took is no hand's, and what is more is."""
    world = World(small(), timing=FAST, pump=OddPump).start()
    world.run(60_000)
    assert isinstance(world.pump, OddPump)
    world.pump.coarse_ml = D(1)
    world.do(inp.HoldNow, reason="test")
    world.run(3_000)
    assert world.state.disarmed
    assert world.state.pump.reading is not None
    assert world.state.pump.reading.limit_left_ml == 1
    before = len(disarms(world))
    world.run(60_000)
    assert len(disarms(world)) == before
    assert "not_disarmed" not in world.alarms()
    world.pump.set_limit(D(50))
    world.run(SEEN_MS)
    assert world.alarms().count("not_disarmed") == 1
    assert len(disarms(world)) == before + 1


def test_f6_before_the_start_the_pump_is_the_nurses() -> None:
    """Lines are primed by the pump: what a hand sets then stays."""
    world = in_phase(Phase.CHECKING)
    world.run(5_000)
    world.pump.set_limit(D(20))
    world.run(SEEN_MS)
    assert world.pump.limit_set == whole(D(20))


def disarmed(phase: Phase) -> World:
    world = in_phase(phase)
    world.run(3_000)
    assert world.phase() is phase
    assert world.state.disarmed
    return world


def disarms(world: World) -> list[ev.Event]:
    orders = (event for _, event in world.events if isinstance(event, ev.SettingOrdered))
    return [event for event in orders if event.kind is ev.OrderKind.DISARM]
