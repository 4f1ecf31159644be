"""The same stop again and again stays stopped (F19, table (A) D13); its numbers are ordered."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import HoldCause
from simulators.campaign.engine.world import World
from tests.engine.plans import REST, SAME, rules, small
from tests.engine.stories import FAST

D = Decimal


def ordered(**numbers: object) -> World:
    """A run under these numbers of its [gap]."""
    gap = replace(rules().gap, **numbers)  # type: ignore[arg-type]
    return World(small(gap=gap), timing=FAST).start()


def hold(world: World) -> None:
    world.do(inp.HoldNow, reason="")
    world.run(4_000)
    assert world.phase() is Phase.HELD


@pytest.mark.parametrize("most", [2, 3, 5])
def test_f19_as_many_stops_for_one_cause_as_ordered_need_a_second_person(most: int) -> None:
    """(A) D13: the same alarm, stop and start as often as ordered: it stays stopped until two persons
    agree."""
    world = ordered(flicker_max=most)
    for turn in range(1, most + 1):
        world.run(70_000 // most)
        hold(world)
        answer = world.resume(REST)
        assert answer.startswith("no: ") is (turn == most), answer
    assert not world.resume(REST, witness="bob").startswith("no: ")


@pytest.mark.parametrize(("window_min", "needed"), [("1", False), ("30", True)])
def test_f19_only_stops_within_the_ordered_minutes_count(window_min: str, needed: bool) -> None:
    """(A) D13: three stops in four minutes are many within 30 minutes and few within one."""
    world = ordered(flicker_window_min=D(window_min))
    for _ in range(3):
        world.run(70_000)
        hold(world)
        answer = world.resume(REST)
        if answer.startswith("no: "):
            break
    assert answer.startswith("no: ") is needed, answer


def test_f19_a_gate_that_stops_the_drug_again_and_again_does_not_go_on_by_itself() -> None:
    """F16, (A) D13: the gate opens within its time: twice it goes on, the third time the run is held."""
    world = ordered()
    world.nurse_on = False
    for turn in range(1, 4):
        world.run_until(Phase.INFUSING)
        world.run(5_000)
        world.pump.remote = False
        world.run_until(Phase.WAITING_GATE, most_ms=150_000)
        world.pump.remote = True
        world.run(5_000)
        expected = Phase.INFUSING if turn < 3 else Phase.HELD
        assert world.phase() is expected, world.why()
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.OPERATOR}
    assert "D13" in world.state.hold.reasons[-1]
    assert world.resume(SAME).startswith("no: ")


@pytest.mark.parametrize("proof_s", [20, 60, 150])
def test_f19_a_gap_ends_after_the_ordered_proof(proof_s: int) -> None:
    """F19: delivery proven for `proof_s` and one counter unit, not a second less."""
    world = ordered(proof_s=D(proof_s))
    world.run(60_000)
    hold(world)
    world.run(60_000)
    assert not world.resume(REST).startswith("no: ")
    running = world.now
    while not world.seen(ev.GapClosed):
        world.run(500)
        assert world.now - running < 200_000, world.why()
    assert proof_s * 1_000 <= world.now - running <= proof_s * 1_000 + 16_000
