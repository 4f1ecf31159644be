"""One pump after the other: never both, whatever gets lost (F23)."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import switching
from daemon.engine.switch import Act, Order, Seen, Stage, Switch, Which
from drivers.values import Motion, PumpAlarm, PumpReading, PumpSetting
from tests.engine.two_pumps import HORIZON_MS, NEVER, OLD_SETTING, WANTED, Bench, Faults, overlap_ms
from tests.protocols.files import PUMP

SWITCHES = 100_000
PARTS = 10
DISARMED = PumpSetting(PUMP.rate_min_ml_h, PUMP.limit_min_ml)
STOP_OLD, STOP_NEXT = Order(Which.OLD, Act.STOP), Order(Which.NEXT, Act.STOP)


def old_faults(chance: random.Random) -> Faults:
    return Faults(
        lost=chance.choice([0, 0, 0.1, 0.4]),
        kvo_ms=chance.choice([None, None, None, 0, chance.randrange(900)]),
        kvo_stays=chance.random() < 0.5,
        late_ms=chance.choice([0, 0, chance.randrange(3000)]),
        coast_ms=chance.choice([0, 0, chance.randrange(900)]),
        dead_ms=chance.randrange(6000) if chance.random() < 0.05 else NEVER,
        slow_ms=chance.choice([20, 60, 140]),
    )


def next_faults(chance: random.Random) -> Faults:
    return Faults(
        lost=chance.choice([0, 0, 0.1, 0.4]),
        start_ms=chance.choice([0, 0, chance.randrange(3000)]),
        refuses=chance.choice([0, 0, 0, 1, 9]),
        says_no=chance.random() < 0.05,
        slow_ms=chance.choice([20, 60, 140]),
    )


def free_ms(bench: Bench) -> int:
    """Drug-free time at the patient."""
    return bench.next.delivered()[0][0] - max(end for _, end in bench.old.delivered())


def proved(bench: Bench, switch: Switch) -> None:
    """What holds at the end of any switch, judged by what really left the pumps."""
    assert overlap_ms(bench.old, bench.next) == 0
    if switch.stage is Stage.DONE:
        assert switch.free_ms is not None
        assert 0 < free_ms(bench) <= switch.free_ms
        assert switch.gap or free_ms(bench) <= switch.limit_ms
    elif switch.stage is not Stage.HELD and switch.since_ms is not None:
        assert HORIZON_MS - switch.since_ms <= switch.limit_ms + 1000


@pytest.mark.parametrize("part", range(PARTS))
def test_f23_two_pumps_never_deliver_at_once(part: int) -> None:
    """F23: 10^5 switches with lost replies, KVO after STOP, late stops, refused and late starts."""
    ended = dict.fromkeys(Stage, 0)
    for number in range(part, SWITCHES, PARTS):
        chance = random.Random(number)
        bench = Bench(chance, old_faults(chance), next_faults(chance))
        switch = bench.play()
        proved(bench, switch)
        ended[switch.stage] += 1
    assert ended[Stage.DONE] > SWITCHES / PARTS / 5
    assert ended[Stage.HELD] > SWITCHES / PARTS / 5


def test_f23_without_a_fault_the_switch_is_no_gap() -> None:
    """F23: drug-free time over 2000 switches without a fault; `switch_limit_s` holds with room to spare."""
    free = []
    for number in range(2000):
        bench = Bench(random.Random(number), Faults(slow_ms=140), Faults(slow_ms=140))
        switch = bench.play()
        proved(bench, switch)
        assert switch.stage is Stage.DONE
        assert not switch.gap
        free.append(free_ms(bench))
    free.sort()
    assert free[len(free) // 2] <= 2000
    assert free[-1] <= 3000 < PUMP.switch_limit_s * 1000


def started_at_once(switch: Switch, seen: Seen) -> switching.Step:
    """Make before break."""
    if switch.stage is not Stage.STOP:
        return replace(switch, delivered_ms=seen.asked_ms), ()
    return replace(switch, stage=Stage.START, starts=1), (Order(Which.NEXT, Act.START),)


@pytest.mark.parametrize(
    "broken",
    [
        {"STILL_MS": 0},
        {"delivers": lambda reading: reading.motion is Motion.INFUSING},
        {"_saw_old": started_at_once},
    ],
)
def test_f23_a_broken_switch_is_seen(broken: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """F23, the proof that the proof can fail: no standing time, KVO not counted, START at once."""
    for name, value in broken.items():
        monkeypatch.setattr(switching, name, value)
    overlaps = 0
    for number in range(2000):
        chance = random.Random(number)
        bench = Bench(chance, old_faults(chance), next_faults(chance))
        bench.play()
        overlaps += overlap_ms(bench.old, bench.next) > 0
    assert overlaps > 0


def reading(motion: Motion, rate: str = "40", left: str | None = "2", counter: str = "1.0") -> PumpReading:
    limit = Decimal(left) if left is not None else None
    return PumpReading(motion, Decimal(rate), limit, Decimal(counter), remote=True)


def seen(which: Which, at_ms: int, what: PumpReading, stored: PumpSetting | None = None) -> Seen:
    return Seen(which, what, at_ms - 50, at_ms, stored)


STANDS = reading(Motion.STOPPED)
RUNS = reading(Motion.INFUSING)


def play(*readings: Seen) -> switching.Step:
    """The last orders after these readings."""
    switch, orders = switching.begin(WANTED, PUMP, PUMP, 0)
    for one in readings:
        switch, orders = switching.saw(switch, one)
    return switch, orders


STOPPING = (seen(Which.OLD, 100, RUNS, OLD_SETTING), seen(Which.NEXT, 200, STANDS, WANTED))
DISARMING = (*STOPPING, seen(Which.OLD, 300, STANDS, OLD_SETTING))
STARTING = (*DISARMING, seen(Which.OLD, 900, STANDS, DISARMED), seen(Which.OLD, 1400, STANDS, DISARMED))


def test_f23_one_after_the_other() -> None:
    """F23: program the next, stop the old, disarm it, and after it stood for a second START."""
    assert switching.begin(WANTED, PUMP, PUMP, 0)[1] == (Order(Which.NEXT, Act.PROGRAM, WANTED),)
    assert play(*STOPPING)[1] == (STOP_OLD,)
    assert play(*DISARMING)[1] == (Order(Which.OLD, Act.DISARM, DISARMED),)
    assert play(*STARTING[:-1])[1] == ()
    assert play(*STARTING)[1] == (Order(Which.NEXT, Act.START),)
    switch, orders = play(*STARTING, seen(Which.NEXT, 1600, reading(Motion.INFUSING, "10")))
    assert (switch.stage, orders) == (Stage.DONE, ())
    assert switch.free_ms == 1600 - 50


def test_f23_the_old_pump_is_not_stopped_before_the_next_is_read_back() -> None:
    """F23: another setting is programmed again, a reading from before the write proves nothing."""
    first = STOPPING[0]
    assert play(first, seen(Which.NEXT, 200, STANDS, DISARMED))[1][0].act is Act.PROGRAM
    assert play(first, seen(Which.NEXT, 20, STANDS, WANTED))[1] == ()
    assert play(first, seen(Which.NEXT, 200, STANDS))[1] == ()


@pytest.mark.parametrize("stored", [None, OLD_SETTING])
def test_f23_no_start_while_the_old_pump_is_armed(stored: PumpSetting | None) -> None:
    """F6, F23: stopped is not enough."""
    switch, orders = play(*DISARMING, seen(Which.OLD, 2000, STANDS, stored))
    assert switch.stage is Stage.DISARM
    assert orders == (() if stored is None else (Order(Which.OLD, Act.DISARM, DISARMED),))


MOVES = [
    reading(Motion.KVO),
    reading(Motion.BOLUS),
    reading(Motion.PROGRAM),
    reading(Motion.INFUSING),
    replace(STANDS, alarms=frozenset({PumpAlarm.KVO_RUNNING})),
    reading(Motion.STOPPED, counter="1.1"),
]


@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("stage", [DISARMING, STARTING])
def test_f23_whatever_moves_after_its_stop_stops_both(stage: tuple[Seen, ...], moves: PumpReading) -> None:
    """F23: KVO, bolus, purge, a counter: delivery. STOP goes to both in the same orders."""
    switch, orders = play(*stage, seen(Which.OLD, 2000, moves, DISARMED))
    assert switch.stage is Stage.HELD
    assert set(orders) == {STOP_OLD, STOP_NEXT}


def test_f23_kvo_that_begins_after_the_switch_stops_both() -> None:
    """F23: the old pump begins to keep the vein open while the next one runs."""
    runs = seen(Which.NEXT, 1600, reading(Motion.INFUSING, "10"))
    switch, orders = play(*STARTING, runs, seen(Which.OLD, 9000, reading(Motion.KVO)))
    assert (switch.stage, set(orders)) == (Stage.HELD, {STOP_OLD, STOP_NEXT})


def test_f10_stop_is_repeated_until_it_stands() -> None:
    """F10, F23: in the switch and after it was held; a reading from before the STOP repeats nothing."""
    again = seen(Which.OLD, 400, RUNS, OLD_SETTING)
    assert play(*STOPPING, again)[1] == (STOP_OLD,)
    assert play(*STOPPING, seen(Which.OLD, 220, RUNS, OLD_SETTING))[1] == ()
    held, _ = switching.hold(play(*STOPPING)[0], "a person")
    assert set(switching.saw(held, again)[1]) == {STOP_OLD, STOP_NEXT}
    assert switching.saw(held, seen(Which.OLD, 500, STANDS))[1] == ()


@pytest.mark.parametrize(
    ("before", "runs"),
    [
        (STOPPING[:1], reading(Motion.INFUSING, "10")),
        (DISARMING, reading(Motion.INFUSING, "10")),
        (STARTING, reading(Motion.INFUSING, "41.7")),
        (STARTING, reading(Motion.INFUSING, "10", None)),
        (STARTING, reading(Motion.BOLUS, "10")),
    ],
)
def test_f23_a_next_pump_that_does_what_it_was_not_told_stops_both(
    before: tuple[Seen, ...], runs: PumpReading
) -> None:
    """F7, F8, F23: started by hand too early, at another rate, without a limit, or with a bolus."""
    switch, orders = play(*before, seen(Which.NEXT, 2000, runs, WANTED))
    assert (switch.stage, set(orders)) == (Stage.HELD, {STOP_OLD, STOP_NEXT})


def test_f23_an_old_pump_that_ends_too_early_is_a_hold() -> None:
    """F23: nothing delivers and nothing is ready: a person looks."""
    assert play(seen(Which.OLD, 100, STANDS, OLD_SETTING))[0].stage is Stage.HELD


def test_f15_start_is_repeated_only_after_both_were_read() -> None:
    """F15, F23: not obeyed: the old pump is read again, then START, three times in all."""
    story = list(STARTING)
    for tries, at_ms in enumerate((1600, 1800, 2000), start=1):
        story.append(seen(Which.NEXT, at_ms, STANDS, WANTED))
        assert play(*story)[1] == ()
        story.append(seen(Which.OLD, at_ms + 100, STANDS, DISARMED))
        switch, orders = play(*story)
        if tries < switching.START_TRIES:
            assert orders == (Order(Which.NEXT, Act.START),)
    assert switch.stage is Stage.HELD


@pytest.mark.parametrize("stage", [STOPPING, DISARMING, STARTING])
def test_f23_a_switch_that_takes_too_long_is_held(stage: tuple[Seen, ...]) -> None:
    """F23: the time runs from the last proof of delivery before the first STOP; the longer limit counts."""
    switch = play(*stage)[0]
    assert switching.tick(switch, 5050) == (switch, ())
    assert set(switching.tick(switch, 5051)[1]) == {STOP_OLD, STOP_NEXT}
    slow = switching.begin(WANTED, replace(PUMP, switch_limit_s=Decimal(15)), PUMP, 0)[0]
    assert slow.limit_ms == 15_000


def test_f23_a_refusal_is_a_hold() -> None:
    switch, orders = switching.failed(play(*STARTING)[0], Which.NEXT, Act.START, "?NA")
    assert (switch.stage, set(orders)) == (Stage.HELD, {STOP_OLD, STOP_NEXT})
    assert "start refused: ?NA" in switch.why


def test_f23_a_gap_is_what_is_longer_than_the_limit() -> None:
    """F19, F23: not over yet is a gap too."""
    switch = play(*STARTING)[0]
    assert switch.gap
    assert not replace(switch, free_ms=5000).gap
    assert replace(switch, free_ms=5001).gap
