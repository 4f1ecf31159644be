"""Every fault alone and pairs of faults: what flows beyond the order stays inside the stated bounds (F38)."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign import bounds, stories, story
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.plans import bag, plan_of, rules

D = Decimal
PAIRS = 8
TOGETHER = 5


def pairs() -> list[tuple[str, str]]:
    """Drawn, without those for which there is no bound."""
    chance = random.Random("pairs")
    drawn = [(chance.choice(story.KINDS), chance.choice(story.KINDS)) for _ in range(PAIRS)]
    return [pair for pair in drawn if set(pair) not in story.NO_BOUND]


def held(folder: Path, told: stories.Story) -> None:
    ended = story.play(folder, told)
    assert not ended.broken, f"{told}: {ended.text}"


def groups() -> list[tuple[str, ...]]:
    """Every kind once, a few to a story."""
    kinds = [kind for kind in story.KINDS if kind != "no_limit"]
    random.Random("groups").shuffle(kinds)
    return [("no_limit",), *(tuple(kinds[at : at + TOGETHER]) for at in range(0, len(kinds), TOGETHER))]


@pytest.mark.parametrize("kinds", groups(), ids="+".join)
def test_f38_every_fault_costs_no_more_than_its_bound(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    """F38: dose over the order, at every half second, and the report against the truth."""
    held(tmp_path, story.of_faults(0, kinds))


@pytest.mark.parametrize(("number", "pair"), list(enumerate(pairs())), ids=str)
def test_f38_the_bounds_of_two_faults_add(tmp_path: Path, number: int, pair: tuple[str, str]) -> None:
    """F38: simultaneous faults add; what fails is played again with the same name."""
    held(tmp_path, story.of_faults(number, pair))


@pytest.mark.parametrize(("rate", "minutes"), [("120", "5"), ("80", "15")])
@pytest.mark.parametrize("permille", [0, 850, 920, 950, 1050, 1100, 1300])
def test_f38_a_lying_counter_costs_ten_units_or_its_accuracy(permille: int, rate: str, minutes: str) -> None:
    """F38, F25: counted is this share of what flows: over at most 10 units or 5 %, or it does not advance."""
    ceilings = replace(rules().ceilings, max_total_dose=D(900))
    plan = plan_of((("A", rate, minutes),), (bag("A", "900", "1"),), rules(ceilings=ceilings))
    world = World(plan, timing=Timing(poll_ms=1_400, latency_ms=60, tick_ms=1_000), sound=False)
    world.judge = lambda *_args: None
    world.pump.counter_permille = permille
    world.start()
    world.run(int(minutes) * 60_000 * 5 // 4)
    volume = plan.step(1).volume_ml
    over = world.flowed_ml("A") - volume
    assert world.motion() is Motion.STOPPED, world.why()
    assert over <= bounds.DIANET.lying_ml(volume) + bounds.DIANET.rounding_ml(1) + bounds.flow_ml(
        D(rate), D(2)
    )
    if abs(permille - 1000) > 1000 * bounds.DIANET.pump.accuracy:
        assert world.phase() in (Phase.WAITING_GATE, Phase.HELD), "a lie does not end a step by itself"
        assert {"volume_time_differ", "step_unsettled", "held_pump_alarm"} & set(world.alarms())
