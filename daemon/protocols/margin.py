"""What a volume limit grants beyond the plan, so that no pump runs into its limit (F18, F25)."""

from __future__ import annotations

from decimal import Decimal, localcontext

from drivers.values import PumpCapabilities

_SECONDS_PER_H = 3600


def margin_ml(
    rate_ml_h: Decimal,
    pump: PumpCapabilities,
    wire_factor: Decimal = Decimal(1),
    unit_ml: Decimal = Decimal(0),
) -> Decimal:
    """Volume in mL beyond the plan: the most of 30 s at the rate, one counter unit, 3 replies + 5 s.

    `wire_factor` scales the reply time of wires slower than the pump itself; the step of the pump's
    volume limit counts as its unit where that is coarser than the counter. `unit_ml` is the counter's
    unit at what it shows, where it has grown.
    """
    with localcontext() as context:
        context.prec = 34
        half_minute = rate_ml_h * 30 / _SECONDS_PER_H
        unit = max(pump.counter_unit_ml, pump.limit_step_ml, unit_ml)
        replies = rate_ml_h * (3 * pump.reply_limit_s + 5) / _SECONDS_PER_H * wire_factor
        return max(half_minute, unit, replies)
