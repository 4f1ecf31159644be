"""What is said of a running pump that is only watched, by one reading after the other (F7, F26, F27)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import advising
from daemon.engine.advising import Level, Said, Watch
from drivers.values import Motion, PumpReading, PumpSetting
from tests.protocols.files import PUMP

D = Decimal
CAPS = replace(PUMP, read_only=True, cycle_s=D("7.5"))
TOLD = PumpSetting(D("4.17"), D("1.04"))
AS_TOLD = PumpReading(Motion.INFUSING, D("4.17"), D(1), D(0), remote=False)
NONE = PumpSetting(D("4.17"), None)


def said(
    stored: PumpSetting = TOLD,
    off: int = 0,
    *,
    told: PumpSetting | None = TOLD,
    allowed: bool = True,
    **reads: Any,
) -> tuple[int, Said | None]:
    """Of one cycle in which the pump reads and stores this."""
    return advising.judge(Watch(told, allowed, off), replace(AS_TOLD, **reads), stored)


@pytest.mark.parametrize("off", [0, 1, 2])
def test_f27_as_told_nothing_is_said_and_what_was_off_is_forgotten(off: int) -> None:
    assert said(off=off) == (0, None)


@pytest.mark.parametrize(
    ("stored", "reads", "wrong"),
    [
        (PumpSetting(D("4.18"), D("1.04")), {}, "it runs at 4.18 mL/h, told was 4.17 mL/h"),
        (TOLD, {"rate_ml_h": D("41.7")}, "it runs at 41.7 mL/h, told was 4.17 mL/h"),
        (PumpSetting(D("41.7"), D("0.1")), {"rate_ml_h": D(2)}, "it runs at 41.7 mL/h, told was 4.17 mL/h"),
        (NONE, {}, "it runs without a volume limit"),
        (TOLD, {"limit_left_ml": None}, "it runs without a volume limit"),
        (TOLD, {"motion": Motion.BOLUS}, "bolus was not told"),
        (TOLD, {"motion": Motion.KVO}, "kvo was not told"),
        (TOLD, {"motion": Motion.PROGRAM}, "program was not told"),
        (NONE, {"motion": Motion.BOLUS}, "bolus was not told"),
    ],
    ids=str,
)
def test_f27_more_than_told_is_high_at_the_first_reading(
    stored: PumpSetting, reads: dict[str, Any], wrong: str
) -> None:
    """F1, F7, F26, F27: the rate it runs at and the rate that is set count alike; it makes nothing off."""
    for off in (0, 1):
        assert said(stored, off, **reads) == (off, Said(Level.HIGH, f"STOP THE PUMP: {wrong}"))


def test_f27_a_start_that_nobody_allowed_is_high() -> None:
    """F27: not read back before; or nothing was told at all, and then a hand has to stop it."""
    early = Said(Level.HIGH, "STOP THE PUMP: it was started before its setting was read back")
    assert said(allowed=False) == (0, early)
    nobody = Said(Level.HIGH, "STOP THE PUMP BY HAND: nobody was told to start it")
    assert said(told=None) == (0, nobody)
    assert said(off=1, told=None, allowed=False) == (1, nobody)


@pytest.mark.parametrize(("rate", "limit"), [("4.16", "1.04"), ("4.17", "1.03"), ("4.17", "9")])
def test_f27_less_or_another_limit_is_medium_after_two(rate: str, limit: str) -> None:
    """F27: one reading may be torn, two are not; both settings are said."""
    stored = PumpSetting(D(rate), D(limit))
    told = "set 4.17 mL/h, volume limit 1.04 mL, at its end: stop; the pump shows"
    wrong = Said(Level.MEDIUM, f"{told} {rate} mL/h, {limit} mL")
    assert said(stored, 0, rate_ml_h=D(rate)) == (1, None)
    assert said(stored, 1, rate_ml_h=D(rate)) == (2, wrong)
    assert said(stored, 2, rate_ml_h=D(rate)) == (2, wrong)


def test_f27_two_cycles_over_fifteen_seconds_are_refused() -> None:
    """F27: a wrong setting would be seen too late, so the pump is not even watched."""
    assert advising.refusal(CAPS) == ""
    slow = advising.refusal(replace(CAPS, model="bcc", cycle_s=D("7.6")))
    assert "two complete readings of bcc take 15.2 s: more than the 15 s" in slow
    assert "(F27)" in slow
