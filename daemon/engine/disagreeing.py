"""Two monitors that give one vital sign and disagree: one alarm, over once they agree for as long (F32)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import sources
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.engine.watched import Agreement
from daemon.protocols.shared_signal import SharedSignal
from drivers.values import Signal

ALARM = "sources_disagree"


def settle(draft: Draft) -> None:
    """Compare what is fresh while a run is watched; worse values are judged elsewhere, by the limits."""
    state = draft.state
    watched = state.phase in OPEN or state.phase is Phase.AFTER_WATCH
    compared = {rule.signal: rule for rule in state.shared if watched and _several(state, rule.signal)}
    for signal in state.watched.apart:
        if signal not in compared:
            draft.emit(ev.SourcesCompared(signal, Agreement.OVER))
    for rule in compared.values():
        _compare(draft, rule)
    if not any(view.told for view in draft.state.watched.apart.values()):
        draft.clear(ALARM)


def _several(state: RunState, signal: Signal) -> bool:
    """More than one monitor that is not left out has given it: else nothing is compared."""
    given = (name for name, one in state.watched.sources.items() if signal in one.signals)
    return sum(1 for name in given if sources.counts(state, name)) > 1


def _compare(draft: Draft, rule: SharedSignal) -> None:
    """They are apart from the first difference until they have not differed for `for_s` without a break."""
    for_ms = int(rule.for_s * 1000)
    known = draft.state.watched.apart.get(rule.signal)
    if _differ(_fresh(draft.state, rule.signal, draft.now), rule.by):
        if known is None or known.together_ms is not None:
            draft.emit(ev.SourcesCompared(rule.signal, Agreement.APART))
        since = draft.state.watched.apart[rule.signal]
        if not since.told and draft.now - since.apart_ms >= for_ms:
            draft.emit(ev.SourcesCompared(rule.signal, Agreement.TOLD))
            draft.clear(ALARM)
            draft.alarm(ALARM, _detail(draft.state))
    elif known is not None and known.together_ms is None:
        draft.emit(ev.SourcesCompared(rule.signal, Agreement.TOGETHER))
    elif known is not None and known.together_ms is not None and draft.now - known.together_ms >= for_ms:
        draft.emit(ev.SourcesCompared(rule.signal, Agreement.OVER))


def _differ(values: Mapping[str, Decimal], by: Decimal) -> bool:
    """Exactly so much apart is apart, as a value on a limit is beyond it (F22)."""
    return len(values) > 1 and max(values.values()) - min(values.values()) >= by


def _fresh(state: RunState, signal: Signal, now: int) -> Mapping[str, Decimal]:
    """What each monitor that counts says, as far as it is fresh for the gate."""
    rule = next((one for one in state.plan.rules.signals if one.signal is signal), None)
    return {
        name: view.value
        for name, one in state.watched.sources.items()
        if rule is not None
        and sources.counts(state, name)
        and sources.monitor_fresh(rule, view := one.signals.get(signal), now)
        and view is not None
        and view.value is not None
    }


def _detail(state: RunState) -> str:
    return "; ".join(
        say("sources_apart", signal=rule.signal, said=_said(state, rule), by=rule.by)
        for rule in state.shared
        if (view := state.watched.apart.get(rule.signal)) is not None and view.told
    )


def _said(state: RunState, rule: SharedSignal) -> str:
    """Each monitor's last value, the leading one first."""
    views = {
        name: one.signals[rule.signal]
        for name, one in state.watched.sources.items()
        if rule.signal in one.signals and sources.counts(state, name)
    }
    names = sorted(views, key=lambda name: (name != rule.lead, name))
    values = (views[name].value for name in names)
    return ", ".join(
        f"{name} {'--' if value is None else value}" for name, value in zip(names, values, strict=True)
    )
