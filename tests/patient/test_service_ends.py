"""The service is told to stop in every phase, or dies in the middle of a reaction (F29, F35)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import OPEN, Phase
from daemon.protocols.rules import Grade
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.beds import world_of
from simulators.campaign.nurse import Nurse
from simulators.campaign.scene import alone_ml, flowed_ml, moves, nursed, pump_of
from simulators.campaign.world import World
from tests.patient.scene import bed_of, in_step, last_step, patience, stands, two_bags
from tests.runtime.conftest import records_of, types_of

D = Decimal
RATE = D(40)
STRONG = D(80)
HAND_ML = 5
EXIT_S = 10
VERIFIED_S = 2


async def checking(world: World) -> None:
    await Nurse(world).check()


async def infusing(world: World) -> None:
    await Nurse(world).start()
    await world.until(lambda s: s.running, minutes=1)
    await asyncio.sleep(20)


async def observing(world: World) -> None:
    await infusing(world)
    await world.kill_daemon()
    await asyncio.sleep(2)
    await world.start_daemon()
    await world.until(lambda s: s.phase is Phase.OBSERVING and s.pump.linked, minutes=1)


async def waiting_gate(world: World) -> None:
    await infusing(world)
    await world.do(at="monitor", do="fault", name="unplug", on=True)
    await world.until(lambda s: s.phase is Phase.WAITING_GATE, minutes=2)


async def awaiting_solution(world: World) -> None:
    await infusing(world)
    await world.until(lambda s: s.phase is Phase.AWAITING_SOLUTION, minutes=2)


async def switching(world: World) -> None:
    await infusing(world)
    await world.until(lambda s: s.phase is Phase.SWITCHING, minutes=2)


async def held(world: World) -> None:
    await infusing(world)
    world.act(inp.HoldNow, by="", reason="")


async def manual(world: World) -> None:
    await held(world)
    await stands(world)
    world.act(inp.GoManual, by="Ann", reason="by hand")
    await world.do(do="press", key="rate", value=20)
    await world.do(do="press", key="limit", value=HAND_ML)
    await world.do(do="press", key="start")
    await asyncio.sleep(5)


async def after_watch(world: World) -> None:
    async with nursed(world):
        await world.until(lambda s: s.phase is Phase.AFTER_WATCH, minutes=12)


async def completed(world: World) -> None:
    async with nursed(world):
        await world.until(lambda s: s.phase is Phase.COMPLETED, minutes=20)


async def aborted(world: World) -> None:
    await infusing(world)
    world.act(inp.Abort, by="Ann", reason="")


INTO: dict[Phase, Callable[[World], Awaitable[None]]] = {
    Phase.CHECKING: checking,
    Phase.INFUSING: infusing,
    Phase.OBSERVING: observing,
    Phase.WAITING_GATE: waiting_gate,
    Phase.AWAITING_SOLUTION: awaiting_solution,
    Phase.SWITCHING: switching,
    Phase.HELD: held,
    Phase.MANUAL: manual,
    Phase.AFTER_WATCH: after_watch,
    Phase.COMPLETED: completed,
    Phase.ABORTED: aborted,
}


def test_f29_every_phase_is_tried() -> None:
    """F29: a phase that is added is told to stop as well; `planned` lasts no time."""
    assert set(INTO) == set(Phase) - {Phase.PLANNED}


@pytest.mark.parametrize("link", ["up", "down"])
@pytest.mark.parametrize("phase", list(INTO))
def test_f29_sigterm_in_every_phase(tmp_path: Path, phase: Phase, link: str) -> None:
    """F29, (A) R9: STOP read back within 2 s, recorded, alarmed, gone within 10 s; only the hand's drug
    runs on."""

    async def story(world: World) -> None:
        await INTO[phase](world)
        assert world.state.phase is phase
        loop = asyncio.get_running_loop()
        if link == "down":
            await world.do(do="fault", name="unplug", on=True)
            await asyncio.sleep(0.5)
        before, begun_s = flowed_ml(world), loop.time()
        driven = moves(world) and phase is not Phase.MANUAL
        await world.stop_daemon()
        took_s = loop.time() - begun_s
        assert took_s <= EXIT_S
        await asyncio.sleep(0.5)
        if link == "up":
            if driven:
                assert took_s <= VERIFIED_S
                assert flowed_ml(world) - before <= bounds.DIANET.stop_ml(RATE)
            assert moves(world) is (phase is Phase.MANUAL)
        by_hand = HAND_ML if phase is Phase.MANUAL else 0
        assert flowed_ml(world) - before + alone_ml(world) <= bounds.DIANET.dead_ml(world.plan, 1) + by_hand
        raised = [r.content()["data"].get("alarm") for r in records_of(world.journal)]
        if phase in OPEN:
            assert "service_stopping" in raised
        await world.start_daemon()
        await asyncio.sleep(5)
        later = Phase.HELD if phase in OPEN and phase is not Phase.MANUAL else phase
        if phase in OPEN:
            assert world.state.phase is later

    carried = (("A",), ("B",)) if phase is Phase.SWITCHING else ()
    bed_of(tmp_path, patience(two_bags(), D(600)), carried=carried).run(story)
    assert CATALOGUE["service_stopping"].priority is Priority.HIGH


@pytest.mark.parametrize("bed", ["one pump", "two pumps", "syringe pump", "laboratory pump"])
def test_f6_a_pump_is_left_disarmed(tmp_path: Path, bed: str) -> None:
    """F6, F29: once nobody watches, a START by hand gives the smallest limit; some take it in two writes."""

    async def story(world: World) -> None:
        await infusing(world)
        await world.stop_daemon()
        most_ml = world.bounds.pump.limit_min_ml + bounds.run_out_ml(pump_of(world).rate_ml_h)
        assert alone_ml(world, press="start") <= most_ml

    world_of(tmp_path, "1/1", bed).run(story)


@pytest.mark.parametrize("before_s", [8.0, 4.0, 1.0, 0.1])
def test_f35_killed_between_the_first_sign_and_the_stop(tmp_path: Path, before_s: float) -> None:
    """F35: killed while a vital sign is beyond its limit, not yet long enough: the first bad one stops."""

    async def course(world: World, until_s: float | None) -> float:
        """Seconds from the onset to the STOP, undisturbed or killed in between."""
        loop = asyncio.get_running_loop()
        async with nursed(world):
            await asyncio.sleep(60)
            begun_s = loop.time()
            await world.do(do="react", grade=3)
            if until_s is None:
                await world.until(lambda _s: not moves(world), minutes=5)
                return loop.time() - begun_s
            await asyncio.sleep(until_s)
            before = flowed_ml(world)
            await world.kill_daemon()
            await asyncio.sleep(3)
            await world.start_daemon()
            await world.until(lambda _s: not moves(world), minutes=1)
            took_s = loop.time() - begun_s
            assert world.state.phase is Phase.HELD
            assert flowed_ml(world) - before <= bounds.flow_ml(STRONG, D(3 + 15))
            return took_s

    seen: list[float] = []

    async def undisturbed(world: World) -> None:
        seen.append(await course(world, None))

    async def killed(world: World) -> None:
        seen.append(await course(world, seen[0] - before_s))

    for name, story in (("a", undisturbed), ("b", killed)):
        (tmp_path / name).mkdir()
        bed_of(tmp_path / name, last_step(20)).run(story)
    assert seen[1] <= seen[0] + 3 + 10, "the death costs its own time and one look at the patient"


@pytest.mark.parametrize("reaction", ["pressed", "reported"])
@pytest.mark.parametrize("byte", ["sent", "lost"])
def test_f35_killed_between_the_reaction_and_its_record(tmp_path: Path, byte: str, reaction: str) -> None:
    """F35, (A) D5, R4: STOP pressed, nothing on disk: the pump is found standing and held, or the hands
    are asked."""

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            await world.until(lambda s: in_step(s, 1), minutes=1)
            before = flowed_ml(world)
            world.service.journal._store.append = lambda records: None  # type: ignore[method-assign]
            if byte == "lost":
                await world.do(do="fault", name="loss", on=True, arg=0.999)
            if reaction == "pressed":
                world.act(inp.HoldNow, by="", reason="")
            else:
                world.act(inp.ReportReaction, by="Ann", grade=Grade.SEVERE, text="")
            await asyncio.sleep(0.05)
            await world.kill_daemon()
            await world.do(do="fault", name="loss", on=False)
            assert "StopOrdered" not in types_of(world.journal)
            await asyncio.sleep(3)
            await world.start_daemon()
            await asyncio.sleep(10)
            if byte == "sent":
                assert world.state.phase is Phase.HELD
                assert flowed_ml(world) - before <= bounds.DIANET.stop_ml(STRONG)
                asked = "held_restart"
            else:
                assert world.state.phase is Phase.OBSERVING
                asked = "observing"
            assert asked in world.state.alarms
            assert "STOP was pressed" in CATALOGUE[asked].text or "pressed STOP" in CATALOGUE[asked].text
            await asyncio.sleep(15 * 60)
            assert not moves(world)
            assert flowed_ml(world) - before <= bounds.DIANET.dead_ml(world.plan, 1)

    bed_of(tmp_path, last_step(20)).run(story)


@pytest.mark.parametrize("away_s", [0.2, 3.0, 30.0])
def test_f35_no_monitor_after_the_restart(tmp_path: Path, away_s: float) -> None:
    """F35, (A) R4: observing needs eyes: the drug stops within its ordered time after the restart."""
    world = bed_of(tmp_path, last_step(20))
    wait_s = max(rule.missing_hold_s for rule in world.plan.rules.signals)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(60)
            await world.until(lambda s: in_step(s, 1), minutes=1)
            before = flowed_ml(world)
            await world.kill_daemon()
            await world.do(at="monitor", do="fault", name="unplug", on=True)
            await asyncio.sleep(away_s)
            await world.start_daemon()
            await asyncio.sleep(float(wait_s) + 5)
            assert world.state.phase is Phase.HELD
            assert pump_of(world).motion is Motion.STOPPED
            dark_s = D(str(away_s)) + wait_s + 2
            assert flowed_ml(world) - before <= bounds.flow_ml(STRONG, dark_s)

    world.run(story)
