"""Peak flow and whatever a hand alone gives: a source with an age of its own like any other (F32)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.patient_rules import ByHandRule
from daemon.protocols.rules import Grade, HoldCause, LimitKind, LimitRule, SignalRule
from drivers.plausible import PLAUSIBLE
from drivers.values import UNITS, Signal
from simulators.campaign.engine.world import World
from tests.engine.plans import PATIENT_RULES, rules, small
from tests.engine.stories import FAST
from tests.engine.test_sources import enter

D = Decimal
AGE_MIN = 10
PEF = SignalRule(Signal.PEF, D(600), D(900), baseline=True)
FALL = LimitRule(Signal.PEF, LimitKind.FALL_PERCENT, D(20), D(0), Grade.MODERATE)
BELOW = LimitRule(Signal.PEF, LimitKind.BELOW, D(150), D(0), Grade.SEVERE)
BY_HAND = (
    ByHandRule(Signal.PEF, D(AGE_MIN)),
    ByHandRule(Signal.NIBP_DIA, D(AGE_MIN)),
    ByHandRule(Signal.TEMP, D(AGE_MIN)),
)


def asthmatic() -> World:
    """A protocol that asks for peak flow before the start and every ten minutes."""
    base = rules()
    patient = replace(PATIENT_RULES, by_hand=(*PATIENT_RULES.by_hand, *BY_HAND))
    plan = small(signals=(*base.signals, PEF), limits=(*base.limits, FALL, BELOW), patient=patient)
    return World(plan, timing=FAST)


def blow(world: World, value: int, minutes_ago: int = 0) -> str:
    return enter(world, {Signal.PEF: D(value)}, minutes_ago=minutes_ago)


def begun(minutes_ago: int = 0) -> World:
    world = asthmatic()
    world.run(3_000)
    assert not blow(world, 400, minutes_ago).startswith("no: ")
    world.start()
    world.run(30_000)
    assert world.phase() is Phase.INFUSING
    return world


def test_f32_no_start_without_a_peak_flow_and_its_baseline_is_taken() -> None:
    """F22, F32: never measured shuts the gate; entered, it is the baseline like any other."""
    world = asthmatic()
    world.run(3_000)
    world.check()
    assert "pef" in world.do(inp.Start, by="ann", witness="bob")
    world = begun()
    assert world.state.baseline[Signal.PEF] == D(400)
    seen = view(world.state, world.now)["vitals"]["pef"]
    assert (seen["value"], seen["unit"], seen["by_hand"], seen["fresh_s"]) == (D(400), "L/min", True, D(600))


@pytest.mark.parametrize(
    ("value", "grade"), [(321, None), (320, Grade.MODERATE), (151, Grade.MODERATE), (150, Grade.SEVERE)]
)
def test_f22_f32_lower_is_worse_in_litres_and_by_the_baseline(value: int, grade: Grade | None) -> None:
    """F22: 20 % below 400 is 320, on it is beyond it; 150 L/min at once severe."""
    world = begun()
    blow(world, value)
    world.run(2_000)
    assert (world.state.hold.grade if world.state.hold is not None else None) is grade


def test_f32_it_is_asked_for_in_time_shuts_the_gate_and_then_holds() -> None:
    """F16, F32: gate_needs before it is too old; stale after 10 min, held after the 15 min ordered."""
    world = begun()
    before_ms = 10 * 60_000 - 30_000
    world.nurse_on = False
    world.run(before_ms - 60_000)
    assert "gate_needs" in world.alarms()
    asked = [one for one in world.seen(ev.AlarmRaised) if isinstance(one, ev.AlarmRaised)]
    assert any(one.alarm == "gate_needs" and "pef" in one.detail for one in asked)
    world.run(100_000)
    assert "pef:stale" in world.state.gate_shut
    assert not world.seen(ev.Held)
    seen = view(world.state, world.now)["vitals"]["pef"]
    assert seen["value"] == D(400), "the last value stays on the screen with its age"
    assert seen["age_s"] > 600
    world.run(5 * 60_000)
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.MONITOR_LOST}
    assert "pef" in world.state.alarms["held_monitor_lost"].detail
    blow(world, 390)
    assert "pef:stale" not in world.state.gate_shut


def test_f32_a_value_is_as_old_as_it_was_measured_not_as_it_was_entered() -> None:
    """F32: measured 8 min before the entry it counts for 2 more."""
    world = begun(minutes_ago=8)
    world.run(60_000)
    assert "pef:stale" not in world.state.gate_shut
    world.run(60_000)
    assert "pef:stale" in world.state.gate_shut


def test_f32_what_is_too_old_ahead_or_older_than_known_is_refused() -> None:
    """F32: never fresh beyond its age; an older value never replaces a newer one; the future is no time."""
    world = begun()
    before = world.state.watched.by_hand
    assert "counts for 10 min" in blow(world, 400, minutes_ago=AGE_MIN + 1)
    assert "lies ahead" in blow(world, 400, minutes_ago=-1)
    assert "already there" in blow(world, 100, minutes_ago=5)
    assert world.state.watched.by_hand == before
    world.run(60_000)
    assert not blow(world, 380).startswith("no: ")


@pytest.mark.parametrize("value", ["-1", "900.1", "4000", "NaN", "Infinity"])
def test_f32_an_implausible_value_is_refused_with_range_and_unit(value: str) -> None:
    """F32: 0 to 900 L/min, as meters are graduated."""
    world = begun()
    told = enter(world, {Signal.PEF: D(value)})
    assert told.startswith("no: ")
    assert "0 to 900 L/min" in told
    assert (PLAUSIBLE[Signal.PEF], UNITS[Signal.PEF]) == ((D(0), D(900)), "L/min")


def test_f32_fahrenheit_is_refused_and_pressures_must_be_in_order() -> None:
    """F32: a hand gives the unit of the signal; 98.6 is no temperature in degC; 80 over 120 is swapped."""
    world = begun()
    assert "10 to 50 degC" in enter(world, {Signal.TEMP: D("98.6")})
    assert "not below" in enter(world, {Signal.NIBP_SYS: D(80), Signal.NIBP_DIA: D(120)})
    assert not enter(world, {Signal.NIBP_SYS: D(120), Signal.NIBP_DIA: D(80)}).startswith("no: ")
    assert not enter(world, {Signal.TEMP: D("37.2")}).startswith("no: ")


def test_f35_a_restart_asks_for_it_again() -> None:
    """F35: a new process believes no value by hand, peak flow neither."""
    world = begun()
    world.restart(2_000)
    world.run(3_000)
    assert "pef:missing" in world.state.gate_shut
    blow(world, 395, minutes_ago=1)
    assert "pef:missing" not in world.state.gate_shut
    assert world.replayed()[0] == world.state
