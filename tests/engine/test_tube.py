"""One line in plug flow: what comes out, what it keeps, and the drug no counter saw (F3, F30, F39)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine.tube import EMPTY, FREE, Fluid, Plug, Tube, joined, split

D = Decimal
A, B = Fluid("A", D(1)), Fluid("B", D(10))
"""1 and 10 mg/mL."""


def plugs(*found: tuple[Fluid, str]) -> tuple[Plug, ...]:
    return tuple(Plug(fluid, D(ml)) for fluid, ml in found)


FULL = EMPTY.primed(A, D(2), D(0))
"""A line of 2 mL, filled with A before it was attached: 2 mg that the pump never counted."""


def test_f3_a_line_that_was_primed_holds_drug_no_counter_saw() -> None:
    assert Tube(plugs((A, "2")), fill=D(2)) == FULL
    assert (FULL.volume_ml, FULL.dose, FULL.strongest, FULL.dry_ml) == (D(2), D(2), A, D(0))
    assert (EMPTY.volume_ml, EMPTY.dose, EMPTY.strongest, EMPTY.dry_ml) == (D(0), D(0), FREE, D(0))


def test_f39_what_goes_in_pushes_as_much_out() -> None:
    """F39: first the fluid that was there; the filling is still covered by what took its place."""
    pushed = FULL.pushed(B, D("0.5"))
    assert pushed == Tube(plugs((A, "1.5"), (B, "0.5")), reached=D("0.5"), fill=D(2))
    assert pushed.strongest == B
    assert pushed.pushed(B, D("2.5")) == Tube(plugs((B, "2")), reached=D(12), fill=D(2))
    assert FULL.pushed(A, D(3)) == replace(FULL, reached=D(3))
    assert FULL.pushed(B, D(0)) == FULL == FULL.pushed(B, D(-1))


def test_f3_a_flush_drives_the_filling_out_once() -> None:
    """F3, F30: what fluid without drug drives out was never counted; what was driven out is not so again."""
    flushed = FULL.pushed(FREE, D("1.5"))
    assert flushed == Tube(plugs((A, "0.5"), (FREE, "1.5")), D("1.5"), fill=D("0.5"), flushed=D("1.5"))
    assert flushed.dry_ml == 0
    rest = flushed.pushed(FREE, D(2))
    assert rest == Tube(plugs((FREE, "2")), D(2), fill=D(0), flushed=D(2))
    assert rest.dry_ml == 2
    assert rest.pushed(A, D("0.5")).dry_ml == D("1.5")
    assert rest.pushed(A, D(2)).pushed(FREE, D(2)).flushed == 2, "A was counted by the pump"


@pytest.mark.parametrize(
    ("tube", "ml", "fluid", "after"),
    [
        (FULL, "0.5", FREE, Tube(plugs((A, "1.5"), (FREE, "0.5")), fill=D("1.5"))),
        (FULL, "1", B, Tube(plugs((A, "1"), (B, "1")), fill=D(11))),
        (FULL, "9", FREE, Tube(plugs((FREE, "2")), fill=D(0))),
        (replace(FULL, fill=D(1)), "1.5", FREE, Tube(plugs((A, "0.5"), (FREE, "1.5")), fill=D(0))),
    ],
)
def test_f4_what_is_led_away_reaches_nobody(tube: Tube, ml: str, fluid: Fluid, after: Tube) -> None:
    """F4: it takes its part of the filling along; what runs in behind it passed no counter either."""
    assert tube.drained(D(ml), fluid) == after


def test_f4_what_may_be_there_counts_as_given_or_as_never_given() -> None:
    """F4: between 0.5 and 1.5 mL from the patient, in the one line as given, in the other as not there."""
    held = Tube(plugs((A, "1"), (B, "1")), reached=D(3), fill=D(11))
    blank = plugs((A, "0.5"), (FREE, "1"), (B, "0.5"))
    assert held.without(D("0.5"), D("1.5"), given=True) == Tube(blank, D("8.5"), D("5.5"), D("5.5"))
    assert held.without(D("0.5"), D("1.5"), given=False) == Tube(blank, D(3), D("5.5"))


@pytest.mark.parametrize(
    ("fill", "shared", "after"),
    [
        ("3", "1", Tube(plugs((A, "1"), (B, "0.5")), fill=D(6))),
        ("1", "1", Tube(plugs((A, "1"), (B, "0.5")), fill=D(5))),
        ("3", "4", Tube(plugs((A, "3"), (FREE, "1"), (B, "0.5")), fill=D(8))),
        ("0", "0", Tube(plugs((B, "0.5")), fill=D(5))),
    ],
)
def test_f39_a_line_of_its_own_is_attached_to_the_part_all_share(fill: str, shared: str, after: Tube) -> None:
    """F39: behind the Y-site all stays as it was; what was in the line before is gone with it."""
    assert Tube(plugs((A, "3")), fill=D(fill)).primed(B, D("0.5"), D(shared)) == after


def test_f3_another_line_is_filled_with_no_more_than_it_holds() -> None:
    given = Tube(plugs((A, "2")), reached=D(5), fill=D(2), flushed=D(1))
    assert given.replaced(plugs((B, "0.5"))) == Tube(plugs((B, "0.5")), D(5), D(0), D(1))
    assert given.replaced(plugs((B, "0.5")), D(9)).fill == 5


def test_plugs_of_one_fluid_are_one_and_rounding_is_none() -> None:
    dust = D("1e-12")
    assert joined(plugs((A, "1"), (A, "2"), (B, "1"))) == plugs((A, "3"), (B, "1"))
    assert joined((Plug(A, D(1)), Plug(B, dust), Plug(A, D(1)))) == plugs((A, "2"))
    assert joined((Plug(B, 2 * dust),)) == (Plug(B, 2 * dust),)
    first, rest = split(plugs((A, "1"), (B, "2")), D("1.5"))
    assert (first, rest) == (plugs((A, "1"), (B, "0.5")), plugs((B, "1.5")))
    assert split(plugs((A, "1")), D(-1)) == ((), plugs((A, "1")))
