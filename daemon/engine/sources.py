"""Which source of a vital sign counts: the monitors' worst, or a value by hand where they are lost (F32)."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine.state import RunState
from daemon.engine.watched import SignalView
from daemon.protocols.patient_rules import ByHandRule
from daemon.protocols.rules import SignalRule
from drivers.values import Signal, Validity


def counts(state: RunState, source: str) -> bool:
    """The source is not left out by a person."""
    return source not in state.watched.excluded


def by_hand_rule(state: RunState, signal: Signal) -> ByHandRule | None:
    """What is ordered about entering this signal by hand; None = it may not be."""
    return next((rule for rule in state.plan.rules.patient.by_hand if rule.signal is signal), None)


def hand_left_ms(state: RunState, signal: Signal, now: int) -> int | None:
    """How long a value entered by hand still counts; None where there is none that does."""
    view, rule = state.watched.by_hand.get(signal), by_hand_rule(state, signal)
    if view is None or view.measured_ms is None or rule is None:
        return None
    left = view.measured_ms + int(rule.max_age_min * 60_000) - now
    return left if left >= 0 else None


def by_hand(state: RunState, signal: Signal, now: int) -> SignalView | None:
    """The value entered by hand while it counts."""
    return None if hand_left_ms(state, signal, now) is None else state.watched.by_hand[signal]


def seen(state: RunState, signal: Signal, now: int) -> SignalView | None:
    """The view that counts now: of a monitor that is fresh, else the value by hand, else the monitor."""
    monitor = state.signals.get(signal)
    if signal not in state.watched.by_hand:
        return monitor
    if _ordered_fresh(state, signal, monitor, now):
        return monitor
    return by_hand(state, signal, now) or monitor


def lead_of(state: RunState, signal: Signal) -> str:
    """The monitor that leads where two give the signal; empty = none does."""
    return next((rule.lead for rule in state.shared if rule.signal is signal), "")


def shown(state: RunState, signal: Signal, now: int) -> SignalView | None:
    """What a person is shown: of the monitor that leads, unless it is left out or a hand stands in for it.

    What is judged is the worst of all (`last_words`, `said`). A value by hand that no longer counts is shown
    with its age where there is nothing else.
    """
    lead, found = lead_of(state, signal), seen(state, signal, now)
    source = state.watched.sources.get(lead)
    view = source.signals.get(signal) if source is not None and counts(state, lead) else None
    if view is not None and (found is None or not found.by_hand or _ordered_fresh(state, signal, view, now)):
        return view
    return found if found is not None else state.watched.by_hand.get(signal)


def last_words(state: RunState, signal: Signal, now: int) -> tuple[SignalView, ...]:
    """Of every source that counts; a value by hand replaces the monitors that are not fresh (F32)."""
    views = tuple(
        view
        for name, source in state.watched.sources.items()
        if counts(state, name) and (view := source.signals.get(signal)) is not None
    )
    hand = by_hand(state, signal, now)
    if hand is None:
        return views
    return (*(view for view in views if _ordered_fresh(state, signal, view, now)), hand)


def _ordered_fresh(state: RunState, signal: Signal, view: SignalView | None, now: int) -> bool:
    return any(rule.signal is signal and monitor_fresh(rule, view, now) for rule in state.plan.rules.signals)


def monitor_fresh(rule: SignalRule, view: SignalView | None, now: int) -> bool:
    """A valid measurement of a monitor, young enough for the gate."""
    return (
        view is not None
        and view.validity is Validity.VALID
        and view.measured_ms is not None
        and now - view.measured_ms <= int(rule.fresh_s * 1000)
    )


def said(state: RunState, rule: SignalRule, now: int) -> tuple[Decimal, ...]:
    """What every source that counts, monitors and a hand, says of this signal and is fresh."""
    views = [
        view
        for name, source in state.watched.sources.items()
        if counts(state, name) and monitor_fresh(rule, view := source.signals.get(rule.signal), now)
    ]
    views.append(by_hand(state, rule.signal, now))
    return tuple(view.value for view in views if view is not None and view.value is not None)


def fresh(state: RunState, rule: SignalRule, now: int) -> bool:
    """What counts of this signal is young enough for the gate, by its own bound."""
    view = seen(state, rule.signal, now)
    return view is not None and (view.by_hand or monitor_fresh(rule, view, now))


def lasts(state: RunState, rule: SignalRule, now: int, for_ms: int, slow_s: int) -> bool:
    """A value that is not measured anew every few moments by itself is still fresh in `for_ms`.

    Slow are values by hand and those that may be `slow_s` old. What was never measured is told elsewhere.
    """
    view = seen(state, rule.signal, now)
    if view is None or view.measured_ms is None:
        return True
    if view.by_hand:
        return hand_left_ms(state, rule.signal, now + for_ms) is not None
    return rule.fresh_s < slow_s or now + for_ms - view.measured_ms <= rule.fresh_s * 1000
