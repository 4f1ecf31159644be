"""A Masimo Rad-8 or Radical-7 set to ASCII1 (facts: monitors 3.2, 6.2, 20)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from simulators.wires.oximeter import PULSE_HIGH, PULSE_LOW, Oximeter

SET_RUNNING: Final = 0x800
EXCEPTION_OF: Final = {
    "no_sensor": 0x001,
    "defective": 0x002,
    "low_perfusion": 0x004,
    "search": 0x008,
    "interference": 0x010,
    "spo2_off": 0x020,
    "ambient_light": 0x040,
    "unrecognised": 0x080,
    "low_signal_iq": 0x400,
}
BLANKING: Final = 0x001 | 0x002 | 0x008 | 0x020 | 0x080
"""Exceptions under which dashes stand for numbers."""
ALARM_SPO2_LOW: Final = 0x02
ALARM_RATE_HIGH: Final = 0x04
ALARM_RATE_LOW: Final = 0x08
ALARM_ACTIVE: Final = 0x10
ALARM_MUTED: Final = 0x20


class MasimoAscii1(Oximeter):
    """A line every second. `ascii2` is the mode it is shipped in: lines nobody here knows."""

    model = "masimo-ascii1"
    interval_s = Decimal(1)
    faults = (*EXCEPTION_OF, "limits", "silenced", "ascii2")

    def _lines(self) -> bytes:
        if "ascii2" in self.on:
            return f"{self.clock:%m/%d/%y,%H:%M:%S},{self.spo2},{self.pulse}\r\n".encode("ascii")
        exceptions = SET_RUNNING | (EXCEPTION_OF["search"] if self.searching else 0)
        for name, bit in EXCEPTION_OF.items():
            exceptions |= bit if name in self.on else 0
        blank, wide = bool(exceptions & BLANKING), self.options.wide_fields
        index = "--.--" if blank else "00.55" if "low_perfusion" in self.on else "03.60"
        fields = [
            f"{self.clock:%m/%d/%y %H:%M:%S}",
            *([f"SN={self.options.sn:010}"] if self.options.sn else []),
            "SPO2=---%" if blank else f"SPO2={self.spo2:03}%",
            "BPM=---" if blank else f"BPM={self.pulse:03}",
            f"PI={index}" if wide else f"PI={index}%",
            "SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+--",
            f"ALARM={0 if blank else self._alarm():0{6 if wide else 4}X}",
            f"EXC={exceptions:0{7 if wide else 6}X}",
            *(["EXC1=0000000"] if wide else []),
        ]
        return (" ".join(fields) + "\r\n").encode("ascii")

    def _alarm(self) -> int:
        beyond = ALARM_SPO2_LOW if self.spo2 < self.spo2_low else 0
        beyond |= ALARM_RATE_HIGH if self.pulse > PULSE_HIGH else 0
        beyond |= ALARM_RATE_LOW if self.pulse < PULSE_LOW else 0
        if not beyond:
            return 0
        return beyond | ALARM_ACTIVE | (ALARM_MUTED if "silenced" in self.on else 0)
