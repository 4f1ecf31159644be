"""A person sets the pump: her way has a stated cost, and a rate typed at a pump that stands ends nothing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine.hand_reading import told
from drivers.registry import PUMPS
from simulators.campaign import bounds, stories, story
from simulators.campaign.beds import world_of
from simulators.campaign.faults import halted
from simulators.campaign.scene import nursed
from simulators.campaign.world import World

D = Decimal
PUMP = PUMPS["bcc"].capabilities


def played(bed: str, *events: tuple[str, float]) -> stories.Ended:
    struck = tuple(stories.Event(number, *one) for number, one in enumerate(events))
    return story.WIRE.play(stories.Story("1/1", struck, bed))


def test_f27_f38_a_persons_way_is_in_the_bound_of_a_steps_end() -> None:
    """F27, F38: driven, 2 mL may be a unit too much; by hand 60 mL/h flow for 2 s and her 12 s as well."""
    driven, by_hand = bounds.Bounds(PUMP), bounds.Bounds(PUMP, D(12))
    assert driven.end_ml(D(2), D(60)) == D("0.1")
    assert driven.end_ml(D(20), D(60)) == D("0.2")
    quickly_read = bounds.Bounds(bounds.DIANET.pump, D(12))
    assert quickly_read.end_ml(D(2), D(60)) == D("0.1"), "there a unit is enough for her way"
    assert by_hand.end_ml(D(2), D(60)) == D("0.1") + D(60) * 14 / 3600 + bounds.run_out_ml(D(60))


@pytest.mark.parametrize("bed", ["read-only pump", "hands"])
def test_f27_f38_a_whole_run_by_hand_stays_in_its_bounds(bed: str) -> None:
    """F27, F38: to the end of the last step; her way at three ends and the pump's cycles are all it costs."""
    ended = played(bed, ("go_on", 620))
    assert not ended.broken, ended.text


@pytest.mark.parametrize("at_s", [130, 135])
def test_f8_a_rate_typed_as_a_step_ends_at_a_hands_pump_ends_no_order(at_s: float) -> None:
    """F8, F27: she is just stopping it, and sets it as told before it starts: the run goes on."""
    ended = played("read-only pump", ("hand_rate", at_s), ("go_on", 150))
    assert not ended.broken, ended.text


def test_f27_what_stops_a_pump_that_is_to_be_set_ends_nothing(tmp_path: Path) -> None:
    """F27: she may stop it to set the limit she was told; until then whatever stops it ends the order."""
    world = world_of(tmp_path, "1/1", "read-only pump")

    async def story(world: World) -> list[bool]:
        async with nursed(world):
            await world.until(lambda s: s.running and told(s) is None, minutes=3)
            before = halted(world)
            await world.until(lambda s: s.running and told(s) is not None, minutes=3)
            return [before, halted(world)]

    assert world.run(story) == [True, False]
