"""Recorded N-560 lines as readings: each row with its printed time and what its codes say. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.monitors.line_time import printed
from drivers.monitors.nellcor_n560.frames import Decoder, Row
from drivers.monitors.nellcor_n560.vitals import NUMBERS_STAND, validity_of
from drivers.monitors.oximeter import judged
from drivers.recordings import Reading, Tally, vital

CODES: Mapping[str, str] = {
    "SD": "sensor disconnected",
    "SO": "sensor off the patient",
    "PS": "pulse search",
    "LP": "loss of pulse",
    "LM": "loss of pulse with interference",
    "MO": "interference",
}
"""Those that speak against the numbers."""


class Recording:
    """The two signals of every row; headings are counted and give none."""

    def __init__(self) -> None:
        self._decoder = Decoder()

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the rows these bytes end."""
        return [one for row in self._decoder.feed(data) for one in readings_of(row)]

    def finish(self) -> list[Reading]:
        """Those of a last row that lacks nothing but its end."""
        return [one for row in self._decoder.finish() for one in readings_of(row)]

    def tally(self) -> Tally:
        """Lines by kind; what was none by reason."""
        return Tally(dict(self._decoder.accepted), dict(self._decoder.rejected))


def readings_of(row: Row) -> list[Reading]:
    """SpO2 and pulse of a row."""
    detail = _detail(row)
    signals = judged(row.spo2, row.pulse, validity_of(row))
    at = printed(row.stamp)
    return [vital(signal, one, at, detail=detail) for signal, one in signals.items()]


def _detail(row: Row) -> str:
    """What the codes say, otherwise which column has no number."""
    said = [CODES.get(code, f"code {code}") for code in sorted(row.codes - NUMBERS_STAND)]
    columns = {"SpO2": row.spo2, "pulse": row.pulse, "amplitude": row.amplitude}
    missing = [name for name, number in columns.items() if number is None]
    zero = [name for name in ("SpO2", "pulse") if columns[name] == 0]
    if missing:
        said.append(f"no {', no '.join(missing)}")
    if zero:
        said.append(f"{' and '.join(zero)} zero")
    return ", ".join(said)
