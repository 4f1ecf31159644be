"""What the line and the bag forbid, and how long a bag is needed: each at its bound (F4, F39)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import line_rules
from daemon.engine.line_rules import Stronger
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.tube import FREE, Fluid
from drivers.values import PumpAlarm
from tests.engine.plans import SMALL_BAGS, plan_of
from tests.engine.test_acts_at_the_line import A, B, delivers, holds
from tests.engine.test_course_while_it_stands import stands

D = Decimal
NOW = 90_000
MIN = 60_000


def clear(**changes: Any) -> RunState:
    """Nothing is forbidden in step 1, which is given from bag A."""
    return replace(replace(holds(A), expires_ms={"A": NOW + 1}, exposed_steps=()), **changes)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (clear, ()),
        (lambda: clear(exposed_steps=(1,)), ("exposure",)),
        (lambda: clear(exposed_steps=(1, 2), step=2), ("exposure",)),
        (lambda: clear(exposed_steps=(1,), step=2), ()),
        (lambda: clear(expires_ms={"A": NOW}), ("bag:expired",)),
        (lambda: clear(expires_ms={"A": NOW}, hung=None), ()),
        (lambda: clear(expires_ms={"B": NOW}), ()),
        (lambda: clear(expires_ms={"A": NOW}, phase=Phase.AFTER_WATCH), ()),
        (lambda: holds(B), ("line:stronger",)),
        (lambda: replace(holds(B), hung=None), ()),
        (lambda: delivers(holds(B)), ()),
        (
            lambda: replace(holds(B), exposed_steps=(1,), expires_ms={"A": 1}),
            ("exposure", "bag:expired", "line:stronger"),
        ),
    ],
    ids=range(12),
)
def test_f4_f39_why_nothing_may_be_given_through_a_line(
    state: Callable[[], RunState], found: tuple[str, ...]
) -> None:
    """F4, F39: a step to come that exposes, a bag at its end, a stronger drug before a pump that stands."""
    assert line_rules.reasons(state(), NOW) == found


@pytest.mark.parametrize("phase", list(Phase))
def test_f4_a_bag_expires_in_a_run(phase: Phase) -> None:
    assert (line_rules.reasons(clear(expires_ms={"A": 1}, phase=phase), NOW) != ()) is (phase in OPEN)
    assert PumpAlarm.KVO_RUNNING in delivers(clear()).pump.reading.alarms  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (lambda: holds(A), None),
        (lambda: holds(FREE), None),
        (lambda: holds(Fluid("A", D("1.001"))), Stronger("A", D("3.003"), D(3))),
        (lambda: holds(B, low=FREE), Stronger("B", D(30), D(3))),
        (lambda: holds(B, "0.5"), Stronger("B", D(5), D(3))),
        (lambda: replace(holds(B), step=3), None),
    ],
    ids=range(6),
)
def test_f4_what_is_stronger_than_the_step_is_to_be_cleared_all_of_it(
    state: Callable[[], RunState], found: Stronger | None
) -> None:
    """F4: stronger than what the bag of the step holds; the most that may be there, and the whole line."""
    assert line_rules.stronger(state()) == found


def test_f4_a_line_without_volume_holds_nothing() -> None:
    state = holds(B)
    line = replace(state.line, geometry=replace(state.line.geometry, own_ml=D(0), shared_ml=D(0)))
    assert line_rules.stronger(replace(state, line=line)) is None


@pytest.mark.parametrize(
    ("rate", "fluid", "forbidden"), [("30", B, False), ("30.1", B, True), ("300", A, False)]
)
def test_f4_a_flush_pushes_no_faster_than_the_last_dose_ordered(
    rate: str, fluid: Fluid, *, forbidden: bool
) -> None:
    """F4: 30 mL/h of B are 300 mg/h; the flush is step 4 of 5 and holds no drug."""
    saline = replace(SMALL_BAGS[0], id="S", concentration=D(0), flush=True)
    rows = (("A", "60", "5"), ("A", "120", "5"), ("B", "30", "10"), ("S", rate, "5"), ("A", "600", "1"))
    plan = plan_of(rows, (*SMALL_BAGS, saline))
    state = replace(holds(fluid), plan=plan, step=4)
    assert (line_rules.stronger(state) is not None) is forbidden


@pytest.mark.parametrize(
    ("solution", "step", "minutes"),
    [("A", 1, 10), ("A", 2, 5), ("A", 3, 0), ("B", 1, 20), ("B", 3, 10), ("Z", 1, 0)],
)
def test_f4_a_bag_is_needed_to_the_end_of_its_last_step(solution: str, step: int, minutes: int) -> None:
    """F4: steps 1 and 2 of A take 5 minutes each, step 3 of B takes 10; of a step begun the rest."""
    state = stands(Phase.HELD, begun=True)
    state = replace(state, account=replace(state.account, proven_ms=MIN + 1))
    assert line_rules.needed_ms(state, solution, step, rest=False) == minutes * MIN
    rest = max(minutes * MIN - MIN - 1, 0)
    assert line_rules.needed_ms(state, solution, step, rest=True) == rest


@pytest.mark.parametrize(
    ("expires", "step", "found"),
    [
        ({}, 1, ""),
        ({"A": 10 * MIN}, 1, ""),
        ({"A": 10 * MIN - 1}, 1, "A"),
        ({"A": 5 * MIN}, 2, ""),
        ({"A": 5 * MIN - 1}, 2, "A"),
        ({"A": -MIN}, 3, ""),
        ({"A": -MIN, "B": 10 * MIN}, 3, ""),
        ({"A": -MIN, "B": 10 * MIN - 1}, 3, "B"),
        ({"A": 10 * MIN, "B": 20 * MIN - 1}, 1, "B"),
    ],
    ids=range(9),
)
def test_f4_a_bag_that_will_not_last_is_named(expires: dict[str, int], step: int, found: str) -> None:
    """F4: known to expire before its steps from here on are over."""
    state = replace(stands(Phase.HELD), expires_ms={bag: NOW + left for bag, left in expires.items()})
    assert line_rules.too_old(state, step, NOW, rest=False) == found
    assert line_rules.too_old(state, step, NOW, rest=True) == found
