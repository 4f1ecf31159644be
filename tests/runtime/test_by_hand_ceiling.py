"""F11, F27: by hand up to the ceiling: what runs until a hand has set the new limit is counted before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.engine.phases import Phase
from simulators.campaign.hand_nurse import Slips
from tests.runtime.by_hand import DUST, at_work, bed_of, plan


@pytest.mark.parametrize(("set_s", "in_time"), [(20, True), (100, False)])
def test_f11_f27_a_hand_that_sets_the_limit_late_does_not_pass_the_ceiling(
    set_s: int, in_time: bool, tmp_path: Path
) -> None:
    """F11: slices of two minutes, told at half; the plan's dose is the ceiling and what flowed stays below.

    A nurse who is later than the slices are long is held in the end, and under the ceiling too.
    """
    made = plan(unattended_min=2)
    most = made.steps[-1].cumulative
    ceilings = replace(made.rules.ceilings, max_total_dose=most)
    made = replace(made, rules=replace(made.rules, ceilings=ceilings))
    bed = bed_of(tmp_path, Slips(set_s=set_s), made=made)
    ended: list[Phase] = []

    async def story(_: Any) -> None:
        async with at_work(bed):
            over = (Phase.AFTER_WATCH, Phase.COMPLETED, Phase.HELD)
            await bed.world.until(lambda state: state.phase in over, minutes=90)
            ended.append(bed.world.state.phase)
            await asyncio.sleep(200)
            bed.world.settle()
            assert bed.world.bed.left.total_dose <= most + DUST
            assert not in_time or bed.world.bed.left.total_dose >= most * Decimal("0.9")

    bed.world.run(story)
    assert (ended[0] is not Phase.HELD) is in_time
