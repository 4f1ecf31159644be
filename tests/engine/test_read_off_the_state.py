"""What is read off the state of a run: the word at the top, its pumps, what is given (F2, F8, F15, F23)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from daemon.engine import events as ev
from daemon.engine.account import Account, Odometer, Span
from daemon.engine.alarm_view import AlarmView
from daemon.engine.phases import Mode, Phase
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import Then, ThenKind
from drivers.values import Authority, Motion, PumpReading, PumpSetting
from tests.engine.plans import pump as pump_with
from tests.engine.stories import infusing, switching
from tests.engine.two_pumps import beside, every

D = Decimal
AT = 900_000
STRETCH = Stretch(D(6), D(10), Then(ThenKind.REPEAT), 2, "reaction:mild")
STANDS = PumpReading(Motion.STOPPED, D(0), D(0), D(0), remote=True)
RUNS = PumpReading(Motion.INFUSING, D(60), D(3), D(5), remote=True)
WORDS = {
    Phase.PLANNED: Mode.READY,
    Phase.CHECKING: Mode.READY,
    Phase.INFUSING: Mode.AUTOMATIC,
    Phase.WAITING_GATE: Mode.AUTOMATIC,
    Phase.AWAITING_SOLUTION: Mode.AUTOMATIC,
    Phase.SWITCHING: Mode.AUTOMATIC,
    Phase.HELD: Mode.HELD,
    Phase.OBSERVING: Mode.OBSERVING,
    Phase.MANUAL: Mode.MANUAL,
    Phase.AFTER_WATCH: Mode.AUTOMATIC,
    Phase.COMPLETED: Mode.DONE,
    Phase.ABORTED: Mode.DONE,
}
"""DESIGN section 5 and F8, with every STOP confirmed."""
BEFORE = {Phase.PLANNED, Phase.CHECKING}
OURS = {Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING, Phase.AFTER_WATCH}
"""They begin with a STOP of our own: told only where it takes too long."""


@pytest.fixture(scope="module")
def run() -> RunState:
    return infusing().state


@pytest.fixture(scope="module")
def two() -> RunState:
    """Two pumps, of which neither waits for a STOP."""
    state = switching().state
    return every(state, stop_ms=None, disarmed=False, reading=STANDS)


def test_the_table_has_every_phase() -> None:
    assert WORDS.keys() == set(Phase)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("by_hand", [False, True])
def test_f8_f27_one_word_says_who_decides(run: RunState, phase: Phase, *, by_hand: bool) -> None:
    """F8, F27: set by hand, what would be automatic is advice."""
    authority = Authority.MONITOR if by_hand else Authority.CONTROL
    state = replace(run, phase=phase, authority=authority, pump=replace(run.pump, stop_ms=None))
    expected = Mode.ADVISORY if by_hand and WORDS[phase] is Mode.AUTOMATIC else WORDS[phase]
    assert state.mode is expected
    assert not state.stop_awaited


@pytest.mark.parametrize(
    ("phase", "alarm"), list(product(Phase, ["", "stop_not_confirmed", "stop_by_hand", "hand_more"]))
)
def test_f40_a_stop_that_is_not_confirmed_is_the_word(run: RunState, phase: Phase, alarm: str) -> None:
    """F40: at once, or once it takes too long where it was planned; of a manual run the hand decides."""
    alarms = {alarm: AlarmView(1, "x")} if alarm else {}
    state = replace(run, phase=phase, alarms=alarms, pump=replace(run.pump, stop_ms=5))
    overdue = alarm in ("stop_not_confirmed", "stop_by_hand")
    awaited = phase is not Phase.MANUAL and (overdue or phase not in OURS)
    assert state.stop_awaited is awaited
    shown = awaited and phase not in BEFORE
    assert state.mode is (Mode.STOP_NOT_CONFIRMED if shown else WORDS[phase])


def test_f6_a_bed_is_disarmed_where_every_pump_is(two: RunState) -> None:
    assert not two.disarmed
    assert not beside(two, disarmed=True).disarmed
    assert not replace(two, pump=replace(two.pump, disarmed=True)).disarmed
    assert every(two, disarmed=True).disarmed


@pytest.mark.parametrize(("by_hand", "stopped"), list(product([False, True], repeat=2)))
def test_f27_a_pump_set_by_hand_can_only_stand(run: RunState, *, by_hand: bool, stopped: bool) -> None:
    authority = Authority.MONITOR if by_hand else Authority.CONTROL
    pump = replace(run.pump, disarmed=False, stopped=stopped)
    assert replace(run, authority=authority, pump=pump).disarmed is (by_hand and stopped)


def test_f10_a_stop_stands_since_the_first_pump_did_not_confirm_it(two: RunState) -> None:
    assert two.stop_ms is None
    assert beside(two, stop_ms=7).stop_ms == 7
    assert replace(beside(two, stop_ms=7), pump=replace(two.pump, stop_ms=9)).stop_ms == 7
    assert replace(beside(two, stop_ms=9), pump=replace(two.pump, stop_ms=7)).stop_ms == 7


def test_f23_one_pump_that_delivers_is_delivery(two: RunState) -> None:
    assert not two.delivering
    assert beside(two, reading=RUNS).delivering
    assert replace(two, pump=replace(two.pump, reading=RUNS)).delivering
    assert (two.running, replace(two, pump=replace(two.pump, reading=RUNS)).running) == (False, True)
    assert not replace(two, pump=replace(two.pump, reading=None)).running
    assert not beside(two, reading=RUNS).running, "of the one in charge alone"


def test_f25_every_pump_has_its_own_counter(two: RunState) -> None:
    """F25: units of 0.1 mL, and of three digits: 0.1 mL up to 99.9, a millilitre from 100 on."""
    coarse = pump_with(counter_unit_ml=D("0.01"), digits=3)
    one = two.others["pump-2"]
    other = replace(one, fitted=replace(one.fitted, caps=coarse))
    for shown, unit in ((None, "0.01"), ("0.5", "0.01"), ("9.99", "0.01"), ("10", "0.1"), ("100", "1")):
        reading = None if shown is None else replace(STANDS, counter_ml=D(shown))
        state = replace(two, others={"pump-2": replace(other, pump=replace(one.pump, reading=reading))})
        assert state.unit_of("pump-2") == D(unit)
        assert state.unit_of("pump-1") == state.unit_ml == D("0.1")


@pytest.mark.parametrize(
    ("reply_s", "wire_factor", "ml"),
    [("0", 1, "0.02"), ("1", 1, "0.03"), ("0.5", 1, "0.025"), ("1", 2, "0.06"), ("3", 1, "0.05")],
)
def test_f18_what_flows_while_an_answer_is_on_its_way(
    run: RunState, reply_s: str, wire_factor: int, ml: str
) -> None:
    """F18, F25: an answer and the two seconds of the motor, at 36 mL/h a hundredth of a mL each second."""
    fitted = replace(run.fitted, caps=pump_with(reply_limit_s=D(reply_s)))
    stretch = replace(STRETCH, rate_ml_h=D(36))
    state = replace(run, fitted=fitted, wire_factor=D(wire_factor), stretch=stretch)
    assert state.late_ml == D(ml)
    planned = replace(state, stretch=None, step=1)
    assert planned.rate_ml_h == 60
    assert abs(planned.late_ml * 36 - D(ml) * 60) < D("1e-9")


@pytest.mark.parametrize(
    ("what", "of_step", "in_stretch"), list(product(["until_empty", "by_time"], *[[False, True]] * 2))
)
def test_f2_f25_a_stretch_ends_with_its_volume_whatever_its_step_ends_with(
    run: RunState, what: str, *, of_step: bool, in_stretch: bool
) -> None:
    steps = tuple(replace(one, **{what: of_step}) for one in run.plan.steps)  # type: ignore[arg-type]
    plan = replace(run.plan, steps=steps)
    state = replace(run, plan=plan, stretch=STRETCH if in_stretch else None)
    assert getattr(state, what) is (of_step and not in_stretch)


@pytest.mark.parametrize(
    ("completed", "step", "begun", "last_step", "onset", "tolerated"),
    [
        (1, 2, True, 1, None, 1),
        (2, 2, True, 1, None, 1),  # it is being given: a reaction now is to it
        (2, 3, True, 2, None, 2),
        (0, 3, True, 2, None, 0),  # after a way back to the beginning nothing above counts
        (2, 3, False, 2, None, 1),  # between two steps it belongs to the one that gave drug
        (2, 3, True, 2, 1, 0),  # told late: to the step it began in
        (0, 1, True, 1, None, 0),
    ],
)
def test_f2_what_was_tolerated_lies_below_the_step_of_a_reaction(
    run: RunState,
    completed: int,
    step: int,
    *,
    begun: bool,
    last_step: int,
    onset: int | None,
    tolerated: int,
) -> None:
    watched = replace(run.watched, onset_step=onset)
    state = replace(run, completed=completed, step=step, begun=begun, last_step=last_step, watched=watched)
    assert state.tolerated_step == tolerated


@pytest.mark.parametrize("kind", list(ev.OrderKind))
def test_f15_only_a_pump_that_is_not_gapless_is_stopped_to_be_set(run: RunState, kind: ev.OrderKind) -> None:
    """F15: for a new rate and a new limit of the running pump, where we set it."""
    order = ev.SettingOrdered(9, kind, PumpSetting(D(60), D(2)), 1, "A", "pump 1")
    pump = replace(run.pump, pending=order)
    changed = kind in (ev.OrderKind.CHANGE, ev.OrderKind.RENEW)
    for gapless, by_hand in product([False, True], repeat=2):
        fitted = replace(run.fitted, caps=pump_with(gapless=gapless))
        authority = Authority.MONITOR if by_hand else Authority.CONTROL
        state = replace(run, fitted=fitted, authority=authority, pump=pump)
        assert state.restarting is (changed and not gapless and not by_hand)
        assert not replace(state, pump=replace(pump, pending=None)).restarting


def test_f23_a_bag_belongs_to_the_pump_that_carries_it(two: RunState) -> None:
    other = two.others["pump-2"]
    assert (two.carrier("A"), two.carrier("B")) == ("pump-1", "pump-2")
    assert two.carrier("nobody's") == "pump-1", "the one in charge"
    assert (two.view("pump-1"), two.view("pump-2")) == (two.pump, other.pump)
    assert (two.fit("pump-1"), two.fit("pump-2")) == (two.fitted, other.fitted)
    assert (two.hung_on("pump-1"), two.hung_on("pump-2")) == (two.hung, other.hung) == ("A", "B")
    assert (two.hangs("A"), two.hangs("B"), two.hangs("nobody's")) == (True, True, False)
    bare = replace(two, others={"pump-2": replace(other, hung=None)})
    assert (bare.hangs("A"), bare.hangs("B")) == (True, False)


def test_f11_f25_each_bag_counts_by_the_pump_it_hangs_on(two: RunState) -> None:
    """F11, F25: 5 mL of A by the counter of its pump, 2 mL of B by its own; off the pump, what is settled."""
    other = two.others["pump-2"]
    exact = Span(D(0), D(0))
    opened = Account(Span(D(1), D(2)), exact, exact, D(0), 0)
    a = replace(opened, timed=Span(D(5), D(5)))
    b = replace(opened, timed=Span(D(2), D(2)))
    odometers = {name: Odometer(D(ml), exact, D("0.1")) for name, ml in (("1", 5), ("2", 2))}
    aside = replace(other, pump=replace(other.pump, odometer=odometers["2"]))
    state = replace(
        two, pump=replace(two.pump, odometer=odometers["1"]), others={"pump-2": aside}, bags={"A": a, "B": b}
    )
    assert state.bag_given("A") == Span(D(6), D(7))
    assert state.bag_given("B") == Span(D(3), D(4))
    off = replace(state, hung=None, others={"pump-2": replace(aside, hung=None)})
    assert (off.bag_given("A"), off.bag_given("B")) == (Span(D(1), D(2)), Span(D(1), D(2)))
    assert state.bag_given("nobody's") == exact
    wasted = replace(state, doubts=replace(state.doubts, wasted_ml={"A": D("0.5")}))
    assert wasted.bag_drawn_ml("A") - state.bag_drawn_ml("A") == D("0.5")
    assert state.dose_given() == Span(D(36), D(47)), "B is ten times as strong"
    fast = {"reading": RUNS, "read_ms": AT, "certain": True, "approved": None, "may_run_ml_h": D(0)}
    running = every(replace(state, at_ms=AT), **fast)
    assert running.dose_by(AT) == running.dose_given()
    assert running.since_ml(AT + 60_000) == {"A": D("1.05"), "B": D("1.05")}, "a mL in a minute, 5 % more"
    assert running.dose_by(AT + 60_000) == Span(D(36), 47 + D("1.05") + D("10.5"))
