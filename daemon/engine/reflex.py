"""Does this sample stop the pump? Known before the decision is made, so that STOP need not wait for it.

It says yes only where `decide` orders STOP for the same state, sample and time.
"""

from __future__ import annotations

from daemon.engine import sources
from daemon.engine.matching import ours
from daemon.engine.phases import RUNNING
from daemon.engine.state import RunState
from daemon.engine.vitals import crossed
from drivers.values import Validity, VitalsSample


def stops(state: RunState, sample: VitalsSample, now: int) -> bool:
    """A value on or beyond its limit for long enough, while the pump is meant to deliver."""
    if state.phase not in RUNNING:
        return False
    if not sources.counts(state, sample.source):
        return False
    signals = ours(state, sample)
    for view, rule in zip(state.limits, state.plan.rules.limits, strict=True):
        one = signals.get(rule.signal)
        if one is None or one.value is None or one.validity is not Validity.VALID or not one.measured:
            continue
        if crossed(state, rule, one.value):
            since_ms = now if view.beyond_ms is None else view.beyond_ms
            if not view.excluded or now - since_ms >= int(rule.for_s * 1000):
                return True
    return False
