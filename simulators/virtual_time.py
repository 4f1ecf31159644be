"""An event loop whose clock jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import Context, copy_context
from typing import Any, TypeVarTuple

AT_ONCE_S = 1e-9
"""Timers this close to one another are due together; a sum of floats may end a little early."""

_Ts = TypeVarTuple("_Ts")


class NothingWillHappen(RuntimeError):
    """Nothing is ready and no timer is set: a real loop would wait for ever."""


class _Call(asyncio.TimerHandle):
    """One callback in its context, and when it is due."""

    __slots__ = ("off", "run", "when_s", "with_args", "within")

    def __init__(
        self, run: Callable[..., object], with_args: tuple[Any, ...], within: Context | None, when_s: float
    ) -> None:
        self.run = run
        self.with_args = with_args
        self.within = copy_context() if within is None else within
        self.when_s = when_s
        self.off = False

    def cancel(self) -> None:
        self.off = True
        self.with_args = ()

    def cancelled(self) -> bool:
        return self.off

    def when(self) -> float:
        return self.when_s

    def __lt__(self, other: object) -> bool:
        """Of two that are due at the same moment neither is before the other."""
        return False

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<{self.run!r} at {self.when_s} s>"


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """`time()` starts at 0 and is virtual; work in threads does not hold it back. It watches no files."""

    _stopping: bool
    """Of the base: `stop` was called."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._due: deque[_Call] = deque()
        self._timers: list[tuple[float, _Call]] = []

    def time(self) -> float:
        """Virtual seconds."""
        return self._now_s

    def leap(self, seconds: float) -> None:
        """Let time pass without a turn for anybody; what is due comes afterwards, late."""
        self._now_s += seconds

    def timers(self) -> list[asyncio.TimerHandle]:
        """All that are set at this moment."""
        return [timer for _, timer in self._timers if not timer.off]

    def postpone(self, timers: Iterable[asyncio.TimerHandle], seconds: float) -> None:
        """These slept: each has as long to go as before (a suspended host's timers stand still)."""
        slept = {id(timer) for timer in timers}
        moved = [(due + seconds * (id(timer) in slept), timer) for due, timer in self._timers]
        self._timers = moved
        heapq.heapify(moved)

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """In the next turn, before time moves."""
        call = _Call(callback, args, context, self._now_s)
        self._due.append(call)
        return call

    def call_soon_threadsafe(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """The same; there is no wait to be interrupted."""
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """When virtual time has come to `when`."""
        call = _Call(callback, args, context, when)
        heapq.heappush(self._timers, (when, call))
        return call

    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """In so many virtual seconds."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        """One turn, called by `run_forever`: what is ready and what is due now, or a jump to what is next."""
        due, timers = self._due, self._timers
        while timers and timers[0][1].off:
            heapq.heappop(timers)
        if not due and not self._stopping:
            if not timers:
                raise NothingWillHappen("nothing is ready and no timer is set")
            self._now_s += max(0.0, timers[0][0] - self._now_s)
        until_s = self._now_s + AT_ONCE_S
        while timers and timers[0][0] < until_s:
            due.append(heapq.heappop(timers)[1])
        for _ in range(len(due)):
            call = due.popleft()
            if not call.off:
                self._run(call)

    def _run(self, call: _Call) -> None:
        try:
            call.within.run(call.run, *call.with_args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - what a callback raises is for the handler, as in any loop
            self.call_exception_handler({"message": f"exception in {call!r}", "exception": error})


class CountingLoop(VirtualTimeLoop):
    """Tells before every callback, which is whenever a task comes back from an await."""

    def __init__(self, on_turn: Callable[[], None]) -> None:
        super().__init__()
        self._on_turn = on_turn

    def _run(self, call: _Call) -> None:
        self._on_turn()
        super()._run(call)
