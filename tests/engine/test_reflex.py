"""STOP before the decision: the reflex says yes only where the decision does (DESIGN 3.1)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.changed import replace
from daemon.engine.decide import decide
from daemon.engine.phases import Phase
from daemon.engine.reflex import stops
from daemon.engine.state import LimitView
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
RUNNING = infusing().state
VIEWS = st.builds(LimitView, st.none() | st.integers(RUNNING.at_ms - 40_000, RUNNING.at_ms), st.booleans())


@settings(max_examples=400)
@given(SAMPLES, st.data(), st.integers(0, 60_000), st.sampled_from([Phase.INFUSING, *Phase]))
def test_reflex_stops_only_where_the_decision_does(
    sample: VitalsSample, data: st.DataObject, later: int, phase: Phase
) -> None:
    """DESIGN 3.1: less drug never waits, and never without a decision behind it."""
    limits = tuple(data.draw(VIEWS) for _ in RUNNING.limits)
    state = replace(RUNNING, limits=limits, phase=phase)
    now = RUNNING.at_ms + later
    decided = decide(state, inp.MonitorRead(sample), now).events
    if stops(state, sample, now):
        assert any(isinstance(event, ev.StopOrdered) for event in decided)


@given(VALUES)
def test_reflex_sees_every_value_that_stops_at_once(value: Decimal) -> None:
    """F22: a value on a limit without waiting time stops, and the reflex sees it."""
    sample = VitalsSample({Signal.NIBP_SYS: Measurement(value, Validity.VALID)})
    decided = decide(RUNNING, inp.MonitorRead(sample), RUNNING.at_ms).events
    stopped = any(isinstance(event, ev.StopOrdered) for event in decided)
    assert stops(RUNNING, sample, RUNNING.at_ms) is stopped


def test_reflex_has_limits_to_see() -> None:
    """The world these tests stand in has a limit that stops at once and one that waits."""
    waits = {rule.for_s > 0 for rule in RUNNING.plan.rules.limits}
    assert waits == {True, False}
