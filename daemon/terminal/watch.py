"""The live view: on a terminal a screen four times a second, elsewhere one line a second."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NoReturn

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from daemon.clock import Clock, SystemClock
from daemon.terminal.bell import Bell
from daemon.terminal.hearing import Hearing
from daemon.terminal.live import screen
from daemon.terminal.silence import silence_line, silence_screen
from daemon.terminal.ticker import ticker_line

_FRAME_S = 0.125
_LINE_S = 1.0
_LEAST = (80, 24)
_UNREADABLE = "this view cannot read what the daemon says"


def watch_forever(socket: Path) -> int:
    """Show the bed until Ctrl-C; exit code 0. Silence of the daemon is shown within 1 s."""
    clock = SystemClock()
    console = Console(highlight=False, markup=False)
    bell = Bell(console.bell, _why_no_bell(console))
    hearing = Hearing(socket, clock, bell, _place())
    hearing.start()
    try:
        if console.is_terminal:
            _on_screen(console, hearing, clock, bell)
        else:
            _in_lines(hearing, clock, bell)
    except KeyboardInterrupt:
        return 0


def _why_no_bell(console: Console) -> str:
    """Why nothing can be heard from this view; empty = its terminal has a bell."""
    if not console.is_terminal:
        return "this view is no terminal"
    return "this terminal says it can do nothing but text" if console.is_dumb_terminal else ""


def _place() -> str:
    """The terminal's name, and the process: two views are two annunciators."""
    try:
        terminal = os.ttyname(1)
    except OSError:
        terminal = "no terminal"
    return f"view on {terminal} ({os.getpid()})"


def _on_screen(console: Console, hearing: Hearing, clock: Clock, bell: Bell) -> NoReturn:
    pause = threading.Event()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            width, height = console.size
            now_ms = clock.wire_ms()
            lines = frame(hearing, width, height, now_ms)
            live.update(Group(*lines), refresh=True)
            bell.beat(hearing.audible(), now_ms)
            pause.wait(_FRAME_S)


def frame(hearing: Hearing, width: int, height: int, beat_ms: int) -> list[Text]:
    """One picture: the bed if there is word of it, else the alarm that there is none."""
    seen, why = hearing.live(), hearing.why
    if seen is not None:
        try:
            lines = screen(seen, width, height, beat_ms)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            why = f"{_UNREADABLE}: {error!r}"
        else:
            return [_cut(line, width) for line in lines]
    last = hearing.last.status if hearing.last is not None and why == hearing.why else None
    lines = silence_screen(hearing.since, hearing.quiet_s, why, last, width, height, beat_ms)
    return [_cut(line, width) for line in lines]


def _cut(line: Text, width: int) -> Text:
    line.no_wrap = True
    line.truncate(width, overflow="ellipsis")
    return line


def _in_lines(hearing: Hearing, clock: Clock, bell: Bell) -> NoReturn:
    pause = threading.Event()
    while True:
        pause.wait(_LINE_S)
        print(line_of(hearing), flush=True)
        bell.beat(hearing.audible(), clock.wire_ms())


def line_of(hearing: Hearing) -> str:
    """One second in one line."""
    seen = hearing.live()
    return silence_line(hearing.since) if seen is None else ticker_line(seen)
