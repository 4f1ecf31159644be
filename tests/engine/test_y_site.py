"""Lines that meet at a Y-site: the own part is put aside and comes back with the drug in it (F23, F39)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine.line import Geometry, Line
from daemon.engine.lingering import NOTHING, Lingering, Trace
from daemon.engine.tube import FREE, Fluid, Plug, Tube
from daemon.engine.y_site import NO_OWN_LINE, OwnPart, attached, detached

D = Decimal
A, B = Fluid("A", D(1)), Fluid("B", D(10))
SHARED, OWN = Plug(A, D(1)), Plug(B, D(2))
LINE = Line(
    low=Tube((SHARED, Plug(FREE, D(2)))),
    high=Tube((SHARED, OWN), reached=D(7), fill=D("20.5"), flushed=D(3)),
    hung=B,
    own=True,
    geometry=Geometry(D(2), D(1)),
    lingering=Lingering((Trace(B, D("2.5"), D("0.5"), D(3)), Trace(A, D(1), D(2), D(3)))),
    facts=4,
)
"""1 mL that all share, full of A; 2 mL of its own, full of B or free of drug."""


def test_f39_the_own_part_is_put_aside_and_the_shared_one_stays() -> None:
    """F39: the filling goes with the own part as far as that holds so much; the books stay where they are."""
    aside, shared = detached(LINE)
    assert aside.low == OwnPart((Plug(FREE, D(2)),), D(0))
    assert aside.high == OwnPart((OWN,), D(20))
    assert (aside.own_ml, aside.hung, aside.own) == (D(2), B, True)
    assert aside.dose == 15, "1.5 mL of B may be within 2 mL, 0.5 behind it; A is 2 mL on"
    assert shared.high == Tube((SHARED,), reached=D(7), fill=D("0.5"), flushed=D(3))
    assert shared.low == Tube((SHARED,))
    assert (shared.hung, shared.own, shared.geometry) == (None, None, Geometry(D(0), D(1)))
    assert shared.lingering.traces == (Trace(B, D(1), D(0), D(1)), Trace(A, D(1), D(0), D(1)))
    assert shared.facts == LINE.facts


def test_f39_less_filling_than_the_own_part_holds_goes_with_it_whole() -> None:
    aside, shared = detached(replace(LINE, high=replace(LINE.high, fill=D(15))))
    assert (aside.high.fill, shared.high.fill) == (D(15), D(0))


def test_f23_a_pump_that_takes_over_again_finds_its_part_as_it_was() -> None:
    """F23, F39: put aside and attached again, the line holds what it held."""
    aside, shared = detached(LINE)
    back = attached(shared, aside)
    assert (back.low, back.high) == (LINE.low, LINE.high)
    assert (back.hung, back.own, back.geometry) == (B, True, LINE.geometry)
    assert set(back.lingering.traces) == set(LINE.lingering.traces), "what may linger in both parts too"
    other = attached(shared, NO_OWN_LINE)
    assert (other.high, other.hung, other.geometry) == (shared.high, None, Geometry(D(0), D(1)))


def test_f39_without_a_shared_part_nothing_of_it_lingers_there() -> None:
    alone = replace(LINE, geometry=Geometry(D(3), D(0)))
    assert detached(alone)[1].lingering == NOTHING


@pytest.mark.parametrize(
    ("own", "shared", "found"),
    [
        ((), (Trace(A, D(1), D("0.2"), D(1)),), (Trace(A, D(1), D("2.2"), D(3)),)),
        ((Trace(B, D(1), D("0.5"), D(9)),), (), (Trace(B, D(1), D("0.5"), D(2)),)),
        (
            (Trace(B, D(9), D("0.5"), D("1.8")),),
            (Trace(B, D("0.3"), D(0), D("0.4")),),
            (Trace(B, D("1.8"), D("0.5"), D("2.4")),),
        ),
        ((Trace(B, D(9), D(2), D(9)),), (), ()),
    ],
    ids=["shared", "own", "both", "gone"],
)
def test_f4_what_lingers_in_both_parts_lingers_in_the_line(
    own: tuple[Trace, ...], shared: tuple[Trace, ...], found: tuple[Trace, ...]
) -> None:
    """F4: an own part of 2 mL in front: of its traces what is within it, behind them those of the shared."""
    assert Lingering(own).in_front_of(Lingering(shared), D(2)).traces == found
