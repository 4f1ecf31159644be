"""Which word on a vital sign counts, is shown and is judged, over every age and kind of source (F32)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from daemon.engine import sources
from daemon.engine.state import RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import SignalRule
from daemon.protocols.shared_signal import SharedSignal
from drivers.values import Signal, Validity
from tests.engine.stories import infusing

D = Decimal
NOW = 900_000
FRESH_MS, BY_HAND_MS = 15_000, 300_000
"""As the small world orders for HR: a monitor's value counts 15 s, one by hand 5 min."""
HR = SignalRule(Signal.HR, D(15), D(60), baseline=True)


@pytest.fixture(scope="module")
def run() -> RunState:
    return infusing().state


def view(
    value: int, age_ms: int | None, validity: Validity = Validity.VALID, *, by_hand: bool = False
) -> SignalView:
    return SignalView(D(value), validity, None if age_ms is None else NOW - age_ms, by_hand)


YOUNG, OLD = view(71, FRESH_MS), view(72, FRESH_MS + 1)
BAD, NEVER = view(73, 0, Validity.QUESTIONABLE), view(74, None)
HAND, PAST = view(80, BY_HAND_MS, by_hand=True), view(81, BY_HAND_MS + 1, by_hand=True)
MONITORS = {"young": YOUNG, "old": OLD, "bad": BAD, "never": NEVER, "none": None}
HANDS = {"hand": HAND, "past": PAST, "none": None}
PAIRS = list(product(MONITORS, HANDS))


def saying(
    state: RunState, monitor: SignalView | None, hand: SignalView | None, *more: SignalView
) -> RunState:
    """One monitor's word, one by hand; `more` = further monitors, that the first one is the worst of."""
    views = {"m1": monitor} | {f"m{number}": one for number, one in enumerate(more, 2)}
    held = {name: SourceView({} if one is None else {Signal.HR: one}) for name, one in views.items()}
    watched = replace(
        state.watched, sources=held, by_hand={} if hand is None else {Signal.HR: hand}, excluded={}
    )
    return replace(state, watched=watched, signals={} if monitor is None else {Signal.HR: monitor})


@pytest.mark.parametrize(("monitor", "hand"), PAIRS)
def test_f32_a_fresh_monitor_then_a_hand_then_the_monitor_again(
    run: RunState, monitor: str, hand: str
) -> None:
    """F32: judged, shown and fresh for the gate; a value by hand that is too old is only shown."""
    state, one = saying(run, MONITORS[monitor], HANDS[hand]), MONITORS[monitor]
    expected = HAND if hand == "hand" and monitor != "young" else one
    assert sources.seen(state, Signal.HR, NOW) == expected
    assert sources.shown(state, Signal.HR, NOW) == (expected if expected is not None else HANDS[hand])
    assert sources.fresh(state, HR, NOW) is (monitor == "young" or hand == "hand")
    counted = [one] if one is not None and (monitor == "young" or hand != "hand") else []
    assert sources.last_words(state, Signal.HR, NOW) == (*counted, *([HAND] if hand == "hand" else []))
    said = [D(71)] * (monitor == "young") + [D(80)] * (hand == "hand")
    assert sources.said(state, HR, NOW) == tuple(said)


@pytest.mark.parametrize(("monitor", "hand"), PAIRS)
def test_f32_the_monitor_that_leads_is_shown_unless_a_hand_stands_in_for_it(
    run: RunState, monitor: str, hand: str
) -> None:
    """F32: whatever the other one says; left out by a person it is shown no more."""
    other = view(99, 0)
    led = replace(
        saying(run, other, HANDS[hand], MONITORS[monitor] or NEVER),
        shared=(
            SharedSignal(Signal.SPO2, "m1", D(5), D(15)),
            SharedSignal(Signal.HR, "m2", D(5), D(15)),
        ),
    )
    assert (sources.lead_of(led, Signal.HR), sources.lead_of(led, Signal.NIBP_SYS)) == ("m2", "")
    assert sources.shown(led, Signal.HR, NOW) == (MONITORS[monitor] or NEVER)
    without = replace(led, watched=replace(led.watched, excluded={"m2": NOW}))
    assert sources.shown(without, Signal.HR, NOW) == other
    assert (sources.counts(without, "m1"), sources.counts(without, "m2")) == (True, False)
    assert without.signals == led.signals
    assert sources.last_words(
        replace(without, watched=replace(without.watched, by_hand={})), Signal.HR, NOW
    ) == (other,)
    assert D(99) in sources.said(without, HR, NOW)
    assert D(71) not in sources.said(without, HR, NOW)


@pytest.mark.parametrize(("lead", "shown"), [(YOUNG, YOUNG), (OLD, HAND), (BAD, HAND), (NEVER, HAND)])
def test_f32_a_hand_stands_in_for_a_lead_that_is_not_fresh(
    run: RunState, lead: SignalView, shown: SignalView
) -> None:
    state = replace(saying(run, OLD, HAND, lead), shared=(SharedSignal(Signal.HR, "m2", D(5), D(15)),))
    assert sources.shown(state, Signal.HR, NOW) == shown


def test_f32_how_long_a_value_by_hand_still_counts(run: RunState) -> None:
    """F32: 5 minutes for HR, as ordered; where nothing is ordered it may not be entered."""
    for age_ms, left in ((0, BY_HAND_MS), (1, BY_HAND_MS - 1), (BY_HAND_MS, 0), (BY_HAND_MS + 1, None)):
        state = saying(run, None, view(80, age_ms, by_hand=True))
        assert sources.hand_left_ms(state, Signal.HR, NOW) == left
    assert sources.hand_left_ms(saying(run, None, None), Signal.HR, NOW) is None
    assert sources.hand_left_ms(saying(run, None, view(80, None, by_hand=True)), Signal.HR, NOW) is None
    other = saying(run, None, HAND)
    pulse = replace(other, watched=replace(other.watched, by_hand={Signal.PULSE: HAND}))
    assert sources.hand_left_ms(pulse, Signal.PULSE, NOW) is None
    assert sources.by_hand_rule(run, Signal.PULSE) is None


@pytest.mark.parametrize(
    ("seen", "fresh_s", "slow_s", "for_ms", "lasts"),
    [
        (HAND, 15, 1, 0, True),
        (HAND, 15, 1, 1, False),
        (view(71, 10_000), 15, 15, 5_000, True),
        (view(71, 10_000), 15, 15, 5_001, False),
        (view(71, 10_000), 15, 16, 9_999, True),  # it is measured anew every few moments
        (NEVER, 15, 1, 9_999, True),  # told elsewhere
        (None, 15, 1, 9_999, True),
    ],
)
def test_f32_what_is_not_measured_by_itself_must_last(
    run: RunState, seen: SignalView | None, fresh_s: int, slow_s: int, for_ms: int, *, lasts: bool
) -> None:
    by_hand = seen is not None and seen.by_hand
    state = saying(run, None if by_hand else seen, seen if by_hand else None)
    rule = replace(HR, fresh_s=D(fresh_s))
    assert sources.lasts(state, rule, NOW, for_ms, slow_s) is lasts
