"""Remote control of one Asena: taken with the key, kept alive past slow answers, given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.errors import NoReply, Refused
from drivers.pumps.alaris_asena import echo, frames
from drivers.pumps.alaris_asena.frames import Fields
from drivers.pumps.alaris_asena.talk import HOLD_S, Talk

KEEP_S = 1.0
"""Clients in use repeat the key every 0.5 to 1 s."""
KEEP_LEAST_S = 0.05
KEPT_S = 4.0
"""Repeated so long, and the longest answer more, after the caller's last question: the dead feed nothing."""


class Remote:
    """`control` and `configuration`: what the pump permits now; `reply_s`: how long it may take to answer."""

    def __init__(self, talk: Talk, where: str, reply_s: float) -> None:
        self.control = self.configuration = False
        self.reply_s = reply_s
        self._talk = talk
        self._where = where
        self._key = ""
        self._kept_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, serial: str) -> None:
        """Both keys; Refused or NoReply without control.

        Without configuration the pump can still be stopped (F10), and what would set it is refused.
        """
        self._key = frames.key_of(serial)
        control, configuration = (self._ask(word) for word in (frames.CONTROL, frames.CONFIG))
        self.keep()
        answer = await control
        if not echo.permits(frames.CONTROL, "ENABLED", answer):
            raise echo.refused(f"{frames.CONTROL} ENABLED", answer, self._where)
        self.control = True
        try:
            self.configuration = echo.permits(frames.CONFIG, "ENABLED", await configuration)
        except NoReply:
            self.configuration = False

    async def give_back(self) -> None:
        """Both are disabled; Refused if the pump does not say so."""
        self.end()
        for word in (frames.CONTROL, frames.CONFIG):
            answer = await self._talk.ask(word, "DISABLED", limit_s=self.reply_s)
            if not echo.permits(word, "DISABLED", answer):
                raise echo.refused(f"{word} DISABLED", answer, self._where)
        self.control = self.configuration = False

    def need_configuration(self) -> None:
        """Refused if the pump does not let itself be set."""
        if not self.configuration:
            said = f"{self._where}: {frames.CONFIG} was refused: allow it in the pump's service menu"
            raise Refused(said, code=frames.CONFIG, reason="configuration refused")

    def alive(self) -> None:
        """The caller asked something: the keep-alive goes on."""
        self._kept_s = 0.0
        if self._timer is None and self._key:
            self.keep()

    def keep(self) -> None:
        """The next repetition, at the latest a third of the stated time after the last (F17)."""
        if self._timer is not None:
            self._timer.cancel()
        every_s = max(KEEP_LEAST_S, min(KEEP_S, self.reply_s / 3 - HOLD_S))
        self._kept_s += every_s
        self._timer = asyncio.get_running_loop().call_later(every_s, self._repeat)

    def end(self) -> None:
        """No repetition any more."""
        self._key = ""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _repeat(self) -> None:
        """It waits for no answer: one may take as long as the watchdog lasts."""
        self._timer = None
        if self._kept_s > KEPT_S + self.reply_s:
            return
        for word in (frames.CONFIG, frames.CONTROL):
            self._ask(word, first=True).add_done_callback(self._judged(word))
        self.keep()

    def _ask(self, word: str, *, first: bool = False) -> asyncio.Future[Fields]:
        return self._talk.ask(word, "ENABLED", self._key, limit_s=self.reply_s, first=first)

    def _judged(self, word: str) -> Callable[[asyncio.Future[Fields]], None]:
        """A pump that no longer permits takes our commands no longer; one that only loses answers does."""

        def judge(answer: asyncio.Future[Fields]) -> None:
            if answer.cancelled() or answer.exception() is not None:
                return
            permitted = echo.permits(word, "ENABLED", answer.result())
            if word == frames.CONTROL:
                self.control = permitted
            else:
                self.configuration = permitted

        return judge
