"""The shipped daemon at a bed whose bags hold more or less than their labels, with a flush last (F30)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.control.report import report
from daemon.engine import inputs as inp
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World
from simulators.options import choose
from tests.protocols.files import plan
from tests.protocols.test_line_keys import flushed
from tests.runtime.conftest import plan_of, records_of

D = Decimal
OVER = (Phase.COMPLETED, Phase.ABORTED, Phase.HELD)


def told(world: World) -> dict[str, Any]:
    """The report, from the journal alone."""
    run: dict[str, Any] = report(records_of(world.journal), None)["run"]
    return run


def bed(folder: Path, *, flush: bool, **options: str) -> World:
    texts = {"flow_error": "0", "dead_ml": "10", **options}
    made = (
        plan(flushed(("max_total_dose = 630", "max_total_dose = 640")))
        if flush
        else plan_of("castells-12-step")
    )
    return World(made, folder / "journal.db", options=choose(texts))


async def to_the_end(world: World) -> None:
    nurse = Nurse(world)
    await nurse.start()
    looking = asyncio.create_task(nurse.look_after())
    await world.until(lambda s: s.phase in OVER, minutes=600)
    looking.cancel()


@pytest.mark.parametrize("flush", [True, False], ids=["flush", "none"])
def test_f30_the_reports_total_is_the_patients(flush: bool, tmp_path: Path) -> None:
    """F30: bags 10 % overfull: the report's two accounts contain what pump and patient got."""
    world = bed(tmp_path, flush=flush, overfill="0.1")
    world.run(to_the_end)
    run = told(world)
    assert run["phase"] == Phase.COMPLETED.value
    reached, left = world.bed.reached.total_dose, world.bed.left.total_dose
    assert run["exposure"]["low"] <= reached <= run["exposure"]["high"]
    assert run["exposure"]["high"] - run["exposure"]["low"] < D(3)
    if flush:
        assert run["dose"]["low"] <= reached <= run["dose"]["high"]
        assert reached - left > 23
        assert run["line"]["dose"]["high"] < D("1.5")
    else:
        assert run["dose"]["low"] <= left <= run["dose"]["high"]
        assert abs(run["line"]["dose"]["high"] - D("23.8")) < 1


@pytest.mark.parametrize("overfill", ["-0.05", "-0.1"])
def test_f30_a_short_bag_is_a_hold_and_may_be_called_empty_from_90_percent_on(
    overfill: str, tmp_path: Path
) -> None:
    """F30: 5 % short: 'bag empty' ends the step and the flush follows; 10 % short: it stays a hold."""
    world = bed(tmp_path, flush=True, overfill=overfill)
    answers = []

    async def story(world: World) -> None:
        await to_the_end(world)
        assert world.state.phase is Phase.HELD
        await world.until(lambda s: s.pump.disarmed, minutes=1)
        world.act(inp.FlushLine, by="Ann", to=FlushTo.NOBODY, volume_ml=D(0))
        answers.append(world.act(inp.ConfirmEmpty, by="Ann"))
        if not answers[0][0]:
            world.act(inp.Abort, by="Ann", reason="bag empty")
            return
        assert str(world.state.phase) == Phase.AWAITING_SOLUTION
        await world.do(do="press", key="stop")
        looking = asyncio.create_task(Nurse(world).look_after())
        await world.until(lambda s: s.phase in OVER, minutes=90)
        looking.cancel()

    world.run(story)
    run = told(world)
    assert answers[0][0] is (overfill == "-0.05")
    reached = world.bed.reached.total_dose
    assert run["exposure"]["low"] <= reached <= run["exposure"]["high"]
    if overfill == "-0.1":
        assert run["phase"] == Phase.ABORTED.value
        assert reached < D(560)
