"""The feeds to the ward as this bed knows them: each says once a second whether it is heard ((A) A5, A9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from daemon.engine import inputs as inp

LOST_MS = 10_000
"""A feed without a word for so long is lost; so long it may take to come up after a start."""
STEADY_MS = 30_000
"""A feed that was lost is back when it has been well for so long: one that comes and goes is one alarm."""
WHY_MAX = 200
UNCONFIRMED_MAX = 64
ACKNOWLEDGED_MAX = 16
"""Acknowledgements of the ward in one word; more than one a second for each alarm is no person."""
NAME_MAX = 80


@dataclass
class _Feed:
    said_ms: int
    why: str = ""
    unconfirmed: frozenset[str] = frozenset()
    acknowledged: bool = False
    """It brought an acknowledgement of the ward, and has not been lost since."""


@dataclass
class Feeds:
    """The feeds a bed file names. The engine is told of the first that fails and when all are well again."""

    names: Iterable[str]
    submit: Callable[[inp.Input], None]
    wire_ms: Callable[[], int]
    _feeds: dict[str, _Feed] = field(init=False)
    _told: tuple[str, str] = ("", "")
    _ill_ms: int = 0
    """When one was ill last."""

    def __post_init__(self) -> None:
        self._feeds = {name: _Feed(self.wire_ms()) for name in self.names}

    def heard(self, said: Mapping[str, Any]) -> None:
        """A word of a feed: `feed`, `ok`, `why`, alarms `unconfirmed` in time or `acknowledged` at the ward.

        What names no feed of this bed file is not believed.
        """
        feed = self._feeds.get(str(said.get("feed")))
        if feed is None:
            return
        feed.said_ms = self.wire_ms()
        feed.why = "" if said.get("ok") is True else str(said.get("why") or "it gives no reason")[:WHY_MAX]
        ids = said.get("unconfirmed")
        known = [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []
        feed.unconfirmed = frozenset(known[:UNCONFIRMED_MAX])
        self.tick()
        if not feed.why:
            self._acknowledged(str(said["feed"]), feed, said.get("acknowledged"))

    def _acknowledged(self, name: str, feed: _Feed, given: object) -> None:
        """Who acknowledged which occurrence at which station; without a name or a station it is nothing."""
        for one in given[:ACKNOWLEDGED_MAX] if isinstance(given, list) else ():
            words = [one.get(key) for key in ("key", "by", "station")] if isinstance(one, dict) else []
            texts = [word.strip()[:NAME_MAX] for word in words if isinstance(word, str) and word.strip()]
            if len(texts) == 3:
                feed.acknowledged = True
                key, by, station = texts
                self.submit(inp.WardAcknowledged(key, by, station, name))

    def health(self) -> dict[str, Any]:
        """For each feed: whether it is heard and well, the age of its last word, what waits for a station."""
        now, lost = self.wire_ms(), dict(self._lost())
        return {
            name: {
                "ok": name not in lost,
                "said_s": (now - feed.said_ms) // 1000,
                "unconfirmed": len(feed.unconfirmed),
            }
            for name, feed in self._feeds.items()
        }

    def tick(self) -> None:
        """From the supervising loop: who has fallen silent, and what is told of it."""
        found = self._lost()
        lost = "; ".join(f"{name}: {why}" for name, why in found)
        for name, why in found:
            if self._feeds[name].acknowledged:
                self._feeds[name].acknowledged = False
                self.submit(inp.WardUnheard(name, why))
        waits = sorted({one for feed in self._feeds.values() for one in feed.unconfirmed})
        unconfirmed = ", ".join(waits)
        if lost:
            self._ill_ms = self.wire_ms()
        elif self._told[0] and self.wire_ms() - self._ill_ms < STEADY_MS:
            lost = self._told[0]
        if bool(lost) != bool(self._told[0]):
            self.submit(inp.FeedsLost(lost) if lost else inp.FeedsBack())
        if bool(unconfirmed) != bool(self._told[1]):
            self.submit(inp.AlarmsUnconfirmed(unconfirmed))
        self._told = (lost, unconfirmed)

    def _lost(self) -> list[tuple[str, str]]:
        now = self.wire_ms()
        lost = []
        for name, feed in self._feeds.items():
            if now - feed.said_ms > LOST_MS:
                lost.append((name, f"no word for {LOST_MS // 1000} s"))
            elif feed.why:
                lost.append((name, feed.why))
        return lost
