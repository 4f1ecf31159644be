"""A broker in the event loop that can be slow, freeze, vanish, and say again what it heard."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable, Iterator

from drivers.errors import LinkLost
from drivers.links.mqtt.stream import Seal

SHARED = Seal(bytes(range(32)), f"ward/pump-{os.getpid()}")
"""One program of a host has a topic: other runs of the tests have others."""
NAME = f"mqtt:{SHARED.topic}"


def now_ms() -> int:
    """The loop's time; virtual in these tests."""
    return int(asyncio.get_running_loop().time() * 1000)


def later_ms() -> int:
    """The clock of another host."""
    return now_ms() + 86_400_000


def sessions(first: int) -> Callable[[], bytes]:
    """Sessions that are never the same."""
    numbers: Iterator[int] = itertools.count(first << 64)
    return lambda: next(numbers).to_bytes(16, "big")


class FakePipe:
    """One client of the broker."""

    def __init__(
        self,
        broker: FakeBroker,
        topics: tuple[str, ...],
        on_message: Callable[[str, bytes, bool], None],
        on_lost: Callable[[LinkLost], None],
    ) -> None:
        self.broker = broker
        self.topics = topics
        self.on_message = on_message
        self.on_lost = on_lost
        self.over = False

    def send(self, topic: str, payload: bytes) -> None:
        if self.over:
            raise LinkLost("fake broker: not connected")
        self.broker.published(topic, payload)

    def stop(self, last: tuple[str, bytes] | None = None) -> None:
        if not self.over and last is not None:
            self.broker.published(*last)
        self.over = True
        self.broker.pipes.discard(self)

    async def stopped(self) -> None:
        await asyncio.sleep(0)


class FakeBroker:
    """`delay_s` for each message; `frozen` keeps them all; `up` False turns everybody away."""

    def __init__(self) -> None:
        self.pipes: set[FakePipe] = set()
        self.up = True
        self.frozen = False
        self.delay_s = 0.005
        self.kept: list[tuple[str, bytes]] = []
        self.heard: list[tuple[str, bytes]] = []
        self.connections = 0

    def connect(
        self,
        topics: tuple[str, ...],
        *,
        on_ready: Callable[[], None],
        on_message: Callable[[str, bytes, bool], None],
        on_lost: Callable[[LinkLost], None],
    ) -> FakePipe:
        pipe = FakePipe(self, topics, on_message, on_lost)
        loop = asyncio.get_running_loop()
        self.connections += 1
        if not self.up:
            pipe.over = True
            loop.call_soon(on_lost, LinkLost("fake broker: connection refused"))
        else:
            self.pipes.add(pipe)
            if not self.frozen:
                loop.call_soon(on_ready)
        return pipe

    def published(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))
        if self.frozen:
            self.kept.append((topic, payload))
        else:
            asyncio.get_running_loop().call_later(self.delay_s, self.deliver, topic, payload)

    def deliver(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        for pipe in tuple(self.pipes):
            if topic in pipe.topics and not pipe.over:
                pipe.on_message(topic, payload, retained)

    def die(self) -> None:
        """As if killed: every client sees it at once."""
        self.up = False
        for pipe in tuple(self.pipes):
            self.pipes.discard(pipe)
            if not pipe.over:
                pipe.over = True
                pipe.on_lost(LinkLost("fake broker: gone"))

    def thaw(self) -> None:
        """Go on, with everything that was kept meanwhile."""
        self.frozen = False
        kept, self.kept = self.kept, []
        for topic, payload in kept:
            self.deliver(topic, payload)
