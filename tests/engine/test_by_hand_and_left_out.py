"""Vital signs entered by hand and a monitor left out: what is refused, and what follows (F32, F33)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.alarm_view import AlarmView
from daemon.engine.state import LimitView, RunState
from daemon.engine.watched import SignalView, SourceView
from drivers.plausible import PLAUSIBLE
from drivers.values import Signal, Validity
from tests.engine.answers import DONE, Answer, answered
from tests.engine.stories import infusing

D = Decimal
NOW = 10_000_000
MIN = 60_000
HR, SPO2, SYS = Signal.HR, Signal.SPO2, Signal.NIBP_SYS


def valid(value: int | str, ago_ms: int = 0) -> SignalView:
    return SignalView(D(value), Validity.VALID, NOW - ago_ms)


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step that runs; two monitors that are fresh, no limit crossed, nothing by hand."""
    state = infusing().state
    views = {HR: valid(75), SPO2: valid(98), SYS: valid(120)}
    watched = replace(
        state.watched,
        sources={"one": SourceView(views), "two": SourceView(views)},
        by_hand={},
        excluded={},
        silent=frozenset(),
    )
    limits = (LimitView(),) * len(state.limits)
    return replace(state, signals=views, watched=watched, limits=limits, alarms={}, ended={})


def entered(state: RunState, values: Mapping[Signal, Decimal], minutes: int = 0) -> Answer:
    return answered(state, inp.ManualVitals("a", "ann", values=values, minutes_ago=minutes), NOW)


def by_hand_allowed(state: RunState, *signals: Signal) -> RunState:
    """Only these may be entered by hand; of the rest of the rules nothing changes."""
    rules = state.plan.rules
    patient = replace(rules.patient, by_hand=tuple(r for r in rules.patient.by_hand if r.signal in signals))
    return replace(state, plan=replace(state.plan, rules=replace(rules, patient=patient)))


# -- by hand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", [HR, SPO2, SYS])
def test_f32_a_value_by_hand_is_one_a_living_patient_shows(run: RunState, signal: Signal) -> None:
    """F32: both ends of the range are in it."""
    low, high = PLAUSIBLE[signal]
    step = D("0.1")
    for value, code in ((low, DONE), (high, DONE), (low - step, "implausible"), (high + step, "implausible")):
        assert entered(run, {signal: value})[0] == code


@pytest.mark.parametrize(("minutes", "code"), [(-1, "hand_ahead"), (0, DONE), (5, DONE), (6, "hand_too_old")])
def test_f32_a_value_by_hand_still_counts_when_it_is_entered(run: RunState, minutes: int, code: str) -> None:
    """F32: of the heart rate five minutes are ordered; what is as old as that is taken."""
    refused, _, draft = entered(run, {HR: D(80)}, minutes)
    assert refused == code
    if not code:
        assert draft.state.watched.by_hand[HR] == replace(valid(80, minutes * MIN), by_hand=True)


@pytest.mark.parametrize(
    ("known_ms", "minutes", "code", "later"),
    [
        (2 * MIN, 2, DONE, ""),
        (2 * MIN - 1, 2, "hand_older", "of 2 min ago"),
        (MIN + 1, 2, "hand_older", "of 2 min ago"),
        (MIN, 2, "hand_older", "of 1 min ago"),
        (2 * MIN + 1, 2, DONE, ""),
    ],
)
def test_f32_an_older_value_never_replaces_a_newer_one(
    run: RunState, known_ms: int, minutes: int, code: str, later: str
) -> None:
    """F32: one of the same moment does; how old the known one is, in whole minutes begun."""
    hand = {HR: replace(valid(90, known_ms), by_hand=True)}
    refused, words, _ = entered(
        replace(run, watched=replace(run.watched, by_hand=hand)), {HR: D(80)}, minutes
    )
    assert refused == code
    assert later in words


def test_f32_what_may_not_be_entered_names_what_may(run: RunState) -> None:
    code, words, _ = entered(run, {Signal.RR: D(12)})
    assert code == "not_by_hand"
    assert words.endswith("allows: hr, spo2, nibp_sys")
    code, words, _ = entered(by_hand_allowed(run), {HR: D(80)})
    assert code == "not_by_hand"
    assert words.endswith("allows: none")


