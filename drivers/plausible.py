"""What a living patient and a working sensor can show; anything else is a fault of wire, device or typing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from drivers.values import Signal

PLAUSIBLE: Mapping[Signal, tuple[Decimal, Decimal]] = {
    Signal.HR: (Decimal(0), Decimal(350)),
    Signal.PULSE: (Decimal(0), Decimal(350)),
    Signal.SPO2: (Decimal(0), Decimal(100)),
    Signal.NIBP_SYS: (Decimal(0), Decimal(300)),
    Signal.NIBP_DIA: (Decimal(0), Decimal(300)),
    Signal.NIBP_MEAN: (Decimal(0), Decimal(300)),
    Signal.RR: (Decimal(0), Decimal(200)),
    Signal.TEMP: (Decimal(10), Decimal(50)),
    Signal.ETCO2: (Decimal(0), Decimal(900)),
    Signal.PEF: (Decimal(0), Decimal(900)),
}
"""Lowest and highest, both included, in the unit of the signal."""
