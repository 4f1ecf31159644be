"""What each fact of the drug line changes in the two lines that bound it, field by field (F3, F4, F11, F39).

Worked by hand: 2 mL of its own and 1 mL behind the Y-site; plugs are named from the patient's end.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine.account import Account, Moved, Odometer, Span
from daemon.engine.line import FlushTo, Geometry, Handling, Line
from daemon.engine.lingering import Lingering, Trace
from daemon.engine.tube import FREE, Fluid, Plug, Tube
from tests.engine.facts import changed

D = Decimal
ACCURACY = D("0.05")
A, B, C = Fluid("A", D(1)), Fluid("B", D(10)), Fluid("C", D(100))
GEOMETRY = Geometry(D(2), D(1))
WIDE = Geometry(D(4), D(1))
NOTHING = Span(D(0), D(0))
ODOMETER = Odometer(D(7), NOTHING, D("0.1"))
FRESH = Account(NOTHING, Span(D(7), D(7)), NOTHING, D(0), 0)
TRACE = Trace(C, D(1), D("0.5"), D(2))
"""1 mL of C may be in the line, at least 0.5 mL behind it, at most 2 mL from the pump."""


def tube(reached: str, *plugs: tuple[Fluid, str], fill: str = "0") -> Tube:
    return Tube(tuple(Plug(fluid, D(ml)) for fluid, ml in plugs), D(reached), D(fill))


def line(least: str = "0.4", most: str = "0.6", **changes: object) -> Line:
    """Full of A, which hangs; between 0.4 and 0.6 mL went through since the last fact."""
    found = Line(
        low=tube("5", (FREE, "2"), (A, "1")),
        high=tube("8", (A, "3")),
        hung=A,
        geometry=GEOMETRY,
        stretch=replace(FRESH, settled=Span(D(least), D(most))),
        facts=6,
        apart_ml=D("0.1"),
        own=True,
        primed={"A": True},
        primed_ml={"A": D(1)},
        discarded_ml={"A": D("0.5")},
        lingering=Lingering((TRACE,)),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def settled(**changes: object) -> Line:
    """The same with a stretch just begun, both lines full of A."""
    return line("0", "0", **{"low": tube("5", (A, "3")), **changes})


LOW, HIGH = tube("5", (FREE, "1.6"), (A, "1.4")), tube("8.6", (A, "3"))
"""With 0.4 and 0.6 mL of A pushed in."""
FLUSHED = tube("11.6", (FREE, "3"))
"""All of the upper one pushed out to the patient: 3 mL of A more."""
MAY_HOLD = Lingering((Trace(C, D(1), D("0.9"), D("2.6")), Trace(A, D("0.6"), D(0), D("0.6"))))


def test_the_words_for_what_was_done_to_a_line() -> None:
    assert [one.value for one in Handling] == ["connected", "replaced", "cleared"]
    assert [one.value for one in FlushTo] == ["patient", "discarded", "nobody"]
    assert (Line().facts, Line().asked, GEOMETRY.total_ml) == (0, False, D(3))


def test_f39_what_went_through_is_pushed_into_each_line_by_its_own_bound() -> None:
    assert line().content(ODOMETER, ACCURACY) == (LOW, HIGH)
    assert line(hung=None).content(ODOMETER, ACCURACY) == (line().low, line().high)


def test_f4_what_may_be_in_the_line_is_judged_by_both_bounds() -> None:
    """F4: at least 0.4 mL are behind C, which may have come 0.6 mL further."""
    assert line().may_hold(ODOMETER, ACCURACY) == MAY_HOLD
    assert line(hung=None).may_hold(ODOMETER, ACCURACY) == Lingering((TRACE,))


def test_f3_a_flush_nobody_has_answered_for_is_in_the_upper_line() -> None:
    assert line().books(ODOMETER, ACCURACY) == (LOW, HIGH)
    assert line(asked=True).books(ODOMETER, ACCURACY) == (LOW, FLUSHED)


def test_f39_an_interval_counts_where_a_bag_hangs() -> None:
    moved = Moved(D(1), Span(D(1), D(1)), 5)
    assert changed(line(), line().moved(moved)) == {
        "stretch.timed.low": D(1),
        "stretch.timed.high": D(1),
        "stretch.counter_ml": D(1),
        "stretch.proven_ms": 5,
    }
    assert line(hung=None).moved(moved) == line(hung=None)


def test_f3_f39_a_fact_settles_the_stretch_before_it() -> None:
    """F39: 0.2 mL more lie between the two lines; of a flush unanswered all 3 mL (F3)."""
    expected = {
        "low": LOW,
        "high": HIGH,
        "stretch": FRESH,
        "facts": 7,
        "apart_ml": D("0.3"),
        "own": None,
        "lingering": MAY_HOLD,
    }
    assert line().settled(ODOMETER, ACCURACY) == replace(line(), **expected)  # type: ignore[arg-type]
    asked = line(asked=True)
    expected |= {"high": FLUSHED, "apart_ml": D("3.3")}
    assert asked.settled(ODOMETER, ACCURACY) == replace(asked, **expected)  # type: ignore[arg-type]
    unhung = line(hung=None)
    assert unhung.settled(ODOMETER, ACCURACY) == replace(unhung, stretch=FRESH, facts=7)


@pytest.mark.parametrize(("high", "own"), [("0", True), ("0.6", None), ("1", None)])
def test_f3_what_a_line_is_full_of_is_known_until_something_may_have_gone_through(
    high: str, own: bool | None
) -> None:
    assert line("0", high).settled(ODOMETER, ACCURACY).own is own


# -- a bag is hung -------------------------------------------------------------------------------------


def hung(**changes: object) -> Line:
    return replace(settled(low=tube("5", (FREE, "2"), (A, "1"))), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("used", "known", "drawn"), [(False, {}, "0"), (True, {}, "4"), (False, {"B": D(3)}, "7")]
)
def test_f4_f11_a_bag_with_a_line_of_its_own_fills_it(
    *, used: bool, known: dict[str, Decimal], drawn: str
) -> None:
    """F4, F11: the shared millilitre stays; 4 mL are drawn from the bag, the first time beside its volume."""
    before = hung(primed_ml={"A": D(1), **known})
    after = before.hanging(B, WIDE, primed=True, used=used)
    assert after == replace(
        before,
        low=tube("5", (FREE, "1"), (B, "4"), fill="40"),
        high=tube("8", (A, "1"), (B, "4"), fill="40"),
        hung=B,
        own=True,
        primed={"A": True, "B": True},
        geometry=WIDE,
        primed_ml={"A": D(1), "B": D(drawn)},
        lingering=Lingering((Trace(C, D(1), D(4), D(9)), Trace(B, D(4), D(0), D(4)))),
    )


def test_f4_a_bag_without_a_line_goes_on_through_what_is_there() -> None:
    """F4: the geometry is that of the line in place; only the first of a pump brings one, without drug."""
    before = hung(own=None)
    after = before.hanging(B, WIDE, primed=False, used=True)
    assert after == replace(before, hung=B, own=False, primed={"A": True, "B": False})
    first = hung(hung=None)
    assert first.hanging(B, WIDE, primed=False, used=True) == replace(
        first,
        low=tube("5", (FREE, "5")),
        high=tube("8", (A, "1"), (FREE, "4")),
        hung=B,
        own=False,
        primed={"A": True, "B": False},
        geometry=WIDE,
        lingering=Lingering((Trace(C, D(1), D(4), D(9)),)),
    )


FULL = tube("5", (FREE, "1"), (A, "2"))
FULL_OF_B = tube("5", (FREE, "1"), (B, "2"))
NOT_QUITE = tube("5", (FREE, "1.1"), (A, "1.9"))


@pytest.mark.parametrize(
    ("low", "high", "fluid", "geometry", "again"),
    [
        (FULL, FULL, A, GEOMETRY, False),
        (FULL, NOT_QUITE, A, GEOMETRY, True),
        (NOT_QUITE, FULL, A, GEOMETRY, True),
        (FULL, FULL, A, WIDE, True),
        (FULL, FULL, replace(A, concentration=D(2)), GEOMETRY, True),
        (Tube(), Tube(), A, GEOMETRY, True),
        (tube("5", (A, "1"), (B, "2")), FULL, A, GEOMETRY, True),
        (FULL_OF_B, FULL_OF_B, B, GEOMETRY, True),
        (FULL, FULL, A, Geometry(D(1), D(1)), True),
        (tube("5", (A, "0.5"), (B, "0.5"), (A, "2")), FULL, A, GEOMETRY, False),
    ],
    ids=range(10),
)
def test_f11_a_line_full_of_the_bag_is_not_primed_once_more(
    low: Tube, high: Tube, fluid: Fluid, geometry: Geometry, *, again: bool
) -> None:
    """F11: 2 mL at the pump's end in both lines, of the same bag and strength."""
    before = hung(low=low, high=high, own=None)
    after = before.hanging(fluid, geometry, primed=True, used=True)
    assert after.own is True
    assert after.hung == fluid
    drawn = {fluid.solution: geometry.own_ml} if again else {}
    assert after.primed_ml == {"A": D(1) + drawn.pop("A", D(0))} | drawn
    assert (after.lingering == before.lingering) is not again


