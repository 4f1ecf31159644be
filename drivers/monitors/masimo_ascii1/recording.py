"""Recorded ASCII1 lines as readings: each with its printed time and what its exception bits say. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.monitors.line_time import printed
from drivers.monitors.masimo_ascii1.frames import Decoder, Report
from drivers.monitors.masimo_ascii1.vitals import SET_RUNNING, validity_of
from drivers.monitors.oximeter import judged
from drivers.recordings import Reading, Tally, vital
from drivers.values import Signal

EXCEPTIONS: Mapping[int, str] = {
    0x001: "no sensor",
    0x002: "defective sensor",
    0x004: "low perfusion",
    0x008: "pulse search",
    0x010: "interference",
    0x020: "sensor off",
    0x040: "ambient light",
    0x080: "unrecognised sensor",
    0x400: "low signal IQ",
}


class Recording:
    """The two signals of every line."""

    def __init__(self) -> None:
        self._decoder = Decoder(several=True)

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the lines these bytes end."""
        return [one for report in self._decoder.feed(data) for one in readings_of(report)]

    def finish(self) -> list[Reading]:
        """Those of a last line that lacks nothing but its end."""
        return [one for report in self._decoder.finish() for one in readings_of(report)]

    def tally(self) -> Tally:
        """Lines; what was none by reason."""
        return Tally(dict(self._decoder.accepted), dict(self._decoder.rejected))


def readings_of(report: Report) -> list[Reading]:
    """SpO2 and pulse of a line."""
    signals = judged(report.spo2, report.pulse, validity_of(report))
    numbers = {Signal.SPO2: report.spo2, Signal.PULSE: report.pulse}
    at = printed(report.stamp)
    return [
        vital(signal, one, at, detail=_detail(report, numbers[signal])) for signal, one in signals.items()
    ]


def _detail(report: Report, number: int | None) -> str:
    said = [word for bit, word in EXCEPTIONS.items() if report.exceptions & bit]
    unnamed = report.exceptions & ~SET_RUNNING & ~sum(EXCEPTIONS)
    if unnamed:
        said.append(f"EXC {unnamed:X}")
    if report.more:
        said.append(f"EXC1 {report.more:X}")
    if not number:
        said.append("no number" if number is None else "zero")
    return ", ".join(said)
