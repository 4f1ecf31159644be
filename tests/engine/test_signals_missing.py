"""Signals that are missing: from when on they hold, what is said, and a link that failed (F17, F31, F35)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import vitals
from daemon.engine.alarm_view import AlarmView
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import LimitView, RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import HoldCause
from drivers.values import Measurement, Signal, Validity, VitalsSample
from tests.engine.stories import infusing

D = Decimal
NOW = 10_000_000
GOOD = {Signal.HR: D(75), Signal.SPO2: D(98), Signal.NIBP_SYS: D(120)}
HOLD_MS = {Signal.HR: 60_000, Signal.SPO2: 60_000, Signal.NIBP_SYS: 1_200_000}
"""As ordered in the small world."""


def valid(ago_ms: int, signal: Signal = Signal.HR) -> SignalView:
    return SignalView(GOOD[signal], Validity.VALID, NOW - ago_ms)


def seen(state: RunState, **ago_ms: int | None) -> RunState:
    """Each signal measured so long ago; None = never."""
    ages = {**dict.fromkeys(GOOD, 0), **{Signal(name): ago for name, ago in ago_ms.items()}}
    views = {signal: valid(ago, signal) for signal, ago in ages.items() if ago is not None}
    watched = replace(
        state.watched, sources={"m": SourceView(views)}, by_hand={}, excluded={}, silent=frozenset()
    )
    return replace(state, signals=views, watched=watched, watched_from_ms=NOW - 5_000_000)


def cuffed(state: RunState, begun: int, ended: int | None) -> RunState:
    """Its monitor's cuff began and ended so long ago."""
    until = None if ended is None else NOW - ended
    source = replace(state.watched.sources["m"], cuff_from_ms=NOW - begun, cuff_until_ms=until)
    return replace(state, watched=replace(state.watched, sources={"m": source}))


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step that runs, everything just measured, no alarm."""
    state = infusing().state
    limits = (LimitView(),) * len(state.limits)
    return seen(replace(state, alarms={}, ended={}, limits=limits))


def settled(state: RunState, now: int = NOW) -> Draft:
    draft = Draft(state, now)
    vitals.settle(draft)
    return draft


def missing(state: RunState, now: int = NOW) -> str:
    """Why the run is held; empty = it is not."""
    held = settled(state, now).state.hold
    if held is None:
        return ""
    assert held.causes == {HoldCause.MONITOR_LOST}
    (reason,) = held.reasons
    return reason


# -- from when on -------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", GOOD)
def test_f35_a_signal_may_be_missing_as_long_as_ordered(run: RunState, signal: Signal) -> None:
    """F35: 60 s, or 20 min of the cuff: at the bound it may still come."""
    state = seen(run, **{signal.value: HOLD_MS[signal]})
    assert missing(state) == ""
    assert missing(state, NOW + 1) == f"{signal} missing (no new value) for {HOLD_MS[signal] // 1000} s"


@pytest.mark.parametrize("signal", GOOD)
def test_f35_one_that_never_came_is_waited_for_since_the_watch_began(run: RunState, signal: Signal) -> None:
    state = replace(seen(run, **{signal.value: None}), watched_from_ms=NOW - HOLD_MS[signal])
    assert missing(state) == ""
    assert missing(state, NOW + 1) == f"{signal} missing (never seen) for {HOLD_MS[signal] // 1000} s"


def test_f31_all_that_is_missing_is_one_word(run: RunState) -> None:
    """F31: the signals are lines of one alarm; each says why, in whole seconds."""
    state = seen(run, hr=61_999, spo2=75_000)
    off = replace(state.signals[Signal.SPO2], validity=Validity.INACTIVE)
    state = replace(state, signals={**state.signals, Signal.SPO2: off})
    draft = settled(state)
    assert missing(state) == "hr missing (no new value) for 61 s; spo2 missing (inactive) for 75 s"
    assert [event.alarm for event in draft.events if isinstance(event, ev.AlarmRaised)] == [
        "held_monitor_lost"
    ]
    assert draft.state.alarms["held_monitor_lost"].signs == {"missing"}


@pytest.mark.parametrize(
    ("hr", "by_hand", "raised_ago", "again"),
    [
        (61_000, None, 62_000, True),
        (61_000, None, 60_000, False),
        (900_000, 400_000, 500_000, True),
        (900_000, 400_000, 300_000, False),
        (400_000, 900_000, 500_000, True),
        (None, None, 5_000_001, True),
        (None, None, 5_000_000, False),
    ],
)
def test_f31_it_is_said_again_where_it_was_there_meanwhile(
    run: RunState, hr: int | None, by_hand: int | None, raised_ago: int, *, again: bool
) -> None:
    """F31: seen and lost anew after the alarm, by a monitor or by a hand; else it is the same loss."""
    state = seen(run, hr=hr)
    hand = {} if by_hand is None else {Signal.HR: replace(valid(by_hand), by_hand=True)}
    told = AlarmView(NOW - raised_ago, "hr", acknowledged_ms=NOW - 1)
    hold = settled(seen(run, hr=61_000)).state.hold
    state = replace(
        state,
        alarms={"held_monitor_lost": told},
        hold=hold,
        phase=Phase.HELD,
        watched=replace(state.watched, by_hand=hand),
    )
    raised = settled(state).state.alarms["held_monitor_lost"].raised_ms
    assert (raised == NOW) is again


def test_f31_of_several_the_one_lost_last_says_when(run: RunState) -> None:
    """F31: heart rate lost long ago, saturation lost anew after the alarm: it is news."""
    told = AlarmView(NOW - 70_000, "hr", acknowledged_ms=NOW - 1)
    hold = settled(seen(run, hr=61_000)).state.hold
    state = replace(
        seen(run, hr=500_000, spo2=61_000), alarms={"held_monitor_lost": told}, hold=hold, phase=Phase.HELD
    )
    assert settled(state).state.alarms["held_monitor_lost"].raised_ms == NOW


# -- a value by hand ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago_ms", "reason"),
    [(300_000, ""), (300_001, "hr missing (no new value) for 300 s")],
)
def test_f32_a_value_by_hand_counts_five_minutes(run: RunState, ago_ms: int, reason: str) -> None:
    """F32: as ordered; then it is missing since it was measured, where no monitor gave anything."""
    hand = {Signal.HR: replace(valid(ago_ms), by_hand=True)}
    state = seen(run, hr=None)
    state = replace(state, watched=replace(state.watched, by_hand=hand))
    assert missing(state) == reason


def test_f32_one_by_hand_that_is_over_is_no_word_of_the_monitor(run: RunState) -> None:
    """F32: the monitor has been silent since its own last value."""
    hand = {Signal.HR: replace(valid(300_001), by_hand=True)}
    state = seen(run, hr=400_000)
    state = replace(state, watched=replace(state.watched, by_hand=hand))
    assert missing(state) == "hr missing (no new value) for 400 s"


# -- the cuff -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spo2", "begun", "ended", "held"),
    [
        (80_000, 80_000, None, False),
        (80_000, 91_000, None, True),
        (90_000, 90_000, 60_000, False),
        (91_000, 90_000, 60_001, True),
        (140_000, 130_000, 50_000, False),
        (150_000, 140_000, 61_000, True),
    ],
)
def test_f31_after_the_cuff_the_signal_has_its_time_again(
    run: RunState, spo2: int, begun: int, ended: int | None, *, held: bool
) -> None:
    """F31: 60 s from the end of the cuff, which measures 90 s at the most; heart rate sees the pulse."""
    state = cuffed(seen(run, spo2=spo2), begun, ended)
    assert (missing(state) != "") is held


# -- a link that failed -------------------------------------------------------------------------------


def test_f31_the_gate_and_the_hold_name_the_same_signals(run: RunState) -> None:
    """F31, F35: stale before it is missing; never seen is missing at once."""
    old = seen(run, hr=15_001, spo2=None)
    assert vitals.shut_reasons(old, NOW) == ("hr:stale", "spo2:missing")
    assert vitals.shut_reasons(seen(run, hr=15_000), NOW) == ()
    never = replace(run, signals={**run.signals, Signal.HR: SignalView(None, Validity.INACTIVE, None)})
    assert vitals.shut_reasons(never, NOW) == ("hr:missing",)


def silent(state: RunState, phase: Phase = Phase.INFUSING, *alarms: str) -> Draft:
    told = {alarm: AlarmView(5, "before") for alarm in alarms}
    draft = Draft(replace(state, phase=phase, alarms=told), NOW)
    vitals.silent(draft, inp.MonitorSilent("m", "cable"))
    return draft


@pytest.mark.parametrize("phase", list(Phase))
def test_f17_a_link_that_failed_is_said_while_somebody_is_watched(run: RunState, phase: Phase) -> None:
    """F17: with its name and why; said anew if another one had failed before; remembered in any phase."""
    watched = phase in OPEN or phase is Phase.AFTER_WATCH
    draft = silent(run, phase)
    assert draft.state.watched.silent == {"m"}
    assert ("monitor_silent" in draft.state.alarms) is watched
    if watched:
        assert draft.state.alarms["monitor_silent"].detail == "m: cable"
    again = silent(run, phase, "monitor_silent").state.alarms["monitor_silent"]
    assert again.detail == ("m: cable" if watched else "before")


def test_f31_beside_what_is_missing_the_link_is_not_said(run: RunState) -> None:
    """F31: one cause, one alarm; that of the link ends with it, and comes back while it is down."""
    assert "monitor_silent" not in silent(run, Phase.HELD, "held_monitor_lost").state.alarms
    down = replace(run, watched=replace(run.watched, silent=frozenset({"n", "m"})))
    alone = settled(down).state
    assert alone.alarms["monitor_silent"].detail == "m, n"
    assert "monitor_silent" not in settled(run).state.alarms
    told = {"monitor_silent": AlarmView(5, "m: cable"), "held_monitor_lost": AlarmView(6, "x")}
    assert "monitor_silent" not in settled(replace(down, alarms=told)).state.alarms
    lost = seen(replace(alone), hr=61_000)
    lost = replace(lost, watched=replace(lost.watched, silent=frozenset({"m"})), phase=Phase.MANUAL)
    found = settled(lost).state.alarms
    assert "monitor_silent" not in found
    assert "vitals_manual" in found


def test_f17_the_link_is_back_with_a_word_of_every_silent_monitor(run: RunState) -> None:
    """F17: one of two that speaks again does not end it."""
    both = replace(
        run,
        alarms={"monitor_silent": AlarmView(5, "m, n")},
        watched=replace(run.watched, silent=frozenset({"m", "n"})),
    )
    sample = VitalsSample({Signal.HR: Measurement(D(75), Validity.VALID)}, source="m")
    draft = Draft(both, NOW)
    vitals.read(draft, sample)
    assert draft.state.watched.silent == {"n"}
    assert "monitor_silent" in draft.state.alarms
    vitals.read(draft, replace(sample, source="n"))
    assert "monitor_silent" not in draft.state.alarms
