"""Two monitors that differ: how much, for how long, which values count, and what is said (F22, F32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import disagreeing
from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.watched import Agreement, ApartView, SignalView, SourceView
from daemon.protocols.shared_signal import SharedSignal
from drivers.values import Signal, Validity
from tests.engine.stories import infusing

D = Decimal
NOW = 10_000_000
HR, SPO2, SYS = Signal.HR, Signal.SPO2, Signal.NIBP_SYS
SHARED = (SharedSignal(SPO2, "two", D(2), D(30)), SharedSignal(SYS, "one", D(20), D(60)))
ALARM = "sources_disagree"


def source(ago_ms: int = 0, **values: str) -> SourceView:
    views = {
        Signal(name): SignalView(D(value), Validity.VALID, NOW - ago_ms) for name, value in values.items()
    }
    return SourceView(views)


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step that runs, watched by two monitors of which each leads one sign."""
    return replace(infusing().state, shared=SHARED, alarms={}, ended={})


def with_sources(
    state: RunState, *, apart: Mapping[Signal, ApartView] | None = None, **sources: SourceView
) -> RunState:
    """These monitors; `apart`: what was known of their differences."""
    watched = replace(state.watched, sources=sources, excluded={}, apart=apart or {})
    return replace(state, watched=watched)


def compared(state: RunState, now: int = NOW) -> list[tuple[Signal, Agreement]]:
    draft = Draft(state, now)
    disagreeing.settle(draft)
    return [(one.signal, one.found) for one in draft.events if isinstance(one, ev.SourcesCompared)]


# -- which values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("other", "apart"), [("96", True), ("96.1", False), ("100", True), ("99.9", False)])
def test_f22_so_much_apart_is_apart(run: RunState, other: str, *, apart: bool) -> None:
    """F22: exactly 2 % are apart, whichever is the lower one."""
    state = with_sources(run, one=source(spo2="98"), two=source(spo2=other))
    assert compared(state) == ([(SPO2, Agreement.APART)] if apart else [])


def test_f32_only_what_is_fresh_and_a_value_is_compared(run: RunState) -> None:
    """F32: each by the bound of its own sign: 15 s of a saturation, ten minutes of a cuff."""
    apart = {"spo2": "90", "nibp_sys": "100"}
    good = source(spo2="98", nibp_sys="120")
    both = [(SPO2, Agreement.APART), (SYS, Agreement.APART)]
    for ago, found in ((0, both), (15_000, both), (15_001, both[1:]), (600_000, both[1:]), (600_001, [])):
        assert compared(with_sources(run, one=good, two=source(ago, **apart))) == found
    for view in (
        SignalView(None, Validity.VALID, NOW),
        SignalView(D(90), Validity.INACTIVE, NOW),
        SignalView(D(90), Validity.VALID, None),
    ):
        assert compared(with_sources(run, one=good, two=SourceView({SPO2: view}))) == []


def test_f32_one_alone_or_left_out_is_not_compared(run: RunState) -> None:
    one, two = source(spo2="98"), source(spo2="90")
    assert compared(with_sources(run, one=one)) == []
    assert compared(with_sources(run, one=one, two=source(hr="75"))) == []
    both = with_sources(run, one=one, two=two)
    assert compared(replace(both, watched=replace(both.watched, excluded={"two": NOW + 1}))) == []
    assert compared(replace(both, shared=SHARED[1:])) == []


@pytest.mark.parametrize("phase", list(Phase))
def test_f32_they_are_compared_while_somebody_is_watched(run: RunState, phase: Phase) -> None:
    """F32: what was apart is over where nobody is watched any more."""
    watched = phase in OPEN or phase is Phase.AFTER_WATCH
    state = replace(with_sources(run, one=source(spo2="98"), two=source(spo2="90")), phase=phase)
    assert compared(state) == ([(SPO2, Agreement.APART)] if watched else [])
    known = replace(state, watched=replace(state.watched, apart={SPO2: ApartView(NOW - 9)}))
    assert compared(known) == ([] if watched else [(SPO2, Agreement.OVER)])


# -- for how long -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "differ", "found"),
    [
        (None, True, [Agreement.APART]),
        (ApartView(NOW - 29_999), True, []),
        (ApartView(NOW - 30_000), True, [Agreement.TOLD]),
        (ApartView(NOW - 90_000, told=True), True, []),
        (ApartView(NOW - 29_999, NOW - 1), True, [Agreement.APART]),
        (ApartView(NOW - 30_000, NOW - 1), True, [Agreement.APART, Agreement.TOLD]),
        (None, False, []),
        (ApartView(NOW - 9), False, [Agreement.TOGETHER]),
        (ApartView(NOW - 90_000, NOW - 29_999), False, []),
        (ApartView(NOW - 90_000, NOW - 30_000), False, [Agreement.OVER]),
    ],
)
def test_f32_apart_and_together_both_have_to_last(
    run: RunState, known: ApartView | None, found: list[Agreement], *, differ: bool
) -> None:
    """F32: 30 s of a saturation, from the first difference; and 30 s without any until it is over."""
    apart = {} if known is None else {SPO2: known}
    two = source(spo2="96" if differ else "97")
    state = with_sources(run, apart=apart, one=source(spo2="98"), two=two)
    assert compared(state) == [(SPO2, one) for one in found]


# -- what is said -------------------------------------------------------------------------------------


def test_f32_what_is_told_names_every_monitor_that_counts_the_leading_one_first(run: RunState) -> None:
    """F32: each with its last word; one that is left out, or does not give the sign, is not of it."""
    apart = {SPO2: ApartView(NOW - 30_000), SYS: ApartView(NOW - 90_000, told=True)}
    silent = SourceView({SPO2: SignalView(None, Validity.INACTIVE, None)})
    state = with_sources(
        run,
        apart=apart,
        one=source(spo2="98", nibp_sys="120"),
        two=source(spo2="90", nibp_sys="95"),
        three=source(hr="75"),
        four=silent,
        five=source(spo2="99", nibp_sys="121"),
    )
    state = replace(state, watched=replace(state.watched, excluded={"five": NOW + 1}))
    draft = Draft(state, NOW)
    disagreeing.settle(draft)
    assert draft.state.alarms[ALARM].detail == (
        "spo2: two 90, four --, one 98; 2 or more apart; nibp_sys: one 120, two 95; 20 or more apart"
    )
    later = Draft(draft.state, NOW + 1)
    disagreeing.settle(later)
    assert later.events == []


def test_f32_the_alarm_lasts_as_long_as_one_sign_is_told(run: RunState) -> None:
    apart = {SPO2: ApartView(NOW - 90_000, NOW - 30_000, told=True), SYS: ApartView(NOW - 90_000, told=True)}
    state = with_sources(
        run,
        apart=apart,
        one=source(spo2="98", nibp_sys="120"),
        two=source(spo2="98", nibp_sys="95"),
    )
    first = Draft(state, NOW)
    first.alarm(ALARM, "x")
    disagreeing.settle(first)
    assert set(first.state.watched.apart) == {SYS}
    assert ALARM in first.state.alarms
    none = replace(first.state, watched=replace(first.state.watched, apart={}), phase=Phase.COMPLETED)
    last = Draft(none, NOW + 1)
    disagreeing.settle(last)
    assert ALARM not in last.state.alarms
