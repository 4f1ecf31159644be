"""A bed whose programs are forked from a process that has read them, where a thousand beds are to die."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import TimeoutExpired

from tests.system.bed import Bed, Running

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.crash.preload"])
MODULES = {"infusiond": "daemon.cli.main", "infusiond-sim": "simulators.cli"}
"""What is behind the programs of pyproject.toml."""


class ForkedBed(Bed):
    """As a bed of started programs is, in all that is seen from outside."""

    def _start(self, name: str, program: str, *words: str) -> Running:
        if program == sys.executable:
            _, program, *rest = words
            words = tuple(rest)
        arguments = (program, words, self.env, self.folder / f"{name}.log")
        process = SERVER.Process(target=_play, args=arguments)
        process.start()
        return Forked(process)


class Forked:
    """Spoken to as a started program is."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """None while it lives."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same, asked anew."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Until it has ended; TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired(str(self._process.name), timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, sig: int) -> None:
        """To a process that may have ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, sig)


def _play(program: str, words: Sequence[str], env: Mapping[str, str], log: Path) -> None:
    null, out = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for source, target in ((null, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    os.environ.update(env)
    sys.argv = [program, *words]
    import_module(MODULES.get(program, program)).main()
