"""The whole daemon with something dead for good, or the run over: what a person can still do (F22, F32)."""

from __future__ import annotations

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import Choice, ChoiceKind, Grade, HoldCause
from daemon.runtime.monitor_channel import MonitorChannel
from drivers.values import Measurement, MonitorIdentity, Motion, Signal, Validity, VitalsSample
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World
from simulators.options import choose
from tests.engine.plans import small
from tests.runtime.conftest import plan_of, types_of
from tests.runtime.test_faults import motion, running, stands

REST = Choice(ChoiceKind.REST_OF_STEP)


@pytest.mark.parametrize("end", ["manual", "abort"])
def test_f32_stop_manual_and_abort_work_while_the_record_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """F32, (A) P4: disk dead for good: STOP reaches the pump, manual and abort are accepted; the record
    follows."""

    async def story(world: World) -> None:
        await running(world)
        store = world.service.journal._store
        healthy = store.append

        def full(_records: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(store, "append", full)
        assert world.act(inp.HoldNow, by="", reason="") == (True, "STOP sent")
        await asyncio.sleep(2)
        assert motion(world) is Motion.STOPPED
        kind: type[inp.GoManual | inp.Abort] = inp.GoManual if end == "manual" else inp.Abort
        assert world.act(kind, by="Ann", reason="disk dead")[0]
        await asyncio.sleep(2)
        assert world.state.phase is (Phase.MANUAL if end == "manual" else Phase.ABORTED)
        assert world.act(inp.HoldNow, by="", reason="again")[0]
        monkeypatch.setattr(store, "append", healthy)
        await world.until(lambda s: s.journal_ok, minutes=1)

    world.run(story)
    types = types_of(world.journal)
    assert types.count("JournalLost") == 1
    assert types.count("ActTaken") >= 3


def test_f32_a_monitor_dead_for_good_is_replaced_by_values_by_hand(world: World) -> None:
    """F32: the monitor's cable is out for good; with values by hand every few minutes the step is given."""

    async def story(world: World) -> None:
        await running(world)
        await world.do(do="fault", name="unplug", on=True, at="monitor")
        await world.until(lambda s: s.phase is Phase.HELD, minutes=5)
        assert world.state.hold is not None
        assert world.state.hold.causes == {HoldCause.MONITOR_LOST}
        await stands(world)
        values = {Signal.HR: Decimal(74), Signal.SPO2: Decimal(97), Signal.NIBP_SYS: Decimal(121)}
        assert world.act(inp.ManualVitals, by="Ann", values=values, minutes_ago=0)[0]
        assert world.act(inp.Resume, by="Ann", choice=REST, reason="seen, well", witness="")[0]
        for _ in range(5):
            await asyncio.sleep(200)
            world.act(inp.ManualVitals, by="Ann", values=values, minutes_ago=0)
        assert world.state.phase is Phase.INFUSING
        assert world.state.step == 2

    world.run(story)
    assert world.bed.left.volume_ml["bag-1"] > Decimal("0.6")


def test_f32_one_of_two_monitors_is_left_out_and_the_drug_goes_on(tmp_path: Path) -> None:
    """F32: two monitors, one sensor off: the worse counts, until a named person leaves it out."""
    world = World(plan_of("castells-12-step"), tmp_path / "journal.db", second_monitor=True)

    async def story(world: World) -> None:
        await running(world)
        assert set(world.state.watched.sources) == {"monitor-1", "monitor-2"}
        await world.do(do="fault", name="spo2_off", on=True, at="monitor-2")
        await world.until(lambda s: s.phase is Phase.HELD, minutes=5)
        await stands(world)
        refused = world.act(inp.Resume, by="Ann", choice=REST, reason="well", witness="")
        assert not refused[0]
        words = {"by": "Ann", "source": "monitor-2", "reason": "probe off", "minutes": 30}
        assert world.act(inp.ExcludeSource, **words)[0]
        assert not world.act(inp.ExcludeSource, **{**words, "source": "monitor-1"})[0]
        assert world.act(inp.Resume, by="Ann", choice=REST, reason="well", witness="")[0]
        await asyncio.sleep(600)
        assert motion(world) is Motion.INFUSING

    world.run(story)


def test_f22_a_reaction_after_the_run_is_completed_is_watched_again(tmp_path: Path) -> None:
    """F22: the pump has been let go; the reaction is recorded, alarms, and the patient is watched for 6 h."""
    world = World(small(), tmp_path / "journal.db", options=choose({"flow_error": "0"}))

    async def story(world: World) -> None:
        await Nurse(world).start()
        looking = asyncio.create_task(Nurse(world).look_after())
        await world.until(lambda s: s.phase is Phase.COMPLETED, minutes=60)
        looking.cancel()
        await asyncio.sleep(600)
        told = {"by": "Ann", "grade": Grade.MILD, "text": "", "epinephrine": True}
        assert world.act(inp.ReportReaction, **told)[0]
        assert world.state.phase is Phase.AFTER_WATCH
        assert world.state.watched.grade is Grade.SEVERE
        assert "reaction_late" in world.state.alarms
        await asyncio.sleep(3_600)
        assert world.state.phase is Phase.AFTER_WATCH
        assert "stop_not_confirmed" not in world.state.alarms
        await world.until(lambda s: s.phase is Phase.COMPLETED, minutes=300)

    world.run(story)
    assert types_of(world.journal).count("ReactionRecorded") == 1


class _Spoken:
    """A monitor that says one sample."""

    def __init__(self, sample: VitalsSample) -> None:
        self._sample = sample
        self.capabilities = None

    async def run(self, on_identity: object, on_sample: object) -> None:
        on_identity(MonitorIdentity("m"))  # type: ignore[operator]
        on_sample(self._sample)  # type: ignore[operator]
        await asyncio.Event().wait()

    async def close(self) -> None:
        pass


async def test_f32_each_sample_carries_its_monitors_name_and_what_else_it_said() -> None:
    """F32, F31, F12: source by the bed file's name, only the signals taken, cuff and subject kept."""
    one = Measurement(Decimal(75), Validity.VALID)
    said = VitalsSample({Signal.HR: one, Signal.TEMP: one}, subject="bed-4", cuff_measuring=True)
    given: list[inp.Input] = []
    channel = MonitorChannel("left", _Spoken(said), frozenset({Signal.HR}), given.append)  # type: ignore[arg-type]
    task = asyncio.create_task(channel.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    (read,) = [found for found in given if isinstance(found, inp.MonitorRead)]
    assert read.sample == VitalsSample({Signal.HR: one}, "bed-4", "left", cuff_measuring=True)
