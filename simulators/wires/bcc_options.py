"""Where the BCC document is silent or a rack can be set up one way or the other (facts: pumps 5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class AlarmStyle(StrEnum):
    """One parameter for each alarm and mode, or bit words in their place."""

    SINGLE = "single"
    WORDS = "words"


class BlockCut(StrEnum):
    """A block ends between two records, or after so many bytes wherever that is."""

    RECORDS = "records"
    BYTES = "bytes"


class AddressStyle(StrEnum):
    """How an address names a slot from 10 on."""

    LETTER = "letter"
    DIGITS = "digits"


class StandingRate(StrEnum):
    """What INRT shows of a pump that stands."""

    SET = "set"
    ZERO = "zero"


class Vtbi(StrEnum):
    """What INVTB shows: what was set, or what remains of it."""

    SET = "set"
    REMAINS = "remains"


class NoLimit(StrEnum):
    """What INVTB shows where no volume was set."""

    NO_VALUE = "nv"
    ZERO = "zero"


class WrongBed(StrEnum):
    """What a request to another bed gets."""

    ERROR = "error"
    SILENCE = "silence"


class Hasty(StrEnum):
    """What a MEM:GET gets that comes sooner than 0.5 s after the last cycle."""

    IGNORED = "ignored"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class BccOptions:
    """The rack, its first pump and how they talk. Slots are pillar 1-3 and slot 1-9, A-O."""

    bcc_bed: str = "BED01"
    bcc_version: str = "V3.30"
    bcc_slot: str = "11"
    """Where the bed's first pump stands; its other pumps and the neighbours follow."""
    bcc_neighbours: int = 0
    """Pumps of the same rack that run for somebody else."""
    bcc_serial: str = "123456"
    bcc_model: str = "688"
    bcc_drug: str = "CARBOPLATIN 2,4 µg"
    bcc_stuffing: bool = False
    bcc_alarms: AlarmStyle = AlarmStyle.SINGLE
    bcc_padded: bool = False
    """INA03 instead of INA3."""
    bcc_address: AddressStyle = AddressStyle.LETTER
    bcc_block_bytes: int = 500
    """The most information in one block."""
    bcc_cut: BlockCut = BlockCut.RECORDS
    bcc_synchronised: bool = False
    """All values of a reply are of one moment."""
    bcc_volume_lag_s: Decimal = Decimal(1)
    """Volumes are read from the pump this often, rate and state at every block; 0 = at every block too."""
    bcc_standing_rate: StandingRate = StandingRate.SET
    bcc_vtbi: Vtbi = Vtbi.SET
    bcc_no_limit: NoLimit = NoLimit.NO_VALUE
    bcc_empty_slot: int = 41
    """The error code for a slot without a pump."""
    bcc_wrong_bed: WrongBed = WrongBed.ERROR
    bcc_hasty: Hasty = Hasty.IGNORED
    bcc_cyclic_s: Decimal = Decimal(0)
    """Cyclic mode: the rack sends unasked this often, and at once when rate or state change. 0 = off."""
    bcc_delay_s: Decimal = Decimal("0.05")
    """What the rack takes to answer."""
