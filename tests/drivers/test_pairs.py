"""Rate and limit in two commands, judged by what the pump really holds and what really flows (F15)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from drivers import pair_writes
from drivers.errors import DeviceError, HalfProgrammed, NoReply, OutOfRange, Overtaken, Refused
from drivers.pair_writes import Shown, program, restart
from drivers.pairs import Act, Grant, acts, restart_is_gap
from drivers.values import PumpCapabilities, PumpSetting
from tests.drivers.two_command_pump import CAPS, NOT_GAPLESS, HostDied, TwoCommandPump

LIMIT, RATE, STOP, RUN = Act.LIMIT, Act.RATE, Act.STOP, Act.RUN


def grant(rate: Decimal | str, limit: Decimal | str | None, solution: str = "bag-3") -> Grant:
    return Grant(solution, PumpSetting(Decimal(rate), None if limit is None else Decimal(limit)))


def quarter_hour(rate: Decimal) -> Decimal:
    return (rate / 4).quantize(Decimal("0.001"))


CASES = [
    (Decimal(old), Decimal(new), Decimal(left))
    for (old, new), left in itertools.product(
        [(2, 5), (5, 10), (20, 40), (10, 80), (40, 20), (80, 5), (20, 20)], ["0.4", "1.25", "6.7"]
    )
]


def pump_at(rate: Decimal, left: Decimal, caps: PumpCapabilities = CAPS) -> TwoCommandPump:
    return TwoCommandPump(caps, rate, left, Fraction(left))


def approved(old: Grant, new: Grant) -> set[tuple[Decimal, Decimal | None]]:
    """The pairs that may stand on the pump on the way from one to the other."""
    up = new.setting.rate_ml_h > old.setting.rate_ml_h
    between = (
        (old.setting.rate_ml_h, new.setting.limit_ml) if up else (new.setting.rate_ml_h, old.setting.limit_ml)
    )
    ends = {(one.setting.rate_ml_h, one.setting.limit_ml) for one in (old, new)}
    return ends | {between}


def judge(pump: TwoCommandPump, old: Grant, new: Grant) -> None:
    """Left alone until it stands by itself: rate, volume and limit stayed within what was approved."""
    assert pump.left is not None
    pump.advance(100 * 3_600_000)
    rates = [one.setting.rate_ml_h for one in (old, new)]
    assert max(rate for rate, _ in pump.pairs) <= max(rates)
    assert all(limit is not None and limit > 0 for _, limit in pump.pairs)
    assert pump.given <= Fraction(old.setting.limit_ml or 0) + Fraction(new.setting.limit_ml or 0)
    assert not pump.running


@pytest.mark.parametrize(
    ("running", "wanted", "caps", "order"),
    [
        (grant("5", "1"), grant("10", "2.5"), CAPS, (LIMIT, RATE)),
        (grant("10", "1"), grant("5", "2.5"), CAPS, (RATE, LIMIT)),
        (grant("10", "1"), grant("10", "2.5"), CAPS, (LIMIT,)),
        (None, grant("10", "2.5"), CAPS, (LIMIT, RATE)),
        (None, grant("10", "2.5"), NOT_GAPLESS, (LIMIT, RATE)),
        (grant("5", "1"), grant("10", "2.5"), NOT_GAPLESS, (STOP, STOP, LIMIT, RATE, RUN)),
        (grant("10", "1"), grant("5", "2.5"), NOT_GAPLESS, (STOP, STOP, LIMIT, RATE, RUN)),
    ],
)
def test_f15_up_is_limit_first_and_down_is_rate_first(
    running: Grant | None, wanted: Grant, caps: PumpCapabilities, order: tuple[Act, ...]
) -> None:
    assert acts(running, wanted, caps) == order


def test_f15_a_solution_never_changes_on_a_running_pump() -> None:
    """F1, F15: bag 3 at 10 mL/h is more than bag 2 at 40, whatever the mL/h say."""
    for caps in (CAPS, NOT_GAPLESS):
        with pytest.raises(Refused):
            acts(grant("40", "1", "bag-2"), grant("10", "2.5", "bag-3"), caps)
    assert acts(None, grant("10", "2.5", "bag-3"), CAPS) == (LIMIT, RATE)


@pytest.mark.parametrize("limit", [None, "0", "-1"])
def test_f7_no_limit_is_never_written(limit: str | None) -> None:
    """F7, F15: none, zero and below are refused before anything is sent."""
    with pytest.raises(OutOfRange):
        acts(None, grant("10", limit), CAPS)


@pytest.mark.parametrize(("old_rate", "new_rate", "left"), CASES)
@pytest.mark.parametrize("reply_ms", [100, 3900])
async def test_f15_the_host_dies_before_or_after_every_write(
    old_rate: Decimal, new_rate: Decimal, left: Decimal, reply_ms: int
) -> None:
    """F15: rate <= max(r1, r2), volume <= old remainder + new slice, never unlimited, whenever it dies."""
    old, new = grant(old_rate, left), grant(new_rate, quarter_hour(new_rate))
    for at, after in itertools.product(range(3), (False, True)):
        pump = pump_at(old_rate, left)
        pump.reply_ms = reply_ms
        pump.dies_before, pump.dies_after = (None, at) if after else (at, None)
        with suppress(HostDied):
            await program(old, new, pump.lent, CAPS)
        assert set(pump.pairs) <= approved(old, new)
        judge(pump, old, new)


@pytest.mark.parametrize(
    ("old_rate", "new_rate", "left"),
    [case for case in CASES if case[0] != case[1] and case[2] != quarter_hour(case[1])],
)
async def test_f15_the_wrong_order_shows_a_pair_nobody_approved(
    old_rate: Decimal, new_rate: Decimal, left: Decimal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15, the proof that the proof can fail: the two writes exchanged."""
    monkeypatch.setattr(pair_writes, "acts", lambda *given: tuple(reversed(acts(*given))))
    old, new = grant(old_rate, left), grant(new_rate, quarter_hour(new_rate))
    pump = pump_at(old_rate, left)
    await program(old, new, pump.lent, CAPS)
    assert not set(pump.pairs) <= approved(old, new)


