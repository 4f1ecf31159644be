"""The only module that reads a clock. Durations are monotonic including suspend; records are UTC."""

from __future__ import annotations

import asyncio
import ctypes
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

STEP_MS = 2_000
"""A wall-clock jump larger than this makes wall time untrusted (F20)."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STA_UNSYNC = 0x0040


class Clock(Protocol):
    """Engine time in ms (scaled in a simulation), wire time in ms (never scaled), wall time in UTC."""

    def now_ms(self) -> int:
        """Engine time: protocol durations are measured in it."""

    def wire_ms(self) -> int:
        """Real monotonic time: reply limits and watchdogs are measured in it."""

    def utc(self) -> datetime:
        """Wall time, for records only."""

    @property
    def boot(self) -> str:
        """Names the boot in which monotonic times are comparable."""

    @property
    def synchronised(self) -> bool:
        """Wall time is disciplined by a time server (F20)."""


class SystemClock:
    """CLOCK_BOOTTIME and the wall clock; `speed` scales engine time only (F36)."""

    def __init__(self, speed: int = 1, offset_ms: int = 0) -> None:
        self._speed = speed
        self.offset_ms = offset_ms
        self.boot = _BOOT_ID.read_text().strip()

    def now_ms(self) -> int:
        """Engine time: boot time x speed, plus an offset that survives a reboot."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) * self._speed // 1_000_000 + self.offset_ms

    def wire_ms(self) -> int:
        """Boot time in ms."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def utc(self) -> datetime:
        """Wall time."""
        return datetime.now(UTC)

    @property
    def synchronised(self) -> bool:
        """What the kernel says of its own clock (adjtimex STA_UNSYNC)."""
        return kernel_clock_synchronised()


def kernel_clock_synchronised() -> bool:
    """True if the kernel's clock is disciplined; False if it is not or cannot say."""
    buffer = (ctypes.c_char * 256)()
    try:
        if ctypes.CDLL(None).adjtimex(buffer) < 0:
            return False
    except (OSError, AttributeError):
        return False
    status = ctypes.c_int.from_buffer(buffer, 5 * ctypes.sizeof(ctypes.c_long)).value
    return not status & _STA_UNSYNC


class LoopClock:
    """The running event loop's time; on a virtual loop nothing in the daemon sees real time."""

    def __init__(self, epoch: datetime, boot: str = "virtual", offset_ms: int = 0) -> None:
        self._epoch = epoch
        self.boot = boot
        self.offset_ms = offset_ms
        self.synchronised = True

    def set_epoch(self, epoch: datetime) -> None:
        """Somebody sets the wall clock: UTC jumps, time between two moments does not."""
        self._epoch = epoch

    def now_ms(self) -> int:
        """Loop time in ms, plus an offset that survives a reboot."""
        return self.wire_ms() + self.offset_ms

    def wire_ms(self) -> int:
        """Loop time in ms."""
        return int(asyncio.get_running_loop().time() * 1000)

    def utc(self) -> datetime:
        """The epoch plus loop time."""
        return self._epoch + timedelta(milliseconds=self.wire_ms())


class StepWatch:
    """Compares wall time with monotonic time and tells by how much the wall clock jumped (F20)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wire_ms = clock.wire_ms()
        self._utc = clock.utc()

    def step_ms(self) -> int:
        """The jump since the last call in ms; 0 if it is within 2 s."""
        wire_ms, utc = self._clock.wire_ms(), self._clock.utc()
        wall = int((utc - self._utc).total_seconds() * 1000)
        step = wall - (wire_ms - self._wire_ms)
        self._wire_ms, self._utc = wire_ms, utc
        return step if abs(step) > STEP_MS else 0
