"""What a B. Braun Space or Compact plus pump shows over BCC; nothing can be set there."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import PumpCapabilities

CAPABILITIES = PumpCapabilities(
    model="bcc",
    rate_min_ml_h=Decimal("0.01"),
    rate_max_ml_h=Decimal(1800),
    rate_step_ml_h=Decimal("0.01"),
    limit_min_ml=Decimal("0.1"),
    limit_max_ml=Decimal("9999.9"),
    limit_step_ml=Decimal("0.1"),
    counter_unit_ml=Decimal("0.1"),
    accuracy=Decimal("0.05"),
    poll_s=Decimal("0.5"),
    reply_limit_s=Decimal("2.5"),
    link_watchdog_s=None,
    gapless=False,
    one_frame=False,
    local_key_detection=False,
    read_only=True,
    has_serial_number=True,
    stops_to_program=1,
    switch_limit_s=Decimal(5),
    cycle_s=Decimal(4),
)
