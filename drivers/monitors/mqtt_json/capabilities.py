"""What vital signs published as JSON can be."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MONITORED, MonitorCapabilities

CAPABILITIES = MonitorCapabilities(model="mqtt-json", signals=MONITORED, interval_s=Decimal(10))
