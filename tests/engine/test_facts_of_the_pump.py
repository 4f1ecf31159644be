"""What each fact about a pump changes in what is known of it, field by field (F6, F8, F15, F18, F20, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.account import Moved, Span
from daemon.engine.evolve import evolve
from daemon.engine.hand_view import HandView
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpIdentity, PumpReading, PumpSetting
from tests.engine.facts import told
from tests.engine.plans import pump as pump_with
from tests.engine.stories import infusing, switching

D = Decimal
AT = 900_000
SET = PumpSetting(D(60), D("1.5"))
NEW = PumpSetting(D(120), D("1.7"))
HAND = HandView(told=True, right=1, off=1, shown=SET)


@pytest.fixture(scope="module")
def run() -> RunState:
    """Running; everything an order, a stop or a loss may change is set."""
    state = infusing().state
    pump = replace(
        state.pump,
        approved=SET,
        programmed=SET,
        hand=HAND,
        failures=2,
        unsent=2,
        pending=None,
        still_from_ms=3,
        untimed_ml=D(1),
        stopped=True,
        disarmed=True,
    )
    return replace(state, pump=pump)


def order(kind: ev.OrderKind, setting: PumpSetting = NEW) -> ev.SettingOrdered:
    return ev.SettingOrdered(41, kind, setting, 1, "A", "pump 1")


def ordered(state: RunState, kind: ev.OrderKind, setting: PumpSetting = NEW) -> RunState:
    return evolve(state, order(kind, setting), AT)


def coarse(state: RunState) -> RunState:
    """The same with a pump that stands to be programmed anew."""
    return replace(state, fitted=replace(state.fitted, caps=pump_with(gapless=False)))


def test_f15_an_order_is_on_its_way_from_where_the_counter_stood(run: RunState) -> None:
    """F15, F18: what a hand had done, and what was programmed before, is void."""
    found = told(run, order(ev.OrderKind.CHANGE), AT)
    assert found == {
        "pump.pending": order(ev.OrderKind.CHANGE),
        "pump.pending_ms": AT,
        "pump.pending_ml": run.pump.odometer.shown_ml,
        "pump.programmed": None,
        "pump.hand.told": False,
        "pump.hand.right": 0,
        "pump.hand.off": 0,
        "pump.hand.shown": None,
        "orders": 41,
    }
    assert run.pump.odometer.shown_ml > 0


@pytest.mark.parametrize("kind", list(ev.OrderKind))
def test_f18_a_start_may_run_from_the_moment_it_is_ordered(run: RunState, kind: ev.OrderKind) -> None:
    """F18, F15: also one that a change needs, where the pump has to stand for it."""
    starts = kind is ev.OrderKind.START
    assert ordered(run, kind).pump.may_run_ml_h == (120 if starts else 0)
    restarted = starts or kind in ev.RESTARTED
    assert ordered(coarse(run), kind).pump.may_run_ml_h == (120 if restarted else 0)


def test_f18_a_setting_that_is_read_back_is_approved(run: RunState) -> None:
    """F18: from now, and from where the counter stood when it was ordered; a start no longer stands."""
    changed = ordered(run, ev.OrderKind.CHANGE)
    changed = replace(changed, pump=replace(changed.pump, pending_ml=D("0.3"), hand=HAND))
    found = told(changed, ev.SettingConfirmed(41, "pump 1"), AT + 9)
    assert found == {
        "pump.pending": None,
        "pump.failures": 0,
        "pump.unsent": 0,
        "pump.disarmed": False,
        "pump.approved.rate_ml_h": D(120),
        "pump.approved.limit_ml": D("1.7"),
        "pump.approved_ms": AT + 9,
        "pump.approved_ml": run.pump.odometer.shown_ml,
        "pump.ordered_ml": D("0.3"),
        "pump.hand.told": False,
        "pump.hand.right": 0,
        "pump.hand.off": 0,
        "pump.hand.shown": None,
    }
    started = evolve(ordered(run, ev.OrderKind.START), ev.SettingConfirmed(41, "pump 1"), AT)
    assert not started.pump.stopped
    assert told(run, ev.SettingConfirmed(41, "pump 1"), AT) == {}, "nothing was on its way"


def test_f23_a_program_without_a_start_approves_nothing(run: RunState) -> None:
    after = evolve(ordered(run, ev.OrderKind.PROGRAM), ev.SettingConfirmed(41, "pump 1"), AT)
    assert (after.pump.programmed, after.pump.approved, after.pump.pending) == (NEW, SET, None)
    assert (after.pump.failures, after.pump.unsent, after.pump.disarmed) == (0, 0, False)


@pytest.mark.parametrize(
    ("left", "limit", "before"),
    [
        ("1.6", "1.7", "0.1"),
        ("1.7", "1.7", "0"),
        ("1.9", "1.7", "0"),
        ("0.1", "1.7", "0.14"),
        (None, "1.7", "0"),
    ],
)
def test_f27_a_limit_set_by_hand_has_run_a_cycle_at_the_most(
    run: RunState, left: str | None, limit: str, before: str
) -> None:
    """F27: at 120 mL/h 1.2 s are 0.04 mL, and a unit; what was given of it lies before it was seen."""
    reading = run.pump.reading
    assert reading is not None
    shown = replace(reading, limit_left_ml=None if left is None else D(left))
    watched = replace(run, authority=Authority.MONITOR, pump=replace(run.pump, reading=shown))
    told_it = ordered(watched, ev.OrderKind.CHANGE, PumpSetting(D(120), D(limit)))
    after = evolve(told_it, ev.SettingConfirmed(41, "pump 1"), AT)
    assert run.pump.odometer.shown_ml - after.pump.approved_ml == D(before)


def test_f27_what_a_hand_was_told_and_what_it_did(run: RunState) -> None:
    order_ = ordered(run, ev.OrderKind.CHANGE)
    assert evolve(order_, ev.Told(41, "pump 1"), AT).pump.hand == HandView(told=True)
    seen = evolve(run, ev.HandSeen(2, 0, "pump 1", NEW), AT)
    assert seen.pump.hand == HandView(told=True, right=2, off=0, shown=NEW)


def test_f18_an_order_that_failed_or_was_not_sent(run: RunState) -> None:
    order_ = replace(ordered(run, ev.OrderKind.CHANGE))
    order_ = replace(order_, pump=replace(order_.pump, programmed=SET))
    failed = told(order_, ev.SettingFailed(41, "x", "pump 1"), AT)
    assert failed == {"pump.pending": None, "pump.failures": 3, "pump.programmed": None}
    withdrawn = told(order_, ev.SettingWithdrawn(41, "x", "pump 1"), AT + 5)
    assert withdrawn == {"pump.pending": None, "pump.withdrawn_ms": AT + 5, "pump.unsent": 3}


@pytest.mark.parametrize("named", ["", "pump 1"])
def test_f6_a_stop_voids_all_that_was_asked_before(run: RunState, named: str) -> None:
    """F6, F10: what is approved stands until the stop is confirmed; the first stop is the one that counts."""
    before = ordered(run, ev.OrderKind.CHANGE)
    before = replace(before, pump=replace(before.pump, programmed=SET, hand=HAND))
    after = evolve(before, ev.StopOrdered("x", named), AT)
    expected = replace(
        before.pump,
        stop_ms=AT,
        stopped=False,
        pending=None,
        disarmed=False,
        programmed=None,
        still_from_ms=None,
        hand=HandView(),
    )
    assert after.pump == expected
    assert evolve(after, ev.StopOrdered("y", named), AT + 9).pump == expected
    confirmed = told(after, ev.StopConfirmed("readback", "pump 1"), AT + 9)
    assert confirmed == {"pump.stop_ms": None, "pump.stopped": True, "pump.approved": None}


def test_f6_a_stop_is_for_every_pump_or_for_the_one_named() -> None:
    state = switching().state
    (other,) = state.others
    every = evolve(state, ev.StopOrdered("x"), AT)
    assert all(pump.stop_ms is not None for _, pump in every.pumps)
    one = evolve(state, ev.StopOrdered("x", other), AT)
    assert one.view(other).stop_ms == AT
    assert one.pump == state.pump


def test_f6_f8_a_disarmed_pump_and_a_hand_that_was_overruled(run: RunState) -> None:
    before = replace(ordered(run, ev.OrderKind.DISARM), pump=replace(run.pump, disarmed=False))
    assert run.pump.reading is not None
    found = told(before, ev.Disarmed("pump 1"), AT)
    assert found == {
        "pump.disarmed": True,
        "pump.least_left_ml": run.pump.reading.limit_left_ml,
        "pump.failures": 0,
        "pump.unsent": 0,
        "pump.programmed": None,
    }
    assert evolve(ordered(run, ev.OrderKind.DISARM), ev.Disarmed("pump 1"), AT).pump.pending is None
    assert told(run, ev.HandOverruled("x", "pump 1"), AT) == {"pump.hand_stops": run.pump.hand_stops + 1}


@pytest.mark.parametrize("long", [True, False])
def test_f17_of_a_silent_pump_nothing_is_certain_any_more(run: RunState, *, long: bool) -> None:
    found = told(run, ev.PumpWentSilent("x", long, "pump 1"), AT)
    expected: dict[str, object] = {
        "pump.linked": False,
        "pump.certain": False,
        "pump.disarmed": False,
        "pump.still_from_ms": None,
        "pump.programmed": None,
        "pump.hand.right": 0,
    }
    assert found == expected | ({"pump.silent_long": True} if long else {})


def joined(serial: str) -> ev.PumpJoined:
    return ev.PumpJoined(PumpIdentity("DIANET", serial, "1", "x"), False, "pump 1")


def test_f26_the_same_pump_keeps_its_setting_and_another_one_none(run: RunState) -> None:
    """F26: either is compared with the record before anything else; it becomes the run's before the start."""
    pump = replace(run.pump, linked=False, silent_long=True)
    assert pump.identity is not None
    own = pump.identity.serial
    lost = replace(run, pump=pump)
    same = evolve(lost, joined(own), AT).pump
    expected = replace(
        pump,
        linked=True,
        silent_long=False,
        identity=joined(own).identity,
        certain=False,
        compare=True,
        still_from_ms=None,
        programmed=None,
    )
    assert same == expected
    other = evolve(lost, joined("99"), AT).pump
    assert other == replace(
        expected, identity=joined("99").identity, approved=None, stopped=False, disarmed=False
    )
    assert other.own_serial == own
    before = evolve(replace(lost, started_ms=None), joined("99"), AT).pump
    assert before.own_serial == "99"


