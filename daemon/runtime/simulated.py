"""Is the far end of a link a simulator? It proves it outside the device protocol (F36).

A terminal's token is a socket file beside its path; a port's is an abstract socket of the same network
namespace, which only the process that has the port on 127.0.0.1 opens. Behind a broker on 127.0.0.1 a bridge
of this host answers for its device, and names itself: only sessions with that bridge are taken. No other host
is ever asked.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from daemon import exact_json
from drivers.links.text import LinkKind, read_link

PROOF_SUFFIX = ".sim"
LOOPBACK = "127.0.0.1"
TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What a simulator says of itself; `speed` scales its body time."""

    model: str
    speed: int
    instance: bytes = b""
    """How the sessions of the bridge begin that answered; empty without one."""


def mqtt_door(topic: str) -> str:
    """Where the bridge of this host that carries a topic answers."""
    return f"\0infusiond-sim/mqtt:{topic}"


def prove(link: str, broker: str = "", *, heard: bool = False) -> Proof | None:
    """The proof of the simulator behind a link; None if there is none to be had.

    `broker`: the address of an `mqtt:` link's; `heard`: its messages are only listened to, without a bridge.
    """
    read = read_link(link)
    if read.kind in (LinkKind.TCP, LinkKind.UDP) and read.address == LOOPBACK:
        device = f"{read.kind}:{read.port}"
        answer = _ask(f"\0infusiond-sim/{device}")
    elif read.kind is LinkKind.SERIAL and Path(read.rest).resolve().is_relative_to("/dev/pts"):
        device = str(Path(read.rest).resolve())
        answer = _ask(f"{Path(read.rest)}{PROOF_SUFFIX}")
    elif read.kind is LinkKind.MQTT and broker == LOOPBACK:
        device = f"mqtt:{read.rest}"
        answer = _ask(mqtt_door(read.rest))
        if not heard and not answer.get("instance"):
            return None
    else:
        return None
    if answer.get("simulator") != "infusiond-sim" or answer.get("device") != device:
        return None
    speed, instance = answer.get("speed"), _instance(answer.get("instance", ""))
    if type(speed) is not int or speed < 1 or instance is None:
        return None
    return Proof(str(answer.get("model")), speed, instance)


def _instance(given: object) -> bytes | None:
    try:
        return bytes.fromhex(str(given))
    except ValueError:
        return None


def _ask(address: str) -> dict[str, object]:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(address)
            connection.sendall(b'{"do": "prove"}\n')
            line = connection.makefile("rb").readline(4096)
        answer = exact_json.loads(line)
    except (OSError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}