@pytest.mark.parametrize(
    ("dia", "mean", "sys", "code"),
    [
        ("80", "93", "120", DONE),
        ("80", None, "120", DONE),
        ("119.9", None, "120", DONE),
        ("120", None, "120", "pressures_swapped"),
        ("121", None, "120", "pressures_swapped"),
        ("93", "93", "120", "pressures_swapped"),
        ("80", "120", "120", "pressures_swapped"),
    ],
)
def test_f32_pressures_stand_in_their_order(
    run: RunState, dia: str, mean: str | None, sys: str, code: str
) -> None:
    """F32: two that are alike were read twice from one place."""
    names = {Signal.NIBP_DIA: dia, Signal.NIBP_MEAN: mean, SYS: sys}
    rules = run.plan.rules
    hand = tuple(replace(rules.patient.by_hand[0], signal=signal) for signal in names)
    ordered = replace(rules, patient=replace(rules.patient, by_hand=hand))
    state = replace(run, plan=replace(run.plan, rules=ordered))
    values = {signal: D(value) for signal, value in names.items() if value is not None}
    assert entered(state, values)[0] == code


def test_f32_what_was_entered_is_said_and_ends_the_reminder(run: RunState) -> None:
    """F32: each with its unit, and how long it counts: five minutes of a heart rate, ten of a pressure."""
    told = replace(run, alarms={"by_hand_ending": AlarmView(5, "hr")})
    code, words, draft = entered(told, {HR: D(80), SYS: D(118)}, 2)
    assert code == DONE
    assert words == "entered by hand: hr 80 1/min (counts for 3 min), nibp_sys 118 mmHg (counts for 8 min)"
    assert "by_hand_ending" not in draft.state.alarms


def test_f32_a_value_that_no_longer_counts_the_moment_it_is_entered(run: RunState) -> None:
    """F32: at exactly its age it counts, for no more minutes."""
    words = entered(run, {HR: D(80)}, 5)[1]
    assert words == "entered by hand: hr 80 1/min (counts for 0 min)"


# -- left out -----------------------------------------------------------------------------------------


def left_out(state: RunState, source: str = "two", minutes: int = 30, reason: str = "x") -> Answer:
    return answered(state, inp.ExcludeSource("a", "ann", source=source, reason=reason, minutes=minutes), NOW)


@pytest.mark.parametrize(
    ("minutes", "code"), [(0, "exclude_time"), (1, DONE), (30, DONE), (31, "exclude_time")]
)
def test_f32_a_monitor_is_left_out_for_as_long_as_ordered(run: RunState, minutes: int, code: str) -> None:
    refused, _, draft = left_out(run, minutes=minutes)
    assert refused == code
    if not code:
        assert draft.state.watched.excluded == {"two": NOW + minutes * MIN}


def test_f32_whoever_leaves_out_a_monitor_names_one_and_says_why(run: RunState) -> None:
    code, words, _ = left_out(run, "three")
    assert code == "unknown_source"
    assert words.endswith("known: one, two")
    nobody = replace(run, watched=replace(run.watched, sources={"": run.watched.sources["one"]}))
    code, words, _ = left_out(nobody, "")
    assert code == "unknown_source"
    assert words.endswith("known: none")
    assert left_out(run, reason=" ")[0] == "no_reason"


def test_f32_a_limit_that_only_the_monitor_left_out_crossed_is_over(run: RunState) -> None:
    """F22, F32: judged anew by what counts now; one that is still crossed, and one without a value, stay."""
    low = SourceView({**run.watched.sources["two"].signals, SPO2: valid(90)})
    crossed = (LimitView(5), LimitView(5), LimitView(), LimitView())
    lying = replace(
        run,
        limits=crossed,
        signals=low.signals,
        watched=replace(run.watched, sources={**run.watched.sources, "two": low}),
    )
    assert [view.beyond_ms for view in left_out(lying)[2].state.limits] == [None] * 4
    both = replace(lying, watched=replace(lying.watched, sources={"one": low, "two": low}))
    assert [view.beyond_ms for view in left_out(both)[2].state.limits] == [5, 5, None, None]
    wire = SourceView({HR: valid(75), SYS: valid(120), SPO2: SignalView(None, Validity.INACTIVE, NOW)})
    unseen = replace(lying, watched=replace(lying.watched, sources={"one": wire, "two": low}))
    assert [view.beyond_ms for view in left_out(unseen)[2].state.limits] == [5, 5, None, None]


def test_f32_a_limit_that_was_not_crossed_is_not_judged_anew(run: RunState) -> None:
    """F35: whom nothing excludes since a restart no one excludes by leaving out a monitor."""
    unsure = replace(run, limits=(LimitView(None, excluded=False),) * 4)
    assert left_out(unsure)[2].state.limits == unsure.limits
