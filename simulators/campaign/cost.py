"""What a fault may cost the patient (F38)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from simulators.campaign import bounds


@dataclass(frozen=True)
class Cost:
    """What a fault that struck may cost; `stops` = from then on nothing is ordered any more."""

    stops: bool
    over_ml: Decimal
    books_ml: Decimal = bounds.DIANET.unit_ml
    """How far the report may be off the truth beyond its own bounds."""
