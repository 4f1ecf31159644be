"""The plan is frozen at the start: no change of a file reaches a run (F29)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.bed import Bed, load_bed
from daemon.cli import serve
from daemon.engine.phases import Phase
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from daemon.runtime.opening import read_journal
from drivers import registry
from drivers.values import Motion
from simulators.campaign.world import World
from tests.engine.stories import infusing
from tests.protocols.files import CONFIG, castells
from tests.runtime.conftest import make_world
from tests.runtime.test_faults import motion, running

EXAMPLE = CONFIG / "bed.example.toml"


def changed_plan(folder: Path) -> Plan:
    """The same protocol with a higher first rate, as an engineer might edit it in the middle of a run."""
    path = folder / "castells.toml"
    path.write_text(castells(("rate_ml_h = 2.5", "rate_ml_h = 3")))
    plan = load_protocol(path, pump=registry.PUMPS["dianet-star"].capabilities)
    assert isinstance(plan, Plan), plan
    return plan


def test_f29_a_changed_protocol_does_not_reach_the_run_it_was_changed_under(tmp_path: Path) -> None:
    """F29: killed and started again with another file: plan, hash and measured volumes are the record's."""

    async def story(world: World) -> None:
        await running(world)
        before = world.state
        other = changed_plan(tmp_path)
        assert other.sha256 != before.plan.sha256
        world.plan = other
        await asyncio.sleep(30)
        assert world.state.plan == before.plan
        await world.kill_daemon()
        await world.start_daemon()
        await world.until(lambda s: s.phase in (Phase.OBSERVING, Phase.HELD), minutes=1)
        assert world.state.plan == before.plan
        assert world.state.commissioned == before.commissioned
        assert world.service.supervisor.guard.plan.sha256 == before.plan.sha256

    make_world(tmp_path).run(story)


def test_f29_a_held_run_ended_in_good_order_goes_on_with_its_own_plan(tmp_path: Path) -> None:
    """F29: an upgrade between two bags: the next start takes up the plan that was started."""

    async def story(world: World) -> None:
        await running(world)
        before = world.state.plan
        await world.stop_daemon()
        assert motion(world) is Motion.STOPPED
        world.plan = changed_plan(tmp_path)
        await world.start_daemon()
        await world.until(lambda s: s.pump.disarmed, minutes=1)
        assert world.state.phase is Phase.HELD
        assert world.state.plan == before

    make_world(tmp_path).run(story)


@pytest.mark.parametrize("text", ["", "id = 7", "not toml ["])
def test_f29_a_protocol_file_that_is_broken_does_not_keep_an_open_run_from_being_taken_up(
    tmp_path: Path, text: str
) -> None:
    """F29, F5: a daemon that died comes back to its patient, whatever became of the file."""
    bed = load_bed(EXAMPLE)
    assert isinstance(bed, Bed)
    broken = tmp_path / "p.toml"
    broken.write_text(text)
    bed = replace(bed, protocol=broken)
    state = infusing(5).state
    nothing = read_journal(tmp_path / "no.journal")
    assert serve._plan(bed, replace(nothing, state=state)) == (state.plan, state.file)
    with pytest.raises(SystemExit):
        serve._plan(bed, nothing)
