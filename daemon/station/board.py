"""A ward in a terminal: one row a bed, a line for every alarm; a bed that is not heard cries loudest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from daemon.station.ward import Presence, Row
from daemon.terminal.figures import DASH, lasting
from daemon.terminal.live import flashing

UNREADABLE = "UNREADABLE: GO TO THE BED"
WORDS = {
    Presence.LOST: "LOST: GO TO THE BED",
    Presence.SILENT: "DAEMON SILENT: GO TO THE BED",
}
HEAD = "Informational: the alarm at the bed is what counts. Not a medical device."


def board(rows: Sequence[Row], down: str, beat_ms: int) -> RenderableType:
    """The whole view; `down` = why this station hears nothing at all."""
    parts: list[RenderableType] = [Text(HEAD, style="dim")]
    if down:
        said = f" THIS STATION HEARS NOTHING: {down}. Go and look at every bed. "
        parts.append(Text(said, style=flashing("HIGH", beat_ms)))
    if not rows:
        parts.append(Text("No bed has been heard yet."))
        return Group(*parts)
    table = Table(box=None, pad_edge=False, expand=True)
    for name in ("bed", "mode", "step", "rate", "left", "dose", "alarms", "heard"):
        table.add_column(name, no_wrap=name not in ("alarms", "mode"))
    for row in rows:
        try:
            cells = _cells(row, beat_ms)
        except (LookupError, TypeError, ValueError):
            cells = [Text(f"{row.unit}/{row.bed}"), Text(UNREADABLE, style=flashing("HIGH", beat_ms))]
        table.add_row(*cells)
    parts += [table, *_alarms(rows, beat_ms)]
    return Group(*parts)


def _cells(row: Row, beat_ms: int) -> list[Text]:
    state, live = row.state, row.presence is Presence.LIVE
    style = flashing(row.worst, beat_ms) if row.worst else ""
    mode = str(state.get("mode", DASH)) if live else WORDS[row.presence]
    step = state.get("step")
    dim = "" if live else "dim"
    cells = [Text(f"{row.unit}/{row.bed}", style="bold"), Text(mode, style=style)]
    if isinstance(step, Mapping):
        figures = [
            f"{step['number']}/{step['of']} {step['solution']}",
            f"{step['rate_ml_h']} mL/h",
            lasting(int(state["left_s"])),
            _dose(state["dose"]),
        ]
    else:
        figures = [DASH] * 4
    cells += [Text(figure, style=dim) for figure in figures]
    cells.append(Text(_count(row), style=style))
    heard = f"{row.quiet_s} s ago" + (f", {row.missed} RECORDS MISSED" if row.missed else "")
    cells.append(Text(heard, style="bold" if row.missed else dim))
    return cells


def _dose(dose: Mapping[str, Any]) -> str:
    return f"{dose['high']:.2f} of {dose['target']} {dose['unit']}"


def _count(row: Row) -> str:
    priorities = [str(alarm["priority"]) for alarm in row.alarms]
    counts = [(priorities.count(one), one) for one in ("HIGH", "MEDIUM", "LOW")]
    return " ".join(f"{number} {priority}" for number, priority in counts if number) or DASH


def _alarms(rows: Sequence[Row], beat_ms: int) -> list[Text]:
    lines = [_line(row, alarm, beat_ms) for row in rows for alarm in row.alarms]
    return [Text(), *lines] if lines else []


def _line(row: Row, alarm: Mapping[str, Any], beat_ms: int) -> Text:
    priority, by = str(alarm["priority"]), alarm.get("acknowledged_by")
    seen = f" (seen by {by})" if by else ""
    detail = f" [{alarm['detail']}]" if alarm.get("detail") else ""
    head = Text(f" {priority} {row.unit}/{row.bed} ", style=flashing(priority, beat_ms))
    return Text.assemble(head, f" {alarm.get('text', '')}{detail}{seen}")