# -- the line is new -----------------------------------------------------------------------------------


NEW_FULL = ((FREE, "1"), (B, "4"))
NEW_FREE = ((FREE, "5"),)
ALL_OF_B = Lingering((Trace(B, D(4), D(0), D(4)),))


@pytest.mark.parametrize(
    ("hangs", "own", "low", "high", "may"),
    [
        (B, True, tube("5", *NEW_FULL, fill="40"), tube("8", *NEW_FULL, fill="40"), ALL_OF_B),
        (B, False, tube("5", *NEW_FREE), tube("8", *NEW_FREE), Lingering()),
        (B, None, tube("5", *NEW_FREE), tube("8", *NEW_FULL, fill="40"), ALL_OF_B),
        (A, True, tube("5", *NEW_FREE), tube("8", *NEW_FULL, fill="40"), ALL_OF_B),
        (A, False, tube("5", *NEW_FREE), tube("8", *NEW_FULL, fill="40"), ALL_OF_B),
    ],
    ids=range(5),
)
def test_f4_a_new_line_holds_what_was_said_of_its_bag(
    hangs: Fluid, own: bool | None, low: Tube, high: Tube, may: Lingering
) -> None:
    """F4: the bag that hangs was said to have it primed or not; of another, or later, it may be either."""
    before = settled(hung=hangs, own=own)
    after = before.replacing(WIDE, B)
    expected = replace(before, low=low, high=high, geometry=WIDE, apart_ml=D(0), own=None, lingering=may)
    assert after == expected


