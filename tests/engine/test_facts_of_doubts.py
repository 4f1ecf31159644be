"""What each fact of a doubtful volume changes in the accounts, field by field (F14, F20, F21, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.account import Account, Odometer, Span
from daemon.engine.doubts import CounterFault, Explanation, Jump, Settlement
from daemon.engine.evolve import evolve
from daemon.engine.state import RunState
from drivers.values import Motion, PumpReading
from tests.engine.stories import infusing

D = Decimal
AT = 900_000
PUMP = "pump 1"
SETTLED = Account(Span(D(2), D(4)), Span(D(5), D(5)), Span(D(0), D(0)), D(0), 60_000)
"""Between 2 and 4 mL of earlier stretches; a minute is proven."""


@pytest.fixture(scope="module")
def run() -> RunState:
    """In step 1, whose account and bag are settled as above and whose counter stands at 5 mL exactly."""
    state = infusing().state
    odometer = Odometer(D(5), Span(D(0), D(0)), D("0.1"))
    other = replace(SETTLED, settled=Span(D(1), D(1)))
    return replace(
        state,
        pump=replace(state.pump, odometer=odometer),
        account=SETTLED,
        bags={"A": SETTLED, "B": other},
        doubts=replace(state.doubts, trail=()),
    )


def jump(high: str = "3", *, step: int = 1, solution: str = "A", counted: str = "2.5") -> Jump:
    return Jump(
        CounterFault.JUMPED, solution, step, Span(D(0), D(high)), D(counted), Span(D("0.4"), D("0.5"))
    )


def leapt(state: RunState, one: Jump) -> RunState:
    """After that leap: the upper bounds are wider by it."""
    wide = replace(SETTLED, settled=Span(D(2), 4 + one.bounds.high))
    bags = {**state.bags, one.solution: wide}
    return replace(state, account=wide, bags=bags, doubts=replace(state.doubts, jumps=(one,)))


def test_f26_a_leap_widens_the_bounds_and_the_new_display_counts(run: RunState) -> None:
    reading = PumpReading(Motion.STOPPED, D(60), D(1), D(9), remote=True)
    one = jump()
    event = ev.CounterBroken(reading, one.bounds, one.why, one.counted_ml, one.timed, AT - 10, PUMP)
    after = evolve(run, event, AT)
    assert after.doubts.jumps == (one,)
    assert after.pump.odometer == Odometer(D(5), Span(D(0), D("0.1")), D("0.1"))
    assert (after.pump.reading, after.pump.read_ms, after.pump.still_to_ms) == (reading, AT, AT - 10)
    assert after.step_given() == Span(D(2), D(7)), "3 mL more"
    assert after.bag_given("A") == Span(D(2), D(7))
    assert after.account.proven_ms == 60_000
    assert after.bags["B"] == run.bags["B"]


@pytest.mark.parametrize(
    ("how", "bounds", "wasted"),
    [
        (Explanation.GIVEN, Span(D("2.4"), D("2.6")), {}),
        (Explanation.CLEARED, Span(D("0.3"), D("0.6")), {}),
        (Explanation.PRIMED_OFF_PATIENT, Span(D(0), D("0.6")), {"A": D("2.0")}),
    ],
)
def test_f26_an_explanation_narrows_step_and_bag(
    run: RunState, how: Explanation, bounds: Span, wasted: dict[str, Decimal]
) -> None:
    """F26, F11: what was led away left the bag, a unit more than is shown, and is no dose."""
    after = evolve(leapt(run, jump()), ev.CounterExplained(how, bounds, D(0), "ann", "x"), AT)
    left = Span(2 + bounds.low, 4 + bounds.high)
    assert (after.account.settled, after.bags["A"].settled) == (left, left)
    assert after.bags["B"] == run.bags["B"]
    assert after.doubts.jumps == ()
    assert after.doubts.wasted_ml == wasted


@pytest.mark.parametrize("other", [jump(step=2), jump(solution="B")], ids=["step", "bag"])
def test_f26_a_leap_of_another_step_or_bag_is_not_of_this_one(run: RunState, other: Jump) -> None:
    before = leapt(run, other)
    after = evolve(before, ev.CounterExplained(Explanation.GIVEN, Span(D(1), D(2)), D(0), "ann", "x"), AT)
    assert after.account == before.account
    assert after.bags[other.solution].settled == Span(D(3), D(6))
    waits = replace(leapt(run, jump()), begun=False)
    later = evolve(waits, ev.CounterExplained(Explanation.GIVEN, Span(D(1), D(2)), D(0), "ann", "x"), AT)
    assert later.account == waits.account


def test_f26_the_oldest_leap_is_explained_first(run: RunState) -> None:
    before = leapt(run, jump())
    second = jump("1")
    doubts = replace(before.doubts, jumps=(jump(), second), wasted_ml={"A": D(1)})
    event = ev.CounterExplained(Explanation.PRIMED_OFF_PATIENT, Span(D(0), D("0.6")), D(0), "ann", "x")
    after = evolve(replace(before, doubts=doubts), event, AT)
    assert after.doubts.jumps == (second,)
    assert after.doubts.wasted_ml == {"A": D(3)}


def occluded(state: RunState, stored: str = "0.5", bolus: str = "0.2") -> RunState:
    return evolve(state, ev.Occluded(D(stored), D(bolus), PUMP), AT)


def test_f14_what_an_occlusion_stored_may_not_have_been_given_and_its_bolus_may(run: RunState) -> None:
    """F14: 0.5 mL at 60 mL/h are half a minute that is not proven any more."""
    after = occluded(run)
    assert after.step_given() == Span(D("1.5"), D("4.2"))
    assert after.bag_given("A") == Span(D("1.5"), D("4.2"))
    assert after.bags["B"].settled == Span(D("0.5"), D(1)), "A hangs and has given nothing since: it was B"
    assert after.account.proven_ms == 30_000
    doubts = after.doubts
    assert (doubts.occluded_ml, doubts.pressure_of, doubts.pressure_step) == (D(5), "A", 1)
    assert (doubts.bolus_ml, doubts.pressure_facts) == (D("0.2"), run.line.facts)
    assert occluded(run, stored="3").account.proven_ms == 0
    assert occluded(run, stored="3").step_given().low == 0


def test_f14_what_an_occlusion_took_is_not_taken_twice(run: RunState) -> None:
    """F14: of the second one only what was counted since; its bolus adds while the pressure is the same."""
    twice = occluded(occluded(run))
    assert twice.step_given() == Span(D("1.4"), D("4.4")), "a unit may have moved unseen"
    assert twice.doubts.bolus_ml == D("0.4")
    answered = replace(occluded(run), doubts=replace(occluded(run).doubts, pressure_of=""))
    assert occluded(answered).doubts.bolus_ml == D("0.2")
    moved = occluded(run)
    on = replace(moved, pump=replace(moved.pump, odometer=replace(run.pump.odometer, shown_ml=D("5.3"))))
    assert occluded(on).doubts.bolus_ml == D("0.2")


def test_f14_between_two_steps_no_account_is_open(run: RunState) -> None:
    waits = replace(run, begun=False)
    after = occluded(waits)
    assert after.account == run.account
    assert after.bag_given("A") == Span(D("1.5"), D("4.2"))
    for hung in (None, "C"):
        assert occluded(replace(run, hung=hung, line=replace(run.line, hung=None))).bags == run.bags


def test_f19_the_gap_begins_where_the_lower_bound_ends(run: RunState) -> None:
    """F14, F19: 5 mL less 0.5 and a unit: when the counter had not passed 4.4; gaps within are part of it."""
    assert run.started_ms is not None
    marks = tuple(
        (run.started_ms + at, D(ml)) for at, ml in ((10, "4.3"), (20, "4.4"), (30, "4.5"), (40, "5"))
    )
    t = run.started_ms
    gap = replace(run.gap, proven_ms=t + 40, closed=((t + 5, t + 8), (t + 15, t + 35), (t + 30, t + 38)))
    before = replace(run, doubts=replace(run.doubts, trail=marks), gap=gap)
    after = occluded(before).gap
    assert (after.proven_ms, after.open_from_ms, after.delivering_from_ms) == (t + 20, t + 20, None)
    assert after.closed == ((t + 5, t + 8), (t + 15, t + 20))
    opened = occluded(replace(before, gap=replace(gap, open_from_ms=t + 12))).gap
    assert opened.open_from_ms == t + 12
    early = occluded(replace(before, gap=replace(gap, proven_ms=t + 11))).gap
    assert early.open_from_ms == t + 11
    assert occluded(replace(before, gap=replace(gap, proven_ms=None))).gap.open_from_ms is None


@pytest.mark.parametrize("away", [True, False])
def test_f14_pressure_released_away_takes_its_bolus_back(run: RunState, *, away: bool) -> None:
    """F14: into the patient, or unknown, it stays counted; either way it is answered."""
    before = occluded(run)
    after = evolve(before, ev.PressureAnswered(away, "ann"), AT)
    high = D(4) if away else D("4.2")
    assert after.step_given() == Span(D("1.5"), high)
    assert after.bag_given("A") == Span(D("1.5"), high)
    doubts = after.doubts
    assert (doubts.pressure_of, doubts.pressure_step, doubts.bolus_ml) == ("", 0, D(0))
    assert doubts.occluded_ml == D(5)


@pytest.mark.parametrize("change", [{"step": 2}, {"hung": "B"}, {"begun": False}], ids=str)
def test_f14_the_bolus_of_another_step_is_not_taken_from_this_one(
    run: RunState, change: dict[str, object]
) -> None:
    before = replace(occluded(run), **change)  # type: ignore[arg-type]
    after = evolve(before, ev.PressureAnswered(True, "ann"), AT)
    assert after.account == before.account
    assert after.bags["A"].settled.high == before.bags["A"].settled.high - D("0.2")


def test_f21_a_step_is_credited_or_its_rest_given_once(run: RunState) -> None:
    """F21: given again it goes on from its lower bound, with its minutes; the bag keeps its bounds."""
    credit = evolve(run, ev.StepSettled(1, Settlement.CREDIT, D(1), "ann", "x"), AT)
    assert (credit.doubts.credited, credit.doubts.regiven) == (frozenset({1}), frozenset())
    assert (credit.account, credit.bags) == (run.account, run.bags)
    give = evolve(run, ev.StepSettled(1, Settlement.GIVE, D(1), "ann", "x"), AT)
    assert give.doubts.regiven == frozenset({1})
    assert give.step_given() == Span(D(2), D(2))
    assert give.account.proven_ms == 60_000
    assert give.bags == run.bags


def test_f20_an_entered_time_dates_the_gap_and_the_bags(run: RunState) -> None:
    """F20, F4: bags of before are older by what nobody saw: of the gap, and two minutes unattended."""
    expires = {"A": 5_000_000, "B": 6_000_000}
    gap = replace(run.gap, proven_ms=500_000, open_from_ms=600_000, unknown=True)
    before = replace(run, gap=gap, expires_ms=expires, undated=frozenset({"A"}))
    late = evolve(before, ev.TimeEntered(200_000, "ann", "bob"), AT)
    assert (late.gap.open_from_ms, late.gap.unknown, late.undated) == (600_000, False, frozenset())
    assert late.expires_ms == {"A": 5_000_000 - 120_000, "B": 6_000_000}
    early = evolve(before, ev.TimeEntered(400_000, "ann", "bob"), AT)
    assert early.gap.open_from_ms == 500_000
    assert early.expires_ms["A"] == 5_000_000 - 100_000 - 120_000
    proven = replace(before, gap=replace(gap, open_from_ms=None))
    unseen = evolve(proven, ev.TimeEntered(450_000, "ann", "bob"), AT)
    assert unseen.gap.open_from_ms == 450_000
    assert unseen.expires_ms["A"] == 5_000_000 - 50_000 - 120_000
    nothing = replace(before, gap=replace(gap, open_from_ms=None, proven_ms=None))
    assert evolve(nothing, ev.TimeEntered(1_000, "ann", "bob"), AT).gap.open_from_ms == AT - 1_000


def test_f26_another_pump_takes_its_place_without_a_bag(run: RunState) -> None:
    after = evolve(replace(run, line_by="ann"), ev.PumpReplaced("99", "ann", "bob", PUMP), AT)
    assert (after.pump.own_serial, after.hung, after.line_by) == ("99", None, "")
    assert after.bags["A"].settled == Span(D(2), D(4))
    assert after.account == run.account