async def test_f15_up_does_not_run_into_the_old_remainder(monkeypatch: pytest.MonkeyPatch) -> None:
    """F15: 30 s are left at 20 mL/h, replies take 3.9 s: the wrong order runs dry, ours does not."""
    left = Decimal("0.167")
    old, new = grant("20", left), grant("80", "20")

    async def ends() -> int:
        pump = pump_at(Decimal(20), left)
        pump.reply_ms, pump.mute_at = 3900, frozenset({0})
        with suppress(DeviceError):
            await program(old, new, pump.lent, CAPS)
        pump.advance(10_000)
        return pump.limit_ends

    assert await ends() == 0
    monkeypatch.setattr(pair_writes, "acts", lambda *given: tuple(reversed(acts(*given))))
    assert await ends() == 1


async def test_f15_down_sends_the_rate_with_the_first_bytes() -> None:
    """F15, DESIGN 3.1: less never waits, not even for a reading."""
    pump = pump_at(Decimal(80), Decimal(5))
    pump.dies_after = 0
    with pytest.raises(HostDied):
        await program(grant("80", "5"), grant("5", "1.25"), pump.lent, CAPS)
    assert pump.commands == ["rate"]
    assert pump.given <= Fraction(80 * pump.reply_ms, 2 * 3_600_000)


async def test_f15_no_volume_is_granted_twice() -> None:
    """F15: commands and replies are lost, limits taken late: a retry is computed anew from the counter."""
    chance = random.Random(15)
    ended = dict.fromkeys(("taken", "first", "second"), 0)
    for _ in range(2000):
        old_rate, new_rate, _ = chance.choice(CASES)
        left = Decimal(chance.randint(1, 3000)) / 1000
        old, new = grant(old_rate, left), grant(new_rate, quarter_hour(new_rate))
        pump = pump_at(old_rate, left)
        pump.reply_ms = chance.choice([100, 1000, 3900])
        pump.deaf_to = frozenset(at for at in range(8) if chance.random() < 0.3)
        pump.mute_at = frozenset(at for at in range(8) if chance.random() < 0.3)
        pump.late_at = frozenset(at for at in range(8) if chance.random() < 0.3)
        try:
            granted = await program(old, new, pump.lent, CAPS)
            ended["taken"] += 1
            assert granted.rate_ml_h == pump.rate == new.setting.rate_ml_h
        except HalfProgrammed:
            ended["second"] += 1
        except NoReply:
            ended["first"] += 1
        judge(pump, old, new)
    assert min(ended.values()) > 0


