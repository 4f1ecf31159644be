"""What commissioning has measured of one pump with its set; the bed file names it, nothing has a default."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Commissioned:
    """Volumes in mL of one pump with the set it runs (F14, F26)."""

    occlusion_ml: Decimal
    """What the set may have stored when the pump alarms."""
    release_bolus_ml: Decimal
    """The most that reaches the patient when an occlusion is released."""
    bolus_allowance_ml: Decimal
    """What a hand at the pump may have given between two readings of a counter that fell."""
