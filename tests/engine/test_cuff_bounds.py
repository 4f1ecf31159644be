"""Until when a cuff explains a missing SpO2, and how often one cause may stop the drug (F31, F19)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import cuff, flicker
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import SignalRule
from drivers.values import Authority, Motion, Signal, Validity
from tests.engine.states import read
from tests.engine.test_course_while_it_stands import stands

D = Decimal
NOW = 10_000_000
BEGUN = NOW - 60_000
"""The cuff began a minute ago; 90 s are the most it explains, 15 s old SpO2 was fresh."""


def watched(
    until_ms: int | None = None,
    begun_ms: int | None = BEGUN,
    *,
    pulse_ms: int = NOW,
    excluded: str = "",
    other: SourceView | None = None,
) -> RunState:
    state = stands(Phase.INFUSING)
    sources = {"one": SourceView({}, begun_ms, until_ms)} | ({} if other is None else {"two": other})
    left_out = {excluded: NOW + 1} if excluded else {}
    view = replace(state.watched, sources=sources, excluded=left_out)
    return replace(state, watched=view, signals={Signal.HR: SignalView(D(80), Validity.VALID, pulse_ms)})


def rule(state: RunState, signal: Signal) -> SignalRule:
    return next(one for one in state.plan.rules.signals if one.signal is signal)


@pytest.mark.parametrize(
    ("state", "measured_ms", "until"),
    [
        (watched, BEGUN, NOW),
        (watched, BEGUN - 15_000, NOW),
        (watched, BEGUN - 15_001, None),
        (watched, None, None),
        (lambda: watched(NOW - 5), BEGUN, NOW - 5),
        (lambda: watched(None, None), BEGUN, None),
        (lambda: watched(None, NOW - 90_000), NOW - 90_000, NOW),
        (lambda: watched(None, NOW - 90_001), NOW - 90_001, None),
        (lambda: watched(BEGUN + 90_000, BEGUN), BEGUN, BEGUN + 90_000),
        (lambda: watched(excluded="one"), BEGUN, None),
        (lambda: watched(excluded="two"), BEGUN, NOW),
        (lambda: watched(pulse_ms=NOW - 15_001), BEGUN, None),
        (lambda: watched(NOW - 9, other=SourceView({}, BEGUN, NOW - 5)), BEGUN, NOW - 5),
        (lambda: watched(NOW - 5, other=SourceView({}, BEGUN, NOW - 9)), BEGUN, NOW - 5),
        (lambda: watched(None, None, other=SourceView({}, BEGUN, NOW - 9)), BEGUN, NOW - 9),
    ],
    ids=range(15),
)
def test_f31_a_cuff_explains_what_it_took_away_and_no_longer_than_ordered(
    state: Callable[[], RunState], measured_ms: int | None, until: int | None
) -> None:
    """F31: fresh when it began, 90 s at the most, on a monitor that counts, while another pulse is seen."""
    found = state()
    assert cuff.blanked_until(found, rule(found, Signal.SPO2), measured_ms, NOW) == until


def test_f31_a_cuff_takes_no_other_sign_away() -> None:
    found = watched()
    assert cuff.blanked_until(found, rule(found, Signal.HR), BEGUN, NOW) is None


def test_f31_the_pulse_that_stands_in_is_one_that_was_ordered() -> None:
    """F31: a fresh blood pressure is no pulse."""
    state = watched(pulse_ms=NOW - 15_001)
    pressure = SignalView(D(120), Validity.VALID, NOW)
    fresh = replace(state, signals={**state.signals, Signal.NIBP_SYS: pressure})
    assert cuff.blanked_until(fresh, rule(fresh, Signal.SPO2), BEGUN, NOW) is None


WINDOW_MS = 10 * 60_000


def stops(*found: tuple[str, int]) -> RunState:
    """Three stops of one cause in ten minutes are too many."""
    return replace(stands(Phase.INFUSING), stops=tuple((cause, NOW - ago) for cause, ago in found))


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (stops, ""),
        (lambda: stops(("gate", 1), ("gate", 1)), ""),
        (lambda: stops(("gate", 3), ("gate", 2), ("gate", 1)), "gate"),
        (lambda: stops(("gate", WINDOW_MS - 1), ("gate", 2), ("gate", 1)), "gate"),
        (lambda: stops(("gate", WINDOW_MS), ("gate", 2), ("gate", 1)), ""),
        (lambda: stops(("gate", 3), ("operator", 2), ("gate", 1)), ""),
        (lambda: stops(*[("gate", 9)] * 3, *[("operator", 5)] * 3), "operator"),
        (lambda: stops(*[("gate", 9)] * 4, ("operator", 5)), "gate"),
        (lambda: stops(*[("operator", 9)] * 2, *[("gate", 5)] * 3, ("operator", 4)), "operator"),
    ],
    ids=range(9),
)
def test_f19_the_cause_that_stopped_the_drug_as_often_as_ordered(
    state: Callable[[], RunState], cause: str
) -> None:
    """F19, (A) D13: each cause by itself, in the last ten minutes, the latest first."""
    assert flicker.flickers(state(), NOW) == cause


def test_f19_a_stop_is_kept_while_it_counts() -> None:
    state = stops(("gate", WINDOW_MS), ("operator", WINDOW_MS - 1))
    kept = (("operator", NOW - WINDOW_MS + 1), ("vitals", NOW))
    assert flicker.stopped(state, "vitals", NOW) == kept


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("advisory", [False, True])
@pytest.mark.parametrize("motion", [Motion.STOPPED, Motion.INFUSING])
def test_f19_a_gate_that_stops_the_pump_is_a_stop(phase: Phase, motion: Motion, *, advisory: bool) -> None:
    """F19, F27: entered once; a pump set by hand that stood already was not stopped by it."""
    state = read(replace(stops(("operator", 1)), phase=phase), motion=motion)
    state = replace(state, authority=Authority.MONITOR if advisory else Authority.CONTROL)
    counts = phase is not Phase.WAITING_GATE and (motion is Motion.INFUSING or not advisory)
    waiting = flicker.at_gate(state, Phase.WAITING_GATE, NOW)
    assert waiting == (*state.stops, ("gate", NOW)) if counts else waiting == state.stops
    assert flicker.at_gate(state, Phase.HELD, NOW) == state.stops
