"""An Asena played by hand: exact command bytes to exact reply bytes, typed from the recordings."""

from __future__ import annotations

import asyncio

from drivers.errors import DeviceError
from drivers.links.memory import NullModem
from drivers.pumps.alaris_asena.driver import AlarisAsena
from drivers.values import PumpIdentity

ESC = b"\x1b"
SERIAL = b"!INST_SERIALNO|457D\r"
SERIAL_REPLY = b"!INST_SERIALNO^8002-51740|050B\r"
OTHER_SERIAL_REPLY = b"!INST_SERIALNO^8002-51733|ACFF\r"
PROTOCOL = b"!COMMS_PROTOCOL|E8DA\r"
PROTOCOL_REPLY = b"!COMMS_PROTOCOL^Asena Rev 2.1.5|661A\r"
LONGEST = b"!COMMS_RESPONSE_MAX|7E29\r"
LONGEST_REPLY = b"!COMMS_RESPONSE_MAX^4000^ms|DFDF\r"
CONTROL = b"!REMOTE_CTRL^ENABLED^3CC1|B1F1\r"
OTHER_CONTROL = b"!REMOTE_CTRL^ENABLED^9535|FB2F\r"
CONTROL_REPLY = b"!REMOTE_CTRL^ENABLED^****^PERMIT^0^ms|7BB0\r"
CONFIG = b"!REMOTE_CFG^ENABLED^3CC1|EE4F\r"
LEAVE = b"!REMOTE_CTRL^DISABLED|EF95\r"
LEAVE_REPLY = b"!REMOTE_CTRL^DISABLED^****^PERMIT^0^ms|3C5D\r"
LEAVE_CONFIG = b"!REMOTE_CFG^DISABLED|F4B1\r"
SYRINGE = b"!SYRINGE_STATUS|4102\r"
SYRINGE_REPLY = b"!SYRINGE_STATUS^BD PLASTIPAK^ 50^CONF|1CF8\r"
RATE_MAX = b"!INF_RATE_MAX_SYRINGE|8F30\r"
RATE_MAX_REPLY = b"!INF_RATE_MAX_SYRINGE^1200.00^ml/h|8575\r"
STATUS = b"!INF|4961\r"
STATUS_REPLY = b"!INF^8002-51733^A^HLD^0.00^ml/h^^0.969^ml^530.15^mmHg^00:04:09^EVENT^214725|DB9D\r"
RATE = b"!INF_RATE|8E6D\r"
RATE_REPLY = b"!INF_RATE^3.50^ml/h|3885\r"
SET_RATE_LOW = b"!INF_RATE^0.1^ml/h|B775\r"
SET_RATE_LOW_REPLY = b"!INF_RATE^0.10^ml/h|D407\r"
SET_RATE = b"!INF_RATE^12.5^ml/h|EDB4\r"
SET_RATE_REPLY = b"!INF_RATE^12.50^ml/h|EEB8\r"
LIMIT = b"!INF_VTBI|8456\r"
SET_LIMIT = b"!INF_VTBI^ACTIV^11.000^ml^STOP|4433\r"
NO_LIMIT = b"!INF_VTBI^DEACT|D8C5\r"
VOLUME = b"!INF_VI|B42C\r"
CLEAR_VOLUME = b"!INF_VI_CLEAR|A706\r"
BOLUS = b"!INF_BOLUS^ENABLED|E288\r"
START = b"!INF_START|38F3\r"
STOP = b"!INF_STOP|CD57\r"
ALARM = b"!ALARM|50B2\r"
ALARM_REPLY = b"!ALARM^AL_NOALM^ ^ |C73B\r"

COMMANDS = {
    ("INST_SERIALNO",): SERIAL,
    ("COMMS_PROTOCOL",): PROTOCOL,
    ("COMMS_RESPONSE_MAX",): LONGEST,
    ("REMOTE_CTRL", "ENABLED", "3CC1"): CONTROL,
    ("REMOTE_CTRL", "ENABLED", "9535"): OTHER_CONTROL,
    ("REMOTE_CFG", "ENABLED", "3CC1"): CONFIG,
    ("REMOTE_CTRL", "DISABLED"): LEAVE,
    ("REMOTE_CFG", "DISABLED"): LEAVE_CONFIG,
    ("SYRINGE_STATUS",): SYRINGE,
    ("INF_RATE_MAX_SYRINGE",): RATE_MAX,
    ("INF",): STATUS,
    ("INF_RATE",): RATE,
    ("INF_RATE", "0.1", "ml/h"): SET_RATE_LOW,
    ("INF_RATE", "12.5", "ml/h"): SET_RATE,
    ("INF_VTBI",): LIMIT,
    ("INF_VTBI", "ACTIV", "11.000", "ml", "STOP"): SET_LIMIT,
    ("INF_VTBI", "DEACT"): NO_LIMIT,
    ("INF_VI",): VOLUME,
    ("INF_VI_CLEAR",): CLEAR_VOLUME,
    ("INF_BOLUS", "ENABLED"): BOLUS,
    ("INF_START",): START,
    ("INF_STOP",): STOP,
    ("ALARM",): ALARM,
}
REPLIES = {
    ("COMMS_PROTOCOL", "Asena Rev 2.1.5"): PROTOCOL_REPLY,
    ("INST_SERIALNO", "8002-51740"): SERIAL_REPLY,
    ("INST_SERIALNO", "8002-51733"): OTHER_SERIAL_REPLY,
    ("COMMS_RESPONSE_MAX", "4000", "ms"): LONGEST_REPLY,
    ("REMOTE_CTRL", "ENABLED", "****", "PERMIT", "0", "ms"): CONTROL_REPLY,
    ("REMOTE_CTRL", "DISABLED", "****", "PERMIT", "0", "ms"): LEAVE_REPLY,
    ("SYRINGE_STATUS", "BD PLASTIPAK", " 50", "CONF"): SYRINGE_REPLY,
    ("INF_RATE_MAX_SYRINGE", "1200.00", "ml/h"): RATE_MAX_REPLY,
    tuple(STATUS_REPLY[1:-6].decode().split("^")): STATUS_REPLY,
    ("INF_RATE", "3.50", "ml/h"): RATE_REPLY,
    ("INF_RATE", "0.10", "ml/h"): SET_RATE_LOW_REPLY,
    ("INF_RATE", "12.50", "ml/h"): SET_RATE_REPLY,
    ("INF_START",): START,
    ("INF_STOP",): STOP,
    ("ALARM", "AL_NOALM", " ", " "): ALARM_REPLY,
}
"""Every frame of the document; INF_START and INF_STOP are echoed."""


