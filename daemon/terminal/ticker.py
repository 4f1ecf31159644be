"""A status in one line, for a log or a pipe."""

from __future__ import annotations

from typing import Any

from daemon.terminal import by_hand
from daemon.terminal import sentences as say
from daemon.terminal.figures import clock_of


def ticker_line(seen: dict[str, Any]) -> str:
    """Time, mode, marks, alarms, what to do, step, dose, pump, vitals."""
    parts = [
        f"{clock_of(seen['utc'])} {say.headline(seen)}",
        say.simulated(seen),
        *(say.alarm_head(alarm) for alarm in seen["alarms"]),
        by_hand.told_line(seen),
        " ".join((*say.instructions(seen), *say.todo(seen))),
        f"step {say.step_line(seen)}",
        f"given {say.dose_line(seen)}",
        *say.pump_lines(seen),
        *(say.vital(seen, signal) for signal in seen["vitals"]),
        f"gate {say.gate_line(seen)}",
    ]
    return " | ".join(part for part in parts if part)
