"""What an IntelliVue monitor can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MonitorCapabilities, Signal

CAPABILITIES = MonitorCapabilities(model="intellivue", signals=frozenset(Signal), interval_s=Decimal(1))