def wire(text: str) -> bytes:
    """A frame around a text: the check bit by bit, as the document puts it in words."""
    register = 0xFFFF
    for byte in text.encode("latin-1"):
        register ^= byte << 8
        for _ in range(8):
            register = ((register << 1) ^ 0x1021) & 0xFFFF if register & 0x8000 else register << 1
    return f"!{text}|{register:04X}\r".encode("latin-1")


def status(
    mode: str = "HLD",
    rate: str = "0.00",
    volume: str = "0.969",
    log: int = 1,
    *,
    flag: str = "-",
    serial: str = "8002-51740",
) -> bytes:
    """An INF reply."""
    return wire(f"INF^{serial}^{flag}^{mode}^{rate}^ml/h^^{volume}^ml^5.00^mmHg^24+^EVENT^{log}")


def limit(volume: str = "11.000") -> bytes:
    """An INF_VTBI reply; no volume is inactive."""
    return wire(f"INF_VTBI^ACTIV^{volume}^ml^STOP" if volume else "INF_VTBI^^0.000^ml^STOP")


class Peer:
    """The pump end of a cable; a reply comes `late_s` after its command, `lose` drops so many of them."""

    def __init__(self, cable: NullModem) -> None:
        self.link = cable.b
        self.seen: list[bytes] = []
        self.at: list[float] = []
        self.late_s = 0.0
        self.lose = 0
        self.obeys: dict[bytes, tuple[bytes, bytes]] = {}
        """A command, and the question that is answered otherwise from then on."""
        self.replies: dict[bytes, bytes | None] = {
            SERIAL: SERIAL_REPLY,
            PROTOCOL: PROTOCOL_REPLY,
            LONGEST: LONGEST_REPLY,
            CONTROL: CONTROL_REPLY,
            CONFIG: wire("REMOTE_CFG^ENABLED^****^PERMIT^0^ms"),
            LEAVE: LEAVE_REPLY,
            LEAVE_CONFIG: wire("REMOTE_CFG^DISABLED^****^PERMIT^0^ms"),
            SYRINGE: SYRINGE_REPLY,
            RATE_MAX: RATE_MAX_REPLY,
            STATUS: status(),
            RATE: SET_RATE_REPLY,
            SET_RATE: SET_RATE_REPLY,
            LIMIT: limit(),
            SET_LIMIT: limit(),
            START: START,
            STOP: STOP,
            ALARM: ALARM_REPLY,
        }

    async def open(self) -> None:
        """Listen."""
        await self.link.open(self._heard, _lost)

    def _heard(self, data: bytes) -> None:
        command = data.lstrip(ESC)
        if not command:
            return
        self.seen.append(data)
        loop = asyncio.get_running_loop()
        self.at.append(loop.time())
        if command in self.obeys:
            question, changed = self.obeys[command]
            self.replies[question] = changed
        reply = self.replies.get(command)
        if reply is None:
            return
        if self.lose:
            self.lose -= 1
        elif self.late_s:
            loop.call_later(self.late_s, self.link.write, reply)
        else:
            self.link.write(reply)

    def times(self, command: bytes) -> list[float]:
        """When this command came."""
        return [at for at, seen in zip(self.at, self.seen, strict=True) if seen.lstrip(ESC) == command]


def _lost(error: DeviceError) -> None:
    """Nothing is held."""


async def again(pump: AlarisAsena, peer: Peer) -> PumpIdentity:
    """A new connection to the same pump."""
    await pump.close()
    await settle()
    await peer.open()
    return await pump.connect()


async def settle() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def connected(expected_serial: str | None = None) -> tuple[AlarisAsena, Peer, PumpIdentity]:
    """A driver in remote control, its peer, and who answered."""
    cable = NullModem("asena")
    peer = Peer(cable)
    await peer.open()
    pump = AlarisAsena(cable.a, expected_serial=expected_serial)
    identity = await pump.connect()
    return pump, peer, identity
