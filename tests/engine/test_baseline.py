"""F22: of monitors that disagree before step 1, each relative limit takes the baseline that is stricter."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion, Signal
from simulators.campaign.engine.world import WELL
from tests.engine.plans import small
from tests.engine.stories import FAST
from tests.engine.test_sources import Two

D = Decimal
LIES: Mapping[Signal, Decimal] = {**WELL, Signal.NIBP_SYS: D(90), Signal.HR: D(100)}


def lied_to(lies: Mapping[Signal, Decimal] = LIES) -> Two:
    """Started while the second monitor lied; it is left out afterwards."""
    world = Two(small(), timing=FAST)
    world.other = lies
    world.start()
    world.run(60_000)
    assert not world.do(inp.ExcludeSource, source="monitor-2", minutes=30, reason="lies").startswith("no: ")
    return world


@pytest.mark.parametrize(("signal", "value"), [(Signal.NIBP_SYS, 84), (Signal.HR, 105)])
def test_f22_a_liar_before_the_start_does_not_loosen_a_relative_limit(signal: Signal, value: int) -> None:
    """F22: 120/75 in truth: 84 mmHg is a fall of 30 %, 105/min a rise by 30, and the drug stops."""
    world = lied_to()
    world.vitals[signal] = D(value)
    world.measure()
    world.run(40_000)
    assert world.phase() is Phase.HELD
    assert world.motion() is Motion.STOPPED


@pytest.mark.parametrize(("signal", "value"), [(Signal.NIBP_SYS, 85), (Signal.HR, 104)])
def test_f22_the_stricter_baseline_is_no_stricter_than_the_strictest_monitor(
    signal: Signal, value: int
) -> None:
    """F22: short of the limit of either monitor nothing stops."""
    world = lied_to()
    world.vitals[signal] = D(value)
    world.measure()
    world.run(40_000)
    assert world.phase() is Phase.INFUSING
    assert world.replayed()[0] == world.state


@pytest.mark.parametrize(("signal", "value"), [(Signal.NIBP_SYS, 84), (Signal.HR, 105)])
def test_f22_a_start_is_refused_where_the_sources_differ_by_a_whole_limit(signal: Signal, value: int) -> None:
    """F22: one monitor is already beyond the limit that the other one's value sets."""
    world = Two(small(), timing=FAST)
    world.other = {**WELL, signal: D(value)}
    world.run(3_000)
    world.check()
    assert "baseline" in world.do(inp.Start, by="ann", witness="bob")
    assert world.phase() is Phase.CHECKING
    world.run(60_000)
    assert world.flowed_dose() == 0
