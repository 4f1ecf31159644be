"""N-560 lines: bytes to rows. Pure; source: docs/devices/nellcor-n560.md."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from drivers.errors import BadFrame
from drivers.lines import Lines
from drivers.monitors.line_time import stamp

WIDTH = 61
"""Every row is filled up with spaces; only codes that need more room make it longer."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMED = re.compile(r"(\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d)")
_ROW = re.compile(
    r" {1,6}(\d{1,3}|---)(\*?) {1,7}(\d{1,3}|---)(\*?) {1,7}(\d{1,3}|---)(?: +([A-Z]{2}(?: +[A-Z]{2})*))? *"
)
_SETTINGS = re.compile(r"\S+ +VERSION +\S+ +CRC:\S+ ")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as printed; None = `---`. The marks are of limits set at the monitor, not of the protocol's."""

    stamp: int
    spo2: int | None
    pulse: int | None
    amplitude: int | None
    codes: frozenset[str]
    marks: tuple[bool, bool]
    """SpO2 and pulse are beyond the limits set at the monitor."""


class Decoder:
    """Bytes in, rows out. Never raises; `accepted` counts rows and settings, `rejected` by reason."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self._lines = Lines()

    @property
    def rejected(self) -> Counter[str]:
        """What was no row, by reason; the headings of the columns are among them."""
        return self._lines.rejected

    def reset(self) -> None:
        """Forget a half-received line."""
        self._lines.reset()

    def feed(self, data: bytes) -> list[Row]:
        """The rows these bytes end."""
        found = (self._row(line) for line in self._lines.feed(data))
        return [row for row in found if row is not None]

    def _row(self, line: str) -> Row | None:
        if _SETTINGS.match(line):
            self.accepted["settings"] += 1
            return None
        try:
            row = parse_row(line)
        except BadFrame as error:
            self.rejected[str(error)] += 1
            return None
        self.accepted["row"] += 1
        return row


def parse_row(line: str) -> Row:
    """A line without its end; BadFrame says what is wrong in a word.

    There is no checksum: a row that is not as wide as it is printed has lost or gained something.
    """
    timed = _TIMED.match(line)
    if timed is None:
        raise BadFrame("no time")
    if len(line) != max(WIDTH, len(line.rstrip())):
        raise BadFrame("width")
    day, month, year, *clock = timed.groups()
    if month not in MONTHS:
        raise BadFrame("time")
    at = stamp(int(year), MONTHS.index(month) + 1, int(day), *(int(part) for part in clock))
    row = _ROW.fullmatch(line, timed.end())
    if row is None:
        raise BadFrame("columns")
    spo2, first, pulse, second, amplitude, codes = row.groups()
    return Row(
        stamp=at,
        spo2=_number(spo2),
        pulse=_number(pulse),
        amplitude=_number(amplitude),
        codes=frozenset((codes or "").split()),
        marks=(bool(first), bool(second)),
    )


def _number(text: str) -> int | None:
    return None if text == "---" else int(text)
