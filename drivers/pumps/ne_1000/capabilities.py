"""What an NE-1000 can do, before the syringe in it is known."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import PumpCapabilities

CAPABILITIES = PumpCapabilities(
    model="ne-1000",
    rate_min_ml_h=Decimal("0.001"),
    rate_max_ml_h=Decimal(9999),
    rate_step_ml_h=Decimal("0.001"),
    limit_min_ml=Decimal("0.001"),
    limit_max_ml=Decimal(9999),
    limit_step_ml=Decimal("0.001"),
    counter_unit_ml=Decimal("0.001"),
    accuracy=Decimal("0.01"),
    poll_s=Decimal("0.5"),
    reply_limit_s=Decimal("0.3"),
    link_watchdog_s=Decimal(10),
    gapless=False,
    one_frame=False,
    local_key_detection=False,
    read_only=False,
    has_serial_number=False,
    stops_to_program=2,
    switch_limit_s=Decimal(5),
    cycle_s=Decimal("1.4"),
    digits=4,
    laboratory=True,
)
