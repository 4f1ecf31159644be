"""What the guard makes of a pump's readbacks: standing, how long, and how much has moved (F23, F24, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.guard.watched import Watched
from drivers.values import Motion, PumpAlarm, PumpReading, PumpSetting
from simulators.campaign.engine.world import DIANET

D = Decimal
STANDS = PumpReading(Motion.STOPPED, D(60), D("0.5"), D(10), remote=True)
RUNS = replace(STANDS, motion=Motion.INFUSING)
KVO = replace(STANDS, alarms=frozenset({PumpAlarm.KVO_RUNNING}))
FRESH = Watched(DIANET)


def after(*readings: tuple[PumpReading, int]) -> Watched:
    seen = FRESH
    for reading, now in readings:
        seen = seen.after(reading, now)
    return seen


@pytest.mark.parametrize(
    ("reading", "stands"),
    [
        (STANDS, True),
        (RUNS, False),
        (KVO, False),
        (replace(STANDS, alarms=frozenset({PumpAlarm.OCCLUSION})), True),
    ],
)
def test_f24_keeping_the_vein_open_is_no_standing(reading: PumpReading, *, stands: bool) -> None:
    """F24, F6: nothing but a readback says that a pump stands, and never one with KVO."""
    assert after((reading, 0)).stands is stands
    assert not FRESH.stands, "never read"


def test_f23_standing_counts_from_its_first_readback() -> None:
    """F23: time between readbacks that agree on the counter; a moved counter or a run begins anew."""
    assert after((STANDS, 500)).still_ms == 0
    assert after((STANDS, 500), (STANDS, 800), (STANDS, 1300)).still_ms == 800
    assert after((RUNS, 0), (STANDS, 800)).still_ms == 0
    assert after((STANDS, 0), (STANDS, 800), (RUNS, 900)).still_ms == 0
    assert after((STANDS, 0), (STANDS, 800), (KVO, 900), (STANDS, 1000)).still_ms == 0
    moved = replace(STANDS, counter_ml=D("10.1"))
    assert after((STANDS, 0), (STANDS, 800), (moved, 900)).still_ms == 0
    assert after((STANDS, 0), (STANDS, 800), (moved, 900), (moved, 1000)).still_ms == 100


def test_f20_one_readback_ends_silence_and_lost_time() -> None:
    lost = replace(after((STANDS, 0)), silent=True, untimed=True)
    seen = lost.after(RUNS, 700)
    assert (seen.silent, seen.untimed, seen.read_ms, seen.reading) == (False, False, 700, RUNS)


@pytest.mark.parametrize(
    ("counter", "untimed", "moved"),
    [
        ("10.4", False, "0.4"),
        ("10", False, "0"),
        ("10.4", True, "0.4"),
        ("0", False, "1.2"),
        ("0", True, "1.7"),
    ],
)
def test_f26_a_counter_that_fell_is_worth_its_rate_and_time(
    counter: str, moved: str, *, untimed: bool
) -> None:
    """F26, F20: a minute at 60 mL/h and two units of 0.1 mL; where no clock tells the time its limit too."""
    pump = replace(after((RUNS, 0)), untimed=untimed)
    assert pump.moved_ml(replace(RUNS, counter_ml=D(counter)), 60_000) == D(moved)


def test_f26_without_a_limit_or_a_readback_before_nothing_is_added() -> None:
    assert FRESH.moved_ml(RUNS, 60_000) == 0
    open_ended = replace(after((replace(RUNS, limit_left_ml=None), 0)), untimed=True)
    assert open_ended.moved_ml(replace(RUNS, counter_ml=D(0)), 60_000) == D("1.2")


def test_the_counters_unit_is_that_of_what_it_shows() -> None:
    """F25: a counter of four digits shows tenths below 1000 mL and whole millilitres above."""
    four = replace(DIANET, digits=4)
    assert Watched(four).unit_ml == D("0.1")
    assert Watched(four).after(replace(STANDS, counter_ml=D(999)), 0).unit_ml == D("0.1")
    assert Watched(four).after(replace(STANDS, counter_ml=D(1000)), 0).unit_ml == D(1)


def test_f11_a_pump_that_runs_gives_on_until_it_has_a_new_limit() -> None:
    """F11: at 60 mL/h the last readback may be a second old and the reply takes two: 3 s are 0.05 mL."""
    runs = replace(after((RUNS, 0)), caps=replace(DIANET, reply_limit_s=D(2)))
    assert runs.until_taken_ml(D(1), by_hand=False) == D("0.05")
    assert FRESH.until_taken_ml(D(1), by_hand=False) == 0
    assert after((STANDS, 0)).until_taken_ml(D(1), by_hand=False) == 0


def test_f11_f27_a_hand_may_let_a_pump_give_all_that_its_limit_leaves() -> None:
    """F11, F27: nobody knows when a hand sets the next limit; without one nothing is known."""
    assert after((RUNS, 0)).until_taken_ml(D(1), by_hand=True) == D("0.5")
    assert after((replace(RUNS, limit_left_ml=None), 0)).until_taken_ml(D(1), by_hand=True) == 0
    assert after((STANDS, 0)).until_taken_ml(D(1), by_hand=True) == 0


TOLD = PumpSetting(D(60), D(3))
OLD = replace(RUNS, limit_left_ml=D(5))


@pytest.mark.parametrize(
    ("before", "reading", "told", "taken"),
    [
        (None, RUNS, TOLD, True),
        (STANDS, RUNS, TOLD, True),
        (replace(OLD, rate_ml_h=D(30)), OLD, TOLD, True),
        (OLD, STANDS, TOLD, False),
        (OLD, replace(OLD, rate_ml_h=D("59.9")), TOLD, False),
    ],
)
def test_f27_a_pump_runs_as_told_once_it_is_read_at_that_rate(
    before: PumpReading | None, reading: PumpReading, told: PumpSetting, *, taken: bool
) -> None:
    """F27: a start, or another rate than before, shows the hand; a pump that stands has taken nothing."""
    pump = FRESH if before is None else after((before, 0))
    assert pump.takes(told, reading) is taken


@pytest.mark.parametrize(
    ("left", "told", "taken"),
    [
        ("4.6", "3", False),
        ("4.8", "3", False),
        ("4.9", "3", True),
        ("4.4", "3", False),
        ("4.3", "3", True),
        ("3", "3", True),
        ("4.6", "4.8", True),
        ("4.6", "4.9", False),
        ("4.6", "4.4", True),
        ("4.6", "4.3", False),
    ],
)
def test_f27_at_one_rate_only_the_limit_shows_that_a_hand_set_it(
    left: str, told: str, *, taken: bool
) -> None:
    """F27: 0.4 mL counted leave 4.6 of 5 mL; two units off is that limit still, three are another one.

    A limit told within two units of what is left cannot be told from it, and counts as set.
    """
    reading = replace(OLD, counter_ml=D("10.4"), limit_left_ml=D(left))
    assert after((OLD, 0)).takes(PumpSetting(D(60), D(told)), reading) is taken


@pytest.mark.parametrize("blind", ["before", "reading", "told"])
def test_f27_at_one_rate_a_limit_nobody_can_read_counts_as_set(blind: str) -> None:
    """F27: a pump that does not tell its limit shows no hand; the place must not stay behind for that."""
    silent = replace(OLD, limit_left_ml=None)
    before, reading = silent if blind == "before" else OLD, silent if blind == "reading" else OLD
    told = PumpSetting(D(60), None if blind == "told" else D(3))
    assert after((before, 0)).takes(told, reading) is True
