"""More drug waits for disk, gate and whole frames, judged in dose per hour, also against a broken engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import course, slices
from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from daemon.runtime.supervisor import Supervisor
from drivers.errors import DeviceError
from drivers.interfaces import Link
from simulators.campaign import bounds
from simulators.campaign.scene import alone_ml, flowed_ml, moves, nursed, pump_of
from simulators.campaign.world import World
from tests.engine.plans import SMALL_BAGS, plan_of
from tests.patient.scene import bed_of, in_step, two_bags, watched
from tests.patient.tap import WRITE

D = Decimal
BYTES = 46
"""About as long as a frame that writes a setting; the last bytes are tried one by one."""


def strong_ml_before_the_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> Decimal:
    """What of the strong bag flows in the two minutes in which its order is not yet on disk."""
    seen: list[Decimal] = []

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: s.phase is Phase.AWAITING_SOLUTION and s.pump.disarmed, minutes=3)
            disk = asyncio.Event()

            async def slow(_seq: int) -> None:
                await disk.wait()

            monkeypatch.setattr(world.service.journal, "durable", slow)
            await asyncio.sleep(120)
            world.settle()
            seen.append(world.bed.left.volume_ml["B"])
            disk.set()
            await world.until(lambda s: in_step(s, 2), minutes=2)
            await asyncio.sleep(30)
            world.settle()
            assert world.bed.left.volume_ml["B"] > 0

    world.run(story)
    return seen[0]


def test_f1_the_strong_bag_waits_for_the_disk_though_its_ml_per_hour_fall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F1, (A) D5: 40 to 10 mL/h is more, 40 to 100 mg/h: nothing of it flows before its record is on disk."""
    assert strong_ml_before_the_disk(bed_of(tmp_path, two_bags()), monkeypatch) == 0


def test_f1_a_daemon_that_compares_ml_per_hour_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F1: the same plan tells the mistake: with mL/h compared the strong drug flows first."""

    def in_ml_per_hour(_self: Supervisor, order: ev.SettingOrdered) -> bool:
        return order.kind is not ev.OrderKind.DISARM and order.setting.rate_ml_h > 40

    monkeypatch.setattr(Supervisor, "_gives_more", in_ml_per_hour)
    assert strong_ml_before_the_disk(bed_of(tmp_path, two_bags()), monkeypatch) > 0


def rising() -> Plan:
    """One bag, 40 then 80 mL/h, a minute each."""
    return watched(plan_of((("A", "40", "1"), ("A", "80", "1")), SMALL_BAGS))


class Severed:
    """The wire ends after so many bytes of the n-th frame that writes a setting; nothing passes after it."""

    def __init__(self, link: Link, frame: int, byte: int) -> None:
        self._link = link
        self.name = link.name
        self._frames = frame
        self._byte = byte
        self.cut = self.whole = False

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        await self._link.open(lambda data: None if self.cut else on_bytes(data), on_lost)

    def write(self, data: bytes) -> None:
        if self.cut:
            return
        self._frames -= data[2] == WRITE
        self.cut = self._frames == 0
        self.whole = self.cut and self._byte >= len(data)
        self._link.write(data[: self._byte] if self.cut else data)

    async def close(self) -> None:
        await self._link.close()


@pytest.mark.parametrize("byte", [*range(1, BYTES - 4, 6), *range(BYTES - 4, BYTES + 4)])
def test_f15_killed_after_any_byte_of_a_step_up(tmp_path: Path, byte: int) -> None:
    """F15, (A) D5, D6: one frame carries rate and limit: the pump holds the old pair or the new one, and
    ends alone."""
    severed: list[Severed] = []

    def wrap(link: Link) -> Link:
        severed.append(Severed(link, 2, byte))
        return severed[-1]

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda _s: severed[0].cut, minutes=2)
            pump = pump_of(world)
            old_ml = alone_ml(world)
            await world.kill_daemon()
            await asyncio.sleep(1)
            assert pump.limit_left_ml is not None
            whole = severed[0].whole
            assert whole or byte < BYTES
            assert pump.rate_ml_h == (D(80) if whole else D(40))
            most = bounds.DIANET.slice_ml(world.plan, 2) if whole else old_ml
            assert alone_ml(world) <= most

    replace(bed_of(tmp_path, rising()), wrap_pump=wrap).run(story)


Mutation = Callable[[pytest.MonkeyPatch], None]


def early(patch: pytest.MonkeyPatch) -> None:
    """Every step is full after 20 s."""
    patch.setattr(slices, "full", lambda state: state.account.proven_ms > 20_000)


def wrong_bag(patch: pytest.MonkeyPatch) -> None:
    """A change of bag is taken for a change of rate."""

    def end_step(draft: Draft, *, last: bool) -> None:
        course.emit_ended(draft)
        course.begin_step(draft, draft.state.current.number)
        draft.order(ev.OrderKind.CHANGE, course.setting(draft.state, draft.now))

    patch.setattr(course, "end_step", end_step)


def again(patch: pytest.MonkeyPatch) -> None:
    """The step is begun again each time it is full, as if a person had resumed it."""

    def end_step(draft: Draft, *, last: bool) -> None:
        course.begin_step(draft, draft.state.step)
        draft.order(ev.OrderKind.RENEW, course.setting(draft.state, draft.now))

    patch.setattr(course, "end_step", end_step)


@pytest.mark.parametrize("mutation", [early, wrong_bag, again])
def test_f34_the_guard_alone_keeps_the_bounds_on_every_wire_byte(
    tmp_path: Path, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F34: an engine that steps early, keeps the old bag or repeats a step: refused, held, nothing more."""
    mutation(monkeypatch)
    world = bed_of(tmp_path, two_bags())
    first = world.plan.step(1)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(150)
            assert world.state.phase is Phase.HELD
            assert "held_guard" in world.state.alarms
            assert not moves(world)
            assert flowed_ml(world) <= first.volume_ml + bounds.DIANET.margin_ml(world.plan, 1)
            assert world.bed.left.volume_ml["B"] == 0

    world.run(story)
