"""What a Nellcor N-560 can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.monitors.oximeter import SIGNALS
from drivers.values import MonitorCapabilities

CAPABILITIES = MonitorCapabilities(model="nellcor-n560", signals=SIGNALS, interval_s=Decimal(2))
