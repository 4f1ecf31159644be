"""What a change from one pump to the next is made of (F23)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.values import PumpReading, PumpSetting


class Which(StrEnum):
    """The two pumps of a switch."""

    OLD = "old"
    NEXT = "next"


class Stage(StrEnum):
    """How far a switch has come; HELD and DONE are ends."""

    PROGRAM = "program"
    STOP = "stop"
    DISARM = "disarm"
    START = "start"
    DONE = "done"
    HELD = "held"


class Act(StrEnum):
    """What a pump is told."""

    PROGRAM = "program"
    STOP = "stop"
    DISARM = "disarm"
    START = "start"


@dataclass(frozen=True, slots=True)
class Order:
    """One command; orders given together are sent in parallel."""

    which: Which
    act: Act
    setting: PumpSetting | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A complete reading, asked at `asked_ms` and here at `at_ms`.

    `stored` is what `read_setting` said in between; it is asked each time while a setting is to be proved.
    """

    which: Which
    reading: PumpReading
    asked_ms: int
    at_ms: int
    stored: PumpSetting | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """`told_ms`: when the last order went out; a reading asked before it proves nothing about it."""

    wanted: PumpSetting
    disarmed: PumpSetting
    limit_ms: int
    stage: Stage = Stage.PROGRAM
    told_ms: int = 0
    starts: int = 0
    still: Seen | None = None
    """The first reading of the old pump standing, without one of it moving since."""
    delivered_ms: int | None = None
    """When the old pump was last asked and found delivering."""
    since_ms: int | None = None
    """The same when its first STOP went out; from then on the time runs."""
    free_ms: int | None = None
    """Drug-free time, once the next pump is seen delivering; never shorter than it was."""
    why: str = ""

    @property
    def gap(self) -> bool:
        """The drug-free time is longer than the pump is allowed for a switch."""
        return self.free_ms is None or self.free_ms > self.limit_ms
