"""A link that answers, but late: nothing that gives more goes out on it (F28)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import inputs as inp
from drivers.values import Motion
from simulators.campaign.world import World
from tests.runtime.conftest import records_of
from tests.runtime.test_faults import motion, running


def reasons(world: World) -> list[str]:
    """Why settings were withdrawn."""
    contents = [record.content() for record in records_of(world.journal)]
    return [str(one["data"]["reason"]) for one in contents if one["type"] == "SettingWithdrawn"]


def left(world: World) -> Decimal:
    """What the pump may still give by itself."""
    limit = world.bed.lanes[0].pump.limit_left_ml
    assert limit is not None
    return limit


def test_f28_no_slice_is_renewed_on_a_link_that_takes_a_third_of_the_watchdog(world: World) -> None:
    """F5, F28: each answer is within its limit, a reading takes over 0.4 s: the limit only falls."""

    async def story(world: World) -> None:
        await running(world, 1)
        await world.do(do="fault", name="delay", on=True, arg=0.12)
        last = left(world)
        for _ in range(240):
            await asyncio.sleep(3)
            assert left(world) <= last
            last = left(world)
            if reasons(world):
                break
        assert any("more than a third of the watchdog of 1.2 s" in why for why in reasons(world))
        await asyncio.sleep(20)
        assert left(world) <= last
        await world.do(do="fault", name="delay", on=False)
        await asyncio.sleep(10)
        assert left(world) > last
        assert motion(world) is Motion.INFUSING

    world.run(story)


def test_f28_a_link_that_stays_slow_is_told_and_the_pump_stops_before_its_limit(world: World) -> None:
    """F16, F28: nothing can be renewed: an alarm says so, no storm of orders, and zero ends at the limit."""

    async def story(world: World) -> None:
        await running(world, 1)
        await world.do(do="fault", name="delay", on=True, arg=0.12)
        await world.until(lambda s: "order_failed" in s.alarms, minutes=10)
        before = len(reasons(world))
        await asyncio.sleep(60)
        assert len(reasons(world)) - before <= 12
        await world.until(lambda s: not s.running, minutes=15)
        await asyncio.sleep(5)
        assert motion(world) is Motion.STOPPED
        assert not world.bed.lanes[0].pump.limit_ended
        assert "stop_not_confirmed" not in world.state.alarms
        assert "pump_lost" not in world.state.alarms
        await world.do(do="fault", name="delay", on=False)
        await world.until(lambda s: s.running and "order_failed" not in s.alarms, minutes=1)

    world.run(story)


def test_f10_a_stop_that_is_acknowledged_and_not_obeyed_is_repeated_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F10, F18: only a pump that is read standing, or not read yet, is left its time."""

    async def story(world: World) -> None:
        await running(world, 1)
        (channel,) = world.service.supervisor.pumps.values()
        sent: list[int] = []
        stop = channel._pump.stop

        def counted() -> Coroutine[Any, Any, None]:
            sent.append(1)
            return stop()

        monkeypatch.setattr(channel._pump, "stop", counted)
        monkeypatch.setattr(world.bed.lanes[0].pump, "stop", lambda: None)
        world.act(inp.HoldNow, by="", reason="")
        await asyncio.sleep(3)
        assert motion(world) is Motion.INFUSING
        assert len(sent) >= 6

    world.run(story)


def test_f28_stop_goes_out_on_a_slow_link(world: World) -> None:
    """F10, F28, DESIGN 3.1: less waits for no fresh link; repeating it leaves the slow reading its time."""

    async def story(world: World) -> None:
        await running(world, 1)
        await world.do(do="fault", name="delay", on=True, arg=0.12)
        await asyncio.sleep(5)
        world.act(inp.HoldNow, by="", reason="")
        await asyncio.sleep(0.8)
        assert motion(world) is Motion.STOPPED
        await world.until(lambda s: s.pump.stop_ms is None, minutes=1)
        assert "stop_not_confirmed" not in world.state.alarms

    world.run(story)
