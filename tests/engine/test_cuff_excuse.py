"""F31, F35: which cuff explains that SpO2 is missing, and which does not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Measurement, Motion, Signal, Validity, VitalsSample
from simulators.campaign.engine.labels import PATIENT
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.engine.stories import FAST, infusing
from tests.engine.test_sources import enter

D = Decimal
FOREIGN = Measurement(D(5), Validity.VALID)


def beside(world: World, subject: str = "", source: str = "monitor-2") -> None:
    """Another monitor, without SpO2, inflates its cuff."""
    sample = VitalsSample({Signal.ETCO2: FOREIGN}, subject=subject, source=source, cuff_measuring=True)
    world.give(inp.MonitorRead(sample))


def held_after(world: World, cuff: Callable[[World], None] | None = None) -> int:
    """How long the drug flows without SpO2, ms; `cuff` speaks every 3 s."""
    world.missing.add(Signal.SPO2)
    begun = world.now
    while world.motion() is Motion.INFUSING:
        if cuff is not None:
            cuff(world)
        world.run(1_000)
        assert world.now - begun < 200_000
    return world.now - begun


@pytest.mark.parametrize("inflated", [False, True])
def test_f35_after_a_restart_an_inflated_cuff_replaces_no_eyes(*, inflated: bool) -> None:
    """F35: SpO2 not seen since the restart: held after its 60 s, whatever the cuff does."""
    world = World(small(), timing=FAST).start()
    world.run(30_000)
    world.cuff_measuring = inflated
    world.missing.add(Signal.SPO2)
    world.restart(1_000)
    world.run(59_000)
    assert world.phase() is Phase.OBSERVING
    world.run(3_000)
    assert str(world.phase()) == Phase.HELD.value
    assert world.state.hold is not None
    assert "spo2 missing" in world.state.hold.reasons[0]


def test_f12_f31_the_cuff_of_another_patient_excuses_nothing() -> None:
    """F12, F31: the neighbour's cuff is on the neighbour's arm; one at this bed may be on ours."""
    alone = held_after(infusing())
    assert held_after(infusing(), lambda world: beside(world, "neighbour")) == alone
    assert held_after(infusing(), lambda world: beside(world, PATIENT)) > alone + 20_000


def test_f31_f32_the_cuff_of_a_source_left_out_excuses_nothing() -> None:
    """F31, F32: what a person left out says nothing, not even that it measures."""
    world = infusing()
    beside(world)
    world.give(inp.MonitorRead(VitalsSample({Signal.ETCO2: FOREIGN}, source="monitor-2")))
    assert not world.do(inp.ExcludeSource, source="monitor-2", minutes=9, reason="ours not").startswith("no")
    assert held_after(world, beside) == held_after(infusing())


def test_f31_a_pulse_by_hand_is_no_other_pulse_that_is_fresh() -> None:
    """F31, F32: a heart rate read off minutes ago sees nothing while the cuff takes the SpO2 away."""
    world = infusing()
    world.missing.add(Signal.HR)
    world.run(20_000)
    enter(world, {Signal.HR: D(80)})
    world.cuff_measuring = True
    assert held_after(world) < 70_000
