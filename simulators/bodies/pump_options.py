"""What differs between one simulated pump and the next: every doubtful point is a named choice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from drivers.values import EndAction


class AfterEnd(StrEnum):
    """What START does once the volume limit has been reached and no new one was set."""

    REFUSE = "refuse"
    UNLIMITED = "unlimited"


class StopKey(StrEnum):
    """What the STOP key does while the panel is locked by the remote mode."""

    STOPS = "stops"
    ALARM_ONLY = "alarm_only"


@dataclass(frozen=True, slots=True)
class PumpOptions:
    """Rates mL/h, volumes mL, times as named; `flow_error` = true flow / counted - 1."""

    flow_error: Decimal = Decimal("0.01")
    counter_unit_ml: Decimal = Decimal("0.1")
    rate_step_ml_h: Decimal = Decimal("0.01")
    rate_max_ml_h: Decimal = Decimal(1200)
    ramp_s: Decimal = Decimal(2)
    stop_s: Decimal = Decimal("0.2")
    end_action: EndAction = EndAction.STOP
    after_end: AfterEnd = AfterEnd.REFUSE
    kvo_ml_h: Decimal = Decimal(3)
    kvo_max_min: Decimal = Decimal(0)
    """0: KVO does not end by itself."""
    occlusion_ml: Decimal = Decimal(1)
    """Volume the set stores until the pressure limit at level 5 is reached."""
    release_bolus_ml: Decimal = Decimal("0.5")
    """The most that reaches the patient when an occlusion is released."""
    bolus_ml_h: Decimal = Decimal(800)
    near_empty_ml: Decimal = Decimal(5)
    battery_min: Decimal = Decimal(240)
    battery_low_min: Decimal = Decimal(30)
    keeps_settings: bool = False
    """Rate, limit and counter survive a power cycle."""
    link_loss: EndAction = EndAction.STOP
    stop_key: StopKey = StopKey.STOPS
