"""Which SOLLWERT values the pump takes; anything else is NAK 06 and changes nothing."""

from __future__ import annotations

from decimal import Decimal

from simulators.bodies.pump_options import PumpOptions
from simulators.wires.dianet_options import DianetOptions
from simulators.wires.dianet_segments import TargetWrite

BOLUS_MAX_ML = Decimal("99.9")


def in_range(write: TargetWrite, options: DianetOptions, body: PumpOptions) -> bool:
    """Time selection and standby are not fitted: only 0 or unchanged."""
    rate_ml_h = write.rate_ml_h
    return all(
        (
            not rate_ml_h or options.rate_min_ml_h <= rate_ml_h <= body.rate_max_ml_h,
            write.vtbd_ml is None or write.vtbd_ml <= options.vtbd_max_ml,
            not write.minutes,
            not write.standby_min,
            write.bolus_rate_ml_h is None or write.bolus_rate_ml_h <= body.bolus_ml_h,
            write.bolus_ml is None or write.bolus_ml <= BOLUS_MAX_ML,
            write.pressure_level is None or 1 <= write.pressure_level <= 9,
        )
    )
