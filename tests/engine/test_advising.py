"""A pump that is only watched, a nurse who types, and readings that are torn (F27)."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from daemon.engine import advising
from daemon.engine.advising import Level, Said
from drivers.values import Motion, PumpAlarm, PumpSetting
from tests.engine.watched_pump import Station, WatchedPump, bolus, set_limit, set_rate, start, stop
from tests.protocols.files import PUMP

CAPS = replace(PUMP, read_only=True, limit_step_ml=Decimal("0.01"), cycle_s=Decimal("7.5"))
TOLD = PumpSetting(Decimal("4.17"), Decimal("1.04"))
MINUTES = Decimal(15)
LOWEST = PumpSetting(Decimal("0.1"), Decimal("0.1"))


def told(setting: PumpSetting = TOLD, length_ms: int = 5000) -> Station:
    station = Station(length_ms=length_ms)
    station.look()
    station.watch = advising.tell(station.watch, setting, MINUTES, CAPS)
    return station


def typed(station: Station, rate: str = "4.17", limit: str | None = "1.04") -> Station:
    set_rate(rate)(station.pump)
    set_limit(limit)(station.pump)
    return station


def running(length_ms: int = 5000) -> Station:
    """Told, typed, read back, allowed, started, seen running."""
    station = typed(told(length_ms=length_ms))
    station.look(2)
    start(station.pump)
    assert station.look() is None
    return station


def test_f27_start_is_allowed_after_both_were_read_back_twice() -> None:
    """F27: rate, limit and what happens at its end are told; START only when both were read back right."""
    station = told()
    said = station.look()
    assert said is not None
    assert "set 4.17 mL/h, volume limit 1.04 mL, at its end: stop" in said.text
    assert "do not press START" in said.text
    typed(station)
    assert "do not press START" in str(station.look())
    assert station.look() == Said(Level.ADVICE, "rate and volume limit are right: press START")


def test_f27_ten_times_too_much_is_seen_before_the_start() -> None:
    """F27: 41.7 for 4.17: START is not allowed; pressed all the same, STOP THE PUMP at the first reading."""
    station = typed(told(), rate="41.7")
    said = station.look(4)
    assert said is not None
    assert said.level is Level.ADVICE
    assert "the pump shows 41.7 mL/h" in said.text
    start(station.pump)
    before = station.pump.given
    said = station.look()
    assert said == Said(Level.HIGH, "STOP THE PUMP: it runs at 41.7 mL/h, told was 4.17 mL/h")
    assert station.pump.given - before <= Fraction("41.7") * station.length_ms / 3_600_000


def test_f27_more_on_a_running_pump_is_high_at_the_first_reading() -> None:
    """F27: 4.17 becomes 41.7 by hand."""
    station = running()
    set_rate("41.7")(station.pump)
    said = station.look()
    assert said is not None
    assert (said.level, said.text[:13]) == (Level.HIGH, "STOP THE PUMP")


@pytest.mark.parametrize(("rate", "limit"), [("2", "1.04"), ("4.17", "0.5"), ("4.17", "9")])
def test_f27_less_or_another_limit_is_medium_after_two(rate: str, limit: str) -> None:
    """F27: one reading may be torn, two are not."""
    station = typed(running(), rate, limit)
    assert station.look() is None
    said = station.look()
    assert said is not None
    assert said.level is Level.MEDIUM
    assert "set 4.17 mL/h, volume limit 1.04 mL" in said.text
    typed(station)
    assert station.look() is None
    typed(station, rate, limit)
    assert station.look() is None


def test_f27_what_was_not_told_is_high() -> None:
    """F7, F26, F27: a bolus, a KVO, no limit, a start before it was allowed."""
    station = running()
    bolus(station.pump)
    assert station.look() == Said(Level.HIGH, "STOP THE PUMP: bolus was not told")
    station = running()
    set_limit(None)(station.pump)
    assert station.look() == Said(Level.HIGH, "STOP THE PUMP: it runs without a volume limit")
    station = typed(told())
    station.look()
    start(station.pump)
    said = station.look()
    assert said == Said(Level.HIGH, "STOP THE PUMP: it was started before its setting was read back")
    station = Station(WatchedPump(motion=Motion.INFUSING))
    assert station.look() == Said(Level.HIGH, "STOP THE PUMP BY HAND: nobody was told to start it")


def test_f27_the_rate_it_runs_at_counts_as_well_as_the_rate_that_is_set() -> None:
    """F27: set as told and running faster, or the other way round: more is more."""
    for reads, stored in (("41.7", "4.17"), ("4.17", "41.7")):
        station = running()
        cycle = station.pump.cycle(5000)
        reading = replace(cycle.reading, rate_ml_h=Decimal(reads))
        cycle = replace(cycle, reading=reading, stored=PumpSetting(Decimal(stored), TOLD.limit_ml))
        said = advising.judge(station.watch, cycle)[1]
        assert said is not None
        assert said.level is Level.HIGH


def test_f27_what_is_told_anew_is_read_back_anew() -> None:
    """F27: START was allowed for what was told before, or the run was held: pressed now it is too early."""
    station = typed(told())
    station.look(2)
    station.watch = advising.tell(station.watch, PumpSetting(Decimal(8), Decimal(2)), MINUTES, CAPS)
    start(station.pump)
    early = Said(Level.HIGH, "STOP THE PUMP: it was started before its setting was read back")
    assert station.look() == early
    station = running()
    station.watch = advising.tell(advising.hold(station.watch), TOLD, MINUTES, CAPS)
    assert station.look() == early


def test_f27_a_setting_changed_after_start_was_allowed_is_seen() -> None:
    """F27: right, right, then another limit: START is not allowed any more."""
    station = typed(told())
    assert "press START" in str(station.look(2))
    set_limit("9")(station.pump)
    assert "do not press START" in str(station.look())


@pytest.mark.parametrize("delay_s", range(0, 601, 20))
@pytest.mark.parametrize("length_ms", [3000, 7500])
def test_f27_a_slow_nurse_is_no_false_alarm(delay_s: int, length_ms: int) -> None:
    """F27: she sets, waits and starts after 0 to 10 min; nothing is said but what to do."""
    station = told(length_ms=length_ms)
    pump = station.pump
    at = pump.now_ms + delay_s * 1000
    pump.press(at, set_rate("4.17"))
    pump.press(at + 4000, set_limit("1.04"))
    while "are right: press START" not in str(station.look()):
        assert pump.now_ms < at + 4000 + 4 * length_ms
    pump.press(pump.now_ms + delay_s * 1000, start)
    while pump.motion is Motion.STOPPED:
        station.look()
    station.look(20)
    assert set(station.levels()) == {"advice"}
    assert station.said[-1][1] is None


def test_f27_torn_readings_are_no_false_alarm() -> None:
    """F27: stop, new rate, new limit and START fall anywhere into the cycles, from 10 to 20 mL/h and back."""
    chance = random.Random(27)
    for _ in range(300):
        station = told(PumpSetting(Decimal(10), Decimal("2.5")), length_ms=chance.choice([3000, 5000, 7500]))
        typed(station, "10", "2.5")
        station.look(2)
        start(station.pump)
        station.look(chance.randint(1, 5))
        pump = station.pump
        at = pump.now_ms + chance.randint(0, 60_000)
        pump.press(at, stop)
        while pump.motion is not Motion.STOPPED or station.watch.stopped_ms is None:
            station.look()
        new = PumpSetting(Decimal(chance.choice([5, 20])), Decimal("1.25"))
        station.watch = advising.tell(station.watch, new, MINUTES, CAPS)
        at = pump.now_ms + chance.randint(0, 20_000)
        pump.press(at, set_rate(str(new.rate_ml_h)))
        pump.press(at + chance.randint(100, 9000), set_limit("1.25"))
        while "are right: press START" not in str(station.look()):
            assert pump.motion is Motion.STOPPED
        assert (pump.rate, pump.limit) == (new.rate_ml_h, new.limit_ml)
        pump.press(pump.now_ms + chance.randint(0, 9000), start)
        station.look(8)
        assert set(station.levels()) == {"advice"}


def test_f27_a_new_rate_beside_the_old_limit_is_torn_not_wrong() -> None:
    """F27: both are typed on the running pump within one cycle; the reading between says nothing."""
    station = running()
    station.watch = advising.tell(station.watch, PumpSetting(Decimal(8), Decimal(2)), MINUTES, CAPS)
    now = station.pump.now_ms
    station.pump.press(now + 500, set_rate("8"))
    station.pump.press(now + 2900, set_limit("2"))
    assert station.look(3) is None
    assert station.levels() == ["advice"] * 2


def test_f1_told_less_the_old_rate_is_more() -> None:
    """F1, F27: the next step is lower and the pump still runs at the old rate: more than told."""
    station = running()
    station.watch = advising.tell(station.watch, PumpSetting(Decimal(2), Decimal("0.5")), MINUTES, CAPS)
    said = station.look()
    assert said is not None
    assert said.level is Level.HIGH


def test_f27_told_more_the_old_rate_is_less() -> None:
    """F27: the next step is higher; the nurse takes her time, and is reminded after two readings."""
    station = running()
    station.watch = advising.tell(station.watch, PumpSetting(Decimal(8), Decimal(2)), MINUTES, CAPS)
    station.look(5)
    assert station.levels()[2:] == ["medium"] * 4
    stop(station.pump)
    said = station.look()
    assert said is not None
    assert said.text.startswith("set 8 mL/h, volume limit 2 mL")


def test_f6_a_stopped_pump_is_told_anew() -> None:
    """F6, F27: what was started with is not offered again: a part of it has run."""
    station = running()
    station.look(10)
    stop(station.pump)
    assert station.look(3) is None
    assert station.watch.told is None
    start(station.pump)
    assert station.look() == Said(Level.HIGH, "STOP THE PUMP BY HAND: nobody was told to start it")


@pytest.mark.parametrize("late_s", [0, 3, 8, 30, 600])
def test_f27_a_hold_counts_dose_until_the_pump_is_seen_standing(late_s: int) -> None:
    """F19, F27: STOP THE PUMP BY HAND; no gap before it is seen standing, and then from the last delivery."""
    station = running()
    station.look(3)
    station.watch = advising.hold(station.watch)
    pump = station.pump
    pump.press(pump.now_ms + late_s * 1000 + 1700, stop)
    while pump.motion is not Motion.STOPPED or station.watch.stopped_ms is None:
        assert station.watch.gap_from_ms is None
        assert station.watch.stopped_ms is None
        said = station.look()
        if station.watch.stopped_ms is None:
            assert said == Said(Level.HIGH, "STOP THE PUMP BY HAND: the run is held")
    assert pump.last_ms is not None
    assert station.watch.gap_from_ms is not None
    assert station.watch.gap_from_ms <= pump.last_ms <= station.watch.stopped_ms
    assert station.watch.stopped_ms - station.watch.gap_from_ms <= 2 * station.length_ms
    assert station.look(3) is None


def test_f23_a_counter_that_creeps_is_delivery() -> None:
    """F26, F27: held and standing by its own word, while drug goes on; KVO by its alarm alone."""
    station = running()
    station.watch = advising.hold(station.watch)
    stop(station.pump)
    assert station.look() is None
    station.pump.given += Fraction(1, 50)
    said = station.look()
    assert said is not None
    assert said.level is Level.HIGH
    station = running()
    station.watch = advising.hold(station.watch)
    stop(station.pump)
    station.look()
    cycle = station.pump.cycle(5000)
    kvo = replace(cycle, reading=replace(cycle.reading, alarms=frozenset({PumpAlarm.KVO_RUNNING})))
    assert advising.judge(station.watch, kvo)[1] == said


@pytest.mark.parametrize(
    ("rate", "limit", "expected"), [("80", "232.5", "20"), ("80", "5", "5"), ("0.1", "1", "0.02")]
)
def test_f5_the_limit_told_is_within_the_unattended_time(rate: str, limit: str, expected: str) -> None:
    """F5, F27: as in control, and rounded down to what the pump can be set to."""
    station = told(PumpSetting(Decimal(rate), Decimal(limit)))
    assert station.watch.told == PumpSetting(Decimal(rate), Decimal(expected))


def test_f27_two_cycles_over_fifteen_seconds_are_refused() -> None:
    """F27: a wrong setting would be seen too late, so the pump is not even watched."""
    assert advising.refusal(CAPS) == ""
    slow = advising.refusal(replace(CAPS, model="bcc", cycle_s=Decimal("7.6")))
    assert "two complete readings of bcc take 15.2 s" in slow
    assert "(F27)" in slow