# -- readbacks ----------------------------------------------------------------------------------------


def reading(counter: str, motion: Motion = Motion.INFUSING) -> PumpReading:
    return PumpReading(motion, D(60), D(1), D(counter), remote=True)


def seen(state: RunState, read: PumpReading, at: int, moved: str = "0") -> RunState:
    told_ = Moved(D(moved), Span(D(moved), D(moved)), 500)
    return evolve(state, ev.PumpSeen(read, told_, at - 10, "pump 1"), at)


@pytest.fixture(scope="module")
def standing(run: RunState) -> RunState:
    """Read standing once, at 2 mL."""
    pump = replace(run.pump, still_from_ms=None, reading=reading("2"))
    return seen(replace(run, pump=pump), reading("2", Motion.STOPPED), AT)


def test_f23_standing_is_counted_from_the_first_of_readings_that_agree(standing: RunState) -> None:
    assert (standing.pump.still_from_ms, standing.pump.still_to_ms) == (AT, AT - 10)
    again = seen(standing, reading("2", Motion.STOPPED), AT + 700)
    assert (again.pump.still_from_ms, again.pump.still_to_ms) == (AT, AT + 690)
    assert again.pump.seen_still_ms() == 690
    for moves in (
        seen(again, reading("2.1", Motion.STOPPED), AT + 900, "0.1"),
        seen(again, reading("2.1", Motion.STOPPED), AT + 900),
        seen(again, reading("2", Motion.STOPPED), AT + 900, "0.1"),
    ):
        assert moves.pump.still_from_ms == AT + 900
    runs = seen(again, reading("2"), AT + 900)
    assert runs.pump.still_from_ms is None
    assert runs.pump.seen_still_ms() == 0


