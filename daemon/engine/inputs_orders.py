"""What became of an order to a pump, and of a STOP; `pump` is its name, empty = the pump in charge."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.values import PumpSetting


@dataclass(frozen=True, slots=True)
class OrderDone:
    """An order was written, read back and found as asked."""

    order: int
    setting: PumpSetting
    pump: str = ""


@dataclass(frozen=True, slots=True)
class OrderFailed:
    """Refused, unanswered or read back different; `half`: of two writes one was taken and one not (F15)."""

    order: int
    reason: str
    half: bool = False
    pump: str = ""


@dataclass(frozen=True, slots=True)
class OrderUnsent:
    """An order did not go to the wire: it had waited too long, or the gate or the link was gone."""

    order: int
    reason: str
    pump: str = ""


@dataclass(frozen=True, slots=True)
class OrderTold:
    """An order for a pump that is set by hand has passed the guard and stands on the screen (F27)."""

    order: int
    pump: str = ""


@dataclass(frozen=True, slots=True)
class StopUnverified:
    """A STOP has not been read back within 2 s of wire time; trying goes on (F10, F18)."""

    reason: str
    pump: str = ""


@dataclass(frozen=True, slots=True)
class GuardRefused:
    """The guard did not let an order pass; nothing was sent."""

    order: int
    reason: str
    pump: str = ""
