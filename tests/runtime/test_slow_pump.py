"""A pump that answers after 3.9 s, as it may: nothing that gives more raises a false alarm (F18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import Phase
from drivers import registry
from drivers.errors import HalfProgrammed
from drivers.registry import PUMPS, PumpModel
from drivers.values import PumpSetting
from simulators.campaign import bounds
from simulators.campaign.scene import flowed_ml, nursed
from simulators.campaign.world import World
from tests.patient.scene import bed_of
from tests.runtime.conftest import records_of, types_of
from tests.runtime.slow_pump import CAPABILITIES, SlowPump, over, stopped

D = Decimal
STOP_ALARM = "stop_not_confirmed"
"""A STOP not read back in 2 s is told whatever the pump may take (F18); it is no alarm of an increase."""

Slow = Callable[[float], World]


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """A bed whose pump answers after so many seconds."""

    def make(answer_s: float) -> World:
        world = bed_of(tmp_path)

        def build(link_text: str, **_words: Any) -> SlowPump:
            return SlowPump(world, answer_s)

        model = PumpModel(CAPABILITIES, build, shelf=PUMPS["dianet-star"].shelf)
        monkeypatch.setattr(registry, "PUMPS", MappingProxyType({"dianet-star": model}))
        return world

    return make


def raised(path: Path) -> list[str]:
    """Every alarm of the run."""
    contents = [record.content() for record in records_of(path)]
    return [content["data"]["alarm"] for content in contents if content["type"] == "AlarmRaised"]


@pytest.mark.parametrize("answer_s", [0.5, 2.0, 3.9])
def test_f18_a_healthy_slow_pump_raises_no_high_alarm_for_an_increase(slow: Slow, answer_s: float) -> None:
    """F18: start, six renewals, a step up, a bag change and the end, each answered 3.9 s late."""
    world = slow(answer_s)

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda _s: over(world), minutes=40)
            assert abs(flowed_ml(world) - 20) <= D("0.2") + bounds.flow_ml(D(120), D(12))

    world.run(story)
    alarms = raised(world.journal)
    high = [alarm for alarm in alarms if CATALOGUE[alarm].priority is Priority.HIGH]
    assert [alarm for alarm in high if alarm != STOP_ALARM] == [], alarms
    kinds = types_of(world.journal)
    assert kinds.count("SettingConfirmed") >= 8
    assert "SettingFailed" not in kinds


def test_f15_one_write_taken_and_the_other_not_holds_the_run(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15: no second try: STOP, held, and the reason said."""
    world = slow(0.1)

    async def half(_pump: SlowPump, _setting: PumpSetting) -> None:
        raise HalfProgrammed("limit was taken, rate was not")

    async def story(world: World) -> None:
        async with nursed(world):
            await world.until(lambda s: s.running, minutes=1)
            monkeypatch.setattr(SlowPump, "program", half)
            await world.until(lambda s: s.phase is Phase.HELD, minutes=10)
            assert types_of(world.journal).count("SettingFailed") == 1
            await world.until(lambda _s: stopped(world), minutes=1)
            assert any("rate was not" in text for text in map(str, world.state.alarms.values()))

    world.run(story)


def test_f18_stop_does_not_wait_for_a_slow_answer(slow: Slow) -> None:
    """F18, F10: with an answer 3.9 s away STOP goes out at once, is sent again, and is told after 2 s."""
    world = slow(3.9)

    async def story(world: World) -> None:
        async with nursed(world):
            await asyncio.sleep(61)
            before = flowed_ml(world)
            world.act(inp.HoldNow, by="", reason="")
            await asyncio.sleep(0.5)
            assert stopped(world)
            assert flowed_ml(world) - before <= bounds.run_out_ml(D(60))
            await asyncio.sleep(2.1)
            assert STOP_ALARM in world.state.alarms
            await world.until(lambda s: s.pump.stop_ms is None, minutes=1)
            assert STOP_ALARM not in world.state.alarms

    world.run(story)