def test_f20_one_readback_ends_what_was_uncertain(run: RunState) -> None:
    """F20, F26: it is the pump's that answers; a start on its way may still run, one that is over not."""
    pump = replace(run.pump, certain=False, compare=True, untimed_ml=D(3), may_run_ml_h=D(60), read_serial="")
    after = seen(replace(run, pump=pump), reading("2"), AT).pump
    assert (after.certain, after.compare, after.untimed_ml, after.may_run_ml_h) == (True, False, None, D(0))
    assert after.identity is not None
    assert (after.read_ms, after.read_serial) == (AT, after.identity.serial)
    waiting = replace(pump, pending=order(ev.OrderKind.START))
    assert seen(replace(run, pump=waiting), reading("2"), AT).pump.may_run_ml_h == 60


def test_f6_it_counts_as_stopped_when_it_stands_and_no_stop_waits(run: RunState) -> None:
    assert seen(run, reading("2", Motion.STOPPED), AT).pump.stopped
    assert not seen(run, reading("2"), AT).pump.stopped
    waits = replace(run, pump=replace(run.pump, stop_ms=5))
    assert not seen(waits, reading("2", Motion.STOPPED), AT).pump.stopped


def test_f25_what_moved_is_of_the_step_and_of_the_bag(run: RunState) -> None:
    after = seen(run, reading("2"), AT, "0.4")
    assert after.account.counter_ml - run.account.counter_ml == D("0.4")
    assert after.account.proven_ms - run.account.proven_ms == 500
    assert after.bags["A"].counter_ml - run.bags["A"].counter_ml == D("0.4")
    assert after.pump.odometer.shown_ml - run.pump.odometer.shown_ml == D("0.4")


