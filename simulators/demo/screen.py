"""Where the story is shown: a log that scrolls above a live picture, or plain lines without control codes."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simulators.demo import picture
from simulators.demo.picture import Seen

PLAIN_WIDTH = 100
WHO = 6
PLAIN_EVERY_S = 5.0


class Who(StrEnum):
    """Who says or does it."""

    STORY = "story"
    NURSE = "nurse"
    DAEMON = "daemon"
    BED = "bed"


STYLES = {Who.STORY: "bold", Who.NURSE: "cyan", Who.DAEMON: "green", Who.BED: "magenta"}


class Screen:
    """A context; `hint` stands at the foot of the picture."""

    def __init__(self) -> None:
        terminal = sys.stdout.isatty()
        self.console = Console(highlight=False, markup=False, emoji=False, force_terminal=terminal)
        self.hint = ""
        self._time = ""
        self._shown_s = 0.0
        self._live: Live | None = None
        if not terminal or self.console.is_dumb_terminal:
            self.console = Console(
                highlight=False, markup=False, emoji=False, force_terminal=False, width=PLAIN_WIDTH
            )
        else:
            self._live = Live(console=self.console, auto_refresh=False, transient=True)

    def ring(self) -> None:
        """A tone, where there is a terminal."""
        if self._live is not None:
            self.console.bell()

    def open(self) -> None:
        """Begin the live picture."""
        if self._live is not None:
            self._live.start()

    def close(self) -> None:
        """Take the picture away; the log stays."""
        if self._live is not None:
            self._live.stop()

    def print(self, *what: RenderableType) -> None:
        """Anything, as it is."""
        self.console.print(*what, sep="\n")

    def say(self, who: Who, text: str, style: str = "") -> None:
        """One entry of the log, with the time of the run; long texts are indented under it."""
        if self._live is None:
            self.console.print(Text(f"{self._time:>6} {who:<{WHO}} {text}"), soft_wrap=True)
            return
        row = Table.grid(padding=(0, 1))
        row.add_column(width=6, justify="right")
        row.add_column(width=WHO)
        row.add_column()
        row.add_row(self._time, Text(who, style=STYLES[who]), Text(text, style=style or STYLES[who]))
        self.console.print(row)

    def show(self, seen: Seen) -> None:
        """The newest status: the picture at once, a plain line every few seconds."""
        self._time = picture.clock(seen)
        if self._live is not None:
            width = min(self.console.width, 110)
            self._live.update(picture.panel(seen, self.hint, width), refresh=True)
            return
        now_s = asyncio.get_running_loop().time()
        if now_s - self._shown_s >= PLAIN_EVERY_S:
            self._shown_s = now_s
            self.console.print(Text(f"{self._time:>6} {picture.line(seen)}"), soft_wrap=True)
