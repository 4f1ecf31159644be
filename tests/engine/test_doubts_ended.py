"""Acts that end a doubt, at their bounds: a leap, a step, the time without drug, the pump (F20, F21, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import gap, settling
from daemon.engine import inputs as inp
from daemon.engine.account import Account, Span
from daemon.engine.alarm_view import AlarmView
from daemon.engine.doubts import CounterFault, Explanation, Jump, Settlement
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import PumpIdentity
from tests.engine.answers import DONE, Answer, answered
from tests.engine.stories import in_phase

D = Decimal
NOW = 10_000_000
MIN = 60_000
TOLD = AlarmView(5, "x")


@pytest.fixture(scope="module")
def held() -> RunState:
    """Held in step 1, which began with 5 mL to give; nothing is in doubt."""
    state = in_phase(Phase.HELD).state
    assert state.goal_ml == D(5)
    assert state.unit_ml == D("0.1")
    return replace(state, doubts=replace(state.doubts, jumps=()), alarms={}, ended={})


# -- a leap of the counter ----------------------------------------------------------------------------


def leapt(counted: str, high: str, timed: str, why: CounterFault = CounterFault.JUMPED) -> Jump:
    return Jump(why, "A", 1, Span(D(0), D(high)), D(counted), Span(D(timed), D(timed)))


def explained(state: RunState, how: Explanation, *jumps: Jump) -> Answer:
    doubtful = replace(state, doubts=replace(state.doubts, jumps=jumps), alarms={"counter_broken": TOLD})
    return answered(doubtful, inp.ClassifyCounter("a", "ann", how=how, text="saw it"), NOW)


@pytest.mark.parametrize(
    ("jump", "how", "low", "high", "spared"),
    [
        (leapt("5", "8", "1"), Explanation.GIVEN, "4.9", "5.1", "0"),
        (leapt("5", "5", "1"), Explanation.GIVEN, "4.9", "5", "0"),
        (leapt("5", "8", "0"), Explanation.PRIMED_OFF_PATIENT, "0", "0", "5"),
        (leapt("5", "0.4", "1"), Explanation.PRIMED_OFF_PATIENT, "0", "0.4", "4.6"),
        (leapt("-5", "8", "0", CounterFault.FELL), Explanation.CLEARED, "0", "0", "0"),
    ],
)
def test_f26_what_was_counted_and_is_for_certain_not_given_is_spared(
    held: RunState, jump: Jump, how: Explanation, low: str, high: str, spared: str
) -> None:
    """F26: to a unit of 0.1 mL where it was given; primed off, what rate and time do not allow."""
    (fact, over) = explained(held, how, jump).facts
    assert fact == ev.CounterExplained(how, Span(D(low), D(high)), D(spared), "ann", "saw it")
    assert over == ev.AlarmCleared("counter_broken")


def test_f26_with_a_second_leap_to_explain_the_alarm_stands(held: RunState) -> None:
    """F26: the oldest first, each by itself."""
    first, second = leapt("5", "8", "1"), leapt("2", "3", "1")
    answer = explained(held, Explanation.GIVEN, first, second)
    assert answer.words == "recorded as given: between 4.90 and 5.10 mL; 1 more to explain"
    assert answer.draft.state.doubts.jumps == (second,)
    assert "counter_broken" in answer.draft.state.alarms


@pytest.mark.parametrize(
    ("jump", "how", "code"),
    [
        (leapt("5", "8", "1"), Explanation.CLEARED, "not_cleared"),
        (leapt("-5", "8", "1", CounterFault.FELL), Explanation.CLEARED, DONE),
        (leapt("5", "8", "1", CounterFault.FELL), Explanation.CLEARED, DONE),
        (leapt("0", "8", "1", CounterFault.STANDING), Explanation.CLEARED, DONE),
        (leapt("5", "8", "1"), Explanation.PRIMED_OFF_PATIENT, DONE),
    ],
)
def test_f26_a_counter_that_only_rose_was_not_cleared(
    held: RunState, jump: Jump, how: Explanation, code: str
) -> None:
    assert explained(held, how, jump).code == code


# -- a step whose bounds are apart --------------------------------------------------------------------


@pytest.fixture(scope="module")
def unsettled(held: RunState) -> RunState:
    """3 to 5 mL of the 5 are given: by one bound it is full, by the other one it lacks 2 mL."""
    account = Account.opened(held.pump.odometer, Span(D(3), D(5)))
    state = replace(held, account=account, begun=True)
    assert settling.unsettled(state)
    return replace(state, alarms={"step_unsettled": TOLD, "volume_time_differ": TOLD})


def settled(state: RunState, how: Settlement = Settlement.GIVE, reason: str = "x") -> Answer:
    return answered(state, inp.SettleStep("a", "ann", how=how, reason=reason), NOW)


@pytest.mark.parametrize("how", Settlement)
def test_f21_what_the_step_lacks_is_recorded_and_its_alarms_are_over(
    unsettled: RunState, how: Settlement
) -> None:
    answer = settled(unsettled, how)
    assert answer.code == DONE
    assert answer.facts[0] == ev.StepSettled(1, how, D(2), "ann", "x")
    assert not answer.draft.state.alarms.keys() & {"step_unsettled", "volume_time_differ"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, DONE),
        ({"phase": Phase.WAITING_GATE}, DONE),
        ({"phase": Phase.AWAITING_SOLUTION}, "nothing_unsettled"),
        ({"phase": Phase.INFUSING}, "nothing_unsettled"),
        ({"begun": False}, "nothing_unsettled"),
        ({"stop_ms": 5}, "nothing_unsettled"),
        ({"delivers": True}, "nothing_unsettled"),
        ({"reason": " "}, "no_reason"),
        ({"leapt": True}, "unclassified"),
        ({"credited": {1}}, DONE),
        ({"regiven": {1}}, "given_before"),
        ({"regiven": {2}}, DONE),
    ],
    ids=str,
)
def test_f21_a_step_is_settled_standing_explained_and_once(
    unsettled: RunState, changes: dict[str, Any], code: str
) -> None:
    """F21, F26: what leapt is explained first: the bounds of the step come of it."""
    words = dict(changes)
    doubts, pump = unsettled.doubts, unsettled.pump
    if words.pop("leapt", False):
        doubts = replace(doubts, jumps=(leapt("5", "8", "1"),))
    once: dict[str, Any] = {name: frozenset(words.pop(name, ())) for name in ("credited", "regiven")}
    doubts = replace(doubts, **once)
    pump = replace(pump, stop_ms=words.pop("stop_ms", None))
    if words.pop("delivers", False):
        assert pump.reading is not None
        pump = replace(pump, reading=in_phase(Phase.OBSERVING).state.pump.reading)
    reason = words.pop("reason", "x")
    assert settled(replace(unsettled, doubts=doubts, pump=pump, **words), reason=reason).code == code


def test_f21_a_step_is_credited_once(unsettled: RunState) -> None:
    doubts = replace(unsettled.doubts, credited=frozenset({1}))
    assert settled(replace(unsettled, doubts=doubts), Settlement.CREDIT).code == "credited_before"
    doubts = replace(unsettled.doubts, credited=frozenset({2}), regiven=frozenset({1}))
    assert settled(replace(unsettled, doubts=doubts), Settlement.CREDIT).code == DONE


# -- the time the drug was off ------------------------------------------------------------------------


def timed(state: RunState, minutes: str, proven_ms: int = 0) -> Answer:
    """Of a gap that nobody knows, and that is proven to be as long as this at least."""
    view = replace(state.gap, unknown=True, open_from_ms=NOW - proven_ms, proven_ms=NOW - proven_ms)
    unknown = replace(state, gap=view, step=2)
    assert gap.proven_ms(unknown, NOW) == proven_ms
    return answered(unknown, inp.EnterTime("a", "ann", minutes_ago=D(minutes), witness="bob"), NOW)


@pytest.mark.parametrize(
    ("minutes", "proven_ms", "code"),
    [
        ("0", 0, DONE),
        ("0", 1, "time_short"),
        ("2", 2 * MIN, DONE),
        ("2", 2 * MIN + 1, "time_short"),
        ("-0.1", 0, "time_odd"),
        ("525600", 0, DONE),
        ("525600.1", 0, "time_odd"),
        ("525601", 0, "time_odd"),
        ("NaN", 0, "time_odd"),
    ],
)
def test_f20_the_time_entered_is_within_what_is_proven_and_a_year(
    held: RunState, minutes: str, proven_ms: int, code: str
) -> None:
    assert timed(held, minutes, proven_ms).code == code


@pytest.mark.parametrize(
    ("minutes", "action"), [("4", "continue"), ("6", "back=1"), ("21", "start_over"), ("61", "abandon")]
)
def test_f20_whoever_enters_the_time_is_told_what_it_orders(
    held: RunState, minutes: str, action: str
) -> None:
    """F19, F20: by the small world's rules: 5, 20 and 60 min."""
    answer = timed(held, minutes)
    assert answer.words == f"recorded as claimed: off for {minutes} min; the gap rule orders: {action}"
    assert answer.facts == [ev.TimeEntered(int(minutes) * MIN, "ann", "bob")]


