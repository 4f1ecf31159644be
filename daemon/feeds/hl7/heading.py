"""What every message begins with: header, patient, place. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from daemon.feeds.hl7.text import ENCODING, components, segment, subcomponents

VERSION = "2.6"
_IHE = "1.3.6.1.4.1.19376.1.6.1."


class Transaction(Enum):
    """MSH-9 and MSH-21 of what is sent: IHE PCD-01, PCD-04 and PCD-10."""

    NUMERICS = (("ORU", "R01", "ORU_R01"), "IHE_PCD_001", "1.1")
    ALERT = (("ORU", "R40", "ORU_R40"), "IHE_PCD_ACM_001", "4.1")
    INFUSION = (("ORU", "R42", "ORU_R01"), "IHE_PCD_010", "10.1")


@dataclass(frozen=True, slots=True)
class Bed:
    """Who sends, to whom, and where the patient lies; as the bed file says it."""

    site: str
    unit: str
    bed: str
    device_id: str
    """EUI-64 of this host as 16 hex digits: what makes an id of ours unique in the world."""
    application: str = "INFUSIOND"
    receiving_application: str = ""
    receiving_facility: str = ""

    @property
    def sender(self) -> str:
        """MSH-3."""
        return components(self.application, self.device_id, "EUI-64")

    @property
    def place(self) -> str:
        """PV1-3: point of care, room, bed, facility."""
        return components(self.unit, "", self.bed, self.site)

    def ours(self, number: str) -> str:
        """An id that we gave, as EI."""
        return components(number, self.application, self.device_id, "EUI-64")

    def our_parent(self, number: str) -> str:
        """The same as the filler's part of OBR-29."""
        return "^" + subcomponents(number, self.application, self.device_id, "EUI-64")


def stamp(at: datetime) -> str:
    """HL7 DTM with milliseconds and offset ((A) H6)."""
    offset = at.strftime("%z") or "+0000"
    return f"{at:%Y%m%d%H%M%S}.{at.microsecond // 1000:03d}{offset}"


def heading(
    bed: Bed, what: Transaction, control_id: str, at: datetime, patient: str, *, simulated: bool
) -> list[str]:
    """MSH, PID, PV1. `patient` empty = nobody has matched the wristband: PID-3 stays empty ((A) H5).

    A simulation says so in MSH-11: training, never production (F36).
    """
    kind, profile, tail = what.value
    header = segment(
        "MSH",
        ENCODING,
        bed.sender,
        components(bed.site),
        components(bed.receiving_application),
        components(bed.receiving_facility),
        stamp(at),
        "",
        components(*kind),
        components(control_id),
        "T" if simulated else "P",
        VERSION,
        "",
        "",
        "AL",
        "NE",
        "",
        "UNICODE UTF-8",
        "",
        "",
        components(profile, "IHE PCD", _IHE + tail, "ISO"),
    )
    who = components(patient, "", "", bed.site, "MR") if patient else ""
    return [header, segment("PID", "", "", who, "", "^^^^^^U"), segment("PV1", "", "I", bed.place)]


def observation(
    number: int,
    kind: str,
    what: str,
    where: str,
    value: str = "",
    unit: str = "",
    status: str = "R",
    at: str = "",
    equipment: str = "",
) -> str:
    """OBX; every argument is encoded already."""
    before = ("", "", "", "", status, "", "", at, "", "", "", equipment)
    return segment("OBX", str(number), kind, what, where, value, unit, *before)
