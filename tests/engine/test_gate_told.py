"""What shuts the gate beside signs and pump, and when time and volume apart are told (F16, F21, F25)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import gate
from daemon.engine.account import Account, Span
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import PumpAlarm
from tests.engine.follows import told
from tests.engine.states import at_pump, raised, read
from tests.engine.stories import infusing, switching
from tests.engine.test_slice_sizes import D
from tests.engine.two_pumps import beside

NOTHING = Span(D(0), D(0))


@pytest.fixture(scope="module")
def run() -> RunState:
    """Infusing, the gate open."""
    world = infusing()
    world.measure()
    assert gate.reasons(world.state, world.now) == ()
    return replace(world.state, alarms={}, ended={})


def test_f16_a_pump_that_was_never_read_shuts_the_gate_and_nothing_is_said_of_its_alarms(
    run: RunState,
) -> None:
    assert gate.reasons(at_pump(run, reading=None), run.at_ms) == ("pump:silent",)


def test_f23_a_pump_that_has_given_its_last_step_shuts_nothing_by_its_alarms() -> None:
    """F23: its bag is empty, and the next one is given by another pump; that one has to answer."""
    state = switching().state
    state = beside(state, stop_ms=None, still_from_ms=1_000, still_to_ms=3_000)
    empty = read(state, alarms=frozenset({PumpAlarm.EMPTY}))
    assert not [code for code in gate.reasons(empty, state.at_ms) if code.startswith("pump:empty")]
    gives = replace(empty, begun=True, step=2)
    assert "pump:empty" in gate.reasons(gives, state.at_ms)
    assert "other_pump:silent" not in gate.reasons(state, state.at_ms)
    assert "other_pump:silent" in gate.reasons(beside(state, linked=False), state.at_ms)


def test_f4_f39_what_the_line_and_the_bag_forbid_shuts_it(run: RunState) -> None:
    assert gate.reasons(replace(run, exposed_steps=(1,)), run.at_ms) == ("exposure",)
    for left_ms, shut in ((1, ()), (0, ("bag:expired",))):
        assert gate.reasons(replace(run, expires_ms={"A": run.at_ms + left_ms}), run.at_ms) == shut


def account(low: str, high: str, counter: str, ms: int = 0) -> Account:
    return Account(NOTHING, NOTHING, Span(D(low), D(high)), D(counter), ms)


@pytest.mark.parametrize(
    ("low", "high", "counter", "apart"),
    [("0.99", "1.5", "0.7", False), ("1", "1.5", "0.7", True), ("0.5", "0.6", "1", False)],
)
def test_f25_enough_has_flowed_by_what_is_certain_of_either_witness(
    run: RunState, low: str, high: str, counter: str, *, apart: bool
) -> None:
    """F25: ten units of 0.1 mL; what may have flowed is not enough."""
    assert gate.differs(replace(run, account=account(low, high, counter), wire_factor=D(0))) is apart


def test_f21_bounds_too_far_apart_at_the_end_shut_it(run: RunState) -> None:
    """F21: between 4 and 6 mL of 5."""
    wide = Account(Span(D(4), D(6)), run.account.mark, NOTHING, D(0), 300_000)
    assert "volume:unsettled" in gate.reasons(replace(run, account=wide), run.at_ms)
    assert "volume:unsettled" not in gate.reasons(run, run.at_ms)


APART = account("3", "3", "2", 60_000)


@pytest.mark.parametrize(
    ("phase", "apart", "before", "next_"),
    [
        (Phase.INFUSING, True, (), ["GateShut", "+volume_time_differ"]),
        (Phase.INFUSING, True, ("volume_time_differ",), ["GateShut"]),
        (Phase.INFUSING, False, ("volume_time_differ",), ["-volume_time_differ"]),
        (Phase.INFUSING, False, (), []),
        (Phase.OBSERVING, True, (), ["GateShut"]),
        (Phase.OBSERVING, False, ("volume_time_differ",), []),
        (Phase.HELD, False, ("volume_time_differ",), []),
        (Phase.MANUAL, True, (), []),
    ],
)
def test_f25_time_and_volume_apart_are_told_while_this_program_drives(
    run: RunState, phase: Phase, before: tuple[str, ...], next_: list[str], *, apart: bool
) -> None:
    """F25: told once, over when they agree again; where a person decides the gate alone says it."""
    state = replace(raised(run, *before), phase=phase, account=APART if apart else run.account)
    draft = Draft(replace(state, wire_factor=D(0) if apart else state.wire_factor), run.at_ms)
    gate.settle(draft)
    assert told(draft.events) == next_
    if next_[:1] == ["GateShut"]:
        assert draft.state.gate_shut == ("volume:differs",)
