"""A Nellcor N-560 on its serial port: rows for a printer (facts: monitors 3.2, 6.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from simulators.wires.oximeter import PULSE_HIGH, PULSE_LOW, SPO2_HIGH, Oximeter

HEADER_EVERY: Final = 25
MONTH_NAMES: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
AMPLITUDE: Final = 201
WEAK_AMPLITUDE: Final = 12
DASHES: Final = "---"
CODE_OF: Final = {
    "lost_in_motion": "LM",
    "pulse_lost": "LP",
    "motion": "MO",
    "silenced": "AS",
    "alarms_off": "AO",
}


class NellcorN560(Oximeter):
    """A row every 2 s; three lines of heading first, again after 25 rows and when a limit is changed."""

    model = "nellcor-n560"
    interval_s = Decimal(2)
    faults = ("spo2_off", "cable_off", "search", "limits", "low_battery", "low_perfusion", *CODE_OF)

    _rows_left = 0
    _told_low = 0

    def _lines(self) -> bytes:
        lines = []
        if self._rows_left == 0 or self._told_low != self.spo2_low:
            self._rows_left, self._told_low = HEADER_EVERY, self.spo2_low
            lines += self._heading()
        self._rows_left -= 1
        lines.append(self._row())
        return "".join(line + "\r\n" for line in lines).encode("ascii")

    def _heading(self) -> list[str]:
        limits = f"SpO2 Limit: {self.spo2_low}-{SPO2_HIGH}%    PR Limit: {PULSE_LOW}-{PULSE_HIGH}BPM"
        return [
            f"N-560    VERSION 1.56.00    CRC:XXXX  {limits}",
            "                              ADULT",
            "TIME                %SpO2     BPM      PA    Status",
        ]

    def _row(self) -> str:
        spo2, pulse, amplitude, codes = self._shown()
        spo2_mark = "*" if "SL" in codes else " "
        pulse_mark = "*" if {"PL", "PH"} & set(codes) else " "
        numbers = f"{spo2:>6}{spo2_mark}{pulse:>7}{pulse_mark}{amplitude:>7}"
        return f"{_dated(self.clock)}{numbers}    {' '.join(codes):<17}"

    def _shown(self) -> tuple[int | str, int | str, int | str, list[str]]:
        """SpO2, pulse, amplitude and codes as they are printed."""
        state = ["LB"] if "low_battery" in self.on else []
        if "cable_off" in self.on or "spo2_off" in self.on:
            return DASHES, DASHES, DASHES, [*state, "SD" if "cable_off" in self.on else "SO"]
        if self.searching:
            return 0, 0, DASHES, [*state, "PS"]
        state += [code for name, code in CODE_OF.items() if name in self.on]
        amplitude = WEAK_AMPLITUDE if "low_perfusion" in self.on else AMPLITUDE
        spo2, pulse = self.spo2, self.pulse
        beyond = {"SL": spo2 < self.spo2_low, "PH": pulse > PULSE_HIGH, "PL": pulse < PULSE_LOW}
        return spo2, pulse, amplitude, [*state, *(code for code, is_so in beyond.items() if is_so)]


def _dated(at: datetime) -> str:
    return f"{at.day:02}-{MONTH_NAMES[at.month - 1]}-{at:%y %H:%M:%S}"
