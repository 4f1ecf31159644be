"""STOP while the link is cut, refused or noisy: what flows, what is said, what goes out first (F10, F28)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Mode, Phase
from drivers.errors import DeviceError
from drivers.interfaces import Link
from simulators.campaign import bounds
from simulators.campaign.nurse import Nurse
from simulators.campaign.scene import flowed_ml, moves, nursed
from simulators.campaign.world import World
from tests.patient.scene import bed_of, last_step, stands, two_bags
from tests.patient.tap import CC_MODE, IDENT, LIMITS, START_FRAME, STOP_FRAME, Tap, Taps
from tests.runtime.conftest import types_of

D = Decimal
RATE = D(80)
TAKEN_UP_S = D(3)
"""A link that is back is opened, asked who answers, and entered again."""
RETRY_S = D("0.4")
SETTLE_S = D(2)
"""The pump refuses this long after the last key (facts: pumps 4)."""


@dataclass(frozen=True)
class Cut:
    """The cable is out for `for_s` from `from_s` before or after the STOP; the daemon may die meanwhile."""

    from_s: float
    for_s: float
    killed: bool

    def __str__(self) -> str:
        return f"{self.from_s:+.1f}s for {self.for_s:.1f}s{' killed' if self.killed else ''}"


def cuts(number: int) -> list[Cut]:
    chance = random.Random("F10")
    made = [Cut(-0.2, 60, killed=False), Cut(-0.2, 60, killed=True), Cut(0.0, 1, killed=False)]
    while len(made) < number:
        before = chance.choice([chance.uniform(-20, -0.1), chance.uniform(-1, 1)])
        made.append(Cut(round(before, 1), round(chance.uniform(0, 60), 1), killed=chance.random() < 0.3))
    return made


async def cut_around(world: World, cut: Cut) -> None:
    """The cable goes out and in again, as planned against a STOP at the 30th second from now."""
    await asyncio.sleep(30 + cut.from_s)
    await world.do(do="fault", name="unplug", on=True)
    await asyncio.sleep(cut.for_s)
    await world.do(do="fault", name="unplug", on=False)


@pytest.mark.parametrize("cut", cuts(12), ids=str)
def test_f10_a_cut_of_up_to_a_minute_around_stop(tmp_path: Path, cut: Cut) -> None:
    """F10, F38: STOP is the first that goes out again; what flows is rate x (the cut + 2 s), in a slice."""
    taps = Taps()

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            cutting = asyncio.create_task(cut_around(world, cut))
            await asyncio.sleep(30)
            before = flowed_ml(world)
            assert world.act(inp.HoldNow, by="", reason="")[0]
            pressed_s = asyncio.get_running_loop().time()
            if cut.killed:
                await world.service.journal.durable(world.service.journal.seq)
                await world.kill_daemon()
                await asyncio.sleep(2)
                await world.start_daemon()
            dark_s = max(min(cut.from_s + cut.for_s, cut.for_s), 0)
            while not cutting.done():
                gone_s = asyncio.get_running_loop().time() - pressed_s
                if (6 if cut.killed else 3) < gone_s < dark_s and cut.from_s < 0:
                    assert world.state.mode is Mode.STOP_NOT_CONFIRMED
                    assert "stop_not_confirmed" in world.state.alarms
                await asyncio.sleep(0.5)
            await stands(world)
            given = flowed_ml(world) - before
            dead_s = (2 if cut.killed else 0) + max(dark_s, 0)
            waited = bounds.flow_ml(RATE, D(str(round(dead_s, 1))) + TAKEN_UP_S) if dead_s else D(0)
            assert given <= min(waited + bounds.DIANET.stop_ml(RATE), bounds.DIANET.dead_ml(world.plan, 1))
            assert world.state.phase is Phase.HELD
            assert "stop_not_confirmed" not in world.state.alarms
            if dark_s > 0 and cut.from_s < 0:
                asked = taps[-1].since_open()
                first = next(n for n, frame in enumerate(asked) if frame[:3] == STOP_FRAME)
                assert {frame[0] for frame in asked[:first]} <= {IDENT, CC_MODE, LIMITS}

    replace(bed_of(tmp_path, last_step(30)), wrap_pump=taps).run(story)


@pytest.mark.parametrize("operating_s", [1, 10])
def test_f10_a_hand_on_the_keys_does_not_outlast_stop(tmp_path: Path, operating_s: int) -> None:
    """F10: NAK 04: STOP is repeated; drug flows no longer than the hand stays, settles, and one retry."""

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            await world.do(do="fault", name="operating", on=True)
            before = flowed_ml(world)
            world.act(inp.HoldNow, by="", reason="")
            for tenth in range(operating_s * 10):
                told = "stop_not_confirmed" in world.state.alarms
                assert world.state.mode is Mode.STOP_NOT_CONFIRMED
                assert told or tenth <= 25
                await asyncio.sleep(0.1)
            await world.do(do="fault", name="operating", on=False)
            await stands(world)
            seconds = D(operating_s) + SETTLE_S + RETRY_S
            assert flowed_ml(world) - before <= bounds.flow_ml(RATE, seconds) + bounds.run_out_ml(RATE)

    bed_of(tmp_path, last_step(30)).run(story)


@pytest.mark.parametrize(("fault", "arg"), [("loss", 0.4), ("corrupt", 0.3), ("delay", 0.2), ("baud", 960)])
def test_f10_stop_gets_through_a_bad_wire(tmp_path: Path, fault: str, arg: float) -> None:
    """F10, F38: lost, broken, late and slow bytes: STOP stands until the pump does."""

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            await world.do(do="fault", name=fault, on=True, arg=arg)
            before = flowed_ml(world)
            world.act(inp.HoldNow, by="", reason="")
            await world.until(lambda _s: not moves(world), minutes=1)
            given = flowed_ml(world) - before
            assert given <= bounds.DIANET.stop_ml(RATE) + bounds.flow_ml(RATE, TAKEN_UP_S)
            await world.do(do="fault", name=fault, on=False)
            await stands(world)

    bed_of(tmp_path, last_step(30), seed=5).run(story)


@pytest.mark.parametrize("over", [Phase.COMPLETED, Phase.ABORTED])
def test_f10_stop_reaches_a_pump_that_was_let_go(tmp_path: Path, over: Phase) -> None:
    """F10, F33: the run is over and somebody gives drug by hand: STOP is sent, not only said to be."""

    async def story(world: World) -> None:
        async with nursed(world):
            if over is Phase.ABORTED:
                await asyncio.sleep(20)
                world.act(inp.Abort, by="Ann", reason="")
            await world.until(lambda s: s.phase is over and s.pump.stop_ms is None, minutes=20)
            await asyncio.sleep(10)
            for key, value in (("rate", 60), ("limit", 5), ("start", 0)):
                assert (await world.do(do="press", key=key, value=value))["ok"]
            await asyncio.sleep(5)
            assert moves(world), "after the run the hand may do as it likes"
            before = flowed_ml(world)
            world.act(inp.HoldNow, by="", reason="")
            await asyncio.sleep(5)
            assert not moves(world)
            most = bounds.flow_ml(D(60), TAKEN_UP_S) + bounds.DIANET.stop_ml(D(60))
            assert flowed_ml(world) - before <= most
            assert world.state.pump.stop_ms is None
            assert world.state.phase is over

    bed_of(tmp_path, two_bags()).run(story)


class Box(Tap):
    """A terminal server: it keeps the first START, is deaf from then on, and gives it back when told."""

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self.kept: bytes | None = None
        self.deaf = False

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        self.deaf = False
        await super().open(lambda data: None if self.deaf else on_bytes(data), on_lost)

    def write(self, data: bytes) -> None:
        if self.kept is None and data[2:5] == START_FRAME:
            self.kept, self.deaf = data, True
        elif not self.deaf:
            super().write(data)

    def give_back(self) -> None:
        assert self.kept is not None
        self._link.write(self.kept)


@pytest.mark.parametrize("late_s", [1.5, 2.0, 2.5, 3.0, 4.0, 8.0, 60.0])
def test_f28_an_old_start_given_back_after_the_reconnect(tmp_path: Path, late_s: float) -> None:
    """F28, F6: START was kept by a box and comes after the STOP of the next connection: seen and stopped."""
    boxes: list[Box] = []

    def boxed(link: Link) -> Link:
        boxes.append(Box(link))
        return boxes[-1]

    async def story(world: World) -> None:
        await Nurse(world).start()
        await world.until(lambda _s: boxes[0].kept is not None, minutes=1)
        await asyncio.sleep(late_s)
        assert not moves(world)
        assert "StopOrdered" in types_of(world.journal)
        boxes[0].give_back()
        await asyncio.sleep(10)
        assert not moves(world)
        assert flowed_ml(world) <= bounds.DIANET.hand_ml(RATE)
        assert world.state.phase is not Phase.INFUSING

    replace(bed_of(tmp_path, last_step(30)), wrap_pump=boxed).run(story)
