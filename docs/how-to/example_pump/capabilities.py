"""What an Example E1 can do, as its document says."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import PumpCapabilities

CAPABILITIES = PumpCapabilities(
    model="example-e1",
    rate_min_ml_h=Decimal("0.1"),
    rate_max_ml_h=Decimal("200.0"),
    rate_step_ml_h=Decimal("0.1"),
    limit_min_ml=Decimal("0.1"),
    limit_max_ml=Decimal("999.9"),
    limit_step_ml=Decimal("0.1"),
    counter_unit_ml=Decimal("0.1"),
    accuracy=Decimal("0.05"),
    poll_s=Decimal("0.5"),
    reply_limit_s=Decimal("0.5"),
    link_watchdog_s=None,
    gapless=True,
    one_frame=True,
    local_key_detection=False,
    read_only=False,
    has_serial_number=True,
    stops_to_program=1,
    switch_limit_s=Decimal(5),
    cycle_s=Decimal(1),
)
