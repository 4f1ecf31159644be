"""What can go wrong between us and a device; every driver raises these and nothing else."""

from __future__ import annotations


class DeviceError(Exception):
    """A device or its wire failed; the message names the device, the exchange and what was seen."""


class LinkLost(DeviceError):
    """The port is gone or cannot be opened."""


class NoReply(DeviceError):
    """Nothing usable came back inside the reply limit."""


class BadFrame(DeviceError):
    """Bytes arrived that are no frame of this device."""


class Refused(DeviceError):
    """The device answered no. `code` is its own code, `reason` a word of ours."""

    def __init__(self, message: str, *, code: int | str, reason: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class OutOfRange(DeviceError):
    """A value this device cannot take exactly; nothing was sent."""


class WrongDevice(DeviceError):
    """Somebody answered, but not the device the bed file names."""


class Overtaken(DeviceError):
    """The request waited behind a STOP and was thrown away unsent."""


class HalfProgrammed(DeviceError):
    """One of two writes took and the other cannot be proved to have: the run is held (F15)."""
