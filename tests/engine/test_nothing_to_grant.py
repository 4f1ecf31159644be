"""Where the ceiling of the total dose may be reached nothing is ordered without a limit (F7, F11)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import switching
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from tests.engine.test_switching import NEXT, bed


def ceiling(state: RunState, most: str) -> RunState:
    """The plan allows no more than this in all."""
    rules = state.plan.rules
    ceilings = replace(rules.ceilings, max_total_dose=Decimal(most))
    return replace(state, plan=replace(state.plan, rules=replace(rules, ceilings=ceilings)))


@pytest.mark.parametrize(("most", "orders"), [("0.001", 0), ("1000", 1)])
def test_f7_f11_the_coming_pump_is_not_programmed_with_nothing(most: str, orders: int) -> None:
    """F7, F11: after 25 minutes without a reading the worst is beyond it; the next reading may say more."""
    world = bed()
    world.run(10_000)
    draft = Draft(ceiling(world.state, most), world.now)
    assert not switching.ready(draft, NEXT)
    ordered = [event for event in draft.events if isinstance(event, ev.SettingOrdered)]
    assert len(ordered) == orders
    assert all(one.setting.limit_ml for one in ordered)