# -- some of it ran out away from the patient ----------------------------------------------------------


def test_f3_f4_a_part_cleared_with_the_bag_counts_in_both_bounds() -> None:
    """F3, F4: 1 mL away, B behind it; how far it had come is known to 0.1 mL only."""
    before = settled()
    after = before.clearing(D(1), B)
    assert after == replace(
        before,
        low=tube("5", (FREE, "0.1"), (A, "1.9"), (FREE, "1")),
        high=tube("8.1", (A, "2"), (B, "1"), fill="10"),
        own=None,
        discarded_ml={"A": D("0.5"), "B": D(1)},
        lingering=Lingering((Trace(C, D(1), D("1.5"), D(3)), Trace(B, D(1), D(0), D(1)))),
    )


def test_f3_a_little_cleared_is_less_than_the_doubt() -> None:
    """F3: 0.05 mL away while the front is known to 0.1 mL: it may have reached the patient before."""
    after = settled().clearing(D("0.05"), FREE)
    assert after.high == tube("8.05", (A, "2.95"), (FREE, "0.05"))
    assert after.low == tube("5", (FREE, "0.1"), (A, "2.85"), (FREE, "0.05"))


@pytest.mark.parametrize("volume", ["3", "4"])
def test_f4_a_whole_line_cleared_is_known_again(volume: str) -> None:
    """F4: no more than it holds ran out, and what went through before is no doubt any more."""
    before = settled()
    assert before.clearing(D(volume), B) == replace(
        before,
        low=tube("5", (FREE, "3")),
        high=tube("8", (B, "3"), fill="30"),
        own=None,
        apart_ml=D(0),
        discarded_ml={"A": D("0.5"), "B": D(3)},
        lingering=Lingering((Trace(B, D(3), D(0), D(3)),)),
    )


def test_f11_more_of_the_same_bag_led_away_adds_up() -> None:
    after = settled().clearing(D(1), A)
    assert after.discarded_ml == {"A": D("1.5")}
    assert [after.taken_ml(bag) for bag in "ABC"] == [D("2.5"), D(0), D(0)]
    assert settled(primed_ml={"B": D(2)}).taken_ml("B") == D(2)


# -- flushes -------------------------------------------------------------------------------------------


def test_f3_a_line_that_was_not_flushed_is_only_answered_for() -> None:
    assert settled(asked=True).flushing(FlushTo.NOBODY, D(0), known=True) == settled()


def test_f3_a_flush_led_away_clears_and_takes_from_no_bag() -> None:
    before = settled(asked=True)
    assert before.flushing(FlushTo.DISCARDED, D(1), known=True) == replace(
        settled(),
        low=tube("5", (FREE, "0.1"), (A, "1.9"), (FREE, "1")),
        high=tube("8.1", (A, "2"), (FREE, "1")),
        own=None,
        lingering=Lingering((Trace(C, D(1), D("1.5"), D(3)),)),
    )


def test_f3_a_flush_to_the_patient_is_in_both_lines_if_it_is_known() -> None:
    """F3: 1 mL of A is driven out to him; where nobody knows, in the upper line alone."""
    gone = ((A, "2"), (FREE, "1"))
    known = settled(asked=True).flushing(FlushTo.PATIENT, D(1), known=True)
    assert known == replace(
        settled(),
        low=tube("6", *gone),
        high=tube("9", *gone),
        own=None,
        lingering=Lingering((Trace(C, D(1), D("1.5"), D(3)),)),
    )
    unknown = settled(asked=True).flushing(FlushTo.PATIENT, D(1), known=False)
    assert unknown == replace(
        settled(),
        high=tube("9", *gone),
        own=None,
        apart_ml=D("1.1"),
        lingering=Lingering((Trace(C, D(1), D("0.5"), D(3)),)),
    )
