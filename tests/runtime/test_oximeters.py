"""The whole daemon with a pulse oximeter beside the monitor, or in its place for SpO2 (F31, F32)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import Choice, ChoiceKind, HoldCause
from drivers.values import Motion, Signal, Validity
from simulators.campaign.world import SIGNALS, World
from simulators.options import choose
from tests.runtime.conftest import plan_of, types_of
from tests.runtime.test_faults import motion, running, stands

MODELS = ["nellcor-n560", "masimo-ascii1"]
DOUBTED_BY = {"nellcor-n560": "motion", "masimo-ascii1": "low_perfusion"}
INSTEAD = (SIGNALS - {Signal.SPO2}, frozenset({Signal.SPO2}))
BESIDE = (SIGNALS, frozenset({Signal.SPO2, Signal.PULSE}))

pytestmark = pytest.mark.parametrize("model", MODELS)


def bed(folder: Path, model: str, taken: tuple[frozenset[Signal], ...], **options: str) -> World:
    """An S/5 and this oximeter on one patient, with the castells protocol."""
    return World(
        plan_of("castells-12-step"),
        folder / "journal.db",
        options=choose({"flow_error": "0", **options}),
        second_monitor=True,
        second_model=model,
        taken=taken,
    )


async def fault(world: World, name: str, *, on: bool = True) -> None:
    assert await world.do(do="fault", name=name, on=on, at="monitor-2") == {"ok": True}


def test_the_gate_opens_on_its_spo2_alone(model: str, tmp_path: Path) -> None:
    """F31: SpO2 comes from the oximeter only, through a step; nothing alarms, the drug is as ordered."""
    world = bed(tmp_path, model, INSTEAD)

    async def story(world: World) -> None:
        await running(world)
        await world.until(lambda s: s.step == 2, minutes=20)
        spo2 = world.state.watched.sources["monitor-2"].signals[Signal.SPO2]
        assert spo2.validity is Validity.VALID
        assert Signal.SPO2 not in world.state.watched.sources["monitor-1"].signals
        identity = world.state.bedside.monitors["monitor-2"]
        assert (identity.model, "0000056661" in identity.detail) == (model, model == "masimo-ascii1")
        assert not world.state.alarms

    world.run(story)
    assert world.bed.left.volume_ml["bag-1"] > Decimal("0.6")
    assert "Held" not in types_of(world.journal)


def test_a_patient_who_desaturates_is_seen_by_it(model: str, tmp_path: Path) -> None:
    """F22: SpO2 falls below 94 % for 20 s: the drug stops, on the oximeter's word."""
    world = bed(tmp_path, model, INSTEAD, noise="0")

    async def story(world: World) -> None:
        await running(world)
        world.bed.patient._base = replace(world.bed.patient._base, spo2=93.0)
        await asyncio.sleep(26)
        assert motion(world) is Motion.STOPPED
        assert world.state.hold is not None
        assert world.state.hold.causes == {HoldCause.REACTION}

    world.run(story)


@pytest.mark.parametrize(
    ("name", "code"), [("search", "invalid"), ("spo2_off", "inactive"), ("mute", "stale"), ("stuck", "stale")]
)
def test_f31_no_pulse_no_sensor_no_line_no_new_line(model: str, tmp_path: Path, name: str, code: str) -> None:
    """F31: a search prints 0 and 0 and is no SpO2 of 0 %: the gate shuts, then the signal is missing."""
    world = bed(tmp_path, model, INSTEAD)

    async def story(world: World) -> None:
        await running(world)
        await fault(world, name)
        await asyncio.sleep(25)
        assert f"spo2:{code}" in world.state.gate_shut
        assert motion(world) is Motion.INFUSING
        await world.until(lambda s: s.phase is Phase.HELD, minutes=2)
        assert world.state.hold is not None
        assert world.state.hold.causes == {HoldCause.MONITOR_LOST}
        await stands(world)
        await fault(world, name, on=False)
        await world.until(lambda s: not any(code.startswith("spo2") for code in s.gate_shut), minutes=1)

    world.run(story)


def test_f32_beside_a_monitor_the_worse_counts_until_one_is_left_out(model: str, tmp_path: Path) -> None:
    """F32: its doubtful SpO2 shuts the gate and holds, though the S/5 is well; a person leaves it out."""
    world = bed(tmp_path, model, BESIDE)

    async def story(world: World) -> None:
        await running(world)
        await fault(world, DOUBTED_BY[model])
        await asyncio.sleep(10)
        assert "spo2:questionable" in world.state.gate_shut
        await world.until(lambda s: s.phase is Phase.HELD, minutes=2)
        await stands(world)
        words = {"by": "Ann", "source": "monitor-2", "reason": "cold hand", "minutes": 30}
        assert world.act(inp.ExcludeSource, **words)[0]
        rest = Choice(ChoiceKind.REST_OF_STEP)
        assert world.act(inp.Resume, by="Ann", choice=rest, reason="well", witness="")[0]
        await asyncio.sleep(300)
        assert motion(world) is Motion.INFUSING

    world.run(story)


def test_f31_the_cuff_of_the_monitor_on_the_arm_of_its_probe_does_not_hold(
    model: str, tmp_path: Path
) -> None:
    """F31: 80 s of pulse search under the cuff, longer than SpO2 may be missing (60 s), and no hold."""
    options = {"cuff_on_spo2_arm": "on", "nibp_interval_s": "300", "nibp_measure_s": "80"}
    world = bed(tmp_path, model, INSTEAD, **options)
    blank = []

    async def story(world: World) -> None:
        await running(world)
        for _ in range(330):
            await asyncio.sleep(2)
            one = world.state.signals[Signal.SPO2]
            blank.append(one.validity is Validity.INVALID)
        assert world.state.phase in (Phase.INFUSING, Phase.WAITING_GATE)

    world.run(story)
    assert sum(blank) > 60
    assert "Held" not in types_of(world.journal)
