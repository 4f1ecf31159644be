"""Link text, as a bed file writes it, taken apart. Pure.

TCP and UDP name an address, never a host name: no name server decides which device is meant, and none
that hangs can hold anything up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address


class LinkKind(StrEnum):
    """How a device is reached."""

    SERIAL = "serial"
    TCP = "tcp"
    UDP = "udp"
    LISTEN = "listen"
    MQTT = "mqtt"
    MEMORY = "memory"


WIRED = frozenset({LinkKind.SERIAL, LinkKind.TCP, LinkKind.MQTT, LinkKind.MEMORY})
"""What reaches a device with a serial port. UDP may lose and reorder, so it is never among them (F28)."""

SHAPES = "serial:PATH, tcp:ADDRESS:PORT, udp:ADDRESS:PORT, listen:ADDRESS:PORT, mqtt:TOPIC or memory:NAME"
_ENDPOINT = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<four>[^\[\]:]+)):(?P<port>[0-9]{1,5})")
_TOPIC = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_TOPIC_MAX = 200


@dataclass(frozen=True, slots=True)
class LinkText:
    """A link text that holds; `address` and `port` count for TCP and UDP only."""

    kind: LinkKind
    rest: str
    address: str = ""
    port: int = 0
    place: str = ""
    """What stands behind `#`: one of several devices behind one port, in the words of its model."""


def read_link(text: str) -> LinkText:
    """The parts of a link text; ValueError says what would be right."""
    port_text, _, place = text.partition("#")
    scheme, _, rest = port_text.partition(":")
    if scheme not in set(LinkKind) or not rest.strip():
        raise ValueError(f"link {text!r}: expected {SHAPES}")
    kind = LinkKind(scheme)
    if kind in (LinkKind.TCP, LinkKind.UDP, LinkKind.LISTEN):
        return replace(_endpoint(kind, text, rest), place=place)
    if kind is LinkKind.MQTT and not (_TOPIC.fullmatch(rest) and len(rest) <= _TOPIC_MAX):
        raise ValueError(
            f"link {text!r}: expected mqtt:TOPIC with letters, digits, '_', '.', '-', and '/' between levels"
        )
    return LinkText(kind, rest, place=place)


def _endpoint(kind: LinkKind, text: str, rest: str) -> LinkText:
    wanted = f"link {text!r}: expected {kind}:ADDRESS:PORT such as {kind}:192.168.7.20:4001"
    found = _ENDPOINT.fullmatch(rest)
    if found is None:
        raise ValueError(wanted)
    port = int(found["port"])
    if not 0 < port < 65_536:
        raise ValueError(f"{wanted}; a port is 1 to 65535")
    host = "127.0.0.1" if found["four"] == "localhost" else found["four"] or found["six"]
    try:
        address = ip_address(host)
    except ValueError:
        raise ValueError(f"{wanted}; {host!r} is no address, and names are not looked up") from None
    anywhere = address.is_unspecified and kind is not LinkKind.LISTEN
    if address.is_multicast or anywhere or (address.version == 6) is not bool(found["six"]):
        raise ValueError(f"{wanted}; {host!r} is not the address of one device")
    return LinkText(kind, rest, str(address), port)