@pytest.mark.parametrize("reply_ms", [100, 1000, 3900])
async def test_f15_a_retry_leaves_room_for_what_runs_meanwhile(reply_ms: int) -> None:
    """F15: a limit is taken and not shown, the old one is all but used up, and replies become slow."""
    for left in range(1, 300):
        old, new = grant("80", Decimal(left) / 1000), grant("80", "2")
        pump = pump_at(Decimal(80), Decimal(left) / 1000)
        pump.reply_ms, pump.late_at, pump.slow_after = reply_ms, frozenset({0}), 2
        with suppress(DeviceError):
            await program(old, new, pump.lent, CAPS)
        judge(pump, old, new)


@pytest.mark.parametrize("hand", [{"rate": Decimal(99)}, {"left": Fraction(9)}, {"left": None}])
async def test_f15_one_reading_shows_the_whole_pair(hand: dict[str, Decimal | Fraction | None]) -> None:
    """F8, F15: a hand changes what was already read back; the pair is not taken for ours."""
    pump = pump_at(Decimal(10), Decimal(2))
    commands, readings = pump.lent, itertools.count(1)

    async def read() -> Shown:
        shown = await commands.read()
        if next(readings) == 3:
            vars(pump).update(hand)
        return shown

    with pytest.raises(HalfProgrammed):
        await program(grant("10", "2"), grant("5", "1.25"), replace(commands, read=read), CAPS)


async def test_f7_a_pump_found_without_a_limit_is_not_programmed_on() -> None:
    """F7, F15: the lower rate is written at once, then nothing more."""
    pump = TwoCommandPump(CAPS, Decimal(10), None, None)
    with pytest.raises(HalfProgrammed):
        await program(grant("10", "2"), grant("5", "1.25"), pump.lent, CAPS)
    assert pump.commands == ["rate"]


async def test_f15_a_pump_that_does_not_obey_stop_gets_nothing_new() -> None:
    """F15: STOP is acknowledged and not obeyed; neither limit nor rate is written."""
    pump = pump_at(Decimal(5), Decimal(1), NOT_GAPLESS)

    async def ignored() -> None:
        pump.advance(10)

    motor = replace(pump.motor, stop=ignored)
    with pytest.raises(HalfProgrammed):
        await restart(programmed(pump), motor, NOT_GAPLESS, lambda: True)
    assert pump.commands == []


async def test_f15_a_second_write_that_fails_is_told_apart() -> None:
    """F15: it means hold; a first write that fails has changed nothing but, perhaps, itself."""
    deaf = frozenset(range(9))
    for rates, first in ((("5", "10"), 1), (("10", "5"), 1)):
        old, new = grant(rates[0], "2"), grant(rates[1], "2.5")
        pump = pump_at(old.setting.rate_ml_h, Decimal(2))
        pump.deaf_to = deaf - {0}
        with pytest.raises(HalfProgrammed):
            await program(old, new, pump.lent, CAPS)
        assert len(pump.commands) == first + pair_writes.TRIES
        judge(pump, old, new)
        mute = pump_at(old.setting.rate_ml_h, Decimal(2))
        mute.deaf_to = deaf
        with pytest.raises(NoReply):
            await program(old, new, mute.lent, CAPS)
        assert set(mute.pairs) == {(old.setting.rate_ml_h, Decimal(2))}


async def test_f26_a_counter_that_falls_ends_the_retries() -> None:
    """F15, F26: what has run cannot be told from it, so nothing more is granted."""
    pump = pump_at(Decimal(5), Decimal(2))
    pump.counter = Fraction(7)
    commands = pump.lent

    async def cleared(limit_ml: Decimal) -> None:
        pump.counter = Fraction(0)
        await commands.write_limit(limit_ml)

    with pytest.raises(HalfProgrammed):
        await program(grant("5", "2"), grant("10", "2.5"), replace(commands, write_limit=cleared), CAPS)
    assert pump.rate == 5


async def test_f15_a_stopped_pump_shows_both_before_it_may_start() -> None:
    """F6, F15: limit, rate, both read; nothing moves."""
    pump = TwoCommandPump(CAPS, Decimal("0.1"), Decimal("0.001"), Fraction(1, 1000), running=False)
    wanted = grant("10", "2.5")
    assert await program(None, wanted, pump.lent, CAPS) == wanted.setting
    assert (pump.commands, pump.shown().setting) == (["limit", "rate"], wanted.setting)
    assert pump.given == 0


