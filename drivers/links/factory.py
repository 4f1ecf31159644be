"""Link text, as a bed file writes it, to a link."""

from __future__ import annotations

from drivers.interfaces import Link
from drivers.links.listen import ListenLink
from drivers.links.memory import plug
from drivers.links.serial import SerialLink
from drivers.links.tcp import TcpLink
from drivers.links.text import LinkKind, read_link
from drivers.links.udp import UdpLink


def open_link(text: str, *, baud: int, parity: str, rtscts: bool) -> Link:
    """The link `text` names, not yet opened; ValueError if the text names none.

    Baud rate, parity (N, E, O) and flow control belong to the device and count for serial ports only:
    a terminal server or a bridge has its own setting of them.
    """
    read = read_link(text)
    if read.place:
        raise ValueError(
            f"link {text!r}: only one device is behind this port, write it without #{read.place}"
        )
    match read.kind:
        case LinkKind.SERIAL:
            return SerialLink(read.rest, baud=baud, parity=parity, rtscts=rtscts)
        case LinkKind.MEMORY:
            return plug(read.rest).a
        case LinkKind.TCP:
            return TcpLink(read)
        case LinkKind.UDP:
            return UdpLink(read)
        case LinkKind.LISTEN:
            return ListenLink(read)
        case LinkKind.MQTT:
            raise ValueError(f"link {text!r}: a broker and a key belong to it, from the bed file's [mqtt]")
