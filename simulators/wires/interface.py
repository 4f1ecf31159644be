"""The shape of a wire: one device's bytes, with the time of the link handed in."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class Wire(Protocol):
    """Times are seconds of the link's clock; the body behind it has been moved up to `now_s` already."""

    model: str
    bytes_per_s: int
    """What the model's serial line carries."""

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the host; returns what the device answers at once. Any bytes are survived."""

    def tick(self, now_s: float) -> bytes:
        """Let link timers act; returns what the device says unasked."""

    def wake_s(self, now_s: float) -> float | None:
        """When `tick` is wanted next; None = only after the next bytes."""


@runtime_checkable
class Split(Protocol):
    """A wire that says several messages at once, each of which is a datagram on a network."""

    def split(self, data: bytes) -> list[bytes]:
        """What it said, message by message; as it is where its line has no messages."""
