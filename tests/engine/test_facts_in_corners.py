"""What a fact changes where two conditions meet, worked out by hand (F14, F19, F21, F23, F25, F39, F40)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import events_alarms as eva
from daemon.engine.account import Account, Odometer, Span
from daemon.engine.alarm_view import AlarmView, AudioView
from daemon.engine.evolve import evolve
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import Choice, ChoiceKind, GapAction, GapRule, HoldCause, Then, ThenKind
from drivers.values import Motion
from tests.engine.facts import told
from tests.engine.lines import at_step, lined
from tests.engine.stories import infusing

D = Decimal
AT = 900_000
NONE = Span(D(0), D(0))


@pytest.fixture(scope="module")
def run() -> RunState:
    return infusing().state


@pytest.fixture(scope="module")
def lined_run() -> RunState:
    """A minute into step 1, through a line of 2 mL."""
    return at_step(lined("2"), 1).state


def witnessed(state: RunState, counted: str, low: str, high: str) -> RunState:
    """In a step of which so much was counted, and so much is said by rate and time; 2 mL are settled."""
    odometer = Odometer(D(5) + D(counted), NONE, D("0.1"))
    account = Account(Span(D(2), D(2)), Span(D(5), D(5)), Span(D(low), D(high)), D(counted), 60_000)
    return replace(state, pump=replace(state.pump, odometer=odometer), account=account)


@pytest.mark.parametrize(
    ("counted", "low", "high", "kept"),
    [
        ("1", "1", "1", True),
        ("1", "0.9", "1.1", True),  # two units wide
        ("1", "0.89", "1.1", False),  # so wide they say little
        ("0.8", "1", "1", True),  # two units behind
        ("0.7", "1", "1", False),
        ("1.2", "1", "1", True),  # two units ahead
        ("1.3", "1", "1", False),
    ],
)
def test_f21_f25_a_step_goes_on_with_its_account_while_its_witnesses_agree(
    run: RunState, counted: str, low: str, high: str, *, kept: bool
) -> None:
    """F21, F25: else with their bounds as settled, its minutes, and both witnesses from here on."""
    before = replace(witnessed(run, counted, low, high), phase=Phase.WAITING_GATE)
    after = evolve(before, ev.StepContinued(1), AT)
    assert (after.phase, after.phase_ms) == (Phase.INFUSING, AT)
    assert (after.account == before.account) is kept
    assert after.step_given() == before.step_given()
    assert after.account.proven_ms == 60_000
    if not kept:
        mark = before.pump.odometer.span
        assert after.account == Account(before.step_given(), mark, NONE, D(0), 60_000)


@pytest.mark.parametrize("motion", [Motion.INFUSING, Motion.STOPPED])
@pytest.mark.parametrize(
    ("proven_ms", "read_ms", "moved_to"), [(None, 9, None), (7, 9, 9), (7, 7, 7), (7, 5, 7)]
)
def test_f23_the_pump_that_is_stopped_for_another_has_given_drug_until_it_was_read(
    run: RunState, motion: Motion, proven_ms: int | None, read_ms: int, moved_to: int | None
) -> None:
    """F23, F19: where it was read running; one that already stood proves nothing more."""
    assert run.pump.reading is not None
    pump = replace(run.pump, reading=replace(run.pump.reading, motion=motion), read_ms=read_ms)
    before = replace(run, pump=pump, gap=replace(run.gap, proven_ms=proven_ms))
    expected: dict[str, object] = {"phase": Phase.SWITCHING, "phase_ms": AT}
    if motion is Motion.INFUSING and moved_to != proven_ms:
        expected["gap.proven_ms"] = moved_to
    assert told(before, ev.SwitchBegun("pump 2"), AT) == expected


def test_f2_the_first_repetition_of_a_stretch_uses_its_rule_for_the_first_time(run: RunState) -> None:
    stretch = Stretch(D(6), D(10), Then(ThenKind.REPEAT), 2, "reaction:mild")
    before = replace(run, stretch=stretch, resumed={})
    assert evolve(before, ev.StretchEnded(1, NONE, 1, 1, True), AT).resumed == {"reaction:mild": 1}


@pytest.mark.parametrize("phase", list(Phase))
def test_f3_a_hold_that_begins_asks_about_a_flush_and_one_that_goes_on_does_not(
    lined_run: RunState, phase: Phase
) -> None:
    """F3: where drug was driven through a line that holds some; a person at the pump is asked nothing."""
    held = replace(lined_run, phase=phase, line=replace(lined_run.line, asked=False))
    after = evolve(held, ev.Held(HoldCause.OPERATOR, None, "x", "ann"), AT)
    driven = {Phase.INFUSING, Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING, Phase.OBSERVING}
    assert after.line.asked is (phase in driven)


def test_f14_what_is_stored_beyond_the_bag_that_hangs_was_of_the_bag_before(run: RunState) -> None:
    """F14: of 0.5 mL stored 0.3 are of A, which has given no more since it hangs; 0.2 mL are of B."""
    moved = Account(Span(D(2), D(4)), Span(D(5), D(5)), Span(D("0.3"), D("0.3")), D("0.3"), 60_000)
    other = Account(Span(D(1), D(1)), Span(D(5), D(5)), NONE, D(0), 0)
    odometer = Odometer(D("5.3"), NONE, D("0.1"))
    before = replace(
        run,
        pump=replace(run.pump, odometer=odometer),
        account=moved,
        bags={"A": moved, "B": other},
        doubts=replace(run.doubts, trail=()),
    )
    assert before.bag_given("A") == Span(D("2.3"), D("4.3"))
    after = evolve(before, ev.Occluded(D("0.5"), D("0.2"), "pump 1"), AT)
    assert after.bag_given("A") == Span(D("1.8"), D("4.5"))
    assert after.bags["B"].settled == Span(D("0.8"), D(1))
    less = evolve(before, ev.Occluded(D("0.3"), D("0.2"), "pump 1"), AT)
    assert less.bags["B"] == other, "all of it is of A"


def test_f19_a_gap_that_began_when_the_lower_bound_ends_is_part_of_the_new_one(run: RunState) -> None:
    assert run.started_ms is not None
    t = run.started_ms
    gap = replace(run.gap, proven_ms=t + 40, closed=((t + 19, t + 21), (t + 20, t + 21)))
    odometer = Odometer(D(5), NONE, D("0.1"))
    trail = ((t + 10, D("4.3")), (t + 20, D("4.4")), (t + 40, D(5)))
    before = replace(
        run,
        pump=replace(run.pump, odometer=odometer),
        doubts=replace(run.doubts, trail=trail),
        gap=gap,
    )
    after = evolve(before, ev.Occluded(D("0.5"), D("0.2"), "pump 1"), AT).gap
    assert (after.open_from_ms, after.closed) == (t + 20, ((t + 19, t + 20),))


@pytest.mark.parametrize(("wire_factor", "away_ms"), [(1, 30_000), (2, 60_000)])
def test_a12_how_long_an_alarm_may_be_away_is_the_beds_own_time(
    run: RunState, wire_factor: int, away_ms: int
) -> None:
    """(A) A12: 30 s; at the bed of a simulation at double speed these are 60 s of the engine's."""
    over = AlarmView(100, "x", acknowledged_by="ann", acknowledged_ms=150, ended_ms=1_000)
    before = replace(run, wire_factor=D(wire_factor), alarms={}, ended={"pump_warning": over})
    for ms, name in ((away_ms - 1, "ann"), (away_ms, "")):
        after = evolve(before, eva.AlarmReturned("pump_warning", "x"), 1_000 + ms)
        assert after.alarms["pump_warning"].acknowledged_by == name


