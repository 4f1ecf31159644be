"""An event loop whose clock jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

_Ts = TypeVarTuple("_Ts")


class NothingWillHappen(RuntimeError):
    """Nothing is ready and no timer is set: a real loop would wait for ever."""


class _JumpingSelector(selectors.DefaultSelector):
    """Polls its files without waiting; the time it was asked to wait is added to `now_s`."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise NothingWillHappen("nothing is ready and no timer is set")
        self.now_s += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0 and is virtual; work in threads does not hold it back."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now_s

    def leap(self, seconds: float) -> None:
        """Let time pass without a turn for anybody; what is due comes afterwards, late."""
        self._jumping.now_s += seconds


class CountingLoop(VirtualTimeLoop):
    """Tells before every callback, which is whenever a task comes back from an await."""

    def __init__(self, on_turn: Callable[[], None]) -> None:
        super().__init__()
        self._on_turn = on_turn

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """As ever, and told."""
        return super().call_soon(self._told, callback, args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As ever, and told."""
        return super().call_at(when, self._told, callback, args, context=context)

    def _told(self, callback: Callable[[*_Ts], object], args: tuple[*_Ts]) -> None:
        self._on_turn()
        callback(*args)
