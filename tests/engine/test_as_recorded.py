"""A pump found again does what the record says, or not: each bound to the hundredth (F17, F19, F35)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import recovery
from daemon.engine.account import Odometer, Span
from daemon.engine.draft import Draft
from daemon.engine.events_pump import OrderKind
from daemon.engine.phases import Phase
from daemon.engine.state import RunState, Standby
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpReading, PumpSetting
from tests.engine.stories import infusing

D = Decimal
MINUTE = 60_000
RUNS = PumpReading(Motion.INFUSING, D(60), D(2), D(10), remote=True)


@cache
def found() -> RunState:
    """At 60 mL/h with 2 mL granted when the counter showed 10 mL; ordered when it showed 9.9."""
    state = infusing(60).state
    pump = replace(
        state.pump,
        reading=RUNS,
        read_ms=0,
        approved=PumpSetting(D(60), D(2)),
        approved_ml=D(10),
        ordered_ml=D("9.9"),
        pending=None,
        odometer=Odometer(D(10), Span(D(0), D(0)), D("0.1")),
    )
    return replace(state, pump=pump, wire_factor=D(1), phase=Phase.INFUSING)


def differs(state: RunState, counter: str, left: str | None, **changes: object) -> bool:
    limit = None if left is None else D(left)
    reading = replace(RUNS, counter_ml=D(counter), limit_left_ml=limit, **changes)  # type: ignore[arg-type]
    return bool(recovery.differs(state, reading, MINUTE))


def test_two_readings_may_be_two_units_and_an_exchange_apart() -> None:
    """0.2 mL, and 0.9 s of three replies at 60 mL/h: 0.015 mL; a slower wire takes longer."""
    assert recovery.tolerance_ml(found(), D(60)) == D("0.215")
    assert recovery.tolerance_ml(found(), D(120)) == D("0.23")
    assert recovery.tolerance_ml(replace(found(), wire_factor=D(2)), D(60)) == D("0.23")


@pytest.mark.parametrize(
    ("counter", "as_recorded"),
    [("11", 1), ("10.735", 1), ("10.734", 0), ("11.265", 1), ("11.266", 0), ("10", 0), ("9", 0)],
)
def test_f19_the_counter_says_that_it_ran_all_the_time(counter: str, as_recorded: int) -> None:
    """F19, F35: a minute at 60 mL/h is 1 mL, 5 % of it and the tolerance either way."""
    left = D(12) - D(counter)
    assert differs(found(), counter, str(left)) is not bool(as_recorded)
    reading = replace(RUNS, counter_ml=D(counter), limit_left_ml=left)
    assert recovery.ran_on(found(), reading, MINUTE) is bool(as_recorded)


@pytest.mark.parametrize(
    ("left", "as_recorded"), [("1", 1), ("1.215", 1), ("1.216", 0), ("0.685", 1), ("0.684", 0)]
)
def test_f35_the_limit_says_that_nobody_set_another(left: str, as_recorded: int) -> None:
    """F35: 2 mL less 1; written as early as when the counter showed 9.9: 0.1 less, and the tolerance."""
    assert differs(found(), "11", left) is not bool(as_recorded)


def test_f35_another_rate_a_stand_or_an_open_promise_is_a_difference() -> None:
    good = ("11", "1")
    assert not differs(found(), *good)
    assert differs(found(), *good, motion=Motion.STOPPED)
    assert differs(found(), *good, motion=Motion.BOLUS)
    assert differs(found(), *good, rate_ml_h=D("60.01"))
    assert differs(found(), "11", None)


def test_f35_without_a_confirmed_setting_there_is_nothing_to_compare_with() -> None:
    pump = found().pump
    for unknown in (
        replace(pump, approved=None),
        replace(pump, approved=PumpSetting(D(60), None)),
        replace(pump, reading=None),
        replace(infusing(60).state.pump, pending=pump.pending, reading=None),
    ):
        assert differs(replace(found(), pump=unknown), "11", "1")


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.CHECKING, Phase.AWAITING_SOLUTION])
def test_f19_what_was_not_ordered_to_run_did_not_run_on(phase: Phase) -> None:
    reading = replace(RUNS, counter_ml=D(11), limit_left_ml=D(1))
    assert recovery.ran_on(found(), reading, MINUTE)
    assert not recovery.ran_on(replace(found(), phase=phase), reading, MINUTE)


def after_restart(state: RunState, *, gap_known: bool = True) -> Draft:
    draft = Draft(state, MINUTE)
    recovery.restarted(draft, inp.DaemonRestarted(gap_known=gap_known))
    return draft


def untroubled() -> RunState:
    """Running, nothing under way, every vital sign within its limits."""
    return replace(found(), pump=replace(found().pump, stop_ms=None, programmed=None))


def test_f35_a_run_found_running_is_observed() -> None:
    """F35, F10: an alarm tells it, and nothing else is ordered."""
    draft = after_restart(untroubled())
    assert draft.state.phase is Phase.OBSERVING
    assert draft.events[0] == ev.Restarted(gap_known=True)
    assert "observing" in draft.state.alarms
    assert not draft.stopping
    assert after_restart(untroubled(), gap_known=False).events[0] == ev.Restarted(gap_known=False)


def beyond(state: RunState) -> RunState:
    first, *rest = state.limits
    return replace(state, limits=(*rest, replace(first, beyond_ms=1)))


def pending(state: RunState) -> RunState:
    order = ev.SettingOrdered(9, OrderKind.START, PumpSetting(D(60), D(2)), 1, "A", "pump-1")
    return replace(state, pump=replace(state.pump, pending=order))


NOT_OBSERVED: dict[str, Callable[[RunState], RunState]] = {
    "a STOP is not confirmed": lambda state: replace(state, pump=replace(state.pump, stop_ms=1)),
    "a vital sign is beyond its limit": beyond,
    "a setting is under way": pending,
    "a setting is stored": lambda state: replace(
        state, pump=replace(state.pump, programmed=PumpSetting(D(60), D(2)))
    ),
    "no setting was confirmed": lambda state: replace(state, pump=replace(state.pump, approved=None)),
    "there is no baseline": lambda state: replace(state, baseline={}),
}


@pytest.mark.parametrize("why", list(NOT_OBSERVED))
def test_f10_f35_where_anything_is_open_the_run_is_held(why: str) -> None:
    """F10, F35: nothing but a run without an open question is left running."""
    draft = after_restart(NOT_OBSERVED[why](untroubled()))
    assert draft.state.phase is Phase.HELD
    assert draft.state.hold is not None
    assert HoldCause.RESTART in draft.state.hold.causes
    assert draft.stopping
    assert "observing" not in draft.state.alarms


def test_f10_only_signals_with_a_baseline_need_one() -> None:
    state = untroubled()
    rules = tuple(replace(rule, baseline=False) for rule in state.plan.rules.signals)
    without = replace(
        state, plan=replace(state.plan, rules=replace(state.plan.rules, signals=rules)), baseline={}
    )
    assert after_restart(without).state.phase is Phase.OBSERVING


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING])
def test_f10_a_run_that_waited_is_held(phase: Phase) -> None:
    draft = after_restart(replace(untroubled(), phase=phase))
    assert draft.state.phase is Phase.HELD


@pytest.mark.parametrize(
    ("phase", "stop_ms", "stops"),
    [
        (Phase.HELD, None, True),
        (Phase.HELD, 5, True),
        (Phase.MANUAL, 5, True),
        (Phase.MANUAL, None, False),
        (Phase.COMPLETED, None, False),
        (Phase.CHECKING, None, False),
    ],
)
def test_f6_a_stop_that_was_due_is_sent_again(phase: Phase, stop_ms: int | None, *, stops: bool) -> None:
    """F6, F10: what was held or to be stopped when the service ended is stopped anew."""
    state = untroubled()
    draft = after_restart(replace(state, phase=phase, pump=replace(state.pump, stop_ms=stop_ms)))
    assert draft.stopping is stops
    assert draft.state.phase is phase


def compared(state: RunState, **changes: object) -> Draft:
    draft = Draft(state, MINUTE)
    reading = replace(RUNS, counter_ml=D(11), limit_left_ml=D(1), **changes)  # type: ignore[arg-type]
    recovery.compare(draft, inp.PumpRead(reading, MINUTE))
    return draft


def test_f17_f35_the_first_readback_after_a_silence_decides() -> None:
    """F17, F35: as recorded it goes on; otherwise it is held, by its cause."""
    observing = replace(untroubled(), phase=Phase.OBSERVING)
    assert compared(untroubled()).events == []
    told = compared(observing)
    assert told.state.phase is Phase.OBSERVING
    assert "observing" in told.state.alarms
    for state, cause in ((untroubled(), HoldCause.PUMP_LOST), (observing, HoldCause.RESTART)):
        held = compared(state, motion=Motion.STOPPED).state
        assert held.phase is Phase.HELD
        assert held.hold is not None
        assert held.hold.causes == {cause}
        assert "observing" not in held.alarms


def test_f6_where_a_stop_stands_or_nothing_runs_there_is_nothing_to_compare() -> None:
    state = untroubled()
    assert compared(replace(state, phase=Phase.HELD), motion=Motion.STOPPED).events == []
    stopping = replace(state, pump=replace(state.pump, stop_ms=1))
    assert compared(stopping, motion=Motion.STOPPED).events == []


def test_f10_f23_a_setting_under_way_at_one_of_two_pumps_is_enough() -> None:
    """F10, F23: the other pump of the bed has nothing under way."""
    state = untroubled()
    other = Standby(replace(state.fitted, name="other"), replace(state.pump, pending=None, programmed=None))
    two = replace(state, others={"other": other})
    assert after_restart(two).state.phase is Phase.OBSERVING
    assert after_restart(pending(two)).state.phase is Phase.HELD
