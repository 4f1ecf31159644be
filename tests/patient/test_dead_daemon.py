"""The daemon dies, hangs or is blind: what still flows is one slice, at every second (F5, F24)."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.bed import bed_of as bed_file_of
from daemon.engine.phases import Phase
from daemon.protocols.toml_text import parse_toml
from simulators.campaign import bounds
from simulators.campaign.scene import alone_ml, flowed_ml, moves, nursed, pump_of
from simulators.campaign.world import World
from tests.patient.scene import bed_of, in_step, last_step, two_bags
from tests.protocols.files import CONFIG, changed

D = Decimal
MINUTES = 20
AWAY_S = 16 * 60
"""Longer than the longest slice."""
SECONDS = sorted(random.Random("F5").sample(range(5, MINUTES * 60 - 10), 2))


async def into(world: World, second: int) -> None:
    await asyncio.sleep(second)
    assert world.state.phase is Phase.INFUSING


def test_f5_dead_at_any_second_of_the_last_step_leaves_one_slice(tmp_path: Path) -> None:
    """F5, F38: every second of the strongest step: left alone for 8 h the pump gives a slice at most."""
    world = bed_of(tmp_path, last_step(MINUTES))
    plan = world.plan
    seen: list[Decimal] = []

    async def story(world: World) -> None:
        async with nursed(world):
            while world.state.phase is Phase.INFUSING:
                ordered = max(plan.step(1).volume_ml - flowed_ml(world), D(0))
                left = alone_ml(world)
                assert left <= bounds.DIANET.slice_ml(plan, 1), f"after {len(seen)} s"
                assert left <= ordered + bounds.DIANET.margin_ml(plan, 1), f"after {len(seen)} s"
                seen.append(left)
                await asyncio.sleep(1)

    world.run(story)
    assert len(seen) >= MINUTES * 60 - 12
    assert max(seen) > bounds.DIANET.slice_ml(plan, 1) / 2, "the slices are as long as was ordered"


@pytest.mark.parametrize("second", SECONDS)
@pytest.mark.parametrize("how", ["killed", "frozen", "cut off"])
def test_f5_killed_frozen_or_cut_off_gives_one_slice_and_no_more(
    tmp_path: Path, second: int, how: str
) -> None:
    """F5, F38, (A) D1, D2: SIGKILL, SIGSTOP and a pulled cable, for longer than a slice, and what follows
    the return."""

    async def story(world: World) -> None:
        async with nursed(world):
            await into(world, second)
            before = flowed_ml(world)
            if how == "killed":
                await world.kill_daemon()
                await asyncio.sleep(AWAY_S)
                await world.start_daemon()
            elif how == "frozen":
                world.freeze(AWAY_S)
            else:
                await world.do(do="fault", name="unplug", on=True)
                await asyncio.sleep(AWAY_S)
                await world.do(do="fault", name="unplug", on=False)
            await asyncio.sleep(60)
            given = flowed_ml(world) - before
            assert given <= bounds.DIANET.slice_ml(world.plan, 1) + bounds.DIANET.margin_ml(world.plan, 1)
            assert not moves(world), "nothing more without a person"
            assert world.state.phase in (Phase.HELD, Phase.OBSERVING)
            assert alone_ml(world) == 0

    bed_of(tmp_path, last_step(MINUTES)).run(story)


def test_f5_a_blind_daemon_renews_nothing(tmp_path: Path) -> None:
    """F5: after the last fresh vital the drug stops within its ordered time, though a renewal is just due."""
    world = bed_of(tmp_path, last_step(MINUTES))
    wait_s = max(rule.missing_hold_s for rule in world.plan.rules.signals)
    fresh_s = max(rule.fresh_s for rule in world.plan.rules.signals)
    due_ml = bounds.DIANET.slice_ml(world.plan, 1) / 2 + bounds.flow_ml(D(80), fresh_s + 5)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda _s: alone_ml(world) <= due_ml, minutes=MINUTES)
            before, limit = flowed_ml(world), alone_ml(world)
            await world.do(at="monitor", do="fault", name="unplug", on=True)
            most = limit
            for _ in range(int(wait_s) + 20):
                await asyncio.sleep(1)
                most = max(most, flowed_ml(world) - before + alone_ml(world))
            assert most <= limit + D("0.1"), "a slice was renewed without eyes"
            assert flowed_ml(world) - before <= D(80) * (wait_s + 20) / 3600
            assert not moves(world)

    world.run(story)


@pytest.mark.parametrize("end_action", ["stop", "kvo", "continue"])
def test_f24_what_the_end_of_a_limit_does_in_eight_hours(tmp_path: Path, end_action: str) -> None:
    """F24, (A) D3: dead for 8 h: only a pump that stops keeps the bound; any other is refused for control."""
    world = bed_of(tmp_path, two_bags(), end_action=end_action)
    seen: list[Decimal] = []

    async def story(world: World) -> None:
        async with nursed(world):
            for step in (1, 2):
                await world.until(lambda s, step=step: in_step(s, step), minutes=20)  # type: ignore[misc]
                await asyncio.sleep(20)
                seen.append(alone_ml(world))

    world.run(story)
    kept = [left <= bounds.DIANET.slice_ml(world.plan, step) for step, left in enumerate(seen, 1)]
    assert kept == [end_action == "stop"] * 2
    file = CONFIG / "bed.example.toml"
    text = changed(file.read_text(), ('end_action = "stop"', f'end_action = "{end_action}"'))
    read = bed_file_of(parse_toml("bed.toml", text), file)
    codes = [fault.code for fault in read] if isinstance(read, list) else []
    assert codes == ([] if end_action == "stop" else ["end_action"])


@pytest.mark.parametrize("action", ["stop", "continue", "kvo"])
def test_f24_a_dead_link_for_eight_hours(tmp_path: Path, action: str) -> None:
    """F24, F17, (A) D2: whatever its watchdog does, a pump without its daemon gives a slice at most, KVO
    included."""

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 2), minutes=20)
            await asyncio.sleep(20)
            before = flowed_ml(world)
            await world.kill_daemon()
            await asyncio.sleep(300)
            given = flowed_ml(world) - before
            kvo = D(8) * pump_of(world).options.kvo_ml_h if action == "kvo" else D(0)
            assert given + alone_ml(world) <= bounds.DIANET.slice_ml(world.plan, 2) + kvo
            assert not moves(world) or action == "kvo"

    bed_of(tmp_path, two_bags(), link_loss=action).run(story)
