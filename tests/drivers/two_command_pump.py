"""A pump with one command for the rate and one for the limit; it can lose replies and outlive its host."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from drivers.errors import NoReply, Refused
from drivers.pair_writes import Commands, Motor, Shown
from drivers.values import PumpCapabilities, PumpSetting
from tests.protocols.files import PUMP

CAPS = replace(
    PUMP,
    one_frame=False,
    reply_limit_s=Decimal(4),
    limit_step_ml=Decimal("0.001"),
    limit_min_ml=Decimal("0.001"),
    counter_unit_ml=Decimal("0.001"),
)
NOT_GAPLESS = replace(CAPS, gapless=False, stops_to_program=2, reply_limit_s=Decimal("0.3"))


class HostDied(BaseException):
    """The process that drives the pump is gone: nothing more is sent."""


@dataclass
class TwoCommandPump:
    """Volumes are exact. `pairs` is every rate with the limit it was granted, as it stood while running."""

    caps: PumpCapabilities
    rate: Decimal
    limit: Decimal | None
    """The limit as written."""
    left: Fraction | None
    running: bool = True
    reply_ms: int = 100
    deaf_to: frozenset[int] = frozenset()
    """Commands, counted from 0 without the readings, that never arrive."""
    mute_at: frozenset[int] = frozenset()
    """Commands that are obeyed and not answered."""
    late_at: frozenset[int] = frozenset()
    """Limits that are obeyed, and not yet shown by the next reading."""
    slow_after: int | None = None
    """So many readings after which every reply takes 3.9 s."""
    dies_before: int | None = None
    dies_after: int | None = None
    counter: Fraction = Fraction(0)
    commands: list[str] = field(default_factory=list)
    pairs: list[tuple[Decimal, Decimal | None]] = field(default_factory=list)
    given: Fraction = Fraction(0)
    stood_ms: int = 0
    limit_ends: int = 0
    readings: int = 0
    old: Shown | None = None
    level: int = 2
    """0 runs, 1 paused, 2 reset: a limit is taken only then by a pump that is not gapless."""

    def __post_init__(self) -> None:
        self.level = 0 if self.running else 2
        self._note()

    def advance(self, ms: int) -> None:
        """Let time pass; the pump ends at its limit."""
        if not self.running:
            self.stood_ms += ms
            return
        pushed = Fraction(self.rate) * ms / 3_600_000
        if self.left is not None and pushed >= self.left:
            pushed, self.running, self.level = self.left, False, 2
            self.limit_ends += 1
        if self.left is not None:
            self.left -= pushed
        self.given += pushed
        self.counter += pushed

    def shown(self) -> Shown:
        """Rate, what is left of the limit, counter in whole units."""
        unit = Fraction(self.caps.counter_unit_ml)
        left = None if self.left is None else _decimal(self.left // unit * unit)
        return Shown(PumpSetting(self.rate, left), _decimal(self.counter // unit * unit))

    @property
    def lent(self) -> Commands:
        """The commands as a driver lends them."""
        return Commands(self._write_limit, self._write_rate, self._read)

    @property
    def motor(self) -> Motor:
        """The commands of the motor."""
        return Motor(self._stop, self._start, self._stands)

    async def _write_limit(self, limit_ml: Decimal) -> None:
        if self._arrives("limit"):
            if self.level != 2 and not self.caps.gapless:
                self.advance(self.reply_ms // 2)
                raise Refused("?NA", code="?NA", reason="not now")
            if len(self.commands) - 1 in self.late_at:
                self.old = self.shown()
            self.limit, self.left = limit_ml, Fraction(limit_ml)
            self._note()
        self._answer()

    async def _write_rate(self, rate_ml_h: Decimal) -> None:
        if self._arrives("rate"):
            self.rate = rate_ml_h
            self._note()
        self._answer()

    async def _stop(self) -> None:
        if self._arrives("stop"):
            self.running, self.level = False, min(self.level + 1, 2)
        self._answer()

    async def _start(self) -> None:
        if self._arrives("run"):
            self.running, self.level = True, 0
            self._note()
        self._answer()

    async def _read(self) -> Shown:
        self.advance(self.reply_ms // 2)
        shown = self.shown()
        if self.old is not None:
            shown, self.old = Shown(self.old.setting, shown.counter_ml), None
        self.readings += 1
        if self.readings == self.slow_after:
            self.reply_ms = 3900
        self.advance(self.reply_ms // 2)
        return shown

    async def _stands(self) -> bool:
        await self._read()
        return not self.running

    def _arrives(self, word: str) -> bool:
        index = len(self.commands)
        if self.dies_before == index:
            raise HostDied
        self.commands.append(word)
        self.advance(self.reply_ms // 2)
        return index not in self.deaf_to

    def _answer(self) -> None:
        index = len(self.commands) - 1
        if self.dies_after == index:
            raise HostDied
        if index in self.deaf_to | self.mute_at:
            self.advance(int(self.caps.reply_limit_s * 1000) - self.reply_ms // 2)
            raise NoReply(f"no reply to {self.commands[index]}")
        self.advance(self.reply_ms // 2)

    def _note(self) -> None:
        if self.running:
            self.pairs.append((self.rate, self.limit))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
