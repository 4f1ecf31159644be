"""What a run does next while the pump runs: renew, end, stop, each fact alone at its bound (F5, F11, F16)."""

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
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import GateAction, GateRule, Then, ThenKind
from drivers.values import Motion, PumpSetting
from tests.engine.follows import follows
from tests.engine.states import at_pump
from tests.engine.test_slice_sizes import MINUTE, OPEN, given, granted

D = Decimal
NOW = 1
FULL = ("5", 5 * MINUTE)
SHUT = ("hr:stale", "spo2:stale")
DWELL = GateRule(GateAction.DWELL, D(2))
NOWHERE = PumpSetting(D(60), None)


def running(left: str = "1.8", done: tuple[str, int] = ("3", 3 * MINUTE), **ordered: Any) -> RunState:
    """Step 1 at 60 mL/h, so much done of its 5 mL; of a limit of 2 mL so much is left."""
    return granted(given(*done, **ordered), "2", left)


def shut(state: RunState) -> RunState:
    return replace(state, gate_shut=SHUT)


PENDING = ev.SettingOrdered(9, ev.OrderKind.RENEW, PumpSetting(D(60), D(2)), 1, "A", "pump 1")
RENEWED = "renew 60 limit 2.6 at pump 1"
"""Of 5 mL 2 are missing: with 0.5 mL of margin (30 s) and a tenth."""
STANDS = ["waiting_gate", "+gate_waiting", "stop"]


# -- inside a step -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "next_"),
    [
        (running, []),
        (lambda: running("1"), [RENEWED]),
        (lambda: at_pump(running("1"), stop_ms=0), []),
        (lambda: at_pump(running("1"), pending=PENDING), []),
        (lambda: at_pump(running("1"), linked=False), []),
        (lambda: shut(running("1")), []),
        (lambda: shut(running("0.1")), STANDS),
        (lambda: shut(running("0.112")), []),
        (lambda: at_pump(running("0.1"), withdrawn_ms=NOW, unsent=1), STANDS),
        (lambda: at_pump(running("1"), withdrawn_ms=NOW, unsent=1), []),
        (lambda: at_pump(running("1"), withdrawn_ms=NOW - 1_000, unsent=1), [RENEWED]),
    ],
    ids=range(11),
)
def test_f5_f16_inside_a_step_a_slice_is_renewed_or_ends_in_a_stop(
    state: Callable[[], RunState], next_: list[str]
) -> None:
    """F5, F16: one order at a time, to a pump that answers; behind a shut gate none, and STOP in time."""
    assert follows(state(), NOW) == next_


def test_f5_a_pump_that_stands_is_started_behind_an_open_gate_only() -> None:
    """F5, F15: read back standing, nothing approved; a START is not sent to one that has not been seen so."""
    stands = at_pump(running("0"), approved=None, stopped=True)
    assert follows(stands, NOW) == ["start 60 limit 2.6 at pump 1"]
    assert follows(shut(stands), NOW) == []
    assert follows(at_pump(stands, stopped=False), NOW) == []
    assert follows(shut(at_pump(stands, stopped=False)), NOW) == []


def test_f18_a_pump_that_does_not_run_gets_no_renewal() -> None:
    """F18: approved and last read standing: its reading is judged, and nothing is added to it."""
    state = running("1")
    assert state.pump.reading is not None
    stands = replace(state.pump.reading, motion=Motion.STOPPED)
    assert follows(at_pump(state, reading=stands), NOW) == []
    assert follows(at_pump(state, reading=stands, withdrawn_ms=NOW, unsent=1), NOW) == []
    ends = replace(stands, limit_left_ml=D("0.1"))
    assert follows(at_pump(state, reading=ends, withdrawn_ms=NOW, unsent=1), NOW) == []


