"""The shipped daemon with a pump of two commands and slow answers, on virtual time (F15, F18)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import Phase
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from drivers import registry
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.nurse import Nurse
from simulators.campaign.scene import alone_ml, flowed_ml, moves, nursed, pump_of
from simulators.campaign.world import World
from simulators.options import choose
from tests.patient.scene import in_step, short, stands
from tests.runtime.conftest import PROTOCOLS, records_of, types_of
from tests.runtime.slow_pump import over

D = Decimal
ANNOUNCED = {"gate_needs", "gate_needs_now"}
SLOW_STOP = "stop_not_confirmed"
"""After 2 s this is told whatever a pump may take to answer (F18)."""


def bed(folder: Path, plan: Plan | None = None, **options: str) -> World:
    texts = {"flow_error": "0", "link_loss": "continue", **options}
    made = plan or short()
    return World(made, folder / "journal.db", options=choose(texts), pump_model="alaris-asena")


def raised(world: World) -> set[str]:
    contents = [record.content() for record in records_of(world.journal)]
    return {one["data"]["alarm"] for one in contents if one["type"] == "AlarmRaised"}


def castells() -> Plan:
    caps = registry.PUMPS["alaris-asena"].capabilities
    plan = load_protocol(PROTOCOLS / "castells-12-step.toml", pump=caps)
    assert isinstance(plan, Plan), plan
    return plan


def test_f15_a_whole_run_of_castells(tmp_path: Path) -> None:
    """F15, F25: twelve steps, three bags, 600 mg within 1 %, no alarm but what is announced."""
    world = bed(tmp_path, castells())

    async def story(world: World) -> None:
        nurse = Nurse(world)
        await nurse.start()
        looking = asyncio.create_task(nurse.look_after())
        await world.until(lambda s: s.phase is Phase.COMPLETED, minutes=480)
        looking.cancel()
        given, truth = world.state.dose_given(), world.bed.left.total_dose
        assert given.low <= truth <= given.high
        assert abs(truth - 600) <= 6

    world.run(story)
    assert raised(world) <= ANNOUNCED
    assert "SettingFailed" not in types_of(world.journal)


OPEN_POINTS = [
    {},
    {"asena_limit_shown": "set"},
    {"asena_held_rate": "set", "asena_infusing_word": "XYZ"},
    {"asena_log_counts_remote": "on", "asena_end_shown": "inactive"},
    {"asena_reply_min_s": "0.05", "asena_reply_max_s": "0.5"},
]


@pytest.mark.parametrize("options", OPEN_POINTS, ids=str)
def test_each_open_point_of_the_document_is_lived_with(tmp_path: Path, options: dict[str, str]) -> None:
    """Start, renewals, a step up, a bag change and the end, without an alarm."""
    world = bed(tmp_path, None, **options)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda _s: over(world), minutes=40)
            assert abs(flowed_ml(world) - 20) <= D("0.2") + bounds.flow_ml(D(120), D(2))

    world.run(story)
    assert raised(world) <= ANNOUNCED


@pytest.mark.parametrize(("least_s", "shown"), [("0", "set"), ("3.9", "remainder")])
def test_f18_answers_of_four_seconds_raise_no_high_alarm_for_an_increase(
    tmp_path: Path, least_s: str, shown: str
) -> None:
    """F18: a step up at 3.9 s; a STOP that is not read back in 2 s is the only thing told."""
    options = {"asena_reply_min_s": least_s, "asena_reply_max_s": "3.9", "asena_limit_shown": shown}
    world = bed(tmp_path, castells(), **options)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 2), minutes=60)
            await asyncio.sleep(60)

    world.run(story)
    high = {alarm for alarm in raised(world) if CATALOGUE[alarm].priority is Priority.HIGH}
    assert high <= {SLOW_STOP}
    assert {"PumpWentSilent", "SettingFailed"}.isdisjoint(types_of(world.journal))


@pytest.mark.parametrize("late_s", ["0.05", "3.9"])
def test_f18_stop_is_obeyed_within_half_a_second_whatever_is_owed(tmp_path: Path, late_s: str) -> None:
    world = bed(tmp_path, castells(), asena_reply_min_s=late_s, asena_reply_max_s=late_s)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(61.7)
            world.act(inp.HoldNow, by="", reason="")
            await asyncio.sleep(0.5)
            assert not moves(world)
            await asyncio.sleep(2.1)
            assert (SLOW_STOP in world.state.alarms) is (late_s == "3.9")
            await stands(world)
            assert SLOW_STOP not in world.state.alarms

    world.run(story)


def test_f6_a_held_pump_is_disarmed_to_its_smallest_limit(tmp_path: Path) -> None:
    world = bed(tmp_path)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            world.act(inp.HoldNow, by="", reason="")
            await stands(world)
            assert pump_of(world).rate_ml_h == D("0.1")
            assert alone_ml(world, press="start") <= D("0.001") + bounds.run_out_ml(D("0.1"))

    world.run(story)


WIRE_FAULTS = [
    ("loss", 0.5),
    ("loss", 3),
    ("corrupt", None),
    ("duplicate", 0.5),
    ("delay", 0.3),
    ("freeze", None),
    ("unplug", None),
    ("power", None),
    ("lie_stop", None),
]


@pytest.mark.parametrize(("fault", "arg"), WIRE_FAULTS, ids=str)
def test_f38_one_fault_of_the_wire_costs_no_more_than_its_bound(
    tmp_path: Path, fault: str, arg: float | None
) -> None:
    """F38: for 40 s in a step up; afterwards the pump alone gives no more than one slice and margin."""
    world = bed(tmp_path)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await asyncio.sleep(285)
            await world.do(do="fault", name=fault, on=True, **({} if arg is None else {"arg": arg}))
            await asyncio.sleep(40)
            await world.do(do="fault", name=fault, on=False)
            planned = D(5) + D(120) * 40 / 3600 + bounds.flow_ml(D(120), D(32))
            assert flowed_ml(world) <= planned
            pump = pump_of(world)
            assert pump.rate_ml_h <= 120
            assert pump.motion is Motion.STOPPED or pump.limit_left_ml is not None
            assert alone_ml(world) <= D(120) / 4 + bounds.flow_ml(D(120), D(32))
            await asyncio.sleep(60)
            given = world.dose_now()
            assert given.low <= world.bed.left.total_dose <= given.high

    world.run(story)


@pytest.mark.parametrize("lie", ["rate", "limit", "start", "stop"])
def test_an_echo_that_lies_ends_in_an_alarm_and_in_no_more_drug(tmp_path: Path, lie: str) -> None:
    """F3, F10: what is echoed and not done is seen by reading back; STOP is repeated and told."""
    world = bed(tmp_path)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(30)
            await world.do(do="fault", name=f"lie_{lie}", on=True)
            if lie == "stop":
                world.act(inp.HoldNow, by="", reason="")
            await world.until(lambda s: s.phase is Phase.HELD, minutes=30)
            await asyncio.sleep(3)
            assert world.state.alarms
            if lie == "stop":
                assert SLOW_STOP in world.state.alarms
            assert pump_of(world).rate_ml_h <= 120

    world.run(story)


def test_f17_unplugged_in_a_run_is_told_and_observed(tmp_path: Path) -> None:
    world = bed(tmp_path)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(30)
            await world.do(do="fault", name="unplug", on=True)
            await asyncio.sleep(7)
            assert "pump_lost" in world.state.alarms
            phases = [world.state.phase]
            await world.do(do="fault", name="unplug", on=False)
            await asyncio.sleep(10)
            phases.append(world.state.phase)
            assert "pump_lost" not in world.state.alarms
            assert phases == [Phase.OBSERVING, Phase.OBSERVING]

    world.run(story)


@pytest.mark.parametrize(
    ("key", "value", "phase"), [("stop", 0, Phase.HELD), ("rate", 200, Phase.HELD), ("limit", 0, Phase.HELD)]
)
def test_f8_hands_at_the_keys(tmp_path: Path, key: str, value: int, phase: Phase) -> None:
    """F7, F8: stopped by hand is respected; more by hand, and no limit, are stopped."""
    world = bed(tmp_path)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(30)
            await world.do(do="press", key=key, value=value)
            await world.until(lambda s: s.phase is phase, minutes=1)
            await stands(world)
            assert not moves(world)

    world.run(story)


@pytest.mark.parametrize("switch", ["syringe", "no_remote"])
def test_a_pump_that_will_not_is_not_started(tmp_path: Path, switch: str) -> None:
    """An unconfirmed syringe, a closed service menu: no drug, and it is said."""
    world = bed(tmp_path)

    async def story(world: World) -> None:
        nurse = Nurse(world)
        await nurse.check()
        await world.do(do="fault", name=switch, on=True)
        world.act(inp.Start, by="Ann", witness="Bob")
        await asyncio.sleep(40)
        assert flowed_ml(world) == 0
        assert world.state.alarms

    world.run(story)
