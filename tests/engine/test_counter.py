"""The counter against rate x time: no false alarm at any rate and unit, no phantom dose (F25, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.account import Account, Moved, Odometer, Span
from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign.engine.pump import whole
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import DIANET, World
from tests.engine.plans import REST, bag, plan_of, pump, rules, small
from tests.engine.stories import FAST, infusing

D = Decimal
UNITS = ("0.001", "0.01", "0.1")
RATES = ("0.1", "0.5", "2.5", "10", "40", "80", "150", "400", "999", "1200")


def one_step(rate: str, unit: str, *, by_time: bool = False, permille: int = 1000) -> World:
    """A single step of at least five units on a pump that counts in this unit."""
    minutes = max(D(2), (D(unit) * 5 / D(rate) * 60).to_integral_value(rounding="ROUND_CEILING"))
    if by_time:
        minutes = D(4)
    ceilings = replace(
        rules().ceilings, max_dose_rate_h=D(2000), max_total_dose=D(9999), unattended_max_min=D(15)
    )
    if D(rate) * 15 / 60 < 2 * D(unit):
        ceilings = replace(ceilings, unattended_max_min=D(200))
    ordered = rules(ceilings=ceilings, after_watch_min=D(1), assessment_every_min=D(9999))
    plan = plan_of((("A", rate, str(minutes)),), (bag("A", "9000", "1"),), ordered)
    if by_time:
        plan = replace(plan, steps=tuple(replace(step, by_time=True) for step in plan.steps))
    caps = pump(
        rate_min_ml_h=D("0.1"),
        rate_max_ml_h=D(1200),
        rate_step_ml_h=D("0.001"),
        counter_unit_ml=D(unit),
        limit_step_ml=D(unit),
        limit_min_ml=D(unit),
    )
    slow = minutes > 30
    world = World(
        plan, caps, Timing(poll_ms=5_000 if slow else 500, latency_ms=60, tick_ms=5_000 if slow else 500)
    )
    world.pump.counter_permille = world.pump.patient_permille = permille
    world.channel.identity = replace(world.channel.identity, rate_min_ml_h=None, rate_max_ml_h=None)
    return world


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("rate", RATES)
def test_f25_no_false_alarm_at_any_rate_and_unit(rate: str, unit: str) -> None:
    """F25: fault-free: zero alarms, zero limit ends, the step ends in its minutes and one unit."""
    world = one_step(rate, unit).start()
    world.run_until(Phase.COMPLETED)
    step = world.state.plan.step(1)
    assert world.alarms() == [], world.why()
    assert world.pump.limit_ends == 0
    lead = D(rate) * 12 / 3600
    assert abs(world.flowed_ml("A") - step.volume_ml) <= D(unit) + max(step.volume_ml / 100, lead)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("rate", ["80", "400", "1200"])
@pytest.mark.parametrize("late_ms", [100, 240])
def test_f25_replies_that_come_unevenly_raise_nothing(rate: str, unit: str, late_ms: int) -> None:
    """F25, F26: a reply up to 0.3 s late is the wire, not the pump."""
    world = one_step(rate, unit)
    turns = iter(range(10**9))
    world.channel.jitter = lambda: late_ms if next(turns) % 3 == 0 else 0
    world.slack_ml = D(rate) * 1 / 3600
    world.start().run_until(Phase.COMPLETED)
    assert world.alarms() == [], world.why()
    assert world.pump.limit_ends == 0


@pytest.mark.parametrize("rate", ["0.5", "2", "10"])
def test_f25_by_time_ends_by_its_minutes_and_reports_one_unit(rate: str) -> None:
    """F25: a step too small to count runs by time; its dose is known to a unit."""
    world = one_step(rate, "0.1", by_time=True).start()
    world.run_until(Phase.COMPLETED)
    assert world.alarms() == []
    given = world.state.bag_given("A")
    assert given.high - given.low <= D("0.2")


@pytest.mark.parametrize(("permille", "told"), [(850, True), (880, True), (950, False), (960, False)])
def test_f25_a_counter_behind_by_more_than_ten_percent_does_not_advance(permille: int, told: bool) -> None:
    """F25, (A) D12, D14: time and volume apart by more than the tolerance: MEDIUM alarm and no advance."""
    world = World(small(), timing=FAST)
    world.pump.counter_permille = world.pump.patient_permille = permille
    world.slack_ml = D("0.1")
    world.start().run(330_000)
    assert ("volume_time_differ" in world.alarms()) is told
    if told:
        assert world.state.step == 1
        assert world.phase() in (Phase.INFUSING, Phase.WAITING_GATE, Phase.HELD)


@pytest.mark.parametrize(("permille", "held"), [(1150, True), (1120, True), (1070, False), (1040, False)])
def test_f25_overdelivery_is_held(permille: int, held: bool) -> None:
    """F25, (A) D12: counter ahead of rate x time by more than max(10 %, 2 units): held."""
    world = World(small(), timing=FAST)
    world.pump.counter_permille = world.pump.patient_permille = permille
    world.sound = False
    world.start().run(200_000)
    assert (world.phase() is Phase.HELD) is held
    assert ("held_pump_alarm" in world.alarms()) is held


def test_f14_a_counter_that_stands_while_it_should_move_never_advances() -> None:
    """F14, F25, (A) D14: running by its word, counting nothing: no advance, nothing renewed, alarm."""
    world = World(small(), timing=FAST)
    world.pump.counter_permille = 0
    world.sound = False
    world.start().run(600_000)
    assert world.state.step == 1
    assert "volume_time_differ" in world.alarms()
    assert world.motion() is Motion.STOPPED, "rate x time says that more than the step may have been given"
    assert world.flowed_dose() <= D(7), "what really flowed stays below the step plus one slice"


def test_f25_the_account_holds_a_pump_whose_counter_lies_within_accuracy() -> None:
    """F25: the patient's truth is inside the bounds at every reading, with holds between."""
    for permille in (960, 1040):
        world = World(small(), pump(accuracy=D("0.05")), FAST)
        world.pump.counter_permille = world.pump.patient_permille = permille
        world.start()
        for _ in range(4):
            world.run(50_000)
            world.do(inp.HoldNow, reason="")
            world.run(3_000)
            world.resume(REST, witness="bob")
        world.run_until(Phase.COMPLETED, Phase.HELD)


