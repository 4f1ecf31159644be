"""One process of this host for each network port of a device: what a serial port's lock is, for sockets."""

from __future__ import annotations

import errno
import socket

from drivers.errors import LinkLost


def claim(name: str) -> socket.socket:
    """Hold the link `name` until the socket is closed or the process ends; LinkLost if another has it."""
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0infusiond/{name}")
    except OSError as error:
        held.close()
        what = "in use by another program of this host" if error.errno == errno.EADDRINUSE else str(error)
        raise LinkLost(f"{name}: {what}") from error
    return held
