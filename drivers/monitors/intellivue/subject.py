"""Who the monitor is and whom it says it watches. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from drivers.monitors.intellivue.attributes import (
    BED_LABEL,
    MODEL,
    PATIENT_ID,
    SPECIFICATION,
    attributes_of,
    model_of,
    serial_of,
    text_of,
)
from drivers.monitors.intellivue.capabilities import CAPABILITIES
from drivers.monitors.intellivue.polls import Observation
from drivers.monitors.intellivue.reader import Reader
from drivers.values import MonitorIdentity


@dataclass(frozen=True, slots=True)
class System:
    """The monitor in its own words; empty where it does not say."""

    model: str
    serial: str
    bed_label: str

    @property
    def identity(self) -> MonitorIdentity:
        """For those who compare it with the one that was there before."""
        words = (
            self.model,
            self.serial and f"serial number {self.serial}",
            self.bed_label and f"bed label {self.bed_label}",
        )
        return MonitorIdentity(CAPABILITIES.model, ", ".join(word for word in words if word))


def system_of(created: bytes) -> System:
    """Out of the event in which the monitor tells who it is; BadFrame where it cannot be read."""
    reader = Reader(created)
    reader.take(6)
    attributes = attributes_of(reader)
    reader.end()
    empty = bytes(4)
    return System(
        model_of(attributes.get(MODEL, empty)),
        serial_of(attributes.get(SPECIFICATION, empty)),
        text_of(Reader(attributes.get(BED_LABEL, empty))),
    )


def patient_of(found: Iterable[Observation]) -> str:
    """The patient's identifier; empty where the monitor has none."""
    for one in found:
        data = one.attributes.get(PATIENT_ID)
        if data is not None:
            return text_of(Reader(data))
    return ""
