"""A grade is not lowered against what the monitor still shows (F32, F33)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade
from drivers.values import Signal
from simulators.campaign.engine.world import WELL, World
from tests.engine.plans import SAME
from tests.engine.stories import FAST
from tests.engine.test_reactions import GREY, ordered, running, tell
from tests.engine.test_sources import enter

D = Decimal


def correct(world: World, grade: Grade) -> str:
    """The prescriber and a second person lower it."""
    return world.do(inp.CorrectGrade, by=GREY, witness="bob", grade=grade, reason="probe off")


def severe() -> World:
    """Held for a SpO2 that is a severe reaction, and still there."""
    world = running()
    world.vitals[Signal.SPO2] = D(88)
    world.run(30_000)
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.SEVERE
    return world


@pytest.mark.parametrize("grade", [Grade.MILD, Grade.MODERATE])
def test_f33_a_grade_is_not_lowered_while_a_limit_of_a_higher_one_is_crossed(grade: Grade) -> None:
    """F33: the answer was that it is mild, and a moment later it was severe again."""
    world = severe()
    answer = correct(world, grade)
    assert answer.startswith("no: ")
    assert "spo2 88" in answer
    assert world.seen(ev.GradeCorrected) == []


def test_f33_a_limit_of_no_higher_grade_keeps_no_correction_back() -> None:
    """F33: mis-tapped severe, while the heart races at a limit that holds and is no reaction."""
    world = running()
    world.vitals[Signal.HR] = D(170)
    world.run(40_000)
    tell(world, grade=Grade.SEVERE)
    assert not correct(world, Grade.MILD).startswith("no: ")


def test_f32_f33_well_again_the_grade_is_lowered_and_the_run_goes_on() -> None:
    """F32, F33: no trap: once the value is good the prescriber's word holds, and the rest is given."""
    world = severe()
    world.vitals.update(WELL)
    world.run(6_000)
    assert not correct(world, Grade.MILD).startswith("no: ")
    world.run(6_000)
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.MILD
    flowed = world.flowed_dose()
    assert not world.resume(SAME).startswith("no: ")
    world.run(60_000)
    assert world.flowed_dose() > flowed


def test_f32_f33_where_the_monitor_is_dead_a_value_by_hand_lets_the_grade_be_lowered() -> None:
    """F32, F33: its last word keeps the correction back no longer than until a person has looked."""
    world = severe()
    world.monitor_on = False
    world.run(60_000)
    assert correct(world, Grade.MILD).startswith("no: ")
    enter(world)
    assert not correct(world, Grade.MILD).startswith("no: ")


@pytest.mark.parametrize("phase", [Phase.CHECKING, Phase.ABORTED])
def test_f33_where_nothing_would_raise_it_again_the_record_can_be_corrected(phase: Phase) -> None:
    """F33: before the start and after an abort no limit enters a reaction."""
    world = World(ordered(), timing=FAST)
    world.run(3_000)
    if phase is Phase.ABORTED:
        world.start()
        world.do(inp.Abort, reason="enough")
    else:
        world.check()
    tell(world, grade=Grade.SEVERE)
    world.vitals[Signal.SPO2] = D(88)
    world.run(30_000)
    assert str(world.phase()) == phase.value
    assert not correct(world, Grade.MILD).startswith("no: ")
    world.run(6_000)
    assert world.state.watched.grade is Grade.MILD
