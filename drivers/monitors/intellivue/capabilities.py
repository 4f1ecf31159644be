"""What an IntelliVue monitor can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MONITORED, MonitorCapabilities

CAPABILITIES = MonitorCapabilities(model="intellivue", signals=MONITORED, interval_s=Decimal(1))
