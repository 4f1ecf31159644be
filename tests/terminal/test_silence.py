"""A daemon that says nothing is an alarm within 1 s, and old numbers never look live."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from daemon import exact_json
from daemon.terminal import hearing as hearing_module
from daemon.terminal.bell import Bell
from daemon.terminal.figures import time_of_day
from daemon.terminal.hearing import Hearing
from daemon.terminal.watch import _on_screen, frame, line_of, watch_forever
from tests.terminal import beds

START = datetime.fromisoformat(beds.UTC)


class HandClock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.ms = 5_000_000
        self.boot = "virtual"
        self.synchronised = True

    def now_ms(self) -> int:
        return self.ms

    def wire_ms(self) -> int:
        return self.ms

    def utc(self) -> datetime:
        return START + timedelta(milliseconds=self.ms - 5_000_000)


@contextmanager
def daemon_saying(folder: Path, *lines: bytes) -> Iterator[Path]:
    """A socket that answers one `watch` with these lines and hangs up."""
    path = folder / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                assert json.loads(connection.makefile("rb").readline())["verb"] == "watch"
                for line in lines:
                    connection.sendall(line)

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


def word(utc: datetime = START, **changes: Any) -> bytes:
    seen = beds.seen(beds.RUNNING, utc=utc.isoformat(timespec="seconds"), **changes)
    return exact_json.dumps({"ok": True, "status": seen}).encode() + b"\n"


def heard(tmp_path: Path, clock: HandClock, *lines: bytes) -> Hearing:
    with daemon_saying(tmp_path, *lines) as path:
        hearing = Hearing(path, clock)
        hearing.attend()
    return hearing


def shown(hearing: Hearing, clock: HandClock, width: int = 80, height: int = 24) -> str:
    lines = [line.plain for line in frame(hearing, width, height, clock.ms)]
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    return "\n".join(lines)


def test_a_word_is_shown_until_the_next_three_are_missing(tmp_path: Path) -> None:
    clock = HandClock()
    hearing = heard(tmp_path, clock, word())
    hearing.why = ""
    clock.ms += hearing_module.SILENT_MS
    assert "AUTOMATIC · infusing" in shown(hearing, clock)
    clock.ms += 1
    told = shown(hearing, clock)
    assert f"NO WORD FROM THE DAEMON since {time_of_day(START)}" in told
    assert "look at the pump" in told


def test_silence_is_noticed_within_a_second() -> None:
    assert hearing_module.SILENT_MS + 125 < 1000


def test_f10_silence_says_what_the_hands_do() -> None:
    clock = HandClock()
    told = shown(Hearing(Path("/nowhere"), clock), clock)
    assert "PRESS STOP ON THE PUMP" in told
    assert "CLAMP THE DRUG LINE AT THE PATIENT. DO NOT FLUSH THROUGH IT." in told
    assert "Nothing has been heard since this view was opened." in told


def test_old_numbers_never_look_live(tmp_path: Path) -> None:
    clock = HandClock()
    hearing = heard(tmp_path, clock, word())
    told = shown(hearing, clock)
    assert "█" not in told
    assert "72" not in told.replace(time_of_day(START), "")
    for row in told.splitlines():
        if "step 9" in row or "mL" in row or "SIMULATED" in row:
            assert row.startswith("NOT LIVE")


def test_a_daemon_that_hangs_up_is_silent_at_once(tmp_path: Path) -> None:
    clock = HandClock()
    hearing = heard(tmp_path, clock, word())
    assert hearing.live() is None
    assert "the daemon hung up" in shown(hearing, clock)


def test_words_said_long_ago_are_not_live(tmp_path: Path) -> None:
    """A view that stood still finds old words in its socket."""
    clock = HandClock()
    clock.ms += 10_000
    hearing = heard(tmp_path, clock, word())
    hearing.why = ""
    assert hearing.last is None
    assert hearing.live() is None


def test_a_new_word_ends_the_silence(tmp_path: Path) -> None:
    clock = HandClock()
    hearing = heard(tmp_path, clock, word())
    assert hearing.live() is None
    hearing._hear(beds.seen(beds.RUNNING))
    assert hearing.live() is not None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"ok": true, "sta', "a broken word"),
        (b'{"ok": true, "status": {}}\n', "a broken word"),
        (b'{"ok": false, "answer": "unknown verb"}\n', "unknown verb"),
    ],
)
def test_a_word_that_is_none_is_silence(tmp_path: Path, line: bytes, why: str) -> None:
    clock = HandClock()
    hearing = heard(tmp_path, clock, line)
    assert hearing.live() is None
    assert why in " ".join(shown(hearing, clock).split())


def test_no_daemon_at_all() -> None:
    hearing = Hearing(Path("/nowhere"), HandClock())
    hearing.attend()
    assert "no infusiond answers" in hearing.why


def test_a_status_the_view_cannot_read_is_an_alarm_not_a_crash() -> None:
    clock = HandClock()
    hearing = Hearing(Path("/nowhere"), clock)
    hearing._hear({"utc": beds.UTC, "mode": "AUTOMATIC"})
    told = shown(hearing, clock)
    assert "NO WORD FROM THE DAEMON" in told
    assert "cannot read what the daemon says" in told


def test_silence_is_in_alarm_colours() -> None:
    clock = HandClock()
    hearing = Hearing(Path("/nowhere"), clock)
    for beat in (0, 300):
        lines = frame(hearing, 80, 24, beat)
        assert any("NO WORD" in line.plain and "red" in str(line.style) for line in lines)


def test_one_line_a_second_without_a_terminal() -> None:
    clock = HandClock()
    hearing = Hearing(Path("/nowhere"), clock)
    assert line_of(hearing).startswith("NO WORD FROM THE DAEMON since")
    hearing._hear(beds.seen(beds.RUNNING))
    assert "AUTOMATIC · infusing" in line_of(hearing)
    clock.ms += 1000
    assert line_of(hearing).startswith("NO WORD FROM THE DAEMON since")


def test_ctrl_c_is_a_good_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Hearing, "start", lambda _: None)
    monkeypatch.setattr("daemon.terminal.watch._in_lines", interrupted)
    assert watch_forever(Path("/nowhere")) == 0


def test_on_a_terminal_the_view_fills_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = HandClock()
    pictures: list[tuple[Any, ...]] = []
    hearing = Hearing(Path("/nowhere"), clock)
    clock.ms += hearing_module.SOUND_MS
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=24, markup=False)

    def counted(*given: Any) -> list[Text]:
        if len(pictures) == 2:
            raise KeyboardInterrupt
        pictures.append(given)
        return frame(*given)

    monkeypatch.setattr("daemon.terminal.watch.frame", counted)
    with pytest.raises(KeyboardInterrupt):
        _on_screen(console, hearing, clock, Bell(console.bell))
    assert "\x07" in out.getvalue()
    assert [given[1:3] for given in pictures] == [(80, 24), (80, 24)]
    assert "NO WORD FROM THE DAEMON" in out.getvalue()
    assert out.getvalue().endswith("\x1b[?1049l"), "the terminal is given back"


def test_clock_times_are_local() -> None:
    at = datetime(2026, 1, 1, 12, 0, 3, tzinfo=UTC)
    assert time_of_day(at) == f"{at.astimezone():%H:%M:%S}"
