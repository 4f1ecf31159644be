"""The status as one screen of plain text."""

from __future__ import annotations

import shutil
from typing import Any

from daemon.engine.phases import Phase
from daemon.terminal import by_hand, watch_lines
from daemon.terminal import sentences as say
from daemon.terminal.figures import clock_of
from daemon.terminal.fitting import ALL, alarms_in, labelled, one_line, packed, wrapped

WIDTH = 80
STOP_LINE = "STOP THE DRUG: infusiond hold        alarm seen: infusiond ack [ID]"
_LEAST_ALARM_ROWS = 3


def status_text(seen: dict[str, Any], rows: int | None = None) -> str:
    """Most urgent first, 80 columns, within `rows` (the terminal's, less the prompt) as far as it goes.

    Cut sentences end in `…`; no alarm is left out without saying so.
    """
    rows = shutil.get_terminal_size((WIDTH, ALL)).lines - 1 if rows is None else rows
    whole = len(alarms_in(seen["alarms"], WIDTH, ALL)) or 1
    urgent = min(len(seen["alarms"]), _LEAST_ALARM_ROWS) or 1
    lines: list[str] = []
    for most, need in ((None, whole), (2, whole), (2, urgent), (1, urgent)):
        lines = [*_top(seen, framed=most is None), *_body(seen, most)]
        if len(lines) + need + 1 <= rows:
            break
    room = max(rows - len(lines) - 1, urgent)
    alarms = [line for _, line in alarms_in(seen["alarms"], WIDTH, room)]
    return "\n".join([*lines, *(alarms or ["Alarms   none"]), STOP_LINE])


def _top(seen: dict[str, Any], *, framed: bool) -> list[str]:
    rule = ["=" * WIDTH] if framed else []
    marks = "  ".join(mark for mark in (clock_of(seen["utc"]), say.simulated(seen)) if mark)
    bed = one_line(say.bed_line(seen), WIDTH - len(marks) - 2)
    lines = [
        f"{bed.ljust(WIDTH - len(marks))}{marks}",
        *rule,
        *wrapped(say.headline(seen), WIDTH),
        *rule,
        *wrapped(by_hand.told_line(seen), WIDTH),
    ]
    for index, line in enumerate((*say.instructions(seen), *say.todo(seen))):
        lines += labelled("" if index else "DO NOW", line, WIDTH)
    return [*lines, *(f"  {one_line(line, WIDTH - 2)}" for line in say.commands(seen))]


def _body(seen: dict[str, Any], most: int | None) -> list[str]:
    vitals = packed([say.vital(seen, signal) for signal in seen["vitals"]], WIDTH)
    rows = [
        ("Held", say.hold_line(seen)),
        ("Refused", say.refused_line(seen)),
        ("Line", say.line_line(seen)),
        ("Gap", say.gap_line(seen)),
        ("Step", say.step_line(seen)),
        ("Next", "" if seen["phase"] == Phase.HELD else say.next_line(seen)),
        ("Soon", watch_lines.soon_line(seen)),
        ("Given", say.dose_line(seen)),
        *(("" if index else "Pump", line) for index, line in enumerate(say.pump_lines(seen))),
        ("By hand", by_hand.watched_line(seen)),
        *(("" if index else "Vitals", line) for index, line in enumerate(vitals or ["none ever received"])),
        ("", watch_lines.sources_line(seen)),
        ("Reaction", watch_lines.reaction_line(seen)),
        ("Holds", watch_lines.holds_line(seen)),
        ("Gate", say.gate_line(seen)),
    ]
    return [line for label, text in rows if text for line in labelled(label, text, WIDTH, most)]
