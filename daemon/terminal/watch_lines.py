"""What the status says of the watch over the patient: reaction, monitors left out, holds by cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.terminal import words
from daemon.terminal.figures import lasting

Seen = Mapping[str, Any]


def reaction_line(seen: Seen) -> str:
    """The worst reaction of the run; empty if there was none."""
    one = seen["reaction"]
    if one is None:
        return ""
    given = ", epinephrine given" if one["epinephrine"] else ""
    left = seen["watch_left_s"]
    watched = f"; watch the patient for {lasting(left)} more" if left is not None else ""
    return f"{one['grade']} ({one['scale']}){given}, the last one {lasting(one['last_s'])} ago{watched}"


def sources_line(seen: Seen) -> str:
    """Monitors that are silent or left out; empty if none is."""
    told = []
    for name, one in seen["sources"].items():
        if one["excluded_s"] is not None:
            told.append(f"{name} LEFT OUT for {lasting(one['excluded_s'])} more")
        if one["silent"]:
            told.append(f"{name} DOES NOT ANSWER")
    return "; ".join(told)


def holds_line(seen: Seen) -> str:
    """How often the run was held, by cause, and how often within the last hour (F31); empty if never."""
    return "; ".join(
        f"{words.CAUSES.get(cause, cause)} {one['times']}x, {one['last_hour']} in the last hour"
        for cause, one in seen["holds"].items()
    )


def consequences(alarm: Seen) -> str:
    """What this alarm's cause shuts; empty if nothing (F31)."""
    told = "; ".join(words.reason(code) for code in alarm["lines"])
    return f" Therefore the gate is shut: {told}." if told else ""


def soon_line(seen: Seen) -> str:
    """Work that is due within five minutes and no alarm, soonest first; empty if none is."""
    return " · ".join(f"{_when(one['in_s'])}: {one['text']}" for one in seen["notices"])


def _when(in_s: int) -> str:
    return f"in {lasting(in_s)}" if in_s else "now"
