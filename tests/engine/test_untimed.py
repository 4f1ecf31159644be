"""A time that no clock tells: what the pump gave in it alone is bounded by its own limit (F20, F26)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine import totals
from daemon.engine.doubts import Explanation
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign.engine.pump import whole
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, flush, lined
from tests.engine.plans import SAME, rules

D = Decimal
MIN = 60_000
Story = Callable[[World], None]


def rebooted(story: Story, *, total: str = "3000", seconds: int = 60) -> World:
    """Strong drug runs, the host is away nine minutes by no clock, and the pump gives all its limit."""
    ceilings = replace(rules().ceilings, max_total_dose=D(total), unattended_max_min=D(15))
    world = at_step(lined("2", ceilings=ceilings), 3, seconds)
    world.sound = False
    world.pump.advance(9 * MIN)
    world.side.flow(world.pump, 9 * MIN)
    story(world)
    world.restart(0, gap_known=False)
    world.run(3_000)
    world.pump.stop()
    world.run(1_000)
    return world


def nothing(_: World) -> None:
    """The counter is what it was."""


def cleared(world: World) -> None:
    """VI cleared at the pump."""
    world.pump.counter = 0


def cleared_and_counted(world: World) -> None:
    """Cleared on the way: what was counted since is a little more than what was shown before."""
    shown = world.state.pump.reading
    assert shown is not None
    world.pump.counter = whole(shown.counter_ml + D("0.1"))


def primed_off(world: World) -> None:
    """20 mL more, into a cup."""
    world.pump.counter += whole(D(20))


def inside(world: World) -> None:
    """What left the pump, and what reached the patient, are no more than the upper bounds."""
    given, flowed = world.state.bag_given("B"), world.flowed_ml("B")
    assert given.low <= flowed <= given.high, f"{flowed} mL flowed, {given} counted"
    assert world.side.reached <= totals.exposure(world.state).high
    assert world.side.by_pump <= totals.worst(world.state)


@pytest.mark.parametrize(
    ("story", "how"),
    [
        (nothing, Explanation.GIVEN),
        (cleared, Explanation.CLEARED),
        (cleared, Explanation.GIVEN),
        (cleared_and_counted, Explanation.CLEARED),
        (cleared_and_counted, Explanation.GIVEN),
        (primed_off, Explanation.PRIMED_OFF_PATIENT),
    ],
)
def test_f20_f26_what_the_pump_gave_in_a_time_no_clock_tells_stays_inside_the_bounds(
    story: Story, how: Explanation
) -> None:
    """F20, F26: engine time stood; the last limit bounds what left the pump, also when it is explained."""
    world = rebooted(story)
    assert world.state.doubts.jumps
    inside(world)
    assert world.do(inp.ClassifyCounter, how=how, text="seen").startswith("recorded")
    inside(world)
    state, _ = world.replayed()
    assert state == world.state


def test_f20_the_bound_holds_when_the_time_is_entered_before_the_pump_answers() -> None:
    """F20, F26: two persons' word on the gap says nothing about what the pump gave until it is read."""

    def away(world: World) -> None:
        cleared(world)
        world.channel.link_up = False

    world = rebooted(away)
    world.run(8_000)
    answer = world.do(inp.EnterTime, minutes_ago=D(4), witness="bob")
    assert not answer.startswith("no: "), answer
    world.channel.link_up = True
    world.run(5_000)
    inside(world)


def test_f20_before_the_pump_answers_the_dose_by_now_holds_its_limit() -> None:
    """F20, F11: not read since a time no clock tells: all the pump's limit may be in."""
    world = rebooted(lambda world: setattr(world.channel, "link_up", False))
    assert world.state.dose_by(world.now).high >= world.side.by_pump


def test_f11_f26_truthful_words_after_an_unknown_time_never_lead_past_the_total_dose() -> None:
    """F11, F20, F26: cleared, four minutes, same step: what leaves the pump stays within the total."""
    world = rebooted(cleared, total="100")
    world.do(inp.ClassifyCounter, how=Explanation.CLEARED, text="power")
    world.measure()
    world.match()
    world.do(inp.Assess)
    world.run(1_000)
    flush(world, FlushTo.NOBODY)
    world.do(inp.EnterTime, minutes_ago=D(4), witness="bob")
    world.do(inp.Resume, choice=SAME, reason="well", witness="bob")
    end = world.now + 40 * MIN
    while world.now < end and world.phase() in (Phase.HELD, Phase.INFUSING, Phase.WAITING_GATE):
        world.run(5_000)
    assert world.side.by_pump <= D(100)
    assert world.side.reached <= D(100)


def test_f34_the_guard_alone_holds_the_limit_of_a_time_no_clock_tells() -> None:
    """F20, F34: a counter that fell in it counts at the guard with all that the pump's limit allowed."""
    world = rebooted(cleared)
    assert world.guard.given_ml["B"] >= world.flowed_ml("B")


def test_f20_a_pump_that_stood_and_kept_its_counter_is_in_no_doubt() -> None:
    """F20, F26: held, disarmed, read again after a reboot: nothing is to be explained."""
    world = at_step(lined("2"), 3, 60)
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    before = world.state.bag_given("B")
    world.restart(0, gap_known=False)
    world.run(5_000)
    assert not world.state.doubts.jumps
    assert world.state.bag_given("B").high <= before.high + D("0.01")


def test_f20_a_pump_that_ran_on_as_its_witnesses_agree_is_in_no_doubt() -> None:
    """F20, F26: a reboot of a moment: counter and limit moved alike, nothing is to be explained."""
    world = at_step(lined("2"), 3, 60)
    world.restart(0, gap_known=False)
    world.run(3_000)
    assert not world.state.doubts.jumps
    assert world.motion() is Motion.INFUSING
