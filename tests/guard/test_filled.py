"""Dose that no counter sees: primed into a line, and flushed out of it (F3, F11)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from daemon.guard.filled import Uncounted
from tests.engine.plans import SMALL_ROWS, bag, plan_of

D = Decimal
A = replace(bag("A", "100", "1"), dead_volume_ml=D(2), y_site_ml=D("0.5"))
B = replace(bag("B", "100", "10"), dead_volume_ml=D(3), y_site_ml=D("0.5"))
OWN_B = replace(B, y_site_ml=D(0))
PLAN = plan_of(SMALL_ROWS, (A, B))


def test_f3_a_primed_line_holds_its_dead_volume_of_the_bag() -> None:
    """F3, F11: 2 mL at 1 mg/mL; behind a Y-site the line before stays, without one it is another line."""
    assert Uncounted().hung(A, primed=True) == Uncounted(line=D(2))
    assert Uncounted(line=D(2)).hung(B, primed=True) == Uncounted(line=D(32))
    assert Uncounted(line=D(2)).hung(OWN_B, primed=True) == Uncounted(line=D(30))
    assert Uncounted(D(1), D(2)).hung(B, primed=False) == Uncounted(D(1), D(2))


def test_f3_a_line_that_was_handled_is_at_most_full_of_the_strongest() -> None:
    """F3, F34: of the steps it may serve, each with what lies behind the Y-site: 2.5 mg of A, 35 mg of B."""
    before = Uncounted(D(1), D(99))
    assert before.handled(PLAN, 1, 1) == Uncounted(D(1), D("2.5"))
    assert before.handled(PLAN, 2, 2) == Uncounted(D(1), D("2.5"))
    assert before.handled(PLAN, 2, 3) == Uncounted(D(1), D(35))
    assert before.handled(PLAN, 3, 3) == Uncounted(D(1), D(35))


def test_f3_a_flush_gives_the_patient_what_the_line_held_once() -> None:
    assert Uncounted(D(1), D(2)).flushed() == Uncounted(D(3))
    assert Uncounted(D(1), D(2)).flushed().flushed() == Uncounted(D(3))
