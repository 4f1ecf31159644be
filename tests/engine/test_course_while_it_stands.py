"""What a run does next while the pump stands, is watched, or its bag is empty (F16, F19, F30)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import course
from daemon.engine import events as ev
from daemon.engine.account import Account, Span
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import GapView, HoldView, RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import HoldCause, Then, ThenKind
from drivers.values import Motion, PumpAlarm, PumpSetting
from tests.engine.follows import follows, told
from tests.engine.states import at_pump, raised, read
from tests.engine.test_slice_sizes import MINUTE, given, granted

D = Decimal
OFF_MS = 1_000
"""When the drug went off."""
NOW = OFF_MS + MINUTE
SHUT = ("hr:stale", "spo2:stale")
PENDING = ev.SettingOrdered(9, ev.OrderKind.DISARM, PumpSetting(D("0.1"), D("0.1")), 1, "A", "pump 1")
START = "start 60 limit 5.6 at pump 1"
REST = "start 60 limit 2.6 at pump 1"
SAME = Then(ThenKind.SAME_STEP)


def stands(phase: Phase, done: str = "0", *, begun: bool = False, **changes: Any) -> RunState:
    """Step 1 of 5 mL, the pump seen standing and disarmed, off for a minute."""
    state = granted(given(done), "2", "0.1")
    state = read(state, motion=Motion.STOPPED)
    state = at_pump(state, approved=None, stopped=True, disarmed=True, read_ms=NOW - 1)
    gap = GapView(proven_ms=OFF_MS, open_from_ms=OFF_MS)
    return replace(state, phase=phase, phase_ms=OFF_MS, begun=begun, gap=gap, **changes)


READY = {"linked", "stopped", "stop_ms", "disarmed", "pending", "delivers"}


def not_ready(state: RunState, what: str) -> RunState:
    match what:
        case "stop_ms":
            return at_pump(state, stop_ms=5)
        case "pending":
            return at_pump(state, pending=PENDING)
        case "delivers":
            return read(state, alarms=frozenset({PumpAlarm.KVO_RUNNING}))
        case _:
            return at_pump(state, **{what: False})


@pytest.mark.parametrize("what", sorted(READY))
@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION])
def test_f6_f16_nothing_is_started_unless_the_pump_is_ready(phase: Phase, what: str) -> None:
    """F6, F16: it answers, stands, its STOP is confirmed, it is disarmed and nothing is on its way."""
    assert START in follows(stands(phase), NOW)
    found = follows(not_ready(stands(phase), what), NOW)
    assert [one for one in found if not one.startswith("disarm")] == []


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION])
def test_f16_an_open_gate_goes_on_by_itself(phase: Phase) -> None:
    """F16: a step not begun begins whole, one begun goes on with its rest."""
    alarms = ("gate_waiting", "gap_running")
    gone = [f"-{alarm}" for alarm in alarms] if phase is Phase.WAITING_GATE else ["-gap_running"]
    fresh = raised(stands(phase), *alarms)
    assert follows(fresh, NOW) == ["begins 1: 5 mL in 300000 ms", *gone, START]
    rest = raised(stands(phase, "3", begun=True), *alarms)
    assert follows(rest, NOW) == ["StepContinued 1", *gone, REST]


def test_f16_a_shut_gate_is_told_and_waited_for() -> None:
    waits = stands(Phase.WAITING_GATE, gate_shut=SHUT)
    draft = Draft(waits, NOW)
    course.settle(draft)
    assert told(draft.events) == ["+gate_waiting"]
    assert draft.state.alarms["gate_waiting"].detail == "hr:stale, spo2:stale"
    assert follows(stands(Phase.AWAITING_SOLUTION, gate_shut=SHUT), NOW) == []


@pytest.mark.parametrize("flickers", [2, 3])
def test_f19_a_gate_that_shut_three_times_in_ten_minutes_is_a_hold(flickers: int) -> None:
    """F19, (A) D13: after the third stop the run stays stopped; a stop of another cause is not counted."""
    stops = tuple(("gate", NOW - 1) for _ in range(flickers))
    state = replace(stands(Phase.WAITING_GATE), stops=stops)
    held = ["held operator", "+held_operator", "stop"]
    begins = ["begins 1: 5 mL in 300000 ms", START]
    assert follows(state, NOW) == (held if flickers == 3 else begins)
    others = replace(state, stops=tuple(("operator", at) for _, at in stops))
    assert follows(others, NOW) == begins


def test_f4_a_bag_that_does_not_hang_is_waited_for() -> None:
    """F4, F13: the gate has opened and step 3 is given from bag B."""
    state = raised(stands(Phase.WAITING_GATE, step=3), "gate_waiting", "gap_running")
    assert follows(state, NOW) == ["awaiting_solution", "-gate_waiting"]
    assert follows(replace(state, phase=Phase.AWAITING_SOLUTION), NOW) == []


def test_f4_a_bag_without_a_word_about_its_line_is_not_started() -> None:
    assert follows(replace(stands(Phase.AWAITING_SOLUTION), line_by=""), NOW) == []


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION])
def test_f19_a_gap_beyond_what_was_granted_is_held(phase: Phase) -> None:
    """F19: up to 5 minutes it goes on; from 5 it is a step back, unless a person has gone on by that rule."""
    state = stands(phase)
    held = ["held operator", "+held_operator", "stop"]
    in_time = OFF_MS + 5 * MINUTE - 1
    assert follows(state, in_time) == ["+gap_running", *follows(state, NOW)[:1], "-gap_running", START]
    assert follows(state, in_time + 1) == held
    assert follows(replace(state, gate_shut=SHUT), in_time + 1) == held
    by_rule = replace(state, gap=replace(state.gap, granted=state.plan.rules.gap.rules[1].strictness))
    assert START in follows(by_rule, in_time + 1)
    assert follows(by_rule, OFF_MS + 20 * MINUTE) == held


@pytest.mark.parametrize(("off_ms", "told_"), [(150_000 - 1, []), (150_000, ["+gap_running"])])
def test_f19_half_of_what_may_go_on_is_told(off_ms: int, told_: list[str]) -> None:
    """F19, (A): of 5 minutes, at two and a half; then as much is left as has passed."""
    state = stands(Phase.AWAITING_SOLUTION, line_by="")
    state = replace(state, line_by="")
    assert follows(state, OFF_MS + off_ms) == told_


# -- watched, not renewed ------------------------------------------------------------------------------


def observed(left: str = "1.8", done: tuple[str, int] = ("3", 3 * MINUTE)) -> RunState:
    """A run of which a person must say that it may go on; 2 mL were approved at 0 ms."""
    return replace(granted(given(*done), "2", left), phase=Phase.OBSERVING)


HELD = ["held restart", "+held_restart", "stop"]


@pytest.mark.parametrize(
    ("state", "next_"),
    [
        (observed, []),
        (lambda: observed("0.111"), HELD),
        (lambda: observed("0.112"), []),
        (lambda: observed("1.8", ("5", 5 * MINUTE)), HELD),
        (lambda: at_pump(observed("0.1"), stop_ms=0), []),
        (lambda: read(observed("0.1"), motion=Motion.STOPPED), []),
        (lambda: read(observed("1.8", ("5", 5 * MINUTE)), motion=Motion.STOPPED), []),
    ],
    ids=range(7),
)
def test_f17_f20_what_nobody_confirmed_is_held_at_its_limit_or_when_the_step_is_full(
    state: Callable[[], RunState], next_: list[str]
) -> None:
    assert follows(state(), 1) == next_


def test_f17_a_pump_out_of_reach_is_held_once_its_limit_must_have_ended_it() -> None:
    """F17: 2 mL at 60 mL/h are 2 minutes from when they were approved."""
    silent = at_pump(observed(), linked=False, approved_ms=1_000)
    held = ["held pump_lost", "+held_pump_lost", "stop"]
    assert follows(silent, 1_000 + 2 * MINUTE) == []
    assert follows(silent, 1_000 + 2 * MINUTE + 1) == held
    assert follows(at_pump(silent, approved=None), 1_000) == held
    assert follows(at_pump(silent, approved=PumpSetting(D(60), None)), 1_000) == held
    assert follows(at_pump(silent, stop_ms=1), 1_000 + 9 * MINUTE) == []


# -- the bag is empty ----------------------------------------------------------------------------------


def empty(low: str = "4.5", alarm: PumpAlarm = PumpAlarm.EMPTY, **changes: Any) -> RunState:
    """Held at a bag that is to run empty in step 1, goal 5 mL; from 90 % it may count as given."""
    state = stands(Phase.HELD, begun=True)
    first, *others = state.plan.steps
    plan = replace(state.plan, steps=(replace(first, until_empty=True), *others))
    account = Account(Span(D(low), D(5)), Span(D(0), D(0)), Span(D(0), D(0)), D(0), 0)
    state = read(state, alarms=frozenset({alarm}))
    hold = HoldView(1, frozenset({HoldCause.PUMP_ALARM}), None, ("empty",))
    return replace(replace(state, plan=plan, account=account, hold=hold), **changes)


def without_order(state: RunState) -> RunState:
    return replace(state, plan=replace(state.plan, rules=replace(state.plan.rules, empty_from_percent=None)))


@pytest.mark.parametrize(
    ("state", "may"),
    [
        (empty, True),
        (lambda: empty(alarm=PumpAlarm.AIR), True),
        (lambda: empty(alarm=PumpAlarm.DOOR_OPEN), False),
        (lambda: empty("4.499"), False),
        (lambda: without_order(empty()), False),
        (lambda: empty(begun=False), False),
        (lambda: empty(phase=Phase.WAITING_GATE), False),
        (lambda: empty(hold=None), False),
        (lambda: empty(hold=HoldView(1, frozenset({HoldCause.OPERATOR}), None, ())), False),
        (
            lambda: empty(hold=HoldView(1, frozenset({HoldCause.OPERATOR, HoldCause.PUMP_ALARM}), None, ())),
            False,
        ),
        (lambda: empty(stretch=Stretch(D(60), D(5), SAME, 0, "x")), False),
        (lambda: read(empty(), motion=Motion.INFUSING), False),
        (lambda: at_pump(empty(), reading=None), False),
    ],
    ids=range(13),
)
def test_f30_an_empty_bag_may_end_its_step_from_nine_tenths(
    state: Callable[[], RunState], *, may: bool
) -> None:
    """F30: ordered so, held for the pump's alarm alone, standing, and 4.5 of 5 mL for certain."""
    assert course.may_be_empty(state()) is may


