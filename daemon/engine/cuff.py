"""A blood pressure cuff on the arm of the SpO2 probe takes its pulse away: known, bounded, no hold (F31)."""

from __future__ import annotations

from daemon.engine import sources
from daemon.engine.state import RunState
from daemon.protocols.rules import SignalRule
from drivers.values import Signal

PLETH = frozenset({Signal.SPO2, Signal.PULSE})
"""What the probe on a finger measures."""


def blanked_until(state: RunState, rule: SignalRule, measured_ms: int | None, now: int) -> int | None:
    """Until when the cuff explains that a pleth signal, last measured at `measured_ms`, is missing.

    It does not, if the signal was never there or stale before the cuff began, the cuff measures longer than
    ordered or belongs to a monitor left out, or no monitor sees another pulse that is fresh.
    """
    if measured_ms is None or rule.signal not in PLETH or not _other_pulse(state, now):
        return None
    longest_ms = int(state.plan.rules.patient.cuff.blank_max_s * 1000)
    ends = []
    for name, source in state.watched.sources.items():
        begun = source.cuff_from_ms
        if begun is None or not sources.counts(state, name) or measured_ms < begun - int(rule.fresh_s * 1000):
            continue
        end = now if source.cuff_until_ms is None else source.cuff_until_ms
        if end - begun <= longest_ms:
            ends.append(end)
    return max(ends, default=None)


def _other_pulse(state: RunState, now: int) -> bool:
    others = state.plan.rules.patient.cuff.other_pulse
    return any(
        rule.signal in others and sources.monitor_fresh(rule, state.signals.get(rule.signal), now)
        for rule in state.plan.rules.signals
    )
