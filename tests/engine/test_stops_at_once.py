"""Which sample stops the pump before anything else is decided, value by value (F22, F32, F35)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import reflex
from daemon.engine.phases import Phase
from daemon.engine.state import LimitView, RunState
from drivers.values import Measurement, Signal, Validity, VitalsSample
from tests.engine.stories import infusing

D = Decimal
NOW = 900_000
SPO2_92, SPO2_94, PRESSURE, PULSE = range(4)
"""SpO2 at 92 for 10 s, at 94 for 20 s, pressure down by 30 % at once, the pulse up by 30 for 30 s."""


@pytest.fixture(scope="module")
def run() -> RunState:
    """Nothing is crossed, and that is known; before step 1 the pulse was 75 and the pressure 120."""
    state = infusing().state
    return replace(state, limits=tuple(LimitView() for _ in state.limits))


def crossed(state: RunState, limit: int, since_ms: int | None, *, excluded: bool = True) -> RunState:
    limits = list(state.limits)
    limits[limit] = LimitView(since_ms, excluded)
    return replace(state, limits=tuple(limits))


def stops(state: RunState, signal: Signal, value: str | None, **changes: Any) -> bool:
    one = replace(Measurement(None if value is None else D(value), Validity.VALID), **changes)
    return reflex.stops(state, VitalsSample({signal: one}, source="monitor-1"), NOW)


@pytest.mark.parametrize(
    ("limit", "signal", "value", "for_ms"),
    [
        (SPO2_92, Signal.SPO2, "92", 10_000),
        (SPO2_94, Signal.SPO2, "94", 20_000),
        (PRESSURE, Signal.NIBP_SYS, "84", 0),
        (PULSE, Signal.HR, "105", 30_000),
    ],
)
def test_f22_a_value_on_its_limit_for_long_enough(
    run: RunState, limit: int, signal: Signal, value: str, for_ms: int
) -> None:
    """F22, F35: to the millisecond; where nobody knows whether it was crossed before, at once."""
    assert stops(crossed(run, limit, NOW - for_ms), signal, value)
    if for_ms:
        assert not stops(crossed(run, limit, NOW - for_ms + 1), signal, value)
    assert stops(run, signal, value) is (for_ms == 0), "crossed only now"
    assert stops(crossed(run, limit, None, excluded=False), signal, value)
    better = str(D(value) + (-1 if signal is Signal.HR else 1))
    assert not stops(crossed(run, limit, NOW - for_ms), signal, better)
    assert not stops(crossed(run, limit, None, excluded=False), signal, better)


def test_f35_only_a_valid_measurement_of_a_source_that_counts_stops(run: RunState) -> None:
    low = crossed(run, SPO2_92, NOW - 10_000)
    assert stops(low, Signal.SPO2, "80")
    assert not stops(low, Signal.SPO2, None)
    assert not stops(low, Signal.SPO2, "80", validity=Validity.QUESTIONABLE)
    assert not stops(low, Signal.SPO2, "80", measured=False)
    assert not stops(low, Signal.RR, "80"), "no limit speaks of it"
    left_out = replace(low, watched=replace(low.watched, excluded={"monitor-1": NOW + 1}))
    assert not stops(left_out, Signal.SPO2, "80")
    strange = VitalsSample(
        {Signal.SPO2: Measurement(D(80), Validity.VALID)}, source="monitor-1", subject="somebody else"
    )
    assert not reflex.stops(low, strange, NOW)


def test_f22_one_limit_of_several_is_enough(run: RunState) -> None:
    """F22: what says nothing of a limit, and a value that is good for one, do not hide the next."""
    state = crossed(run, PULSE, NOW - 30_000)
    signals = {
        Signal.SPO2: Measurement(D(98), Validity.VALID),
        Signal.NIBP_SYS: Measurement(None, Validity.NOT_PRESENT),
        Signal.HR: Measurement(D(105), Validity.VALID),
    }
    assert reflex.stops(state, VitalsSample(signals, source="monitor-1"), NOW)
    assert not reflex.stops(run, VitalsSample(signals, source="monitor-1"), NOW)


@pytest.mark.parametrize("phase", list(Phase))
def test_f22_only_a_pump_that_is_meant_to_deliver_is_stopped_so(run: RunState, phase: Phase) -> None:
    low = crossed(replace(run, phase=phase), SPO2_92, NOW - 10_000)
    assert stops(low, Signal.SPO2, "80") is (phase in (Phase.INFUSING, Phase.OBSERVING))
