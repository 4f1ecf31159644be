"""The whole daemon with an IntelliVue as its only monitor (F12, F31, F35)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine.phases import Phase
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, Signal, Validity
from simulators.campaign.world import PATIENT, World
from simulators.options import choose
from tests.runtime.conftest import plan_of, types_of
from tests.runtime.test_faults import motion, running, stands


def bed(folder: Path, **options: str) -> World:
    """An IntelliVue on the network, with the castells protocol."""
    return World(
        plan_of("castells-12-step"),
        folder / "journal.db",
        options=choose({"flow_error": "0", **options}),
        model="intellivue",
    )


async def fault(world: World, name: str, *, on: bool = True, arg: float | None = None) -> None:
    given = {"do": "fault", "name": name, "on": on, "at": "monitor"} | ({} if arg is None else {"arg": arg})
    assert await world.do(**given) == {"ok": True}


def test_the_gate_opens_on_its_values_alone(tmp_path: Path) -> None:
    """F31: a step with cuff cycles in it; nothing alarms, the drug is as ordered."""
    world = bed(tmp_path, patient_id=PATIENT)

    async def story(world: World) -> None:
        await running(world)
        await world.until(lambda s: s.step == 2, minutes=20)
        signals = world.state.watched.sources["monitor-1"].signals
        assert signals[Signal.SPO2].validity is Validity.VALID
        assert "DE72800001" in world.state.bedside.monitors["monitor-1"].detail
        assert not world.state.alarms

    world.run(story)
    assert world.bed.left.volume_ml["bag-1"] > Decimal("0.6")
    assert "Held" not in types_of(world.journal)


def test_a_patient_whose_pressure_falls_is_seen_by_its_next_measurement(tmp_path: Path) -> None:
    """F22: the cuff's time of measurement makes it new; the early systolic alone holds nothing."""
    world = bed(tmp_path, noise="0", nibp_interval_s="120")

    async def story(world: World) -> None:
        await running(world)
        world.bed.patient._base = replace(world.bed.patient._base, sys=70.0, dia=40.0)
        await world.until(lambda s: s.phase is Phase.HELD, minutes=4)
        assert motion(world) is Motion.STOPPED
        assert world.state.hold is not None
        assert HoldCause.REACTION in world.state.hold.causes

    world.run(story)


@pytest.mark.parametrize("lost", ["mute", "power", "freeze"])
def test_f31_a_monitor_lost_shuts_the_gate_holds_and_comes_back(lost: str, tmp_path: Path) -> None:
    """F31, F35: it associates anew by itself and its values come back; the run does not."""
    world = bed(tmp_path)

    async def story(world: World) -> None:
        await running(world)
        await fault(world, lost)
        await asyncio.sleep(25)
        assert any(code.startswith("spo2:") for code in world.state.gate_shut)
        await world.until(lambda s: s.phase is Phase.HELD, minutes=3)
        assert world.state.hold is not None
        assert HoldCause.MONITOR_LOST in world.state.hold.causes
        await stands(world)
        await fault(world, lost, on=False)
        await world.until(lambda s: not any(one.startswith("spo2") for one in s.gate_shut), minutes=1)
        await asyncio.sleep(120)
        assert world.state.phase is Phase.HELD
        await stands(world)

    world.run(story)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("spo2_off", "inactive"),
        ("spo2_questionable", "questionable"),
        ("demo", "invalid"),
        ("stuck", "stale"),
    ],
)
def test_f31_what_does_not_count_shuts_the_gate_with_its_reason(name: str, code: str, tmp_path: Path) -> None:
    world = bed(tmp_path, sensor_off="held")

    async def story(world: World) -> None:
        await running(world)
        await fault(world, name)
        await asyncio.sleep(25)
        assert f"spo2:{code}" in world.state.gate_shut
        assert motion(world) is Motion.INFUSING
        await world.until(lambda s: s.phase is Phase.HELD, minutes=3)
        await stands(world)
        await fault(world, name, on=False)
        await world.until(lambda s: not any(one.startswith("spo2") for one in s.gate_shut), minutes=1)
        assert world.state.phase is Phase.HELD

    world.run(story)


def test_f12_a_monitor_that_names_another_patient_is_missing(tmp_path: Path) -> None:
    """F12: the identifier changes at the monitor in the middle of a run: hold within the freshness limit."""
    world = bed(tmp_path, patient_id=PATIENT)

    async def story(world: World) -> None:
        await running(world)
        await fault(world, "other_patient")
        await asyncio.sleep(10)
        assert "spo2:other_patient" in world.state.gate_shut
        await world.until(lambda s: s.phase is Phase.HELD, minutes=3)
        await stands(world)

    world.run(story)


def test_a_short_loss_of_datagrams_is_no_alarm(tmp_path: Path) -> None:
    """F31: every tenth datagram lost for five minutes, replies in three parts: no hold."""
    world = bed(tmp_path, second_request="restart")

    async def story(world: World) -> None:
        await running(world)
        await fault(world, "loss", arg=0.1)
        await asyncio.sleep(300)
        assert world.state.phase in (Phase.INFUSING, Phase.WAITING_GATE)

    world.run(story)
    assert "Held" not in types_of(world.journal)


def test_f35_a_daemon_that_was_killed_has_to_wait_for_the_monitors_time_out(tmp_path: Path) -> None:
    """F35: the monitor believes in the association that died; it refuses, and then takes the new one."""
    world = bed(tmp_path)

    async def story(world: World) -> None:
        await running(world)
        await fault(world, "freeze")
        await world.kill_daemon()
        await fault(world, "freeze", on=False)
        await world.start_daemon()
        await world.until(
            lambda s: (
                "monitor-1" in s.watched.sources
                and s.watched.sources["monitor-1"].signals[Signal.SPO2].measured_ms is not None
            ),
            minutes=0.5,
        )
        assert world.state.phase is not Phase.INFUSING

    world.run(story)
