"""Who may do what, and on which screen a decision was made (F33, F40)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts.dispatch import CARRIED_OUT_BY
from daemon.engine.acts.persons import BOUND, NEEDS, Need
from daemon.engine.decide import decide
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Grade
from simulators.campaign.engine.world import World
from tests.docs.phase_probe import acts_of, world_in
from tests.engine.plans import small
from tests.engine.stories import FAST, infusing

ACTS = get_args(inp.AnyAct)
STOPS = {inp.HoldNow, inp.Abort, inp.ReportReaction, inp.Acknowledge}


def answer(state: RunState, act: inp.AnyAct) -> tuple[bool, str]:
    """Whether it was accepted, and the code of the refusal."""
    accepted, _, code = decide(state, act, state.at_ms + 1).state.acts[act.act_id]
    return accepted, code


def one(state: RunState, kind: type[inp.Act], **changes: Any) -> inp.AnyAct:
    """An act of this kind as somebody could do it here, with some words changed."""
    for variants in acts_of(state).values():
        for act in variants:
            if type(act) is kind:
                return replace(act, **changes)
    raise AssertionError(f"no example of {kind.__name__}")


def test_f33_every_act_has_its_row_in_every_table() -> None:
    assert set(ACTS) == set(CARRIED_OUT_BY) == set(NEEDS)
    assert set(ACTS) >= BOUND


def test_f33_what_needs_no_name_gives_nothing_more() -> None:
    assert {kind for kind, need in NEEDS.items() if need is Need.NOBODY} == STOPS
    assert BOUND.isdisjoint(STOPS)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", [kind for kind in ACTS if NEEDS[kind] is not Need.NOBODY])
def test_f33_no_act_is_done_without_the_name_it_needs(kind: type[inp.Act], phase: Phase) -> None:
    """(A) R2."""
    state = world_in(phase).state
    assert answer(state, one(state, kind, by=" ")) == (False, "name")


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", [kind for kind in ACTS if NEEDS[kind] is Need.TWO])
def test_f33_one_person_is_not_two(kind: type[inp.Act], phase: Phase) -> None:
    state = world_in(phase).state
    assert answer(state, one(state, kind, by="Ann", witness="")) == (False, "second_person")
    assert answer(state, one(state, kind, by="Ann", witness=" ANN ")) == (False, "same_person")


@pytest.mark.parametrize("kind", [inp.HoldNow, inp.Abort])
@pytest.mark.parametrize("phase", [Phase.INFUSING, Phase.OBSERVING, Phase.WAITING_GATE])
def test_f33_stop_acts_first_and_asks_afterwards(kind: type[inp.Act], phase: Phase) -> None:
    """Typed without a name, `abort` too is a STOP at once; the run stays held."""
    state = world_in(phase).state
    decision = decide(state, one(state, kind, by="", seen=None), state.at_ms + 1)
    assert any(isinstance(event, ev.StopOrdered) for event in decision.events)
    assert decision.state.phase is Phase.HELD


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", sorted(BOUND, key=repr))
def test_f33_a_decision_on_an_old_screen_is_refused(kind: type[inp.Act], phase: Phase) -> None:
    state = world_in(phase).state
    assert answer(state, one(state, kind, seen=state.screen - 1)) == (False, "screen_changed")
    assert answer(state, one(state, kind, seen=state.screen))[1] != "screen_changed"


def test_f33_a_reaction_between_look_and_resume_makes_it_another_screen() -> None:
    """The nurse saw a hold of her own; by the time she resumes, the patient reacts."""
    world = world_in(Phase.HELD)
    seen = world.state.screen
    state = decide(world.state, one(world.state, inp.ReportReaction), world.state.at_ms + 1).state
    assert answer(state, one(state, inp.Resume, act_id="b", seen=seen)) == (False, "screen_changed")


def test_f33_a_second_reaction_of_the_same_grade_makes_it_another_screen() -> None:
    """It gets worse and stays mild: who resumes has not read it."""
    world = infusing()
    world.react(Grade.MILD)
    world.run(3_000)
    seen = world.state.screen
    assert not world.react(Grade.MILD).startswith("no: ")
    state = world.state
    assert answer(state, one(state, inp.Resume, act_id="b", seen=seen)) == (False, "screen_changed")


def test_f33_a_corrected_grade_makes_it_another_screen() -> None:
    """The choices left are others than those that were shown."""
    world = World(replace(small(), ordered_by="dr. grey"), timing=FAST).start()
    world.run(60_000)
    world.react(Grade.MODERATE)
    world.run(3_000)
    seen = world.state.screen
    words = {"grade": Grade.MILD, "reason": "wrong button", "witness": "bob"}
    assert not world.do(inp.CorrectGrade, by="dr. grey", **words).startswith("no: ")
    state = world.state
    assert answer(state, one(state, inp.Resume, act_id="b", seen=seen)) == (False, "screen_changed")


def test_f40_a_stale_screen_never_keeps_a_stop_back() -> None:
    state = world_in(Phase.INFUSING).state
    assert answer(state, one(state, inp.HoldNow, seen=0)) == (True, "")
    assert answer(state, one(state, inp.Abort, seen=0)) == (True, "")


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", ACTS)
def test_f40_a_double_tap_is_one_act(kind: type[inp.Act], phase: Phase) -> None:
    """The second tap changes nothing and has the first one's answer, also when that was a refusal."""
    state = world_in(phase).state
    act = one(state, kind)
    first = decide(state, act, state.at_ms + 1).state
    again = decide(first, act, state.at_ms + 2)
    assert not any(isinstance(event, ev.ActTaken) for event in again.events)
    assert again.state.acts[act.act_id] == first.acts[act.act_id]
