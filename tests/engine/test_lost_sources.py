"""What a monitor said before it was lost does not speak against the patient for ever (F32)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Measurement, Motion, Signal, Validity, VitalsSample
from simulators.campaign.engine.world import World
from tests.engine.plans import REST, SAME
from tests.engine.stories import infusing
from tests.engine.test_sources import ALL, enter, go_on, two

D = Decimal


def said(source: str, signal: Signal, value: int) -> inp.MonitorRead:
    """One valid measurement of one monitor."""
    found = {signal: Measurement(D(value), Validity.VALID)}
    return inp.MonitorRead(VitalsSample(found, source=source))


def held_by_a_last_word() -> World:
    """Held for a heart rate of 120; the monitor dies with it on its lips."""
    world = infusing()
    world.vitals[Signal.HR] = D(120)
    world.run(60_000)
    assert world.phase() is Phase.HELD
    world.monitor_on = False
    world.give(inp.MonitorSilent("monitor-1", "broken"))
    world.run(180_000)
    return world


def test_f32_a_dead_monitors_last_bad_value_is_outvoted_by_hand() -> None:
    """F32: no trap: the value by hand replaces the lost monitor, and the rest of the dose is given."""
    world = held_by_a_last_word()
    assert not enter(world).startswith("no: ")
    assert world.state.gate_shut == ()
    assert go_on(world, SAME, REST)
    flowed = world.flowed_dose()
    world.run(60_000)
    assert world.motion() is Motion.INFUSING
    assert world.flowed_dose() > flowed
    assert world.replayed()[0] == world.state


def test_f32_a_bad_value_by_hand_still_stops_where_the_monitor_is_dead() -> None:
    """F32, F22: it is the hand that counts now, for good and for bad."""
    world = held_by_a_last_word()
    enter(world, {**ALL, Signal.HR: D(105)})
    assert "hr:limit" in world.state.gate_shut


@pytest.mark.parametrize(("age_ms", "outvoted"), [(15_000, False), (15_001, True)])
def test_f32_a_monitor_counts_beside_the_hand_as_long_as_it_is_fresh(age_ms: int, *, outvoted: bool) -> None:
    """F32: fresh for 15 s: until then the worse of both, on the very bound too."""
    world = infusing()
    world.monitor_on = False
    world.give(said("monitor-1", Signal.HR, 120))
    since = world.now
    world.run(age_ms - 1_000)
    world.advance(since + age_ms - world.now)
    enter(world)
    assert ("hr:limit" not in world.state.gate_shut) is outvoted


def test_f32_of_two_monitors_the_fresh_one_is_not_outvoted() -> None:
    """F32: one is dead, the other one shows a racing heart; a hand clears it not."""
    world = two()
    world.other_on = False
    world.vitals[Signal.HR] = D(120)
    world.run(40_000)
    enter(world)
    assert "hr:limit" in world.state.gate_shut
