"""Link text, as a bed file writes it, to a link."""

from __future__ import annotations

from drivers.interfaces import Link
from drivers.links.memory import plug
from drivers.links.serial import SerialLink


def open_link(text: str, *, baud: int, parity: str, rtscts: bool) -> Link:
    """The link `text` names, not yet opened; ValueError if the text names none.

    Baud rate, parity (N, E, O) and flow control belong to the device and count for serial ports only.
    """
    scheme, _, rest = text.partition(":")
    if scheme == "serial" and rest:
        return SerialLink(rest, baud=baud, parity=parity, rtscts=rtscts)
    if scheme == "memory" and rest:
        return plug(rest).a
    raise ValueError(f"link {text!r}: expected serial:PATH or memory:NAME")