def test_f19_delivery_is_proven_by_the_counter_up_to_the_reading_before(run: RunState) -> None:
    """F19: one that did not move proves nothing, and a gap begins where delivery was last proven."""
    gap = replace(run.gap, proven_ms=5, open_from_ms=None, delivering_from_ms=None)
    before = replace(run, gap=gap, pump=replace(run.pump, read_ms=700))
    moved = seen(before, reading("2"), AT, "0.4").gap
    assert (moved.proven_ms, moved.open_from_ms) == (700, None)
    assert (moved.delivering_from_ms, moved.delivering_from_ml) == (AT, run.pump.odometer.shown_ml + D("0.4"))
    assert seen(before, reading("2"), AT).gap.proven_ms == 5
    later = replace(before, gap=replace(gap, proven_ms=800))
    assert seen(later, reading("2"), AT, "0.4").gap.proven_ms == 800
    stood = seen(before, reading("2", Motion.STOPPED), AT).gap
    assert (stood.open_from_ms, stood.delivering_from_ms) == (5, None)
    again = seen(replace(before, gap=stood), reading("2"), AT + 9).gap
    assert (again.open_from_ms, again.delivering_from_ms) == (5, AT + 9)
    on = seen(replace(before, gap=again), reading("2"), AT + 99, "0.1").gap
    assert on.delivering_from_ms == AT + 9
    assert (
        seen(replace(before, gap=replace(gap, proven_ms=None)), reading("2"), AT, "0.4").gap.proven_ms is None
    )


@pytest.mark.parametrize("motion", [Motion.KVO, Motion.BOLUS, Motion.PROGRAM])
def test_f19_only_infusing_is_delivery_that_was_ordered(run: RunState, motion: Motion) -> None:
    after = seen(run, reading("2", motion), AT).gap
    assert after.open_from_ms is not None


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.WAITING_GATE, Phase.AFTER_WATCH])
def test_f19_what_runs_where_nothing_is_to_run_ends_no_gap(run: RunState, phase: Phase) -> None:
    """F19: where a hand drives it does; by hand a stop that nobody has carried out yet is none."""
    after = seen(replace(run, phase=phase), reading("2"), AT).gap
    assert after.delivering_from_ms is None
    manual = seen(replace(run, phase=Phase.MANUAL), reading("2"), AT).gap
    assert manual.delivering_from_ms is not None
    asked = replace(run.pump, stop_ms=5)
    by_hand = replace(run, phase=phase, authority=Authority.MONITOR, pump=asked)
    gap = replace(by_hand.gap, delivering_from_ms=None)
    assert seen(replace(by_hand, gap=gap), reading("2"), AT).gap.delivering_from_ms == AT
