"""Every reason that shuts the gate, by its code and at its bound; and the pumps beside (F5, F16, F23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import beside, consequences, gate, vitals
from daemon.engine.account import Account, Span
from daemon.engine.phases import Phase
from daemon.engine.state import LimitView, RunState
from daemon.engine.watched import SignalView, SourceView
from drivers.values import Motion, PumpAlarm, Signal, Validity
from tests.engine.stories import infusing, switching

D = Decimal
SEEN_OTHERWISE = {PumpAlarm.LOCAL_KEY, PumpAlarm.LINK_TIMEOUT, PumpAlarm.STANDBY_END}
"""A hand is judged by what it did (F8), a lost link by itself (F17), and nobody puts the pump on standby."""


@pytest.fixture(scope="module")
def run() -> RunState:
    """Infusing, the gate open."""
    world = infusing()
    world.measure()
    assert gate.reasons(world.state, world.now) == ()
    return world.state


def pump(state: RunState, **changes: Any) -> RunState:
    return replace(state, pump=replace(state.pump, **changes))


def read(state: RunState, **changes: Any) -> RunState:
    assert state.pump.reading is not None
    return pump(state, reading=replace(state.pump.reading, **changes))


def with_alarm(alarm: PumpAlarm) -> Callable[[RunState], RunState]:
    return lambda state: read(state, alarms=frozenset({alarm}))


def sign(signal: Signal, **changes: Any) -> Callable[[RunState], RunState]:
    """One sign says something else."""

    def changed(state: RunState) -> RunState:
        view = replace(state.signals[signal], **changes)
        return replace(state, signals={**state.signals, signal: view})

    return changed


SHUT: dict[str, Callable[[RunState], RunState]] = {
    "pump:silent": lambda state: pump(state, linked=False),
    "pump:not_remote": lambda state: read(state, remote=False),
    "pump:stop_not_confirmed": lambda state: pump(state, stop_ms=1),
    "journal:broken": lambda state: replace(state, journal_ok=False),
    "sound:lost": lambda state: replace(state, bedside=replace(state.bedside, sound="")),
    "patient:unconfirmed": lambda state: replace(state, bedside=replace(state.bedside, patient_due=True)),
    "assessment:overdue": lambda state: replace(state, assessed_ms=state.at_ms - 30 * 60_000),
    "hr:limit": lambda state: replace(state, limits=(*state.limits[:3], LimitView(5))),
    "hr:missing": lambda state: replace(state, signals={k: v for k, v in state.signals.items() if k != "hr"}),
    "hr:questionable": sign(Signal.HR, validity=Validity.QUESTIONABLE),
    "hr:other_patient": sign(Signal.HR, validity=Validity.OTHER_PATIENT),
    "spo2:stale": sign(Signal.SPO2, measured_ms=0),
}


@pytest.mark.parametrize("code", SHUT)
def test_f16_one_reason_shuts_the_gate_by_its_own_code(run: RunState, code: str) -> None:
    assert gate.reasons(SHUT[code](run), run.at_ms) == (code,)


@pytest.mark.parametrize("alarm", list(PumpAlarm))
def test_f16_an_alarm_of_the_pump_shuts_it_or_is_a_warning(run: RunState, alarm: PumpAlarm) -> None:
    """F16: every alarm there is, is one or the other; a limit reached is history once the pump stands."""
    shut = (f"pump:{alarm}",) if alarm in gate.STOPPING else ()
    assert alarm in gate.STOPPING | gate.WARNING | SEEN_OTHERWISE
    assert gate.reasons(with_alarm(alarm)(run), run.at_ms) == shut
    stands = read(with_alarm(alarm)(run), motion=Motion.STOPPED)
    over = alarm is PumpAlarm.LIMIT_REACHED
    assert gate.reasons(stands, run.at_ms) == (() if over else shut)


def test_f16_f26_which_alarms_do_not_end_what_is_given() -> None:
    """F16, F26: warnings, a patient's button among them, and what is judged by what the pump does."""
    told = {PumpAlarm.NEAR_EMPTY, PumpAlarm.BATTERY_LOW, PumpAlarm.PRESSURE_LOW, PumpAlarm.REMINDER}
    assert told | {PumpAlarm.PCA_BUTTON, PumpAlarm.PCA_LIMIT} == gate.WARNING
    assert set(PumpAlarm) - gate.WARNING - SEEN_OTHERWISE == gate.STOPPING


