"""What a monitor or gateway that sends HL7 ORU messages can say."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import MONITORED, MonitorCapabilities

CAPABILITIES = MonitorCapabilities(model="hl7-oru", signals=MONITORED, interval_s=Decimal(60))
