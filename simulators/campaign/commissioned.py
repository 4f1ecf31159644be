"""What commissioning has measured."""

from __future__ import annotations

from decimal import Decimal

from daemon.protocols.commissioned import Commissioned

COMMISSIONED = Commissioned(
    occlusion_ml=Decimal("1.25"), release_bolus_ml=Decimal("0.5"), bolus_allowance_ml=Decimal(2)
)
