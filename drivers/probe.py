"""Asking who is there without touching anything: what every model's `probe.py` has, and what it may use.

A `probe.py` holds `LONGEST_S`, `QUESTIONS`, `may_send(data)`, the allow-list of everything its probe may ever
write, and `async def probe(link)`, which opens the link, learns who answers and closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from drivers.errors import DeviceError
from drivers.interfaces import Link


@dataclass(frozen=True, slots=True)
class Found:
    """Who answered, in its own words; empty where it does not say. `limits` are stated by this device."""

    name: str
    serial: str = ""
    firmware: str = ""
    protocol: str = ""
    limits: Mapping[str, Decimal] = field(default_factory=dict)


class Probe(Protocol):
    """What a model's `probe.py` is; it never sends what could move a motor or change a setting."""

    LONGEST_S: float
    """It is over after this."""
    QUESTIONS: Sequence[bytes]
    """What it sends where nobody answers; empty where it only listens."""

    def may_send(self, data: bytes) -> bool:
        """Whether the probe may write exactly these bytes."""

    async def probe(self, link: Link) -> Found | None:
        """Who answers as this model, None if nobody does; DeviceError if the link cannot be used."""


class Forbidden(AssertionError):
    """A probe tried to write what is not on its model's allow-list; nothing was sent."""


class Muzzled:
    """A link that writes only what the allow-list of a probe lets pass."""

    def __init__(self, link: Link, may_send: Callable[[bytes], bool]) -> None:
        self._link = link
        self._may_send = may_send
        self.sent: list[bytes] = []

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return self._link.name

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """As the link's own."""
        await self._link.open(on_bytes, on_lost)

    def write(self, data: bytes) -> None:
        """As the link's own; Forbidden, and nothing sent, if the list does not hold these bytes."""
        if not self._may_send(data):
            raise Forbidden(f"{self.name}: a probe may not send {data.hex()}")
        self.sent.append(data)
        self._link.write(data)

    async def close(self) -> None:
        """As the link's own."""
        await self._link.close()
