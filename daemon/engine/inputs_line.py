"""Acts at the drug line: what was done to it, and whether it was flushed (F3, F4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.account import ZERO
from daemon.engine.act import Act
from daemon.engine.line import FlushTo, Handling


@dataclass(frozen=True, slots=True)
class ConfirmLine(Act):
    """The line is connected to the patient, second access or hub stopcock and clamp at hand, cuff elsewhere.

    `cleared_ml` ran out of it away from the patient. `valves`: where several lines meet, every one of them
    has a non-return valve (F23).
    """

    handling: Handling = Handling.CONNECTED
    cleared_ml: Decimal = ZERO
    valves: bool = False


@dataclass(frozen=True, slots=True)
class FlushLine(Act):
    """Fluid without drug was pushed through the line, `volume_ml` of it; to nobody = it was not (F3)."""

    to: FlushTo
    volume_ml: Decimal