@pytest.mark.parametrize("counter", [0, 5, 500])
def test_f26_a_counter_that_falls_or_jumps_is_held_and_bounded(counter: int) -> None:
    """F26: cleared, reset or jumped: held, a HIGH alarm, and the truth inside the bounds."""
    world = infusing(60)
    real = world.flowed_ml("A")
    world.pump.counter = world.pump.counter + counter * 3_600_000_000_000 if counter else 0
    world.run(3_000)
    assert world.phase() is Phase.HELD
    assert "counter_broken" in world.state.alarms
    given = world.state.bag_given("A")
    assert given.low <= real <= given.high + D("0.1")


def test_f26_a_counter_that_moves_while_standing_is_an_event() -> None:
    """F26: primed through the standing pump: an event of its own."""
    world = infusing(60)
    world.do(inp.HoldNow, reason="")
    world.run(5_000)
    world.pump.counter += 20 * 3_600_000_000_000
    world.run(1_000)
    assert "counter_broken" in world.state.alarms
    assert world.state.bag_given("A").high >= D(20)
    assert world.state.bag_given("A").low <= D("1.1")


def test_f25_bounds_are_ordered_and_never_fall() -> None:
    """DESIGN 3.3: low <= high, and neither bound of the dose ever falls, hold or no hold."""
    world = World(small(), timing=FAST)
    last = [Span(D(0), D(0))]
    judge = world.judge

    def both(*words: object) -> None:
        judge(*words)  # type: ignore[arg-type]
        dose = world.state.dose_given()
        assert dose.low <= dose.high
        assert dose.low >= last[0].low - D("1e-9")
        last[0] = Span(max(dose.low, last[0].low), dose.high)

    world.judge = both
    world.start().run_until(Phase.COMPLETED)
    assert last[0].low > 60


def test_account_intersects_what_agrees_and_unites_what_does_not() -> None:
    """F25, F26: two witnesses."""
    odometer = Odometer.unread(D("0.1"))
    account = Account.opened(odometer)
    moved = Moved(D("1.0"), Span(D(1), D(1)), 60_000)
    agreed = account.add(moved).given(odometer.advance(moved, D("0.05")), D("0.05"))
    assert D("0.95") <= agreed.low <= 1 <= agreed.high <= D("1.05")
    lied = Moved(D("0.5"), Span(D(1), D(1)), 60_000)
    spread = account.add(lied).given(odometer.advance(lied, D("0.05")), D("0.05"))
    assert spread.low <= D("0.5")
    assert spread.high >= D(1)


def test_f21_after_two_reactions_at_one_step_only_back_remains() -> None:
    """F21: the second hold for reaction at a step leaves back or never."""
    from daemon.engine import resume  # noqa: PLC0415
    from daemon.protocols.rules import Grade  # noqa: PLC0415
    from tests.engine.plans import BACK, SAME  # noqa: PLC0415

    world = infusing(330)
    world.react(Grade.MILD)
    world.run(4_000)
    assert SAME in resume.options(world.state, world.now).allowed
    world.resume(SAME)
    world.run(80_000)
    assert world.motion() is Motion.INFUSING
    world.react(Grade.MILD)
    world.run(4_000)
    assert resume.options(world.state, world.now).allowed == (BACK,)


def test_f25_the_unit_of_a_counter_that_grows_is_that_of_what_it_shows() -> None:
    """F25: four digits show 99.95 mL in hundredths, 100.1 in tenths: the hidden part grows with it."""
    caps = replace(DIANET, counter_unit_ml=D("0.01"), digits=4)
    world = World(small(), caps, timing=FAST)
    world.pump.counter = whole(D("99.9"))
    world.start().run(4_000)
    assert world.state.pump.odometer.unit_ml == D("0.01")
    world.run(10_000)
    reading = world.state.pump.reading
    assert reading is not None
    assert reading.counter_ml > 100
    assert world.phase() is Phase.INFUSING
    assert world.state.pump.odometer.unit_ml == D("0.1")
