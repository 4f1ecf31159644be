"""What a DIANET-Star pump can do, before its own limits are known."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import PumpCapabilities

CAPABILITIES = PumpCapabilities(
    model="dianet-star",
    rate_min_ml_h=Decimal("0.1"),
    rate_max_ml_h=Decimal("999.99"),
    rate_step_ml_h=Decimal("0.01"),
    limit_min_ml=Decimal("0.1"),
    limit_max_ml=Decimal(9999),
    limit_step_ml=Decimal("0.1"),
    counter_unit_ml=Decimal("0.1"),
    accuracy=Decimal("0.05"),
    poll_s=Decimal("0.3"),
    reply_limit_s=Decimal("0.3"),
    link_watchdog_s=Decimal("1.2"),
    gapless=True,
    one_frame=True,
    local_key_detection=True,
    read_only=False,
    has_serial_number=True,
    stops_to_program=1,
    switch_limit_s=Decimal(5),
    cycle_s=Decimal("1.2"),
)
