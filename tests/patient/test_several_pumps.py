"""Several pumps at one Y-site under the shipped daemon, judged from the patient's side (F23, F38, F39)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import beside
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.guard import guard
from daemon.protocols.plan import Plan
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.scene import nursed
from simulators.campaign.world import World
from tests.engine.plans import SMALL_BAGS, bag, plan_of
from tests.patient.scene import bed_of, patience, watched

D = Decimal
OLD, NEXT = "pump-1", "pump-2"
NO_GAP_S = 5
NOTHING = Decimal(0)
PLAIN = (*SMALL_BAGS, bag("C", "60", "12"))
BAGS = tuple(replace(one, dead_volume_ml=D("0.3"), y_site_ml=D("0.2")) for one in PLAIN)


def two() -> Plan:
    """A minute of A at 40 mL/h, then two of B, ten times as strong, each from a pump of its own."""
    return patience(watched(plan_of((("A", "40", "1"), ("B", "10", "2")), BAGS[:2])), D(600))


def three() -> Plan:
    """The same and a third bag; two steps of one pump in between."""
    steps = (("A", "40", "1"), ("B", "10", "1"), ("B", "12", "1"), ("C", "10", "1"))
    return patience(watched(plan_of(steps, BAGS)), D(600))


def on_pumps(folder: Path, plan: Plan, stop_s: str = "0.2") -> World:
    carried = tuple((one.id,) for one in plan.solutions)
    return bed_of(folder, plan, carried=carried, dead_ml="0.3", y_site_ml="0.2", stop_s=stop_s)


def judged(world: World, more_ml: Decimal = NOTHING) -> None:
    """Never two at once, and of no bag more than ordered and the bounds of F38 say."""
    world.settle()
    assert world.bed.overlap_s == 0, f"F23: {world.bed.overlap_s} s of two solutions at once"
    for solution in world.plan.solutions:
        steps = [step for step in world.plan.steps if step.solution == solution.id]
        ordered = sum((step.volume_ml for step in steps), D(0))
        most = sum((bounds.DIANET.margin_ml(world.plan, step.number) for step in steps), D(0)) + more_ml
        assert world.bed.left.volume_ml[solution.id] <= ordered + most, f"F38: {solution.id}"


@pytest.mark.parametrize("plan", [two(), three()], ids=["two", "three"])
def test_f23_f39_the_patient_has_one_solution_at_a_time(tmp_path: Path, plan: Plan) -> None:
    """F23, F38, F39: overlap 0, at most 5 s without drug, bags within a unit a step, books around truth."""

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: s.phase is Phase.AFTER_WATCH, minutes=10)
        judged(world)
        changes = len(plan.solutions) - 1
        assert len(world.bed.pauses) == changes
        assert all(0 < lasted <= NO_GAP_S for _, lasted in world.bed.pauses)
        for solution in plan.solutions:
            steps = [step for step in plan.steps if step.solution == solution.id]
            error = world.bed.left.volume_ml[solution.id] - sum((s.volume_ml for s in steps), D(0))
            assert abs(error) <= bounds.DIANET.unit_ml * (len(steps) + 1)
        given = world.dose_now()
        assert given.low <= world.bed.left.total_dose <= given.high
        assert not world.state.alarms
        reached = world.bed.reached.total_dose
        books = world.state.line.books(world.state.pump.odometer, world.state.caps.accuracy)
        assert books[0].reached <= reached <= books[1].reached

    on_pumps(tmp_path, plan).run(story)


async def _cut(world: World, name: str, seconds: float) -> None:
    await world.do(at=name, do="fault", name="unplug", on=True)
    await asyncio.sleep(seconds)
    await world.do(at=name, do="fault", name="unplug", on=False)


async def _power(world: World, name: str) -> None:
    await world.do(at=name, do="fault", name="power", on=True)
    await asyncio.sleep(2)
    await world.do(at=name, do="fault", name="power", on=False)


async def _kill(world: World) -> None:
    await world.kill_daemon()
    await asyncio.sleep(3)
    await world.start_daemon()


async def _press(world: World, name: str, key: str) -> None:
    await world.do(at=name, do="press", key=key)


async def _operate(world: World, name: str) -> None:
    await world.do(at=name, do="fault", name="operating", on=True)
    await asyncio.sleep(3)
    await world.do(at=name, do="fault", name="operating", on=False)


FAULTS: dict[str, Callable[[World], Awaitable[None]]] = {
    "old cut": lambda world: _cut(world, OLD, 3),
    "next cut": lambda world: _cut(world, NEXT, 3),
    "next cut for long": lambda world: _cut(world, NEXT, 9),
    "old without power": lambda world: _power(world, OLD),
    "next without power": lambda world: _power(world, NEXT),
    "stop pressed at old": lambda world: _press(world, OLD, "stop"),
    "stop pressed at next": lambda world: _press(world, NEXT, "stop"),
    "keys of old touched": lambda world: _operate(world, OLD),
    "keys of next touched": lambda world: _operate(world, NEXT),
    "daemon killed": _kill,
}


@pytest.mark.parametrize("name", FAULTS)
def test_f23_f38_never_two_at_once_under_a_fault_in_the_switch(tmp_path: Path, name: str) -> None:
    """F23, F38: a fault at a moment of the switch drawn from its name; overlap 0, dose within the bounds."""
    rng = random.Random(name)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: s.account.proven_ms >= 58_000, minutes=3)
            await asyncio.sleep(rng.uniform(0, 6))
            await FAULTS[name](world)
            await asyncio.sleep(30)
        judged(world, bounds.DIANET.dead_ml(world.plan, 1))
        moving = [lane for lane in world.bed.lanes if lane.pump.motion is not Motion.STOPPED]
        assert len(moving) <= 1
        assert moving or world.state.phase is not Phase.INFUSING

    on_pumps(tmp_path, two()).run(story)


@pytest.mark.parametrize("name", [OLD, NEXT])
def test_f8_f38_a_start_by_hand_beside_the_running_pump_is_stopped_at_once(tmp_path: Path, name: str) -> None:
    """F8, F23: a hand can press START on any pump; it gives the disarm limit and a few polls of it."""

    async def story(world: World) -> None:
        async with nursed(world):
            if name == OLD:
                await world.until(lambda s: s.pump_name == NEXT and s.running, minutes=3)
            await asyncio.sleep(20)
            world.settle()
            bag_id = "A" if name == OLD else "B"
            before = world.bed.left.volume_ml[bag_id]
            await _press(world, name, "start")
            await asyncio.sleep(5)
            world.settle()
            assert world.bed.pumps_moving == 0
            assert world.bed.left.volume_ml[bag_id] - before <= bounds.DIANET.hand_ml(D("0.1"))
            assert world.bed.overlap_s <= 2 * bounds.DIANET.poll_s + bounds.STOP_S
            assert world.state.phase is Phase.HELD
            assert "hand_more" in world.state.alarms

    on_pumps(tmp_path, two()).run(story)


def test_f23_the_proof_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F23: with a motor that takes a second to rest, and no second of standing, two flow at once."""
    monkeypatch.setattr(beside, "STILL_MS", 0)
    monkeypatch.setattr(guard, "STILL_MS", 0)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: s.pump_name == NEXT and s.running, minutes=3)
            await asyncio.sleep(2)
        world.settle()
        assert world.bed.overlap_s > 0

    on_pumps(tmp_path, two(), stop_s="1").run(story)


def test_f10_a_hold_stops_every_pump_of_the_bed(tmp_path: Path) -> None:
    """F10, F23: STOP goes to each wire, and `held` is said once each was read back."""

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(20)
            await world.do(at=NEXT, do="fault", name="unplug", on=True)
            await asyncio.sleep(1)
            world.act(inp.HoldNow, by="", reason="test")
            await asyncio.sleep(4)
            assert world.state.view(OLD).stop_ms is None
            assert world.state.view(NEXT).stop_ms is not None
            assert "stop_not_confirmed" in world.state.alarms
            await world.do(at=NEXT, do="fault", name="unplug", on=False)
            await asyncio.sleep(4)
            assert "stop_not_confirmed" not in world.state.alarms
        judged(world)

    on_pumps(tmp_path, three()).run(story)
