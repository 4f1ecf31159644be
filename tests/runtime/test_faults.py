"""The shipped daemon against faults of wire, pump, monitor, disk, process and people."""

from __future__ import annotations

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Mode, Phase
from daemon.protocols.rules import Choice, ChoiceKind, Grade, HoldCause
from drivers.values import Motion
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import PATIENT, World
from tests.runtime.conftest import make_world, records_of, types_of

SAME_STEP = Choice(ChoiceKind.SAME_STEP)
REST = Choice(ChoiceKind.REST_OF_STEP)


async def running(world: World, minutes: float = 3) -> None:
    """Started, and some minutes into step 1."""
    await Nurse(world).start()
    await world.until(lambda s: s.running, minutes=1)
    await asyncio.sleep(minutes * 60)


async def stands(world: World) -> None:
    await world.until(lambda s: s.pump.stop_ms is None and s.pump.stopped and s.pump.disarmed, minutes=1)


def motion(world: World) -> Motion:
    return world.bed.lanes[0].pump.motion


def test_same_seed_same_journal(tmp_path: Path) -> None:
    """DESIGN 3.11, (A) P13: no hidden clock or chance; the same seed gives the same journal, byte for
    byte."""

    async def story(world: World) -> None:
        await running(world, 20)

    bodies = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make_world(tmp_path / name, seed=7).run(story)
        bodies.append([record.body for record in records_of(tmp_path / name / "journal.db")])
    assert len(bodies[0]) > 100
    assert bodies[0] == bodies[1]


def test_f10_hold_stops_the_pump_and_disarms_it(world: World) -> None:
    """F6, F10, DESIGN 3.4, 3.8: anyone may hold; STOP at once, read back, then lowest rate and limit."""

    async def story(world: World) -> None:
        await running(world)
        assert world.act(inp.HoldNow, by="", reason="") == (True, "STOP sent")
        await asyncio.sleep(0.2)
        assert motion(world) is Motion.STOPPED
        await stands(world)
        pump = world.bed.lanes[0].pump
        assert pump.rate_ml_h == Decimal("0.1")
        assert pump.limit_left_ml == Decimal("0.1")

    world.run(story)


def test_f6_start_key_on_a_held_pump_gives_almost_nothing(world: World) -> None:
    async def story(world: World) -> None:
        await running(world)
        world.act(inp.HoldNow, by="", reason="")
        await stands(world)
        before = world.bed.left.total_dose
        await world.do(do="press", key="start")
        await asyncio.sleep(3)
        assert motion(world) is Motion.STOPPED
        assert world.bed.left.volume_ml["bag-1"] - before / Decimal("0.024") <= Decimal("0.1")
        assert "hand_more" in world.state.alarms

    world.run(story)


def test_f8_more_by_hand_is_stopped_once_then_the_hand_has_won(world: World) -> None:
    """F8, DESIGN 3.9, (A) D8: one STOP against the hand, then the run is manual."""

    async def story(world: World) -> None:
        await running(world)
        world.act(inp.HoldNow, by="", reason="")
        await stands(world)
        orders = types_of(world.journal).count("StopOrdered")
        await world.do(do="press", key="start")
        await world.until(lambda s: "hand_more" in s.alarms, minutes=1)
        await stands(world)
        assert types_of(world.journal).count("StopOrdered") == orders + 1
        await world.do(do="press", key="start")
        await world.until(lambda s: s.phase is Phase.MANUAL, minutes=1)
        await asyncio.sleep(30)
        assert types_of(world.journal).count("StopOrdered") == orders + 1
        assert world.state.mode is Mode.MANUAL

    world.run(story)


def test_f8_a_pump_stopped_by_hand_is_left_alone(world: World) -> None:
    """F8, DESIGN 3.9: less by hand is respected."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="press", key="stop")
        await world.until(lambda s: s.phase is Phase.HELD, minutes=1)
        assert world.state.hold is not None
        assert world.state.hold.causes == {HoldCause.HAND_CHANGE}

    world.run(story)


def test_f7_a_limit_that_vanishes_is_stopped_at_once(world: World) -> None:
    """F7, DESIGN 3.2: no limit is an open promise."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="drop_limit", on=True)
        await world.until(lambda s: s.phase is Phase.HELD, minutes=1)
        await asyncio.sleep(1)
        assert motion(world) is Motion.STOPPED
        assert "unlimited" in world.state.alarms

    world.run(story)


def test_f1_reaction_holds_and_resumes_only_by_the_rule(world: World) -> None:
    """F21, F22, (A) R2: a moderate reaction allows only back; the place goes back and the step is given
    whole."""

    async def story(world: World) -> None:
        await running(world)
        nurse = asyncio.create_task(Nurse(world).look_after())
        await world.until(lambda s: s.step == 3 and s.running, minutes=60)
        world.act(inp.ReportReaction, by="Ann", grade=Grade.MODERATE, text="hives")
        await stands(world)
        refused = world.act(inp.Resume, by="Ann", choice=SAME_STEP, reason="better", witness="")
        assert not refused[0]
        assert "left: back=1, back=2" in refused[1]
        accepted = world.act(inp.Resume, by="Ann", choice=Choice(ChoiceKind.BACK, 1), reason="ok", witness="")
        assert accepted[0], accepted
        await world.until(lambda s: s.running and s.step == 2, minutes=1)
        await asyncio.sleep(1)
        assert world.bed.lanes[0].pump.rate_ml_h == 5
        nurse.cancel()

    world.run(story)


