"""Whole runs without a fault: no alarm, no limit end, every step and the whole dose as planned."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import DIANET, World
from tests.engine.plans import published, pump, small

D = Decimal


def per_step(world: World) -> dict[int, Decimal]:
    """What the odometer's middle says each step gave, mL."""
    return {
        event.step: (event.given.low + event.given.high) / 2
        for event in world.seen(ev.StepEnded)
        if isinstance(event, ev.StepEnded)
    }


def assert_faultless(world: World, plan: Plan) -> None:
    assert world.phase() is Phase.COMPLETED, world.why()
    assert world.alarms() == []
    assert world.pump.limit_ends == 0, "F16: the pump ran into its limit"
    unit = world.caps.counter_unit_ml
    lead = D(world.timing.poll_ms + 3 * world.timing.latency_ms) / 1000  # s: decided at a poll, then sent
    ended = per_step(world)
    assert set(ended) == {step.number for step in plan.steps}
    for step in plan.steps:
        bound = max(step.volume_ml / 100, unit) + step.rate_ml_h * lead / 3600 + unit / 2
        assert abs(ended[step.number] - step.volume_ml) <= bound, f"step {step.number}"
    total = world.flowed_dose()
    assert total <= plan.rules.ceilings.max_total_dose
    for solution in plan.solutions:
        planned = sum((s.volume_ml for s in plan.steps if s.solution == solution.id), D(0))
        steps = [s for s in plan.steps if s.solution == solution.id]
        most = max(planned / 100, unit * len(steps)) + steps[-1].rate_ml_h * lead / 3600
        error = abs(world.flowed_ml(solution.id) - planned)
        assert error <= most, f"F38: {solution.id} is off by {error} mL"
    assert world.peak_dose_rate <= max(step.dose_rate_h for step in plan.steps)
    state, guard = world.replayed()
    assert state == world.state, "replay == live"
    hung = [{name: one.hung for name, one in each.pumps.items()} for each in (guard, world.guard)]
    assert guard.place == world.guard.place
    assert hung[0] == hung[1]


@pytest.mark.parametrize("name", ["castells-12-step", "rituximab-12-step"])
def test_f16_f25_a_published_protocol_runs_without_an_alarm(name: str) -> None:
    """F16, F25, F38, (A) D14, A12: zero alarms, zero limit ends, volume per step within 1 % or one counter
    unit."""
    plan = published(name)
    world = World(plan, timing=Timing(poll_ms=1_400, latency_ms=60, tick_ms=2_000)).start()
    world.run_until(Phase.COMPLETED)
    assert_faultless(world, plan)


@pytest.mark.parametrize("poll_ms", [300, 700])
@pytest.mark.parametrize("latency_ms", [20, 200])
@pytest.mark.parametrize("disk_ms", [0, 800])
def test_f16_small_world_on_every_wire(poll_ms: int, latency_ms: int, disk_ms: int) -> None:
    """F16, F5: slices are renewed in time on slow wires and disks; nothing alarms."""
    plan = small()
    world = World(plan, timing=Timing(poll_ms, latency_ms, disk_ms)).start()
    world.run_until(Phase.COMPLETED)
    assert_faultless(world, plan)


@pytest.mark.parametrize("permille", [970, 1030])
def test_f25_a_pump_within_its_accuracy_raises_nothing(permille: int) -> None:
    """F25: a counter 3 % off rate x time is the pump's accuracy, not a fault; bounds hold."""
    world = World(small(), pump(accuracy=D("0.05")), Timing(300))
    world.pump.counter_permille = world.pump.patient_permille = permille
    world.start().run_until(Phase.COMPLETED)
    assert world.alarms() == []
    assert world.pump.limit_ends == 0


def test_f5_every_slice_is_renewed_and_the_pump_ends_by_itself_when_the_daemon_dies() -> None:
    """F5: whenever the daemon dies, the pump gives at most one slice more, then stands."""
    for second in range(5, 290, 15):
        world = World(small()).start()
        world.run(second * 1_000)
        before = world.flowed_ml("A")
        world.advance(3_600_000)
        slice_ml = D(60) * 2 / 60
        assert world.flowed_ml("A") - before <= slice_ml, f"died at {second} s"
        assert world.pump.limit_ends == 1


def test_dianet_is_what_the_published_protocols_are_compiled_for() -> None:
    assert DIANET.counter_unit_ml == D("0.1")
