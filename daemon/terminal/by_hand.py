"""What a person sets on the pump, in lines that cannot be overlooked (F27)."""

from __future__ import annotations

from typing import Any

from daemon.terminal.figures import exact

Seen = dict[str, Any]


def told_line(seen: Seen) -> str:
    """The setting that is told; empty if none is."""
    hand = seen["hand"]
    if hand is None or hand["told"] is None or hand["press_stop"]:
        return ""
    told = hand["told"]
    setting = f"{exact(told['rate_ml_h'])} mL/h   VTBI {exact(told['limit_ml'])} mL   AT ITS END: STOP"
    start = {"start": "PRESS START" if hand["press_start"] else "DO NOT PRESS START YET"}
    return f">>>  {setting}   {start.get(told['kind'], 'WHILE IT RUNS')}  <<<"


def watched_line(seen: Seen) -> str:
    """How often the pump is read whole; empty where the program drives it."""
    hand = seen["hand"]
    if hand is None:
        return ""
    return f"nothing is sent to this pump; it is read whole every {exact(hand['cycle_s'])} s at the latest"
