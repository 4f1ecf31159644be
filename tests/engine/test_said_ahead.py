"""What the gate will lack is said before, and what time alone does to the watch (F16, F31, F32)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import announcing, lookout
from daemon.engine import events as ev
from daemon.engine.alarm_view import AlarmView
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import HoldCause
from drivers.values import Signal, Validity
from tests.engine.stories import infusing

D = Decimal
NOW = 10_000_000
MIN = 60_000
HOUR = 3_600_000
UNSURE_MS = 42_000
"""Two units of 0.1 mL at 60 mL/h, and 30 s."""


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step of 60 mL/h in which nothing will be lacking for hours."""
    state = infusing().state
    views = {rule.signal: valid(0) for rule in state.plan.rules.signals}
    watched = replace(
        state.watched,
        sources={"one": SourceView(views)},
        by_hand={},
        excluded={},
        silent=frozenset(),
        held_at=(),
    )
    assert state.rate_ml_h == 60
    return replace(state, signals=views, watched=watched, alarms={}, ended={}, goal_ml=D(0), assessed_ms=NOW)


def valid(ago_ms: int, *, by_hand: bool = False) -> SignalView:
    return SignalView(D(100), Validity.VALID, NOW - ago_ms, by_hand)


# -- at the end of a step -----------------------------------------------------------------------------


def ending(state: RunState, left_ms: int, *, due_in_ms: int | None = None) -> RunState:
    """The step ends in `left_ms`; an assessment is due in `due_in_ms`, half an hour after the last one."""
    assessed = NOW if due_in_ms is None else NOW + due_in_ms - 30 * MIN
    return replace(state, goal_ms=state.account.proven_ms + left_ms, assessed_ms=assessed)


def announced(state: RunState, *known: str) -> dict[str, str]:
    """What is said now, where these were said before."""
    draft = Draft(replace(state, alarms={alarm: AlarmView(5, "before") for alarm in known}), NOW)
    announcing.announce(draft)
    return {alarm: view.detail for alarm, view in draft.state.alarms.items()}


@pytest.mark.parametrize(
    ("left_ms", "said"),
    [
        (300_001, set()),
        (300_000, {"gate_needs"}),
        (120_001, {"gate_needs"}),
        (120_000, {"gate_needs", "gate_needs_now"}),
        (0, {"gate_needs", "gate_needs_now"}),
    ],
)
def test_f16_it_is_said_five_and_two_minutes_before_the_end(
    run: RunState, left_ms: int, said: set[str]
) -> None:
    """F16: an assessment that is due at the end of the step; due a millisecond later it is not lacking."""
    assert announced(ending(run, left_ms, due_in_ms=left_ms)) == dict.fromkeys(said, "an assessment")
    assert announced(ending(run, left_ms, due_in_ms=left_ms + 1)) == {}
    assert announced(replace(ending(run, left_ms), assessed_ms=None)) == {}


@pytest.mark.parametrize("left_ms", [60_000, 200_000, 310_000])
@pytest.mark.parametrize(
    "known", [("gate_needs",), ("gate_needs_now",), ("gate_needs", "gate_needs_now")], ids=str
)
def test_f16_what_was_said_is_taken_back_only_when_it_is_sure(
    run: RunState, left_ms: int, known: tuple[str, ...]
) -> None:
    """F16: the end moves with the units of the counter: until it can no longer be due at the end."""
    sure = left_ms + UNSURE_MS
    assert announced(ending(run, left_ms, due_in_ms=sure), *known) == dict.fromkeys(known, "before")
    assert announced(ending(run, left_ms, due_in_ms=sure + 1), *known) == {}


@pytest.mark.parametrize("left_ms", [300_001, 301_000])
def test_f16_while_the_end_moves_nothing_more_is_said_than_was(run: RunState, left_ms: int) -> None:
    assert announced(ending(run, left_ms, due_in_ms=1), "gate_needs") == {"gate_needs": "before"}


def fresh_for(state: RunState, signal: Signal, fresh_s: str) -> RunState:
    """This signal may be so old."""
    rules = state.plan.rules
    signals = tuple(replace(r, fresh_s=D(fresh_s)) if r.signal is signal else r for r in rules.signals)
    return replace(state, plan=replace(state.plan, rules=replace(rules, signals=signals)))


@pytest.mark.parametrize(
    ("fresh_s", "ago_ms", "lacks"),
    [("600", 300_000, False), ("600", 300_001, True), ("300", 0, False), ("300", 1, True), ("299", 1, False)],
)
def test_f16_a_slow_sign_is_lacking_that_will_be_too_old(
    run: RunState, fresh_s: str, ago_ms: int, *, lacks: bool
) -> None:
    """F16: five minutes ahead; one that comes every few moments by itself is not asked for."""
    state = fresh_for(run, Signal.NIBP_SYS, fresh_s)
    signals = {**state.signals, Signal.NIBP_SYS: valid(ago_ms)}
    state = ending(replace(state, signals=signals), 300_000)
    assert announced(state) == ({"gate_needs": "a new nibp_sys"} if lacks else {})


def test_f16_all_that_will_be_lacking_is_one_sentence(run: RunState) -> None:
    signals = {**run.signals, Signal.NIBP_SYS: valid(500_000)}
    state = ending(replace(run, signals=signals), 300_000, due_in_ms=0)
    assert announced(state) == {"gate_needs": "an assessment, a new nibp_sys"}
    assert announcing.needs_in(state, NOW, 0) == ("an assessment",)


