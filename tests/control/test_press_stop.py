"""STOP at the command line: what a person reads, and when, whatever the daemon does (F10)."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from daemon.cli import press_stop
from daemon.cli.main import main
from daemon.control.client import NoDaemon

SENT = {"ok": True, "answer": "STOP sent", "code": "", "phase": "held", "screen": 7}
BUSY_S = 0.5
"""What a busy machine may add."""
STOPS = [("hold",), ("abort",), ("reaction", "--grade", "severe")]


def status(stop_since_s: int | None, motion: str = "stopped") -> dict[str, Any]:
    pump = {"stop_since_s": stop_since_s, "motion": motion}
    return {"ok": True, "status": {"utc": "2026-01-01T10:00:09+00:00", "pumps": [pump]}}


@contextmanager
def daemon(path: Path, *answers: dict[str, Any] | None) -> Iterator[None]:
    """A daemon that gives these answers, one a connection, the last for ever; None = it says nothing."""
    told = list(answers)
    mute: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                return
            answer = told.pop(0) if len(told) > 1 else told[0]
            if answer is None:
                mute.append(connection)
                continue
            with connection, connection.makefile("rb") as asked:
                asked.readline()
                connection.sendall(json.dumps(answer).encode() + b"\n")

    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen(16)
        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)
            serving.join()
            for connection in mute:
                connection.close()


def press(path: Path, *words: str) -> tuple[int, str, float]:
    """Exit code, everything printed, seconds it took."""
    begun = time.monotonic()
    done = CliRunner().invoke(main, [*words, "--socket", str(path)])
    return done.exit_code, done.output, time.monotonic() - begun


@pytest.mark.parametrize("words", STOPS)
def test_f10_a_stop_says_sent_and_then_stopped(tmp_path: Path, words: tuple[str, ...]) -> None:
    """F10: sent at once, stopped only once the pump was read back standing."""
    path = tmp_path / "s"
    with daemon(path, SENT, status(0), status(0, "infusing"), status(None)):
        code, printed, _ = press(path, *words)
    assert (code, printed) == (0, f"STOP sent\n{press_stop.STOPPED}\n")


def test_f10_a_frozen_daemon_is_told_within_three_seconds(tmp_path: Path) -> None:
    """F10: the daemon is stopped by SIGSTOP while STOP is pressed: it takes the line and says nothing."""
    path = tmp_path / "s"
    heard: list[tuple[float, str]] = []
    begun = time.monotonic()
    with daemon(path, None):
        pressed = press_stop.Pressed(path, lambda text: heard.append((time.monotonic() - begun, text)))
        with pytest.raises(NoDaemon, match="press STOP on the pump, clamp the line"):
            pressed.send("hold", {})
    took_s = time.monotonic() - begun
    assert [text for _, text in heard] == [press_stop.HANDED_ON]
    assert heard[0][0] <= 1 + BUSY_S
    assert took_s <= 3 + BUSY_S


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with a tenth of the patience."""
    monkeypatch.setattr(press_stop, "SENT_MS", 100)
    monkeypatch.setattr(press_stop, "STOPPED_MS", 300)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("words", STOPS)
def test_f10_nobody_answers_a_stop(tmp_path: Path, words: tuple[str, ...]) -> None:
    """F10: every control that stops says what to do by hand, with and without a socket; exit 2."""
    nobody = press(tmp_path / "none", *words)
    with daemon(tmp_path / "s", None):
        frozen = press(tmp_path / "s", *words)
    for code, printed, _ in (nobody, frozen):
        assert code == 2
        assert "press STOP on the pump, clamp the line" in printed
    assert press_stop.HANDED_ON in frozen[1]


@pytest.mark.usefixtures("hasty")
def test_f10_a_pump_that_does_not_stop_is_told_within_three_seconds(tmp_path: Path) -> None:
    """F10: not confirmed since when, and what the hands do; exit 1."""
    with daemon(tmp_path / "s", SENT, status(3, "infusing")):
        code, printed, took_s = press(tmp_path / "s", "hold")
    assert code == 1
    assert "NOT CONFIRMED STOPPED since" in printed
    assert ":00:06: press STOP on the pump, clamp the line at the patient" in printed
    assert took_s <= press_stop.STOPPED_MS / 1000 + BUSY_S


@pytest.mark.usefixtures("hasty")
def test_f10_a_daemon_that_freezes_after_its_answer(tmp_path: Path) -> None:
    """F10: sent is not stopped: without a status the hands are told."""
    with daemon(tmp_path / "s", SENT, None):
        code, printed, _ = press(tmp_path / "s", "hold")
    assert code == 1
    assert printed.startswith("STOP sent\nNOT CONFIRMED STOPPED since")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("seen", "code", "stopped"),
    [(status(None), 0, True), (status(1), 1, False), (status(None, "kvo"), 0, None)],
)
def test_f10_json_says_whether_it_stopped(
    tmp_path: Path, seen: dict[str, Any], code: int, stopped: bool | None
) -> None:
    """F10: one JSON line with `stopped`; null where no STOP stands, as after the run."""
    with daemon(tmp_path / "s", SENT, seen):
        done, printed, _ = press(tmp_path / "s", "hold", "--json")
    assert done == code
    assert json.loads(printed) == {**SENT, "stopped": stopped}


@pytest.mark.usefixtures("hasty")
def test_a_refused_abort_waits_for_nothing(tmp_path: Path) -> None:
    """A run that is over is not aborted again: exit 1, no word of stopping."""
    with daemon(tmp_path / "s", {**SENT, "ok": False, "answer": "the run is aborted already"}):
        assert press(tmp_path / "s", "abort")[:2] == (1, "the run is aborted already\n")
