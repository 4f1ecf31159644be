"""What the two ends of an `mqtt:` link need of a broker, and how they share a topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.errors import LinkLost

TICK_S = 0.1


class Pipe(Protocol):
    """One connection to a broker."""

    def send(self, topic: str, payload: bytes) -> None:
        """Hand one message on without waiting; LinkLost if it is not taken."""

    def stop(self, last: tuple[str, bytes] | None = None) -> None:
        """Over now; what waits is void, except one last message. Safe to call twice."""

    async def stopped(self) -> None:
        """Wait, not long, until the last message has gone."""


class Connect(Protocol):
    """Begins a connection, subscribed to these topics; nothing is told before it returns."""

    def __call__(
        self,
        topics: tuple[str, ...],
        *,
        on_ready: Callable[[], None],
        on_message: Callable[[str, bytes, bool], None],
        on_lost: Callable[[LinkLost], None],
    ) -> Pipe:
        """`on_message(topic, payload, retained)`; `on_lost` at most once, and never after `stop`."""


def down(topic: str) -> str:
    """Where the daemon speaks to the bridge."""
    return f"{topic}/down"


def up(topic: str) -> str:
    """Where the bridge speaks to the daemon."""
    return f"{topic}/up"
