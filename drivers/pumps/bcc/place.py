"""Where behind a port a pump stands: `#SLOT` and `@BAUD` at the end of a link text. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.pumps.bcc.records import slot_named

BAUDS = (9600, 19200, 38400, 57600, 115200)
"""What a rack can be set to; the first is its default."""


@dataclass(frozen=True, slots=True)
class Place:
    """A slot, None = the rack is searched, and the baud rate of the rack's serial port."""

    slot: str | None
    baud: int


def place_of(link_text: str) -> tuple[str, Place]:
    """The port and the place of `serial:/dev/ttyUSB0#11@19200`; ValueError says what would be right."""
    port, _, place = link_text.partition("#")
    slot, at, baud = place.partition("@")
    if at and baud not in map(str, BAUDS):
        rates = ", ".join(map(str, BAUDS))
        raise ValueError(f"link {link_text!r}: baud rate {baud!r}: expected one of {rates}")
    return port, Place(slot_named(slot) if slot else None, int(baud) if at else BAUDS[0])