# -- what time alone does -----------------------------------------------------------------------------


def looked(state: RunState, now: int = NOW) -> Draft:
    draft = Draft(state, now)
    lookout.settle(draft)
    return draft


def test_f32_a_monitor_counts_again_at_its_time(run: RunState) -> None:
    """F32: each at its own."""
    out = replace(run, watched=replace(run.watched, excluded={"a": NOW, "b": NOW + 1, "c": NOW - 1}))
    assert looked(out).events == [ev.SourceIncluded("a"), ev.SourceIncluded("c")]
    assert looked(out, NOW - 2).events == []


def by_hand(state: RunState, *, sources: bool = False, **ago_ms: int) -> RunState:
    """Entered so long ago; `sources`: monitors give them too."""
    hand = {Signal(name): valid(ago, by_hand=True) for name, ago in ago_ms.items()}
    signals = state.signals if sources else {}
    return replace(state, signals=signals, watched=replace(state.watched, by_hand=hand))


@pytest.mark.parametrize(
    ("ago_ms", "asked"),
    [(3 * MIN - 1, False), (3 * MIN, True), (5 * MIN, True), (5 * MIN + 1, False)],
)
def test_f32_a_value_by_hand_is_asked_for_two_minutes_before_it_is_over(
    run: RunState, ago_ms: int, *, asked: bool
) -> None:
    """F32: of five minutes that a heart rate counts; over, it is missing, and said as that."""
    alarms = looked(by_hand(run, hr=ago_ms)).state.alarms
    assert ("by_hand_ending" in alarms) is asked
    told = replace(by_hand(run, hr=ago_ms), alarms={"by_hand_ending": AlarmView(5, "hr")})
    assert ("by_hand_ending" in looked(told).state.alarms) is asked


def test_f32_it_is_asked_for_only_where_it_counts(run: RunState) -> None:
    """F32: a monitor that is fresh needs no hand; what ends is named; where none is open nobody is asked."""
    assert looked(by_hand(run, sources=True, hr=4 * MIN)).events == []
    both = by_hand(run, hr=4 * MIN, spo2=4 * MIN, nibp_sys=4 * MIN)
    assert looked(both).state.alarms["by_hand_ending"].detail == "hr, spo2"
    for phase in Phase:
        alarms = looked(replace(both, phase=phase)).state.alarms
        assert ("by_hand_ending" in alarms) is (phase in OPEN)


def held(state: RunState, *causes: str, ago_ms: int = 0) -> RunState:
    held_at = tuple((cause, NOW - ago_ms) for cause in causes)
    return replace(state, watched=replace(state.watched, held_at=held_at))


LOST, ALARM, HAND = (
    cause.value for cause in (HoldCause.MONITOR_LOST, HoldCause.PUMP_ALARM, HoldCause.OPERATOR)
)
CUFF = "put the cuff on the other arm, change sensor or cable, or have another missing_hold_s ordered"
LINE = "change line, access or bag height, or the pump"


@pytest.mark.parametrize(
    ("times", "ago_ms", "advised"), [(3, 0, 0), (4, 0, 4), (4, HOUR - 1, 4), (4, HOUR, 0)]
)
def test_f31_a_cause_that_holds_again_and_again_is_an_advice(
    run: RunState, times: int, ago_ms: int, advised: int
) -> None:
    """F31: more than three times within the last hour, as ordered."""
    alarms = looked(held(run, *[LOST] * times, ago_ms=ago_ms)).state.alarms
    expected = [f"monitor_lost: {advised} holds in an hour: {CUFF}"] if advised else []
    assert [view.detail for view in alarms.values()] == expected


def test_f31_the_advice_is_for_what_can_be_changed(run: RunState) -> None:
    """F31: what a person does is no fault of the set-up; each cause is counted by itself."""
    assert looked(held(run, *[HAND] * 9)).state.alarms == {}
    both = held(run, *[ALARM] * 5, *[LOST] * 4, *[HAND] * 7)
    told = f"monitor_lost: 4 holds in an hour: {CUFF}; pump_alarm: 5 holds in an hour: {LINE}"
    assert looked(both).state.alarms["set_up_advice"].detail == told
    assert lookout.holds_last_hour(both, NOW) == {ALARM: 5, LOST: 4, HAND: 7}
    assert looked(held(run, LOST, LOST, ALARM, ALARM)).state.alarms == {}


def test_f31_the_advice_is_over_with_the_hour_or_the_run(run: RunState) -> None:
    told = replace(held(run, *[LOST] * 4), alarms={"set_up_advice": AlarmView(5, "x")})
    for phase in Phase:
        assert ("set_up_advice" in looked(replace(told, phase=phase)).state.alarms) is (phase in OPEN)
    for quiet in (held(told), held(told, LOST), held(told, *[LOST] * 4, ago_ms=HOUR)):
        assert "set_up_advice" not in looked(quiet).state.alarms


@pytest.mark.parametrize("cause", list(HoldCause))
def test_f31_every_technical_cause_has_an_advice(run: RunState, cause: HoldCause) -> None:
    """F31: all but what the patient, a hand or a person's will held."""
    no_fault = {HoldCause.REACTION, HoldCause.VITALS, HoldCause.HAND_CHANGE, HoldCause.OPERATOR}
    alarms = looked(held(run, *[cause.value] * 4)).state.alarms
    assert ("set_up_advice" in alarms) is (cause not in no_fault)
