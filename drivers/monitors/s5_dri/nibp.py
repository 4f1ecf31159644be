"""Which cuff pressures are new: the monitor repeats the last ones in every frame."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MEASURING = 1 << 5
OLD = 1 << 8
OLD_AFTER_S = 60


@dataclass(frozen=True, slots=True)
class Cuff:
    """What one frame says of the cuff, and the monitor's own time of that frame in seconds."""

    label: int
    values: tuple[Decimal | None, ...]
    time_s: int


class CuffWatch:
    """Tells a new measurement from a repeated one by the life cycle of the label.

    New is: the fall of bit 8 (older than 60 s); other values than the last settled ones while the cuff rests;
    the first frame of all with bit 8 clear, and that one may be 60 s old. Bit 8 set is never new.
    """

    def __init__(self) -> None:
        self._last: Cuff | None = None
        self._settled: tuple[Decimal | None, ...] = ()
        self._settled_at_s = 0

    def new_age_s(self, cuff: Cuff) -> Decimal | None:
        """How old a new measurement may be at this frame; None if this frame shows no new one."""
        last, self._last = self._last, cuff
        resting = not cuff.label & MEASURING
        old = bool(cuff.label & OLD)
        if last is None:
            self._settle(cuff)
            return None if old else Decimal(OLD_AFTER_S)
        fallen = bool(last.label & OLD) and not old
        changed = resting and not old and self._differs(cuff)
        before_s = last.time_s if fallen else self._settled_at_s
        if fallen or resting:
            self._settle(cuff)
        return Decimal(_passed_s(before_s, cuff.time_s)) if fallen or changed else None

    def _differs(self, cuff: Cuff) -> bool:
        """A value that is missing for a while and comes back is no new value."""
        pairs = zip(cuff.values, self._settled, strict=True)
        return any(value is not None and value != settled for value, settled in pairs)

    def _settle(self, cuff: Cuff) -> None:
        known = self._settled or cuff.values
        pairs = zip(cuff.values, known, strict=True)
        self._settled = tuple(settled if value is None else value for value, settled in pairs)
        self._settled_at_s = cuff.time_s


def _passed_s(earlier_s: int, later_s: int) -> int:
    """Seconds by the monitor's own clock, if it is believable; bit 8 clear means 60 s at most."""
    passed = later_s - earlier_s
    return passed if 0 < passed <= OLD_AFTER_S else OLD_AFTER_S
