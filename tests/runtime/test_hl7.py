"""The whole daemon with its blood pressure from HL7 messages, beside an S/5 for all else (F12, F31)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from daemon.engine.phases import Phase
from drivers.values import Motion, Signal, Validity
from simulators.campaign.world import PATIENT, SIGNALS, World
from simulators.options import choose
from simulators.wires.hl7_oru import Dialect
from tests.runtime.conftest import plan_of, types_of
from tests.runtime.test_faults import motion, running

CUFF = frozenset({Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MEAN}) & SIGNALS


def bed(folder: Path, dialect: Dialect, patient: str = PATIENT) -> World:
    return World(
        plan_of("castells-12-step"),
        folder / "journal.db",
        options=choose({"flow_error": "0", "noise": "0", "hl7_dialect": dialect, "hl7_patient": patient}),
        second_monitor=True,
        second_model="hl7-oru",
        taken=(SIGNALS - CUFF, CUFF),
    )


def test_f31_the_gate_opens_on_its_pressure_alone(tmp_path: Path) -> None:
    """Through a step: a pressure that stands in every message of a minute grows old all the same."""
    world = bed(tmp_path, Dialect.B40)

    async def story(world: World) -> None:
        await running(world)
        await world.until(lambda s: s.step == 2, minutes=20)
        pressure = world.state.watched.sources["monitor-2"].signals[Signal.NIBP_SYS]
        assert pressure.validity is Validity.VALID
        assert Signal.NIBP_SYS not in world.state.watched.sources["monitor-1"].signals

    world.run(story)
    assert "Held" not in types_of(world.journal)


def test_f12_the_pressure_of_another_patient_never_counts(tmp_path: Path) -> None:
    """The monitor is given another patient in the middle of a run: what it sends is missing from then on."""
    world = bed(tmp_path, Dialect.EFFICIA)

    async def story(world: World) -> None:
        await running(world)
        answer = await world.do(do="fault", name="other_patient", on=True, at="monitor-2")
        assert answer == {"ok": True}
        await asyncio.sleep(130)
        said = world.state.watched.sources["monitor-2"].signals[Signal.NIBP_SYS]
        assert said.validity is Validity.OTHER_PATIENT
        await world.until(lambda s: s.phase is not Phase.INFUSING, minutes=60)
        await asyncio.sleep(5)
        assert motion(world) is Motion.STOPPED
        assert world.state.step == 1

    world.run(story)
