"""Two ends, each with a clock of its own, and a broker between them that is against them. Pure, no loop."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.links.mqtt.far import FarEnd
from drivers.links.mqtt.near import NearEnd
from drivers.links.mqtt.stream import Books, Seal, Turn

SHARED = Seal(bytes(range(32)), "ward/pump")
TICK_MS = 100


def sessions(prefix: int) -> Iterator[bytes]:
    """Random enough for a test: never the same twice, and the same in every run."""
    return (bytes([prefix]) + number.to_bytes(15, "big") for number in itertools.count(1))


@dataclass
class Net:
    """True time is `now`; `down` and `up` hold (arrival, bytes) under way, `seen` all that ever was sent."""

    near_skew_ms: int = 7_000
    far_skew_ms: int = 86_400_000
    now: int = 0
    transit_ms: int = 20
    down: list[tuple[int, bytes]] = field(default_factory=list)
    up: list[tuple[int, bytes]] = field(default_factory=list)
    seen: list[tuple[int, str, bytes]] = field(default_factory=list)
    device: list[tuple[int, bytes]] = field(default_factory=list)
    device_sessions: list[bytes] = field(default_factory=list)
    """The near session in which each of these was delivered."""
    host: list[tuple[int, bytes]] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    far_over: list[str] = field(default_factory=list)
    opened: int = 0
    auto_open: bool = True

    def __post_init__(self) -> None:
        self.near_books, self.far_books = Books(), Books()
        self._near_sessions, self._far_sessions = sessions(1), sessions(2)
        self.far = FarEnd(SHARED, lambda: next(self._far_sessions), self.far_books)
        self.connect()

    def connect(self) -> None:
        """A new connection of the daemon; the old one simply is not there any more."""
        self.near = NearEnd(SHARED, next(self._near_sessions), self.near_books)
        self.is_over = False

    @property
    def near_ms(self) -> int:
        return self.now + self.near_skew_ms

    @property
    def far_ms(self) -> int:
        return self.now + self.far_skew_ms

    def run(self, ms: int) -> None:
        """Let time pass: ticks at both ends, messages arrive."""
        end = self.now + ms
        while self.now < end:
            self.now += 1
            if self.now % TICK_MS == 0:
                if not self.is_over:
                    self.follow_near(self.near.tick(self.near_ms))
                self.follow_far(self.far.tick(self.far_ms))
            for at, data in [one for one in self.down if one[0] <= self.now]:
                self.down.remove((at, data))
                self.to_far(data)
            for at, data in [one for one in self.up if one[0] <= self.now]:
                self.up.remove((at, data))
                self.to_near(data)

    def to_far(self, data: bytes, *, retained: bool = False) -> None:
        self.follow_far(self.far.take(data, self.far_ms, retained=retained))

    def to_near(self, data: bytes, *, retained: bool = False) -> None:
        if not self.is_over:
            self.follow_near(self.near.take(data, self.near_ms, retained=retained))

    def write(self, data: bytes) -> None:
        self.follow_near(self.near.write(data, self.near_ms))

    def say(self, data: bytes) -> None:
        self.follow_far(self.far.device_said(data, self.far_ms))

    def follow_near(self, turn: Turn) -> None:
        for data in turn.send:
            self.seen.append((self.now, "down", data))
            self.down.append((self.now + self.transit_ms, data))
        if turn.deliver:
            self.host.append((self.now, turn.deliver))
        if turn.over:
            self.over.append(turn.over)
            self.is_over = True

    def follow_far(self, turn: Turn) -> None:
        for data in turn.send:
            self.seen.append((self.now, "up", data))
            self.up.append((self.now + self.transit_ms, data))
        if turn.deliver:
            self.device.append((self.now, turn.deliver))
            assert self.far._stream is not None
            self.device_sessions.append(self.far._stream.near)
        if turn.over:
            self.far_over.append(turn.over)
        if turn.opened:
            self.opened += 1
            if self.auto_open:
                self.follow_far(self.far.device_opened(self.far_ms))


def attack(net: Net, chance: random.Random) -> None:
    """One hostile act of the broker: hold, double, shuffle, lose, replay, turn round, keep."""
    act = chance.choice(["hold", "double", "shuffle", "lose", "replay", "turn", "keep", "flip"])
    under_way = chance.choice([net.down, net.up])
    if act in ("replay", "turn", "keep", "flip") and net.seen:
        _, way, data = chance.choice(net.seen)
        if act == "flip":
            at = chance.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
        to_far = (way == "down") is not (act == "turn")
        (net.to_far if to_far else net.to_near)(data, retained=act == "keep")
    elif under_way:
        number = chance.randrange(len(under_way))
        at, data = under_way[number]
        if act == "hold":
            under_way[number] = (at + chance.choice([300, 900, 1500, 4000]), data)
        elif act == "double":
            under_way.append((at + chance.choice([1, 700]), data))
        elif act == "shuffle":
            chance.shuffle(under_way)
        elif act == "lose":
            del under_way[number]
