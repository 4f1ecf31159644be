"""One cause raises one alarm; what it shuts are lines in that alarm, not alarms of their own (F31)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from drivers.values import Signal

_SIGNALS = frozenset(signal.value for signal in Signal)


def _lost(_state: RunState, code: str) -> bool:
    signal, _colon, why = code.partition(":")
    return signal in _SIGNALS and why != "limit"


def _of_silent(state: RunState, code: str) -> bool:
    signal = code.partition(":")[0]
    silent = (state.watched.sources.get(name) for name in state.watched.silent)
    gave = {one for source in silent if source is not None for one in source.signals}
    return _lost(state, code) and (signal in gave or not gave)


def _beyond(_state: RunState, code: str) -> bool:
    return code.endswith(":limit")


def _is(*codes: str) -> Callable[[RunState, str], bool]:
    return lambda _, found: found in codes


STOP_ON_ITS_WAY = "pump:stop_not_confirmed"
"""Follows from every stop; it has an alarm of its own once it has lasted too long (F10)."""

ON_THEIR_WAY = frozenset({STOP_ON_ITS_WAY, "other_pump:stop_not_confirmed"})
"""The same of every pump of the bed."""

EXPLAINS: Mapping[str, Callable[[RunState, str], bool]] = {
    "monitor_silent": _of_silent,
    "held_monitor_lost": _lost,
    "held_vitals": _beyond,
    "held_reaction": _beyond,
    "pump_lost": _is("pump:silent", "other_pump:silent"),
    "held_pump_lost": _is("pump:silent", "other_pump:silent"),
    "journal_broken": _is("journal:broken"),
    "held_journal": _is("journal:broken"),
    "volume_time_differ": _is("volume:differs"),
    "stop_not_confirmed": _is(STOP_ON_ITS_WAY, "other_pump:stop_not_confirmed"),
}
"""Alarm -> the codes of the gate that follow from its cause."""


def lines(state: RunState, alarm: str) -> tuple[str, ...]:
    """The codes of the gate that this active alarm explains."""
    explains = EXPLAINS.get(alarm)
    return () if explains is None else tuple(code for code in state.gate_shut if explains(state, code))


def unexplained(state: RunState) -> tuple[str, ...]:
    """What shuts the gate and no active alarm says yet."""
    told = {code for alarm in state.alarms for code in lines(state, alarm)} | ON_THEIR_WAY
    return tuple(code for code in state.gate_shut if code not in told)


def tell_waiting(draft: Draft, reason: str) -> None:
    """A shut gate is an alarm of its own only where no other alarm has said its cause."""
    if unexplained(draft.state) or not draft.state.gate_shut:
        draft.alarm("gate_waiting", reason)
