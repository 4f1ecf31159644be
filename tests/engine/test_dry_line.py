"""May fluid without drug come first out of a line whose patient has had drug (F19)?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import patient_end
from daemon.engine.account import Account, Span
from daemon.engine.line import Geometry
from daemon.engine.state import RunState
from daemon.engine.tube import FREE, Fluid, Plug, Tube
from tests.engine.lines import at_step, lined

D = Decimal
WEAK = Fluid("A", D("0.5"))


@pytest.fixture(scope="module")
def run() -> RunState:
    """In step 1 through a line of 2 mL; A hangs, at half a mg/mL."""
    state = at_step(lined("2"), 1).state
    line = replace(state.line, hung=WEAK, stretch=Account.opened(state.pump.odometer))
    return replace(state, line=line)


def tube(reached: str, dry_ml: str) -> Tube:
    """So much drug came out of it, and so much without drug comes next."""
    plugs = (Plug(FREE, D(dry_ml)), Plug(WEAK, 2 - D(dry_ml))) if D(dry_ml) else (Plug(WEAK, D(2)),)
    return Tube(plugs, reached=D(reached))


def is_dry(state: RunState, low: Tube, high: Tube, hung: Fluid | None = WEAK) -> bool:
    line = replace(state.line, low=low, high=high, hung=hung)
    return patient_end.dry(replace(state, line=line), state.pump.odometer)


@pytest.mark.parametrize(
    ("low", "high", "dry"),
    [
        (("0", "0.5"), ("0", "0.5"), False),  # no drug has come out: there is no gap yet
        (("0.5", "0.5"), ("0.5", "0"), True),
        (("0.5", "0"), ("0.5", "0.5"), True),
        (("0", "0.5"), ("0.5", "0.5"), True),
        (("0", "0.5"), ("0.5", "0"), False),  # either it has had drug, or dry fluid comes
        (("0.5", "0"), ("0.5", "0"), False),
        (("2", "1.5"), ("2", "1.5"), True),
    ],
)
def test_f19_one_way_the_line_may_be_is_enough(
    run: RunState, low: tuple[str, str], high: tuple[str, str], *, dry: bool
) -> None:
    assert is_dry(run, tube(*low), tube(*high)) is dry


def test_f19_where_nothing_without_drug_can_come_it_does_not(run: RunState) -> None:
    """F19: no dead volume, no bag, a flush that is ordered, a line and a bag full of drug."""
    dry = tube("0.5", "0.5")
    assert is_dry(run, dry, dry)
    thin = replace(run, line=replace(run.line, geometry=Geometry(D(0), D(0))))
    assert not is_dry(thin, dry, dry)
    assert not is_dry(replace(run, hung=None), dry, dry)
    solutions = tuple(replace(one, flush=True) for one in run.plan.solutions)
    assert not is_dry(replace(run, plan=replace(run.plan, solutions=solutions)), dry, dry)


@pytest.mark.parametrize("hung", [None, FREE])
def test_f19_a_full_line_with_nothing_behind_it_is_dry_once_it_has_moved(
    run: RunState, hung: Fluid | None
) -> None:
    """F19: full of drug to the patient's end it is not dry, whatever hangs."""
    full = tube("0.5", "0")
    assert not is_dry(run, full, full, hung)
    assert is_dry(run, full, tube("0.5", "0.1"), hung)


def test_f19_drug_that_was_pushed_out_by_fluid_without_it_is_gone(run: RunState) -> None:
    """F19: 2.5 mL of such fluid went into a line of 2 mL that was full of drug."""
    full, pushed = tube("0.5", "0"), Span(D("2.5"), D("2.5"))
    stretch = Account.opened(run.pump.odometer, pushed)
    moved = replace(run, line=replace(run.line, stretch=stretch))
    assert is_dry(moved, full, full, FREE)
    assert not is_dry(moved, full, full, WEAK)
