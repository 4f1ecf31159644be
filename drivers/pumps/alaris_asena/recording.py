"""Recorded Asena bytes, of one direction or both, as readings. Pure; no frame carries a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.errors import BadFrame
from drivers.pumps.alaris_asena import frames, readback
from drivers.pumps.alaris_asena.frames import Fields, Infusion
from drivers.pumps.alaris_asena.readback import Seen
from drivers.recordings import Reading, Tally
from drivers.values import Motion

_SAME_BOTH_WAYS = frozenset({frames.START, frames.STOP, frames.RATE, frames.LIMIT, "INF_VI_CLEAR"})
"""Said by the host and, as an echo, by the pump."""


class Recording:
    """What the pump said, by command word; requests are counted and give no reading.

    A command and its echo may read alike: where the host is heard, the first of two is taken for the host's.
    """

    def __init__(self) -> None:
        self._accepted: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._decoder = frames.Decoder()
        self._hears_host = False
        self._pending: set[str] = set()
        self._seen: Seen | None = None
        self._words: frozenset[str] = frozenset()

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the replies these bytes complete."""
        return [one for fields in self._decoder.feed(data) for one in self._read(fields)]

    def finish(self) -> list[Reading]:
        """A frame without its end is rejected."""
        self._decoder.finish()
        return []

    def tally(self) -> Tally:
        """`request` and `reply`; what was none by reason."""
        return Tally(dict(self._accepted), dict(self._rejected + self._decoder.rejected))

    def _read(self, fields: Fields) -> list[Reading]:
        if self._is_request(fields):
            self._accepted["request"] += 1
            return []
        try:
            found = self._said(fields)
        except BadFrame:
            self._rejected["length"] += 1
            return []
        self._accepted["reply"] += 1
        return found

    def _is_request(self, fields: Fields) -> bool:
        """A word alone asks, a key is the host's; of a command and its echo the first is the host's."""
        word, alike = fields[0], fields[0] in _SAME_BOTH_WAYS
        asks = len(fields) == 1 and (not alike or word in {frames.RATE, frames.LIMIT})
        keyed = word in {frames.CONTROL, frames.CONFIG} and len(fields) <= 3
        may_be_host = alike and self._hears_host and word not in self._pending
        if not asks and not keyed and not may_be_host:
            self._pending.discard(word)
            return False
        self._hears_host = self._hears_host or asks or keyed
        self._pending.add(word)
        return True

    def _said(self, fields: Fields) -> list[Reading]:
        if fields[0] == frames.ALARM:
            self._words = frames.parse_alarms(fields)
            return _of_alarm(self._words)
        if fields[0] == frames.STATUS:
            self._seen = readback.seen(self._seen, frames.parse_infusion(fields))
            return _of_status(self._seen.now, readback.motion_of(self._seen, self._words))
        parse = PARSERS.get(fields[0])
        return [] if parse is None else parse(fields)


def _reading(signal: str, value: Decimal | str | None, unit: str = "", reason: str = "") -> Reading:
    return Reading(None, signal, value, unit, not reason, reason)


def _of_status(now: Infusion, motion: Motion) -> list[Reading]:
    return [
        _reading("serial", now.serial),
        _reading("motion", str(motion)),
        _reading("mode", now.mode),
        _reading("rate", now.rate_ml_h, "mL/h"),
        _reading("counter", now.infused_ml, "mL"),
        _reading("log", now.log),
    ]


def _of_alarm(words: frozenset[str]) -> list[Reading]:
    mains = "off" if readback.MAINS_LOST in words else "on"
    alarms = sorted(readback.alarms_of(words))
    return [_reading("mains", mains), *(_reading("alarm", str(alarm)) for alarm in alarms)]


def _of_limit(fields: Fields) -> list[Reading]:
    """As the pump shows it: the limit that was set, or what is left of it."""
    limit = frames.parse_limit(fields)
    return [_reading("set_limit", limit, "mL", "" if limit is not None else "inactive: no limit")]


def _of_syringe(fields: Fields) -> list[Reading]:
    confirmed = frames.field(fields, 3) == "CONF"
    reason = "" if confirmed else "questionable: not confirmed at the pump"
    size = frames.field(fields, 2)
    return [_reading("syringe", f"{frames.field(fields, 1)} {size} mL", "", reason)]


def _text(signal: str) -> Callable[[Fields], list[Reading]]:
    return lambda fields: [_reading(signal, frames.field(fields, 1))]


def _number(signal: str, unit: str, told: str) -> Callable[[Fields], list[Reading]]:
    return lambda fields: [_reading(signal, frames.number(fields, 1, unit), told)]


PARSERS: Mapping[str, Callable[[Fields], list[Reading]]] = {
    frames.SERIAL: _text("serial"),
    frames.PROTOCOL: _text("protocol"),
    frames.RESPONSE_MAX: _number("response_max", "ms", "ms"),
    frames.RATE: _number("set_rate", "ml/h", "mL/h"),
    frames.RATE_MAX: _number("rate_max", "ml/h", "mL/h"),
    "INF_VI": _number("counter", "ml", "mL"),
    frames.LIMIT: _of_limit,
    frames.SYRINGE: _of_syringe,
}
