"""Without the ward's network: the therapy is the same to the millisecond, and the bed says so once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from daemon.control.feeds import Feeds
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.plans import published, small

DAY_MS = 24 * 3_600_000
OF_THE_WARD = {"feed_lost", "feed_unconfirmed"}
TIMING = Timing(poll_ms=1_400, latency_ms=60, tick_ms=2_000)


def lived(plan: Plan, *, network: bool) -> World:
    """A whole run."""
    world = World(plan, timing=TIMING)
    if not network:
        world.give(inp.FeedsLost("mqtt: no word for 10 s"))
        world.give(inp.AlarmsUnconfirmed("feed_lost"))
    world.start()
    world.run_until(Phase.COMPLETED)
    return world


def therapy(world: World) -> Sequence[tuple[int, ev.Event]]:
    """What was ordered, seen, counted and alarmed, with its time; without what tells of the ward."""
    return [
        (at, event)
        for at, event in world.events
        if not (isinstance(event, ev.AlarmRaised) and event.alarm in OF_THE_WARD)
        and not (isinstance(event, ev.AlarmEscalated) and event.alarm in OF_THE_WARD)
    ]


@pytest.mark.parametrize("name", ["small", "castells-12-step"])
def test_p15_a_run_without_network_is_the_same_run(name: str) -> None:
    """(A) P15: each order, reading, step and drop, at its time; one alarm for the loss, none that follows."""
    plan = small() if name == "small" else published(name)
    with_it, without = lived(plan, network=True), lived(plan, network=False)
    assert without.phase() is with_it.phase()
    assert without.flowed_dose() == with_it.flowed_dose() > Decimal(0)
    assert therapy(without) == therapy(with_it)
    assert with_it.alarms() == []
    assert sorted(without.alarms()) == sorted(OF_THE_WARD)
    assert without.replayed()[0] == without.state


def test_p15_feeds_that_say_nothing_for_a_day_are_told_once_and_back_once() -> None:
    """(A) P15: two feeds that do not come, for a day."""
    said: list[inp.Input] = []
    now = [0]
    feeds = Feeds(["mqtt", "hl7"], said.append, lambda: now[0])
    for now[0] in range(0, DAY_MS, 10_000):
        feeds.tick()
    assert [type(one) for one in said] == [inp.FeedsLost]
    for now[0] in range(DAY_MS, DAY_MS + 120_000, 1_000):
        for name in ("mqtt", "hl7"):
            feeds.heard({"feed": name, "ok": True})
        feeds.tick()
    assert [type(one) for one in said] == [inp.FeedsLost, inp.FeedsBack]
