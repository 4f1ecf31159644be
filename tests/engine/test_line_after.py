"""What facts about bag and line change, and how a doubt moves the line's bounds (F3, F4, F11, F39)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine.account import Account, Span
from daemon.engine.events_confirmed import SolutionConfirmed
from daemon.engine.events_line import LineConfirmed, LineFlushed
from daemon.engine.evolve_line import confirmed_after, flushed_after, followed, held_after, hung_after
from daemon.engine.line import FlushTo, Geometry, Handling, Line
from daemon.engine.lingering import Lingering, Trace, full_of
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.tube import FREE, Fluid, Plug, Tube
from tests.engine.facts import changed
from tests.engine.test_acts_at_the_line import A, holds

D = Decimal
AT = 900_000
HOUR = 3_600_000
NOTHING = Span(D(0), D(0))
C = Fluid("C", D(100))


def account(low: str, high: str) -> Account:
    """So much, and nothing since the mark."""
    return Account(Span(D(low), D(high)), NOTHING, NOTHING, D(0), 0)


def given(a: tuple[str, str], b: tuple[str, str] = ("1", "2")) -> RunState:
    """A hangs; between so much and so much left each bag, 1 to 2 mL of it since the last fact of the line."""
    state = holds(A)
    line = Line(
        low=Tube((Plug(A, D(3)),), D(5)),
        high=Tube((Plug(FREE, D(1)), Plug(A, D(2))), D(8)),
        hung=A,
        geometry=Geometry(D(2), D(1)),
        stretch=account("1", "2"),
        facts=6,
        lingering=Lingering((Trace(C, D(1), D("0.5"), D(2)),)),
    )
    return replace(state, line=line, bags={"A": account(*a), "B": account(*b), "C": account("0", "0")})


BEFORE = (("3", "5"), ("1", "2"))


@pytest.mark.parametrize(
    ("a", "b", "reached", "traces", "stretch"),
    [
        (("2.5", "5.4"), ("1", "2"), "5", ("1", "0.5"), ("0.5", "2.4")),
        (("3.5", "4.4"), ("1.4", "1.5"), "5", ("1", "0.5"), ("1.5", "1.5")),
        (("2.5", "5.4"), ("0.8", "2.2"), "3", ("1.2", "0.3"), ("0.5", "2.4")),
        (("1.5", "4"), ("1", "2"), "0", ("1.5", "0"), ("0", "1")),
        (("1.5", "4"), ("0.8", "2"), "-2", ("1.7", "0"), ("0", "1")),
        (("0", "2"), ("1", "2"), "-15", ("3", "0"), ("0", "0")),
    ],
    ids=range(6),
)
def test_f39_a_doubt_moves_the_line_as_far_as_the_bag(
    a: tuple[str, str], b: tuple[str, str], reached: str, traces: tuple[str, str], stretch: tuple[str, str]
) -> None:
    """F39, F26: what the stretch cannot give back is taken from what reached the patient, at 10 mg/mL.

    By hand, row 5: A fell from 3 to 1.5 mL at the least, of which the stretch had 1; B fell by 0.2: 0.7 mL
    less than thought may have gone in behind, 7 mg.
    """
    before = given(*BEFORE)
    after = replace(before, bags=given(a, b).bags)
    most, behind = traces
    expected = replace(
        before.line,
        low=replace(before.line.low, reached=D(reached)),
        lingering=Lingering((Trace(C, D(most), D(behind), D(2)),)),
        stretch=Account(Span(D(stretch[0]), D(stretch[1])), before.pump.odometer.span, NOTHING, D(0), 0),
    )
    assert followed(before, after) == replace(after, line=expected)


@pytest.mark.parametrize(
    ("was", "is_", "facts", "moves"),
    [
        ("", "", 6, True),
        ("", "", 5, True),
        ("", "A", 5, True),
        ("A", "A", 5, True),
        ("A", "", 6, True),
        ("A", "", 5, False),
    ],
)
def test_f14_a_bolus_in_a_line_touched_since_stays_counted_there(
    was: str, is_: str, facts: int, *, moves: bool
) -> None:
    """F14: answered for after another fact of the line: it went in before that."""
    before = given(*BEFORE)
    before = replace(before, doubts=replace(before.doubts, pressure_of=was, pressure_facts=facts))
    after = replace(before, bags=given(("2", "5")).bags, doubts=replace(before.doubts, pressure_of=is_))
    assert (followed(before, after).line != before.line) is moves


def test_f39_where_no_bag_hangs_no_line_moves() -> None:
    before = replace(given(*BEFORE), hung=None)
    after = replace(before, bags=given(("2", "5")).bags)
    assert followed(before, after) == after


def lined() -> RunState:
    """The plan gives each bag a line of 2 mL and 1 mL behind a Y-site."""
    state = holds(A)
    bags = tuple(replace(one, dead_volume_ml=D(2), y_site_ml=D(1)) for one in state.plan.solutions)
    return replace(
        state, plan=replace(state.plan, solutions=bags), exposed_steps=(9,), undated=frozenset("AB")
    )


@pytest.mark.parametrize(("high", "drawn"), [("0", "0"), ("0.1", "2")])
def test_f4_f11_a_bag_that_may_have_given_draws_its_line_from_its_volume(high: str, drawn: str) -> None:
    """F4: stable for 24 h, made 90 minutes ago; F39: what is exposed is worked out anew."""
    state = replace(lined(), bags={"B": account("0", high)})
    event = SolutionConfirmed("B", "ann", "pump 1", True, D(90), "bob", False)
    after = hung_after(state, event, AT)
    assert after.expires_ms == {**state.expires_ms, "B": AT + 22 * HOUR + HOUR // 2}
    assert after.undated == frozenset("A")
    assert after.exposed_steps == ()
    assert after.line.primed_ml == {"B": D(drawn)}
    assert after.line.hung == Fluid("B", D(10))
    assert after.line.facts == state.line.facts + 1


@pytest.mark.parametrize("handling", list(Handling))
def test_f4_the_line_that_was_confirmed_is_the_one_that_counts(handling: Handling) -> None:
    """F4: as it was; new, and it may be full of A; or 3 mL of A run through it into a cup."""
    state = lined()
    after = confirmed_after(state, LineConfirmed("eve", handling, D(3)))
    assert after.line_by == "eve"
    assert after.line.taken_ml("A") == (3 if handling is Handling.CLEARED else 0)
    assert (after.line == state.line) is (handling is Handling.CONNECTED)
    may = full_of(A, D(2) if handling is Handling.REPLACED else D(3))
    assert after.line.lingering == may
    assert set(changed(state, replace(after, line=state.line))) == {"line_by"}


@pytest.mark.parametrize(
    ("to", "known", "asked", "reached"),
    [
        (FlushTo.NOBODY, True, False, None),
        (FlushTo.NOBODY, False, True, None),
        (FlushTo.PATIENT, True, False, ("3", "3")),
        (FlushTo.PATIENT, False, False, ("0", "3")),
        (FlushTo.DISCARDED, True, False, ("0", "0")),
    ],
)
def test_f3_a_flush_that_is_told_is_answered_before_it_is_counted(
    to: FlushTo, asked: bool, reached: tuple[str, str] | None, *, known: bool
) -> None:
    """F3: known, 3 mL of A reached the patient; not known, none or all 3 mL, and no drug twice."""
    state = holds(A, asked=True)
    after = flushed_after(state, LineFlushed(to, D(0) if to is FlushTo.NOBODY else D(3), "ann", known=known))
    assert after.line.asked is asked
    if reached is None:
        assert after == replace(state, line=replace(state.line, asked=asked))
    else:
        assert (after.line.low.reached, after.line.high.reached) == (D(reached[0]), D(reached[1]))


@pytest.mark.parametrize(("own", "asks"), [("0", False), ("0.1", True), ("3", True)])
def test_f3_a_hold_asks_for_a_flush_of_a_line_that_holds_anything(own: str, *, asks: bool) -> None:
    state = holds(A, geometry=Geometry(D(own), D(0)))
    for phase in Phase:
        after = held_after(state, phase)
        stops = phase in (Phase.HELD, Phase.ABORTED)
        assert after == replace(state, line=replace(state.line, asked=asks and stops))
    assert held_after(replace(state, started_ms=None), Phase.HELD).line.asked is False
    unhung = replace(state, line=replace(state.line, hung=None))
    assert held_after(unhung, Phase.HELD) == unhung
