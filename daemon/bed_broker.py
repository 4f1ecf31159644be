"""The `[links]` table of a bed file: the broker and the key behind its `mqtt:` links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from daemon.protocols.faults import Fault
from daemon.protocols.numbers import refusal
from daemon.protocols.parse import Raw
from daemon.protocols.section import Section, Text
from drivers.links.text import read_link


def _broker(value: str) -> str:
    """An address and a port, written as in a `tcp:` link."""
    try:
        read_link(f"tcp:{value}")
    except ValueError:
        problem = "this is no address with a port, and names are not looked up"
        raise refusal("broker", problem, 'write such as "10.3.0.5:8883"') from None
    return value


class LinksIn(Section):
    """The broker of this bed's `mqtt:` links; without `ca` the connection is not encrypted."""

    broker: Annotated[Text, AfterValidator(_broker)] = Field(
        description='address and port of the broker, such as broker = "10.3.0.5:8883"'
    )
    key_file: Text | None = None
    """The key both ends of a wire share; none is needed where messages are only listened to."""
    ca: Text | None = None
    server_name: Text | None = None
    cert: Text | None = None
    cert_key: Text | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.ca is None and (self.server_name or self.cert or self.cert_key):
            remedy = "name the file of the authority that signed the broker's certificate"
            raise refusal("tls", "without it nothing is encrypted or checked", remedy, key="ca")
        if (self.cert is None) is not (self.cert_key is None):
            raise refusal("tls", "a certificate and its key belong together", "name both", key="cert")
        return self


@dataclass(frozen=True, slots=True)
class BrokerEntry:
    """The broker of a bed; paths are absolute, and the key is read when the daemon starts."""

    address: str
    port: int
    key_file: str | None
    folder: Path
    ca: Path | None
    server_name: str
    cert: Path | None
    cert_key: Path | None


def broker_entry(read: LinksIn | None, folder: Path) -> BrokerEntry | None:
    """The entry of a table that holds."""
    if read is None:
        return None
    at = read_link(f"tcp:{read.broker}")
    return BrokerEntry(
        at.address,
        at.port,
        read.key_file,
        folder,
        folder / read.ca if read.ca is not None else None,
        read.server_name or at.address,
        folder / read.cert if read.cert is not None else None,
        folder / read.cert_key if read.cert_key is not None else None,
    )


def broker_faults(file: str, data: Raw, wires: list[str], heard: list[str]) -> Iterator[Fault]:
    """A bed with an `mqtt:` link and no broker, or with a wire over it and no key; `heard` needs none."""
    wired = any(link.startswith("mqtt:") for link in wires)
    table = data.get("links")
    if table is None and (wired or any(link.startswith("mqtt:") for link in heard)):
        problem = "an mqtt link needs the broker" + (" and the key" if wired else "")
        yield Fault(file, "links", "", problem, "add a [links] table with broker and key_file", "missing")
    elif wired and isinstance(table, dict) and "key_file" not in table:
        problem = "the two ends of an mqtt link share a key"
        remedy = 'such as key_file = "pump-1.key" or "credential:pump-1"'
        yield Fault(file, "links.key_file", "", problem, remedy, "missing")
