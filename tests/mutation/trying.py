"""One mutant in a forked process, with a limit of CPU time, which no load of the machine shortens."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

KILLED, TIMED_OUT, SURVIVED = "killed", "timed out", "survived"
NOT_HERE, BROKEN = "not here", "broken"
"""It must be tried cold; the runner itself failed, which is no verdict."""
MEMORY_B = 4 << 30
SPARE_S = 5
TIMES = 10
WALL_S = 1800


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant; the test that killed it, or how many it survived."""

    word: str
    test: str
    tests: int
    cpu_s: float


Say = Callable[[str, str, int], None]


def forked(work: Callable[[Say, Path], None]) -> Verdict:
    """Run `work` in a child, which says one verdict; a child that dies of the limit has timed out."""
    folder = Path(tempfile.mkdtemp(prefix="mutant-"))
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        _work(work, sender, folder)
    os.close(sender)
    try:
        status, used = _waited(child)
        with os.fdopen(receiver, "rb") as pipe:
            told = pipe.read().decode().split("\t")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if len(told) == 3:
        return Verdict(told[0], told[1], int(told[2]), used)
    late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}
    return Verdict(TIMED_OUT if late else BROKEN, "", 0, used)


def _waited(child: int) -> tuple[int, float]:
    end = time.monotonic() + WALL_S
    while True:
        found, status, used = os.wait4(child, os.WNOHANG)
        if found:
            return status, round(used.ru_utime + used.ru_stime, 3)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.005)


def _work(work: Callable[[Say, Path], None], sender: int, folder: Path) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_B, MEMORY_B))
    limit(SPARE_S)

    def say(word: str, test: str, tests: int) -> None:
        os.write(sender, f"{word}\t{test.replace(chr(9), chr(32))}\t{tests}".encode())
        os._exit(0)

    try:
        work(say, folder)
        say(BROKEN, "", 0)
    except BaseException as error:  # noqa: BLE001 - told to the parent, which shows it
        say(BROKEN, f"{type(error).__name__}: {error}", 0)


def limit(more_s: float) -> None:
    """So much CPU time from now on."""
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + more_s) + 1, resource.RLIM_INFINITY))


def first_failure(items: Sequence[pytest.Item], cpu_s: dict[str, float], say: Say) -> None:
    """Run the tests until one fails, and say so."""
    for number, (item, following) in enumerate(_pairs(items), 1):
        limit(SPARE_S + TIMES * cpu_s.get(item.nodeid, 1))
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            say(KILLED, item.nodeid, number)
    say(SURVIVED, "", len(items))


def _pairs(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=False)
