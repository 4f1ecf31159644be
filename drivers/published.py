"""Where in which message a signal stands. Pure; the words are those of the bed file's `[monitors.topics]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.values import MONITORED, Signal


@dataclass(frozen=True, slots=True)
class Place:
    """Of one signal. `value`, `unit`, `time`, `valid` are keys of the JSON object, `a.b` = b inside a.

    `unit_is` replaces a unit in the message. Without `valid` a message says nothing against its value; with
    it, the value counts only if what stands there is one of `good` (true, or one of these words).
    """

    topic: str
    value: str = "value"
    unit: str = "unit"
    unit_is: str | None = None
    time: str = "time"
    valid: str | None = None
    good: tuple[str, ...] = ("true",)


Places = Mapping[Signal, Place]
USUAL: Places = {signal: Place(signal.value) for signal in Signal if signal in MONITORED}
"""Each signal on a topic of its own name, with `value`, `unit` and `time`."""
