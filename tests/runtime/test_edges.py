"""Where a STOP could get lost, an order outlive its reason, or a failure end in silence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.errors import NoReply
from drivers.values import Motion
from simulators.campaign.world import World
from tests.runtime.conftest import make_world, types_of
from tests.runtime.test_faults import motion, running


def lose(journal: Path) -> None:
    """The journal is gone, with everything beside it."""
    for part in journal.parent.glob(f"{journal.name}*"):
        part.unlink()


def test_f10_an_unconfirmed_stop_outlives_abort_and_restart(tmp_path: Path) -> None:
    """F10, DESIGN 3.4: aborted with the link down, restarted: STOP goes out until it is read back."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="unplug", on=True)
        await asyncio.sleep(1)
        assert world.act(inp.Abort, by="Ann", reason="anaphylaxis")[0]
        await world.kill_daemon()
        await world.start_daemon()
        await world.do(do="fault", name="unplug", on=False)
        await world.until(lambda s: s.pump.stop_ms is None, minutes=1)
        assert world.state.phase is Phase.ABORTED
        assert motion(world) is Motion.STOPPED

    make_world(tmp_path, link_loss="continue").run(story)


def test_f29_sigterm_waits_for_the_stop_of_an_abort(tmp_path: Path) -> None:
    """F29: the service does not leave while a STOP is not confirmed."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="unplug", on=True)
        await asyncio.sleep(1)
        world.act(inp.Abort, by="Ann", reason="")
        stopping = asyncio.create_task(world.stop_daemon())
        await asyncio.sleep(2)
        await world.do(do="fault", name="unplug", on=False)
        await stopping
        assert motion(world) is Motion.STOPPED

    make_world(tmp_path, link_loss="continue").run(story)


def test_f5_an_order_does_not_outlive_the_gate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """F5, DESIGN 3.1: the disk is slow, the gate shuts meanwhile: the slice is not renewed."""

    async def story(world: World) -> None:
        await running(world, 1)
        disk = asyncio.Event()
        journal = world.service.journal

        async def slow(_seq: int) -> None:
            await disk.wait()

        monkeypatch.setattr(journal, "durable", slow)
        await world.until(lambda s: s.pump.pending is not None, minutes=15)
        await world.do(at="monitor", do="fault", name="spo2_off", on=True)
        await world.until(lambda s: bool(s.gate_shut), minutes=1)
        limit = world.bed.lanes[0].pump.limit_left_ml
        disk.set()
        await asyncio.sleep(2)
        left = world.bed.lanes[0].pump.limit_left_ml
        assert limit is not None
        assert left is not None
        assert left <= limit
        assert "SettingWithdrawn" in types_of(world.journal)

    world.run(story)


def test_f17_an_identity_without_a_readback_is_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F17, DESIGN 3.3: a pump that says who it is and not what it does is not automatic for long."""

    async def story(world: World) -> None:
        await running(world)
        (channel,) = world.service.supervisor.pumps.values()

        async def mute() -> Any:
            raise NoReply("no reply to STATUS")

        monkeypatch.setattr(channel._pump, "read", mute)
        await asyncio.sleep(15)
        assert world.state.phase is Phase.OBSERVING
        assert "pump_lost" in world.state.alarms

    make_world(tmp_path, link_loss="continue").run(story)


def test_a_pump_that_runs_without_a_recorded_run_is_said_loudly(tmp_path: Path) -> None:
    """DESIGN 3.7: the journal is gone and the pump infuses: a HIGH alarm, and no start."""

    async def story(world: World) -> None:
        await running(world)
        await world.kill_daemon()
        lose(world.journal)
        await world.start_daemon()
        await world.until(lambda s: "runs_unrecorded" in s.alarms, minutes=1)
        world.act(inp.HoldNow, by="", reason="")
        await world.until(lambda s: s.pump.stop_ms is None and "runs_unrecorded" not in s.alarms, minutes=1)
        assert motion(world) is Motion.STOPPED

    make_world(tmp_path, link_loss="continue").run(story)


def test_a_short_outage_while_held_orders_nothing_in_a_circle(world: World) -> None:
    """F28, DESIGN 3.14: held, stopped, disarmed, the cable out for half a second: the daemon lives on."""

    async def story(world: World) -> None:
        await running(world)
        world.act(inp.HoldNow, by="", reason="")
        await world.until(lambda s: s.pump.disarmed, minutes=1)
        before = types_of(world.journal).count("SettingOrdered")
        await world.do(do="fault", name="unplug", on=True)
        await asyncio.sleep(0.5)
        await world.do(do="fault", name="unplug", on=False)
        await world.until(lambda s: s.pump.linked and s.pump.disarmed, minutes=1)
        assert types_of(world.journal).count("SettingOrdered") <= before + 3

    world.run(story)


def test_a_circle_of_inputs_ends_in_stop_not_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DESIGN 3.7: inputs that breed inputs without end stop the pump before the program dies."""

    async def story(world: World) -> None:
        await running(world)
        supervisor = world.service.supervisor
        take = supervisor._take

        def breeding(given: inp.Input) -> None:
            take(given)
            supervisor.submit(inp.TimePassed())

        monkeypatch.setattr(supervisor, "_take", breeding)
        await asyncio.sleep(3)
        assert motion(world) is Motion.STOPPED

    make_world(tmp_path, link_loss="continue").run(story)
