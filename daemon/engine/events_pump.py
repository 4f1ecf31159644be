"""The facts of the pumps: who answers, what was read, what was ordered and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daemon.engine.account import Moved
from drivers.values import PumpIdentity, PumpReading, PumpSetting


class OrderKind(StrEnum):
    """What a setting is for."""

    START = "start"
    """Program the stopped pump, read back, start it."""
    CHANGE = "change"
    """A new step's rate on the running pump."""
    RENEW = "renew"
    """The same rate with a new slice of volume."""
    DISARM = "disarm"
    """Lowest rate and smallest limit on the stopped pump (F6)."""
    PROGRAM = "program"
    """Program the stopped pump and read back; it takes over from another one soon (F23)."""


RESTARTED = frozenset({OrderKind.CHANGE, OrderKind.RENEW})
"""What a running pump that is not gapless is stopped for, and started again (F15)."""


@dataclass(frozen=True, slots=True)
class PumpJoined:
    """The pump answered on a fresh connection; `away_long`: longer than automatic running survives."""

    identity: PumpIdentity
    away_long: bool
    pump: str


@dataclass(frozen=True, slots=True)
class PumpWentSilent:
    """The pump stopped answering."""

    reason: str
    long: bool
    pump: str


@dataclass(frozen=True, slots=True)
class PumpSeen:
    """A readback worth remembering, with what it says left the pump since the last one."""

    reading: PumpReading
    moved: Moved
    asked_ms: int
    pump: str


@dataclass(frozen=True, slots=True)
class SettingOrdered:
    """Rate and limit for the pump, always together. `step` and `solution` are what they are meant for."""

    order: int
    kind: OrderKind
    setting: PumpSetting
    step: int
    solution: str
    pump: str


@dataclass(frozen=True, slots=True)
class SettingConfirmed:
    """The order was read back as asked."""

    order: int
    pump: str


@dataclass(frozen=True, slots=True)
class SettingFailed:
    """The order was not read back as asked; what the pump has is uncertain until it is read again."""

    order: int
    reason: str
    pump: str


@dataclass(frozen=True, slots=True)
class SettingWithdrawn:
    """The order never went to the wire; what follows is decided anew."""

    order: int
    reason: str
    pump: str


@dataclass(frozen=True, slots=True)
class StopOrdered:
    """STOP to every pump of the bed, or to one of them; it stands at each until confirmed there."""

    reason: str
    pump: str = ""
    """The one that is stopped because another takes over; empty = every pump."""


@dataclass(frozen=True, slots=True)
class HandOverruled:
    """STOP was sent against a hand that gave more than approved; that happens once (F8)."""

    detail: str
    pump: str


@dataclass(frozen=True, slots=True)
class StopConfirmed:
    """The pump was read back stopped, or a named person says so."""

    by: str
    pump: str


@dataclass(frozen=True, slots=True)
class Disarmed:
    """The stopped pump holds the lowest rate and the smallest limit."""

    pump: str


@dataclass(frozen=True, slots=True)
class SwitchBegun:
    """The next step is another pump's, which is programmed; the one in charge is being stopped (F23)."""

    pump: str
    """The one that takes over."""


@dataclass(frozen=True, slots=True)
class TookOver:
    """Every pump stands, and another one is in charge from now on."""

    pump: str
