"""Two persons enter the time the drug stopped, where no clock can tell (F20)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import gap, resume
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from simulators.campaign.engine.world import World
from tests.engine.plans import BACK, OVER, REST
from tests.engine.stories import in_phase, infusing

D = Decimal
MIN = 60_000


def rebooted(phase: Phase = Phase.HELD, *, proven_min: int = 2) -> World:
    """A host came back without a clock; engine time has counted only what was watched."""
    world = in_phase(phase)
    world.restart(0, gap_known=False)
    world.run(proven_min * MIN)
    assert world.state.gap.unknown
    return world


def enter(world: World, minutes: str, *, by: str = "ann", witness: str = "bob") -> str:
    return world.do(inp.EnterTime, by=by, minutes_ago=D(minutes), witness=witness)


def allowed(world: World) -> tuple[object, ...]:
    return resume.options(world.state, world.now).allowed


@pytest.mark.parametrize(
    ("minutes", "left"),
    [("3", REST), ("4.9", REST), ("6", BACK), ("19", BACK), ("34", OVER), ("59", OVER), ("61", None)],
)
def test_f20_the_time_entered_is_judged_like_any_gap(minutes: str, left: object) -> None:
    """F20: before: nothing is allowed; afterwards the gap is known and its rule holds."""
    world = rebooted_in_step_two()
    assert allowed(world) == ()
    assert not enter(world, minutes).startswith("no: ")
    assert not world.state.gap.unknown
    assert gap.judged_ms(world.state, world.now) == int(D(minutes) * MIN)
    assert allowed(world)[:1] == (() if left is None else (left,))


def rebooted_in_step_two() -> World:
    world = infusing(400)
    world.do(inp.HoldNow, reason="")
    world.run(5_000)
    world.restart(0, gap_known=False)
    world.run(MIN)
    return world


@pytest.mark.parametrize("minutes", ["0", "1", "1.9"])
def test_f20_nobody_can_make_the_gap_shorter_than_what_is_proven(minutes: str) -> None:
    """F20: never later than the last proof of delivery, by engine time, and not later than the restart."""
    world = rebooted()
    answer = enter(world, minutes)
    assert answer.startswith("no: ")
    assert "at least 2." in answer
    assert world.state.gap.unknown
    assert allowed(world) == ()


@pytest.mark.parametrize("minutes", ["-1", "525601", "NaN", "Infinity"])
def test_f20_what_is_no_time_is_refused(minutes: str) -> None:
    world = rebooted()
    assert enter(world, minutes).startswith("no: ")
    assert world.state.gap.unknown


def test_f20_two_different_persons_enter_it_and_it_is_recorded_as_claimed() -> None:
    """F20, F33: the names and the minutes stand in the record; one person is not enough."""
    world = rebooted()
    assert enter(world, "30", witness="").startswith("no: ")
    assert enter(world, "30", witness=" ANN ").startswith("no: ")
    assert world.state.gap.unknown
    assert "as claimed" in enter(world, "30")
    entered = [event for event in world.seen(ev.TimeEntered) if isinstance(event, ev.TimeEntered)]
    assert [(e.ago_ms, e.by, e.witness) for e in entered] == [(30 * MIN, "ann", "bob")]
    state, _ = world.replayed()
    assert state == world.state


def test_f20_a_gap_that_is_known_takes_no_time() -> None:
    """F20: no way to talk a counted gap away."""
    world = in_phase(Phase.HELD)
    assert enter(world, "1").startswith("no: how long the drug has been off is known")
    world = rebooted()
    enter(world, "30")
    assert enter(world, "3").startswith("no: ")


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.HELD])
def test_f20_after_a_reboot_without_a_clock_nothing_goes_on_by_itself(phase: Phase) -> None:
    """F20: the strictest rule holds until two persons say otherwise; a second reboot asks again."""
    world = rebooted(phase)
    assert world.phase() is Phase.HELD
    assert allowed(world) == ()
    enter(world, "3")
    assert allowed(world)
    world.restart(0, gap_known=False)
    world.run(3_000)
    assert allowed(world) == ()


def test_f20_the_gap_goes_on_counting_from_the_time_entered() -> None:
    """F20, F19: entered 4 min ago, resumed 2 min later: 6 min."""
    world = rebooted()
    enter(world, "4")
    world.run(2 * MIN)
    assert gap.judged_ms(world.state, world.now) - 6 * MIN < 500