# -- the pump -----------------------------------------------------------------------------------------


def replaced(state: RunState, **changes: Any) -> Answer:
    """A pump with the serial number 99 answers, stands and was read."""
    pump = replace(
        state.pump,
        **{
            "identity": PumpIdentity("DIANET", "99", "1", "x"),
            "read_serial": "99",
            "linked": True,
            "stopped": True,
            "stop_ms": None,
            **changes,
        },
    )
    given = inp.ReplacePump("a", "ann", serial=" 99 ", witness="bob")
    return answered(replace(state, pump=pump), given, NOW)


def test_f26_another_pump_takes_the_place_of_the_runs_own(held: RunState) -> None:
    answer = replaced(held)
    assert answer.code == DONE
    assert answer.facts == [ev.PumpReplaced("99", "ann", "bob", held.pump_name)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"linked": False}, "serial_not_answering"),
        ({"identity": None}, "serial_not_answering"),
        ({"own_serial": "99"}, "same_pump"),
        ({"stopped": False}, "stop_not_confirmed"),
        ({"stop_ms": 5}, "stop_not_confirmed"),
        ({"read_serial": "1"}, "stop_not_confirmed"),
    ],
    ids=str,
)
def test_f26_it_answers_and_was_itself_seen_standing(
    held: RunState, changes: dict[str, Any], code: str
) -> None:
    """F26: what the one before showed says nothing of it."""
    answer = replaced(held, **changes)
    assert answer.code == code
    assert answer.facts == []
    running = replace(held, phase=Phase.INFUSING)
    assert replaced(running).code == "not_held"
