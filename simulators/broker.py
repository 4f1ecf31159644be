"""A publisher's end at a broker on 127.0.0.1: each line a wire says is published as the message it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable

import aiomqtt

from drivers.errors import DeviceError, LinkLost
from simulators.proof import beside_port
from simulators.tcp import HOST


class BrokerEnd:
    """A Link that only publishes, below `topic`. While the broker is away, messages are lost."""

    def __init__(self, port: int, topic: str) -> None:
        self.port = port
        self.topic = topic
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(maxsize=64)
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """As the command line writes it."""
        return f"mqtt:{self.port}/{self.topic}"

    @property
    def terminal(self) -> str:
        """What a daemon listens to."""
        return f"mqtt:{self.topic}"

    @property
    def proof_at(self) -> str:
        """Where its proof socket is."""
        return beside_port(self.terminal)

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:  # noqa: ARG002 - it only publishes
        """Connect; LinkLost when there is no broker."""
        connected = asyncio.get_running_loop().create_future()
        self._task = asyncio.get_running_loop().create_task(self._publish(connected, on_lost))
        await connected

    def write(self, data: bytes) -> None:
        """One message for each line."""
        for line in data.splitlines():
            with contextlib.suppress(asyncio.QueueFull):
                self._waiting.put_nowait(line)

    async def close(self) -> None:
        """Leave the broker."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _publish(self, connected: asyncio.Future[None], on_lost: Callable[[DeviceError], None]) -> None:
        try:
            async with aiomqtt.Client(HOST, self.port, timeout=2) as client:
                connected.set_result(None)
                while True:
                    line = json.loads(await self._waiting.get())
                    topic = f"{self.topic}/{line['topic']}"
                    await client.publish(topic, line["payload"], retain=bool(line["retain"]))
        except aiomqtt.MqttError as error:
            lost = LinkLost(f"{self.name}: {error}")
            if connected.done():
                on_lost(lost)
            else:
                connected.set_exception(lost)
