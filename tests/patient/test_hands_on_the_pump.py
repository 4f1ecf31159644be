"""A hand at the pump: what flows before it is seen and stopped, once (F6, F7, F8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.scene import alone_ml, flowed_ml, moves, nursed, pump_of
from simulators.campaign.world import World
from tests.patient.scene import bed_of, patience, stands, two_bags

D = Decimal
SMALLEST_ML = bounds.DIANET.pump.limit_min_ml
FAST = D(40)
MOMENTS = [n / 10 for n in range(0, 15, 2)] + [2.2, 5.0, 30.0]
"""Seconds after the STOP: before it is read back, before and while the pump is disarmed, and long after."""


async def held(world: World) -> None:
    await asyncio.sleep(20)
    world.act(inp.HoldNow, by="", reason="")


async def awaiting(world: World) -> None:
    await world.until(lambda s: s.phase is Phase.AWAITING_SOLUTION, minutes=3)


async def waiting(world: World) -> None:
    """The monitor is silent as the first step ends: the pump stands before a shut gate."""
    await world.do(at="monitor", do="fault", name="unplug", on=True)
    await world.until(lambda s: s.phase is Phase.WAITING_GATE, minutes=3)


STANDING = {"held": held, "awaiting_solution": awaiting, "waiting_gate": waiting}


class Stops:
    """Counts the commands that stopped a moving motor, and every limit that was written."""

    def __init__(self, world: World) -> None:
        self.count = 0
        self.limits: list[tuple[bool, Decimal]] = []
        pump = pump_of(world)
        stop, set_limit = pump.stop, pump.set_limit

        def counted() -> None:
            self.count += pump.motion is not Motion.STOPPED
            stop()

        def noted(limit_ml: Decimal) -> None:
            self.limits.append((pump.motion is not Motion.STOPPED, limit_ml))
            set_limit(limit_ml)

        pump.stop, pump.set_limit = counted, noted  # type: ignore[method-assign]


@asynccontextmanager
async def standing(world: World, how: str) -> AsyncIterator[None]:
    """The run was started, and the pump has just been sent STOP in this way."""
    async with nursed(world):
        await STANDING[how](world)
        yield


@pytest.mark.parametrize("how", ["held", "awaiting_solution"])
def test_f6_a_standing_pump_holds_almost_nothing_at_every_moment(tmp_path: Path, how: str) -> None:
    """F6: START at every tenth of a second of the standing, nobody there to stop it: the smallest limit."""
    world = bed_of(tmp_path, two_bags())

    async def story(world: World) -> None:
        async with standing(world, how):
            await stands(world)
            before = flowed_ml(world)
            for moment in range(250):
                given = flowed_ml(world) - before + alone_ml(world, press="start")
                assert given <= SMALLEST_ML + bounds.run_out_ml(FAST), f"at {moment / 10} s"
                await asyncio.sleep(0.1)
            assert flowed_ml(world) == before

    world.run(story)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("how", ["held", "awaiting_solution"])
def test_f6_start_by_hand_at_any_moment_gives_the_smallest_limit(
    tmp_path: Path, how: str, moment: float
) -> None:
    """F6: also in the moments before the pump is disarmed, while it still holds 40 mL/h of a full slice."""

    async def story(world: World) -> None:
        async with standing(world, how):
            await asyncio.sleep(moment)
            before = flowed_ml(world)
            await world.do(do="press", key="start")
            await asyncio.sleep(8)
            given = flowed_ml(world) - before
            assert given <= SMALLEST_ML + bounds.run_out_ml(FAST)
            assert given <= bounds.DIANET.hand_ml(FAST)
            assert not moves(world)

    bed_of(tmp_path, two_bags()).run(story)


@pytest.mark.parametrize("how", list(STANDING))
@pytest.mark.parametrize("presses", [1, 2])
def test_f8_a_hand_is_stopped_once_wherever_the_pump_stands(tmp_path: Path, how: str, presses: int) -> None:
    """F8: started by hand once, one STOP; started again, none: the run is manual, the drug is the hand's."""

    async def story(world: World) -> None:
        async with standing(world, how):
            await stands(world)
            stops = Stops(world)
            await world.do(do="press", key="start")
            await world.until(lambda s: "hand_more" in s.alarms, minutes=1)
            await stands(world)
            if presses == 2:
                await world.do(do="press", key="rate", value=1)
                await world.do(do="press", key="limit", value=5)
                await world.do(do="press", key="start")
                await world.until(lambda s: s.phase is Phase.MANUAL, minutes=1)
            await asyncio.sleep(30)
            assert stops.count == 1, "one STOP against the hand"
            assert moves(world) is (presses == 2), "the hand has won"
            assert world.state.phase is (Phase.MANUAL if presses == 2 else Phase.HELD)

    bed_of(tmp_path, patience(two_bags(), D(600))).run(story)


