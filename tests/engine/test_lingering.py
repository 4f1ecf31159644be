"""Every fluid that may still be in the line, whichever way the doubts about it went (F4)."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine.lingering import NOTHING, Lingering, Trace, full_of
from daemon.engine.tube import FREE, Fluid

D = Decimal
A, B = Fluid("A", D(1)), Fluid("B", D(10))
LINE = D(2)


def trace(fluid: Fluid, most: str, behind: str, reach: str) -> Trace:
    return Trace(fluid, D(most), D(behind), D(reach))


def test_f4_a_fluid_lingers_until_a_whole_line_is_behind_it_for_certain() -> None:
    """F4: at least 0.5, at most 1.5 mL of nothing behind 2 mL of B: 1.5 mL may be left; four times, none."""
    held = full_of(B, LINE)
    assert held.traces == (trace(B, "2", "0", "2"),)
    for left in ("15", "10", "5", "0"):
        held = held.pushed(FREE, D("0.5"), D("1.5"), LINE)
        assert held.dose(LINE) == D(left)
    assert held.strongest(LINE) == FREE


def test_f4_the_same_fluid_again_is_one_trace() -> None:
    """F4: what may be left of it and the most that went in; the least is not behind itself."""
    held = full_of(B, LINE).pushed(A, D("0.5"), D(1), LINE).pushed(B, D("0.2"), D("0.3"), LINE)
    assert held.traces == (trace(A, "1", "0.2", "1.3"), trace(B, "1.8", "0", "3.3"))
    assert held.pushed(A, D(0), D(0), LINE) is held


def test_f4_the_dose_is_of_the_strongest_first_and_of_no_more_than_the_line_holds() -> None:
    """F4: 1.5 mL of B and of 1.5 mL of A the half that has room."""
    held = Lingering((trace(A, "1.5", "0", "2"), trace(B, "1.5", "0", "2")))
    assert held.dose(LINE) == D("15.5")
    assert held.strongest(LINE) == B
    assert Lingering((trace(A, "1", "0", "1"), trace(B, "1", "2", "3"))).strongest(LINE) == A
    assert (NOTHING.dose(LINE), NOTHING.strongest(LINE)) == (D(0), FREE)


def test_f4_what_is_only_rounding_is_no_fluid() -> None:
    dust = Lingering((Trace(B, D("1e-12"), D(0), LINE),))
    assert (dust.strongest(LINE), dust.dose(LINE)) == (FREE, D(0))
    assert full_of(FREE, LINE) == NOTHING


def test_f4_less_may_have_gone_in_behind_than_was_thought() -> None:
    """F4: by 0.5 mL: so much more of each may be left, and nothing is behind by less than nothing."""
    held = Lingering((trace(B, "1", "0.8", "2"), trace(A, "1", "0.3", "2")))
    assert held.taken_back(D("0.5")).traces == (trace(B, "1.5", "0.3", "2"), trace(A, "1.5", "0", "2"))


def test_f4_a_new_line_of_its_own_leaves_what_lingers_where_all_share() -> None:
    """F4: of 2 mL with B anywhere, the 0.5 that all share; the new 1 mL is full of A. It may be anywhere."""
    primed = full_of(B, LINE).primed(A, LINE, D(1), D("0.5"))
    assert primed.dose(D("1.5")) == 6
    assert primed.beyond(D(1), D("0.5")).dose(D("0.5")) == 5
    assert full_of(B, LINE).primed(A, LINE, D(1), D(0)) == full_of(A, D(1))


def test_f4_what_is_in_front_of_a_new_line_keeps_what_is_behind_it() -> None:
    """F4: 1.8 of 2 mL are behind B for certain: it is within the last 0.2 mL before the vein."""
    primed = Lingering((trace(B, "1", "1.8", "2"),)).primed(A, LINE, D(1), D("0.5"))
    assert primed.dose(D("1.5")) == 3, "0.2 mL of B and 1 mL of A"


def test_f4_beyond_the_own_part_is_only_what_may_have_come_so_far() -> None:
    """F4: of 1.2 mL that may be 2.4 mL from the pump, 0.4 are in the shared part behind 2 mL."""
    held = Lingering((trace(B, "1.2", "0.5", "2.4"), trace(A, "1", "0", "2"), trace(A, "1", "3", "9")))
    assert held.beyond(LINE, D(1)).traces == (trace(B, "0.4", "0", "0.4"),)
    assert held.beyond(LINE, D(0)) == NOTHING


def test_f4_the_same_fluid_twice_reaches_as_far_as_the_first_of_it() -> None:
    held = Lingering((trace(B, "0.5", "0.2", "1.8"), trace(B, "1", "0", "1")))
    assert held.pushed(B, D("0.2"), D("0.3"), LINE).traces == (trace(B, "1.8", "0", "2.1"),)


def test_f4_little_that_lingers_where_all_share_stays_little() -> None:
    """F4: 0.3 mL of B in 2 mL: no more than these are in the shared 0.5 mL behind a new own line of 1 mL."""
    primed = Lingering((trace(B, "0.3", "0", "2"),)).primed(A, LINE, D(1), D("0.5"))
    assert primed.dose(D("1.5")) == 4, "0.3 mL of B and 1 mL of A"


def test_f4_the_shared_part_may_be_full_of_what_was_in_the_line_before() -> None:
    """F4: 1 mL of B beyond a new own line of 0.5 mL; where it is primed with B too, all of it is B."""
    assert full_of(B, LINE).primed(A, LINE, D("0.5"), D(1)).beyond(D("0.5"), D(1)).dose(D(1)) == 10
    assert full_of(B, LINE).primed(B, LINE, D(1), D("0.5")).dose(D("1.5")) == 15


def test_f4_an_own_line_set_aside_holds_nothing_beyond_its_end() -> None:
    """F4: what may have come 3 mL far is at most at the end of an own line of 2 mL."""
    aside = Lingering((trace(B, "1", "0", "3"),)).in_front_of(NOTHING, LINE)
    assert aside.traces == (trace(B, "1", "0", "2"),)
    assert aside.in_front_of(NOTHING, D(3)).traces == aside.traces


def test_f4_dust_is_no_fluid_wherever_it_lies() -> None:
    """F4: 1e-12 mL is what 28 digits leave over; twice as much is a plug."""
    for ml, held in (("1e-12", 0), ("2e-12", 1)):
        dust = Lingering((trace(B, ml, "0", "3"),))
        assert len(dust.beyond(LINE, D(1)).traces) == held
        assert len(dust.in_front_of(NOTHING, LINE).traces) == held
        near = Lingering((Trace(B, D(1), D(0), LINE + D(ml)),))
        assert len(near.beyond(LINE, D(1)).traces) == held