@pytest.mark.parametrize("acknowledged", ["stop_not_confirmed", "stop_by_hand"])
def test_f40_a_stop_asked_twice_is_silent_from_the_first_answer_on(run: RunState, acknowledged: str) -> None:
    """F40: sent and told by hand at once: the time of silence begins with the first that is acknowledged."""
    both = dict.fromkeys(("stop_not_confirmed", "stop_by_hand"), AlarmView(100, "x"))
    before = replace(run, alarms=both, audio=AudioView())
    after = evolve(before, eva.AlarmAcknowledged(acknowledged, "ann"), 500)
    assert after.audio == AudioView(hushed_ms=500)


def test_f12_the_checks_begin_with_the_first_thing_that_is_confirmed(run: RunState) -> None:
    before = replace(run, phase=Phase.PLANNED, phase_ms=5)
    found = told(before, ev.Assessed("ann"), AT)
    assert found == {"phase": Phase.CHECKING, "phase_ms": AT, "assessed_ms": AT}


@pytest.mark.parametrize(
    ("gap_ms", "granted"),
    [
        (299_999, GapAction.BACK),
        (300_000, GapAction.BACK),
        (300_001, GapAction.CONTINUE),
        (None, GapAction.BACK),
    ],
)
def test_f19_on_a_shared_bound_the_stricter_rule_counts_on_whichever_side_it_is(
    run: RunState, gap_ms: int | None, granted: GapAction
) -> None:
    """F19: two steps back up to five minutes, and beyond them nothing; the order is taken at its word."""
    rules = (GapRule(D(0), D(5), GapAction.BACK, 2), GapRule(D(5), None, GapAction.CONTINUE))
    ordered = replace(run.plan.rules, gap=replace(run.plan.rules.gap, rules=rules))
    before = replace(run, plan=replace(run.plan, rules=ordered), phase=Phase.HELD)
    resumed = ev.Resumed(Choice(ChoiceKind.SAME_STEP), 1, gap_ms, GapAction.CONTINUE, "ann", "", "well")
    strict = {rule.action: rule.strictness for rule in rules}
    assert evolve(before, resumed, AT).gap.granted == strict[granted]
