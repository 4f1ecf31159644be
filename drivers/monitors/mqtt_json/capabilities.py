"""What vital signs published as JSON can be."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MonitorCapabilities, Signal

CAPABILITIES = MonitorCapabilities(model="mqtt-json", signals=frozenset(Signal), interval_s=Decimal(10))
