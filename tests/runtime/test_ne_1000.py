"""The laboratory pump under the shipped daemon: it stands for every new limit, and that is no gap (F15)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from daemon.protocols.rules import HoldCause
from daemon.runtime.replay import replay
from drivers.pairs import RESTART_LIMIT_S
from drivers.values import Motion
from simulators.campaign.scene import flowed_ml, nursed, pump_of
from simulators.campaign.world import World
from simulators.options import choose
from tests.engine.plans import bag, plan_of
from tests.patient.scene import in_step, stands, watched
from tests.runtime.conftest import records_of

D = Decimal
STEPS = (("2.5", "5"), ("10", "5"), ("40.05", "5"))


def one_syringe(*steps: tuple[str, str], unattended: str = "2") -> Plan:
    """Steps of rate and minutes from one syringe."""
    made = plan_of(tuple(("A", rate, minutes) for rate, minutes in steps), (bag("A", "200", "1"),))
    ceilings = replace(made.rules.ceilings, unattended_max_min=D(unattended), max_total_dose=D(200))
    return watched(made, ceilings=ceilings, assessment_every_min=D(600))


def bed(folder: Path, plan: Plan, **options: str) -> World:
    texts = {"flow_error": "0", **options}
    return World(plan, folder / "journal.db", options=choose(texts), pump_model="ne-1000")


def told(world: World, kind: str) -> list[dict[str, Any]]:
    """The facts of one kind, in order, with their time."""
    found = [record.content() for record in records_of(world.journal)]
    return [{**one["data"], "at_ms": one["at_ms"]} for one in found if one["type"] == kind]


def standing_s(world: World) -> list[Decimal]:
    """How long each restart kept the drug off, as the readings bound it from above."""
    seen = [(one["at_ms"], one["reading"]["motion"]) for one in told(world, "PumpSeen")]
    runs = [at for at, motion in seen if motion == "infusing"]
    found, before = [], None
    for at, motion in seen:
        if motion == "infusing":
            if before is not None:
                found.append(D(at - before) / 1000)
            before = None
        elif before is None:
            before = max((one for one in runs if one < at), default=None)
    return found


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ne_totals_at_run": "cleared", "ne_display": "rounded", "ne_stop_stopped": "accepted"},
        {"ne_paused_data": "accepted", "ne_alarm_command": "accepted", "ne_safe_in_basic": "refused"},
    ],
)
def test_f15_a_whole_run_of_restarts_is_no_gap(tmp_path: Path, options: dict[str, str]) -> None:
    """F15, (A) A12: at 19200 baud: no alarm, no gap, each stand within 2 s, each step within 1 % or one
    unit."""
    plan = one_syringe(*STEPS)
    world = bed(tmp_path, plan, **options)
    ends: list[Decimal] = []

    async def story(world: World) -> None:
        await world.do(do="fault", name="baud", arg="1920")
        async with nursed(world):
            for number in range(2, len(STEPS) + 1):
                await world.until(lambda s, step=number: s.step == step, minutes=30)  # type: ignore[misc]
                ends.append(flowed_ml(world))
            await world.until(lambda s: s.phase is Phase.AFTER_WATCH, minutes=30)
            ends.append(flowed_ml(world))
            assert world.state.gap.closed == ()
            given = world.state.dose_given()
            programmed = len(told(world, "SettingConfirmed"))
            bound = D("0.001") * programmed if options else D(0)
            assert given.low - bound <= ends[-1] <= given.high + bound
            kept.append(world.state)

    kept: list[object] = []
    world.run(story)
    assert told(world, "AlarmRaised") == []
    assert told(world, "GapClosed") == []
    assert len(standing_s(world)) >= 9
    assert max(standing_s(world)) <= RESTART_LIMIT_S
    for step, before, after in zip(plan.steps, [D(0), *ends], ends, strict=False):
        error = abs(after - before - step.volume_ml)
        looked_late = max(one.rate_ml_h for one in plan.steps[: step.number + 1]) * D("0.5") / 3600
        assert error <= max(step.volume_ml / 100, D("0.001")) + looked_late, (step.number, after - before)
    again = replay(records_of(world.journal))
    assert again is not None
    assert again.state.dose_given() == kept[0].dose_given()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("begun", "fine"), [(D(3), D("0.001")), (D("93.005"), D("0.01"))])
def test_f25_the_unit_grows_in_the_middle_of_a_step(tmp_path: Path, begun: Decimal, fine: Decimal) -> None:
    """F25: 0.001 mL below 10, 0.1 above 100: no false alarm, and the step ends as planned."""
    plan = one_syringe(("300", "3"), unattended="1")
    plan = replace(
        plan, rules=replace(plan.rules, ceilings=replace(plan.rules.ceilings, max_dose_rate_h=D(900)))
    )
    world = bed(tmp_path, plan)

    pump_of(world).infused_ml = begun

    async def story(world: World) -> None:
        async with nursed(world):
            assert world.state.unit_ml == fine
            await world.until(lambda s: s.unit_ml == 10 * fine, minutes=3)
            await world.until(lambda s: s.phase is Phase.AFTER_WATCH, minutes=5)
            assert abs(flowed_ml(world) - 15) <= D("0.15")
            given = world.state.dose_given()
            assert given.low <= flowed_ml(world) <= given.high

    world.run(story)
    assert told(world, "AlarmRaised") == []


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7])
def test_f10_a_stop_in_the_middle_of_a_restart_stands(tmp_path: Path, seconds: float) -> None:
    """F10, F15: wherever it falls between STOP and RUN, the pump stands and stays so."""
    world = bed(tmp_path, one_syringe(("40", "4")))

    async def story(world: World) -> None:
        await world.do(do="fault", name="baud", arg="1920")
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await restarting(world)
            await asyncio.sleep(seconds)
            world.act(inp.HoldNow, by="", reason="")
            await asyncio.sleep(0.5)
            before = flowed_ml(world)
            await stands(world)
            await asyncio.sleep(30)
            assert pump_of(world).motion is Motion.STOPPED
            assert flowed_ml(world) == before

    world.run(story)


async def restarting(world: World) -> None:
    """A restart has just been ordered."""
    while not world.state.restarting:  # noqa: ASYNC110 - looked at from outside, on virtual time
        await asyncio.sleep(0.01)


def test_f5_a_dead_daemon_leaves_a_pump_that_stops_itself(tmp_path: Path) -> None:
    """F5, F17: 10 s after the last packet, with whatever was left in phase 2."""
    world = bed(tmp_path, one_syringe(("40", "4")))

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await asyncio.sleep(60)
            before = flowed_ml(world)
            await world.kill_daemon()
            await asyncio.sleep(600)
            assert flowed_ml(world) - before <= D(40) * 11 / 3600

    world.run(story)


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.4, 0.6])
def test_f15_a_daemon_that_dies_between_stop_and_run_finds_its_pump_and_holds(
    tmp_path: Path, seconds: float
) -> None:
    """F15, F35: it stands, or runs what was granted for a few seconds; the next daemon holds and stops it."""
    world = bed(tmp_path, one_syringe(("40", "4")))

    async def story(world: World) -> None:
        await world.do(do="fault", name="baud", arg="1920")
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await restarting(world)
            await asyncio.sleep(seconds)
            before = flowed_ml(world)
            await world.kill_daemon()
            await asyncio.sleep(3)
            await world.start_daemon()
            await world.until(lambda s: s.phase is Phase.HELD, minutes=1)
            await stands(world)
            assert flowed_ml(world) - before <= D(40) * 6 / 3600
            given = world.state.dose_given()
            assert given.low <= flowed_ml(world) <= given.high

    world.run(story)


def held_with(cause: HoldCause) -> Callable[[Any], bool]:
    return lambda state: state.hold is not None and cause in state.hold.causes


@pytest.mark.parametrize(
    ("request_", "cause"),
    [
        ({"do": "press", "key": "stop"}, HoldCause.HAND_CHANGE),
        ({"do": "press", "key": "rate", "value": "90"}, HoldCause.HAND_CHANGE),
        ({"do": "press", "key": "bolus", "value": "1"}, HoldCause.HAND_CHANGE),
        ({"do": "press", "key": "clear"}, HoldCause.PUMP_ALARM),
        ({"do": "fault", "name": "occlusion"}, HoldCause.PUMP_ALARM),
    ],
)
def test_f8_a_hand_or_a_stall_holds_the_run(
    tmp_path: Path, request_: dict[str, Any], cause: HoldCause
) -> None:
    """F8, F14, F26: keys at the pump, totals cleared, the line clamped."""
    world = bed(tmp_path, one_syringe(("40", "4")), occlusion_ml="0.2")

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await asyncio.sleep(61)
            await world.do(**request_)
            await world.until(held_with(cause), minutes=2)
            await stands(world)
            assert pump_of(world).motion is Motion.STOPPED

    world.run(story)


def test_f6_a_held_pump_is_disarmed_and_started_anew(tmp_path: Path) -> None:
    """F6: the START key gives 0.001 mL at 0.024 mL/h; after the resume the whole dose is in."""
    world = bed(tmp_path, one_syringe(("40", "4")))

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await asyncio.sleep(100)
            world.act(inp.HoldNow, by="Ann", reason="a trial")
            await stands(world)
            before = flowed_ml(world)
            await world.do(do="press", key="start")
            await asyncio.sleep(60)
            assert flowed_ml(world) - before <= D("0.001")

    world.run(story)


@pytest.mark.parametrize(
    ("name", "arg"), [("loss", "0.02"), ("corrupt", "0.02"), ("split", None), ("duplicate", "0.1")]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_f38_a_bad_wire_never_gives_more_than_was_granted(
    tmp_path: Path, name: str, arg: str | None, seed: int
) -> None:
    """F38: whether it gets through or is held, the books contain what flowed; no step is overrun."""
    world = World(
        one_syringe(("40", "4")),
        tmp_path / "journal.db",
        seed=seed,
        options=choose({"flow_error": "0"}),
        pump_model="ne-1000",
    )

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await world.do(do="fault", name=name, arg=arg)
            await world.until(lambda s: s.phase in (Phase.HELD, Phase.AFTER_WATCH), minutes=10)
            await world.do(do="fault", name=name, on=False)
            await stands(world)
            given = world.state.dose_given()
            assert given.low - D("0.001") <= flowed_ml(world) <= given.high
            assert flowed_ml(world) <= D("2.7")

    world.run(story)


def test_f17_a_pump_away_and_back_does_not_start_by_itself(tmp_path: Path) -> None:
    """F17: away for longer than its watchdog; the gate is shut, it stands, and the run is held."""
    world = bed(tmp_path, one_syringe(("40", "4")))

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await world.do(do="fault", name="unplug")
            await world.until(lambda s: "pump:silent" in s.gate_shut, minutes=1)
            await asyncio.sleep(30)
            assert "pump_lost" in world.state.alarms
            before = flowed_ml(world)
            await world.do(do="fault", name="unplug", on=False)
            await world.until(lambda s: s.phase is Phase.HELD, minutes=1)
            await stands(world)
            await asyncio.sleep(60)
            assert flowed_ml(world) == before
            assert before <= D(40) * 11 / 3600 + D("0.01")

    world.run(story)
