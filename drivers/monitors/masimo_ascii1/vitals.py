"""ASCII1 reports in our signals: the exception bits say whether the numbers count."""

from __future__ import annotations

from drivers.monitors.masimo_ascii1.frames import Decoder, Report
from drivers.monitors.oximeter import Heard, judged
from drivers.values import Validity

DETACHED = 0x001 | 0x020
"""No sensor, sensor off."""
UNUSABLE = 0x002 | 0x008 | 0x080
"""Defective sensor, pulse search, unrecognised sensor."""
SET_RUNNING = 0x800
"""Not an exception: the only bit under which numbers stand."""


def validity_of(report: Report) -> Validity:
    """Of both numbers; low perfusion, interference, light, low signal IQ, unknown bits make them doubtful."""
    if report.exceptions & DETACHED:
        return Validity.INACTIVE
    if report.exceptions & UNUSABLE:
        return Validity.INVALID
    return Validity.QUESTIONABLE if report.exceptions & ~SET_RUNNING or report.more else Validity.VALID


class Reader:
    """Bytes of an ASCII1 monitor in, judged lines out."""

    def __init__(self) -> None:
        self.decoder = Decoder()

    def feed(self, data: bytes) -> list[Heard]:
        """The lines these bytes end."""
        return [
            Heard(report.stamp, report.serial, judged(report.spo2, report.pulse, validity_of(report)))
            for report in self.decoder.feed(data)
        ]

    def reset(self) -> None:
        """Forget a half-received line."""
        self.decoder.reset()
