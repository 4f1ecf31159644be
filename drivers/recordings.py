"""A raw recording of a device's bytes as readings and a tally: what every `recording.py` makes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from drivers.values import UNITS, Measurement, Signal, Validity


@dataclass(frozen=True, slots=True)
class Reading:
    """One number or state a device said. `reason` is empty exactly where `valid`: nothing speaks against it.

    `at` is the device's own time as ISO 8601, with Z where it counts in UTC, without a zone where it is a
    wall clock; None where the wire carries no time. `value` is as sent, in `unit` ("" for a state), or None.
    `source` is what the device says it was taken from, where it says so.
    """

    at: str | None
    signal: str
    value: Decimal | str | None
    unit: str
    valid: bool
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Every frame of a recording once: accepted by kind, or rejected by reason."""

    accepted: Mapping[str, int]
    rejected: Mapping[str, int]


class Recording(Protocol):
    """Bytes of one device in, readings out; never raises, in bounded memory, however they are cut."""

    def feed(self, data: bytes) -> Sequence[Reading]:
        """The readings of the frames these bytes complete."""

    def finish(self) -> Sequence[Reading]:
        """The recording ends here: what is left of a frame is judged, and counted, too."""

    def tally(self) -> Tally:
        """What was counted so far."""


def reason_of(validity: Validity, detail: str = "") -> str:
    """Why a value does not count: the word of its validity and what the device says; empty if it counts."""
    if validity is Validity.VALID:
        return ""
    return f"{validity}: {detail}" if detail else str(validity)


def vital(signal: Signal, one: Measurement, at: str | None, *, detail: str = "", source: str = "") -> Reading:
    """A vital sign as its driver judged it; `detail` is what the device says where it does not count."""
    valid = one.validity is Validity.VALID
    reason = reason_of(one.validity, detail)
    return Reading(at, str(signal), one.value, UNITS[signal], valid, reason, source)


def utc(seconds: int) -> str | None:
    """Seconds since 1970 as ISO 8601 UTC; 0 is what a device sends that has no time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None