def test_f30_another_step_does_not_end_with_its_bag() -> None:
    state = empty()
    assert not course.may_be_empty(replace(state, plan=stands(Phase.HELD).plan))


@pytest.mark.parametrize(
    ("step", "entered"), [(1, "awaiting_solution"), (2, "awaiting_solution"), (3, "after_watch")]
)
def test_f30_after_an_empty_bag_comes_the_next_or_the_watch(step: int, entered: str) -> None:
    state = empty(step=step)
    assert follows(state, NOW, lambda draft: course.end_empty(draft, "ann")) == [f"StepEnded {step}", entered]


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("stretch", [None, Stretch(D(60), D(5), SAME, 0, "x")])
def test_f21_a_step_counted_as_given_is_over_and_the_last_one_ends_the_run(
    step: int, stretch: Stretch | None
) -> None:
    """F21: a stretch in the last step is not the last thing that is given."""
    alarms = ("held_operator", "gate_waiting", "gap_running", "journal_broken")
    state = raised(empty(step=step, stretch=stretch), *alarms)
    draft = Draft(state, NOW)
    last = course.credited(draft, "ann")
    assert last is (step == 3 and stretch is None)
    ended = f"StepEnded {step}" if stretch is None else f"StretchEnded, {step} is due, again False"
    over = ["-held_operator", "-gate_waiting", "-gap_running", "after_watch"]
    assert told(draft.events) == [ended, *(over if last else [])]


# -- afterwards ----------------------------------------------------------------------------------------


def test_f22_the_watch_is_over_after_its_minutes_with_every_stop_confirmed() -> None:
    """F22: 5 minutes from the end; a STOP nobody has confirmed keeps it open."""
    state = replace(stands(Phase.AFTER_WATCH), ended_ms=NOW)
    assert follows(state, NOW + 5 * MINUTE - 1) == []
    assert follows(state, NOW + 5 * MINUTE) == ["completed"]
    assert follows(at_pump(state, stop_ms=5), NOW + 5 * MINUTE) == []


@pytest.mark.parametrize(
    "phase", [Phase.PLANNED, Phase.CHECKING, Phase.MANUAL, Phase.COMPLETED, Phase.ABORTED]
)
def test_f8_where_nothing_is_driven_nothing_follows(phase: Phase) -> None:
    assert follows(stands(phase), NOW + 99 * MINUTE) == []


def test_f6_what_stands_armed_is_disarmed() -> None:
    state = at_pump(stands(Phase.HELD), disarmed=False)
    assert follows(state, NOW) == ["disarm 0.1 limit 0.1 at pump 1"]
