"""A real Mosquitto on a port of 127.0.0.1, to be killed, frozen, started again: `needs("mosquitto")`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.needs import path_of

READY_S = 20.0


def free_port() -> int:
    """A port nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Mosquitto:
    """`lines` go into its configuration; anonymous and without persistence unless they say otherwise."""

    def __init__(self, folder: Path, lines: Sequence[str] = (), *, anonymous: bool = True) -> None:
        self.port = free_port()
        self._config = folder / f"mosquitto-{self.port}.conf"
        usual = (f"listener {self.port} 127.0.0.1", f"allow_anonymous {str(anonymous).lower()}")
        text = [*usual, "persistence false", *lines]
        if os.geteuid() == 0:
            text.append("user root")
        self._config.write_text("\n".join(text) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        self._process = subprocess.Popen(
            [path_of("mosquitto"), "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end_s = time.monotonic() + READY_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < end_s, "mosquitto does not listen"
                assert self._process.poll() is None, "mosquitto ended"
                time.sleep(0.02)
            else:
                return

    def freeze(self) -> None:
        """Stop it without ending it: connections stay, nothing moves."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def reread(self) -> None:
        """Take its access rules from the file again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """End it at once; safe to call twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
