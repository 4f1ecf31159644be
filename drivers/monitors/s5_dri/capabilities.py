"""What an S/5 DRI monitor can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MonitorCapabilities, Signal

CAPABILITIES = MonitorCapabilities(model="s5-dri", signals=frozenset(Signal), interval_s=Decimal(5))
