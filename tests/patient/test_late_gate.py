"""The gate is shut when a step is full: no pump ever runs into its limit, whatever was ordered (F16)."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine.phases import Phase
from daemon.protocols.rules import GateAction, GateRule
from drivers.values import PumpAlarm, Signal
from simulators.campaign import bounds
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from simulators.campaign.scene import nursed, pump_of
from simulators.campaign.world import World as Campaign
from tests.patient.scene import ALWAYS_ON, bed_of, patience, short

D = Decimal
STOP = GateRule(GateAction.STOP, None)
DWELL = GateRule(GateAction.DWELL, D(3))
LONG = D(9999)


def late(gate: GateRule, step: int, before_s: int, shut_min: int) -> World:
    """The gate shuts so long before the end of a step, for so long; then the run goes on to its end."""
    plan = patience(short(gate=gate, gap=ALWAYS_ON, assessment_every_min=LONG), D(9999))
    world = World(plan, timing=Timing(poll_ms=1_400, latency_ms=60, tick_ms=1_000)).start()
    while not (world.phase() is Phase.INFUSING and world.state.step == step):
        world.run(1_000)
    world.run(max(int(plan.step(step).minutes * 60) - before_s, 1) * 1_000)
    world.missing.update({Signal.HR, Signal.SPO2})
    world.run(shut_min * 60_000 + 20_000)
    world.missing.clear()
    world.run_until(Phase.COMPLETED)
    return world


@pytest.mark.parametrize("gate", [STOP, DWELL], ids=["stop", "dwell"])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_f16_no_pump_runs_into_its_limit_while_the_gate_is_late(gate: GateRule, step: int) -> None:
    """F16: shut 0 to 60 min around the end of each step: zero ends at the limit, and the dose as ordered."""
    chance = random.Random(f"F16/{step}/{gate.when_closed}")
    for shut_min in (0, chance.randint(1, 3), chance.randint(4, 60)):
        world = late(gate, step, chance.randint(10, 200), shut_min)
        assert world.pump.limit_ends == 0, f"shut for {shut_min} min"
        plan = world.state.plan
        dwell = plan.step(step).dose_rate_h * (gate.dwell_max_min or 0) / 60
        over = world.flowed_dose() - plan.total_dose
        polls = sum((s.dose_rate_h * 2 / 3600 for s in plan.steps), D(0))
        units = sum((bounds.DIANET.unit_ml * s.dose_rate_h / s.rate_ml_h for s in plan.steps), D(0))
        assert over <= dwell + polls + units
        assert over >= -plan.total_dose / 100


@pytest.mark.parametrize(("gate", "shut_min"), [(STOP, 2), (DWELL, 2), (DWELL, 9)])
def test_f16_the_shipped_daemon_stops_before_the_limit(tmp_path: Path, gate: GateRule, shut_min: int) -> None:
    """F16: the same on every wire byte: the pump never says that it reached its limit."""
    plan = patience(short(gate=gate, gap=ALWAYS_ON), D(9999))

    async def story(world: Campaign) -> None:
        async with nursed(world):
            await asyncio.sleep(250)
            for sensor in ("spo2_off", "ecg_off"):
                await world.do(at="monitor", do="fault", name=sensor, on=True)
            for _ in range(shut_min * 20):
                await asyncio.sleep(3)
                assert PumpAlarm.LIMIT_REACHED not in pump_of(world).alarms
                assert not pump_of(world).limit_ended
            for sensor in ("spo2_off", "ecg_off"):
                await world.do(at="monitor", do="fault", name=sensor, on=False)
            await world.until(lambda s: s.step == 2 and s.running, minutes=3)

    bed_of(tmp_path, plan).run(story)
