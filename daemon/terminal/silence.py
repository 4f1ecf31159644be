"""The screen when the daemon says nothing: an alarm, and never numbers that look live."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import Any

from rich.text import Text

from daemon.engine.alarms import Priority
from daemon.terminal import sentences as say
from daemon.terminal.figures import DASH, clock_of, exact, lasting, time_of_day
from daemon.terminal.fitting import one_line
from daemon.terminal.live import flashing

HANDS = (
    "If drug is running: PRESS STOP ON THE PUMP.",
    "CLAMP THE DRUG LINE AT THE PATIENT. DO NOT FLUSH THROUGH IT.",
    "Watch the patient. Keep a paper record. Call the engineer.",
)


def silence_line(since: datetime) -> str:
    """The one sentence of every silent second."""
    return f"NO WORD FROM THE DAEMON since {time_of_day(since)} {DASH} look at the pump"


def silence_screen(
    since: datetime,
    quiet_s: int,
    why: str,
    last: dict[str, Any] | None,
    width: int,
    height: int,
    beat_ms: int,
) -> list[Text]:
    """At most `height` lines; what was last heard stands at the bottom, dim and marked as not live."""
    style = flashing(Priority.HIGH, beat_ms)
    bar = Text(" " * width, style=style)
    said = [Text(f" {line}".ljust(width), style=style) for line in _wrap(silence_line(since), width - 2)]
    lines = [bar, bar, *said, bar, bar, Text()]
    for hand in HANDS:
        lines += [Text(line, style="bold") for line in _wrap(hand, width)]
    lines += [Text(), Text(one_line(f"Silent for {lasting(quiet_s)}; asking again and again.", width))]
    if why:
        lines += [Text(line, style="dim") for line in _wrap(f"({why})", width)]
    lines += [Text(), *(Text(line, style="dim") for text in _last(last) for line in _wrap(text, width))]
    return lines[:height]


def _last(last: dict[str, Any] | None) -> list[str]:
    if last is None:
        return ["Nothing has been heard since this view was opened."]
    step, pump = last["step"], last["pump"]
    told = [
        f"NOT LIVE, last heard at {clock_of(last['utc'])}: {last['bed']} {say.simulated(last)}".strip(),
        f"NOT LIVE: {last['mode']}, step {step['number']} of {last['protocol']['steps']}, {step['solution']}",
    ]
    if pump["limit_left_ml"] is not None:
        told.append(f"NOT LIVE: the pump then had {exact(pump['limit_left_ml'])} mL to its own volume limit.")
    return told


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)
