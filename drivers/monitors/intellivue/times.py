"""How old what the monitor says is: by its running time, its calendar, and when it was asked. Pure.

Ours is only the time between a question and its answer, in beats of `BEAT_S`, counted from any moment.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from drivers.monitors.intellivue.association import TICKS_A_SECOND
from drivers.monitors.intellivue.numerics import EARLY, Numeric
from drivers.monitors.intellivue.polls import TICKS_WRAP
from drivers.monitors.intellivue.vitals import CUFF, Judged
from drivers.values import Measurement, Signal

BEAT_S = Decimal("0.25")
HUNDREDTH = Decimal("0.01")
CLOCK_STEP = 100
"""Hundredths of seconds by which a measurement may seem to lie ahead: the fractions may be left out."""


class MonitorClock:
    """The monitor's running time (1/8 ms, u32) beside ours: what was asked at 5 s was not said before 5 s."""

    def __init__(self) -> None:
        self._raw: int | None = None
        self._unwrapped = 0
        self._offset_s: Decimal | None = None

    def seconds(self, ticks: int) -> Decimal:
        """Its running time, on over the wrap; half the range back is back."""
        if self._raw is None:
            self._raw, self._unwrapped = ticks, ticks
        step = (ticks - self._raw) % TICKS_WRAP
        if step < TICKS_WRAP // 2:
            self._raw, self._unwrapped = ticks, self._unwrapped + step
            return Decimal(self._unwrapped) / TICKS_A_SECOND
        return Decimal(self._unwrapped + step - TICKS_WRAP) / TICKS_A_SECOND

    def answered(self, at_s: Decimal, asked_s: Decimal) -> None:
        """It said `at_s` on its clock after it was asked at `asked_s` on ours."""
        low_s = asked_s - at_s
        if self._offset_s is None or low_s > self._offset_s:
            self._offset_s = low_s

    def age_s(self, at_s: Decimal, now_s: Decimal) -> Decimal:
        """How old what it said at `at_s` is at most, now that it has come."""
        passed_s = now_s + BEAT_S - at_s
        if self._offset_s is None or passed_s < self._offset_s:
            self._offset_s = passed_s
        return (passed_s - self._offset_s).quantize(HUNDREDTH, ROUND_CEILING)


class Newness:
    """Tells a measurement from a number that is said again, signal by signal.

    A number with the time of its measurement is new with another time, another value, or when what was early
    is final. A cuff pressure without one is new with another value, but not when it is first seen. All else
    is measured in every reply.
    """

    def __init__(self) -> None:
        self._last: dict[Signal, tuple[int | None, bool, Decimal]] = {}

    def told(
        self, signal: Signal, judged: Judged, time: int | None, since_s: Decimal | None, age_s: Decimal
    ) -> Measurement:
        """`time` on the monitor's calendar, `since_s` the reply before, `age_s` of this reply."""
        one, numeric = judged.one, judged.numeric
        if one.value is None or numeric is None:
            return one
        if not numeric.stamped and signal not in CUFF:
            return replace(one, age_s=age_s)
        last = self._last.get(signal)
        key = (numeric.time, bool(numeric.state & EARLY), one.value)
        self._last[signal] = key
        measured_s = _ago_s(numeric, time) if numeric.stamped else since_s if last is not None else None
        if key == last or measured_s is None:
            return replace(one, measured=False)
        return replace(one, age_s=measured_s + age_s)


def _ago_s(numeric: Numeric, time: int | None) -> Decimal | None:
    """Seconds from the measurement to the reply; None where the monitor's calendar does not say."""
    if numeric.time is None or time is None or numeric.time > time + CLOCK_STEP:
        return None
    return Decimal(max(0, time - numeric.time)) / 100
