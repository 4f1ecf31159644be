"""The feeds of a bed, as its file says; every path absolute."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from daemon.bed_schema_feeds import FeedsIn, Hl7In, MqttIn, TlsIn


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates; without `certificate` and `key` only the other side shows who it is."""

    ca: Path
    certificate: Path | None
    key: Path | None


@dataclass(frozen=True, slots=True)
class Hl7Entry:
    """An HL7 receiver; `tls` None = in the clear, for a network of its own."""

    host: str
    port: int
    device_id: str
    receiving_application: str
    receiving_facility: str
    tls: Tls | None


@dataclass(frozen=True, slots=True)
class MqttEntry:
    """A broker; `confirm`: stations must confirm every alarm within 5 s."""

    host: str
    port: int
    confirm: bool
    username: str | None
    password_file: Path | None
    tls: Tls | None


@dataclass(frozen=True, slots=True)
class Feeds:
    """Where the ward hears of this bed; None = there is no such feed."""

    mqtt: MqttEntry | None = None
    hl7: Hl7Entry | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The feeds whose silence is an alarm at the bed."""
        named = (("mqtt", self.mqtt), ("hl7", self.hl7))
        return tuple(name for name, entry in named if entry is not None)


def feeds_of(read: FeedsIn | None, folder: Path) -> Feeds:
    """The feeds of a bed file in this folder."""
    if read is None:
        return Feeds()
    mqtt = _mqtt(read.mqtt, folder) if read.mqtt is not None else None
    hl7 = _hl7(read.hl7, folder) if read.hl7 is not None else None
    return Feeds(mqtt, hl7)


def _mqtt(read: MqttIn, folder: Path) -> MqttEntry:
    password = folder / read.password_file if read.password_file is not None else None
    tls = tls_of(read.tls, folder)
    return MqttEntry(read.host, read.port, read.confirm == "required", read.username, password, tls)


def _hl7(read: Hl7In, folder: Path) -> Hl7Entry:
    return Hl7Entry(
        read.host,
        read.port,
        read.device_id,
        read.receiving_application,
        read.receiving_facility,
        tls_of(read.tls, folder),
    )


def tls_of(read: TlsIn | None, folder: Path) -> Tls | None:
    """Certificates named in a bed file of this folder."""
    if read is None:
        return None
    certificate = folder / read.certificate if read.certificate is not None else None
    key = folder / read.key if read.key is not None else None
    return Tls(folder / read.ca, certificate, key)
