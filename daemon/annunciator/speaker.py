"""What really sounds: ALSA through aplay, or a command that closes a relay."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from typing import Protocol

from daemon.annunciator.burst import BURSTS, RATE_HZ, samples
from daemon.engine.alarms import Priority

SILENCE_MS = 50
SLACK_S = 2.0
"""A player that takes so much longer than its burst does not play."""


class Speaker(Protocol):
    """Sounds one burst and returns when it is over."""

    def sound(self, priority: Priority) -> str:
        """Why nothing was heard; empty = the burst was sent out whole."""

    def look(self) -> str:
        """Without a sound: why none could be made now, as far as that can be known."""


class Alsa:
    """The sound device of that ALSA name; the samples are made once."""

    def __init__(self, device: str) -> None:
        form = ("-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(RATE_HZ))
        self._command = ("aplay", "-q", "-D", device, *form)
        self._samples = {priority: samples(burst) for priority, burst in BURSTS.items()}

    def sound(self, priority: Priority) -> str:
        """Play the burst; what aplay says if it could not."""
        return _run(self._command, self._samples[priority], BURSTS[priority].length_ms)

    def look(self) -> str:
        """Open the device and play silence."""
        return _run(self._command, bytes(2 * RATE_HZ * SILENCE_MS // 1000), SILENCE_MS)


class Relay:
    """A command of the site, called for every burst with `high`, `medium` or `low`; it must end with 0."""

    def __init__(self, command: str) -> None:
        self._command = tuple(shlex.split(command))

    def sound(self, priority: Priority) -> str:
        """Run it; why it did not do its part."""
        return _run((*self._command, priority.value.lower()), b"", BURSTS[priority].length_ms)

    def look(self) -> str:
        """Nothing is known of what a relay closes; only its call tells."""
        return ""


def _run(command: Sequence[str], stdin: bytes, length_ms: int) -> str:
    try:
        done = subprocess.run(  # noqa: PLW1510 - its code is read below
            command, input=stdin, capture_output=True, timeout=length_ms / 1000 + SLACK_S
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]}: does not come to an end"
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return f"{command[0]}: {said[-1] if said else f'code {done.returncode}'}"
