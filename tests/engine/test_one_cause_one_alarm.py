"""Which codes of the gate follow from which alarm: what another alarm says is none of its own (F10, F31)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import consequences
from daemon.engine.alarm_view import AlarmView
from daemon.engine.alarms import CATALOGUE
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from daemon.engine.watched import SignalView, SourceView
from drivers.values import Signal
from tests.engine.stories import infusing

SIGNALS = ("hr:stale", "spo2:missing", "nibp_sys:inactive")
LIMITS = ("hr:limit", "spo2:limit")
SILENT = ("pump:silent", "other_pump:silent")
STOPPING = ("pump:stop_not_confirmed", "other_pump:stop_not_confirmed")
OTHERS = ("journal:broken", "volume:differs", "sound:lost", "pump:air", "assessment:due", "stale:hr")
SHUT = (*SIGNALS, *LIMITS, *SILENT, *STOPPING, *OTHERS)
EXPLAINED = {
    "monitor_silent": SIGNALS,
    "held_monitor_lost": SIGNALS,
    "held_vitals": LIMITS,
    "held_reaction": LIMITS,
    "pump_lost": SILENT,
    "held_pump_lost": SILENT,
    "journal_broken": ("journal:broken",),
    "held_journal": ("journal:broken",),
    "volume_time_differ": ("volume:differs",),
    "stop_not_confirmed": STOPPING,
}
"""Read off the conditions of the table; the monitor that is silent gave all three signs."""


@pytest.fixture(scope="module")
def run() -> RunState:
    state = infusing().state
    source = SourceView(dict.fromkeys((Signal.HR, Signal.SPO2, Signal.NIBP_SYS), SignalView()))
    watched = replace(state.watched, sources={"one": source}, silent=frozenset({"one"}))
    return replace(state, gate_shut=SHUT, watched=watched, alarms={}, ended={})


@pytest.mark.parametrize("alarm", CATALOGUE)
def test_f31_each_alarm_explains_what_follows_from_its_cause(run: RunState, alarm: str) -> None:
    """F31: and no alarm anything else."""
    assert consequences.lines(run, alarm) == EXPLAINED.get(alarm, ())


def test_f31_a_code_in_two_parts_is_told_by_its_first(run: RunState) -> None:
    """F31: a sign's name ends at the first colon, and only a limit is one."""
    odd = replace(run, gate_shut=("hr:other:limit", "hr:limit:not", "spo2", "hr:"))
    assert consequences.lines(odd, "held_monitor_lost") == ("hr:other:limit", "hr:limit:not", "spo2", "hr:")
    assert consequences.lines(odd, "monitor_silent") == ("hr:other:limit", "hr:limit:not", "spo2", "hr:")
    assert consequences.lines(odd, "held_vitals") == ("hr:other:limit",)


@pytest.mark.parametrize("alarm", EXPLAINED)
def test_f31_what_shuts_the_gate_and_no_alarm_says(run: RunState, alarm: str) -> None:
    """F10, F31: of a STOP on its way nobody is told while it may still arrive."""
    said = replace(run, alarms={alarm: AlarmView(5, "x")})
    left = tuple(code for code in SHUT if code not in {*EXPLAINED[alarm], *STOPPING})
    assert consequences.unexplained(said) == left
    assert consequences.unexplained(run) == tuple(code for code in SHUT if code not in STOPPING)


def test_f31_a_gate_is_an_alarm_only_of_what_no_other_one_says(run: RunState) -> None:
    """F31: also where it is open and something else waits."""
    for shut, alarms, waits in (
        (("hr:stale",), (), True),
        (("hr:stale",), ("held_monitor_lost",), False),
        (("hr:stale", "sound:lost"), ("held_monitor_lost",), True),
        (STOPPING, (), False),
        ((), (), True),
        ((), ("held_monitor_lost",), True),
    ):
        told = {alarm: AlarmView(5, "x") for alarm in alarms}
        draft = Draft(replace(run, gate_shut=shut, alarms=told), 9)
        consequences.tell_waiting(draft, "why")
        assert ("gate_waiting" in draft.state.alarms) is waits
