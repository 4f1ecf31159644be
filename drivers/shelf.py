"""What is the same for every model on the shelf: the folder of its code, how its serial line is set."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from drivers.probe import Probe
from drivers.recordings import Recording


@dataclass(frozen=True, slots=True)
class SerialLine:
    """How the device's serial port is set; 8 data bits, 1 stop bit."""

    baud: int
    parity: str = "N"
    rtscts: bool = False

    def __str__(self) -> str:
        """As people write it: 9600 8N1."""
        return f"{self.baud} 8{self.parity}1{' RTS/CTS' if self.rtscts else ''}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a model stands. `folder` is its package, which has `recording.py` and `probe.py`.

    `line` is None for a device without a serial port.
    """

    folder: str
    line: SerialLine | None


def recording_of(shelf: Shelf) -> Recording:
    """A new decoder of the model's recordings."""
    recording: Recording = import_module(f"{shelf.folder}.recording").Recording()
    return recording


def probe_of(shelf: Shelf) -> Probe:
    """How the model is asked who it is."""
    probe: Probe = import_module(f"{shelf.folder}.probe")
    return probe
