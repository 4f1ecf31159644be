"""A nurse types while the pump is read, number after number: no reading between is a fault of hers (F27)."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from daemon.engine import events as ev
from daemon.engine.hand_view import HandView
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpSetting
from tests.engine.stories import infusing
from tests.engine.watched_pump import Station, WatchedPump, set_limit, set_rate, start

D = Decimal
FIRST = PumpSetting(D(60), D(3))
FASTER = PumpSetting(D(120), D("2.5"))
AGAIN = PumpSetting(D(60), D("2.9"))


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step that is open; the pump stands, and nothing is told yet."""
    state = infusing().state
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, motion=Motion.STOPPED)
    pump = replace(state.pump, approved=None, stopped=True, pending=None, reading=reading, hand=HandView())
    return replace(state, authority=Authority.MONITOR, pump=pump)


def station(run: RunState, length_ms: int = 5000) -> Station:
    """Told to be started."""
    assert run.pump.reading is not None
    pump = WatchedPump(now_ms=run.at_ms, given=Fraction(run.pump.reading.counter_ml))
    found = Station(run, pump, length_ms)
    found.look()
    found.ask(ev.OrderKind.START, FIRST)
    return found


def typed(bed: Station, setting: PumpSetting, rate_after_ms: int, limit_after_ms: int) -> None:
    """Rate, and the limit so long after it."""
    at = bed.pump.now_ms + rate_after_ms
    bed.pump.press(at, set_rate(str(setting.rate_ml_h)))
    bed.pump.press(at + limit_after_ms, set_limit(str(setting.limit_ml)))


def started(run: RunState, chance: random.Random) -> Station:
    """Set and started somewhere in the readings, after it was allowed."""
    bed = station(run, chance.choice([3000, 5000, 7500]))
    typed(bed, FIRST, chance.randint(0, 20_000), chance.randint(100, 9_000))
    while bed.state.pump.hand.right < 2:
        bed.look()
    assert (bed.pump.rate, bed.pump.limit) == (FIRST.rate_ml_h, FIRST.limit_ml)
    bed.pump.press(bed.pump.now_ms + chance.randint(0, 9_000), start)
    bed.look(5)
    assert bed.state.pump.approved == FIRST
    return bed


@pytest.mark.parametrize("kind", [ev.OrderKind.CHANGE, ev.OrderKind.RENEW])
@pytest.mark.parametrize("seed", range(40))
def test_f27_a_setting_typed_into_the_readings_is_no_fault(
    run: RunState, seed: int, kind: ev.OrderKind
) -> None:
    """F27: 60 mL/h, then 120, or the limit anew, on the running pump: taken, and nothing said of the hand."""
    chance = random.Random(seed)
    bed = started(run, chance)
    before = bed.faults()
    new = FASTER if kind is ev.OrderKind.CHANGE else AGAIN
    bed.ask(kind, new)
    typed(bed, new, chance.randint(0, 20_000), chance.randint(100, bed.length_ms - 1))
    bed.look(3)
    while bed.pump.keys:
        bed.look()
    bed.look(2)
    assert bed.state.pump.approved == new
    assert bed.state.pump.pending is None
    assert bed.faults() == before


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        (PumpSetting(D(60), D(2)), "hand_wrong"),
        (PumpSetting(D(59), D(3)), "hand_wrong"),
        (PumpSetting(D(61), D(3)), "hand_more"),
    ],
    ids=["limit", "less", "more"],
)
def test_f27_what_stays_wrong_is_said(run: RunState, setting: PumpSetting, fault: str) -> None:
    """F27: the same hand at the same keys, with another number."""
    bed = started(run, random.Random(1))
    before = bed.faults()
    typed(bed, setting, 1_000, 100)
    bed.look(4)
    assert fault in bed.faults() - before


def test_f27_started_with_another_number_it_was_never_allowed(run: RunState) -> None:
    """F27: ten times the rate on the standing pump: no reading of it counts; pressed all the same, held."""
    bed = station(run)
    typed(bed, PumpSetting(D(600), D(3)), 0, 100)
    bed.look(4)
    assert bed.state.pump.hand == HandView(told=True, shown=PumpSetting(D(600), D(3)))
    bed.pump.press(bed.pump.now_ms, start)
    bed.look(2)
    assert "hand_more" in bed.faults()