def test_f22_severe_is_never_resumed(world: World) -> None:
    """F22, DESIGN 3.13, 3.14: severe is a hard rule, and abort is always a way out."""

    async def story(world: World) -> None:
        await running(world)
        world.act(inp.ReportReaction, by="Ann", grade=Grade.SEVERE, text="collapse")
        await stands(world)
        for choice in (REST, SAME_STEP, Choice(ChoiceKind.START_OVER)):
            assert not world.act(inp.Resume, by="A", choice=choice, reason="x", witness="B")[0]
        assert world.act(inp.Abort, by="Ann", reason="anaphylaxis")[0]
        assert world.state.phase is Phase.ABORTED

    world.run(story)


def test_vitals_rule_stops_the_pump(world: World) -> None:
    """F35, (A) R1: the simulated patient reacts severely; the vitals alone stop the drug."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="react", grade=3)
        await world.until(lambda s: s.phase is Phase.HELD, minutes=15)
        await asyncio.sleep(1)
        assert motion(world) is Motion.STOPPED
        assert world.state.hold is not None
        assert HoldCause.REACTION in world.state.hold.causes

    world.run(story)


def test_f31_a_missing_signal_shuts_the_gate_and_then_holds(world: World) -> None:
    """F35, DESIGN 3.6, (A) R6, R7: missing is as bad as bad, after its ordered time and not before. Trap
    10."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(at="monitor", do="fault", name="spo2_off", on=True)
        await asyncio.sleep(40)
        assert world.state.phase is Phase.INFUSING
        assert any(reason.startswith("spo2:") for reason in world.state.gate_shut)
        await world.until(lambda s: s.phase is Phase.HELD, minutes=1)
        assert world.state.hold is not None
        assert world.state.hold.causes == {HoldCause.MONITOR_LOST}

    world.run(story)


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_f17_lost_replies(world: World, lost: int) -> None:
    """F17: two lost exchanges in a row are survived in silence; more never gives more."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="loss", on=True, arg=lost)
        await asyncio.sleep(10)
        if lost <= 2:
            assert world.state.phase is Phase.INFUSING
            assert world.state.alarms == {}
        given = world.dose_now()
        assert given.low <= world.bed.left.total_dose <= given.high

    world.run(story)


@pytest.mark.parametrize("action", ["stop", "continue", "kvo"])
def test_f17_link_down_for_long(tmp_path: Path, action: str) -> None:
    """F10, F17: after 5 s it is not automatic; STOP stands through the outage and comes first after it."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="unplug", on=True)
        await world.until(lambda s: s.phase is Phase.OBSERVING, minutes=1)
        assert "pump_lost" in world.state.alarms
        world.act(inp.HoldNow, by="", reason="")
        assert world.state.mode is Mode.STOP_NOT_CONFIRMED
        await world.until(lambda s: "stop_not_confirmed" in s.alarms, minutes=1)
        await asyncio.sleep(20)
        await world.do(do="fault", name="unplug", on=False)
        await world.until(lambda s: s.pump.stop_ms is None, minutes=1)
        assert motion(world) is Motion.STOPPED
        given = world.dose_now()
        assert given.low <= world.bed.left.total_dose <= given.high

    make_world(tmp_path, link_loss=action).run(story)


