"""What a Masimo oximeter in ASCII1 mode can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.monitors.oximeter import SIGNALS
from drivers.values import MonitorCapabilities

CAPABILITIES = MonitorCapabilities(model="masimo-ascii1", signals=SIGNALS, interval_s=Decimal(1))