def programmed(pump: TwoCommandPump) -> Callable[[], Awaitable[PumpSetting]]:
    """What a driver does to the standing pump in between."""
    _, new = turned(pump)
    return lambda: program(None, new, pump.lent, NOT_GAPLESS)


def turned(running: TwoCommandPump) -> tuple[Grant, Grant]:
    return grant(running.rate, running.limit), grant("10", "2.5")


async def test_f15_a_pump_that_is_not_gapless_stands_two_seconds_at_most() -> None:
    """F15: two STOPs, limit, rate, RUN; standing so short is no gap, longer is."""
    pump = pump_at(Decimal(5), Decimal(1), NOT_GAPLESS)
    old, new = turned(pump)
    await restart(programmed(pump), pump.motor, NOT_GAPLESS, lambda: True)
    assert pump.commands == ["stop", "stop", "limit", "rate", "run"]
    assert pump.running
    assert not restart_is_gap(Decimal(pump.stood_ms) / 1000)
    assert not restart_is_gap(Decimal(2))
    assert restart_is_gap(Decimal("2.001"))
    judge(pump, old, new)


async def test_f15_one_stop_too_few_is_refused_by_the_pump_and_held() -> None:
    """F15: paused is not reset; the limit is refused, nothing runs."""
    once = replace(NOT_GAPLESS, stops_to_program=1)
    pump = pump_at(Decimal(5), Decimal(1), once)
    with pytest.raises(HalfProgrammed):
        await restart(programmed(pump), pump.motor, once, lambda: True)
    assert not pump.running


async def test_f15_run_is_not_repeated_without_a_reading() -> None:
    """F15: RUN is obeyed without a reply: one RUN. It never arrives: another, after a reading."""
    for lost, runs in (("mute_at", 1), ("deaf_to", 2)):
        pump = pump_at(Decimal(5), Decimal(1), NOT_GAPLESS)
        setattr(pump, lost, frozenset({4}))
        await restart(programmed(pump), pump.motor, NOT_GAPLESS, lambda: True)
        assert pump.commands.count("run") == runs
        assert pump.running


async def test_f15_a_stop_before_the_run_has_the_last_word() -> None:
    """F10, F15, (A) D6: what waited behind a STOP is not sent."""
    pump = pump_at(Decimal(5), Decimal(1), NOT_GAPLESS)
    with pytest.raises(Overtaken):
        await restart(programmed(pump), pump.motor, NOT_GAPLESS, lambda: "rate" not in pump.commands)
    assert not pump.running


@pytest.mark.parametrize("at", range(5))
async def test_f15_a_restart_killed_at_every_command(at: int) -> None:
    """F15: rate and volume stay within the two grants; a pump left standing stays so."""
    for after in (False, True):
        pump = pump_at(Decimal(5), Decimal(1), NOT_GAPLESS)
        old, new = turned(pump)
        pump.dies_before, pump.dies_after = (None, at) if after else (at, None)
        with pytest.raises(HostDied):
            await restart(programmed(pump), pump.motor, NOT_GAPLESS, lambda: True)
        judge(pump, old, new)


async def test_f15_a_running_pump_that_is_not_gapless_is_not_written_to() -> None:
    pump = pump_at(Decimal(5), Decimal(1), NOT_GAPLESS)
    with pytest.raises(Refused):
        await program(*turned(pump), pump.lent, NOT_GAPLESS)
    assert pump.commands == []


def test_f7_the_least_a_pump_takes_is_sent_and_nothing_less() -> None:
    """F7: exactly its lowest rate and its least limit."""
    least = PumpSetting(CAPS.rate_min_ml_h, CAPS.limit_min_ml)
    assert acts(None, Grant("bag-3", least), CAPS) == (LIMIT, RATE)
    tenth = Decimal("0.0001")
    for less in (
        replace(least, rate_ml_h=least.rate_ml_h - tenth),
        PumpSetting(least.rate_ml_h, CAPS.limit_min_ml - tenth),
    ):
        with pytest.raises(OutOfRange):
            acts(None, Grant("bag-3", less), CAPS)
