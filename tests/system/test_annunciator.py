"""F9 as shipped: the annunciator in a process of its own, the daemon killed, frozen and hung beside it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon.annunciator.burst import BURSTS, samples
from daemon.engine.alarms import Priority
from tests.needs import needs
from tests.system.bed import READY_S, Bed

HEARD_S = 5.0


@contextmanager
def bed_with(folder: Path, *options: str) -> Iterator[Bed]:
    """A run whose only sound is `infusiond annunciator`."""
    with Bed(folder) as bed:
        bed.annunciator.close()
        bed.start_simulator()
        box = bed._start("annunciator", "infusiond", "annunciator", "--socket", str(bed.socket), *options)
        try:
            bed.start_daemon()
            yield bed
        finally:
            box.terminate()
            assert box.wait(timeout=10) == 0


def heard_within(grown: Callable[[], int], what: str) -> None:
    """Something sounds within five seconds that was not heard before."""
    before, begin = grown(), time.monotonic()
    while grown() == before:
        assert time.monotonic() - begin < HEARD_S, f"nothing sounds within {HEARD_S} s: {what}"
        time.sleep(0.02)


def relay(folder: Path) -> tuple[str, Callable[[], int]]:
    """A relay that notes its calls, and how often it was told HIGH."""
    log = folder / "relay.log"
    command = folder / "relay"
    command.write_text(f'#!/bin/sh\necho "$1" >> {log}\n')
    command.chmod(0o755)
    return str(command), lambda: log.read_text().split().count("high") if log.exists() else 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_f9_a_dead_or_frozen_daemon_is_heard_within_five_seconds(number: int, tmp_path: Path) -> None:
    """F9: by itself, from a run that was started on nothing but this sound."""
    command, high = relay(tmp_path)
    with bed_with(tmp_path, "--relay", command) as bed:
        bed.begin()
        assert bed.status() is not None
        assert bed.daemon is not None
        bed.daemon.send_signal(number)
        heard_within(high, "the daemon is gone")
        if number == signal.SIGSTOP:
            bed.daemon.send_signal(signal.SIGCONT)


def test_f9_without_a_sound_no_run_starts(tmp_path: Path) -> None:
    """F9: a relay that does not close is no annunciator."""
    with bed_with(tmp_path, "--relay", "false") as bed:
        bed.until_status(lambda s: s["pump"]["motion"] is not None, "the pump is read")
        assert bed.act("confirm_sound")["ok"] is False
        assert bed.act("start", witness="Bob")["ok"] is False


@needs("aplay")
def test_f9_through_alsa_the_whole_burst_reaches_the_device(tmp_path: Path) -> None:
    """F9: a real ALSA device that writes what it is given to a file."""
    wave = tmp_path / "wave.raw"
    with bed_with(tmp_path, "--alsa", f"file:FILE={wave},FORMAT=raw") as bed:
        bed.until_status(lambda s: s["sound"], "the test tone went out", within_s=READY_S)
        high = samples(BURSTS[Priority.HIGH])
        assert wave.read_bytes()[: len(high)] == high
