"""What the documents leave open about an IntelliVue, and what is fitted to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SecondRequest(StrEnum):
    """What an association request does while there is an association."""

    REFUSE = "refuse"
    RESTART = "restart"


class LinkEnd(StrEnum):
    """How the last part of a linked reply comes."""

    LINKED = "linked"
    RESULT = "result"


class TrainSequence(StrEnum):
    """Whether the parts of one reply share a sequence number or have one each."""

    SHARED = "shared"
    EACH = "each"


class Renewal(StrEnum):
    """What the sequence does when an extended poll is asked for anew."""

    CONTINUES = "continues"
    RESTARTS = "restarts"


class SensorOff(StrEnum):
    """What a number looks like without its sensor; an alarm tells it in any case."""

    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    HELD = "held"
    """The last number stays, as good as before."""
    ABSENT = "absent"


class TimedOut(StrEnum):
    """How an association ends that nobody polls."""

    ABORT = "abort"
    SILENT = "silent"


class PressureUnit(StrEnum):
    """Of cuff and CO2."""

    MMHG = "mmhg"
    KPA = "kpa"


@dataclass(frozen=True, slots=True)
class IntelliVueOptions:
    """`start_unixtime` is its clock at body second 0, `start_ticks` its running time in 1/8 ms."""

    start_unixtime: int = 1_767_225_600
    start_ticks: int = 480_000
    co2_module: bool = True
    cuff_on_spo2_arm: bool = False
    """The SpO2 probe loses its pulse while the cuff is inflated (F31)."""
    monitor_serial: str = "DE72800001"
    bed_label: str = ""
    patient_id: str = ""
    """Empty: the monitor names nobody."""
    min_poll_ms: int = 0
    """What it grants; 0 = what is asked for. mdpnp's simulated monitor grants 60000."""
    extended_poll: bool = True
    """It offers it in the association."""
    confirmed_event: bool = True
    """The event that tells who it is asks for an answer."""
    second_request: SecondRequest = SecondRequest.REFUSE
    timed_out: TimedOut = TimedOut.ABORT
    link_end: LinkEnd = LinkEnd.LINKED
    link_count_from: int = 1
    link_objects: int = 3
    """Objects in one message; with more the reply is linked."""
    train_sequence: TrainSequence = TrainSequence.SHARED
    renewal: Renewal = Renewal.CONTINUES
    sensor_off: SensorOff = SensorOff.INVALID
    nibp_stamp: bool = True
    """The cuff's numbers carry the time of their measurement."""
    early_systolic: bool = True
    pressure_unit: PressureUnit = PressureUnit.MMHG
    announce: bool = True
    """On a network it tells that it is there while nobody is associated (Connect Indication, UDP 24005)."""
