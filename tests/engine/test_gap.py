"""What counts as drug-free time and what it orders (F19, F20)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import gap, resume
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.engine.state import GapView
from daemon.protocols.rules import ChoiceKind, GapAction, GapRule
from drivers.values import Motion
from simulators.campaign.engine.world import World
from tests.engine.plans import BACK, OVER, REST, SAME, small
from tests.engine.stories import FAST, in_phase, infusing

D = Decimal
MIN = 60_000


@pytest.mark.parametrize("bound_min", [5, 20, 60])
@pytest.mark.parametrize("off_ms", [-1_000, -1, 0, 1, 1_000])
def test_f19_closed_intervals_to_the_millisecond(bound_min: int, off_ms: int) -> None:
    """F19, (A) R3: at every boundary, +-1 s; on a shared bound the stricter rule holds."""
    world = in_phase(Phase.HELD)
    order = [GapAction.CONTINUE, GapAction.BACK, GapAction.START_OVER, GapAction.ABANDON]
    starts = [5, 20, 60]
    expected = order[sum(1 for start in starts if bound_min * MIN + off_ms >= start * MIN)]
    state = replace(world.state, gap=GapView(proven_ms=0, open_from_ms=world.now))
    assert gap.judge(state, world.now + bound_min * MIN + off_ms).action is expected


@pytest.mark.parametrize("off_s", [-1, 1])
@pytest.mark.parametrize(
    ("minutes", "below", "above"),
    [
        (5, (REST, SAME, BACK, OVER), (BACK,)),
        (20, (BACK,), (OVER,)),
        (60, (OVER,), ()),
    ],
)
def test_f19_the_gap_rule_bounds_what_may_be_chosen(
    off_s: int, minutes: int, below: tuple[object, ...], above: tuple[object, ...]
) -> None:
    """F19: what is offered follows the gap counted from the last proven delivery."""
    world = infusing(400)  # in step 2
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    assert world.state.gap.open_from_ms is not None
    world.advance(world.state.gap.open_from_ms + minutes * MIN + off_s * 1_000 - world.now)
    left = resume.options(world.state, world.now).allowed
    assert left == (below if off_s < 0 else above)


def test_f19_the_gap_begins_at_the_last_proven_instant() -> None:
    """F19: at the latest counter movement before the stop, never after it."""
    world = infusing(60)
    world.do(inp.HoldNow, reason="")
    stopped = world.now
    world.run(3_000)
    assert world.state.gap.open_from_ms is not None
    assert stopped - 12_000 <= world.state.gap.open_from_ms <= stopped


def test_f19_flicker_does_not_end_a_gap() -> None:
    """F19 (a): a run of 3 s, or of 50 s, between two stops resets nothing."""
    for seconds in (3, 50):
        world = infusing(60)
        world.do(inp.HoldNow, reason="")
        world.run(3 * MIN)
        opened = world.state.gap.open_from_ms
        assert not world.resume(REST).startswith("no: ")
        world.run(seconds * 1_000)
        world.do(inp.HoldNow, reason="")
        world.run(3_000)
        assert world.state.gap.open_from_ms == opened
        world.run(2 * MIN)
        assert REST not in resume.options(world.state, world.now).allowed


def test_f19_sixty_proven_seconds_and_one_unit_end_a_gap() -> None:
    """F19: after 60 s of proven delivery the gap is closed and its length is known."""
    world = infusing(60)
    world.do(inp.HoldNow, reason="")
    world.run(2 * MIN)
    world.resume(REST)
    world.run(70_000)
    assert world.state.gap.open_from_ms is None
    closed = [e for e in world.seen(ev.GapClosed) if isinstance(e, ev.GapClosed)]
    assert 2 * MIN - 5_000 <= closed[-1].to_ms - closed[-1].from_ms <= 2 * MIN + 15_000


def test_f19_gaps_add_up_over_the_rolling_window() -> None:
    """F19 (b): three gaps of 2 min in an hour are judged as 6 min."""
    world = infusing(320)
    for _ in range(3):
        assert world.phase() is Phase.INFUSING
        world.do(inp.HoldNow, reason="")
        world.run(2 * MIN - 5_000)
        if REST not in resume.options(world.state, world.now).allowed:
            break
        world.resume(REST, witness="bob")
        world.run(65_000)
    world.do(inp.HoldNow, reason="")
    world.run(10_000)
    assert gap.judged_ms(world.state, world.now) > 5 * MIN
    assert resume.options(world.state, world.now).allowed[0].kind is not ChoiceKind.REST_OF_STEP


def test_f19_a_gap_that_left_the_window_counts_no_more() -> None:
    """F19: the window rolls; only what lies inside it adds up."""
    state = in_phase(Phase.HELD).state
    hour = 60 * MIN
    state = replace(state, gap=GapView(proven_ms=0, open_from_ms=None, closed=((0, 4 * MIN),)))
    assert gap.judged_ms(state, hour) == 4 * MIN
    assert gap.judged_ms(state, hour + 3 * MIN) == 1 * MIN
    assert gap.judged_ms(state, hour + 4 * MIN) == 0
    assert gap.judged_ms(state, hour + 9 * MIN) == 0


def test_f19_delivery_proven_afterwards_is_no_gap() -> None:
    """F19 (d): the link was lost, the pump ran all along: no gap."""
    world = infusing(60)
    world.channel.link_up = False
    world.run(20_000)
    world.channel.link_up = True
    world.run(3_000)
    assert world.phase() is Phase.OBSERVING
    assert world.state.gap.open_from_ms is None
    assert world.state.account.proven_ms >= 80_000


@pytest.mark.parametrize("how", ["link", "restart"])
def test_f19_a_pump_that_stood_unwatched_has_a_gap(how: str) -> None:
    """F19 (d): found running again at the approved rate, but the counter shows that it stood."""
    world = infusing(60)
    if how == "link":
        world.channel.link_up = False
        world.run(1_000)
    world.pump.motion = Motion.STOPPED
    if how == "link":
        world.run(50_000)
    else:
        world.advance(50_000)
    world.pump.motion = Motion.INFUSING
    if how == "link":
        world.channel.link_up = True
    else:
        world.restart(0)
    world.run(2_000)
    judged = gap.judged_ms(world.state, world.now)
    assert world.phase() is Phase.HELD or judged > 40_000


def test_f20_an_unknown_gap_is_judged_strictest_and_a_clock_step_stops_nothing() -> None:
    """F20, (A) R5: wall time is never a duration; after a reboot with a bad clock nothing may be resumed."""
    world = infusing(60)
    for step_ms in (-315_360_000_000, -3_000, 3_000, 10_800_000, 315_360_000_000):
        world.give(inp.ClockStepped(step_ms))
    assert world.phase() is Phase.INFUSING
    assert "clock_stepped" in world.state.alarms
    assert not world.state.clock_trusted
    world = in_phase(Phase.HELD)
    world.restart(3_000, gap_known=False)
    world.run(5_000)
    assert resume.options(world.state, world.now).allowed == ()
    assert "unknown" in world.resume(REST)
    world = in_phase(Phase.HELD)
    world.restart(3_000, gap_known=True)
    world.run(5_000)
    assert REST in resume.options(world.state, world.now).allowed


def test_f16_waiting_in_time_goes_on_by_itself_and_too_long_is_held() -> None:
    """F16: the gate opening inside the continue interval goes on; later a person must decide."""
    world = in_phase(Phase.WAITING_GATE)
    world.missing.clear()
    while world.phase() is Phase.WAITING_GATE:
        world.run(200)
    assert world.phase() is Phase.INFUSING
    world = in_phase(Phase.WAITING_GATE)
    world.missing.clear()
    world.pump.remote = False
    world.run(5 * MIN + 15_000)
    assert world.phase() is Phase.HELD
    assert "gap_running" in world.alarms()


def test_f16_awaiting_a_bag_too_long_is_held() -> None:
    """F16, F19: after the continue interval nothing starts by itself any more."""
    world = in_phase(Phase.AWAITING_SOLUTION)
    world.run(5 * MIN)
    assert world.phase() is Phase.HELD
    assert "held_operator" in world.state.alarms
    starts = world.pump.starts
    world.hang("B")
    world.run(5 * MIN)
    assert world.pump.starts == starts


def test_f19_a_gap_that_may_always_continue_raises_no_alarm() -> None:
    """F19: [0, inf) continue: half of an endless interval never passes."""
    world = World(small(), timing=FAST)
    only = replace(world.state.plan.rules.gap, rules=(GapRule(D(0), None, GapAction.CONTINUE),))
    world = World(small(gap=only), timing=FAST).start()
    world.run_until(Phase.COMPLETED)
    assert "gap_running" not in world.alarms()
