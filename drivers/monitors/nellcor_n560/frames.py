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
_SETTINGS = re.compile(r"(\S+) +VERSION +(\S+) +CRC:\S+ ")
_COLUMNS = re.compile(r" *TIME +%?SpO2 ")
_CLOCK = re.compile(r"\d:\d")
UNDER_SETTINGS = 2
"""Lines of a heading below the settings; what they say is not documented."""


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
    """Bytes in, rows out. Never raises; `accepted` counts lines by kind, `rejected` by reason."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.device = ("", "")
        """Model and version as the last heading names them."""
        self._lines = Lines()
        self._heading_left = 0

    @property
    def rejected(self) -> Counter[str]:
        """What was no line of this monitor, by reason."""
        return self._lines.rejected

    def reset(self) -> None:
        """Forget a half-received line."""
        self._lines.reset()
        self._heading_left = 0

    def feed(self, data: bytes) -> list[Row]:
        """The rows these bytes end."""
        return self._rows(self._lines.feed(data))

    def finish(self) -> list[Row]:
        """The stream ends here: the row it ends with, if that is whole but for its end."""
        return self._rows(self._lines.finish())

    def _rows(self, lines: list[str]) -> list[Row]:
        found = (self._row(line) for line in lines)
        return [row for row in found if row is not None]

    def _row(self, line: str) -> Row | None:
        if self._is_heading(line):
            return None
        try:
            row = parse_row(line)
        except BadFrame as error:
            self.rejected[str(error)] += 1
            return None
        self.accepted["row"] += 1
        return row

    def _is_heading(self, line: str) -> bool:
        """The settings, and what stands below them without a time of day."""
        settings = _SETTINGS.match(line)
        if settings is not None:
            self.device = (settings[1], settings[2])
            self._heading_left = UNDER_SETTINGS
            self.accepted["settings"] += 1
            return True
        below = self._heading_left > 0 and not _CLOCK.search(line)
        self._heading_left = self._heading_left - 1 if below else 0
        if below or _COLUMNS.match(line):
            self.accepted["heading"] += 1
            return True
        return False


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
