"""A BCC rack played by hand: what it says to each request is set by the test, block by block."""

from __future__ import annotations

import asyncio
from typing import Any

from drivers.errors import DeviceError
from drivers.links.memory import NullModem
from drivers.pumps.bcc.driver import Bcc
from tests.drivers import bcc_wire as wire

ACK, NAK = b"\x06", b"\x15"
PUMP = {**wire.STANDING, **wire.SINGLE}


class Peer:
    """`replies` maps a request to its blocks; each 06 brings the next one, 15 the last one again."""

    def __init__(self, cable: NullModem) -> None:
        self.link = cable.b
        self.heard: list[tuple[float, bytes]] = []
        self.said_s: list[float] = []
        self.lose = 0
        self.damage = 0
        self.hold = False
        self.held: list[bytes] = []
        self.replies = {wire.ALIVE: [wire.ACCEPTED], wire.VERSION: [wire.VERSION_REPLY]}
        self.show(PUMP)
        self._left: list[bytes] = []
        self._last = b""

    async def seen(self) -> list[bytes]:
        """What was heard, without its times, and with what was written last."""
        await asyncio.sleep(0.01)
        return [data for _, data in self.heard]

    def show(self, values: dict[str, str], *, address: str = "50111", blocks: int = 1) -> None:
        """These values in answer to MEM:GETSLOT#11, in so many blocks."""
        names = list(values)
        size = -(-len(names) // blocks)
        parts = [{name: values[name] for name in names[at : at + size]} for at in range(0, len(names), size)]
        infos = [wire.records(part, address=address) for part in parts]
        self.replies[wire.GET_SLOT] = [wire.block(info, last=info is infos[-1]) for info in infos]

    async def open(self) -> None:
        """Listen."""
        await self.link.open(self._hear, self._lost)

    def say(self, data: bytes) -> None:
        """Out on the wire, unless it is held, lost or damaged."""
        now_s = asyncio.get_running_loop().time()
        if self.hold:
            self.held.append(data)
        elif self.lose:
            self.lose -= 1
        else:
            if self.damage:
                self.damage -= 1
                data = data[:20] + bytes([data[20] ^ 1]) + data[21:]
            self.said_s.append(now_s)
            self.link.write(data)

    def release(self) -> None:
        """Say what was held, late."""
        self.hold = False
        held, self.held = self.held, []
        for data in held:
            self.link.write(data)

    def _lost(self, error: DeviceError) -> None:
        self.held.clear()

    def _hear(self, data: bytes) -> None:
        self.heard.append((asyncio.get_running_loop().time(), data))
        if data == NAK:
            self.say(self._last)
            return
        if data != ACK:
            self._left = list(self.replies.get(data, []))
        if self._left:
            self._last = self._left.pop(0)
            self.say(self._last)


async def plugged(**options: Any) -> tuple[Bcc, Peer]:
    """A driver that is not connected yet, and its rack."""
    cable = NullModem("rack")
    peer = Peer(cable)
    await peer.open()
    return Bcc(cable.a, **{"slot": "11", **options}), peer


async def connected(**options: Any) -> tuple[Bcc, Peer]:
    """A connected driver and its rack, which has forgotten what it heard."""
    pump, peer = await plugged(**options)
    await pump.connect()
    await peer.seen()
    peer.heard.clear()
    peer.said_s.clear()
    return pump, peer