def test_f11_where_nothing_more_may_be_granted_the_run_is_held_before_its_limit() -> None:
    """F11, F16: 3 mL of 5 are given and 3.2 mg are the most: 0.2 mL are less than what is on the pump."""
    state = running("0.1", ceilings=replace(OPEN, max_total_dose=D("3.1")))
    assert follows(state, NOW) == ["held operator", "+held_operator", "stop"]
    early = running("0.112", ceilings=replace(OPEN, max_total_dose=D("3.1")))
    assert follows(early, NOW) == []


@pytest.mark.parametrize(("most", "starts"), [("3.099", False), ("3.1", True)])
def test_f11_no_order_is_below_the_smallest_limit_of_the_pump(most: str, *, starts: bool) -> None:
    """F11, F7: a pump that takes no limit below 0.1 mL is granted a tenth or nothing, never zero."""
    state = running("0", ceilings=replace(OPEN, max_total_dose=D(most)))
    assert state.pump.reading is not None
    stands = replace(state.pump.reading, motion=Motion.STOPPED)
    state = at_pump(state, approved=None, stopped=True, reading=stands)
    assert state.caps.limit_min_ml == D("0.1")
    expected = ["start 60 limit 0.1 at pump 1"] if starts else ["held operator", "+held_operator", "stop"]
    room = course.setting(state, NOW).limit_ml
    assert room == (D("0.1") if starts else D(0))
    assert follows(state, NOW) == expected


@pytest.mark.parametrize(("ml", "next_"), [("5.7", True), ("5.71", False)])
def test_f25_a_witness_past_the_goal_holds_whatever_the_phase(ml: str, *, next_: bool) -> None:
    """F25: 5 mL, 0.5 mL of margin, two units of the counter; also while a person must confirm it."""
    over = ["held pump_alarm", "+held_pump_alarm", "stop"]
    state = running("1.8", (ml, 4 * MINUTE))
    assert follows(state, NOW) == ([] if next_ else over)
    assert follows(replace(state, phase=Phase.OBSERVING), NOW) == ([] if next_ else over)
    full = follows(running("0.1", (ml, 5 * MINUTE)), NOW)
    assert full[:1] == ["StepEnded 1"] if next_ else full == over


def test_f21_bounds_too_far_apart_at_the_end_ask_a_person() -> None:
    """F21: between 4.9 and 5.5 mL of 5: more than a tenth apart, and the lower one is not enough."""
    state = running("0.1")
    account = Account(Span(D("4.9"), D("5.5")), state.account.mark, Span(D(0), D(0)), D(0), 5 * MINUTE)
    pump = replace(state.pump, odometer=replace(state.pump.odometer, shown_ml=D(0)))
    wide = replace(state, account=account, pump=pump)
    assert follows(wide, NOW) == [*STANDS, "+step_unsettled"]


def test_f16_what_the_gate_will_lack_is_said_inside_a_step() -> None:
    """F16: the assessment falls due in three minutes of the two that are left; not so behind a shut gate."""
    state = running()
    every_ms = int(state.plan.rules.assessment_every_min * MINUTE)
    due = replace(state, assessed_ms=NOW + 2 * MINUTE - every_ms)
    assert follows(due, NOW) == ["+gate_needs", "+gate_needs_now"]
    assert follows(shut(due), NOW) == []


# -- the end of a step ---------------------------------------------------------------------------------


def test_f16_a_full_step_goes_on_to_the_next_rate() -> None:
    """F16: 120 mL/h for 5 minutes; two minutes unattended are 4 mL."""
    state = running("1", FULL, ceilings=replace(OPEN, unattended_max_min=D(2)))
    told = replace(state, alarms={})
    raised = Draft(told, NOW)
    for alarm in ("gate_waiting", "gate_needs", "gate_needs_now"):
        raised.alarm(alarm, "x")
    assert follows(raised.state, NOW) == [
        "StepEnded 1",
        "-gate_needs",
        "-gate_needs_now",
        "-gate_waiting",
        "begins 2: 10 mL in 300000 ms",
        "change 120 limit 4 at pump 1",
    ]


