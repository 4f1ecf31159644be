"""What an S/5 DRI monitor can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MONITORED, MonitorCapabilities

CAPABILITIES = MonitorCapabilities(model="s5-dri", signals=MONITORED, interval_s=Decimal(5))
