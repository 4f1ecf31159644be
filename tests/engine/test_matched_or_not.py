"""Which patient, which monitor, to the last millisecond and over every kind of last word (F12, F32)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import matching, pairing
from daemon.engine.bedside import Check
from daemon.engine.draft import Draft
from daemon.engine.state import HoldView, RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import HoldCause
from drivers.values import MonitorIdentity, Signal, Validity
from tests.engine.stories import infusing, switching

D = Decimal
NOW = 9_000_000
LONG_MS = 30 * 60_000
"""A hold of more than half an hour asks for the wristband again, in the small world."""
HELD = HoldView(NOW - LONG_MS, frozenset({HoldCause.OPERATOR}), None, ("x",))


@pytest.fixture(scope="module")
def run() -> RunState:
    state = infusing().state
    bedside = replace(state.bedside, patient_due=False, vitals_due=False, checked={}, joined_ms=None)
    return replace(state, bedside=bedside)


@pytest.mark.parametrize(("longer_ms", "due"), [(-1, False), (0, False), (1, True)])
def test_f12_a_hold_longer_than_ordered_asks_for_the_wristband(
    run: RunState, longer_ms: int, *, due: bool
) -> None:
    held = replace(run, hold=replace(HELD, since_ms=NOW - LONG_MS - longer_ms))
    assert matching.patient_due(held, NOW) is due
    read = replace(held, bedside=replace(held.bedside, checked={Check.PATIENT: NOW - LONG_MS}))
    assert not matching.patient_due(read, NOW)
    before = replace(held, bedside=replace(held.bedside, checked={Check.PATIENT: NOW - LONG_MS - 1}))
    assert matching.patient_due(before, NOW) is due


PULSE, PRESSURE = Signal.HR, Signal.NIBP_SYS


def vitals_due(
    state: RunState, signal: Signal, measured_ms: int | None, joined_ms: int | None, *, told: bool = True
) -> bool:
    """Everything else is told by hand; of this signal a monitor says something, measured then."""
    hand = SignalView(D(80), Validity.VALID, NOW, by_hand=True)
    signals = [rule.signal for rule in state.plan.rules.signals]
    by_hand = {one: hand for one in signals if one is not signal}
    view = {signal: SignalView(D(70), Validity.INVALID, measured_ms)} if told else {}
    watched = replace(state.watched, by_hand=by_hand, sources={})
    bedside = replace(state.bedside, vitals_due=True, joined_ms=joined_ms)
    return matching.vitals_due(replace(state, watched=watched, signals=view, bedside=bedside), NOW)


@pytest.mark.parametrize(
    ("measured_ms", "joined_ms", "due"),
    [(4, 5, False), (5, 5, True), (6, 5, True), (None, 5, True), (4, None, True), (None, None, True)],
)
def test_f12_f32_what_is_not_compared_may_be_of_before_the_monitor_joined(
    run: RunState, measured_ms: int | None, joined_ms: int | None, *, due: bool
) -> None:
    """F12, F32: pulse and SpO2 may not, for these a person compares; a signal nobody told is not replaced."""
    assert vitals_due(run, PRESSURE, measured_ms, joined_ms) is due
    assert vitals_due(run, PULSE, measured_ms, joined_ms)
    assert vitals_due(run, PRESSURE, measured_ms, joined_ms, told=False)


@pytest.mark.parametrize(
    ("first_ms", "second_ms", "away"),
    [(60_000, 60_001, False), (60_001, 60_002, True), (60_000, None, False), (60_001, None, True)],
)
def test_f12_a_monitor_that_was_away_for_longer_than_a_signal_may_be_missing(
    run: RunState, first_ms: int, second_ms: int | None, *, away: bool
) -> None:
    """F12: 60 s, after its last measurement of any signal; only one whose link was lost was away."""
    known = MonitorIdentity("model", "detail")
    ages = {Signal.HR: first_ms, Signal.SPO2: second_ms}
    views = {
        signal: SignalView(D(70), Validity.VALID, None if age is None else NOW - age)
        for signal, age in ages.items()
    }
    watched = replace(run.watched, silent=frozenset({"m1"}), sources={"m1": SourceView(views)})
    bedside = replace(run.bedside, monitors={"m1": known})
    state = replace(run, watched=watched, bedside=bedside, ended_ms=None)

    def joins(there: RunState) -> bool:
        draft = Draft(there, NOW)
        matching.identified(draft, inp.MonitorIdentified("m1", known))
        return any(isinstance(event, ev.MonitorJoined) for event in draft.events)

    assert joins(state) is away
    assert not joins(replace(state, watched=replace(watched, silent=frozenset())))
    assert not joins(replace(state, ended_ms=5))
    for from_ms, since_start in ((NOW - 60_000, False), (NOW - 60_001, True)):
        never = replace(state, watched=replace(watched, sources={}), watched_from_ms=from_ms)
        assert joins(never) is since_start


def test_f13_the_bag_that_is_hung_next_on_a_pump() -> None:
    """F13: the first from the run's place on that it carries; none on a pump that is not of the bed."""
    state = switching().state
    for step, bags in ((1, ("A", "B")), (2, ("A", "B")), (3, ("", "B"))):
        there = replace(state, step=step)
        assert (pairing.wanted(there, "pump-1"), pairing.wanted(there, "pump-2")) == bags
        assert pairing.wanted(there, "pump-3") == ""
