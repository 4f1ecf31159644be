"""A TCP port of this host that nobody has."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Free a moment ago: who takes it is its owner."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