@pytest.mark.parametrize("alarm", sorted(gate.WARNING))
def test_f26_a_warning_of_the_pump_is_told_and_the_run_goes_on(alarm: PumpAlarm) -> None:
    world = infusing()
    world.pump.alarms.add(alarm)
    world.run(12_000)
    assert world.state.alarms["pump_warning"].detail == alarm.value
    assert world.phase() is Phase.INFUSING
    world.pump.alarms.discard(alarm)
    world.run(12_000)
    assert "pump_warning" not in world.state.alarms


def test_f22_an_assessment_is_due_to_the_millisecond(run: RunState) -> None:
    """F22: every 30 minutes as ordered; before the first one none is."""
    assert gate.assessment_due_ms(replace(run, assessed_ms=7)) == 7 + 1_800_000
    assert gate.assessment_due_ms(replace(run, assessed_ms=None)) is None
    seen = replace(run, assessed_ms=run.at_ms)
    assert "assessment:overdue" not in gate.reasons(seen, run.at_ms + 1_800_000 - 1)
    assert "assessment:overdue" in gate.reasons(seen, run.at_ms + 1_800_000)


@pytest.mark.parametrize("signal", [Signal.HR, Signal.SPO2, Signal.NIBP_SYS])
def test_f31_a_sign_is_fresh_for_as_long_as_ordered(run: RunState, signal: Signal) -> None:
    """F31: 15 s, of the cuff 10 minutes; at the bound it is fresh."""
    (rule,) = (one for one in run.plan.rules.signals if one.signal is signal)
    fresh_ms = int(rule.fresh_s * 1000)
    assert fresh_ms == (600_000 if signal is Signal.NIBP_SYS else 15_000)
    measured = replace(run, signals={**run.signals, signal: SignalView(D(90), Validity.VALID, 1_000)})
    assert f"{signal}:stale" not in vitals.shut_reasons(measured, 1_000 + fresh_ms)
    assert f"{signal}:stale" in vitals.shut_reasons(measured, 1_001 + fresh_ms)


def account(counter: str, timed: str, proven_ms: int) -> Account:
    nothing = Span(D(0), D(0))
    return Account(nothing, nothing, Span(D(timed), D(timed)), D(counter), proven_ms)


@pytest.mark.parametrize(
    ("counter", "timed", "proven_ms", "apart"),
    [
        ("0.7", "1", 0, True),
        ("0.8", "1", 0, False),
        ("0", "0.99", 0, False),
        ("0.7", "0.99", 300_000, True),
        ("0.7", "0.99", 299_999, False),
        ("4.49", "5", 0, True),
        ("4.5", "5", 0, False),
    ],
)
def test_f25_time_and_volume_are_compared_over_ten_units_or_at_the_end(
    run: RunState, counter: str, timed: str, proven_ms: int, *, apart: bool
) -> None:
    """F25: of a counter of 0.1 mL from 1 mL on; apart by more than 0.2 mL, or a tenth of it."""
    slow = replace(run, goal_ms=300_000, account=account(counter, timed, proven_ms), wire_factor=D(0))
    assert gate.differs(slow) is apart
    assert ("volume:differs" in gate.reasons(slow, run.at_ms)) is apart
    assert "volume:differs" not in gate.reasons(replace(slow, begun=False), run.at_ms)


# -- pumps beside ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two() -> RunState:
    """A pump for each bag; the one beside has been seen standing for two seconds."""
    state = switching().state
    (name,) = state.others
    one = state.others[name]
    quiet = replace(one.pump, stop_ms=None, still_from_ms=1_000, still_to_ms=3_000)
    return replace(state, others={name: replace(one, pump=quiet)})


def other(state: RunState, **changes: Any) -> RunState:
    ((name, one),) = state.others.items()
    return replace(state, others={name: replace(one, pump=replace(one.pump, **changes))})


def reading_of(state: RunState, **changes: Any) -> RunState:
    (one,) = state.others.values()
    assert one.pump.reading is not None
    return other(state, reading=replace(one.pump.reading, **changes))


