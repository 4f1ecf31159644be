"""N-560 rows in our signals: the codes behind a row say whether its numbers count."""

from __future__ import annotations

from drivers.monitors.nellcor_n560.frames import Decoder, Row
from drivers.monitors.oximeter import Heard, judged
from drivers.values import Validity

DETACHED = frozenset({"SD", "SO"})
"""Sensor disconnected, sensor off the patient."""
PULSELESS = frozenset({"PS", "LP", "LM"})
"""Pulse search, loss of pulse, loss of pulse with interference."""
NUMBERS_STAND = frozenset({"AO", "AS", "LB", "PH", "PL", "SH", "SL"})
"""Alarms off or silenced, low battery, and the monitor's own limits, which are not the protocol's."""


def validity_of(row: Row) -> Validity:
    """Of both numbers; a code that is not known, and interference (MO), make them doubtful."""
    if row.codes & DETACHED:
        return Validity.INACTIVE
    if row.codes & PULSELESS or not row.spo2 or not row.pulse or row.amplitude is None:
        return Validity.INVALID
    return Validity.VALID if row.codes <= NUMBERS_STAND else Validity.QUESTIONABLE


class Reader:
    """Bytes of an N-560 in, judged rows out."""

    def __init__(self) -> None:
        self.decoder = Decoder()

    def feed(self, data: bytes) -> list[Heard]:
        """The rows these bytes end."""
        return [
            Heard(row.stamp, "", judged(row.spo2, row.pulse, validity_of(row)))
            for row in self.decoder.feed(data)
        ]

    def reset(self) -> None:
        """Forget a half-received line."""
        self.decoder.reset()
