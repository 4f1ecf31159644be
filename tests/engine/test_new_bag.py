"""What pharmacy is told to make where a bag holds too little: what the target lacks, and when (F11, F3)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import new_bag
from daemon.engine.account import Account, Span
from daemon.engine.lingering import Lingering, Trace
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.engine.tube import FREE, Fluid, Plug, Tube
from tests.engine.lines import at_step, lined
from tests.engine.plans import bag, plan_of
from tests.engine.stories import in_phase

D = Decimal
NONE = Span(D(0), D(0))
PLAN = plan_of(
    (("A", "60", "5"), ("A", "120", "5"), ("B", "30", "10")), (bag("A", "100", "2"), bag("B", "100", "10"))
)
"""5 and 10 mL of A at 2 mg/mL, then 5 mL of B at 10 mg/mL: 10, 20 and 50 mg, 80 in all."""


def given(dose_mg: str) -> RunState:
    """So much of B was given at the most, and nothing hangs."""
    state = replace(in_phase(Phase.PLANNED).state, plan=PLAN)
    account = Account(Span(D(0), D(dose_mg) / 10), NONE, NONE, D(0), 0)
    return replace(state, bags={"B": account}, line=replace(state.line, asked=False))


@pytest.mark.parametrize(
    ("step", "given_mg", "taken", "dose"),
    [
        (1, "0", {}, 50),
        (2, "0", {}, 60),
        (3, "0", {}, 80),
        (1, "30", {}, 20),
        (2, "30", {"A": D(3)}, 24),  # 3 mL of A come in another way
        (3, "30", {"A": D(3), "B": D(1)}, 34),
        (1, "50", {}, 0),
        (1, "60", {}, -10),
    ],
)
def test_f11_the_last_bag_holds_what_the_target_lacks(
    step: int, given_mg: str, taken: dict[str, Decimal], dose: int
) -> None:
    """F11: 80 mg, less the most that was given, less what the steps before it still give from here on."""
    assert new_bag.dose_of(given(given_mg), step, taken) == dose


@pytest.mark.parametrize(
    ("given_mg", "amount"),
    [("49", "1"), ("49.5", "0.5"), ("49.9981", "0.001"), ("49.9989", "0.001"), ("50", ""), ("50.001", "")],
)
def test_f11_a_milligram_is_told_down_to_a_thousandth_and_nothing_is_nothing(
    given_mg: str, amount: str
) -> None:
    """F11: rounded down, for it is made to be given whole."""
    told = new_bag.text(given(given_mg), 1, {})
    if amount:
        assert told == say(
            "new_bag",
            asked="",
            amount=D(amount).quantize(D("0.001")),
            unit="mg",
            otherwise=new_bag.NO_FRESH_BAG,
        )
    else:
        assert told == say("no_bag_needed", asked="", target_dose=PLAN.target_dose, unit="mg")


@pytest.mark.parametrize(
    ("asked", "held_ml", "told"), [(True, "0.5", True), (True, "0", False), (False, "0.5", False)]
)
def test_f3_a_flush_that_may_have_given_drug_is_asked_about_first(
    *, asked: bool, held_ml: str, told: bool
) -> None:
    """F3: where a line of 2 mL may hold half a mL of A, and for certain holds none."""
    state = at_step(lined("2"), 1).state
    drug = Fluid("A", D(1))
    content = (Plug(drug, D(held_ml)), Plug(FREE, 2 - D(held_ml)))
    high = Tube(content if D(held_ml) else (Plug(FREE, D(2)),))
    line = replace(
        state.line,
        low=Tube((Plug(FREE, D(2)),)),
        high=high,
        hung=FREE,
        lingering=Lingering((Trace(drug, D(held_ml), D(0), D(2)),) if D(held_ml) else ()),
        stretch=Account.opened(state.pump.odometer),
        asked=asked,
    )
    text = new_bag.text(replace(state, line=line), 1, {})
    assert text.startswith(say("flush_unanswered")) is told