def at_step(number: int, *, left: str = "1", **changes: Any) -> RunState:
    """The same, with the end of another step reached."""
    state = replace(running(left, FULL), step=number, **changes)
    rate = state.rate_ml_h
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, rate_ml_h=rate)
    return at_pump(state, approved=PumpSetting(rate, D(2)), reading=reading)


def test_f4_before_another_bag_the_pump_is_stopped() -> None:
    """F4, F13: step 3 is given from bag B."""
    assert follows(at_step(2), NOW) == ["StepEnded 2", "awaiting_solution", "stop"]


def test_f16_after_the_last_step_the_pump_is_stopped_whatever_the_gate() -> None:
    """F16, F22: what it lacks is watched afterwards."""
    last = at_step(3, hung="B", bags={})
    for state in (last, shut(last)):
        assert follows(state, NOW) == ["StepEnded 3", "after_watch", "stop"]


def test_f16_a_full_step_behind_a_shut_gate_stands_as_ordered() -> None:
    """F16: `stop`, or a dwell without a bound: the step is over and the pump stands."""
    for rule in (
        GateRule(GateAction.STOP, None),
        GateRule(GateAction.STOP, D(2)),
        replace(DWELL, dwell_max_min=None),
    ):
        state = shut(running("1", FULL, gate=rule))
        assert follows(state, NOW) == ["StepEnded 1", *STANDS]


def test_f16_what_shuts_the_gate_is_told_with_the_wait() -> None:
    """F16, F31: every code of it, where it stands inside a step, at its end, and in a dwell."""
    dwells = shut(running("1", FULL, gate=DWELL))
    for state in (shut(running("0.1")), shut(running("1", FULL)), dwells):
        draft = Draft(state, NOW)
        course.settle(draft)
        assert draft.state.alarms["gate_waiting"].detail == "hr:stale, spo2:stale"
        entered = [one.reason for one in draft.events if isinstance(one, ev.PhaseEntered)]
        assert entered == ([] if state is dwells else ["hr:stale, spo2:stale"])


def test_f16_a_dwell_is_begun_once_and_its_minutes_are_granted() -> None:
    """F16: 2 mL more at the same rate, half a mL of margin and a tenth."""
    state = shut(running("1", FULL, gate=DWELL))
    assert follows(state, NOW) == ["DwellBegun", "+gate_waiting", "renew 60 limit 2.6 at pump 1"]
    dwells = replace(state, dwell_ms=NOW)
    assert follows(dwells, NOW) == ["renew 60 limit 2.6 at pump 1"]
    assert follows(granted(dwells, "2", "1.8"), NOW) == []


@pytest.mark.parametrize(
    ("since_ms", "left", "ml", "stands"),
    [
        (2 * MINUTE, "1.8", "7", True),
        (2 * MINUTE - 1, "1.8", "6.999", False),
        (2 * MINUTE - 1, "0.112", "6.999", False),
        (2 * MINUTE - 1, "0.1", "6.999", True),
    ],
)
def test_f16_a_dwell_ends_by_its_minutes_or_with_its_limit(
    since_ms: int, left: str, ml: str, *, stands: bool
) -> None:
    """F16, F11: 2 minutes; or nothing more may be given, and the limit is about to end."""
    ceilings = replace(OPEN, max_total_dose=D(7)) if left != "1.8" else OPEN
    state = shut(running(left, (ml, 5 * MINUTE), gate=DWELL, ceilings=ceilings))
    state = replace(state, dwell_ms=NOW - since_ms)
    assert follows(state, NOW) == (["StepEnded 1", *STANDS] if stands else [])


# -- a stretch (F2) ------------------------------------------------------------------------------------


def stretch(then: Then, again: int = 0) -> Stretch:
    """5 mL at 60 mL/h: as much as step 1."""
    return Stretch(D(60), D(5), then, again, "reaction:mild")


REPEAT, SAME, BACK = Then(ThenKind.REPEAT), Then(ThenKind.SAME_STEP), Then(ThenKind.BACK, 1)


