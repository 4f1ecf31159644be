"""One to four replies in a row are lost, and the pump does what it was built to do (F17)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine.phases import Phase
from simulators.campaign import bounds
from simulators.campaign.scene import alone_ml, flowed_ml, moves, nursed
from simulators.campaign.world import World
from tests.patient.scene import bed_of, in_step, last_step
from tests.patient.tap import CC_MODE, DISARM_FRAME, STOP_FRAME, Taps
from tests.runtime.conftest import types_of

D = Decimal
RATE = D(80)
AUTOMATIC_S = 5
"""A link away for longer ends automatic running."""


async def lose(world: World, replies: int) -> None:
    await world.do(do="fault", name="loss", on=True, arg=replies)


def only_less(commands: list[bytes]) -> None:
    """The mode, STOP, and after a STOP the lowest rate with the smallest limit."""
    stopped = False
    for frame in commands:
        stopped = stopped or frame[:3] == STOP_FRAME
        disarm = stopped and frame.startswith(DISARM_FRAME)
        assert frame[0] == CC_MODE or frame[:3] == STOP_FRAME or disarm, frame.hex()


@pytest.mark.parametrize("reentry", ["keeps", "stops"])
@pytest.mark.parametrize("action", ["stop", "continue"])
@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_f17_lost_replies_never_give_more(tmp_path: Path, lost: int, action: str, reentry: str) -> None:
    """F17: two are survived without a word; after more the pump stands or runs as before, never faster."""
    taps = Taps()

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            await world.until(lambda s: in_step(s, 1), minutes=1)
            sent, alarms = len(taps[-1].sent), types_of(world.journal).count("AlarmRaised")
            before = flowed_ml(world)
            await lose(world, lost)
            await asyncio.sleep(20)
            given, commands = flowed_ml(world) - before, taps[-1].commands(sent)
            assert given <= bounds.flow_ml(RATE, D(20)) + bounds.run_out_ml(RATE)
            only_less(commands)
            if lost <= 2:
                assert commands == []
                assert types_of(world.journal).count("AlarmRaised") == alarms
                assert abs(given - bounds.flow_ml(RATE, D(20))) < D("1e-9")
            stood = not moves(world)
            assert stood == (world.state.phase is Phase.HELD)
            if not stood:
                assert world.state.phase is Phase.INFUSING
                assert set(world.state.alarms) <= {"pump_silent"}
            book = world.dose_now()
            concentration = world.plan.solutions[0].concentration
            assert book.low <= flowed_ml(world) * concentration <= book.high

    bed = bed_of(tmp_path, last_step(20), link_loss=action, reentry=reentry)
    replace(bed, wrap_pump=taps).run(story)


@pytest.mark.parametrize("reentry", ["keeps", "stops"])
@pytest.mark.parametrize("action", ["stop", "continue"])
@pytest.mark.parametrize("away_s", [2, 4, 7, 20])
def test_f17_a_link_away_is_automatic_for_five_seconds_only(
    tmp_path: Path, away_s: int, action: str, reentry: str
) -> None:
    """F17: longer is observed, with no write but STOP; a pump found standing is held."""
    taps = Taps()

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            await world.until(lambda s: in_step(s, 1), minutes=1)
            sent, before = len(taps[-1].sent), flowed_ml(world)
            await world.do(do="fault", name="unplug", on=True)
            await asyncio.sleep(away_s)
            await world.do(do="fault", name="unplug", on=False)
            await asyncio.sleep(10)
            commands = taps[-1].commands(sent)
            only_less(commands)
            if (action, reentry) == ("continue", "keeps"):
                phase = Phase.INFUSING if away_s < AUTOMATIC_S else Phase.OBSERVING
                assert world.state.phase is phase
                assert moves(world)
                assert flowed_ml(world) - before + alone_ml(world) <= bounds.DIANET.dead_ml(world.plan, 1)
            else:
                assert world.state.phase is Phase.HELD
                assert not moves(world)
                assert flowed_ml(world) - before <= bounds.flow_ml(RATE, D(away_s) + 3)

    bed = bed_of(tmp_path, last_step(20), link_loss=action, reentry=reentry)
    replace(bed, wrap_pump=taps).run(story)