def test_f23_a_pump_beside_is_read_remote_still_and_not_being_stopped(two: RunState) -> None:
    """F23: each by its code; nobody asks whether one stands that is being stopped."""
    stopping = gate.STOPPING

    def codes(state: RunState) -> tuple[str, ...]:
        return beside.reasons(state, stopping)

    assert codes(two) == ()
    for lost in (other(two, linked=False), other(two, reading=None), other(two, certain=False)):
        assert codes(lost) == ("other_pump:silent",)
    assert codes(reading_of(two, remote=False)) == ("other_pump:not_remote",)
    assert codes(other(two, stop_ms=1)) == ("other_pump:stop_not_confirmed",)
    assert codes(other(two, still_to_ms=1_999)) == ("other_pump:moving",)
    assert codes(other(two, still_from_ms=None)) == ("other_pump:moving",)
    assert codes(other(two, still_to_ms=1_999, stop_ms=1)) == ("other_pump:stop_not_confirmed",)
    assert codes(other(two, linked=False, stop_ms=1)) == (
        "other_pump:silent",
        "other_pump:stop_not_confirmed",
    )


@pytest.mark.parametrize(
    ("factor", "still_ms", "stands"), [(1, 999, 0), (1, 1000, 1), (2, 1999, 0), (2, 2000, 1)]
)
def test_f23_standing_takes_a_second_of_wire_time(
    two: RunState, factor: int, still_ms: int, *, stands: bool
) -> None:
    seen = replace(two.pump, still_from_ms=5, still_to_ms=5 + still_ms)
    assert beside.still(replace(two, wire_factor=D(factor)), seen) is bool(stands)


def test_f23_alarms_of_the_next_pump_count_once_it_is_due(two: RunState) -> None:
    """F16, F23: from the end of the step before; its limit reached once is history."""
    ringing = reading_of(
        two, alarms=frozenset({PumpAlarm.AIR, PumpAlarm.LIMIT_REACHED, PumpAlarm.NEAR_EMPTY})
    )
    assert not two.begun
    assert beside.reasons(ringing, gate.STOPPING) == ("next_pump:air",)
    early = replace(ringing, begun=True, step=1, goal_ms=1_000, account=account("0", "0", 999))
    assert beside.reasons(early, gate.STOPPING) == ()
    due = replace(early, step=2, account=account("0", "0", 1_000))
    assert beside.reasons(due, gate.STOPPING) == ("next_pump:air",)


def test_f23_which_pump_comes_next(two: RunState) -> None:
    """F23: of the step waited for, else of the one after; none where the bag stays, or at the end."""
    (name,) = two.others
    waits = replace(two, begun=False, step=3)
    assert (beside.following(waits), beside.coming(waits), beside.done(waits)) == (3, name, True)
    gives = replace(two, begun=True, step=2)
    assert (beside.following(gives), beside.coming(gives), beside.done(gives)) == (3, name, False)
    first = replace(two, begun=True, step=1)
    assert (beside.following(first), beside.coming(first)) == (2, "")
    last = replace(two, begun=True, step=3)
    assert (beside.following(last), beside.coming(last)) == (None, "")
    assert not beside.done(replace(two, begun=False, step=1))
    assert beside.hangs_next(gives)
    assert not beside.hangs_next(last)
    ((_, one),) = two.others.items()
    bare = replace(gives, others={name: replace(one, hung=None)})
    assert not beside.hangs_next(bare)


# -- what an alarm explains ---------------------------------------------------------------------------


def test_f31_a_silent_monitor_explains_what_it_gave_and_no_limit(run: RunState) -> None:
    """F31: one that never spoke may have given any sign; what the other one gives is a cause of its own."""
    shut = ("hr:stale", "spo2:missing", "hr:limit", "pump:silent")
    sources = {"one": SourceView({Signal.HR: SignalView()}), "two": SourceView({Signal.SPO2: SignalView()})}

    def explained(*silent: str) -> tuple[str, ...]:
        watched = replace(run.watched, sources=sources, silent=frozenset(silent))
        return consequences.lines(replace(run, gate_shut=shut, watched=watched), "monitor_silent")

    assert explained("one") == ("hr:stale",)
    assert explained("one", "two") == ("hr:stale", "spo2:missing")
    assert explained("three") == ("hr:stale", "spo2:missing")
    assert consequences.lines(replace(run, gate_shut=shut), "held_vitals") == ("hr:limit",)
    assert consequences.lines(replace(run, gate_shut=shut), "pump_lost") == ("pump:silent",)
    assert consequences.lines(replace(run, gate_shut=shut), "hand_more") == ()