@pytest.mark.parametrize("gate", [(), SHUT])
def test_f2_after_its_last_repeat_a_stretch_is_held(gate: tuple[str, ...]) -> None:
    """F2: a person decides what follows, whatever the gate."""
    state = replace(running("1", FULL), stretch=stretch(REPEAT), gate_shut=gate)
    over = ["StretchEnded, 1 is due, again False", "held operator", "+held_operator", "stop"]
    assert follows(state, NOW) == over


@pytest.mark.parametrize(("again", "is_left"), [(1, True), (2, True)])
def test_f2_a_stretch_is_repeated_as_often_as_is_left(again: int, *, is_left: bool) -> None:
    state = replace(running("1", FULL), stretch=stretch(REPEAT, again))
    assert follows(state, NOW) == [
        f"StretchEnded, 1 is due, again {is_left}",
        "begins 1: 5 mL in 300000 ms",
        "change 60 limit 5.6 at pump 1",
    ]


@pytest.mark.parametrize(
    ("step", "then", "due", "goal", "order"),
    [
        (1, SAME, 1, "5 mL in 300000 ms", "change 60 limit 5.6 at pump 1"),
        (2, SAME, 2, "10 mL in 300000 ms", "change 120 limit 11.1 at pump 1"),
        (2, BACK, 1, "5 mL in 300000 ms", "change 60 limit 5.6 at pump 1"),
    ],
)
def test_f2_after_a_stretch_comes_what_was_ordered(
    step: int, then: Then, due: int, goal: str, order: str
) -> None:
    """F2: the step itself, whole, or the one below it."""
    state = replace(running("1", FULL), stretch=stretch(then), step=step)
    assert follows(state, NOW) == [f"StretchEnded, {due} is due, again False", f"begins {due}: {goal}", order]


def test_f2_a_stretch_in_the_last_step_is_not_the_end_of_the_run() -> None:
    """F2: behind a shut gate it waits, behind an open one step 3 is given whole."""
    state = replace(running("1", FULL), stretch=stretch(SAME), step=3, hung="B", bags={})
    assert follows(state, NOW)[:2] == ["StretchEnded, 3 is due, again False", "begins 3: 5 mL in 600000 ms"]
    assert follows(shut(state), NOW) == ["StretchEnded, 3 is due, again False", *STANDS]


# -- how a step begins ---------------------------------------------------------------------------------


def begun(state: RunState, step: int) -> tuple[int, Decimal, int]:
    draft = Draft(state, NOW)
    course.begin_step(draft, step)
    (event,) = draft.events
    assert isinstance(event, ev.StepBegun)
    return event.step, event.goal_ml, event.goal_ms


@pytest.mark.parametrize(
    ("drawn", "ml", "ms"), [("3", D(2), 2 * MINUTE), ("4.9", D("0.1"), 6_000), ("5", D(0), 0), ("7", D(0), 0)]
)
def test_f30_a_step_to_the_empty_bag_takes_what_it_still_holds(drawn: str, ml: Decimal, ms: int) -> None:
    """F30: of 5 mL, at 60 mL/h a minute a millilitre; another step takes what is planned."""
    state = given(drawn)
    bag = replace(state.plan.solution("A"), volume_ml=D(5))
    first, *rest = state.plan.steps
    others = tuple(one for one in state.plan.solutions if one.id != "A")
    plan = replace(state.plan, solutions=(bag, *others), steps=(replace(first, until_empty=True), *rest))
    state = replace(state, plan=plan)
    assert begun(state, 1) == (1, ml, ms)
    assert begun(state, 2) == (2, D(10), 5 * MINUTE)
    half = Stretch(D(30), D(4), SAME, 0, "reaction:mild")
    assert begun(replace(state, stretch=half), 1) == (1, D(2), 4 * MINUTE)


def test_f2_a_step_that_waits_for_its_bag_is_placed() -> None:
    assert follows(at_step(2), NOW, course.begin_later) == ["StepPlaced 2"]