def test_f10_stop_refused_while_a_hand_is_on_the_keys(world: World) -> None:
    """F10: NAK 04 for ten seconds; STOP is repeated until it is read back."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="operating", on=True)
        world.act(inp.HoldNow, by="", reason="")
        await asyncio.sleep(10)
        assert "stop_not_confirmed" in world.state.alarms
        assert world.state.mode is Mode.STOP_NOT_CONFIRMED
        await world.do(do="fault", name="operating", on=False)
        await world.until(lambda s: s.pump.stop_ms is None, minutes=1)
        assert motion(world) is Motion.STOPPED

    world.run(story)


@pytest.mark.parametrize("action", ["stop", "continue"])
def test_f35_kill_and_restart(tmp_path: Path, action: str) -> None:
    """DESIGN 3.10, (A) R4, P1: after a crash exactly as recorded is observed, anything else is stopped."""

    async def story(world: World) -> None:
        await running(world)
        await world.kill_daemon()
        await asyncio.sleep(3)
        await world.start_daemon()
        await asyncio.sleep(3)
        if action == "stop":
            assert world.state.phase is Phase.HELD
            assert world.state.hold is not None
            assert world.state.hold.causes == {HoldCause.RESTART}
            return
        assert world.state.phase is Phase.OBSERVING
        assert motion(world) is Motion.INFUSING
        assert world.act(inp.ConfirmPatient, by="Ann", patient=PATIENT)[0]
        await world.until(lambda s: not s.gate_shut, minutes=6)
        assert world.act(inp.ConfirmRunning, by="Ann")[0]
        await world.until(lambda s: s.step == 2 and s.running, minutes=20)
        given = world.dose_now()
        assert given.low <= world.bed.left.total_dose <= given.high

    make_world(tmp_path, link_loss=action).run(story)


def test_f5_a_daemon_that_stays_dead_leaves_a_pump_that_ends(tmp_path: Path) -> None:
    """F5, F38, DESIGN 3.2, (A) D1: after the death no more than the slice and its margin flows."""

    async def story(world: World) -> None:
        await running(world)
        before = world.bed.left.volume_ml["bag-1"]
        limit = world.bed.lanes[0].pump.limit_left_ml
        assert limit is not None
        await world.kill_daemon()
        await asyncio.sleep(3600)
        assert motion(world) is Motion.STOPPED
        assert world.bed.left.volume_ml["bag-1"] - before <= limit + Decimal("0.1")
        await world.start_daemon()

    make_world(tmp_path, link_loss="continue").run(story)


def test_f35_observed_without_vitals_is_stopped(tmp_path: Path) -> None:
    """F35, (A) R7: observing needs eyes."""

    async def story(world: World) -> None:
        await running(world)
        await world.kill_daemon()
        for sensor in ("spo2_off", "ecg_off"):
            await world.do(at="monitor", do="fault", name=sensor, on=True)
        await world.start_daemon()
        await world.until(lambda s: s.phase is Phase.HELD, minutes=2)
        await asyncio.sleep(1)
        assert motion(world) is Motion.STOPPED

    make_world(tmp_path, link_loss="continue").run(story)


def test_f29_sigterm_is_a_hold(world: World) -> None:
    """F29: STOP, read back, recorded; the next start stands held."""

    async def story(world: World) -> None:
        await running(world)
        await world.stop_daemon()
        assert motion(world) is Motion.STOPPED
        await world.start_daemon()
        await asyncio.sleep(2)
        assert world.state.phase is Phase.HELD

    world.run(story)


def test_journal_that_cannot_be_written_holds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """DESIGN 3.1, (A) D5, P4: STOP does not need the disk; nothing that gives more goes out without it."""

    async def story(world: World) -> None:
        await running(world)
        store = world.service.journal._store
        healthy = store.append

        def full(_records: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(store, "append", full)
        await world.until(lambda s: s.phase is Phase.HELD, minutes=2)
        await asyncio.sleep(1)
        assert motion(world) is Motion.STOPPED
        assert "journal_broken" in world.state.alarms
        refused = world.act(inp.Resume, by="Ann", choice=REST, reason="x", witness="")
        assert not refused[0]
        await asyncio.sleep(30)
        assert motion(world) is Motion.STOPPED
        monkeypatch.setattr(store, "append", healthy)
        await world.until(lambda s: s.journal_ok, minutes=1)
        await stands(world)
        assert world.act(inp.Resume, by="Ann", choice=REST, reason="disk mended", witness="")[0]
        await world.until(lambda s: s.running, minutes=1)

    world.run(story)
    assert records_of(world.journal)[-1].seq > 100


def test_f20_reboot_without_a_clock_is_an_unknown_gap(world: World) -> None:
    """F20, DESIGN 3.11: an untrusted clock makes the gap unknown, judged strictest."""

    async def story(world: World) -> None:
        await running(world)
        world.act(inp.HoldNow, by="", reason="")
        await stands(world)
        await world.kill_daemon()
        world.boot = "another"
        world.synchronised = False
        await world.start_daemon()
        await asyncio.sleep(5)
        assert world.state.gap.unknown
        refused = world.act(inp.Resume, by="A", choice=REST, reason="x", witness="B")
        assert not refused[0]
        assert "unknown" in refused[1]

    world.run(story)


def test_f33_two_different_names_start(world: World) -> None:
    """F33, DESIGN 3.8: a start needs two different persons."""

    async def story(world: World) -> None:
        await Nurse(world).check()
        for witness in ("", "ann ", "Ann"):
            accepted, answer = world.act(inp.Start, by="Ann", witness=witness)
            assert not accepted
            assert "person" in answer
        assert world.act(inp.Start, by="Ann", witness="Bob")[0]

    world.run(story)


def test_f36_occlusion_is_a_hold_and_the_account_contains_the_truth(world: World) -> None:
    """F25, F38: occluded at step 1; what really flowed stays inside the bounds, plus the stated release."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="occlusion", on=True)
        await world.until(lambda s: s.phase is Phase.HELD, minutes=120)
        assert world.state.hold is not None
        assert HoldCause.PUMP_ALARM in world.state.hold.causes

    world.run(story)


def test_a_program_that_fails_sends_stop_before_it_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DESIGN 3.7, (A) R9: an error nobody foresaw ends in STOP, not in silence."""

    async def story(world: World) -> None:
        await running(world)

        def broken(_given: object) -> None:
            raise RuntimeError("a fault of the program itself")

        monkeypatch.setattr(world.service.supervisor, "submit", broken)
        await asyncio.sleep(3)
        assert motion(world) is Motion.STOPPED

    make_world(tmp_path, link_loss="continue").run(story)
