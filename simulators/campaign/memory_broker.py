"""A broker in memory: what is retained, who hears what, and last wills, without a byte of MQTT."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self

import aiomqtt

from daemon.feeds.mqtt.client import Client


@dataclass(frozen=True, slots=True)
class Message:
    """As a subscriber gets it."""

    topic: str
    payload: bytes
    retain: bool


class MemoryBroker:
    """Keeps retained messages over its own outages, as a broker with a disk does."""

    def __init__(self) -> None:
        self.up = True
        self._retained: dict[str, bytes] = {}
        self._clients: list[MemoryClient] = []

    def client(
        self, _broker: object, _version: object, _refused: object, will: aiomqtt.Will | None = None
    ) -> MemoryClient:
        """One connection, to be entered."""
        return MemoryClient(self, will)

    def fail(self) -> None:
        """Everybody's connection breaks; wills are told to nobody."""
        self.up = False
        for one in tuple(self._clients):
            one.will = None
            one.cut()

    def join(self, client: MemoryClient) -> None:
        """A connection; MqttError where there is no broker."""
        if not self.up:
            raise aiomqtt.MqttError("connection refused")
        self._clients.append(client)

    def leave(self, client: MemoryClient) -> None:
        """It hung up without a word: its will is published."""
        if client in self._clients:
            self._clients.remove(client)
            if client.will is not None:
                self.publish(client.will.topic, client.will.payload, retain=client.will.retain)

    def publish(self, topic: str, payload: Any, *, retain: bool) -> None:
        """To everybody who hears it, and kept if asked."""
        data = bytes(payload)
        if retain and data:
            self._retained[topic] = data
        elif retain:
            self._retained.pop(topic, None)
        for one in self._clients:
            one.deliver(Message(topic, data, retain=False))

    def retained(self) -> list[Message]:
        """What a new subscription gets."""
        return [Message(topic, data, retain=True) for topic, data in self._retained.items()]


class MemoryClient(Client):
    """The part of a connection that feed and station use; `cut` ends it from outside."""

    def __init__(self, broker: MemoryBroker, will: aiomqtt.Will | None) -> None:
        self._to = broker
        self.will = will
        self.five = True
        self._heard: list[list[str]] = []
        self._arrived: asyncio.Queue[Message | None] = asyncio.Queue()
        self._cut = False

    async def __aenter__(self) -> Self:
        """Connect; MqttError where there is no broker."""
        await asyncio.sleep(0)
        self._to.join(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        self._to.leave(self)

    def cut(self) -> None:
        """The line is gone: whoever waits is told."""
        self._cut = True
        self._arrived.put_nowait(None)
        self._to.leave(self)

    def deliver(self, message: Message) -> None:
        """If it was subscribed to."""
        words = message.topic.split("/")
        if any(_matches(pattern, words) for pattern in self._heard):
            self._arrived.put_nowait(message)

    async def put(self, topic: str, data: bytes, **more: Any) -> bool:
        """Publish; MqttError once the line is gone."""
        await asyncio.sleep(0)
        if self._cut:
            raise aiomqtt.MqttError("disconnected")
        self._to.publish(topic, data, retain=bool(more.get("retain")))
        return True

    async def hear(self, topic: str) -> bool:
        """Subscribe; what is retained comes at once."""
        pattern = topic.split("/")
        self._heard.append(pattern)
        for message in self._to.retained():
            if _matches(pattern, message.topic.split("/")):
                self._arrived.put_nowait(message)
        await asyncio.sleep(0)
        return True

    @property
    def messages(self) -> Any:
        """What comes, until the line is gone: then MqttError."""
        return self._each()

    async def _each(self) -> AsyncIterator[Message]:
        while (message := await self._arrived.get()) is not None:
            yield message
        raise aiomqtt.MqttError("disconnected")


def _matches(pattern: list[str], words: list[str]) -> bool:
    for at, want in enumerate(pattern):
        if want == "#":
            return True
        if at >= len(words) or want not in ("+", words[at]):
            return False
    return len(pattern) == len(words)
