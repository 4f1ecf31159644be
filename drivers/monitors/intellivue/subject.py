"""Who the monitor is and whom it says it watches. Pure."""

from __future__ import annotations

from collections.abc import Iterable

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


def identity_of(created: bytes) -> MonitorIdentity:
    """Out of the event in which the monitor tells who it is; BadFrame where it cannot be read."""
    reader = Reader(created)
    reader.take(6)
    attributes = attributes_of(reader)
    reader.end()
    words = []
    if MODEL in attributes:
        words.append(model_of(attributes[MODEL]))
    if SPECIFICATION in attributes and (serial := serial_of(attributes[SPECIFICATION])):
        words.append(f"serial number {serial}")
    if BED_LABEL in attributes and (label := text_of(Reader(attributes[BED_LABEL]))):
        words.append(f"bed label {label}")
    return MonitorIdentity(CAPABILITIES.model, ", ".join(word for word in words if word))


def patient_of(found: Iterable[Observation]) -> str:
    """The patient's identifier; empty where the monitor has none."""
    for one in found:
        data = one.attributes.get(PATIENT_ID)
        if data is not None:
            return text_of(Reader(data))
    return ""
