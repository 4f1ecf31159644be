"""The watch over the patient as data: vital signs, their sources, reactions, how often the run was held."""

from __future__ import annotations

from typing import Any

from daemon.engine import lookout, reactions, sources
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import UNITS, Signal


def vitals(state: RunState, now: int) -> dict[str, Any]:
    """Every signal ever received, as it counts now."""
    known = [signal for signal in Signal if signal in state.signals or signal in state.watched.by_hand]
    return {signal.value: _vital(state, signal, now) for signal in known}


def _vital(state: RunState, signal: Signal, now: int) -> dict[str, Any]:
    seen = sources.shown(state, signal, now)
    fresh_s = next((rule.fresh_s for rule in state.plan.rules.signals if rule.signal is signal), None)
    rule = sources.by_hand_rule(state, signal)
    by_hand = seen is not None and seen.by_hand
    if by_hand and rule is not None:
        fresh_s = rule.max_age_min * 60
    measured_ms = seen.measured_ms if seen is not None else None
    return {
        "value": seen.value if seen is not None else None,
        "unit": UNITS[signal],
        "validity": seen.validity.value if seen is not None else "not_present",
        "fresh_s": fresh_s,
        "age_s": (now - measured_ms) // 1000 if measured_ms is not None else None,
        "baseline": state.baseline.get(signal),
        "by_hand": by_hand,
        "sources": _sources(state, signal, now),
        "disagree": (view := state.watched.apart.get(signal)) is not None and view.told,
    }


def _sources(state: RunState, signal: Signal, now: int) -> dict[str, Any]:
    """What each of several monitors says of a signal; empty where one gives it."""
    views = {
        name: one.signals[signal] for name, one in state.watched.sources.items() if signal in one.signals
    }
    if len(views) < 2:
        return {}
    return {
        name: {
            "value": view.value,
            "validity": view.validity.value,
            "age_s": (now - view.measured_ms) // 1000 if view.measured_ms is not None else None,
            "leads": name == sources.lead_of(state, signal),
            "counts": sources.counts(state, name),
        }
        for name, view in sorted(views.items())
    }


def watch(state: RunState, now: int) -> dict[str, Any]:
    """Sources left out or silent, the worst reaction, the rest of the after-watch, holds by cause."""
    watched = state.watched
    names = sorted({*watched.sources, *watched.silent} - {""})
    watching = state.phase is Phase.AFTER_WATCH
    return {
        "sources": {
            name: {
                "silent": name in watched.silent,
                "excluded_s": max(watched.excluded[name] - now, 0) // 1000
                if name in watched.excluded
                else None,
            }
            for name in names
        },
        "reaction": _reaction(state, now),
        "watch_left_s": max(reactions.watch_until_ms(state) - now, 0) // 1000 if watching else None,
        "holds": _holds(state, now),
    }


def _reaction(state: RunState, now: int) -> dict[str, Any] | None:
    watched = state.watched
    if watched.grade is None or state.last_reaction_ms is None:
        return None
    return {
        "grade": watched.grade.value,
        "scale": state.plan.rules.grade_scale,
        "epinephrine": watched.epinephrine_ms is not None,
        "last_s": (now - state.last_reaction_ms) // 1000,
    }


def _holds(state: RunState, now: int) -> dict[str, Any]:
    recent = lookout.holds_last_hour(state, now)
    return {
        cause: {"times": times, "last_hour": recent.get(cause, 0)}
        for cause, times in sorted(state.watched.holds.items())
    }
