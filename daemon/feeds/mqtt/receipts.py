"""Which alarms a station has confirmed to have received, and which it should have by now ((A) A5). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daemon import exact_json

TEXT_MAX = 80
"""Letters of a key or a name; no alarm of ours has a longer key."""
CONFIRM_MS = 5_000
"""An alarm without a receipt for so long is itself an alarm at the bed."""


@dataclass(frozen=True, slots=True)
class Ack:
    """What a station says of one occurrence of an alarm; `by` names the person who acknowledged it."""

    key: str
    kind: str
    station: str
    by: str = ""


def read_ack(payload: bytes) -> Ack | None:
    """A station's receipt, or a person's acknowledgement at the ward; anything else is nothing."""
    try:
        said = exact_json.loads(payload)
        key, kind, station = _text(said["key"]), said["kind"], _text(said["station"])
    except (ValueError, LookupError, TypeError):
        return None
    if kind not in ("received", "acknowledged"):
        return None
    return Ack(key, kind, station, _text(said.get("by", "")) if kind == "acknowledged" else "")


def _text(given: object) -> str:
    """Short, and of letters that UTF-8 carries: it goes on to the daemon, from whoever is at the broker."""
    return given.strip()[:TEXT_MAX].encode("utf-8", "replace").decode() if isinstance(given, str) else ""


class Receipts:
    """Times are wire milliseconds. An alarm counts from when it was first to be told, link or no link."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[str, int]] = {}
        self._received: set[str] = set()

    def active(self, alarms: Iterable[tuple[str, str]], now_ms: int) -> None:
        """The alarms that are, as id and key; what is over needs no receipt."""
        known = {key: alarm for alarm, key in alarms}
        self._since = {key: self._since.get(key, (alarm, now_ms)) for key, alarm in known.items()}
        self._received &= known.keys()

    def received(self, key: str) -> None:
        """A station has it; one is enough."""
        if key in self._since:
            self._received.add(key)

    def link_lost(self, now_ms: int) -> None:
        """Who had it may be gone: it has to be confirmed anew. What nobody had goes on waiting."""
        for key in self._received:
            self._since[key] = (self._since[key][0], now_ms)
        self._received.clear()

    def overdue(self, now_ms: int) -> list[str]:
        """Ids of the alarms without a receipt for too long."""
        late = {
            alarm
            for key, (alarm, since) in self._since.items()
            if key not in self._received and now_ms - since >= CONFIRM_MS
        }
        return sorted(late)
