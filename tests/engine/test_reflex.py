"""STOP before the decision: the reflex says yes only where the decision does (DESIGN 3.1)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.changed import replace
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.decide import decide
from daemon.engine.phases import Phase
from daemon.engine.reflex import stops
from daemon.engine.state import LimitView, RunState
from drivers.values import Measurement, Signal, Validity, VitalsSample
from tests.engine.stories import infusing

VALUES = st.sampled_from([Decimal(n) for n in (0, 50, 80, 91, 92, 93, 94, 95, 120, 200)])
VALIDITIES = st.sampled_from([Validity.VALID, Validity.VALID, Validity.QUESTIONABLE, Validity.INVALID])
MEASUREMENTS = st.builds(Measurement, st.none() | VALUES, VALIDITIES, st.booleans(), st.just(Decimal(0)))
SAMPLES = st.builds(
    VitalsSample,
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys((Signal.SPO2, Signal.NIBP_SYS, Signal.HR), MEASUREMENTS)
    ),
)
VIEWS = st.tuples(st.none() | st.integers(0, 40_000), st.booleans())
"""How long ago a value went past its limit, and whether worse is excluded since the last restart (F35)."""


@cache
def running() -> RunState:
    return infusing().state


def view(ago_ms: int | None, excluded: bool) -> LimitView:
    return LimitView(None if ago_ms is None else running().at_ms - ago_ms, excluded)


@settings(max_examples=400)
@given(SAMPLES, st.data(), st.integers(0, 60_000), st.sampled_from([Phase.INFUSING, *Phase]))
def test_reflex_stops_only_where_the_decision_does(
    sample: VitalsSample, data: st.DataObject, later: int, phase: Phase
) -> None:
    """DESIGN 3.1: less drug never waits, and never without a decision behind it."""
    limits = tuple(view(*data.draw(VIEWS)) for _ in running().limits)
    state = replace(running(), limits=limits, phase=phase)
    now = running().at_ms + later
    decided = decide(state, inp.MonitorRead(sample), now).events
    if stops(state, sample, now):
        assert any(isinstance(event, ev.StopOrdered) for event in decided)


@given(VALUES)
def test_reflex_sees_every_value_that_stops_at_once(value: Decimal) -> None:
    """F22: a value on a limit without waiting time stops, and the reflex sees it."""
    sample = VitalsSample({Signal.NIBP_SYS: Measurement(value, Validity.VALID)})
    decided = decide(running(), inp.MonitorRead(sample), running().at_ms).events
    stopped = any(isinstance(event, ev.StopOrdered) for event in decided)
    assert stops(running(), sample, running().at_ms) is stopped


def test_reflex_has_limits_to_see() -> None:
    """The world these tests stand in has a limit that stops at once and one that waits."""
    waits = {rule.for_s > 0 for rule in running().plan.rules.limits}
    assert waits == {True, False}
