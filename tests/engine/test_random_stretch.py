"""Any sequence of acts, faults and time from inside a stretch: no invariant breaks, replay == live (F2)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from daemon.protocols.rules import GateAction, GateRule, Then
from simulators.campaign.engine.world import World
from tests.engine.fractions import (
    HALF,
    THEN_BACK,
    THEN_REPEAT,
    THEN_SAME,
    at_step,
    go_on,
    held,
    mild,
    with_rule,
)
from tests.engine.plans import BACK, OVER, REST, SAME, rules, small
from tests.engine.test_random import ACTS, FAULTS, PROFILE, TIME, Op, live

D = Decimal
OPS = st.lists(st.one_of(TIME, TIME, ACTS, FAULTS), min_size=1, max_size=10)
THENS = (THEN_SAME, THEN_BACK, THEN_REPEAT)


@cache
def _stretching(then: Then, step: int, *, dwell: bool) -> World:
    ordered = rules(ceilings=replace(rules().ceilings, max_total_dose=D(200)), reactions_per_step_max=5)
    if dwell:
        ordered = replace(ordered, gate=GateRule(GateAction.DWELL, D(2)))
    rule = mild(then, "6", times=3, allow=(REST, SAME, HALF, BACK, OVER), first=(SAME,))
    plan = with_rule(replace(small(), rules=ordered, ordered_by="dr. grey"), rule)
    world = held(at_step(plan, step))
    go_on(world, HALF)
    world.run(20_000)
    assert world.state.stretch is not None
    assert world.peak_dose_rate == {2: D(30), 3: D(60)}[step]
    return world


@pytest.mark.parametrize("then", THENS, ids=str)
@pytest.mark.parametrize("step", [2, 3])
@settings(PROFILE, max_examples=20, phases=[Phase.explicit, Phase.generate])
@given(OPS, st.booleans())
def test_f2_from_inside_a_stretch_every_invariant_holds(
    then: Then, step: int, ops: list[Op], dwell: bool
) -> None:
    """F2, F11, DESIGN 3: `checks` bounds every order; the patient never gets more than the total dose."""
    world = deepcopy(_stretching(then, step, dwell=dwell))
    world.sound = False
    live(world, [op for op in ops if op[0] not in ("hang", "raw")])
    assert "held_guard" not in world.alarms(), "the engine asked for what the guard refuses"
