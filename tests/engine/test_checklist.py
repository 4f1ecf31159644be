"""What is missing before a start: each thing alone, at its bound (F4, F9, F11, F12, F13, F23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from daemon.engine.account import Span
from daemon.engine.acts.checklist import checklist
from daemon.engine.bedside import Check
from daemon.engine.doubts import CounterFault, Jump
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import Grade
from drivers.values import Motion, PumpAlarm
from simulators.campaign.engine.several import Several
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.engine.states import at_pump, read
from tests.engine.stories import FAST

D = Decimal
MIN = 60_000
NOTHING = Span(D(0), D(0))


@cache
def _checked(kind: type[World]) -> tuple[RunState, int]:
    world = kind(small(), timing=FAST)
    world.run(3_000)
    world.check()
    return world.state, world.now


def ready() -> RunState:
    """Everything is confirmed on a bed with one pump; the time is `now()`."""
    return _checked(World)[0]


def now() -> int:
    return _checked(World)[1]


def states(state: RunState, low: str | None, high: str | None) -> RunState:
    """The pump itself says which rates it takes."""
    assert state.pump.identity is not None
    ends = [None if end is None else D(end) for end in (low, high)]
    return at_pump(state, identity=replace(state.pump.identity, rate_min_ml_h=ends[0], rate_max_ml_h=ends[1]))


def bedside(state: RunState, **changes: Any) -> RunState:
    return replace(state, bedside=replace(state.bedside, **changes))


def without(check: Check) -> RunState:
    """Not confirmed."""
    checked = ready().bedside.checked
    return bedside(ready(), checked={one: at for one, at in checked.items() if one is not check})


def long_ago(check: Check, over_ms: int) -> RunState:
    """Confirmed 15 minutes ago, and so much."""
    at = now() - 15 * MIN - over_ms
    return bedside(ready(), checked={**ready().bedside.checked, check: at})


def paired(over_ms: int) -> RunState:
    return bedside(ready(), paired_ms={"pump 1": now() - 15 * MIN - over_ms})


def earlier(dose: str) -> RunState:
    """So much was given in runs before; 80 mg are the most and the plan gives 65."""
    return replace(ready(), linked=Span(D(0), D(dose)))


def leapt() -> RunState:
    jump = Jump(CounterFault.FELL, "A", 1, NOTHING, D(0), NOTHING)
    return replace(ready(), doubts=replace(ready().doubts, jumps=(jump, jump)))


def severe() -> RunState:
    return replace(ready(), watched=replace(ready().watched, grade=Grade.SEVERE))


SOLUTION = say("missing_solution", solution="A", pump="pump 1")
CLASSIFY = say("missing_classify", why="fell")


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        (ready, ()),
        (lambda: without(Check.PATIENT), (say("missing_patient"),)),
        (lambda: long_ago(Check.PATIENT, 0), ()),
        (lambda: long_ago(Check.PATIENT, 1), (say("missing_patient"),)),
        (lambda: bedside(ready(), paired_ms={}), (SOLUTION,)),
        (lambda: paired(0), ()),
        (lambda: paired(1), (SOLUTION,)),
        (lambda: without(Check.LINE), (say("missing_line"),)),
        (lambda: replace(ready(), line_by=""), (say("missing_line"),)),
        (lambda: without(Check.VITALS), (say("missing_vitals"),)),
        (lambda: without(Check.SOUND), (say("missing_sound"),)),
        (lambda: bedside(ready(), sound=""), (say("missing_sound"),)),
        (lambda: at_pump(ready(), linked=False), (say("missing_pump"),)),
        (lambda: at_pump(ready(), reading=None), (say("missing_pump"),)),
        (lambda: read(ready(), motion=Motion.BOLUS), (say("missing_standstill", motion="bolus"),)),
        (
            lambda: read(ready(), alarms=frozenset({PumpAlarm.KVO_RUNNING})),
            (say("missing_standstill", motion="stopped"), say("missing_gate", code="pump:kvo_running")),
        ),
        (lambda: read(ready(), remote=False), (say("missing_gate", code="pump:not_remote"),)),
        (severe, (say("missing_severe"),)),
        (lambda: states(ready(), "30", "120"), ()),
        (lambda: states(ready(), None, None), ()),
        (lambda: states(ready(), "30.1", None), (say("missing_slow", limit="30.1", needed="30"),)),
        (lambda: states(ready(), None, "119.9"), (say("missing_fast", limit="119.9", needed="120"),)),
        (lambda: earlier("15"), ()),
        (
            lambda: earlier("15.001"),
            (say("missing_linked", earlier="15.001", plan="65.000", left="64.999", unit="mg"),),
        ),
        (
            lambda: earlier("81"),
            (say("missing_linked", earlier="81.000", plan="65.000", left="0.000", unit="mg"),),
        ),
    ],
    ids=range(25),
)
def test_f12_f13_what_is_missing_is_said_by_itself(
    state: Callable[[], RunState], missing: tuple[str, ...]
) -> None:
    """F9, F11-F13, F22: confirmed within 15 minutes, a pump that stands and can do it, room for the dose."""
    assert checklist(state(), now()) == missing


def test_f26_every_leap_of_the_counter_is_asked_for() -> None:
    found = checklist(leapt(), now())
    assert [one for one in found if one == CLASSIFY] == [CLASSIFY, CLASSIFY]


def test_f13_a_bag_that_does_not_hang_is_missing_though_its_label_was_read() -> None:
    assert SOLUTION in checklist(replace(ready(), hung=None), now())
    assert SOLUTION in checklist(replace(ready(), hung="B"), now())


# -- several pumps -------------------------------------------------------------------------------------


def two(**changes: Any) -> RunState:
    """A bed with a pump for each bag, everything confirmed; something of the second is changed."""
    state = _checked(Several)[0]
    other = state.others["pump-2"]
    return replace(state, others={"pump-2": replace(other, pump=replace(other.pump, **changes))})


def lacks(state: RunState) -> tuple[str, ...]:
    return checklist(state, _checked(Several)[1])


def test_f23_with_several_pumps_the_valves_are_asked_for_with_the_line() -> None:
    assert say("missing_valves") not in lacks(two())
    missing = lacks(replace(two(), line_by=""))
    assert say("missing_valves") in missing
    assert say("missing_line") not in missing


def test_f23_each_pump_answers_for_itself() -> None:
    """F23: one that does not answer is named once, and not a second time as what shuts the gate."""
    before = set(lacks(two()))
    assert set(lacks(two(linked=False))) - before == {f"pump-2: {say('missing_pump')}"}
    charge = replace(two(), pump=replace(two().pump, linked=False))
    assert set(lacks(charge)) - before == {f"pump-1: {say('missing_pump')}"}


def test_f23_each_pump_is_asked_for_the_rates_of_its_own_steps() -> None:
    """F23: 60 and 120 mL/h of A, 30 mL/h of B."""
    state = two()
    before = set(lacks(state))
    assert state.pump.identity is not None
    for low, high, told in (
        ("60", "120", set()),
        ("60.1", "120", {say("missing_slow", limit="60.1", needed="60")}),
        ("60", "119", {say("missing_fast", limit="119", needed="120")}),
    ):
        assert set(lacks(states(state, low, high))) - before == told
    identity = replace(state.pump.identity, rate_min_ml_h=D(30), rate_max_ml_h=D(30))
    assert set(lacks(two(identity=identity))) == before
    identity = replace(identity, rate_max_ml_h=D(29))
    assert set(lacks(two(identity=identity))) - before == {say("missing_fast", limit="29", needed="30")}
    assert set(lacks(two(identity=None))) == before
