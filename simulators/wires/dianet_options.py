"""Where the DIANET-Star documents are silent, each reading is a named choice (facts: pumps 21)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class StoppedRate(StrEnum):
    """The rate STATUS shows while the motor stands."""

    ZERO = "zero"
    SET = "set"


class EventClear(StrEnum):
    """When request bits and the alarm bits 14 and 16 go: once read, or at the next write or silence."""

    READ = "read"
    ACK = "ack"


class Choice(StrEnum):
    """Whether the pump does as asked."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Remaining(StrEnum):
    """What STATUS calls the remaining VTBD: what is left, or the volume since it was last set."""

    REMAINDER = "remainder"
    SINCE_SET = "since_set"


class Reentry(StrEnum):
    """What CC_MODE into a remote mode does to a running motor."""

    KEEPS = "keeps"
    STOPS = "stops"


class AddressZero(StrEnum):
    """Whether IDENT and CC_MODE to address 00 are answered always, or only while no address is assigned."""

    ALWAYS = "always"
    UNASSIGNED = "unassigned"


class CrcNakSegment(StrEnum):
    """The segment byte of a NAK to a frame with a wrong checksum."""

    ECHO = "echo"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class DianetOptions:
    """The pump's identity, limits (mL/h, mL) and readings."""

    device_type: int = 202
    serial: int = 12345
    protocol: int = 0x000E
    software: str = "IFM A12345"
    start_unixtime: int = 1_000_000_000
    link_timeout_s: float = 1.2
    rate_min_ml_h: Decimal = Decimal("0.1")
    local_rate_max_ml_h: Decimal = Decimal("999.9")
    vtbd_max_ml: Decimal = Decimal("9999.9")
    stopped_rate: StoppedRate = StoppedRate.ZERO
    event_clear: EventClear = EventClear.READ
    target_running: Choice = Choice.ACCEPTED
    clear_running: Choice = Choice.REFUSED
    remaining: Remaining = Remaining.REMAINDER
    reentry: Reentry = Reentry.KEEPS
    address_zero: AddressZero = AddressZero.ALWAYS
    crc_nak_segment: CrcNakSegment = CrcNakSegment.ECHO
    limit_end_leaves_remote: bool = False
    """Reaching the VTBD drops the pump to mode 0 (facts: pumps 4.5)."""

    @property
    def identnr(self) -> int:
        """Bits 0-17 serial, 18-31 type."""
        return self.device_type << 18 | self.serial & 0x3FFFF
