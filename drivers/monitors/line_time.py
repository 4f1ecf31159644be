"""The time a monitor prints in front of a line of values, and how old those values are; pure."""

from __future__ import annotations

import calendar
from decimal import Decimal

from drivers.errors import BadFrame

DAY_S = 86_400
CENTURY = 2000
"""Two digits of a year are of this century."""


def stamp(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Seconds that rise with the device's clock; BadFrame for a time no clock shows.

    Between two lines of one month they are seconds; a month counts 31 days, so at its end they are more.
    """
    good = 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60
    if not good:
        raise BadFrame("time")
    return ((year * 12 + month) * 31 + day) * DAY_S + (hour * 60 + minute) * 60 + second


def printed(stamp_s: int) -> str | None:
    """The time that was printed, as ISO 8601 without a zone; None for a day no calendar has."""
    days, second = divmod(stamp_s, DAY_S)
    months, day = divmod(days - 1, 31)
    year, month = divmod(months - 1, 12)
    if day >= calendar.monthrange(CENTURY + year, month + 1)[1]:
        return None
    hour, minute = divmod(second // 60, 60)
    date = f"{CENTURY + year}-{month + 1:02}-{day + 1:02}"
    return f"{date}T{hour:02}:{minute:02}:{second % 60:02}"


class Ages:
    """How old the values of each line are at most: the time the wire was silent and its clock did not pass.

    What a wire held back comes late with its old times; after a silence in which the device's own clock
    passed as well, nothing was held back. Silence is counted in whole intervals.
    """

    def __init__(self, interval_s: Decimal) -> None:
        self._interval_s = interval_s
        self._last: int | None = None
        self._held_s = Decimal(0)
        self._waiting = False

    def waited(self, seconds: Decimal) -> None:
        """No line has come for so much longer."""
        self._held_s += seconds
        self._waiting = True

    def age_s(self, stamp: int) -> Decimal | None:
        """Of a line with this time; None if its time is before that of the last one: that is nothing new."""
        last, self._last = self._last, stamp
        if last is None or stamp < last:
            self._held_s, self._waiting = Decimal(0), False
            return None if last is not None else Decimal(0)
        if self._waiting:
            self._held_s += self._interval_s
            self._waiting = False
        self._held_s = max(Decimal(0), self._held_s - (stamp - last))
        return self._held_s
