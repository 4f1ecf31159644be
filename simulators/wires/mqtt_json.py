"""A gateway that publishes a patient's signs as JSON, one message each; on a wire, one line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from simulators.bodies.patient import Patient

WAKE_MIN_S: Final = 0.001
KPA: Final = 7.50062


class Stamp(StrEnum):
    """How a message says its time."""

    ISO = "iso"
    MS = "ms"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MqttJsonOptions:
    """What publishers do differently."""

    json_time: Stamp = Stamp.ISO
    json_kpa: bool = False
    """Pressures in kPa."""
    json_retain: bool = False
    """Every message is kept by the broker."""


class MqttJson:
    """Publishes each signal every `interval_s` body seconds, dated by `utc`. It listens to nobody."""

    model = "mqtt-json"
    bytes_per_s = 100_000
    interval_s = Decimal(5)

    def __init__(
        self,
        patient: Patient,
        options: MqttJsonOptions | None = None,
        speed: Decimal = Decimal(1),
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.patient = patient
        self.options = options or MqttJsonOptions()
        self.on: set[str] = set()
        self._speed = speed
        self._utc = utc
        self._due_s = Decimal(0)

    def receive(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002 - it listens to nobody
        """Whatever the host sends, only what is due is said."""
        return self.tick(now_s)

    def tick(self, now_s: float) -> bytes:  # noqa: ARG002 - it speaks by the patient's clock
        """One line for each message, when due."""
        elapsed_s = self.patient.elapsed_s
        if elapsed_s < self._due_s:
            return b""
        self._due_s = elapsed_s + self.interval_s
        return b"" if "mute" in self.on else b"".join(map(self._line, self._values()))

    def wake_s(self, now_s: float) -> float | None:
        """When the next messages are due, on the link's clock."""
        return now_s + max(WAKE_MIN_S, float((self._due_s - self.patient.elapsed_s) / self._speed))

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """`mute`: nothing is published; `off`: null for every value; `doubt`: quality is "bad"."""

        def switch(name: str) -> Callable[[bool], None]:
            return lambda on: (self.on.add if on else self.on.discard)(name)

        return {name: switch(name) for name in ("mute", "off", "doubt")}

    def _values(self) -> list[tuple[str, float, str]]:
        now = self.patient.vitals
        scale, pressure = (KPA, "kPa") if self.options.json_kpa else (1.0, "mmHg")
        return [
            ("hr", round(now.hr), "1/min"),
            ("spo2", round(now.spo2), "%"),
            ("rr", round(now.rr), "1/min"),
            ("temp", round(now.temp, 1), "degC"),
            ("etco2", round(now.etco2 / scale, 2), pressure),
        ]

    def _line(self, one: tuple[str, float, str]) -> bytes:
        topic, value, unit = one
        said: dict[str, object] = {"value": None if "off" in self.on else value, "unit": unit}
        said["quality"] = "bad" if "doubt" in self.on else "good"
        now = self._utc()
        if self.options.json_time is Stamp.ISO:
            said["time"] = now.isoformat()
        elif self.options.json_time is Stamp.MS:
            said["time"] = int(now.timestamp() * 1000)
        line = {"topic": topic, "retain": int(self.options.json_retain), "payload": json.dumps(said)}
        return json.dumps(line).encode() + b"\n"
