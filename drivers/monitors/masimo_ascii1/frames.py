"""Masimo ASCII1 lines: bytes to reports. Pure; source: docs/devices/masimo-ascii1.md."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from drivers.errors import BadFrame
from drivers.lines import Lines
from drivers.monitors.line_time import stamp

_TIMED = re.compile(r"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d) ")
_FIELD = re.compile(r"([A-Z][A-Z0-9]*)=([^\s=]+)")
_SERIAL = re.compile(r"[0-9A-Za-z]+")
_SPO2 = re.compile(r"(\d{3}|---)%")
_BPM = re.compile(r"(\d{3}|---)")
_EXC = re.compile(r"[0-9A-Fa-f]{6,8}")
_EXC1 = re.compile(r"[0-9A-Fa-f]+")


MONITORS_MAX = 16
"""Serial numbers whose widths are remembered."""


@dataclass(frozen=True, slots=True)
class Report:
    """One line: None = dashes; `exceptions` are the bits of EXC, `more` those of EXC1 (0 = none)."""

    stamp: int
    serial: str
    spo2: int | None
    pulse: int | None
    exceptions: int
    more: int


class Decoder:
    """Bytes in, reports out. Never raises; `accepted` counts lines, `rejected` by reason.

    A line of another width than the one before has lost or gained something, unless the next is as wide.
    Where `several` monitors may have printed, each serial number has a width of its own: a stretch that was
    lost in it left the numbers alone.
    """

    def __init__(self, *, several: bool = False) -> None:
        self.accepted: Counter[str] = Counter()
        self._lines = Lines()
        self._several = several
        self._widths: dict[str, int] = {}
        self._other = 0

    @property
    def rejected(self) -> Counter[str]:
        """What was no report, by reason."""
        return self._lines.rejected

    def reset(self) -> None:
        """Forget a half-received line and the width of lines: another device may be there now."""
        self._lines.reset()
        self._widths.clear()

    def feed(self, data: bytes) -> list[Report]:
        """The reports these bytes end."""
        return self._reports(self._lines.feed(data))

    def finish(self) -> list[Report]:
        """The stream ends here: the report it ends with, if it is as wide as the one before."""
        if not self._widths:
            if self._lines.held:
                self.rejected["unfinished"] += 1
            self._lines.reset()
        return self._reports(self._lines.finish())

    def _reports(self, lines: list[str]) -> list[Report]:
        found = (self._report(line) for line in lines)
        return [report for report in found if report is not None]

    def _report(self, line: str) -> Report | None:
        try:
            report = parse_line(line)
            self._be_as_wide(len(line), report.serial if self._several else "")
        except BadFrame as error:
            self.rejected[str(error)] += 1
            return None
        self.accepted["line"] += 1
        return report

    def _be_as_wide(self, width: int, serial: str) -> None:
        before, self._other = self._other, width
        if width not in {self._widths.get(serial, width), before}:
            raise BadFrame("width")
        self._widths.pop(serial, None)
        self._widths[serial] = width
        while len(self._widths) > MONITORS_MAX:
            del self._widths[next(iter(self._widths))]


def parse_line(line: str) -> Report:
    """A line without its end; BadFrame says what is wrong in a word.

    Fields are found by name: models differ in which there are and how wide. Each name may stand there once,
    and without EXC a line does not say whether it counts.
    """
    timed = _TIMED.match(line)
    if timed is None:
        raise BadFrame("no time")
    month, day, year, *clock = (int(part) for part in timed.groups())
    at = stamp(year, month, day, *clock)
    fields = _fields(line[timed.end() :])
    return Report(
        stamp=at,
        serial=_one(_SERIAL, fields["SN"]) if "SN" in fields else "",
        spo2=_number(_one(_SPO2, fields.get("SPO2"))),
        pulse=_number(_one(_BPM, fields.get("BPM"))),
        exceptions=int(_one(_EXC, fields.get("EXC")), 16),
        more=int(_one(_EXC1, fields.get("EXC1", "0")), 16),
    )


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in text.split():
        field = _FIELD.fullmatch(part)
        if field is None or field[1] in fields:
            raise BadFrame("fields")
        fields[field[1]] = field[2]
    return fields


def _one(shape: re.Pattern[str], text: str | None) -> str:
    """The text of a field that has this shape; the group of the shape if it has one."""
    found = shape.fullmatch(text) if text is not None else None
    if found is None:
        raise BadFrame("fields")
    return found[shape.groups]


def _number(text: str) -> int | None:
    return None if text == "---" else int(text)