MORE = {
    "rate": ({"key": "rate", "value": 600}, D(600)),
    "rate typed without its point": ({"key": "rate", "value": D("604.17")}, D("604.17")),
    "limit": ({"key": "limit", "value": 50}, D(60)),
    "bolus": ({"key": "bolus", "value": 2}, D(800)),
    "no limit": ({"key": "limit", "value": 0}, D(60)),
}


@pytest.mark.parametrize("more", MORE)
def test_f8_more_by_hand_is_stopped_within_two_polls_and_two_seconds(tmp_path: Path, more: str) -> None:
    """F8, F7, F38, (A) D8: what flows beyond the order: the rate found x (two polls + 2 s); then the pump
    stands."""
    key, found = MORE[more]

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(20)
            stops = Stops(world)
            before = flowed_ml(world)
            await world.do(do="press", **key)
            await asyncio.sleep(10)
            assert flowed_ml(world) - before <= bounds.DIANET.hand_ml(found)
            assert not moves(world)
            assert stops.count == 1
            assert world.state.phase is Phase.HELD

    bed_of(tmp_path).run(story)


@pytest.mark.parametrize("when", ["limit end", "power cycle", "hand start"])
def test_f7_a_pump_that_forgets_its_limit_is_stopped_at_once(tmp_path: Path, when: str) -> None:
    """F7: no limit after its end, after a power cut, after START by hand: alone it would run for ever."""

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(20)
            if when == "limit end":
                await world.do(do="fault", name="unplug", on=True)
                await asyncio.sleep(180)
                assert not moves(world), "the pump has ended by itself"
            elif when == "power cycle":
                await world.do(do="fault", name="power", on=True)
                await asyncio.sleep(3)
                await world.do(do="fault", name="power", on=False)
                await world.do(do="press", key="rate", value=60)
            else:
                world.act(inp.HoldNow, by="", reason="")
                await stands(world)
                await world.do(do="press", key="rate", value=60)
                await world.do(do="fault", name="drop_limit", on=True)
            before = flowed_ml(world)
            await world.do(do="press", key="start")
            assert moves(world)
            assert alone_ml(world, hours=1) > 50, "the pump runs without a limit"
            await world.do(do="fault", name="unplug", on=False)
            await asyncio.sleep(10)
            assert flowed_ml(world) - before <= bounds.DIANET.hand_ml(D(60))
            assert not moves(world)
            assert world.state.phase is Phase.HELD

    bed_of(tmp_path, after_end="unlimited").run(story)


def test_f7_no_running_pump_is_ever_written_a_limit_of_nothing(tmp_path: Path) -> None:
    """F7: of all limits written in a whole run, zero only at the very end, to a pump that stands."""
    world = bed_of(tmp_path, two_bags())

    async def story(world: World) -> None:
        stops = Stops(world)
        async with nursed(world):
            await world.until(lambda s: s.phase is Phase.COMPLETED, minutes=40)
            await asyncio.sleep(5)
        assert len(stops.limits) > 8
        assert [limit for running, limit in stops.limits if running and limit <= 0] == []
        assert [limit for _, limit in stops.limits[:-1] if limit <= 0] == []

    world.run(story)
