"""Signals that only a hand gives, checked against the protocol and the bed's monitors (F32)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.protocols.load import Equipment
from daemon.protocols.patient_rules import ByHandRule
from drivers.values import MonitorCapabilities, Signal
from tests.protocols.files import PUMP, castells, draft, faults, plan

WATCHED = """[[signals]]
signal = "pef"
fresh_s = 3600
missing_hold_s = 5400
baseline = true

[[limits]]
signal = "pef"
fall_percent = 20
for_s = 0
grade = "moderate"

[[manual_vitals]]
signal = "pef"
max_age_min = 60

[holds]"""
MONITOR = MonitorCapabilities("m", frozenset({Signal.HR, Signal.SPO2, Signal.NIBP_SYS}), Decimal(5))


def file(*changes: tuple[str, str]) -> str:
    text = castells(("[holds]", WATCHED))
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_f32_peak_flow_is_ordered_like_any_other_signal() -> None:
    """F32: freshness, a limit by the baseline, an age by hand."""
    made = plan(file())
    assert ByHandRule(Signal.PEF, Decimal(60)) in made.rules.patient.by_hand
    assert any(rule.signal is Signal.PEF and rule.baseline for rule in made.rules.signals)
    assert faults(file(), Equipment(PUMP, (MONITOR,))) == ()


def test_f32_check_says_what_a_hand_has_to_give() -> None:
    """F32: the finding names signal and minutes; where nothing is known of the bed there is none."""
    found = [
        one for one in draft(file(), Equipment(PUMP, (MONITOR,))).findings if one.code == "by_hand_alone"
    ]
    assert [one.where for one in found] == ["signals[3]"]
    assert "pef" in found[0].message
    assert "60 min" in found[0].message
    assert all(one.code != "by_hand_alone" for one in draft(file(), Equipment(PUMP)).findings)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('[[manual_vitals]]\nsignal = "pef"\nmax_age_min = 60\n', "", "signal_without_source"),
        ("fresh_s = 3600", "fresh_s = 3599", "stale_by_nature"),
    ],
)
def test_f32_a_signal_no_monitor_gives_needs_a_hand_and_time_for_it(old: str, new: str, code: str) -> None:
    """F32: also where no bed is known: no monitor of any model gives peak flow."""
    assert [fault.code for fault in faults(file((old, new)))] == [code]


def test_f31_f32_a_hand_stands_in_for_no_monitor_the_gate_needs_every_few_seconds() -> None:
    """F31: pressure by hand every 10 min is a source; SpO2 fresh for 15 s is none."""
    bare = MonitorCapabilities("m", frozenset({Signal.HR, Signal.SPO2}), Decimal(5))
    assert faults(castells(), Equipment(PUMP, (bare,))) == ()
    bare = MonitorCapabilities("m", frozenset({Signal.HR, Signal.NIBP_SYS}), Decimal(5))
    found = faults(castells(), Equipment(PUMP, (bare,)))
    assert [(fault.code, fault.value) for fault in found] == [("signal_without_source", '"spo2"')]
