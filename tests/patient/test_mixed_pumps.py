"""Pumps of three models at one Y-site: each change between two of them, judged at the patient (F23)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from daemon.engine import gap
from daemon.engine.phases import Phase
from simulators.campaign.scene import nursed
from simulators.campaign.world import World
from simulators.options import choose
from tests.patient.test_several_pumps import judged, three

STAR, ALARIS, SYRINGE = "dianet-star", "alaris-asena", "ne-1000"
ORDERS = [(STAR, SYRINGE, ALARIS), (ALARIS, STAR, SYRINGE), (SYRINGE, ALARIS, STAR)]
"""Every model before and after another one."""
OTHER_S, ALARIS_S = 5, 15


@pytest.mark.parametrize("models", ORDERS, ids="-".join)
def test_f23_a_change_between_two_models_is_in_time_and_never_two_at_once(
    models: tuple[str, ...], tmp_path: Path
) -> None:
    """F23, F18: overlap 0; at most 5 s without drug, 15 s where an alaris-asena is at the bed; no gap."""
    plan = three()
    carried = tuple((one.id,) for one in plan.solutions)
    texts = {"flow_error": "0", "dead_ml": "0.3", "y_site_ml": "0.2", "stop_s": "0.2"}
    world = World(plan, tmp_path / "journal.db", options=choose(texts), carried=carried, pump_models=models)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: s.phase in (Phase.AFTER_WATCH, Phase.HELD), minutes=15)
        assert world.state.phase is Phase.AFTER_WATCH, world.state.hold
        judged(world)
        assert len(world.bed.pauses) == len(list(pairwise(models)))
        assert all(0 < lasted <= ALARIS_S for _, lasted in world.bed.pauses), world.bed.pauses
        assert gap.switch_limit_ms(world.state) == ALARIS_S * 1000
        assert all(to_ms == from_ms for from_ms, to_ms in world.state.gap.closed), "no gap"
        given = world.dose_now()
        assert given.low <= world.bed.left.total_dose <= given.high

    world.run(story)
