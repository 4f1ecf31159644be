"""Word to systemd: ready, alive, stopping (sd_notify datagrams); silent where there is no systemd."""

from __future__ import annotations

import os
import socket


class Notifier:
    """Sends to NOTIFY_SOCKET if there is one; a word nobody takes is dropped, never waited for."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")

    def ready(self, status: str) -> None:
        """The service takes commands."""
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self, status: str) -> None:
        """The supervising loop has just turned; feeds the watchdog."""
        self._send(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """An orderly stop has begun."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.sendto(message.encode(), socket.MSG_DONTWAIT, address)
        except OSError:
            return
