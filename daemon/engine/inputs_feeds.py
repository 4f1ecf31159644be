"""What the feeds to the ward tell the engine: heard or not, and what nobody there confirmed ((A) A5, A9)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedsLost:
    """A feed to the ward is silent or says that nobody hears it ((A) A9)."""

    reason: str


@dataclass(frozen=True, slots=True)
class FeedsBack:
    """Every feed to the ward is heard again."""


@dataclass(frozen=True, slots=True)
class AlarmsUnconfirmed:
    """Ids of the alarms whose receipt no station confirmed in time; empty = none any more ((A) A5)."""

    alarms: str
