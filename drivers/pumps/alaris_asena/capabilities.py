"""What an Alaris Asena can do, before its own limits are known."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import PumpCapabilities

CAPABILITIES = PumpCapabilities(
    model="alaris-asena",
    rate_min_ml_h=Decimal("0.1"),
    rate_max_ml_h=Decimal(1200),
    rate_step_ml_h=Decimal("0.01"),
    limit_min_ml=Decimal("0.001"),
    limit_max_ml=Decimal(50),
    limit_step_ml=Decimal("0.001"),
    counter_unit_ml=Decimal("0.001"),
    accuracy=Decimal("0.05"),
    poll_s=Decimal(1),
    reply_limit_s=Decimal(4),
    link_watchdog_s=None,
    gapless=True,
    one_frame=False,
    local_key_detection=True,
    read_only=False,
    has_serial_number=True,
    stops_to_program=1,
    switch_limit_s=Decimal(15),
    cycle_s=Decimal(6),
)
"""No watchdog to count on: the driver feeds one of 4 s, and what the motor does at its end nobody says."""
