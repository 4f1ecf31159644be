"""A ward in a terminal: one row a bed, a line for every alarm; a bed that is not heard cries loudest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from daemon.station.ward import Presence, Row
from daemon.terminal.figures import DASH, lasting
from daemon.terminal.live import flashing

UNREADABLE = "UNREADABLE: GO TO THE BED"
WORDS = {
    Presence.LOST: "LOST: GO TO THE BED",
    Presence.SILENT: "SILENT: GO TO THE BED",
}
WIDE = 110
"""Columns from which on there is room for rate and dose."""
COLUMNS = ("bed", "mode", "alarms", "heard", "step", "left", "rate", "dose")
NEEDED = 4
"""So many columns are never cut."""
_RANK = {"HIGH": 0, "MEDIUM": 1, "LOW": 2, "": 3}
HEAD = "Informational: the alarm at the bed is what counts. Not a medical device."


def board(
    rows: Sequence[Row], down: str, beat_ms: int, *, note: str = "", width: int = 160, height: int = 1_000
) -> RenderableType:
    """The whole view in so many columns and lines; `down` = why this station hears nothing at all.

    What does not fit is counted, and it is never the gravest: beds without an alarm go first.
    """
    parts: list[RenderableType] = [Text(HEAD, style="dim")]
    if note:
        parts.append(Text(f" NO BED COUNTS ON THIS STATION: {note}. ", style=flashing("LOW", beat_ms)))
    if down:
        said = f" THIS STATION HEARS NOTHING: {down}. Go and look at every bed. "
        parts.append(Text(said, style=flashing("HIGH", beat_ms)))
    if not rows:
        parts.append(Text("No bed has been heard yet."))
        return Group(*parts)
    room = height - len(parts) - down.count("\n") - len(down) // width - 1
    shown = _most_urgent(rows, room - 1)
    parts.append(_table(shown, beat_ms, COLUMNS if width >= WIDE else COLUMNS[:-2]))
    if len(shown) < len(rows):
        said = f"{len(rows) - len(shown)} MORE BEDS DO NOT FIT: make this window taller"
        parts.append(Text(said, style="bold reverse"))
        return Group(*parts)
    return Group(*parts, *_alarms(rows, beat_ms, width, room - len(rows)))


def _most_urgent(rows: Sequence[Row], most: int) -> Sequence[Row]:
    """Every bed in its usual place, if there is room; else those that alarm."""
    if len(rows) <= most:
        return rows
    return sorted(rows, key=lambda row: _RANK[row.worst])[: max(most, 1)]


def _table(rows: Sequence[Row], beat_ms: int, names: Sequence[str]) -> Table:
    lines = []
    for row in rows:
        try:
            lines.append(_cells(row, beat_ms))
        except (LookupError, TypeError, ValueError):
            lines.append([Text(f"{row.unit}/{row.bed}"), Text(UNREADABLE, style=flashing("HIGH", beat_ms))])
    table = Table(box=None, pad_edge=False, expand=True)
    for at, name in enumerate(names):
        least = max((len(line[at]) for line in lines if len(line) > at), default=0) if at < NEEDED else None
        table.add_column(name, no_wrap=True, min_width=least)
    for line in lines:
        table.add_row(*line[: len(names)])
    return table


def _cells(row: Row, beat_ms: int) -> list[Text]:
    state, live = row.state, row.presence is Presence.LIVE
    style = flashing(row.worst, beat_ms) if row.worst else ""
    mode = str(state.get("mode", DASH)) if live else WORDS[row.presence]
    mode = f"SIMULATED {mode}" if state.get("simulated") else mode
    step = state.get("step")
    dim = "" if live else "dim"
    cells = [Text(f"{row.unit}/{row.bed}", style="bold"), Text(mode, style=style)]
    if isinstance(step, Mapping):
        figures = [
            f"{step['number']}/{step['of']} {step['solution']}",
            lasting(int(state["left_s"])),
            f"{step['rate_ml_h']} mL/h",
            _dose(state["dose"]),
        ]
    else:
        figures = [DASH] * 4
    cells.append(Text(_count(row), style=style))
    heard = f"{row.quiet_s} s ago" if row.heard else "not yet"
    heard += f", {row.missed} RECORDS MISSED" if row.missed else ""
    cells.append(Text(heard, style="bold" if row.missed else dim))
    return cells + [Text(figure, style=dim) for figure in figures]


def _dose(dose: Mapping[str, Any]) -> str:
    return f"{dose['high']:.2f} of {dose['target']} {dose['unit']}"


def _count(row: Row) -> str:
    priorities = [str(alarm["priority"]) for alarm in row.alarms]
    counts = [(priorities.count(one), one) for one in ("HIGH", "MEDIUM", "LOW")]
    return " ".join(f"{number} {priority}" for number, priority in counts if number) or DASH


def _alarms(rows: Sequence[Row], beat_ms: int, width: int, room: int) -> list[Text]:
    """The gravest first; whole if there is room, else a line each, and how many there are no lines for."""
    told = [(row, alarm) for row in rows for alarm in row.alarms]
    told.sort(key=lambda one: _RANK[str(one[1]["priority"])])
    lines = [_line(row, alarm, beat_ms) for row, alarm in told]
    console = Console(width=width)
    if sum(len(line.wrap(console, width)) for line in lines) + 1 <= room:
        return [Text(), *lines] if lines else []
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    if len(lines) <= room:
        return lines
    most = max(room - 1, 0)
    more = f"{len(lines) - most} MORE ALARMS: see the beds above, or make this window taller"
    return [*lines[:most], Text(more, style="bold reverse")]


def _line(row: Row, alarm: Mapping[str, Any], beat_ms: int) -> Text:
    priority, by = str(alarm["priority"]), alarm.get("acknowledged_by")
    ward, calls = alarm.get("acknowledged_at_ward_by"), alarm.get("escalated")
    unanswered = f" (NOBODY AT THE BED FOR {calls} MIN)" if calls else ""
    seen = f" (seen by {by})" if by else unanswered
    seen += f" (seen here by {ward})" if ward else ""
    detail = f" [{alarm['detail']}]" if alarm.get("detail") else ""
    head = Text(f" {priority} {row.unit}/{row.bed} ", style=flashing(priority, beat_ms))
    return Text.assemble(head, f" {alarm.get('text', '')}{detail}{seen}")
