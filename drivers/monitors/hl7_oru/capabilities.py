"""What a monitor or gateway that sends HL7 ORU messages can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MonitorCapabilities, Signal

CAPABILITIES = MonitorCapabilities(model="hl7-oru", signals=frozenset(Signal), interval_s=Decimal(60))
