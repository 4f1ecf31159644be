"""A pump as it stands at the bed: what its label, its model and its commissioning say of it."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.protocols.commissioned import Commissioned
from drivers.values import PumpCapabilities


@dataclass(frozen=True, slots=True)
class Fitted:
    """One pump of the bed; every solution of the plan is carried by exactly one."""

    name: str
    """As on its label."""
    caps: PumpCapabilities
    commissioned: Commissioned
    solutions: tuple[str, ...]
