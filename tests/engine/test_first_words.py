"""After a restart every source has its own first word about a limit (F35)."""

from __future__ import annotations

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion, Signal
from simulators.campaign.engine.world import WELL
from tests.engine.plans import small
from tests.engine.stories import FAST
from tests.engine.test_lost_sources import said
from tests.engine.test_sources import Two, enter


@pytest.mark.parametrize("first", ["monitor-1", "monitor-2"])
def test_f35_after_a_restart_each_source_has_its_own_first_word(first: str) -> None:
    """F35: a good value of one monitor does not excuse the other's first bad one from stopping at once."""
    world = restarted_blind()
    world.give(said(first, Signal.SPO2, 98))
    other = "monitor-2" if first == "monitor-1" else "monitor-1"
    assert world.phase() is Phase.OBSERVING
    world.give(said(other, Signal.SPO2, 90))
    assert str(world.phase()) == Phase.HELD.value
    world.run(3_000)
    assert world.motion() is Motion.STOPPED


def test_f35_when_both_sources_have_spoken_well_a_limit_waits_for_its_time_again() -> None:
    """F35, F31: worst excluded by both: one bad value is no hold before its 10 s."""
    world = restarted_blind()
    for source in ("monitor-1", "monitor-2"):
        world.give(said(source, Signal.SPO2, 98))
    world.give(said("monitor-2", Signal.SPO2, 90))
    assert world.phase() is Phase.OBSERVING
    assert world.replayed()[0] == world.state


@pytest.mark.parametrize("way", ["left out", "by hand"])
def test_f32_f35_a_source_that_never_comes_back_excludes_nothing_for_ever(way: str) -> None:
    """F32: it is left out by a person, or a value by hand replaces it."""
    world = restarted_blind()
    for signal, value in WELL.items():
        world.give(said("monitor-1", signal, int(value)))
    assert not world.state.limits[0].excluded
    if way == "left out":
        assert not world.do(inp.ExcludeSource, source="monitor-2", minutes=9, reason="dead").startswith("no")
        world.give(said("monitor-1", Signal.SPO2, 97))
    else:
        enter(world)
    assert world.state.limits[0].excluded


def restarted_blind() -> Two:
    """Observed after a restart; neither monitor has said a word yet."""
    world = Two(small(), timing=FAST)
    world.start()
    world.run(60_000)
    world.monitor_on = world.other_on = False
    world.restart(1_000)
    world.run(1_500)
    assert world.phase() is Phase.OBSERVING
    return world
