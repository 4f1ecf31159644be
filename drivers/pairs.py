"""Rate and volume limit where they are two commands: which of them goes first (F15).

Up: limit, read back, rate. Down: rate at once, read back, limit. Stopped: limit, rate, both read.
A pump that takes no limit while it runs: stop, program, read, run.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from drivers.errors import OutOfRange, Refused
from drivers.values import PumpCapabilities, PumpSetting

RESTART_LIMIT_S = Decimal(2)
"""Standing this long to be programmed is no gap (F15)."""


class Act(StrEnum):
    """One command to the pump, followed by a reading."""

    STOP = "stop"
    LIMIT = "limit"
    RATE = "rate"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Grant:
    """A pair the plan has approved, and the solution it is approved for."""

    solution: str
    setting: PumpSetting


def acts(running: Grant | None, wanted: Grant, caps: PumpCapabilities) -> tuple[Act, ...]:
    """The commands in their order; Refused for another solution, OutOfRange for no limit (F7).

    `running` None = the pump is proved to stand. With one solution, mL/h compare as dose per hour do (F1).
    """
    limit, rate = wanted.setting.limit_ml, wanted.setting.rate_ml_h
    if limit is None or limit < caps.limit_min_ml or rate < caps.rate_min_ml_h:
        raise OutOfRange(f"{rate} mL/h, limit {limit} mL: never sent to a pump that could run")
    if running is None:
        return Act.LIMIT, Act.RATE
    if running.solution != wanted.solution:
        said = f"{running.solution} runs: {wanted.solution} is given only after a stop"
        raise Refused(said, code="solution", reason="a solution never changes on a running pump")
    if not caps.gapless:
        return *[Act.STOP] * caps.stops_to_program, Act.LIMIT, Act.RATE, Act.RUN
    if rate == running.setting.rate_ml_h:
        return (Act.LIMIT,)
    return (Act.LIMIT, Act.RATE) if rate > running.setting.rate_ml_h else (Act.RATE, Act.LIMIT)


def restart_is_gap(standing_s: Decimal) -> bool:
    """Whether a restart took so long that the drug-free time counts."""
    return standing_s > RESTART_LIMIT_S
