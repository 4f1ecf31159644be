"""Two pumps on two wires that lose, delay and refuse, and the switch between them; time in milliseconds."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from decimal import Decimal

from daemon.engine import switching
from daemon.engine.switch import Act, Order, Seen, Stage, Switch, Which
from drivers.values import Motion, PumpReading, PumpSetting
from tests.protocols.files import PUMP

NEVER = 1 << 60
POLL_MS = 300
REPLY_LIMIT_MS = 300
HORIZON_MS = 9_000
OLD_SETTING = PumpSetting(Decimal(40), Decimal(5))
WANTED = PumpSetting(Decimal(10), Decimal("2.5"))
KVO_UL_H = 1000
KVO_ML_H = Decimal(1)
TENTH = 360_000_000
"""0.1 mL in uL/h x ms."""
TENTHS = [Decimal(n) / 10 for n in range(2000)]


@dataclass(slots=True)
class Faults:
    """What one pump does wrong."""

    lost: float = 0.0
    kvo_ms: int | None = None
    """After a STOP it begins to keep the vein open, so much later."""
    kvo_stays: bool = False
    late_ms: int = 0
    """It goes on so long after a STOP, and says so."""
    coast_ms: int = 0
    """It delivers on so long while it already says that it stands."""
    start_ms: int = 0
    refuses: int = 0
    """How many STARTs it acknowledges and does not obey."""
    says_no: bool = False
    dead_ms: int = NEVER
    slow_ms: int = 60


@dataclass(slots=True)
class Span:
    """The motor from `begin` to `end`; STOPPED = it turns and says that it stands."""

    begin: int
    end: int
    motion: Motion
    rate_ul_h: int


class FakePump:
    """A motor as spans of time, and what it says of them."""

    def __init__(self, faults: Faults, setting: PumpSetting, *, running: bool) -> None:
        self.faults = faults
        self.stored = setting
        self.spans: list[Span] = []
        self.starts = 0
        if running:
            self._run(0)

    def obey(self, order: Order, now: int) -> bool:
        """False: refused."""
        if order.act is Act.STOP:
            self._stop(now)
        elif order.act is Act.START:
            if self.faults.says_no:
                return False
            self.starts += 1
            if self.starts > self.faults.refuses and self.motion(now) is Motion.STOPPED:
                self._run(now + self.faults.start_ms)
        else:
            assert order.setting is not None
            self.stored = order.setting
        return True

    def motion(self, now: int) -> Motion:
        """What it says it does."""
        for span in self.spans:
            if span.begin <= now < span.end and span.motion is not Motion.STOPPED:
                return span.motion
        return Motion.STOPPED

    def reading(self, now: int) -> PumpReading:
        """A status answer."""
        pushed = sum(
            span.rate_ul_h * (min(now, span.end) - span.begin) for span in self.spans if span.begin < now
        )
        motion = self.motion(now)
        rate = KVO_ML_H if motion is Motion.KVO else self.stored.rate_ml_h
        return PumpReading(motion, rate, self.stored.limit_ml, TENTHS[pushed // TENTH], remote=True)

    def delivered(self) -> list[tuple[int, int]]:
        """When drug really left it."""
        return sorted((span.begin, span.end) for span in self.spans if span.end > span.begin)

    def _run(self, now: int) -> None:
        self.spans.append(Span(now, NEVER, Motion.INFUSING, int(self.stored.rate_ml_h * 1000)))

    def _stop(self, now: int) -> None:
        self.spans = [span for span in self.spans if span.begin <= now or span.motion is Motion.KVO]
        for span in tuple(self.spans):
            kvo = span.motion is Motion.KVO
            if span.end != NEVER or (kvo and (self.faults.kvo_stays or span.begin > now)):
                continue
            span.end = now + (0 if kvo else self.faults.late_ms)
            if not kvo:
                coasting = span.end + self.faults.coast_ms
                self.spans.append(Span(span.end, coasting, Motion.STOPPED, span.rate_ul_h))
                if self.faults.kvo_ms is not None:
                    self.spans.append(Span(span.end + self.faults.kvo_ms, NEVER, Motion.KVO, KVO_UL_H))


@dataclass(slots=True)
class Wire:
    """One exchange at a time; STOP goes in front."""

    pump: FakePump
    orders: list[Order] = field(default_factory=list)
    free_ms: int = 0
    polled_ms: int = -POLL_MS
    wake_ms: int = -1


class Bench:
    """One switch, played to its end."""

    def __init__(self, chance: random.Random, old: Faults, following: Faults) -> None:
        self.chance = chance
        self.old = FakePump(old, OLD_SETTING, running=True)
        self.next = FakePump(following, PumpSetting(PUMP.rate_min_ml_h, PUMP.limit_min_ml), running=False)
        self.wires = {Which.OLD: Wire(self.old), Which.NEXT: Wire(self.next)}
        self.sent: list[tuple[int, Order]] = []
        self._heap: list[tuple[int, int, Which, Seen | Order | None]] = []
        self._count = 0
        self.ended_ms: int | None = None
        self.switch, orders = switching.begin(WANTED, PUMP, PUMP, 0)
        self._take(0, orders)

    def play(self) -> Switch:
        """Until it has ended and nothing moves that should not, or the horizon."""
        self._wake(self.chance.randrange(POLL_MS), Which.OLD)
        now = 0
        while now < HORIZON_MS:
            now, _, which, what = heapq.heappop(self._heap)
            if what is None:
                if now == self.wires[which].wake_ms:
                    self._serve(now, which)
                continue
            if self.ended_ms is not None and self._over(now):
                break
            if isinstance(what, Seen):
                self._step(*switching.saw(self.switch, what), now)
            else:
                self._step(*switching.failed(self.switch, which, what.act, "no"), now)
        return self.switch

    def _over(self, now: int) -> bool:
        stands = all(span.end <= now for pump in (self.old, self.next) for span in pump.spans)
        return stands or now > (self.ended_ms or 0) + 3 * POLL_MS

    def _step(self, switch: Switch, orders: tuple[Order, ...], now: int) -> None:
        self.switch = switch
        if self.ended_ms is None and switch.stage in {Stage.DONE, Stage.HELD}:
            self.ended_ms = now
        self._take(now, orders)

    def _take(self, now: int, orders: tuple[Order, ...]) -> None:
        for order in orders:
            self.sent.append((now, order))
            wire = self.wires[order.which]
            if order.act is Act.STOP:
                wire.orders.clear()
            wire.orders.append(order)
            if now >= wire.free_ms:
                self._wake(now, order.which)

    def _at(self, when: int, which: Which, what: Seen | Order | None) -> None:
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, which, what))

    def _wake(self, when: int, which: Which) -> None:
        self.wires[which].wake_ms = when
        self._at(when, which, None)

    def _serve(self, now: int, which: Which) -> None:
        wire = self.wires[which]
        self._step(*switching.tick(self.switch, now), now)
        way = self.chance.randint(5, wire.pump.faults.slow_ms)
        arrives = now < wire.pump.faults.dead_ms and self._comes_through(wire)
        answers = arrives and self._comes_through(wire)
        wire.free_ms = now + (2 * way if answers else REPLY_LIMIT_MS)
        order = wire.orders.pop(0) if wire.orders else None
        if order is None:
            wire.polled_ms = now
            if answers:
                seen = Seen(which, wire.pump.reading(now + way), now, now + 2 * way, wire.pump.stored)
                self._at(now + 2 * way, which, seen)
        elif arrives and not wire.pump.obey(order, now + way) and answers:
            self._at(now + 2 * way, which, order)
        self._wake(wire.free_ms if wire.orders else max(wire.free_ms, wire.polled_ms + POLL_MS), which)

    def _comes_through(self, wire: Wire) -> bool:
        return self.chance.random() >= wire.pump.faults.lost


def overlap_ms(one: FakePump, other: FakePump) -> int:
    """How long both delivered."""
    return sum(
        max(min(a_end, b_end) - max(a, b), 0)
        for a, a_end in one.delivered()
        for b, b_end in other.delivered()
    )
